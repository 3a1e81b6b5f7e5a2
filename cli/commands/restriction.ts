import { collect, command, group } from '../command.ts';
import type { SignerOptions } from '../key-file.ts';

interface LiftOptions extends SignerOptions {
  readonly restriction?: readonly string[];
  readonly incident: string;
}

export function restrictionCommand() {
  return group(
    'restriction',
    'chains of the tenant that do not hold: nothing is cleared until an integrity officer has judged them',
    [list(), lift()],
    [
      ['restriction list', 'decision, what is wrong, since when'],
      [
        'restriction lift --as iris --incident INC-2042',
        'whoever holds the role integrity_officer has judged them all',
      ],
    ],
  );
}

function list() {
  return command({
    name: 'list',
    description: 'what restricts the tenant now',
    examples: [['restriction list', 'needs the ledger (REDIS_URL) and service-keys/mac.key']],
    run: async (_options, { configPath }) => {
      const [{ loadConfig }, { withRestrictions }, { EXIT }, { toJson }] = await Promise.all([
        import('../config.ts'),
        import('../publish.ts'),
        import('../exit-codes.ts'),
        import('../to-json.ts'),
      ]);
      const found = await withRestrictions(loadConfig(configPath), (restrictions) => restrictions.inForce());
      const restrictions = found.map(({ digest, document }) => {
        if (document === null) return { restriction: digest };
        const { decision_id, code, head, found_at } = document;
        return { restriction: digest, decision_id, code, head, found_at };
      });
      const lines = restrictions.map(({ restriction, decision_id, code, head = null, found_at }) =>
        decision_id === undefined
          ? `unreadable; what was found is lost\n  ${restriction}`
          : `${decision_id}  ${code}${head === null ? '' : `, its workflow is at ${head.sequence} ${head.hash}`}; found ${found_at}\n  ${restriction}`,
      );
      const text = lines.length === 0 ? 'nothing restricts the tenant' : lines.join('\n');
      return { json: toJson({ restrictions }), text, exit: lines.length === 0 ? EXIT.ok : EXIT.refused };
    },
  });
}

function lift() {
  return command<LiftOptions>({
    name: 'lift',
    description: 'sign that you have judged what was found, and end the restriction; the decisions stay in quarantine',
    define: (built) => {
      built.requiredOption('--as <actor>', 'integrity officer, who holds no key of the service');
      built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
      built.requiredOption('--incident <id>', 'identifier under which it was judged; no free text');
      built.option('--restriction <digest>', 'one of the list; repeat for several (default: all of it)', collect);
    },
    examples: [['restriction lift --as iris --incident INC-2042 --restriction sha256:4f0c…', 'one of several']],
    run: async (options, { configPath }) => {
      const [
        { loadConfig },
        { withRestrictions },
        { readSigner },
        { now },
        { signLifting },
        { randomBytes },
        { LIFTED_AT_ONCE },
      ] = await Promise.all([
        import('../config.ts'),
        import('../publish.ts'),
        import('../key-file.ts'),
        import('../workplace.ts'),
        import('../../founding/index.ts'),
        import('node:crypto'),
        import('../../documents/statements.ts'),
      ]);
      const config = loadConfig(configPath);
      const by = readSigner(config, options);
      const at = now();
      const lifted = await withRestrictions(config, async (restrictions) => {
        const found = (await restrictions.inForce()).map(({ digest }) => digest);
        const wanted = options.restriction ?? found.slice(0, LIFTED_AT_ONCE);
        if (wanted.length === 0) return [];
        const { origin, tenant } = config;
        const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));
        const wish = { restrictions: wanted, incident: options.incident };
        return restrictions.lift(signLifting(wish, by, { origin, tenant, at }, random), at);
      });
      const text =
        lifted.length === 0 ? 'nothing restricts the tenant' : `${by.actorId} has lifted ${lifted.join(', ')}`;
      return { json: { lifted: [...lifted] }, text };
    },
  });
}
