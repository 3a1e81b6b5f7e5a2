import type { Logger } from 'pino';
import type { Dependencies } from '../../activities/index.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import type { Metrics } from './metrics.ts';
import { repeatedly } from './repeatedly.ts';

const EVERY_MS = 30_000;

type Governed = Pick<Dependencies, 'registry' | 'restrictions'>;

/**
 * Looks, now and every thirty seconds, whoever scrapes however often, at what stops clearances where every server is well:
 * when the standing ends, whether the tenant is restricted, and what is frozen. What cannot be read stays as it was.
 */
export function startGovernanceWatch(governed: Governed, metrics: Metrics, log: Logger): { stop(): void } {
  return repeatedly(
    EVERY_MS,
    () => lookAt(governed, metrics),
    (error) => log.debug({ error: String(error) }, 'governance could not be looked at'),
  );
}

/** The standing last: one that is endorsed no more must hide neither restrictions nor freezes. */
async function lookAt({ registry, restrictions }: Governed, metrics: Metrics): Promise<void> {
  const at = timestamp(Date.now());
  metrics.restricted.set((await restrictions.restricting()) === null ? 0 : 1);
  metrics.freezes.set((await registry.freezesAt(at)).length);
  const standing = await registry.standingInForce(at);
  metrics.standingEnds.set(standing === null ? 0 : instant(standing.document.not_after) / 1000);
}
