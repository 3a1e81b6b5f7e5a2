import { resolve } from 'node:path';
import type { JsonObject } from '../../core/canon/index.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import type { EvidenceCheck } from '../../documents/policy.ts';
import { collect, command, group } from '../command.ts';
import type { checkCardFile } from '../card-file.ts';
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
    run: async ({ policy, action, manifest, candidate, card: cardPath, roster }, { configPath }, path) => {
      const { packetOf } = await import('../packet-file.ts');
      const { bytes, packet } = packetOf(path);
      const { digestBytes } = await import('../../core/canon/index.ts');
      const sections = Object.keys(packet.sections).sort();
      let checks: readonly EvidenceCheck[] =
        manifest !== undefined && manifest.length > 1 ? ['manifest', 'inheritance'] : ['manifest'];
      let under: { readonly version: string; readonly digest: string } | undefined;
      if (action !== undefined) {
        const [{ readPolicyFile }, { checkAction }, { loadConfig }] = await Promise.all([
          import('../policy-file.ts'),
          import('../packet-file.ts'),
          import('../config.ts'),
        ]);
        const file = readPolicyFile(policy ?? loadConfig(configPath).policy);
        checks = checkAction(file.policy, action, packet);
        under = { version: file.policy.version, digest: file.digest };
      }
      if (cardPath === undefined && action !== undefined && checks.includes('evaluation')) {
        const { usage } = await import('../errors.ts');
        const expected = packet.sections.evaluation?.card ?? 'the card that the packet names';
        throw usage('the action has the evaluation card read', { path: '--card', expected, got: 'nothing' });
      }
      const evaluated = cardPath === undefined ? null : await cardIn(packet, cardPath, { policy: under, roster });
      const reads = checks.includes('manifest') || checks.includes('inheritance');
      const isRead = manifest !== undefined || (action !== undefined && reads);
      const checked = isRead ? await manifestOf(packet, manifest ?? [], { checks, candidate }) : null;
      const digest = digestBytes(bytes);
      const json: JsonObject = {
        packet: digest,
        subject: packet.subject,
        sections,
        action: action ?? null,
        ...(checked === null ? {} : { manifest: checked.digest }),
        ...(evaluated === null ? {} : { card: evaluated.digest, evaluator: evaluated.statement.signer }),
      };
      const named = checked === null ? '' : `\nmanifest ${checked.digest}, ${checked.name} ${checked.version}`;
      const by = evaluated === null ? '' : `\ncard     ${evaluated.digest}, of ${evaluated.statement.signer}`;
      const whole = action === undefined ? '' : `\nholds all that ${action} demands`;
      return {
        json,
        text: `packet   ${digest}\nsubject  ${packet.subject}\nsections ${sections.join(', ')}${named}${by}${whole}`,
      };
    },
  });
}

async function cardIn(
  packet: EvidencePacket,
  path: string,
  options: Omit<Parameters<typeof checkCardFile>[2], 'at'>,
): Promise<ReturnType<typeof checkCardFile>> {
  const [{ checkCardFile }, { now }] = await Promise.all([import('../card-file.ts'), import('../workplace.ts')]);
  return checkCardFile(packet, path, { ...options, at: now() });
}

async function manifestOf(
  packet: EvidencePacket,
  paths: readonly string[],
  { checks, candidate }: { readonly checks: readonly EvidenceCheck[]; readonly candidate: string | undefined },
) {
  const [{ checkManifestFiles, manifestBytes }, { candidateName }] = await Promise.all([
    import('../manifest-file.ts'),
    import('../candidate-name.ts'),
  ]);
  const asked = candidate === undefined ? undefined : candidateName(candidate);
  const { name, version } = checkManifestFiles(packet, paths.map(manifestBytes), { checks, asked });
  return { digest: packet.sections.candidate?.manifest?.digest ?? '', name, version };
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
        { instant, timestamp },
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
      const content = { subject: packet.subject, packet: digest, validUntil: timestamp(instant(at) + validFor * 1000) };
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
