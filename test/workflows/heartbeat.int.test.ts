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
 * A worker keeps a workflow task that runs local activities for longer than eight seconds by giving it back and taking
 * it again. An Update that comes with such a task runs while an earlier one's activity does; a replay delivers the
 * Update and the activity's result at once. What the result brings about must then not come before the Update.
 */
describe('statements that come while earlier ones are still being appended, for longer than a workflow task', () => {
  it('replay in the order in which they were taken', { timeout: 120_000 }, async () => {
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
      // Seven at once take ten seconds; then one each half second, around the moment when the task is taken again.
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
