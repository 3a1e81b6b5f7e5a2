import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario, Stage } from '../scenario.ts';

export const FAULTS = ['worker killed', 'all workers killed', 'worker frozen', 'temporal killed'] as const;
export type Fault = (typeof FAULTS)[number];

const JOURNEYS = 8;
const FAULTS_A_ROUND = 3;

/** One round of the long run: decisions on all roads, and faults of all kinds in an order that the seed says. */
export const mix: Scenario = {
  name: 'mix',
  site: { workers: 2 },
  // What runs in a worker while that is frozen, or starved by the others' restart, is out of time when it goes on.
  failing: ['activity.timeout'],
  async play(stage) {
    const { random, recorder, journey, measure } = stage;
    const faults = Array.from({ length: FAULTS_A_ROUND }, () => random.pick(FAULTS));
    const travelling = Array.from({ length: JOURNEYS }, async (_, i) => {
      const one = journey(`mix-${i}`);
      await sleep(i * 300);
      await one.travel();
    });
    for (const fault of faults) {
      await sleep(300 + random.integer(1_200));
      recorder.note(fault);
      await inject(stage, fault);
      recorder.note(`${fault}: over`);
    }
    await Promise.all(travelling);
    measure('faults', faults.join(', '));
  },
};

/** How long a worker takes to come up, and to poll again. */
const RECOVERY_MS = 3_000;

async function inject({ site, random, prober }: Stage, fault: Fault): Promise<void> {
  const { crew } = site;
  const pick = <T>(from: readonly T[]): T => random.pick(from);
  switch (fault) {
    case 'worker killed':
      await crew.killOne(pick);
      break;
    case 'all workers killed':
      await crew.killAll();
      break;
    case 'worker frozen':
      await crew.freezeOne(pick, 1_000 + random.integer(4_000));
      break;
    case 'temporal killed':
      await prober.unanswerable(async () => {
        await site.killTemporal();
        await sleep(random.integer(2_000));
        await site.restartTemporal();
      });
  }
  await sleep(RECOVERY_MS);
}
