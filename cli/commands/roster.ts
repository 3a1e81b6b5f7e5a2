import type { Command } from 'commander';
import type { Envelope } from '../../core/canon/index.ts';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import type { Roster } from '../../documents/roster.ts';
import { collect, command, group, type Outcome, type Surroundings } from '../command.ts';
import { usage } from '../errors.ts';
import type * as Drafts from '../roster-draft.ts';

interface FileOptions {
  readonly roster?: string;
}

interface GrantOptions {
  readonly role?: readonly string[];
  readonly environment?: readonly string[];
  readonly action?: readonly string[];
  readonly until?: string;
}

interface ActorOptions extends FileOptions, GrantOptions {
  readonly actor: string;
  readonly proof?: string;
}

export function rosterCommand() {
  const commands = [addPerson(), addWorkload(), addKey(), grant(), revokeKey(), check(), sign(), publish(), show()];
  return group('roster', 'who holds which role, with which keys', commands, [
    ['roster add-person --actor ruth --proof ruth.proof.json --role release_owner', 'a person with a key and a role'],
    ['roster revoke-key --actor ruth --key-id sha256:4f0c…', 'a lost key ends with the next roster'],
    ['roster sign --key governance-keys/roster.pem', 'endorse it, with a key that the trust file names'],
    ['roster publish', 'put it in force'],
  ]);
}

/** Reads the roster, changes it, holds the whole to its rules, and only then writes it. */
async function edit(
  { roster: given }: FileOptions,
  { configPath }: Surroundings,
  change: (draft: Roster, at: Timestamp, tools: typeof Drafts) => { readonly roster: Roster; readonly did: string },
): Promise<Outcome> {
  const [drafts, endorsed, { loadConfig }, { now }, { replaceFile }, { readRoster }, { digestBytes }, { loadRoster }] =
    await Promise.all([
      import('../roster-draft.ts'),
      import('../endorsed-file.ts'),
      import('../config.ts'),
      import('../workplace.ts'),
      import('../files.ts'),
      import('../../documents/roster-reader.ts'),
      import('../../core/canon/index.ts'),
      import('../roster-file.ts'),
    ]);
  const config = loadConfig(configPath);
  const path = given ?? config.roster;
  const at = now();
  const { roster, digest, published } = loadRoster(path, config, at);
  const { roster: next, did } = change(drafts.editable(roster, published, digest, at), at, drafts);
  const bytes = endorsed.canonical(next);
  readRoster(bytes);
  replaceFile(path, bytes);
  const json = { roster: path, digest: digestBytes(bytes), serial: next.serial, did };
  return {
    json,
    text: `${did}; roster serial ${next.serial} is a draft until it is signed and published\ndigest ${json.digest}`,
  };
}

async function proofOf(path: string): Promise<Envelope> {
  const [{ readInput }, { readJson, readEnvelope }] = await Promise.all([
    import('../files.ts'),
    import('../../core/canon/index.ts'),
  ]);
  return readEnvelope(readJson(readInput(path))).envelope;
}

async function keyOf(actor: string, path: string, at: Timestamp, breakglass = false) {
  const { keyFromProof } = await import('../roster-draft.ts');
  const { actorId, key } = keyFromProof(await proofOf(path), at, breakglass);
  if (actorId !== actor)
    throw usage('the proof is of another actor', { path: '--proof', expected: actor, got: actorId });
  return key;
}

function grantsOf(
  { role = [], environment = [], action = [], until }: GrantOptions,
  at: Timestamp,
  tools: typeof Drafts,
) {
  return role.map((each) =>
    tools.grantOf({ role: each, environments: environment, actions: action, until: until ?? null }, at),
  );
}

function addPerson() {
  return command<ActorOptions>({
    name: 'add-person',
    description: 'enter a person, with a key and roles',
    define: (built) => {
      built.requiredOption('--actor <id>', 'pseudonymous actor id, never a name or an address');
      built.option('--proof <file>', 'proof of possession that keygen wrote');
      grantOptions(built);
      built.option('--roster <file>', "roster (default: the configuration's)");
    },
    examples: [
      [
        'roster add-person --actor ruth --proof ruth.proof.json --role release_owner --environment production',
        'scoped to production',
      ],
    ],
    run: async (options, surroundings) => {
      const { now } = await import('../workplace.ts');
      const keys = options.proof === undefined ? [] : [await keyOf(options.actor, options.proof, now())];
      return edit(options, surroundings, (draft, at, tools) => ({
        roster: tools.addPerson(draft, options.actor, keys, grantsOf(options, at, tools)),
        did: `person ${options.actor} entered`,
      }));
    },
  });
}

function addWorkload() {
  return command<ActorOptions & { readonly title: string; readonly controlledBy: readonly string[] }>({
    name: 'add-workload',
    description: 'enter a workload, with the persons who control it',
    define: (built) => {
      built.requiredOption('--actor <id>', 'actor id of the workload');
      built.requiredOption('--title <text>', 'what it is, in one line');
      built.requiredOption('--controlled-by <person>', 'person who can make it act; repeat for several', collect);
      built.option('--proof <file>', 'proof of possession that keygen wrote');
      grantOptions(built);
      built.option('--roster <file>', "roster (default: the configuration's)");
    },
    examples: [
      [
        'roster add-workload --actor deployer --title "Deployment runner" --controlled-by dana --proof deployer.proof.json',
        'an executor',
      ],
    ],
    run: async (options, surroundings) => {
      const { now } = await import('../workplace.ts');
      const keys = options.proof === undefined ? [] : [await keyOf(options.actor, options.proof, now())];
      const { actor: actorId, title, controlledBy } = options;
      return edit(options, surroundings, (draft, at, tools) => ({
        roster: tools.addWorkload(draft, { actorId, title, controlledBy, keys, grants: grantsOf(options, at, tools) }),
        did: `workload ${actorId} entered`,
      }));
    },
  });
}

function addKey() {
  return command<FileOptions & { readonly actor: string; readonly proof: string; readonly breakglass?: boolean }>({
    name: 'add-key',
    description: 'give an actor one more key',
    define: (built) => {
      built.requiredOption('--actor <id>', 'whose key it is');
      built.requiredOption('--proof <file>', 'proof of possession that keygen wrote');
      built.option('--breakglass', 'the key signs overrides, and nothing else');
      built.option('--roster <file>', "roster (default: the configuration's)");
    },
    examples: [['roster add-key --actor ruth --proof ruth.proof.json', 'after keygen']],
    run: async (options, surroundings) => {
      const { now } = await import('../workplace.ts');
      const key = await keyOf(options.actor, options.proof, now(), options.breakglass);
      return edit(options, surroundings, (draft, _at, tools) => ({
        roster: tools.addKey(draft, options.actor, key),
        did: `key of ${options.actor} entered`,
      }));
    },
  });
}

function grant() {
  return command<FileOptions & GrantOptions & { readonly actor: string }>({
    name: 'grant',
    description: 'give an actor roles, in a scope',
    define: (built) => {
      built.requiredOption('--actor <id>', 'who gets them');
      grantOptions(built);
      built.option('--roster <file>', "roster (default: the configuration's)");
    },
    examples: [['roster grant --actor sam --role security_owner --action model.promote', 'for one action class']],
    run: async (options, surroundings) => {
      if ((options.role ?? []).length === 0) throw usage('--role says what is granted', { path: '--role' });
      return edit(options, surroundings, (draft, at, tools) => ({
        roster: grantsOf(options, at, tools).reduce(
          (roster, each) => tools.addGrant(roster, options.actor, each),
          draft,
        ),
        did: `${options.role?.join(', ')} granted to ${options.actor}`,
      }));
    },
  });
}

function revokeKey() {
  return command<FileOptions & { readonly actor: string; readonly keyId: string }>({
    name: 'revoke-key',
    description: 'end a key now, in the next roster',
    define: (built) => {
      built.requiredOption('--actor <id>', 'whose key it is');
      built.requiredOption('--key-id <digest>', 'as keygen and roster show print it');
      built.option('--roster <file>', "roster (default: the configuration's)");
    },
    examples: [
      ['roster revoke-key --actor ruth --key-id sha256:4f0c…', 'a lost key; sign and publish the roster afterwards'],
    ],
    run: (options, surroundings) =>
      edit(options, surroundings, (draft, at, tools) => ({
        roster: tools.revokeKey(draft, options.actor, options.keyId, at),
        did: `key ${options.keyId} of ${options.actor} ended`,
      })),
  });
}

function sign() {
  return command<FileOptions & { readonly key: string }>({
    name: 'sign',
    description: 'endorse the roster with a roster key of the trust file',
    define: (built) => {
      built.option('--roster <file>', "roster (default: the configuration's)");
      built.requiredOption('--key <file>', 'private roster key');
    },
    examples: [['roster sign --key governance-keys/roster.pem', 'adds to roster.endorsements.json beside it']],
    run: async ({ roster: given, key }, { configPath }) => {
      const [{ loadConfig }, { readRosterFile }, { readKeyFile }, endorsed, { now, readTrust }] = await Promise.all([
        import('../config.ts'),
        import('../roster-file.ts'),
        import('../key-file.ts'),
        import('../endorsed-file.ts'),
        import('../workplace.ts'),
      ]);
      const config = loadConfig(configPath);
      const path = given ?? config.roster;
      const { roster, digest } = readRosterFile(path);
      const { envelope, holder } = endorsed.endorse('roster', roster, readKeyFile(key), readTrust(config.trust), now());
      const all = endorsed.withEndorsement(endorsed.readEndorsements(path, digest), envelope);
      endorsed.writeEndorsements(path, all);
      const json = { digest, serial: roster.serial, holder, endorsements: all.endorsements.length };
      return {
        json,
        text: `${holder} endorsed roster serial ${roster.serial} (${digest}); ${all.endorsements.length} in all`,
      };
    },
  });
}

function check() {
  return command<FileOptions>({
    name: 'check',
    description: 'routed decisions that would be left without enough people, and in which roles',
    define: (built) => built.option('--roster <file>', "roster (default: the configuration's)"),
    examples: [['roster check', 'before it is signed; exit 1 where somebody would wait for nobody']],
    run: async ({ roster: given }, { configPath }) => {
      const [{ loadConfig }, { readRosterFile }, { withStored }, { blockedLines, blockedUnder }, readers] =
        await Promise.all([
          import('../config.ts'),
          import('../roster-file.ts'),
          import('../publish.ts'),
          import('../blocked.ts'),
          import('../../documents/roster-reader.ts'),
        ]);
      const [{ now }, { toJson }, { EXIT }] = await Promise.all([
        import('../workplace.ts'),
        import('../to-json.ts'),
        import('../exit-codes.ts'),
      ]);
      const config = loadConfig(configPath);
      const { roster, digest } = readRosterFile(given ?? config.roster);
      const index = readers.indexRoster(roster);
      const blocked = await withStored(config, (stored) => blockedUnder(stored, { index }, now()));
      const none = `under roster serial ${roster.serial} every routed decision has enough people`;
      return {
        json: { digest, serial: roster.serial, blocked: toJson(blocked) },
        text: blockedLines(blocked).join('\n') || none,
        exit: blocked.length === 0 ? EXIT.ok : EXIT.refused,
      };
    },
  });
}

function publish() {
  return command<FileOptions>({
    name: 'publish',
    description: 'put the endorsed roster in force',
    define: (built) => built.option('--roster <file>', "roster (default: the configuration's)"),
    examples: [['roster publish', 'needs the ledger (REDIS_URL) and service-keys/mac.key']],
    run: async ({ roster: given }, { configPath }) => {
      const [
        { loadConfig },
        { readRosterFile },
        endorsed,
        { publish: put, withStored },
        blocking,
        { now },
        { toJson },
      ] = await Promise.all([
        import('../config.ts'),
        import('../roster-file.ts'),
        import('../endorsed-file.ts'),
        import('../publish.ts'),
        import('../blocked.ts'),
        import('../workplace.ts'),
        import('../to-json.ts'),
      ]);
      const config = loadConfig(configPath);
      const path = given ?? config.roster;
      const { bytes, digest } = readRosterFile(path);
      const standing = endorsed.readEndorsements(path, digest);
      const reference = await put(config, 'roster', bytes, standing.endorsements);
      endorsed.writeEndorsements(path, { ...standing, published: true });
      const blocked = await withStored(config, async (stored) => {
        const at = now();
        return blocking.blockedUnder(stored, await stored.registry.rosterOnceInForce(digest, at), at);
      });
      const json = {
        digest,
        serial: reference.serial,
        endorsements: [...reference.endorsements],
        blocked: toJson(blocked),
      };
      const text = [`roster serial ${reference.serial} is in force (${digest})`, ...blocking.blockedLines(blocked)];
      return { json, text: text.join('\n') };
    },
  });
}

function show() {
  return command<FileOptions>({
    name: 'show',
    description: 'persons and workloads, their roles and key ids',
    define: (built) => built.option('--roster <file>', "roster (default: the configuration's)"),
    examples: [['roster show', 'who may sign what']],
    run: async ({ roster: given }, { configPath }) => {
      const [{ loadConfig }, { readRosterFile }, { rosterLines }, { canonicalize }] = await Promise.all([
        import('../config.ts'),
        import('../roster-file.ts'),
        import('../roster-lines.ts'),
        import('../../core/canon/index.ts'),
      ]);
      const { roster, digest } = readRosterFile(given ?? loadConfig(configPath).roster);
      return {
        json: { digest, roster: JSON.parse(canonicalize(roster)) },
        text: rosterLines(roster, digest).join('\n'),
      };
    },
  });
}

function grantOptions(built: Command): void {
  built.option('--role <role>', 'role to grant; repeat for several', collect);
  built.option('--environment <name>', 'dev, staging or production; repeat for several (default: all)', collect);
  built.option('--action <id>', 'action class; repeat for several (default: all)', collect);
  built.option('--until <time>', 'end of the grant, RFC 3339 UTC with milliseconds');
}
