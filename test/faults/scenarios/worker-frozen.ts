import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Scenario } from '../scenario.ts';

/** Appends of the decision: request, evaluation, first approval. */
const FROZEN_APPEND = '3';

/**
 * A worker stops in front of an append, without dying, for longer than its workflow task lasts. Another takes the
 * decision over; then the first goes on where it stopped, with an append for a head that has long moved on.
 */
export const workerFrozen: Scenario = {
  name: 'worker-frozen',
  site: {
    workers: 1,
    callTimeoutMs: 40_000,
    // As long as the server may, it gives tasks to the polls of a worker that it cannot know to be frozen: without
    // these the decision was taken over after 39 s instead.
    dynamicConfig: { 'history.defaultWorkflowTaskTimeout': '"3s"', 'matching.longPollExpirationInterval': '"3s"' },
  },
  async play({ site, recorder, journey, find, measure }) {
    site.crew.pauseHiring();
    await site.crew.killAll();
    const frozen = await site.house.startWorker({ FREEZE_APPEND: FROZEN_APPEND }, '../support/faulty-worker.ts');
    const decision = journey('frozen', 'executed');
    const freezing = nextMessage(frozen.process);
    try {
      await decision.open();
      const deciding = decision.decide();
      await freezing;
      recorder.note('worker frozen');
      await site.crew.hire(1);
      const began = performance.now();
      // Until its task has timed out nobody else is given it.
      await takenOver(decision.decisionId, site, 2);
      measure('taken over after s', Math.round((performance.now() - began) / 1000));
      const told = nextMessage(frozen.process);
      frozen.process.kill('SIGCONT');
      recorder.note('worker continued');
      const outcome = await told;
      measure('stale append', outcome);
      if (outcome !== 'exists') find('stale.accepted', decision.decisionId, `the stale append was ${outcome}`);
      await deciding;
      await decision.end();
      // What it still wants to complete is refused by the server, and its next task is as good as anybody's.
      await sleep(500);
    } finally {
      await frozen.kill();
    }
  },
};

async function takenOver(
  decision: string,
  site: Parameters<Scenario['play']>[0]['site'],
  approvals: number,
): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const batches = await site.house.ledger.read(decision);
    const types = batches.flatMap(({ events }) => events.map((event) => event['event_type']));
    if (types.filter((type) => type === 'authority.approved').length >= approvals) return;
    await sleep(100);
  }
  throw new Error('nobody took the decision over');
}

async function nextMessage(child: ChildProcess): Promise<string> {
  const [message] = (await once(child, 'message')) as [string];
  return message;
}
