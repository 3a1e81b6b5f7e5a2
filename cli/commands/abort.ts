import { command } from '../command.ts';

interface AbortOptions {
  readonly pack: string;
  readonly observed: string;
  readonly trust?: string;
  readonly require: string;
  readonly maxAge: string;
}

export function abortCommand() {
  return command<AbortOptions>({
    name: 'abort',
    description: 'what an observation of a running release means under the plan that was approved, offline',
    define: (built) => {
      built.requiredOption('--pack <path>', 'pack of the decision that let it out, folder or file');
      built.requiredOption('--observed <file>', 'observation: docs/spec/observation.md');
      built.option('--trust <file>', "trust file that the pack must hold under (default: the configuration's)");
      built.option('--require <level>', 'lowest level that will do: C1, C2 or C3', 'C2');
      built.option('--max-age <seconds>', 'an observation that is older says nothing', '300');
    },
    examples: [
      [
        'abort --pack pack/ --trust trust.json --observed observed.json',
        'exit 0 to go on, 10 to abort at once, 11 to reduce traffic or abort, 12 to pause and review; whatever else, stop',
      ],
    ],
    run: async ({ pack, observed, trust, require, maxAge }, { configPath }) => {
      const [
        { abortReport },
        { LEVELS },
        { loadConfig },
        { usage },
        { EXIT },
        { wholeNumber },
        { now },
        text,
        { toJson },
      ] = await Promise.all([
        import('../past/abort.ts'),
        import('../../verifier/index.ts'),
        import('../config.ts'),
        import('../errors.ts'),
        import('../exit-codes.ts'),
        import('../numbers.ts'),
        import('../workplace.ts'),
        import('../printable.ts'),
        import('../to-json.ts'),
      ]);
      const level = LEVELS.find((each) => each === require);
      if (level === undefined)
        throw usage('there is no such level', { path: '--require', expected: LEVELS.join(', '), got: require });
      const report = abortReport({
        pack,
        trust: trust ?? loadConfig(configPath).trust,
        require: level,
        observed,
        at: now(),
        maxAgeS: wholeNumber('--max-age', maxAge, 1, 86_400),
      });
      const exits = {
        continue: EXIT.ok,
        abort_immediately: EXIT.abort,
        reduce_traffic_or_abort: EXIT.reduce,
        pause_and_review: EXIT.pause,
      } as const;
      const { action, firings, unplanned, rollback_target, candidate, target, decision, basis } = report;
      const lines = [
        `action: ${action.toUpperCase()}`,
        ...firings.map(
          ({ rule, metric, threshold, observed: got, because }) =>
            `rule ${rule}: ${metric} ${threshold}; observed ${got} (${because})`,
        ),
        ...(unplanned.length === 0 ? [] : [`the plan sets no threshold for ${unplanned.join(', ')}`]),
        `release: ${candidate} on ${target}, decision ${decision}, basis ${basis}`,
        `roll back to: ${rollback_target ?? 'nothing, the policy demanded no rollback'}`,
      ];
      return { json: toJson(report), text: lines.map(text.printable).join('\n'), exit: exits[action] };
    },
  });
}
