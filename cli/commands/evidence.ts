import { resolve } from 'node:path';
import type { JsonObject } from '../../core/canon/index.ts';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import type { CandidateManifest } from '../../documents/candidate-manifest.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import type { EvidenceCheck } from '../../documents/policy.ts';
import type { ReadStatement } from '../../documents/statements.ts';
import { collect, command, group } from '../command.ts';
import type { SignerOptions } from '../key-file.ts';
import { REFERENCE_HELP } from '../measure/reference-help.ts';

interface CheckOptions {
  readonly policy?: string;
  readonly action?: string;
  readonly manifest?: readonly string[];
  readonly candidate?: string;
  readonly card?: string;
  readonly roster?: string;
}

interface CardOptions extends SignerOptions {
  readonly subject: string;
  readonly reference?: string;
  readonly results: string;
  readonly policy?: string;
  readonly card: string;
  readonly section: string;
}

interface SignOptions extends SignerOptions {
  readonly validFor: string;
  readonly packet: string;
  readonly statement: string;
}

export function evidenceCommand() {
  return group(
    'evidence',
    'sign an evaluation card, check an evidence packet, and vouch for it',
    [check(), card(), sign()],
    [
      [
        'evidence check packet.json --policy policy/policy.yaml --action model.promote',
        'lists everything that is missing, at once',
      ],
    ],
  );
}

function check() {
  return command<CheckOptions, [path: string]>({
    name: 'check',
    description: 'hold a packet to its form, and to what a policy demands for an action',
    define: (built) => {
      built.argument('<packet>', 'evidence packet, JSON');
      built.option('--policy <file>', "policy (default: the configuration's), used with --action");
      built.option('--action <id>', 'action class whose evidence is demanded');
      built.option(
        '--manifest <file>',
        "manifest that the packet names, JSON; repeat for its parents', which it is then held to as well",
        collect,
      );
      built.option('--card <file>', 'evaluation card that the packet names: it has to say what the packet says');
      built.option('--roster <file>', "roster of which the card's signer has to be");
      built.option('--candidate <name@version>', "what the manifest has to be of (default: the manifest's own)");
    },
    examples: [
      ['evidence check packet.json --action model.promote', 'sections and items that the policy demands'],
      ['evidence check packet.json --manifest manifest.json', 'every rule that the manifest breaks'],
    ],
    run: async (options, { configPath }, path) => {
      const [
        { actionOf, checkDemanded, parsedPacketOf },
        { checkEvidencePacket },
        { refuseTogether },
        { now },
        { digestBytes },
      ] = await Promise.all([
        import('../packet-file.ts'),
        import('../../documents/evidence.ts'),
        import('../../documents/errors.ts'),
        import('../workplace.ts'),
        import('../../core/canon/index.ts'),
      ]);
      const { bytes, packet } = parsedPacketOf(path);
      const asked = options.action === undefined ? null : await policyOf(options, configPath);
      const action = asked && actionOf(asked.policy, options.action ?? '');
      const under = asked === null ? undefined : { version: asked.policy.version, digest: asked.digest };
      const [cardIn, manifestIn] = await Promise.all([
        cardReader(packet, options, { policy: under, checks: action?.checks, at: now() }),
        manifestReader(packet, options, action?.checks),
      ]);
      const [, , evaluated, checked] = refuseTogether([
        () => checkEvidencePacket(packet),
        () => {
          if (asked !== null && action !== null) checkDemanded(packet, action, asked.policy, now());
        },
        cardIn,
        manifestIn,
      ]);
      return checkedAnswer(digestBytes(bytes), packet, { action: action?.id ?? null, evaluated, checked });
    },
  });
}

interface Checked {
  readonly action: string | null;
  readonly evaluated: ReadStatement<'evaluation'> | null;
  readonly checked: CandidateManifest | null;
}

function checkedAnswer(digest: string, packet: EvidencePacket, { action, evaluated, checked }: Checked) {
  const { subject } = packet;
  const sections = Object.keys(packet.sections).sort();
  const manifest = packet.sections.candidate?.manifest?.digest ?? '';
  const json: JsonObject = {
    packet: digest,
    subject,
    sections,
    action,
    ...(checked === null ? {} : { manifest }),
    ...(evaluated === null ? {} : { card: evaluated.digest, evaluator: evaluated.statement.signer }),
  };
  const named = checked === null ? '' : `\nmanifest ${manifest}, ${checked.name} ${checked.version}`;
  const by = evaluated === null ? '' : `\ncard     ${evaluated.digest}, of ${evaluated.statement.signer}`;
  const whole = action === null ? '' : `\nholds all that ${action} demands`;
  const text = `packet   ${digest}\nsubject  ${subject}\nsections ${sections.join(', ')}${named}${by}${whole}`;
  return { json, text };
}

async function policyOf({ policy }: CheckOptions, configPath: string | undefined) {
  const [{ readPolicyFile }, { loadConfig }] = await Promise.all([import('../policy-file.ts'), import('../config.ts')]);
  return readPolicyFile(policy ?? loadConfig(configPath).policy);
}

interface CardAsked {
  readonly policy: { readonly version: string; readonly digest: string } | undefined;
  readonly checks: readonly EvidenceCheck[] | undefined;
  readonly at: Timestamp;
}

/** Reads the card, and holds the packet to it; null where none is given, and the action has none read. */
async function cardReader(
  packet: EvidencePacket,
  { card: path, roster }: CheckOptions,
  { policy, checks = [], at }: CardAsked,
): Promise<() => ReadStatement<'evaluation'> | null> {
  const [{ checkCardFile }, { usage }] = await Promise.all([import('../card-file.ts'), import('../errors.ts')]);
  return () => {
    if (path !== undefined) return checkCardFile(packet, path, { policy, roster, at });
    if (!checks.includes('evaluation')) return null;
    const expected = packet.sections.evaluation?.card ?? 'the card that the packet names';
    throw usage('the action has the evaluation card read', { path: '--card', expected, got: 'nothing' });
  };
}

/** Reads the manifests, and holds the packet to them; null where none is given, and the action has none read. */
async function manifestReader(
  packet: EvidencePacket,
  { manifest: paths, candidate }: CheckOptions,
  demanded: readonly EvidenceCheck[] = [],
): Promise<() => CandidateManifest | null> {
  const [{ checkManifestFiles, manifestBytes }, { candidateName }] = await Promise.all([
    import('../manifest-file.ts'),
    import('../candidate-name.ts'),
  ]);
  const asked = candidate === undefined ? undefined : candidateName(candidate);
  const given: readonly EvidenceCheck[] =
    paths === undefined ? [] : paths.length > 1 ? ['manifest', 'inheritance'] : ['manifest'];
  const read = demanded.filter((check) => check === 'manifest' || check === 'inheritance');
  const checks = read.length > 0 ? read : given;
  return () =>
    checks.length === 0 ? null : checkManifestFiles(packet, (paths ?? []).map(manifestBytes), { checks, asked });
}

function card() {
  return command<CardOptions, [path: string]>({
    name: 'card',
    description: "sign an evaluation card: writes it, and the packet's section that repeats it",
    define: (built) => {
      built.argument('<evaluation>', 'what came of the evaluation, JSON; see docs/spec/evidence-packet.md');
      built.requiredOption('--as <actor>', 'evaluator');
      built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
      built.requiredOption(
        '--subject <digest|path>',
        'what was evaluated: its digest, or the file, folder or OCI layout',
      );
      built.option('--reference <name|digest>', REFERENCE_HELP);
      built.requiredOption('--results <file>', 'the full results, which the card names by digest');
      built.option('--policy <file>', "policy under whose criteria it was made (default: the configuration's)");
      built.requiredOption('--card <file>', 'where the signed card goes');
      built.requiredOption('--section <file>', 'where the evaluation section of a packet goes, in canonical form');
    },
    examples: [
      [
        'evidence card evaluation.json --as eve --subject sha256:9f86… --results results.json \\\n' +
          '    --card card.json --section section.json',
        'before anybody asks for the promotion',
      ],
    ],
    run: async (options, { configPath }, path) => {
      const [
        { readEvaluationDraft },
        { signEvaluation },
        { readSigner },
        { loadConfig },
        { readPolicyFile },
        { now },
        { readInput, writeNew },
        { digestOrMeasured },
        canon,
        { randomBytes },
      ] = await Promise.all([
        import('../evaluation-draft.ts'),
        import('../../client/statements.ts'),
        import('../key-file.ts'),
        import('../config.ts'),
        import('../policy-file.ts'),
        import('../workplace.ts'),
        import('../files.ts'),
        import('../subject.ts'),
        import('../../core/canon/index.ts'),
        import('node:crypto'),
      ]);
      const config = loadConfig(configPath);
      const by = readSigner(config, options);
      const { said, section } = readEvaluationDraft(path);
      const { policy, digest: policyDigest } = readPolicyFile(options.policy ?? config.policy);
      const subject = await digestOrMeasured('--subject', options.subject, options.reference);
      const results = canon.digestBytes(readInput(options.results));
      const at = now();
      const content = { ...said, subject, results, policy: { version: policy.version, digest: policyDigest } };
      const { envelope, digest } = signEvaluation(by, content, {
        origin: config.origin,
        tenant: config.tenant,
        now: () => at,
        random: (count: number): Uint8Array => Uint8Array.from(randomBytes(count)),
      });
      writeNew(resolve(options.card), canon.canonicalBytes(envelope));
      const named = { ...section, subject, evaluator: by.actorId, card: digest };
      writeNew(resolve(options.section), canon.canonicalBytes(named));
      const json = { card: digest, subject, results, evaluator: by.actorId };
      return { json, text: `card     ${digest}\nsubject  ${subject}\nresults  ${results}` };
    },
  });
}

function sign() {
  return command<SignOptions, [path: string]>({
    name: 'sign',
    description: 'vouch for a packet: writes its canonical form, and the signed statement about it',
    define: (built) => {
      built.argument('<draft>', 'evidence packet, JSON in any spelling');
      built.requiredOption('--as <actor>', 'author of the evidence');
      built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
      built.requiredOption('--valid-for <seconds>', 'how long the evidence may be relied on');
      built.requiredOption('--packet <file>', 'where the canonical packet goes');
      built.requiredOption('--statement <file>', 'where the signed statement goes');
    },
    examples: [
      [
        'evidence sign draft.json --as evan --valid-for 604800 --packet packet.json --statement evidence.json',
        'for a week',
      ],
    ],
    run: async (options, { configPath }, path) => {
      const [
        { packetOf },
        { signEvidence },
        { readSigner },
        { loadConfig },
        { wholeNumber },
        { now },
        { writeNew },
        canon,
        { later },
        { randomBytes },
      ] = await Promise.all([
        import('../packet-file.ts'),
        import('../../client/statements.ts'),
        import('../key-file.ts'),
        import('../config.ts'),
        import('../numbers.ts'),
        import('../workplace.ts'),
        import('../files.ts'),
        import('../../core/canon/index.ts'),
        import('../../core/domain/vocabulary.ts'),
        import('node:crypto'),
      ]);
      const config = loadConfig(configPath);
      const by = readSigner(config, options);
      const { bytes, packet } = packetOf(path);
      const validFor = wholeNumber('--valid-for', options.validFor, 1, 366 * 86_400);
      const digest = canon.digestBytes(bytes);
      const at = now();
      const content = { subject: packet.subject, packet: digest, validUntil: later(at, validFor) };
      const random = (count: number): Uint8Array => Uint8Array.from(randomBytes(count));
      const { envelope, digest: statement } = signEvidence(by, content, {
        origin: config.origin,
        tenant: config.tenant,
        now: () => at,
        random,
      });
      writeNew(resolve(options.packet), bytes);
      writeNew(resolve(options.statement), canon.canonicalBytes(envelope));
      const json = { packet: digest, subject: packet.subject, statement, valid_until: content.validUntil };
      return { json, text: `packet    ${digest}\nstatement ${statement}\nvalid     until ${content.validUntil}` };
    },
  });
}
