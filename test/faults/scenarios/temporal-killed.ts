import { setTimeout as sleep } from 'node:timers/promises';
import { ROADS } from '../workload.ts';
import type { Scenario } from '../scenario.ts';

const LOAD = 6;
/** A blink, which nobody need notice, and longer than a caller waits for an answer. */
const OUTAGES_MS = [500, 9_000];

/** SIGKILL to Temporal while decisions are on their way; it comes up again on its file and port. */
export const temporalKilled: Scenario = {
  name: 'temporal-killed',
  site: { workers: 1 },
  async play({ site, recorder, prober, random, journey }) {
    const journeys = Array.from({ length: LOAD }, (_, i) => journey(`load-${i}`, ROADS[i % ROADS.length]).travel());
    for (const outageMs of OUTAGES_MS) {
      await sleep(600 + random.integer(800));
      await prober.unanswerable(async () => {
        recorder.note('temporal killed');
        await site.killTemporal();
        await sleep(outageMs);
        await site.restartTemporal();
        recorder.note('temporal restarted');
      });
      // Its workers poll again when their own retries say so.
      await sleep(2_000);
    }
    await Promise.all(journeys);
  },
};
