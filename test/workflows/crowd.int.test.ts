import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import type { Policy } from '../../documents/index.ts';
import { startHouse } from '../support/running-house.ts';
import { chainOf, insist } from '../support/scenario.ts';

const TWELVE = Array.from({ length: 12 }, (_, i) => `executive-${11 + i}`);

function twelveSignatures(policy: Policy): Policy {
  const routes = policy.routes.map((route) =>
    route.id === 'production-high' ? { ...route, slots: [{ role: 'executive', signatures: 12 }] } : route,
  );
  return { ...policy, routes };
}

/**
 * Two more than a server lets be in flight. A refused Update makes it drop the task that a worker is at; sent by signal
 * instead, the statement made it give out another, which the worker completed with what it had decided without the
 * signal. No fresh worker could replay that: the decision stood still for good.
 */
describe('twelve statements at once, behind a ledger that takes one and a half seconds for each', () => {
  it('are all taken, and a fresh worker replays the decision', { timeout: 120_000 }, async () => {
    const house = await startHouse({
      temporalAddress: inject('temporalAddress'),
      redisUrl: inject('redisUrl'),
      worker: false,
      policy: twelveSignatures,
      more: Object.fromEntries(TWELVE.map((actorId) => [actorId, ['executive']])),
    });
    const slow = await house.startWorker({ SLOW_APPEND_MS: '1500' }, '../support/faulty-worker.ts');
    try {
      const { decisionId } = await house.client.open(house.request(randomUUID()));
      const seen = await insist(() => house.client.brief(decisionId));
      const approve = (actorId: string) =>
        house.client.approve(decisionId, house.signer(actorId), { rationale: 'ok', seen, roles: ['executive'] });
      // Seven at once take ten seconds, longer than one workflow task; the others come around its end.
      const answers = TWELVE.map(async (actorId, i) => {
        await sleep(i < 7 ? 0 : 6_000 + (i - 7) * 700);
        return approve(actorId);
      });
      for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ verdict: 'accepted' });
      await slow.kill();
      const fresh = await house.startWorker();
      try {
        expect(await insist(() => house.client.state(decisionId))).toMatchObject({ stage: 'authorized' });
      } finally {
        await fresh.stop();
      }
      const approved = (await chainOf(house, decisionId)).filter(
        ({ event_type }) => event_type === 'authority.approved',
      );
      expect(approved.map(({ actor_id }) => actor_id).toSorted()).toEqual(TWELVE);
    } finally {
      await slow.stop();
      await house.stop();
    }
  });
});
