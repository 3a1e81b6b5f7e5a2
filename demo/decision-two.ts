import { randomUUID } from 'node:crypto';
import { modelPromotionEvidence } from '../examples/evidence/index.ts';
import { WORKLOADS } from '../examples/people.ts';
import { acknowledged, assignmentNow, readBrief } from './approval.ts';
import { vouch } from './evidence.ts';
import { execute, standIn } from './execution.ts';
import { expectEqual } from './expect.ts';
import type { DemoHouse } from './house.ts';
import { type ClosedDecision, collect } from './packs.ts';
import { heading, step } from './print.ts';

/** A model goes to the canary: a full evidence packet, three owners, and two who try what they must not. */
export async function decisionTwo(cleanup: AsyncDisposableStack, house: DemoHouse): Promise<ClosedDecision> {
  const { cast, client, policy } = house;
  heading('Decision two: promote a model to the serving canary');
  const evidence = modelPromotionEvidence(house.occasion());
  const slot = standIn(house, 'model-serving-canary/active.json', new TextEncoder().encode('{}\n'));
  const evidenceStatement = vouch(house, evidence);

  const { decisionId, view } = await client.open({
    requester: house.signer(WORKLOADS.pipeline),
    role: 'release_pipeline',
    action: 'model.promote',
    target: 'model-serving-canary',
    candidate: evidence.candidate,
    creators: evidence.creators,
    packet: evidence.bytes,
    packetDisclosures: evidence.disclosures,
    evidenceStatement,
    policy,
    context: { environment: 'production', system: 'model-serving', change_type: 'model_promotion', ticket: 'CHG-1055' },
    summary: 'Promote support-reranker 3.4.0 to the serving canary, at most 5 percent of the traffic',
    idempotencyKey: `CHG-1055/${randomUUID()}`,
  });
  step(`${WORKLOADS.pipeline}, a workload, signs the request, and the service opens decision ${decisionId}`);
  expectEqual(
    'the route',
    view.slots.map(({ role, signatures }) => `${signatures} ${role}`),
    ['1 model_owner', '1 release_owner', '1 security_owner'],
  );
  step(`score ${view.score}, band ${view.band}: model owner, security owner and release owner have to sign`);

  const brief = await readBrief(house, decisionId, cast.modelAndSecurityOwner);
  const attempt = async (who: string, why: string, code: string): Promise<void> => {
    const refused = await client.approve(decisionId, house.signer(who), {
      seen: brief,
      roles: ['release_owner'],
      rationale: 'Looks good to me.',
    });
    expectEqual(`the answer to ${who}`, [refused.verdict, refused.code], ['refused', code]);
    step(`${who} (${why}) tries to approve: refused, ${code}; ${acknowledged(house, decisionId, refused)}`);
  };
  await attempt(WORKLOADS.pipeline, 'the requester', 'approval.by_requester');
  await attempt(
    cast.pipelineController,
    'a release owner, but in control of the requester',
    'approval.by_requester_controller',
  );

  const sign = async (who: string, roles: string, rationale: string): Promise<void> => {
    const approved = await client.approve(decisionId, house.signer(who), { seen: brief, rationale });
    expectEqual(`the verdict on the approval of ${who}`, approved.verdict, 'accepted');
    step(
      `${who} (${roles}) approves; ${acknowledged(house, decisionId, approved)}. Now ${await assignmentNow(house, decisionId)}`,
    );
  };
  await sign(
    cast.modelAndSecurityOwner,
    'model owner and security owner',
    'No open high finding; the permissions shrink.',
  );
  await sign(cast.releaseOwner, 'release owner', 'Canary is capped at 5 percent, and the rollback drill took 41 s.');
  await sign(cast.modelOwner, 'model owner', 'Every scorecard is above its threshold, the weak slices are known.');
  await checkMatching(house, decisionId);

  await execute(cleanup, house, {
    decisionId,
    executor: WORKLOADS.modelReleaser,
    evidence,
    target: slot,
    tool: 'canary.set_active',
  });
  return collect(house, 'two', decisionId, 'executed');
}

/** First come, first served would have left the first signer a model owner, and the route open for ever. */
async function checkMatching({ cast, client }: DemoHouse, decisionId: string): Promise<void> {
  const { assignment, stage } = await client.state(decisionId);
  expectEqual('the stage', stage, 'authorized');
  expectEqual('the assignment', Object.fromEntries(assignment.map(({ role, actor_id }) => [role, actor_id])), {
    model_owner: cast.modelOwner,
    release_owner: cast.releaseOwner,
    security_owner: cast.modelAndSecurityOwner,
  });
  step(
    `${cast.modelAndSecurityOwner} fits two roles, was counted as model owner at first, and moved to security owner ` +
      `when ${cast.modelOwner} signed: the assignment is a matching, not a queue`,
  );
}
