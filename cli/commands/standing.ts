import { collect, command, group } from '../command.ts';
import { usage } from '../errors.ts';

interface FileOptions {
  readonly standing?: string;
}

interface DraftOptions extends FileOptions {
  readonly days: string;
  readonly policy?: string;
  readonly roster?: string;
  readonly revokeKey?: readonly string[];
  readonly revoke?: readonly string[];
  readonly packs?: readonly string[];
  readonly withdrawPolicy?: readonly string[];
  readonly freeze?: string;
  readonly environment?: readonly string[];
  readonly action?: readonly string[];
  readonly until?: string;
  readonly endFreeze?: readonly string[];
  readonly liftFreeze?: readonly string[];
  readonly recovery?: string;
  readonly release?: readonly string[];
  readonly recoveryUntil?: string;
  readonly endRecovery?: readonly string[];
}

const FILE_HELP = "standing (default: the configuration's, standing/standing.json)";

export function standingCommand() {
  return group(
    'standing',
    'what governance says of the moment: which policy and roster count, what is revoked, what is frozen',
    [draft(), sign(), publish(), show()],
    [
      ['standing draft --days 7', 'the next one, from what is in force and what was published since'],
      ['standing draft --revoke-key sha256:4f0c… --days 7', 'nothing counts any more that this key signs'],
      ['standing sign --key governance-keys/governance.pem', 'endorse it, with a governance key of the trust file'],
      ['standing publish', 'put it in force'],
    ],
  );
}

function draft() {
  return command<DraftOptions>({
    name: 'draft',
    description: 'write the next standing: all that the one before says, and what the options add to it',
    define: (built) => {
      built.option('--days <number>', 'how long it speaks, at most 31', '7');
      built.option('--policy <digest>', 'policy for new decisions (default: the one published last)');
      built.option('--roster <digest>', 'roster (default: the one published last)');
      built.option('--revoke-key <id>', 'key that counts no more; repeat for several', collect);
      built.option('--revoke <digest>', 'candidate, parent or data that counts no more; repeat for several', collect);
      built.option('--packs <packs...>', 'revoke also all that descends, in these packs, from what is revoked');
      built.option('--withdraw-policy <digest>', 'policy whose decisions are cleared no more; repeat', collect);
      built.option('--freeze <id>', 'freeze clearances, with the four options below');
      built.option('--environment <name>', 'environment that is frozen; repeat for several (default: all)', collect);
      built.option('--action <id>', 'action class that is frozen; repeat for several (default: all)', collect);
      built.option('--until <time>', 'end of the freeze, RFC 3339 UTC with milliseconds (default: until it is ended)');
      built.option('--end-freeze <id>', 'freeze that ends with this standing; repeat for several', collect);
      built.option('--lift-freeze <digest>', 'emergency freeze that is over; repeat for several', collect);
      built.option('--recovery <incident>', 'let releases pass the freezes of an incident, with the two options below');
      built.option('--release <digest=target>', 'candidate, and where it may go; repeat for several', collect);
      built.option('--recovery-until <time>', 'end of the plan, RFC 3339 UTC with milliseconds');
      built.option('--end-recovery <incident>', 'plan that ends with this standing; repeat for several', collect);
      built.option('--standing <file>', FILE_HELP);
    },
    examples: [
      ['standing draft --freeze year-end --environment production', 'nothing goes into production'],
      ['standing draft --revoke sha256:4f0c… --packs packs/*', 'and whatever was made of it, by however many steps'],
      [
        'standing draft --recovery INC-2041 --release sha256:9b1c…=prod-gateway-01 --recovery-until 2026-02-25T20:00:00.000Z',
        'this one candidate passes the freezes of the incident',
      ],
    ],
    run: async (options, { configPath }) => {
      const [
        { loadConfig },
        { withRegistry },
        { now },
        { replaceFile },
        { canonical },
        { nextStanding },
        files,
        plans,
        { descendantsOf, descendantLines },
        { EXIT },
      ] = await Promise.all([
        import('../config.ts'),
        import('../publish.ts'),
        import('../workplace.ts'),
        import('../files.ts'),
        import('../endorsed-file.ts'),
        import('../../founding/index.ts'),
        import('../standing-file.ts'),
        import('../recovery-plan.ts'),
        import('../past/descendants.ts'),
        import('../exit-codes.ts'),
      ]);
      const [{ readStanding }, { digestBytes }, { wholeNumber }] = await Promise.all([
        import('../../documents/standing.ts'),
        import('../../core/canon/index.ts'),
        import('../numbers.ts'),
      ]);
      const config = loadConfig(configPath);
      const at = now();
      const { before, policy, roster, ended } = await withRegistry(config, async (registry) => ({
        before: await registry.lastStanding(),
        ended: await registry.endedFreezes(at),
        policy: options.policy
          ? (await registry.policyOnceInForce(options.policy, at)).reference
          : await registry.newest('policy', at),
        roster: options.roster
          ? (await registry.rosterOnceInForce(options.roster, at)).reference
          : await registry.newest('roster', at),
      }));
      const revoke = options.revoke ?? [];
      const closure = descendantsOf(options.packs ?? [], config.trust, {
        digests: [...(before?.revoked_digests ?? []), ...revoke],
        keys: options.revokeKey ?? [],
      });
      const named = ({ serial, digest }: typeof policy) => ({ serial, digest });
      const { origin, tenant } = config;
      const standing = nextStanding(
        before ?? { origin, tenant, policy: named(policy), roster: named(roster) },
        {
          policy: named(policy),
          roster: named(roster),
          lifeS: wholeNumber('--days', options.days, 1, 31) * 24 * 3600,
          revokeKeys: options.revokeKey ?? [],
          revokeDigests: [...revoke, ...closure.descendants],
          withdrawPolicies: options.withdrawPolicy ?? [],
          freezes: freezesOf(options, at),
          endFreezes: options.endFreeze ?? [],
          liftFreezes: options.liftFreeze ?? [],
          endedFreezes: ended,
          recovery: plans.recoveryPlan(options),
          endRecovery: options.endRecovery ?? [],
        },
        at,
      );
      const bytes = canonical(standing);
      const read = { standing: readStanding(bytes), digest: digestBytes(bytes) };
      const path = options.standing ?? config.standing;
      replaceFile(path, bytes);
      const { descendants, unverified } = closure;
      const json = {
        standing: path,
        digest: read.digest,
        serial: standing.serial,
        not_after: standing.not_after,
        ...(options.packs === undefined ? {} : { descendants: [...descendants], unverified: [...unverified] }),
      };
      const text = [
        ...files.standingLines(read),
        ...descendantLines(closure),
        'a draft until it is signed and published',
      ].join('\n');
      return { json, text, exit: unverified.length === 0 ? EXIT.ok : EXIT.refused };
    },
  });
}

function freezesOf({ freeze, environment, action, until }: DraftOptions, at: string) {
  const scoped = environment !== undefined || action !== undefined || until !== undefined;
  if (freeze === undefined) {
    if (scoped) throw usage('--environment, --action and --until belong to --freeze ID', { path: '--freeze' });
    return [];
  }
  // What is none of the environments is refused with the whole document.
  const environments = (environment ?? '*') as '*' | readonly 'production'[];
  return [{ id: freeze, environments, actions: action ?? ('*' as const), from: at, until: until ?? null }];
}

function sign() {
  return command<FileOptions & { readonly key: string }>({
    name: 'sign',
    description: 'endorse the standing with a governance key of the trust file',
    define: (built) => {
      built.option('--standing <file>', FILE_HELP);
      built.requiredOption('--key <file>', 'private governance key');
    },
    examples: [['standing sign --key governance-keys/governance.pem', 'adds to standing.endorsements.json beside it']],
    run: async ({ standing: given, key }, { configPath }) => {
      const [{ loadConfig }, { readStandingFile }, { readKeyFile }, endorsed, { now, readTrust }] = await Promise.all([
        import('../config.ts'),
        import('../standing-file.ts'),
        import('../key-file.ts'),
        import('../endorsed-file.ts'),
        import('../workplace.ts'),
      ]);
      const config = loadConfig(configPath);
      const path = given ?? config.standing;
      const { standing, digest } = readStandingFile(path);
      const trust = readTrust(config.trust);
      const { envelope, holder } = endorsed.endorse('standing', standing, readKeyFile(key), trust, now());
      const all = endorsed.withEndorsement(endorsed.readEndorsements(path, digest), envelope);
      endorsed.writeEndorsements(path, all);
      const json = { digest, serial: standing.serial, holder, endorsements: all.endorsements.length };
      const needed = trust.trust.governance_threshold;
      const text = `${holder} endorsed standing serial ${standing.serial} (${digest}); ${all.endorsements.length} of ${needed}`;
      return { json, text };
    },
  });
}

function publish() {
  return command<FileOptions>({
    name: 'publish',
    description: 'put the endorsed standing in force',
    define: (built) => built.option('--standing <file>', FILE_HELP),
    examples: [
      [
        'standing publish',
        'needs the ledger (REDIS_URL) and service-keys/mac.key; and Temporal, where it revokes anything',
      ],
    ],
    run: async ({ standing: given }, { configPath }) => {
      const [
        { loadConfig },
        { readStandingFile },
        endorsed,
        { publish: put, withStored },
        { tellOpen },
        { blockedLines, blockedUnder },
        { now },
        { toJson },
      ] = await Promise.all([
        import('../config.ts'),
        import('../standing-file.ts'),
        import('../endorsed-file.ts'),
        import('../publish.ts'),
        import('../tell-open.ts'),
        import('../blocked.ts'),
        import('../workplace.ts'),
        import('../to-json.ts'),
      ]);
      const config = loadConfig(configPath);
      const path = given ?? config.standing;
      const { bytes, digest, standing } = readStandingFile(path);
      const kept = endorsed.readEndorsements(path, digest);
      const reference = await put(config, 'standing', bytes, kept.endorsements);
      endorsed.writeEndorsements(path, { ...kept, published: true });
      const told = await tellOpen({ configPath }, standing);
      const blocked = await withStored(config, async (stored) => {
        const at = now();
        return blockedUnder(stored, await stored.registry.rosterInForce(at), at);
      });
      const json = {
        digest,
        serial: reference.serial,
        endorsements: [...reference.endorsements],
        ...told.json,
        blocked: toJson(blocked),
      };
      const text = `standing serial ${reference.serial} is in force until ${standing.not_after} (${digest})`;
      return { json, text: [text, ...told.lines, ...blockedLines(blocked)].join('\n') };
    },
  });
}

function show() {
  return command<FileOptions & { readonly file?: boolean }>({
    name: 'show',
    description: 'the standing in force, from the ledger; or that of a file',
    define: (built) => built.option('--standing <file>', 'read this file instead of the ledger'),
    examples: [['standing show', 'which policy and roster count, what is revoked and frozen, and until when']],
    run: async ({ standing: given }, { configPath }) => {
      const [{ loadConfig }, { readStandingFile, standingLines }, { withRegistry }, { digestJson }, { toJson }] =
        await Promise.all([
          import('../config.ts'),
          import('../standing-file.ts'),
          import('../publish.ts'),
          import('../../core/canon/index.ts'),
          import('../to-json.ts'),
        ]);
      if (given !== undefined) {
        const { standing, digest } = readStandingFile(given);
        return { json: toJson({ digest, standing }), text: standingLines({ standing, digest }).join('\n') };
      }
      const standing = await withRegistry(loadConfig(configPath), (registry) => registry.lastStanding());
      if (standing === null)
        return { json: { standing: null }, text: 'there is no standing: the highest serials count' };
      const digest = digestJson(standing);
      return { json: toJson({ digest, standing }), text: standingLines({ standing, digest }).join('\n') };
    },
  });
}
