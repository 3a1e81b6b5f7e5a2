import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { gatewayChangeEvidence, RATE_LIMITS } from '../examples/evidence/index.ts';
import { WORKLOADS } from '../examples/people.ts';
import { acknowledged, readBrief } from './approval.ts';
import { vouch } from './evidence.ts';
import { execute } from './execution.ts';
import { expectEqual } from './expect.ts';
import type { DemoHouse } from './house.ts';
import { type ClosedDecision, collect } from './packs.ts';
import { heading, quote, step } from './print.ts';
import { bareEnvironment, countersign } from './processes.ts';

const TARGET = 'prod-gateway-01';
const INCIDENT = 'INC-0311';

/**
 * In the morning everything is frozen, and the way back from decision four is open all the same.
 *
 * @param frozen false where somebody wants to clear something afterwards: only a standing ends a freeze before its time
 */
export async function decisionFive(
  cleanup: AsyncDisposableStack,
  house: DemoHouse,
  { undone, frozen }: { readonly undone: ClosedDecision; readonly frozen: boolean },
): Promise<ClosedDecision> {
  const { cast, client } = house;
  heading('Decision five: in the morning, back from decision four');
  if (frozen) await freeze(cleanup, house);

  const evidence = gatewayChangeEvidence(RATE_LIMITS, house.occasion());
  const { decisionId, view } = await client.open({
    requester: house.signer(cast.operator),
    role: 'operator',
    action: 'release.rollback',
    target: TARGET,
    candidate: evidence.candidate,
    creators: evidence.creators,
    packet: evidence.bytes,
    evidenceStatement: vouch(house, evidence),
    policy: house.policy,
    context: { environment: 'production', system: 'gateway', change_type: 'rollback', ticket: INCIDENT },
    summary: 'Search is well again: back to the limits of before the night',
    idempotencyKey: `${INCIDENT}/${randomUUID()}`,
    undoes: undone.decisionId,
  });
  expectEqual('the route', view.slots, [{ role: 'release_owner', signatures: 1 }]);
  step(
    `${cast.operator} asks for the rollback of decision four, and names its sealed pack; the service opens decision ` +
      `${decisionId}: to what that decision's basis names, and to nothing else. A release owner has to sign`,
  );

  const brief = await readBrief(house, decisionId, cast.releaseOwner);
  const approved = await client.approve(decisionId, house.signer(cast.releaseOwner), {
    seen: brief,
    rationale: 'Search has answered without errors for two hours.',
    lifeS: 3600,
  });
  expectEqual('the verdict on the approval', approved.verdict, 'accepted');
  step(`${cast.releaseOwner} signs an approval; ${acknowledged(house, decisionId, approved)}`);

  await execute(cleanup, house, {
    decisionId,
    executor: WORKLOADS.gatewayDeployer,
    evidence,
    target: join(house.out, 'world', TARGET, 'gateway.conf'),
    tool: 'gateway.apply_config',
  });
  if (frozen)
    step('no freeze keeps a rollback: it was cleared, and the executor found in its clearance pack what it undoes');
  const closed = await collect(house, 'five', decisionId, 'executed');
  await showHistory(cleanup, house);
  return closed;
}

/** One emergency key is enough, and no server: whoever has the file stops, also where the service will not hear of it. */
async function freeze(cleanup: AsyncDisposableStack, house: DemoHouse): Promise<void> {
  const desk = house.desk('emergency');
  const file = join(dirname(desk), `${INCIDENT}.json`);
  const key = join(dirname(desk), 'keys', 'emergency.pem');
  const sign = ['freeze', 'sign', '--incident', INCIDENT, '--hours', '8', '--key', key, '--out', file];
  const publish = ['freeze', 'publish', file, '--config', house.desk('operations')];
  for (const words of [[...sign, '--config', desk], publish]) {
    const { code, stderr } = await countersign(cleanup, { words, env: bareEnvironment() });
    expectEqual(`the exit code of countersign ${words[0]} ${words[1]} ${stderr}`, code, 0);
  }
  step(
    `emergency-1 freezes every clearance of the tenant for eight hours (${INCIDENT}), signed offline with a key that ` +
      'does nothing else; operations publish it',
  );
}

async function showHistory(cleanup: AsyncDisposableStack, house: DemoHouse): Promise<void> {
  const words = ['releases', TARGET];
  step(`countersign ${words.join(' ')}: what it was changed to, by which decision and by whose authority`);
  const { code, stdout, stderr } = await countersign(cleanup, {
    words: [...words, '--config', house.desk('operations')],
    env: bareEnvironment(),
  });
  quote(`${stderr}${stdout}`.trimEnd(), 4);
  expectEqual('the exit code of countersign releases', code, 0);
}
