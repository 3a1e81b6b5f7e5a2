import { describe, expect, it } from 'vitest';
import { canonicalBytes, digestJson, type Envelope } from '../../core/canon/index.ts';
import type { InForceFacts } from '../../core/domain/commands.ts';
import { checkSuccession } from '../../documents/trust-reader.ts';
import { RESTRICTION_TYPE } from '../../documents/index.ts';
import type { Policy } from '../../documents/policy.ts';
import type { Roster } from '../../documents/roster.ts';
import { createMemoryLedger } from '../../ledger/index.ts';
import { createRegistry, createRestrictions } from '../../registry/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import { verifyClearance } from '../../verifier/index.ts';
import { clearanceBytes } from '../../pack/index.ts';
import {
  ACTORS,
  DECISION_ID,
  digestOf,
  fixtureTrust,
  fixtureTrustDocument,
  grant,
  HOLDERS,
  keyFrom,
  keyOfActor,
  ORIGIN,
  rosterKey,
  signedFreeze,
  signedLifting,
  T,
  TENANT,
  trustKeyEntry,
} from '../documents/fixtures.ts';
import { ask, codesOf } from '../verifier/asking.ts';
import {
  type Endorsed,
  endorsedPolicy,
  endorsedRoster,
  endorsedStanding,
  executed,
  filesOf,
  fixturePolicy,
  fixtureStanding,
  MiniatureService,
  ROSTER,
  shift,
  trustBytes,
} from '../verifier/fixture-pack.ts';
import { following, proposed, succeeding } from '../verifier/policy-line.ts';
import { answerOf, findingsIn, lying, refusal, verdictOf } from './stolen.ts';

/** Thieves of keys that say who and what counts: one of them, and as many as it takes. */

const standing = endorsedStanding(fixtureStanding());
const service = new MiniatureService({ standing }).open().evaluate().approve().claim();

/** What an executor finds that runs under its own standing and freezes. */
function stopsOf(governance: Parameters<typeof verifyClearance>[0]['governance']): readonly string[] {
  const pack = service.clearancePack();
  const report = verifyClearance({
    pack: clearanceBytes(pack),
    permit: digestJson(pack.permit),
    trust: trustBytes(),
    trustName: 'trust.json',
    at: shift(T.cleared, 5),
    executor: ACTORS.deployer,
    ...(governance === undefined ? {} : { governance }),
  });
  return report.holds ? [] : codesOf(report);
}

const given = ({ document, endorsements }: Endorsed<object>) => ({
  standing: { document: canonicalBytes(document), endorsements },
});

describe('an emergency key', () => {
  it('stops what is cleared of the tenant, for seven days with each signature', () => {
    expect(stopsOf({ freezes: [canonicalBytes(signedFreeze())] })).toEqual(['standing.frozen']);
    const frozen = new MiniatureService().open().evaluate().approve();
    frozen.claim({}, T.claimed, undefined, { freezes: [signedFreeze()] });
    expect(answerOf(frozen)).toBe('claim.frozen');
    expect(refusal(() => signedFreeze({ until: shift(T.approved, 7 * 86_400 + 1) }))).toBe('document.shape');
  });

  it('lets nothing through, and keeps nobody from lifting what it froze', () => {
    const alone = endorsedStanding(fixtureStanding({ serial: 2, predecessor: digestJson(standing.document) }), [
      HOLDERS.emergency,
    ]);
    expect(stopsOf(given(alone))).toContain('signer.standing');
    expect(findingsIn(lying(new MiniatureService()).open().evaluate())).toContain('authority.missing');
    const freeze = signedFreeze();
    const lifted = fixtureStanding({
      serial: 2,
      predecessor: digestJson(standing.document),
      lifted_freezes: [digestJson(freeze)],
    });
    expect(stopsOf({ freezes: [canonicalBytes(freeze)], ...given(endorsedStanding(lifted)) })).toEqual([]);
  });
});

describe("an integrity officer's", () => {
  const roster: Roster = {
    ...ROSTER,
    persons: ROSTER.persons.map((person) =>
      person.actor_id === ACTORS.securityOwner
        ? { ...person, grants: [...person.grants, grant('integrity_officer')] }
        : person,
    ),
  };

  it('ends a restriction that nobody has judged, and only one that was entered', async () => {
    const store = createMemoryStore();
    const ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
    const registry = createRegistry({ ledger, store, trust: fixtureTrust(), tenant: TENANT });
    await registry.publish('roster', canonicalBytes(roster), endorsedRoster(roster).endorsements, T.requested);
    const restrictions = createRestrictions({ ledger, store, trust: fixtureTrust(), tenant: TENANT, registry });
    const head = { sequence: 3, hash: digestOf('head') };
    const found = await restrictions.enter({ decisionId: DECISION_ID, code: 'ledger.mac', head, at: T.approved });
    await restrictions.lift(signedLifting({ restrictions: [digestOf('another')] }), T.cleared).catch(() => undefined);
    expect(await restrictions.restricting()).toBe(found);
    await restrictions.lift(signedLifting({ restrictions: [found] }), T.cleared);
    expect(await restrictions.restricting()).toBeNull();
  });

  it('clears nothing that was not approved', () => {
    const restriction = {
      _type: RESTRICTION_TYPE,
      origin: ORIGIN,
      tenant: TENANT,
      decision_id: '11111111-2222-8333-8444-555555555555',
      code: 'ledger.mac',
      head: { sequence: 3, hash: digestOf('head') },
      found_at: T.approved,
    };
    const restricted = new MiniatureService({ roster: endorsedRoster(roster) }).open().evaluate();
    expect(answerOf(restricted.claim({}, T.claimed, undefined, { restriction }))).toBe('claim.restricted');
    const lifted = new MiniatureService({ roster: endorsedRoster(roster) }).open().evaluate();
    expect(answerOf(lifted.claim())).toBe('claim.authority_missing');
    const approving = lifted.approval({ signer: ACTORS.securityOwner, roles: ['integrity_officer'] });
    expect(answerOf(lifted.submit(approving, T.approved))).toBe('approval.role_not_required');
  });
});

/** Lets one security owner decide over production. */
const lenient = () =>
  fixturePolicy({
    routes: [{ id: 'lenient', when: 'true', slots: [{ role: 'security_owner', signatures: 1 }] }],
  });
const asLenient = { signer: ACTORS.securityOwner, roles: ['security_owner'] };

describe('policy keys, as many as the threshold', () => {
  const policy = () => endorsedPolicy(lenient());

  it('decide what needs whom', () => {
    const decided = new MiniatureService({ policy: policy() }).open().evaluate().approve(asLenient).claim().confirm();
    expect(verdictOf(decided)).toBe('holds: executed');
  });

  it('go no lower than the floors, and sign for no person', () => {
    const nobody = fixturePolicy({ routes: [{ id: 'nobody', when: 'true', slots: [] }] });
    const denied = new MiniatureService({ policy: endorsedPolicy(nobody) }).open().evaluate();
    expect(denied.state).toMatchObject({ stage: 'closed', outcome: 'denied', ending: 'route.below_floor' });
    const open = new MiniatureService({ policy: policy() }).open().evaluate();
    expect(answerOf(open.claim())).toBe('claim.authority_missing');
    const own = { request: { creators: [ACTORS.securityOwner] }, policy: policy() };
    expect(new MiniatureService(own).open().evaluate().state).toMatchObject({ stage: 'closed', outcome: 'denied' });
  });

  it('follow no policy that asks for a decision on the next one, without the people whom it names', async () => {
    const store = createMemoryStore();
    const ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
    const registry = createRegistry({ ledger, store, trust: fixtureTrust(), tenant: TENANT });
    const first = succeeding();
    const { succession: _, ...next } = following(first);
    const publish = (of: Policy, pack?: Uint8Array) =>
      registry.publish('policy', canonicalBytes(of), endorsedPolicy(of).endorsements, T.finished, pack);
    await publish(first);
    await expect(publish(next)).rejects.toMatchObject({ code: 'succession.missing' });
    const alone = filesOf(proposed(first, next).tick(shift(T.requested, 4 * 3600))).bundle;
    await expect(publish(next, alone)).rejects.toMatchObject({ code: 'succession.outcome' });
    expect((await registry.policyInForce(T.finished)).document.serial).toBe(1);
  });

  it('are found out where a standing names another policy, or the trust file a higher serial or floor', () => {
    const decided = () => new MiniatureService({ policy: policy(), standing }).open().evaluate();
    expect(decided().state).toMatchObject({ stage: 'closed', outcome: 'denied' });
    const unnamed = new MiniatureService({ policy: policy() }).open().evaluate().approve(asLenient);
    expect(answerOf(unnamed.claim({}, T.claimed, undefined, { standing }))).toBe('claim.policy_withdrawn');
    const files = filesOf(
      new MiniatureService({ policy: policy() }).open().evaluate().approve(asLenient).claim().confirm(),
    );
    for (const [change, code] of [
      [{ minimum_policy_serial: 2 }, 'signer.policy'],
      [{ minimum_approvers: { low: 1, medium: 1, high: 2, critical: 2 } }, 'authority.floor'],
    ] as const) {
      const trust = trustBytes((was) => ({ ...was, tenants: was.tenants.map((tenant) => ({ ...tenant, ...change })) }));
      expect(codesOf(ask({ ...files, trust }))).toContain(code);
    }
  });
});

/** With somebody in it whom nobody has ever seen, who may do what executives may. */
function invented(): Roster {
  const mallory = {
    actor_id: 'p-mallory',
    keys: [rosterKey('p-mallory', keyFrom('p-mallory'))],
    grants: [grant('executive')],
  };
  return { ...ROSTER, persons: [...ROSTER.persons, mallory] };
}
const asMallory = (of: MiniatureService) => of.approve({ signer: 'p-mallory' }, keyFrom('p-mallory'));

describe('roster keys, as many as the threshold', () => {
  it('invent people, and so everything in that tenant', () => {
    const decided = asMallory(new MiniatureService({ roster: endorsedRoster(invented()) }).open().evaluate());
    expect(verdictOf(decided.claim().confirm())).toBe('holds: executed');
  });

  it('take no key that already speaks for somebody else or for the service', () => {
    const borrowed = (key: string): Roster => ({
      ...ROSTER,
      persons: [
        ...ROSTER.persons,
        { actor_id: 'p-mallory', keys: [rosterKey('p-mallory', keyFrom(key))], grants: [grant('executive')] },
      ],
    });
    expect(refusal(() => new MiniatureService({ roster: endorsedRoster(borrowed(ACTORS.executive)) }))).toMatch(
      /^roster\./,
    );
    const seal = new MiniatureService({ roster: endorsedRoster(borrowed(HOLDERS.seal)) }).open().evaluate();
    const decided = seal.approve({ signer: 'p-mallory' }, keyOfActor(HOLDERS.seal)).claim().confirm();
    expect(verdictOf(decided)).toContain('signer.roster');
  });

  it('are found out where a standing names another roster', () => {
    const roster = endorsedRoster(invented());
    expect(new MiniatureService({ roster, standing }).open().evaluate().state).toMatchObject({ outcome: 'denied' });
    // Routed before governance spoke; the roster that it names knows nobody of that name.
    const routed = () => asMallory(new MiniatureService({ roster }).open().evaluate());
    const named = endorsedRoster(ROSTER);
    expect(answerOf(routed().claim({}, T.claimed, named, { standing }))).toBe('claim.authority_missing');
    const lie = (facts: InForceFacts): InForceFacts => ({ ...facts, ineligible: [] });
    const cleared = routed().claim({}, T.cleared, named, { standing, lie }).confirm();
    expect(verdictOf(cleared)).toMatch(/authority\.not_in_force/);
  });
});

/** The next trust file, with a seal key of the thief's. */
const successor = (endorsers: readonly string[]) => {
  const previous = fixtureTrust();
  const keys = [...fixtureTrustDocument().keys.filter(({ use }) => use !== 'seal'), trustKeyEntry('seal', 'p-mallory')];
  return () =>
    checkSuccession(
      previous,
      fixtureTrust(fixtureTrustDocument({ serial: 2, predecessor: previous.digest, keys }), endorsers),
    );
};

describe('one governance, policy or roster key of several', () => {
  it('puts no policy in force, neither with a worker nor with a verifier', async () => {
    const policy = endorsedPolicy(lenient(), HOLDERS.policy.slice(0, 1));
    const store = createMemoryStore();
    const ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
    const registry = createRegistry({ ledger, store, trust: fixtureTrust(), tenant: TENANT });
    const published = registry.publish('policy', canonicalBytes(policy.document), policy.endorsements, T.requested);
    await expect(published).rejects.toMatchObject({ code: 'endorsement.threshold' });
    const verdict = (given: typeof policy) =>
      verdictOf(new MiniatureService({ policy: given }).open().evaluate().approve(asLenient).claim().confirm());
    expect(verdict(policy)).toContain('signer.policy');
    expect(verdict({ ...policy, endorsements: [...policy.endorsements, ...policy.endorsements] })).not.toMatch(
      /^holds/,
    );
  });

  it('puts nobody into a roster that counts', async () => {
    const roster = endorsedRoster(invented(), HOLDERS.roster.slice(0, 1));
    const store = createMemoryStore();
    const ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
    const registry = createRegistry({ ledger, store, trust: fixtureTrust(), tenant: TENANT });
    const published = registry.publish('roster', canonicalBytes(roster.document), roster.endorsements, T.requested);
    await expect(published).rejects.toMatchObject({ code: 'endorsement.threshold' });
    const decided = asMallory(new MiniatureService({ roster }).open().evaluate()).claim().confirm();
    expect(verdictOf(decided)).toContain('signer.roster');
  });

  it('makes neither a trust file nor a standing', () => {
    expect(refusal(successor(HOLDERS.governance.slice(0, 1)))).toBe('endorsement.threshold');
    const next = fixtureStanding({ serial: 2, predecessor: digestJson(standing.document) });
    const alone = endorsedStanding(next, HOLDERS.governance.slice(0, 1));
    expect(stopsOf(given(alone))).toContain('signer.standing');
    const [one] = alone.endorsements as [Envelope];
    expect(stopsOf(given({ document: next, endorsements: [one, one] }))).toContain('signer.standing');
  });

  it('of governance, endorses no policy and no roster', () => {
    const [governor = ''] = HOLDERS.governance;
    const policy = endorsedPolicy(lenient(), [governor, HOLDERS.policy[0] ?? '']);
    const roster = endorsedRoster(invented(), [governor, HOLDERS.roster[0] ?? '']);
    expect(
      verdictOf(new MiniatureService({ policy }).open().evaluate().approve(asLenient).claim().confirm()),
    ).toContain('signer.policy');
    expect(verdictOf(asMallory(new MiniatureService({ roster }).open().evaluate()).claim().confirm())).toContain(
      'signer.roster',
    );
  });
});

describe('governance keys, as many as the threshold', () => {
  it('make the next trust file, and so everything for whoever takes it', () => {
    expect(successor(HOLDERS.governance.slice(0, 2))).not.toThrow();
    const next = fixtureStanding({ serial: 2, predecessor: digestJson(standing.document), revoked_digests: [] });
    expect(stopsOf(given(endorsedStanding(next)))).toEqual([]);
  });

  it('cannot make it look like the one that was handed over: its digest stands in every report', () => {
    const files = filesOf(executed());
    const [mine, theirs] = [trustBytes(), trustBytes((trust) => ({ ...trust, serial: 2, predecessor: digestOf('1') }))];
    const digests = [mine, theirs].map((trust) => ask({ ...files, trust }).trust);
    expect(new Set(digests.map((one) => JSON.stringify(one))).size).toBe(2);
  });
});
