import { RATE_LIMITS } from '../examples/evidence/index.ts';
import { WORKLOADS } from '../examples/people.ts';
import { acknowledged, readBrief } from './approval.ts';
import { execute, gatewayBefore } from './execution.ts';
import { expectEqual } from './expect.ts';
import { askForGatewayChange } from './gateway-request.ts';
import type { DemoHouse } from './house.ts';
import { type ClosedDecision, collect } from './packs.ts';
import { heading, step } from './print.ts';

/** The source example: an update to the production API gateway's configuration, asked for, approved, executed. */
export async function decisionOne(cleanup: AsyncDisposableStack, house: DemoHouse): Promise<ClosedDecision> {
  const { cast, client } = house;
  heading('Decision one: deploy update to production API gateway config');
  const { decisionId, evidence } = await askForGatewayChange(house, {
    change: RATE_LIMITS,
    ticket: 'CHG-1042',
    summary: 'Deploy update to production API gateway config',
  });
  const gateway = gatewayBefore(house, evidence);

  const brief = await readBrief(house, decisionId, cast.executive);
  const approved = await client.approve(decisionId, house.signer(cast.executive), {
    seen: brief,
    rationale: 'Approved after reviewing diff and rollback plan.',
    lifeS: 3600,
  });
  expectEqual('the verdict on the approval', approved.verdict, 'accepted');
  step(
    `${cast.executive} signs an approval (scope full, one hour) with her own key; ${acknowledged(house, decisionId, approved)}`,
  );

  await execute(cleanup, house, {
    decisionId,
    executor: WORKLOADS.gatewayDeployer,
    evidence,
    target: gateway,
    tool: 'gateway.apply_config',
  });
  return collect(house, 'one', decisionId, 'executed');
}
