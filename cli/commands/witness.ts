import { command, group } from '../command.ts';

interface RunOptions {
  readonly key: string;
  readonly log: string;
  readonly every: string;
  readonly rest: string;
  readonly once?: boolean;
}

interface AnchorsOptions {
  readonly key: string;
  readonly log: string;
  readonly out: string;
}

export function witnessCommand() {
  return group(
    'witness',
    'anchor the heads of the ledger in a log of your own, with a key that is not the service’s',
    [run(), anchors()],
    [
      [
        'witness run --key witness.pem --log witness-log',
        'needs COUNTERSIGN_WITNESS_URL: it reads the ledger, no more',
      ],
      ['witness anchors DECISION --key witness.pem --log witness-log --out anchors.json', 'for verify --anchor'],
    ],
  );
}

const KEY = ['--key <file>', 'private witness key, that the trust file names'] as const;
const LOG = ['--log <folder>', "the witness's own folder; one process at a time"] as const;

function run() {
  return command<RunOptions>({
    name: 'run',
    description: 'sign each new head of every chain; keep and say what cannot be: a shorter chain, another event',
    define: (built) => {
      built.requiredOption(...KEY);
      built.requiredOption(...LOG);
      built.option('--every <seconds>', 'how often the ledger is looked at', '2');
      built.option('--rest <seconds>', 'how long a chain that has ended is left alone', '3600');
      built.option('--once', 'look once, and end: with 1 where anything contradicts what was signed');
    },
    examples: [['witness run --key witness.pem --log witness-log --once', 'for a timer of your own']],
    run: async (options, { configPath, say }) => {
      const [
        { loadConfig },
        { now },
        { openLog },
        { Rested, round },
        { createChainReader },
        { wholeNumber },
        { EXIT },
      ] = await Promise.all([
        import('../config.ts'),
        import('../workplace.ts'),
        import('../witness/open.ts'),
        import('../witness/round.ts'),
        import('../../ledger/index.ts'),
        import('../numbers.ts'),
        import('../exit-codes.ts'),
      ]);
      const [{ hasCode }, { setTimeout: sleep }, { printable }, { toJson }] = await Promise.all([
        import('../../core/errors.ts'),
        import('node:timers/promises'),
        import('../printable.ts'),
        import('../to-json.ts'),
      ]);
      const config = loadConfig(configPath);
      const everyMs = wholeNumber('--every', options.every, 1, 3_600) * 1000;
      const rested = new Rested(wholeNumber('--rest', options.rest, 1, 31 * 86_400) * 1000);
      const log = openLog(config, options);
      const reader = createChainReader({ url: config.witnessUrl() });
      const clock = () => ({ at: now(), ms: Date.now() });
      const stopping = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
      let last = { chains: 0, signed: 0, contradictions: [] } as Awaited<ReturnType<typeof round>>;
      let signed = 0;
      try {
        while (!stopping.signal.aborted) {
          try {
            last = await round(reader, log, rested, clock);
            signed += last.signed;
            if (last.signed > 0) say(`${last.signed} heads signed, ${log.length} entries`);
            for (const { decisionId, what, sequence, expected, got, isNew } of last.contradictions)
              if (isNew)
                say(printable(`CONTRADICTION ${decisionId} ${what} at ${sequence}: signed ${expected}, found ${got}`));
          } catch (error) {
            // The ledger may be away for a while; a log that cannot be written ends the witness.
            if (options.once === true || !hasCode(error, 'ledger.unavailable')) throw error;
            say(`${error.code}: ${error.message}`);
          }
          if (options.once === true) break;
          await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        }
      } finally {
        await reader.close();
        log.close();
      }
      const { chains, contradictions } = last;
      const text = [
        `${chains} chains looked at, ${signed} heads signed, ${log.length} entries in the log`,
        ...contradictions.map(({ decisionId, what, sequence, expected, got }) =>
          printable(`CONTRADICTION ${decisionId} ${what} at ${sequence}: signed ${expected}, found ${got}`),
        ),
      ];
      const json = toJson({ chains, signed, entries: log.length, contradictions });
      return { json, text: text.join('\n'), exit: contradictions.length === 0 ? EXIT.ok : EXIT.refused };
    },
  });
}

function anchors() {
  return command<AnchorsOptions, [decisionId: string]>({
    name: 'anchors',
    description: 'write the anchors of a decision out of the log, for whoever verifies its pack; needs no server',
    define: (built) => {
      built.argument('<decision>', 'id of the decision');
      built.requiredOption(...KEY);
      built.requiredOption(...LOG);
      built.requiredOption('--out <file>', 'where they go; nothing is overwritten');
    },
    examples: [
      ['witness anchors DECISION --key witness.pem --log witness-log --out anchors.json', 'then: verify --anchor'],
    ],
    run: async (options, { configPath }, decisionId) => {
      const [{ loadConfig }, { openLog }, { writeNew }, { canonical }, { ANCHORS_TYPE }, { CliError }] =
        await Promise.all([
          import('../config.ts'),
          import('../witness/open.ts'),
          import('../files.ts'),
          import('../endorsed-file.ts'),
          import('../../documents/anchors.ts'),
          import('../errors.ts'),
        ]);
      const log = openLog(loadConfig(configPath), options);
      try {
        const found = log.anchors(decisionId);
        if (found.length === 0)
          throw new CliError('witness.unseen', {
            message: 'this witness has signed no head of that decision',
            path: decisionId,
          });
        writeNew(options.out, canonical({ _type: ANCHORS_TYPE, anchors: found.map(({ parsed }) => parsed.envelope) }));
        const heads = found.map(({ statement: { sequence, head, signed_at } }) => ({ sequence, head, signed_at }));
        const lines = heads.map(({ sequence, head, signed_at }) => `${signed_at}  event ${sequence}  ${head}`);
        return {
          json: { decision_id: decisionId, heads, file: options.out },
          text: [...lines, `written to ${options.out}`].join('\n'),
        };
      } finally {
        log.close();
      }
    },
  });
}
