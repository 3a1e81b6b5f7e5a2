import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { collect, command } from '../command.ts';
import { CliError, usage } from '../errors.ts';

interface Options {
  readonly origin?: string;
  readonly tenant: string;
  readonly person?: readonly string[];
  readonly executor: string;
}

/** Enough people for one decision: whoever asks, makes and vouches are three, and two more have to sign. */
const DEMO_PERSONS = ['dana:operator', 'carl:developer', 'evan:evaluator', 'ruth:release_owner', 'sam:security_owner'];

export function initCommand() {
  return command<Options, [directory: string]>({
    name: 'init',
    description: 'a working start for a small team: keys, trust file, roster, policy, configuration',
    define: (built) => {
      built.argument('<directory>', 'new or empty folder');
      built.option('--origin <name>', 'name of the installation (default: the name of the folder)');
      built.option('--tenant <name>', 'name of the tenant', 'main');
      built.option(
        '--person <id:roles>',
        `person with roles, id:role[,role]; repeat (default: ${DEMO_PERSONS.join(' ')})`,
        collect,
      );
      built.option('--executor <id>', 'workload that executes what was cleared', 'deployer');
    },
    examples: [
      ['init team', 'five people to try it with'],
      ['init team --origin acme --person p-0193:operator --person p-4471:release_owner,security_owner', 'your own'],
    ],
    run: async (options, _surroundings, directory) => {
      const [{ makeStart }, { writeNew }, { now }] = await Promise.all([
        import('../start/start.ts'),
        import('../files.ts'),
        import('../workplace.ts'),
      ]);
      const folder = resolve(directory);
      if (existsSync(folder) && readdirSync(folder).length > 0) {
        throw new CliError('file.exists', {
          message: 'the folder is not empty',
          path: folder,
          expected: 'a new or empty folder',
        });
      }
      const persons = (options.person ?? DEMO_PERSONS).map(personOf);
      const origin = options.origin ?? basename(folder);
      const start = makeStart({ origin, tenant: options.tenant, persons, executor: options.executor, at: now() });
      for (const name of ['keys', 'governance-keys', 'service-keys', 'store', 'disclosures']) {
        mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
      }
      for (const { path, content, secret } of start.files)
        writeNew(join(folder, path), content, secret ? 0o600 : 0o644);
      const { trustDigest, policyDigest, rosterDigest, unfilled } = start;
      const json = {
        folder,
        origin,
        tenant: options.tenant,
        trust: trustDigest,
        policy: policyDigest,
        roster: rosterDigest,
        files: start.files.map(({ path }) => path),
        unfilled: [...unfilled],
      };
      return { json, text: nextSteps(directory, trustDigest, unfilled, options.tenant) };
    },
  });
}

function personOf(text: string): { readonly actorId: string; readonly roles: readonly string[] } {
  const [actorId = '', roles = '', ...rest] = text.split(':');
  if (actorId === '' || rest.length > 0) {
    throw usage('this is no person with roles', { path: '--person', expected: 'id:role[,role]', got: text });
  }
  return { actorId, roles: roles === '' ? [] : roles.split(',') };
}

function nextSteps(folder: string, trust: string, unfilled: readonly string[], tenant: string): string {
  return [
    `Made in ${folder}. Trust file ${trust}`,
    ...unfilled.map(
      (role) => `Nobody holds the role ${role} yet; decisions that need it will be denied as impossible.`,
    ),
    '',
    'Keep governance-keys/ away from machines that run the service. Give keys/ID.pem to its owner and delete it here.',
    '',
    'Next:',
    `  cd ${folder}`,
    '  export REDIS_URL=redis://…                  # append-only file, appendfsync always',
    '  countersign policy publish && countersign roster publish',
    `  export COUNTERSIGN_TENANT=${tenant} COUNTERSIGN_TRUST=trust/trust.json COUNTERSIGN_STORE=store COUNTERSIGN_KEYS=service-keys`,
    '  # with these variables, start the worker in another terminal: countersign-worker, or worker/main.ts of a checkout',
    '  countersign doctor',
    '  countersign open --help',
  ].join('\n');
}
