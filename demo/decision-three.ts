import { UNSIGNED_PARTNERS } from '../examples/evidence/index.ts';
import { acknowledged } from './approval.ts';
import { expectEqual } from './expect.ts';
import { askForGatewayChange } from './gateway-request.ts';
import type { DemoHouse } from './house.ts';
import { type ClosedDecision, collect } from './packs.ts';
import { heading, step } from './print.ts';

/** A change that an executive rejects. Its pack is sealed as a refusal, and can be verified as one. */
export async function decisionThree(house: DemoHouse): Promise<ClosedDecision> {
  const { cast, client } = house;
  heading('Decision three: stop checking the signatures of partner requests');
  const { decisionId } = await askForGatewayChange(house, {
    change: UNSIGNED_PARTNERS,
    ticket: 'CHG-1063',
    summary: 'Partner clocks drift and their requests fail: accept requests without a signature for now',
  });

  const brief = await client.brief(decisionId);
  step(`${cast.secondExecutive} reads the brief (like that of decision one) and what the requester says:`);
  step(`"${brief.summary.value}"`);
  const rejected = await client.reject(decisionId, house.signer(cast.secondExecutive), {
    seen: brief,
    reason: 'Partner traffic moves money. Widen the allowed clock skew to 120 s instead, and keep the signatures.',
  });
  expectEqual('the verdict on the rejection', rejected.verdict, 'accepted');
  step(`${cast.secondExecutive} signs a rejection with a reason; ${acknowledged(house, decisionId, rejected)}`);
  return collect(house, 'three', decisionId, 'denied');
}
