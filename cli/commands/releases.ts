import type { ReleaseRecord } from '../../documents/index.ts';
import { command } from '../command.ts';

interface ReleasesOptions {
  readonly at?: string;
}

export function releasesCommand() {
  return command<ReleasesOptions, [target: string]>({
    name: 'releases',
    description: 'what a target was changed to, when, by which decision and by whose authority',
    define: (built) => {
      built.argument('<target>', 'target of the policy');
      built.option('--at <time>', 'only what it was at this instant: a day, or RFC 3339 UTC with milliseconds');
    },
    examples: [
      [
        'releases production-01',
        'every change, the last one last; needs the ledger (REDIS_URL) and service-keys/mac.key',
      ],
      ['releases production-01 --at 2026-02-24', 'what it was at the end of that day, and who had approved it'],
    ],
    run: async ({ at }, { configPath }, target) => {
      const [
        { loadConfig },
        { withReleases },
        { proveReleases, releaseAt },
        { EXIT },
        { instantOf },
        { toJson },
        stores,
      ] = await Promise.all([
        import('../config.ts'),
        import('../publish.ts'),
        import('../past/releases.ts'),
        import('../exit-codes.ts'),
        import('../instant.ts'),
        import('../to-json.ts'),
        import('../../store/index.ts'),
      ]);
      const config = loadConfig(configPath);
      const instant = at === undefined ? null : instantOf('--at', at);
      const history = await withReleases(config, (releases) => releases.history(target));
      const found = instant === null ? history : [releaseAt(history, instant)].filter((one) => one !== null);
      const store = stores.createDirectoryStore({ directory: config.store });
      const proven = await proveReleases(found, history, store, config.trust);
      const releases = proven.map(({ release: { digest, record }, approved, wrong }) => {
        const { _type, ...members } = record;
        return { release: digest, ...members, approved, wrong };
      });
      const lines = releases.map((one) => [
        `${one.changed_at ?? `after ${one.cleared_at}`}  ${one.candidate.name} ${one.candidate.version}  ${SAYS[one.outcome]}`,
        `  ${one.candidate.digest}, before it ${one.previous_candidate ?? 'not known'}`,
        `  ${doneBy(one)}: ${one.approved.join(', ') || 'nobody had to approve'}`,
        ...(one.overtaken_by === undefined
          ? []
          : [`  OVERTAKEN by ${one.overtaken_by.decision_id}, at the target since ${one.overtaken_by.changed_at}`]),
        `  pack ${one.pack}${one.wrong === null ? '' : `: NOT PROVEN, ${one.wrong}`}`,
      ]);
      const none = `${target} was changed by no decision${instant === null ? '' : ` before ${instant}`}`;
      return {
        json: toJson({ target, at: instant, releases }),
        text: lines.length === 0 ? none : lines.flat().join('\n'),
        exit: releases.length > 0 && releases.every(({ wrong }) => wrong === null) ? EXIT.ok : EXIT.refused,
      };
    },
  });
}

/** A backout has no approvals of its own: those who approved what it goes back from have signed the way back. */
function doneBy({
  decision_id,
  undoes,
  undone_pack,
}: Pick<ReleaseRecord, 'decision_id' | 'undoes' | 'undone_pack'>): string {
  if (undone_pack !== undefined)
    return `addendum ${decision_id}, BACKED OUT of decision ${undoes}, whose way back is by`;
  return `decision ${decision_id}${undoes === undefined ? '' : `, the rollback of ${undoes}`}`;
}

const SAYS = {
  executed: 'executed',
  execution_failed: 'FAILED: what runs is not known',
  unconfirmed: 'UNCONFIRMED: what runs is not known',
} as const;
