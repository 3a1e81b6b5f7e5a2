import { setTimeout as sleep } from 'node:timers/promises';
import { ROADS } from '../workload.ts';
import type { Scenario } from '../scenario.ts';

const LOAD = 6;
const KILLS = 2;

/** SIGKILL to Temporal while decisions are on their way; it comes up again on its file and port. */
export const temporalKilled: Scenario = {
  name: 'temporal-killed',
  site: { workers: 1 },
  async play({ site, recorder, prober, random, journey }) {
    const journeys = Array.from({ length: LOAD }, (_, i) => journey(`load-${i}`, ROADS[i % ROADS.length]).travel());
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(600 + random.integer(800));
      await prober.unanswerable(async () => {
        recorder.note('temporal killed');
        await site.killTemporal();
        await sleep(500 + random.integer(1_000));
        await site.restartTemporal();
        recorder.note('temporal restarted');
        // Its workers poll again when their own retries say so.
        await sleep(2_000);
      });
    }
    await Promise.all(journeys);
  },
};
