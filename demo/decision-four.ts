import { LESS_SEARCH } from '../examples/evidence/index.ts';
import { WORKLOADS } from '../examples/people.ts';
import { acknowledged, readBrief } from './approval.ts';
import { execute, gatewayBefore } from './execution.ts';
import { expectEqual, expectPresent } from './expect.ts';
import { askForGatewayChange } from './gateway-request.ts';
import type { DemoHouse } from './house.ts';
import { type ClosedDecision, collect } from './packs.ts';
import { heading, step } from './print.ts';

/** Production fails, and no executive can be reached: glass is broken, on record, and reviewed afterwards. */
export async function decisionFour(cleanup: AsyncDisposableStack, house: DemoHouse): Promise<ClosedDecision> {
  const { cast, client } = house;
  heading('Decision four: at night, search takes orders down with it');
  const { decisionId, evidence } = await askForGatewayChange(house, {
    change: LESS_SEARCH,
    ticket: 'INC-0311',
    summary:
      'Search answers with errors, and its retries starve orders: let 60 requests a second through, without retries',
  });
  const gateway = gatewayBefore(house, evidence);

  const brief = await readBrief(house, decisionId, cast.incidentCommander);
  const broken = await client.breakGlass(decisionId, house.breakglassSigner(cast.incidentCommander), {
    seen: brief,
    reason: 'Orders are failing for everybody, and neither executive answers the pager.',
    owner: cast.incidentCommander,
    controls: ['pager-watch', 'rollback-on-stand-by'],
    lifeS: 900,
  });
  expectEqual('the verdict on the override', broken.verdict, 'accepted');
  step(
    `${cast.incidentCommander} breaks glass for 15 minutes, with a key that signs nothing else, a reason, an owner and ` +
      `compensating controls; ${acknowledged(house, decisionId, broken)}. It waives the executive, and no gate, no ` +
      'evidence and no duty',
  );

  await execute(cleanup, house, {
    decisionId,
    executor: WORKLOADS.gatewayDeployer,
    evidence,
    target: gateway,
    tool: 'gateway.apply_config',
  });
  const closed = await collect(house, 'four', decisionId, 'executed');
  await review(house, decisionId);
  return closed;
}

/** Not by whoever broke it; by somebody in the role that the policy names, who had no hand in it. */
async function review(house: DemoHouse, decisionId: string): Promise<void> {
  const { cast, client } = house;
  const own = await client.review(decisionId, house.signer(cast.incidentCommander), {
    verdict: 'justified',
    findings: 'It had to be done.',
  });
  expectEqual("the answer to a review of one's own", [own.verdict, own.code], ['refused', 'review.role']);
  step(`${cast.incidentCommander} tries to review it too: refused, ${own.code}`);

  const reviewed = await client.review(decisionId, house.signer(cast.modelAndSecurityOwner), {
    verdict: 'justified',
    findings: 'Orders recovered within a minute. A second executive joins the rota, so that one answers.',
  });
  expectEqual('the verdict on the review', reviewed.verdict, 'accepted');
  const addendum = expectPresent('an addendum', reviewed.addendum);
  step(
    `${cast.modelAndSecurityOwner}, security owner and without a hand in it, reviews: it was justified; ` +
      `${acknowledged(house, addendum, reviewed)} of addendum ${addendum}. The sealed pack stays as it is, and says OUTSTANDING`,
  );
}
