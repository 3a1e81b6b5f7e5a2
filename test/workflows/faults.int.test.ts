import { randomBytes, randomUUID } from 'node:crypto';
import { Client, Connection, WithStartWorkflowOperation } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Submitted } from '../../client/index.ts';
import { signClaim } from '../../client/statements.ts';
import { WORKFLOWS, workflowIdOf } from '../../core/contracts/names.ts';
import type { PromotionDecisionResult } from '../../core/contracts/activities.ts';
import type { SubmitResult } from '../../core/contracts/messages.ts';
import type { Policy } from '../../documents/index.ts';
import { PEOPLE, type RunningHouse, startHouse, type WorkerProcess } from '../support/running-house.ts';
import { forgeEvent, loseTail } from '../support/tampering.ts';
import {
  approve,
  chainOf,
  confirm,
  execute,
  openRouted,
  typesOf,
  verifyExported,
  insist,
  liftRestrictions,
} from '../support/scenario.ts';

const TEN = Array.from({ length: 10 }, (_, i) => `executive-${11 + i}`);
const LONG_MS = 180_000;

/** Ten executives have to sign, so that ten Updates can be in flight at once. */
function tenSignatures(policy: Policy): Policy {
  const routes = policy.routes.map((route) =>
    route.id === 'production-high' ? { ...route, slots: [{ role: 'executive', signatures: 10 }] } : route,
  );
  return { ...policy, routes };
}

describe('a worker killed at an append, with ten concurrent Updates in flight', () => {
  let houses: RunningHouse;

  beforeAll(async () => {
    houses = await startHouse({
      temporalAddress: inject('temporalAddress'),
      redisUrl: inject('redisUrl'),
      worker: false,
      policy: tenSignatures,
      more: Object.fromEntries(TEN.map((actorId) => [actorId, ['executive']])),
    });
  });
  afterAll(() => houses.stop());

  /** Appends of the decision, in order: request, evaluation, ten approvals, clearance, confirmation. */
  const APPENDS = Array.from({ length: 14 }, (_, i) => i + 1);
  const FAULTS = APPENDS.flatMap((append) => [
    { append, when: 'after' },
    ...(append % 5 === 1 ? [{ append, when: 'before' }] : []),
  ]);

  // shows: R8
  it.concurrent.for(FAULTS)(
    'loses nothing and doubles nothing (opa#3043): append $append, $when it is stored',
    { timeout: LONG_MS },
    async ({ append, when }, { expect }) => {
      const taskQueue = `fault-${randomUUID()}`;
      const house = await houses.onQueue(taskQueue);
      const environment = { COUNTERSIGN_TASK_QUEUE: taskQueue, FAULT_APPEND: `${append}`, FAULT_WHEN: when };
      const faulty = await house.startWorker(environment, '../support/faulty-worker.ts');
      let second: WorkerProcess | undefined;
      faulty.process.once('exit', () => {
        void house.startWorker({ COUNTERSIGN_TASK_QUEUE: taskQueue }).then((started) => {
          second = started;
        });
      });
      try {
        const { decisionId } = await insist(() =>
          house.client.open(house.request(`fault-${append}-${when}-${taskQueue}`)),
        );
        const briefing = await insist(() => house.client.brief(decisionId));
        const answers = await Promise.all(
          TEN.map((actorId) =>
            insist(() =>
              house.client.approve(decisionId, house.signer(actorId), {
                rationale: 'ok',
                seen: briefing,
                roles: ['executive'],
              }),
            ),
          ),
        );
        const claim = await house.client.prepareClaim(decisionId, house.signer(PEOPLE.deployer));
        const cleared = await insist(() => house.client.submit(decisionId, claim.envelope));
        await insist(() => confirm(house, decisionId, cleared));
        const view = await insist(() => house.client.wait(decisionId, { until: 'closed', timeoutMs: 60_000 }));

        expect(faulty.process.signalCode).toBe('SIGKILL');
        expect(view.outcome).toBe('executed');
        const events = await chainOf(house, decisionId);
        const approved = events.filter((event) => event.event_type === 'authority.approved');
        expect(approved.map((event) => event.actor_id).toSorted()).toEqual(TEN);
        expect(new Set(events.map((event) => event.event_id)).size).toBe(events.length);
        expect(count(typesOf(events))).toEqual({
          'decision.requested': 1,
          'policy.evaluated': 1,
          'risk.evaluated': 1,
          'authority.routed': 1,
          'authority.approved': 10,
          'execution.cleared': 1,
          'execution.confirmed': 1,
        });
        for (const answer of answers) expect(answer).toMatchObject({ verdict: 'accepted' });
        expect((await house.client.why(decisionId)).failing).toEqual([]);
        const report = await verifyExported(house, decisionId, 'executed');
        expect(report).toMatchObject({ evidence: 'holds', outcome: 'executed', level: { reached: 'C2' } });
      } finally {
        await faulty.stop();
        await second?.stop();
        await house.close();
      }
    },
  );
});

describe('on one quiet house', () => {
  let house: RunningHouse;
  beforeAll(async () => {
    house = await startHouse({ temporalAddress: inject('temporalAddress'), redisUrl: inject('redisUrl') });
  });
  afterAll(() => house.stop());

  it.each(['cancellation', 'claim'] as const)('takes a %s that was sent together with the start', async (kind) => {
    const { decisionId, digest } = await house.prepareRequest(randomUUID());
    const envelope =
      kind === 'cancellation'
        ? house.signedCancellation(decisionId, PEOPLE.operator)
        : signClaim(
            house.signer(PEOPLE.deployer),
            { decisionId, basis: digest, target: 'prod-gateway-01' },
            surroundings(house),
          ).envelope;
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    try {
      const start = new WithStartWorkflowOperation(WORKFLOWS.promotionDecision, {
        workflowId: workflowIdOf(decisionId),
        taskQueue: house.taskQueue,
        args: [{ decisionId, request: digest }],
        workflowIdConflictPolicy: 'FAIL',
      });
      const answer = await new Client({ connection }).workflow.executeUpdateWithStart<
        () => Promise<PromotionDecisionResult>,
        SubmitResult,
        [unknown]
      >('submit', { startWorkflowOperation: start, args: [envelope] });
      // The claim waits until there is a route, and is then judged; a cancellation need not wait.
      expect(answer).toMatchObject(
        kind === 'claim' ? { verdict: 'refused', code: 'claim.basis' } : { verdict: 'accepted' },
      );
      expect((await house.client.why(decisionId)).failing).toEqual([]);
    } finally {
      await connection.close();
    }
  });

  // shows: R27
  it('writes the tail again that the ledger lost, and records that it did', async () => {
    const decisionId = await openRouted(house);
    await loseTail(inject('redisAdminUrl'), decisionId, 1);
    await approve(house, decisionId);
    const events = await chainOf(house, decisionId);
    expect(typesOf(events).slice(-2)).toEqual(['ledger.restored', 'authority.approved']);
    expect(events.at(-2)).toMatchObject({ from_sequence: 2 });
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect(await verifyExported(house, decisionId, 'executed')).toMatchObject({
      evidence: 'holds',
      level: { reached: 'C2' },
    });
    expect((await house.client.why(decisionId)).failing).toEqual([]);
  });

  // shows: R12
  it('quarantines a decision whose ledger holds what nobody could have decided', async () => {
    const decisionId = await openRouted(house);
    await forgeEvent(inject('redisAdminUrl'), decisionId, {
      event_id: randomUUID(),
      schema_version: '1.0.0',
      event_type: 'decision.cancelled',
      timestamp: new Date().toISOString(),
      actor_id: PEOPLE.operator,
      statement: `sha256:${'ab'.repeat(32)}`,
      reason: `sha256:${'cd'.repeat(32)}`,
    });
    const answer: Promise<Submitted> = approve(house, decisionId);
    await expect(answer).rejects.toMatchObject({ serverCode: 'decision.quarantined' });
    const tree = await house.client.why(decisionId);
    expect(tree.failing).toMatchObject([{ what: 'quarantine', nextTry: null }]);
    await expect.poll(async () => (await house.restrictions.inForce()).length, { timeout: 20_000 }).toBe(1);
    await liftRestrictions(house);
  });

  it('carries on after its worker was away', async () => {
    const decisionId = await openRouted(house);
    await house.worker?.kill();
    const approving = insist(() => approve(house, decisionId));
    const worker = await house.startWorker();
    try {
      expect(await approving).toMatchObject({ verdict: 'accepted' });
      expect(await execute(house)).not.toBe(decisionId);
    } finally {
      await worker.stop();
    }
  });
});

function surroundings({ trust, tenant }: RunningHouse) {
  const now = () => new Date().toISOString();
  return { origin: trust.trust.origin, tenant, now, random: (bytes: number) => Uint8Array.from(randomBytes(bytes)) };
}

function count(types: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const type of types) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
