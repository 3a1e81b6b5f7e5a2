import { resolve } from 'node:path';
import type { JsonObject } from '../../core/canon/index.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import type { EvidenceCheck } from '../../documents/policy.ts';
import { collect, command, group } from '../command.ts';
import type { SignerOptions } from '../key-file.ts';

interface CheckOptions {
  readonly policy?: string;
  readonly action?: string;
  readonly manifest?: readonly string[];
  readonly candidate?: string;
}

interface SignOptions extends SignerOptions {
  readonly validFor: string;
  readonly packet: string;
  readonly statement: string;
}

export function evidenceCommand() {
  return group(
    'evidence',
    'check an evidence packet, and vouch for it',
    [check(), sign()],
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
      built.option('--candidate <name@version>', "what the manifest has to be of (default: the manifest's own)");
    },
    examples: [
      ['evidence check packet.json --action model.promote', 'sections and items that the policy demands'],
      ['evidence check packet.json --manifest manifest.json', 'every rule that the manifest breaks'],
    ],
    run: async ({ policy, action, manifest, candidate }, { configPath }, path) => {
      const { packetOf } = await import('../packet-file.ts');
      const { bytes, packet } = packetOf(path);
      const { digestBytes } = await import('../../core/canon/index.ts');
      const sections = Object.keys(packet.sections).sort();
      let checks: readonly EvidenceCheck[] =
        manifest !== undefined && manifest.length > 1 ? ['manifest', 'inheritance'] : ['manifest'];
      if (action !== undefined) {
        const [{ readPolicyFile }, { checkAction }, { loadConfig }] = await Promise.all([
          import('../policy-file.ts'),
          import('../packet-file.ts'),
          import('../config.ts'),
        ]);
        checks = checkAction(readPolicyFile(policy ?? loadConfig(configPath).policy).policy, action, packet);
      }
      const isRead = manifest !== undefined || (action !== undefined && checks.length > 0);
      const checked = isRead ? await manifestOf(packet, manifest ?? [], { checks, candidate }) : null;
      const digest = digestBytes(bytes);
      const json: JsonObject = {
        packet: digest,
        subject: packet.subject,
        sections,
        action: action ?? null,
        ...(checked === null ? {} : { manifest: checked.digest }),
      };
      const named = checked === null ? '' : `\nmanifest ${checked.digest}, ${checked.name} ${checked.version}`;
      const whole = action === undefined ? '' : `\nholds all that ${action} demands`;
      return {
        json,
        text: `packet   ${digest}\nsubject  ${packet.subject}\nsections ${sections.join(', ')}${named}${whole}`,
      };
    },
  });
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
