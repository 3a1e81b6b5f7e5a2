import { randomUUID } from 'node:crypto';
import { type BuiltEvidence, type GatewayChange, gatewayChangeEvidence } from '../examples/evidence/index.ts';
import { vouch } from './evidence.ts';
import { expectEqual } from './expect.ts';
import type { DemoHouse } from './house.ts';
import { step } from './print.ts';

export interface GatewayRequest {
  readonly change: GatewayChange;
  readonly ticket: string;
  readonly summary: string;
}

/** The operator asks for a change of the gateway's configuration; by the example policy, an executive has to sign. */
export async function askForGatewayChange(
  house: DemoHouse,
  { change, ticket, summary }: GatewayRequest,
): Promise<{ readonly decisionId: string; readonly evidence: BuiltEvidence }> {
  const { cast, client, policy } = house;
  const evidence = gatewayChangeEvidence(change, house.occasion());
  const { decisionId, view } = await client.open({
    requester: house.signer(cast.operator),
    role: 'operator',
    action: 'deploy.change',
    target: 'prod-gateway-01',
    candidate: evidence.candidate,
    creators: evidence.creators,
    packet: evidence.bytes,
    evidenceStatement: vouch(house, evidence),
    policy,
    context: { environment: 'production', system: 'gateway', change_type: 'config_update', ticket },
    summary,
    idempotencyKey: `${ticket}/${randomUUID()}`,
  });
  step(`${cast.operator} signs the request, and the service opens decision ${decisionId}`);
  expectEqual('score and band', [view.score, view.band], [0.86, 'high']);
  expectEqual('the route', view.slots, [{ role: 'executive', signatures: 1 }]);
  step(
    `policy ${policy.version} escalates, the score is ${view.score}, the band ${view.band}: an executive has to sign`,
  );
  return { decisionId, evidence };
}
