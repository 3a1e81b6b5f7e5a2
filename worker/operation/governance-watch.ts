import type { Logger } from 'pino';
import type { Dependencies } from '../../activities/index.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import type { Metrics } from './metrics.ts';

const EVERY_MS = 30_000;

type Governed = Pick<Dependencies, 'registry' | 'restrictions'>;

/**
 * Looks, now and every thirty seconds, whoever scrapes however often, at what stops clearances where every server is well:
 * when the standing ends, whether the tenant is restricted, and what is frozen. What cannot be read stays as it was.
 */
export function startGovernanceWatch(governed: Governed, metrics: Metrics, log: Logger): { stop(): void } {
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      await lookAt(governed, metrics);
    } catch (error) {
      log.debug({ error: String(error) }, 'governance could not be looked at');
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), EVERY_MS);
  timer.unref();
  void look();
  return { stop: () => clearInterval(timer) };
}

/** Each by itself: a policy that is endorsed no more must not hide a restriction. */
async function lookAt({ registry, restrictions }: Governed, metrics: Metrics): Promise<void> {
  const at = timestamp(Date.now());
  metrics.restricted.set((await restrictions.restricting()) === null ? 0 : 1);
  metrics.freezes.set((await registry.freezesAt(at)).length);
  const standing = await registry.standingInForce(at);
  metrics.standingEnds.set(standing === null ? 0 : instant(standing.document.not_after) / 1000);
}
