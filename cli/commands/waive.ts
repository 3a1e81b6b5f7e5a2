import { resolve } from 'node:path';
import { collect, command } from '../command.ts';
import type { SignerOptions } from '../key-file.ts';
import { REFERENCE_HELP } from '../measure/reference-help.ts';

interface Options extends SignerOptions {
  readonly action: string;
  readonly target: string;
  readonly digest: string;
  readonly reference?: string;
  readonly policy?: string;
  readonly role?: string;
  readonly owner: string;
  readonly control: readonly string[];
  readonly reason: string;
  readonly expires: string;
  readonly out: string;
}

export function waiveCommand() {
  return command<Options, [gate: string]>({
    name: 'waive',
    description: 'let one candidate past one gate that denies, for a while: writes a file for `open --waiver`',
    define: (built) => {
      built.argument('<gate>', 'id of a gate that the policy lets people waive');
      built.requiredOption('--as <actor>', 'who signs: a person who has no hand in the request');
      built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
      built.requiredOption('--action <id>', 'action class of the policy');
      built.requiredOption('--target <id>', 'target of the policy');
      built.requiredOption(
        '--digest <digest|path>',
        "the candidate's digest, or the file, folder or OCI layout that has it",
      );
      built.option('--reference <name|digest>', REFERENCE_HELP);
      built.option('--policy <file>', "policy whose gate it is (default: the configuration's)");
      built.option('--role <role>', 'in which you waive (default: the one that the policy names)');
      built.requiredOption('--owner <person>', 'actor id of the person who answers for it until it ends');
      built.requiredOption('--control <name>', 'what stands in for the check; repeat for several', collect);
      built.requiredOption('--reason <text>', 'why; kept beside the record, in it as a commitment');
      built.requiredOption('--expires <time>', 'when it ends: a day, or RFC 3339 UTC with milliseconds');
      built.requiredOption('--out <file>', 'where the signed waiver goes');
    },
    examples: [
      [
        'waive MB-RL-009 --as rosa --action model.promote --target prod-router --digest sha256:9f86… \\\n' +
          '    --owner max --control on-call-doubled --reason "peak season, CHG-1042" --expires 2026-03-03 \\\n' +
          '    --out waiver.json',
        'then: countersign open … --waiver waiver.json',
      ],
    ],
    run: async (options, { configPath }, gate) => {
      const [
        { signWaiver },
        { readSigner },
        { loadConfig },
        { readPolicyFile },
        { instantOf },
        { digestOrMeasured },
        { writeNew },
        { waiverText },
        { waivableIn },
        { now },
        { randomBytes },
      ] = await Promise.all([
        import('../../client/statements.ts'),
        import('../key-file.ts'),
        import('../config.ts'),
        import('../policy-file.ts'),
        import('../instant.ts'),
        import('../subject.ts'),
        import('../files.ts'),
        import('../waiver-file.ts'),
        import('../waivable.ts'),
        import('../workplace.ts'),
        import('node:crypto'),
      ]);
      const config = loadConfig(configPath);
      const by = readSigner(config, options);
      const { policy, digest } = readPolicyFile(options.policy ?? config.policy);
      const at = now();
      const expiresAt = instantOf('--expires', options.expires);
      const role = waivableIn(policy, { gate, role: options.role, expiresAt, at });
      const waiver = signWaiver(
        by,
        {
          policy: digest,
          gate,
          candidate: await digestOrMeasured('--digest', options.digest, options.reference),
          action: options.action,
          target: options.target,
          role,
          owner: options.owner,
          controls: options.control,
          reason: options.reason,
          expiresAt,
        },
        {
          origin: config.origin,
          tenant: config.tenant,
          now: () => at,
          random: (count) => Uint8Array.from(randomBytes(count)),
        },
      );
      writeNew(resolve(options.out), waiverText(waiver), 0o600);
      const json = { waiver: waiver.digest, gate, role, owner: options.owner, expires_at: expiresAt };
      return { json, text: `waiver ${waiver.digest}\ngate   ${gate}, as ${role}\nuntil  ${expiresAt}` };
    },
  });
}
