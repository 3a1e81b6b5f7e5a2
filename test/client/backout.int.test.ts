import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type BackoutContent, signBackout, type SignedStatement } from '../../client/statements.ts';
import { digestBytes, digestJson, parseDigest } from '../../core/canon/index.ts';
import { packRegistryOf } from '../../core/contracts/names.ts';
import { verifyAddendum, verifyBackout } from '../../verifier/index.ts';
import { digestOf } from '../documents/fixtures.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { publishRoster } from '../support/governing.ts';
import { approve, chainOf, confirm, execute, openRouted, typesOf } from '../support/scenario.ts';

/** What an executor did without the service, on real servers: recorded once, sealed, and in the history of its target. */

let house: RunningHouse;
const TARGET = 'prod-gateway-01';
/** What the fixtures' packets name as rollback target. */
const CHAMPION = { name: 'gateway-router', version: '2.3.1', digest: digestOf('candidate gateway-router 2.3.1') };

beforeAll(async () => {
  house = await startHouse({ temporalAddress: inject('temporalAddress'), redisUrl: inject('redisUrl') });
});
afterAll(() => house?.stop());

async function backedOut(decisionId: string, changes: Partial<BackoutContent> = {}): Promise<SignedStatement> {
  const cleared = (await chainOf(house, decisionId)).find(({ event_type }) => event_type === 'execution.cleared');
  const at = new Date().toISOString();
  const content: BackoutContent = {
    decision_id: decisionId,
    cleared: cleared?.integrity_hash ?? digestOf('none'),
    candidate: CHAMPION,
    target: TARGET,
    tool: 'gateway.apply_config',
    command: digestJson(['apply', 'back']),
    started_at: at,
    finished_at: at,
    result: 'success',
    exit_code: 0,
    reason: '5xx since 2.4.0',
    ...changes,
  };
  const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
  return signBackout(house.signer(PEOPLE.deployer), content, { origin: ORIGIN, tenant: house.tenant, random });
}

const send = (decisionId: string, { envelope, disclosures }: SignedStatement) =>
  house.client.submit(decisionId, envelope, disclosures);

const lastLink = async () => (await house.releases.history(TARGET)).at(-1)?.record;

describe('a backout', () => {
  it('is recorded once, sealed, proven beside the pack of its decision, and stands in the history of its target', async () => {
    const decisionId = await execute(house);
    const { bundle } = await house.client.export(decisionId);
    const statement = await backedOut(decisionId, { pack: digestBytes(bundle) });
    const asked = { pack: bundle, statement: statement.envelope, trust: house.house.trustFile };
    expect(verifyBackout({ ...asked, at: new Date().toISOString() })).toEqual({ holds: true, findings: [] });

    const first = await send(decisionId, statement);
    expect(first).toMatchObject({ verdict: 'accepted', code: null });
    const addendumId = first.addendum ?? '';
    expect(typesOf(await chainOf(house, addendumId))).toEqual(['addendum.opened', 'backout.recorded']);
    expect(await send(decisionId, statement)).toEqual(first);

    const link = await lastLink();
    expect(link).toMatchObject({
      decision_id: addendumId,
      undoes: decisionId,
      candidate: CHAMPION,
      outcome: 'executed',
    });
    expect(link).toMatchObject({ undone_pack: digestBytes(bundle) });
    expect(link).not.toHaveProperty('overtaken_by');
    expect(await house.ledger.binding(packRegistryOf(addendumId), addendumId)).toBe(link?.pack);
    const addendum = await house.store.get(parseDigest(link?.pack ?? ''));
    expect(verifyAddendum({ addendum, bundle, trust: house.house.trustFile })).toMatchObject({
      evidence: 'holds',
      findings: [],
    });
    expect((await house.releases.history(TARGET)).filter(({ record }) => record.undoes === decisionId)).toHaveLength(1);

    const asking = house.request(randomUUID(), { action: 'release.rollback', candidate: CHAMPION, undoes: decisionId });
    const back = await house.client.open(asking);
    await approve(house, back.decisionId, PEOPLE.releaseOwner);
    const claim = await house.client.claim(back.decisionId, house.signer(PEOPLE.deployer));
    expect(claim).toMatchObject({ verdict: 'refused', code: 'claim.overtaken' });
  });

  it('that failed and one that did not are two records; one to anything else is refused, and no link', async () => {
    const decisionId = await execute(house);
    const failed = await send(decisionId, await backedOut(decisionId, { result: 'failure', exit_code: 1 }));
    const done = await send(decisionId, await backedOut(decisionId));
    expect(failed.addendum).not.toBe(done.addendum);
    const history = (await house.releases.history(TARGET)).filter(({ record }) => record.undoes === decisionId);
    expect(history.map(({ record }) => record.outcome)).toEqual(['execution_failed', 'executed']);

    const older = { ...CHAMPION, version: '2.3.0', digest: digestOf('older') };
    const refused = await send(decisionId, await backedOut(decisionId, { candidate: older }));
    expect(refused).toMatchObject({ verdict: 'refused', code: 'backout.candidate' });
    expect(await lastLink()).toMatchObject({ decision_id: done.addendum });
  });

  it('of a decision that was overtaken says by whom', async () => {
    const undone = await execute(house);
    const later = await execute(house);
    const { addendum } = await send(undone, await backedOut(undone));
    expect(await lastLink()).toMatchObject({ decision_id: addendum, overtaken_by: { decision_id: later } });
  });

  it('waits for the receipt of what was cleared, and is the same statement then', async () => {
    const decisionId = await openRouted(house);
    await approve(house, decisionId);
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    const clearance = await house.store.get(parseDigest(claim.clearance ?? ''));
    const statement = await backedOut(decisionId);
    const asked = { pack: clearance, statement: statement.envelope, trust: house.house.trustFile };
    expect(verifyBackout({ ...asked, at: new Date().toISOString() })).toEqual({ holds: true, findings: [] });
    await expect(send(decisionId, statement)).rejects.toMatchObject({ code: 'decision.open' });
    await confirm(house, decisionId, claim);
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect(await send(decisionId, statement)).toMatchObject({ verdict: 'accepted' });
    expect(await lastLink()).toMatchObject({ undoes: decisionId });
  });

  it('signed with a key that its executor has no more is refused, on record, and no link', async () => {
    const decisionId = await execute(house);
    await publishRoster(house, ({ workloads }) => ({
      workloads: workloads.filter(({ actor_id }) => actor_id !== PEOPLE.deployer),
    }));
    const refused = await send(decisionId, await backedOut(decisionId));
    expect(refused).toMatchObject({ verdict: 'refused', code: 'backout.key_revoked' });
    expect(typesOf(await chainOf(house, refused.addendum ?? ''))).toEqual(['addendum.opened', 'statement.refused']);
    expect((await lastLink())?.decision_id).not.toBe(refused.addendum);
  });
});
