import { collect, command, group } from '../command.ts';

interface SignOptions {
  readonly incident: string;
  readonly hours: string;
  readonly environment?: readonly string[];
  readonly action?: readonly string[];
  readonly key: string;
  readonly out: string;
}

export function freezeCommand() {
  return group(
    'freeze',
    'stop clearances in an emergency, with an emergency key; requests and approvals are still taken',
    [sign(), publish(), list()],
    [
      ['freeze sign --incident INC-2041 --hours 8 --key emergency.pem --out INC-2041.json', 'needs no server'],
      ['freeze publish INC-2041.json', 'claims in its scope are refused from now on'],
      [
        'run --freezes /etc/countersign/freezes …',
        'an executor that was given the file stops, whatever the service says',
      ],
    ],
  );
}

function sign() {
  return command<SignOptions>({
    name: 'sign',
    description: 'sign an emergency freeze into a file; needs the trust file and the key, and no server',
    define: (built) => {
      built.requiredOption('--incident <id>', 'identifier of the incident; no free text');
      built.requiredOption('--hours <number>', 'how long it lasts, at most 168: then governance has spoken');
      built.option('--environment <name>', 'dev, staging or production; repeat for several (default: all)', collect);
      built.option('--action <id>', 'action class; repeat for several (default: all)', collect);
      built.requiredOption('--key <file>', 'private emergency key');
      built.requiredOption('--out <file>', 'where it is written; nothing is overwritten');
    },
    examples: [
      [
        'freeze sign --incident INC-2041 --hours 8 --environment production --key emergency.pem --out INC-2041.json',
        'publish it, and hand the file to executors',
      ],
    ],
    run: async (options, { configPath }) => {
      const [{ loadConfig }, { readKeyFile }, { now, readTrust }, { writeNew }, { wholeNumber }, freezes] =
        await Promise.all([
          import('../config.ts'),
          import('../key-file.ts'),
          import('../workplace.ts'),
          import('../files.ts'),
          import('../numbers.ts'),
          import('../freeze-file.ts'),
        ]);
      const config = loadConfig(configPath);
      const key = readKeyFile(options.key);
      const at = now();
      const holder = freezes.emergencyHolder(readTrust(config.trust), key, config.tenant);
      const { envelope, digest, until } = freezes.freezeOf(
        {
          incident: options.incident,
          hours: wholeNumber('--hours', options.hours, 1, 168),
          environments: options.environment ?? '*',
          actions: options.action ?? '*',
        },
        { holder, key },
        { origin: config.origin, tenant: config.tenant, at },
      );
      writeNew(options.out, freezes.freezeText(envelope));
      const json = { freeze: digest, incident: options.incident, until, file: options.out };
      return {
        json,
        text: `${holder} freezes until ${until}: ${digest}\nwritten to ${options.out}; publish it, and hand it to executors`,
      };
    },
  });
}

function publish() {
  return command<object, [path: string]>({
    name: 'publish',
    description: 'put a signed freeze in force',
    define: (built) => built.argument('<file>', 'what freeze sign wrote'),
    examples: [['freeze publish INC-2041.json', 'needs the ledger (REDIS_URL) and service-keys/mac.key']],
    run: async (_options, { configPath }, path) => {
      const [{ loadConfig }, { readFreezeFile }, { withRegistry }, { now }] = await Promise.all([
        import('../config.ts'),
        import('../freeze-file.ts'),
        import('../publish.ts'),
        import('../workplace.ts'),
      ]);
      const envelope = readFreezeFile(path);
      const digest = await withRegistry(loadConfig(configPath), (registry) => registry.publishFreeze(envelope, now()));
      return { json: { freeze: digest }, text: `the freeze is in force (${digest})` };
    },
  });
}

function list() {
  return command({
    name: 'list',
    description: 'emergency freezes that have not run out, and whether the standing has lifted them',
    examples: [['freeze list', 'what stops claims now, beside the freezes of standing show']],
    run: async (_options, { configPath }) => {
      const [{ loadConfig }, { freezeLine }, { withRegistry }, { now }, { toJson }] = await Promise.all([
        import('../config.ts'),
        import('../freeze-file.ts'),
        import('../publish.ts'),
        import('../workplace.ts'),
        import('../to-json.ts'),
      ]);
      const at = now();
      const [freezes, standing] = await withRegistry(loadConfig(configPath), (registry) =>
        Promise.all([registry.freezesAt(at), registry.standingInForce(at)]),
      );
      const listed = freezes.map(({ digest, statement }) => {
        const { incident, environments, actions, signer, until } = statement;
        const lifted = standing?.document.lifted_freezes.includes(digest) ?? false;
        return { freeze: digest, incident, environments, actions, signer, until, lifted };
      });
      const text = listed.length === 0 ? 'no emergency freeze' : listed.map(freezeLine).join('\n');
      return { json: toJson({ freezes: listed }), text };
    },
  });
}
