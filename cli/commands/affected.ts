import { collect, command } from '../command.ts';
import type { Live } from '../live.ts';

interface AffectedOptions {
  readonly trust?: string;
  readonly revoke?: readonly string[];
  readonly revokeKey?: readonly string[];
  readonly live?: boolean;
}

export function affectedCommand() {
  return command<AffectedOptions, [packs: readonly string[]]>({
    name: 'affected',
    description: 'what a revocation touches: all that descends from it, by however many steps, and where it went',
    define: (built) => {
      built.argument('[packs...]', 'packs of past decisions, folders or files');
      built.option('--revoke <digest>', 'candidate, parent or data; repeat for several', collect);
      built.option('--revoke-key <id>', 'key whose signatures count no more; repeat for several', collect);
      built.option(
        '--live',
        'also what stands at the targets now, and open decisions: needs ledger, store and Temporal',
      );
      built.option('--trust <file>', "trust file that the packs must hold under (default: the configuration's)");
    },
    examples: [
      ['affected packs/* --revoke sha256:4f0c…', 'exit 1 if anything is affected, or a pack does not hold'],
      ['affected packs/* --revoke sha256:4f0c… --live', 'and what runs where, and who waits, right now'],
    ],
    run: async ({ trust, revoke = [], revokeKey = [], live: isLive = false }, { configPath }, packs) => {
      const [
        { affectedReport },
        { wayLine },
        { isDigest },
        { loadConfig },
        { usage },
        { EXIT },
        { printable },
        { toJson },
      ] = await Promise.all([
        import('../past/affected.ts'),
        import('../past/way-line.ts'),
        import('../../core/canon/index.ts'),
        import('../config.ts'),
        import('../errors.ts'),
        import('../exit-codes.ts'),
        import('../printable.ts'),
        import('../to-json.ts'),
      ]);
      const revoked = [...revoke, ...revokeKey];
      const got = revoked.find((one) => !isDigest(one)) ?? (revoked.length === 0 ? 'nothing' : undefined);
      if (got !== undefined)
        throw usage('say what is revoked', { path: '--revoke', expected: 'sha256: and 64 lower-case hex digits', got });
      if (packs.length === 0 && !isLive)
        throw usage('say of what', { path: '<packs...>', expected: 'packs, or --live', got: 'nothing' });
      const live = isLive ? await liveNow(configPath, packs, trust) : NOTHING_LIVE;
      const roots = [...live.releases.map(({ rooted }) => rooted), ...live.open];
      const report = affectedReport(packs, trust ?? loadConfig(configPath).trust, revoked, roots);
      const { affected, descendants, unverified } = report;
      const touched = new Set(affected.map(({ decisionId }) => decisionId));
      const running = live.releases.filter(({ rooted }) => touched.has(rooted.decisionId));
      const open = live.open.filter(({ decisionId }) => touched.has(decisionId));
      const lines = [
        ...affected.map(wayLine),
        ...running.map(
          ({ rooted: { target, candidate, decisionId }, outcome, wrong }) =>
            `${outcome === 'executed' ? 'runs' : 'may run'} at ${target}: ${candidate}, by ${decisionId}${wrong === null ? '' : ` (NOT PROVEN, ${wrong})`}`,
        ),
        ...open.map(({ decisionId, target }) => `open: ${decisionId}, for ${target}`),
        ...(descendants.length === 0 ? [] : [`to be revoked by the next standing too: ${descendants.join(' ')}`]),
        ...unverified.map((pack) => `does not hold, nothing was read out of it: ${pack}`),
        `${packs.length} packs, ${affected.length} decisions affected, ${unverified.length} packs do not hold`,
      ];
      return {
        json: toJson(
          isLive
            ? {
                ...report,
                running: running.map(({ rooted: { target, candidate, decisionId }, outcome, wrong }) => ({
                  target,
                  candidate,
                  decisionId,
                  outcome,
                  wrong,
                })),
                open: open.map(({ decisionId, target, candidate }) => ({ decisionId, target, candidate })),
              }
            : report,
        ),
        text: lines.map(printable).join('\n'),
        exit: affected.length === 0 && unverified.length === 0 ? EXIT.ok : EXIT.refused,
      };
    },
  });
}

const NOTHING_LIVE: Live = { releases: [], open: [] };

/** Loads Redis's and Temporal's drivers only here. */
async function liveNow(
  configPath: string | undefined,
  packs: readonly string[],
  trust: string | undefined,
): Promise<Live> {
  const [{ loadConfig }, { readLive }, { readDecisions }] = await Promise.all([
    import('../config.ts'),
    import('../live.ts'),
    import('../past/read-packs.ts'),
  ]);
  const config = loadConfig(configPath);
  const { decisions } = readDecisions(packs, trust ?? config.trust);
  const targets = decisions.flatMap(({ events: [first] }) =>
    first?.event_type === 'decision.requested' ? [first.target] : [],
  );
  return readLive({ configPath }, config, targets);
}
