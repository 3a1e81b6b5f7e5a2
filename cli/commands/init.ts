import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import { collect, command } from '../command.ts';
import { CliError, usage } from '../errors.ts';
import type { Start, StartInput } from '../start/start.ts';

interface Options {
  readonly origin?: string;
  readonly tenant?: string;
  readonly person?: readonly string[];
  readonly executor?: string;
  readonly policy?: string;
  readonly people?: string;
  readonly standingDays?: string;
}

/** What a policy and its people say themselves. */
const STARTER_ONLY = ['origin', 'tenant', 'person', 'executor'] as const;

/** Enough people for one decision: whoever asks, makes and vouches are three, and two more have to sign. */
const DEMO_PERSONS = ['dana:operator', 'carl:developer', 'evan:evaluator', 'ruth:release_owner', 'sam:security_owner'];

export function initCommand() {
  return command<Options, [directory: string]>({
    name: 'init',
    description: 'a working start for a small team: keys, trust file, roster, policy, configuration',
    define: (built) => {
      built.argument('<directory>', 'new or empty folder');
      built.option('--origin <name>', 'name of the installation (default: the name of the folder)');
      built.option('--tenant <name>', 'name of the tenant (default: main)');
      built.option(
        '--person <id:roles>',
        `person with roles, id:role[,role]; repeat (default: ${DEMO_PERSONS.join(' ')})`,
        collect,
      );
      built.option('--executor <id>', 'workload that executes what was cleared (default: deployer)');
      built.option(
        '--policy <file>',
        'a policy of your own, with its origin and tenant, instead of the starter policy',
      );
      built.option(
        '--people <file>',
        'its persons, roles and workloads, from which the roster is made; goes with --policy',
      );
      built.option(
        '--standing-days <number>',
        'demand a standing, and make the first one, for so many days (default: none is demanded)',
      );
    },
    examples: [
      ['init team', 'five people to try it with'],
      ['init team --origin acme --person p-0193:operator --person p-4471:release_owner,security_owner', 'your own'],
      [
        'init team --policy policy.yaml --people people.yaml',
        'a policy and people of your own, such as those in examples/ of a checkout',
      ],
    ],
    run: async (options, _surroundings, directory) => {
      const [{ makeStart, starter }, { writeNew }, { now }, { wholeNumber }] = await Promise.all([
        import('../start/start.ts'),
        import('../files.ts'),
        import('../workplace.ts'),
        import('../numbers.ts'),
      ]);
      const folder = resolve(directory);
      if (existsSync(folder) && readdirSync(folder).length > 0) {
        throw new CliError('file.exists', {
          message: 'the folder is not empty',
          path: folder,
          expected: 'a new or empty folder',
        });
      }
      const { origin: named = basename(folder), tenant: of = 'main', executor = 'deployer' } = options;
      const persons = (options.person ?? DEMO_PERSONS).map(personOf);
      const at = now();
      const begins = (await ownPolicy(options, at)) ?? starter({ origin: named, tenant: of, persons, executor, at });
      const start = makeStart({ ...begins, ...standingLife(options, wholeNumber) });
      for (const name of ['keys', 'governance-keys', 'service-keys', 'store', 'disclosures']) {
        mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
      }
      for (const { path, content, secret } of start.files)
        writeNew(join(folder, path), content, secret ? 0o600 : 0o644);
      const { origin, tenant, trustDigest, policyDigest, rosterDigest, unfilled, absent } = start;
      const json = {
        folder,
        origin,
        tenant,
        trust: trustDigest,
        policy: policyDigest,
        roster: rosterDigest,
        files: start.files.map(({ path }) => path),
        unfilled: [...unfilled],
        absent: [...absent],
      };
      return { json, text: nextSteps(directory, start) };
    },
  });
}

async function ownPolicy(options: Options, at: Timestamp): Promise<StartInput | undefined> {
  const { policy, people } = options;
  if (policy === undefined && people === undefined) return undefined;
  if (policy === undefined || people === undefined) {
    throw usage('a policy and its people go together', { path: policy === undefined ? '--policy' : '--people' });
  }
  const twice = STARTER_ONLY.find((member) => options[member] !== undefined);
  if (twice !== undefined) throw usage('policy and people say this themselves', { path: `--${twice}` });
  const [{ readText }, { readPeopleFile }] = await Promise.all([import('../files.ts'), import('../people-file.ts')]);
  const policyText = readText(policy);
  return { policyText, ...readPeopleFile(people), at };
}

function standingLife(
  { standingDays }: Options,
  wholeNumber: (option: string, text: string, least: number, most: number) => number,
): { readonly standingLifeS?: number } {
  if (standingDays === undefined) return {};
  return { standingLifeS: wholeNumber('--standing-days', standingDays, 1, 31) * 24 * 3600 };
}

function personOf(text: string): { readonly actorId: string; readonly roles: readonly string[] } {
  const [actorId = '', roles = '', ...rest] = text.split(':');
  if (actorId === '' || rest.length > 0) {
    throw usage('this is no person with roles', { path: '--person', expected: 'id:role[,role]', got: text });
  }
  return { actorId, roles: roles === '' ? [] : roles.split(',') };
}

function nextSteps(folder: string, { trustDigest, unfilled, absent, tenant, standingUntil }: Start): string {
  return [
    `Made in ${folder}. Trust file ${trustDigest}`,
    ...unfilled.map(
      (role) => `Nobody holds the role ${role} yet; decisions that need it will be denied as impossible.`,
    ),
    ...absent.map((actorId) => `The roster has no ${actorId}; nobody can execute as it what a target lets it execute.`),
    '',
    'Keep governance-keys/ away from machines that run the service. Give keys/ID.pem to its owner and delete it here.',
    '',
    'Next:',
    `  cd ${folder}`,
    '  export REDIS_URL=redis://…                  # append-only file, appendfsync always',
    `  countersign policy publish && countersign roster publish${standingUntil === null ? '' : ' && countersign standing publish'}`,
    `  export COUNTERSIGN_TENANT=${tenant} COUNTERSIGN_TRUST=trust/trust.json COUNTERSIGN_STORE=store COUNTERSIGN_KEYS=service-keys`,
    '  # with these variables, start the worker in another terminal: countersign-worker, or worker/main.ts of a checkout',
    '  countersign doctor',
    '  countersign open --help',
  ].join('\n');
}
