import { describe, expect, it } from 'vitest';
import { canonicalBytes, digestJson, type Envelope } from '../../core/canon/index.ts';
import type { InForceFacts } from '../../core/domain/commands.ts';
import { statementType } from '../../core/domain/statements.ts';
import { withoutKeys } from '../../documents/roster-reader.ts';
import type { Trust } from '../../documents/trust.ts';
import { RESTRICTION_TYPE, type Restriction } from '../../documents/restriction.ts';
import type { RecoveryPlan, Standing } from '../../documents/standing.ts';
import { readStatement } from '../../documents/statements.ts';
import { revokedBy } from '../../evaluation/revoked.ts';
import { clearanceBytes } from '../../pack/index.ts';
import { type ClearanceInput, type OwnGovernance, verifyClearance } from '../../verifier/index.ts';
import {
  ACTORS,
  CANDIDATE,
  digestOf,
  HOLDERS,
  keyFrom,
  keyOfActor,
  ORIGIN,
  signAnything,
  signedFreeze,
  T,
  TENANT,
} from '../documents/fixtures.ts';
import { ask, codesOf } from './asking.ts';
import {
  endorsedPolicy,
  endorsedStanding,
  executed,
  filesOf,
  fixturePolicy,
  fixtureStanding,
  MiniatureService,
  shift,
  trustBytes,
} from './fixture-pack.ts';

/** Governance's word of the moment: what it proves in a pack, and what an executor makes of it (ruling 18, R62). */

const standing = endorsedStanding(fixtureStanding());
const NONCE = 'AQIDBAUGBwgJCgsMDQ4PEA==';

const demanding = (from: string = T.rosterIssued): Uint8Array =>
  trustBytes((trust: Trust) => ({
    ...trust,
    tenants: trust.tenants.map((tenant) => ({ ...tenant, standing: { minimum_serial: 1, demanded_from: from } })),
  }));

function next(changes: Partial<Standing>, before: Standing = standing.document) {
  return endorsedStanding({ ...before, serial: before.serial + 1, predecessor: digestJson(before), ...changes });
}

function verified(service: MiniatureService, trust: Uint8Array = trustBytes()) {
  const { bundle, view, disclosures } = filesOf(service);
  return ask({ bundle, view, disclosures, trust });
}

describe('a pack under a standing', () => {
  it('holds, and rests on the service for less', () => {
    const [under, without] = [verified(executed({ standing })), verified(executed())];
    expect(under.findings).toEqual([]);
    expect(under.evidence).toBe('holds');
    expect(under.level.missing).not.toContain('C3: a fresh standing statement');
    expect(without.level.missing).toContain('C3: a fresh standing statement');
    const which = 'which policy and roster were in force, above the serials of the trust file';
    expect(without.rests_on_service).toContain(which);
    expect(under.rests_on_service).not.toContain(which);
    expect(under.rests_on_service).toContain(
      'that no newer standing, and no emergency freeze, was withheld while the one it names still spoke',
    );
  });

  it('is demanded from when the trust file says, and older packs go on holding', () => {
    expect(codesOf(verified(executed(), demanding()))).toContain('standing.missing');
    expect(verified(executed({ standing }), demanding()).evidence).toBe('holds');
    expect(verified(executed(), demanding(shift(T.finished, 1))).evidence).toBe('holds');
    expect(codesOf(verified(executed(), demanding(T.cleared)))).toContain('standing.missing');
  });

  // shows: R48
  it('holds where the policy was replaced meanwhile, and decisions under the old one are still accepted', () => {
    const replaced = endorsedPolicy(fixturePolicy({ version: '1.3.0', serial: 2 })).document;
    const policy = { serial: 2, digest: digestJson(replaced) };
    const accepted = next({ policy, accepted_policies: [standing.document.policy.digest] });
    const opened = () => new MiniatureService({ standing }).open().evaluate().approve();
    expect(verified(opened().claim({}, T.cleared, undefined, { standing: accepted }).confirm()).evidence).toBe('holds');
    const withdrawn = opened().claim({}, T.cleared, undefined, { standing: next({ policy }) });
    expect(withdrawn.events.at(-1)).toMatchObject({ code: 'claim.policy_withdrawn' });
    expect(verified(withdrawn.cancel({}, shift(T.cleared, 1))).evidence).toBe('holds');
  });

  it('bounds the permit', () => {
    const ending = endorsedStanding(fixtureStanding({ not_after: shift(T.cleared, 60) }));
    const service = executed({ standing: ending });
    expect(service.clearance).toMatchObject({ not_after: shift(T.cleared, 60), bounded_by: 'standing' });
    expect(verified(service).evidence).toBe('holds');
  });

  it('tells that a claim was refused for an emergency freeze, and cleared once it was lifted', () => {
    const freeze = signedFreeze({ signed_at: T.approved });
    const service = new MiniatureService({ standing }).open().evaluate().approve();
    service.claim({ nonce: NONCE }, T.claimed, undefined, { freezes: [freeze] });
    expect(service.events.at(-1)).toMatchObject({ code: 'claim.frozen', freeze: digestJson(freeze) });
    service.claim({}, T.cleared, undefined, {
      standing: next({ lifted_freezes: [digestJson(freeze)] }),
      freezes: [freeze],
    });
    const report = verified(service.confirm());
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'executed' });
  });

  it('tells that a claim was refused for what the standing itself says', () => {
    const refused = (changes: Partial<Standing>): unknown => {
      const service = new MiniatureService({ standing }).open().evaluate().approve();
      service.claim({}, T.cleared, undefined, { standing: next(changes) });
      expect(verified(service.cancel({}, shift(T.cleared, 1))).findings).toEqual([]);
      return service.events.at(-2);
    };
    const production = { id: 'q4', environments: ['production'] as const, actions: '*' as const, until: null };
    const frozen = { freezes: [{ ...production, environments: ['production' as const], from: T.approved }] };
    expect(refused(frozen)).toMatchObject({ code: 'claim.frozen' });
    expect(refused({ revoked_digests: [CANDIDATE.digest] })).toMatchObject({ code: 'claim.candidate_revoked' });
    const requester = keyOfActor(ACTORS.pipeline).publicKey.keyId;
    expect(refused({ revoked_keys: [requester] })).toMatchObject({ code: 'claim.key_revoked' });
    const approver = keyOfActor(ACTORS.executive).publicKey.keyId;
    expect(refused({ revoked_keys: [approver] })).toMatchObject({ code: 'claim.authority_missing' });
  });
});

describe('a clearance during an incident', () => {
  const freeze = signedFreeze({ signed_at: T.approved });
  const plan: RecoveryPlan = {
    incident: 'INC-2041',
    releases: [{ candidate: CANDIDATE.digest, target: 'prod-gateway-01' }],
    until: shift(T.cleared, 60),
  };
  const approved = () => new MiniatureService({ standing }).open().evaluate().approve();
  const claimed = (changes: Partial<Standing>, freezes: readonly Envelope[] = [freeze]) =>
    approved().claim({}, T.cleared, undefined, { standing: next(changes), freezes });

  // shows: R63
  it('passes by the plan, which bounds the permit; pack and report say which', () => {
    const service = claimed({ recovery: [plan] });
    expect(service.clearance).toMatchObject({ not_after: plan.until, bounded_by: 'recovery' });
    const report = verified(service.confirm());
    expect(report.evidence).toBe('holds');
    expect(report.findings).toMatchObject([
      { code: 'standing.recovery', severity: 'note', got: `INC-2041, until ${plan.until}` },
    ]);
    expect(service.events.find(({ event_type }) => event_type === 'execution.cleared')).toMatchObject({
      recovery: { incidents: ['INC-2041'], freezes: [digestJson(freeze)] },
    });
    expect(report.answers?.who.join()).toContain('by the recovery plan of INC-2041');
    expect(Object.keys(service.core().statements)).toContain(digestJson(freeze));
  });

  it("passes the standing's own freeze likewise, and names no freeze but the plan", () => {
    const own = { id: 'q4', environments: '*', actions: '*', from: T.approved, until: null } as const;
    const service = claimed({ freezes: [own], recovery: [{ ...plan, incident: 'q4' }] }, []);
    const report = verified(service.confirm());
    expect(report.evidence).toBe('holds');
    expect(codesOf(report)).toEqual(['standing.recovery']);
  });

  it.each<[string, Partial<RecoveryPlan>]>([
    ['another incident', { incident: 'INC-2042' }],
    ['another candidate', { releases: [{ candidate: digestOf('another'), target: 'prod-gateway-01' }] }],
    ['another target', { releases: [{ candidate: CANDIDATE.digest, target: 'elsewhere' }] }],
    ['a time that is over', { until: T.cleared }],
  ])('is refused by a plan of %s, and that pack holds', (_, changes) => {
    const service = claimed({ recovery: [{ ...plan, ...changes }] });
    expect(service.events.at(-1)).toMatchObject({ code: 'claim.frozen', freeze: digestJson(freeze) });
    expect(verified(service.cancel({}, shift(T.cleared, 1))).findings).toEqual([]);
  });

  /** What a thief of the service's keys would write: cleared by a plan, whatever the standing says. */
  const lie = ({ obstacle: _, ...facts }: InForceFacts): InForceFacts => ({
    ...facts,
    recovery: { incidents: ['INC-2041'], freezes: [digestJson(freeze)], until: plan.until },
  });

  it.each<[string, Partial<RecoveryPlan>]>([
    ['another incident', { incident: 'INC-2042' }],
    ['another candidate', { releases: [{ candidate: digestOf('x'), target: 'prod-gateway-01' }] }],
    ['another target', { releases: [{ candidate: CANDIDATE.digest, target: 'elsewhere' }] }],
    ['an end before the clearance', { until: T.approved }],
    ['an end before that of the permit', { until: shift(T.cleared, 30) }],
  ])('does not hold where the standing has a plan of %s', (_, changes) => {
    const lied = { standing: next({ recovery: [{ ...plan, ...changes }] }), freezes: [freeze], lie };
    const report = verified(approved().claim({}, T.cleared, undefined, lied).confirm());
    expect(report.evidence).toBe('does_not_hold');
    expect(codesOf(report)).toEqual(expect.arrayContaining(['replay.differs', 'standing.frozen']));
  });

  it('does not hold where it names a plan that no freeze asked for, or that no standing has', () => {
    const without = ({ recovery: _, ...facts }: InForceFacts): InForceFacts => ({
      ...facts,
      recovery: { incidents: ['INC-2041'], freezes: [], until: plan.until },
    });
    const planned = { standing: next({ recovery: [plan] }), lie: without };
    expect(codesOf(verified(approved().claim({}, T.cleared, undefined, planned).confirm()))).toContain(
      'replay.differs',
    );
    const unplanned = { standing: next({}), freezes: [freeze], lie };
    const report = verified(approved().claim({}, T.cleared, undefined, unplanned).confirm());
    expect(codesOf(report)).toEqual(expect.arrayContaining(['replay.differs', 'standing.frozen']));
  });

  it('is not trusted where too few endorsed the standing with the plan', () => {
    const alone = endorsedStanding(
      { ...standing.document, serial: 2, predecessor: digestJson(standing.document), recovery: [plan] },
      HOLDERS.governance.slice(0, 1),
    );
    const service = approved().claim({}, T.cleared, undefined, { standing: alone, freezes: [freeze] });
    const report = verified(service.confirm());
    expect(report.evidence).toBe('not_trusted');
    expect(codesOf(report)).toContain('signer.standing');
  });

  it('is not trusted where the emergency key endorsed it', () => {
    const alone = endorsedStanding(
      { ...standing.document, serial: 2, predecessor: digestJson(standing.document), recovery: [plan] },
      [HOLDERS.emergency],
    );
    const service = approved().claim({}, T.cleared, undefined, { standing: alone, freezes: [freeze] });
    const report = verified(service.confirm());
    expect(report.evidence).toBe('not_trusted');
    expect(codesOf(report)).toContain('signer.standing');
  });
});

describe('a verifier with another trust file', () => {
  it('believes that a standing was demanded where a claim was refused for want of one', () => {
    const service = new MiniatureService().open().evaluate().approve();
    service.claim({ nonce: NONCE }, T.claimed, undefined, { demanded: true });
    expect(service.events.at(-1)).toMatchObject({ code: 'claim.no_standing' });
    service.claim({}, T.cleared, undefined, { standing });
    expect(verified(service.confirm()).findings).toEqual([]);
  });

  it('does not trust a freeze whose key it does not name, and finds the evidence whole', () => {
    const service = new MiniatureService({ standing }).open().evaluate().approve();
    service.claim({ nonce: NONCE }, T.claimed, undefined, { freezes: [signedFreeze({ signed_at: T.approved })] });
    service.claim({}, T.cleared, undefined, { freezes: [] });
    const without = trustBytes((trust) => ({ ...trust, keys: trust.keys.filter(({ use }) => use !== 'emergency') }));
    const report = verified(service.confirm(), without);
    expect(codesOf(report)).toEqual(['signer.freeze']);
    expect(report.evidence).toBe('not_trusted');
  });

  it('rests on the service for more where the standing is not endorsed', () => {
    const alone = endorsedStanding(fixtureStanding(), HOLDERS.governance.slice(0, 1));
    const report = verified(executed({ standing: alone }));
    expect(report.evidence).toBe('not_trusted');
    expect(report.level.missing).toContain('C3: a fresh standing statement');
    expect(report.rests_on_service).toContain(
      'which policy and roster were in force, above the serials of the trust file',
    );
  });
});

describe('many refused claims under many revocations', () => {
  it('are looked up once a standing, and once a packet', () => {
    const digests = Array.from({ length: 10_000 }, (_, index) => digestOf(`revoked ${index}`)).sort();
    const revoking = endorsedStanding(fixtureStanding({ revoked_digests: digests, revoked_keys: digests }));
    const { document } = revoking;
    expect(revokedBy(document)).toBe(revokedBy(document));
    const { roster } = new MiniatureService({ standing: revoking });
    expect(withoutKeys(roster, document.revoked_keys)).toBe(withoutKeys(roster, document.revoked_keys));
  });
});

describe('a pack of a tenant that was restricted', () => {
  const restriction: Restriction = {
    _type: RESTRICTION_TYPE,
    origin: ORIGIN,
    tenant: TENANT,
    decision_id: '11111111-2222-8333-8444-555555555555',
    code: 'ledger.mac',
    head: { sequence: 3, hash: digestOf('head') },
    found_at: T.approved,
  };
  const refused = (found: object) => {
    const service = new MiniatureService().open().evaluate().approve();
    return service.claim({ nonce: NONCE }, T.claimed, undefined, { restriction: found });
  };

  // shows: R12
  it('holds, tells that a claim was refused for it, and that this is the word of the service', () => {
    const service = refused(restriction);
    expect(service.events.at(-1)).toMatchObject({ code: 'claim.restricted', restriction: digestJson(restriction) });
    const report = verified(service.claim().confirm());
    expect(report.findings).toEqual([]);
    expect(report.rests_on_service).toContain(
      'that another chain of the tenant did not hold, for which a claim was refused',
    );
    expect(verified(executed()).rests_on_service.join()).not.toContain('another chain');
  });

  it.each<[string, object]>([
    ['another tenant', { ...restriction, tenant: 'globex' }],
    ['another installation', { ...restriction, origin: 'other.example' }],
    ['nothing that a ledger says', { ...restriction, code: 'ledger.unavailable' }],
    ['another type', { ...restriction, _type: 'application/vnd.countersign.standing.v1+json' }],
  ])('does not hold where the claim was refused for %s', (_, found) => {
    expect(codesOf(verified(refused(found).claim().confirm()))).toContain('replay.differs');
  });
});

describe('an executor', () => {
  const service = new MiniatureService({ standing }).open().evaluate().approve().claim();
  const pack = service.clearancePack();

  function clear(governance: OwnGovernance, changes: Partial<ClearanceInput> = {}) {
    return verifyClearance({
      pack: clearanceBytes(pack),
      permit: digestJson(pack.permit),
      trust: trustBytes(),
      trustName: 'trust.json',
      at: shift(T.cleared, 5),
      executor: ACTORS.deployer,
      governance,
      ...changes,
    });
  }
  const given = ({ document, endorsements }: ReturnType<typeof next>): OwnGovernance => ({
    standing: { document: canonicalBytes(document), endorsements },
  });
  const file = (envelope: Envelope): Uint8Array => canonicalBytes(envelope);

  it('executes under the standing that it was given, if that is no older than the one in the pack', () => {
    expect(clear({}).holds).toBe(true);
    expect(clear(given(standing)).holds).toBe(true);
    expect(clear(given(next({}))).holds).toBe(true);
  });

  // shows: R62, R67
  it.each<[string, OwnGovernance, string]>([
    ['an emergency freeze', { freezes: [file(signedFreeze())] }, 'standing.frozen'],
    [
      'an emergency freeze that the service will not hear of, among others',
      { freezes: [file(signedFreeze({ environments: ['dev'] })), file(signedFreeze({ actions: ['deploy.change'] }))] },
      'standing.frozen',
    ],
    [
      'a freeze of the newest standing',
      given(next({ freezes: [{ id: 'q4', environments: '*', actions: '*', from: T.approved, until: null }] })),
      'standing.frozen',
    ],
    ['a revoked candidate', given(next({ revoked_digests: [CANDIDATE.digest] })), 'standing.revoked'],
    [
      "an approver's revoked key",
      given(next({ revoked_keys: [keyOfActor(ACTORS.executive).publicKey.keyId] })),
      'standing.revoked',
    ],
    [
      'its own revoked key',
      given(next({ revoked_keys: [keyOfActor(ACTORS.deployer).publicKey.keyId] })),
      'standing.revoked',
    ],
    [
      'a policy that no longer counts',
      given(next({ policy: { serial: 2, digest: digestOf('next') } })),
      'standing.other',
    ],
    ['a standing that has ended', given(next({ not_after: shift(T.cleared, 5) })), 'standing.ended'],
    [
      'a standing that one of two endorsed',
      given(endorsedStanding(fixtureStanding({ serial: 2 }), ['g-one'])),
      'signer.standing',
    ],
    [
      'a standing that policy holders endorsed',
      given(endorsedStanding(fixtureStanding({ serial: 2 }), HOLDERS.policy.slice(0, 2))),
      'signer.standing',
    ],
    ['a standing that is none', { standing: { document: new Uint8Array(), endorsements: [] } }, 'signer.standing'],
    ["another tenant's standing", given(next({ tenant: 'globex' })), 'signer.standing'],
    ['a freeze that cannot be read', { freezes: [new TextEncoder().encode('{"half')] }, 'signer.freeze'],
    ['a freeze by a stranger', { freezes: [file(signedFreeze({}, keyFrom('stranger')))] }, 'signer.freeze'],
    [
      'a freeze by a governance key',
      { freezes: [file(signedFreeze({ signer: 'g-one' }, keyOfActor('g-one')))] },
      'signer.freeze',
    ],
  ])('executes nothing: %s', (_, governance, code) => {
    const report = clear(governance);
    expect(codesOf(report)).toContain(code);
    expect(report).toMatchObject({ holds: false, permit: null });
  });

  it('is not stopped by freezes of elsewhere, that are over, or that the standing lifts', () => {
    const lifted = signedFreeze();
    const passing: readonly OwnGovernance[] = [
      { freezes: [file(signedFreeze({ environments: ['staging'] }))] },
      { freezes: [file(signedFreeze({ actions: ['model.promote'] }))] },
      { freezes: [file(signedFreeze({ until: shift(T.cleared, 5) }))] },
      { freezes: [file(signedFreeze({ tenant: 'globex' }))] },
      { freezes: [file(lifted)], ...given(next({ lifted_freezes: [digestJson(lifted)] })) },
    ];
    for (const governance of passing) expect(codesOf(clear(governance))).toEqual([]);
  });

  // shows: R63
  it('executes what the recovery plan of its own standing names, while it lasts, and says so', () => {
    const plan = {
      incident: 'INC-2041',
      releases: [{ candidate: CANDIDATE.digest, target: 'prod-gateway-01' }],
      until: shift(T.cleared, 6),
    };
    const freezes = [file(signedFreeze())];
    const planned = (changes: Partial<RecoveryPlan> = {}) => ({
      freezes,
      ...given(next({ recovery: [{ ...plan, ...changes }] })),
    });
    const report = clear(planned());
    expect(report.holds).toBe(true);
    expect(report.findings).toMatchObject([{ code: 'standing.recovery', severity: 'note' }]);
    const stopped: readonly OwnGovernance[] = [
      planned({ incident: 'INC-2042' }),
      planned({ releases: [{ candidate: digestOf('another'), target: 'prod-gateway-01' }] }),
      planned({ releases: [{ candidate: CANDIDATE.digest, target: 'elsewhere' }] }),
      planned({ until: shift(T.cleared, 5) }),
      { ...planned(), freezes: [...freezes, file(signedFreeze({ incident: 'INC-2042' }))] },
    ];
    for (const governance of stopped) {
      const stop = clear(governance);
      expect(stop.holds).toBe(false);
      expect(stop.stops.map(({ code }) => code)).toEqual(['standing.frozen']);
    }
    const few = endorsedStanding(
      fixtureStanding({ serial: 2, predecessor: digestJson(standing.document), recovery: [plan] }),
      ['g-one'],
    );
    const alone = clear({ freezes, ...given(few) });
    expect(alone.holds).toBe(false);
    expect(codesOf(alone)).toEqual(['signer.standing', 'standing.frozen']);
  });

  it('takes no freeze that would let anything through', () => {
    const payload = { ...readStatement(signedFreeze()).statement, recovery: [CANDIDATE.digest] };
    const freeze = signAnything(statementType('freeze'), payload as never, keyOfActor(HOLDERS.emergency));
    expect(codesOf(clear({ freezes: [file(freeze)] }))).toEqual(['signer.freeze']);
  });

  it('goes by the newer one of its own standing and that of the pack, and by neither where two have one serial', () => {
    const second = next({ not_after: shift(T.cleared, 3600) });
    const cleared = new MiniatureService({ standing }).open().evaluate().approve();
    cleared.claim({}, T.cleared, undefined, { standing: second });
    const newer = cleared.clearancePack();
    const bytes = { pack: clearanceBytes(newer), permit: digestJson(newer.permit) };
    expect(clear(given(second), bytes).holds).toBe(true);
    const old = endorsedStanding({ ...standing.document, revoked_digests: [CANDIDATE.digest] });
    expect(clear(given(old), bytes).holds).toBe(true);
    expect(codesOf(clear(given(next({})), bytes))).toEqual(['in_force.older']);
  });

  it('passes over a freeze that is over or lifted, though nobody vouches for its key any more', () => {
    const stranger = signedFreeze({ until: shift(T.cleared, 5) }, keyFrom('stranger'));
    expect(codesOf(clear({ freezes: [file(stranger)] }))).toEqual([]);
    const lasting = signedFreeze({}, keyFrom('stranger'));
    const lifting = given(next({ lifted_freezes: [digestJson(lasting)] }));
    expect(codesOf(clear({ freezes: [file(lasting)], ...lifting }))).toEqual([]);
    expect(codesOf(clear({ freezes: [file(lasting)] }))).toContain('signer.freeze');
  });

  it('is not stopped by an emergency key that governance has revoked', () => {
    const revoking = given(next({ revoked_keys: [keyOfActor(HOLDERS.emergency).publicKey.keyId] }));
    expect(codesOf(clear({ freezes: [file(signedFreeze())], ...revoking }))).toEqual([]);
    // Nor once the trust file has let it go too, which is what whoever revokes it does next.
    const dropped = trustBytes((trust) => ({ ...trust, keys: trust.keys.filter(({ use }) => use !== 'emergency') }));
    const freezes = [file(signedFreeze())];
    expect(codesOf(clear({ freezes, ...revoking }, { trust: dropped }))).toEqual([]);
    expect(codesOf(clear({ freezes }, { trust: dropped }))).toContain('signer.freeze');
  });

  it('is stopped by what it knows, which is told apart from what the pack is', () => {
    const stopped = clear({ freezes: [file(signedFreeze())] });
    expect(stopped.stops.map(({ code }) => code)).toEqual(['standing.frozen']);
    expect(clear({}, { executor: ACTORS.pipeline }).stops).toEqual([]);
  });

  it('takes no freeze, and no standing, of the future', () => {
    const later = shift(T.cleared, 2 * 86_400);
    const freeze = signedFreeze({ signed_at: later, until: shift(later, 3600) });
    expect(codesOf(clear({ freezes: [file(freeze)] }))).toEqual([]);
    const standingOf = next({ issued_at: later, not_after: shift(later, 3600) });
    expect(codesOf(clear(given(standingOf)))).toContain('standing.ended');
  });

  it('executes nothing without one, where its trust file demands one', () => {
    const bare = new MiniatureService().open().evaluate().approve().claim().clearancePack();
    const bytes = { pack: clearanceBytes(bare), permit: digestJson(bare.permit), trust: demanding() };
    expect(codesOf(clear({}, bytes))).toContain('standing.missing');
  });
});
