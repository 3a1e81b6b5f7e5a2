import type { Digest } from '../../core/canon/index.ts';
import { collect, command } from '../command.ts';

interface DriftOptions {
  readonly trust?: string;
  readonly policy?: string;
  readonly roster?: string;
  readonly running?: readonly string[];
}

export function driftCommand() {
  return command<DriftOptions, [packs: readonly string[]]>({
    name: 'drift',
    description: 'how far what runs, policy, targets and approvers have moved away from what was decided',
    define: (built) => {
      built.argument('<packs...>', 'packs of past decisions, folders or files');
      built.option('--trust <file>', "trust file that the packs must hold under (default: the configuration's)");
      built.option('--policy <file>', "today's policy, YAML (default: the configuration's)");
      built.option('--roster <file>', "today's roster (default: the configuration's)");
      built.option('--running <target=file>', 'what runs there: a file, folder or digest; repeat for several', collect);
    },
    examples: [
      [
        'drift packs/* --running prod-gateway-01=/etc/gateway.conf',
        'exit 1 if anything moved, or a pack does not hold',
      ],
    ],
    run: async ({ trust, policy, roster, running = [] }, { configPath }, packs) => {
      const [
        { driftReport },
        { digestOrMeasured },
        { loadConfig },
        { usage },
        { EXIT },
        { printable },
        { toJson },
        place,
      ] = await Promise.all([
        import('../past/drift.ts'),
        import('../subject.ts'),
        import('../config.ts'),
        import('../errors.ts'),
        import('../exit-codes.ts'),
        import('../printable.ts'),
        import('../to-json.ts'),
        import('../workplace.ts'),
      ]);
      const runs = new Map<string, Digest>();
      for (const given of running) {
        const [target = '', ...rest] = given.split('=');
        const what = rest.join('=');
        if (target === '' || what === '' || runs.has(target)) {
          throw usage('this is no target with what runs there, or one that was given before', {
            path: '--running',
            expected: 'TARGET=FILE or TARGET=DIGEST',
            got: given,
          });
        }
        runs.set(target, await digestOrMeasured('--running', what));
      }
      const config =
        trust === undefined || policy === undefined || roster === undefined ? loadConfig(configPath) : null;
      const report = driftReport({
        packs,
        trust: trust ?? config?.trust ?? '',
        policy: policy ?? config?.policy ?? '',
        roster: roster ?? config?.roster ?? '',
        running: runs,
        at: place.now(),
      });
      const { targets, drift, unverified } = report;
      const lines = [
        ...targets.map(({ target, decision, candidate, running: now }) => {
          const seen = now === null ? 'not looked at' : now === candidate ? 'runs' : 'DOES NOT RUN';
          return `${target}  ${candidate} of ${decision}: ${seen}`;
        }),
        ...drift.map(({ kind, target, decision, what, then, now }) => {
          return `drift  ${kind.padEnd(11)} ${target}: ${what}: ${then} -> ${now}${decision === null ? '' : ` (${decision})`}`;
        }),
        ...unverified.map((pack) => `does not hold, nothing was read out of it: ${pack}`),
        `${packs.length} packs, ${targets.length} targets, ${drift.length} drifts, ${unverified.length} packs do not hold`,
      ];
      return {
        json: toJson(report),
        text: lines.map(printable).join('\n'),
        exit: drift.length === 0 && unverified.length === 0 ? EXIT.ok : EXIT.refused,
      };
    },
  });
}
