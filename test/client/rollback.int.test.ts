import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { signFreeze } from '../../founding/index.ts';
import type { OpenRequest } from '../../client/index.ts';
import { digestOf } from '../documents/fixtures.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, confirm, execute, verifyExported } from '../support/scenario.ts';

/** Rollbacks and the history of a target, on real servers: from the request to the verified pack (R81, R88, R89). */

let house: RunningHouse;
const TARGET = 'prod-gateway-01';
/** What the fixtures' packets name as rollback target. */
const CHAMPION = { name: 'gateway-router', version: '2.3.1', digest: digestOf('candidate gateway-router 2.3.1') };

beforeAll(async () => {
  house = await startHouse({ temporalAddress: inject('temporalAddress'), redisUrl: inject('redisUrl') });
});
afterAll(() => house?.stop());

const rollback = (undoes: string, changes: Partial<OpenRequest> = {}) =>
  house.client.open(
    house.request(randomUUID(), { action: 'release.rollback', candidate: CHAMPION, undoes, ...changes }),
  );

async function carriedOut(decisionId: string): Promise<void> {
  await approve(house, decisionId, PEOPLE.releaseOwner);
  const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
  expect(claim).toMatchObject({ verdict: 'accepted' });
  await confirm(house, decisionId, claim);
  await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
}

/** A release is recorded after its decision was sealed, so a moment later. */
async function historyOf(target: string, length: number): Promise<readonly string[]> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    const history = await house.releases.history(target);
    if (history.length >= length) return history.map(({ record }) => record.decision_id);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`fewer than ${length} releases were recorded`);
}

describe('a rollback', () => {
  // shows: R81, R89
  it('goes back under a freeze, proves what it undoes, and stands in the history of its target', async () => {
    const first = await execute(house);
    const at = new Date().toISOString();
    const scope = { environments: '*', actions: '*' } as const;
    const until = new Date(Date.now() + 600_000).toISOString();
    const key = house.house.holderKeys.get('emergency')?.get('emergency-1');
    if (key === undefined) throw new Error('the house has an emergency key');
    const place = { origin: ORIGIN, tenant: house.tenant, at };
    const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
    const wish = { ...scope, incident: 'INC-rollback', until };
    await house.registry.publishFreeze(signFreeze(wish, { holder: 'emergency-1', key }, place, random), at);

    const { decisionId, view } = await rollback(first);
    expect(view).toMatchObject({ stage: 'routed', slots: [{ role: 'release_owner', signatures: 1 }] });
    await carriedOut(decisionId);

    const report = await verifyExported(house, decisionId, 'executed');
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'executed', level: { reached: 'C2' } });
    expect(report.answers?.undo).toEqual([`this is the rollback of decision ${first}`]);
    expect(await historyOf(TARGET, 2)).toEqual([first, decisionId]);
    expect((await house.releases.history(TARGET)).at(-1)?.record).toMatchObject({ undoes: first, candidate: CHAMPION });
  });

  it('is refused once a later decision has moved the target on', async () => {
    const before = await house.releases.history(TARGET);
    const [undone] = before;
    const { decisionId } = await rollback(undone?.record.decision_id ?? '');
    await approve(house, decisionId, PEOPLE.releaseOwner);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    expect(claim).toMatchObject({ verdict: 'refused', code: 'claim.overtaken' });
  });

  it('to anything else, or of what was never let out, is not even taken', async () => {
    const first = (await house.releases.history(TARGET))[0]?.record.decision_id ?? '';
    const older = { ...CHAMPION, version: '2.3.0', digest: digestOf('older') };
    await expect(rollback(first, { candidate: older })).rejects.toMatchObject({ code: 'request.refused' });
    await expect(rollback(first, { action: 'deploy.change' })).rejects.toMatchObject({ code: 'evidence.incomplete' });
    const open = await house.client.open(house.request(randomUUID()));
    await expect(rollback(open.decisionId)).rejects.toMatchObject({ code: 'decision.not_sealed' });
  });

  it('is the same decision when it is asked for again', async () => {
    const first = (await house.releases.history(TARGET))[0]?.record.decision_id ?? '';
    const asked = house.request(randomUUID(), { action: 'release.rollback', candidate: CHAMPION, undoes: first });
    const once = await house.client.open(asked);
    const again = await house.client.open(asked);
    expect([again.decisionId, again.started]).toEqual([once.decisionId, false]);
  });
});
