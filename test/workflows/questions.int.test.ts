import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { expect, inject, it } from 'vitest';
import { workflowIdOf } from '../../core/contracts/names.ts';
import { PEOPLE, type RunningHouse, startHouse, workflowBundle } from '../support/running-house.ts';
import { approve, confirm } from '../support/scenario.ts';

const DECISIONS = 30;

/**
 * What a query would do here: its answer is reported with whatever a local activity has left, before the workflow's
 * code has been told; and an Update that comes then stands in another order than a replay finds (ADR 0020).
 */
it('decisions that are asked after all the time can be replayed', { timeout: 120_000 }, async () => {
  const temporalAddress = inject('temporalAddress');
  const house = await startHouse({ temporalAddress, redisUrl: inject('redisUrl') });
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    const { workflow } = new Client({ connection });
    const decisions = await Promise.all(Array.from({ length: DECISIONS }, () => askedAfter(house)));
    const code = { codePath: await workflowBundle() };
    for (const { decisionId, answers } of decisions) {
      expect(answers).toBeGreaterThan(1);
      const history = await workflow.getHandle(workflowIdOf(decisionId)).fetchHistory();
      await expect(Worker.runReplayHistory({ workflowBundle: code }, history)).resolves.toBeUndefined();
    }
  } finally {
    await connection.close();
    await house.stop();
  }
});

/** The whole road of a decision, with two who never stop asking. */
async function askedAfter(house: RunningHouse): Promise<{ readonly decisionId: string; readonly answers: number }> {
  const { decisionId } = await house.client.open(house.request(randomUUID()));
  const asking = { on: true, answers: 0 };
  const ask = async (): Promise<void> => {
    while (asking.on) {
      await house.client.why(decisionId);
      asking.answers += 1;
    }
  };
  const asked = Promise.all([ask(), ask()]);
  await Promise.all([
    house.client.approve(decisionId, house.signer(PEOPLE.operator), { rationale: 'mine', roles: ['executive'] }),
    house.client.approve(decisionId, house.signer(PEOPLE.modelOwner), { rationale: 'mine', roles: ['executive'] }),
    approve(house, decisionId),
    approve(house, decisionId, PEOPLE.secondExecutive),
  ]);
  await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
  await house.client.wait(decisionId, { until: 'closed', timeoutMs: 30_000 });
  asking.on = false;
  await asked;
  return { decisionId, answers: asking.answers };
}
