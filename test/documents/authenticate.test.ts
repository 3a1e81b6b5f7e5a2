import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../core/canon/index.ts';
import { STATEMENT_KINDS, type StatementKind } from '../../core/domain/statements.ts';
import {
  type Admission,
  authenticate,
  authenticateService,
  ROSTER_SIGNED_KINDS,
} from '../../documents/authenticate.ts';
import { CLOCK_TOLERANCE_MS } from '../../documents/window.ts';
import { indexRoster } from '../../documents/roster-reader.ts';
import type { KeyUse } from '../../documents/trust.ts';
import {
  ACTORS,
  DECISION_ID,
  digestOf,
  fixtureRoster,
  fixtureRosterIndex,
  fixtureTrust,
  fixtureTrustDocument,
  HOLDERS,
  keyFrom,
  keyOfActor,
  ORIGIN,
  policyEndorsements,
  read,
  rosterEndorsements,
  rosterKey,
  signedAbstention,
  signedAcknowledgement,
  signedApproval,
  signedCancellation,
  signedDelegation,
  signedEvidence,
  signedOverride,
  signedPermit,
  signedRejection,
  signedRequest,
  signedStatements,
  T,
  TENANT,
} from './fixtures.ts';
import { refused } from './refusal.ts';

const roster = fixtureRosterIndex();
const trust = fixtureTrust();
const admission: Admission = { origin: ORIGIN, tenant: TENANT, decisionId: DECISION_ID, at: T.approved };
const at = (moment: string): Admission => ({ ...admission, at: moment });

const by = (envelope: Envelope, overrides: Partial<Admission> = {}) =>
  authenticate(read(envelope), roster, { ...admission, ...overrides });
const refusedBy = (envelope: Envelope, overrides: Partial<Admission> = {}) => refused(() => by(envelope, overrides));

// shows: R41
describe('authenticate', () => {
  // shows: R87
  it.each(ROSTER_SIGNED_KINDS.filter((kind) => kind !== 'override'))(
    'names the signer of a statement of kind %s',
    (kind) => {
      const statement = read(signedStatements[kind]());
      const actor = authenticate(statement, roster, at(T.finished));
      expect(actor.actorId).toBe(statement.statement.signer);
      expect(actor.publicKey.keyId).toBe(statement.keyId);
      expect(actor.kind).toBe(statement.statement.signer.startsWith('w-') ? 'workload' : 'person');
    },
  );

  it.each(STATEMENT_KINDS.filter((kind) => !ROSTER_SIGNED_KINDS.some((signed) => signed === kind)))(
    'has nothing to do with kind %s',
    (kind: StatementKind) => {
      expect(refusedBy(signedStatements[kind]())).toEqual(['statement.kind', '$.payloadType']);
    },
  );

  it('refuses another installation and another tenant, of statement and of roster', () => {
    expect(refusedBy(signedApproval({ origin: 'other.example' }))).toEqual(['document.origin', '$.payload.origin']);
    expect(refusedBy(signedApproval({ tenant: 'other' }))).toEqual(['document.tenant', '$.payload.tenant']);
    expect(refusedBy(signedApproval({ origin: 'other.example' }), { origin: 'other.example' })).toEqual([
      'document.origin',
      '$.roster.origin',
    ]);
    expect(refusedBy(signedApproval({ tenant: 'other' }), { tenant: 'other' })).toEqual([
      'document.tenant',
      '$.roster.tenant',
    ]);
  });

  it('refuses a statement about another decision, and minds none where there is none', () => {
    const other = '1fed6053-7029-87ac-af62-000000000000';
    expect(refusedBy(signedApproval({ decision_id: other }))).toEqual(['statement.decision', '$.payload.decision_id']);
    expect(by(signedApproval({ decision_id: other }), { decisionId: undefined }).actorId).toBe(ACTORS.executive);
    expect(by(signedEvidence()).actorId).toBe(ACTORS.author);
  });

  // shows: R20
  it('refuses a request whose id does not follow from requester and idempotency key', () => {
    const chosen = signedRequest({ decision_id: '1fed6053-7029-87ac-af62-000000000000' });
    expect(refusedBy(chosen, { decisionId: undefined, at: T.requested })).toEqual([
      'statement.decision',
      '$.payload.decision_id',
    ]);
    const another = signedRequest({ idempotency_key: 'second' });
    expect(by(another, { decisionId: undefined, at: T.requested }).actorId).toBe(ACTORS.pipeline);
    expect(refusedBy(another, { at: T.requested })).toEqual(['statement.decision', '$.payload.decision_id']);
  });

  it('refuses a signer that the roster does not know, whatever key it signs with', () => {
    expect(refusedBy(signedApproval({ signer: 'p-nobody' }, keyFrom('nobody')))).toEqual([
      'statement.signer_unknown',
      '$.payload.signer',
    ]);
    expect(refusedBy(signedApproval({ signer: 'p-nobody' }, keyOfActor(ACTORS.executive)))).toEqual([
      'statement.signer_unknown',
      '$.payload.signer',
    ]);
  });

  it('refuses a key that the roster does not know', () => {
    expect(refusedBy(signedApproval({}, keyFrom('new laptop')))).toEqual([
      'statement.key_unknown',
      '$.signatures[0].keyid',
    ]);
    expect(refusedBy(signedApproval({}, keyOfActor(HOLDERS.permit)))).toEqual([
      'statement.key_unknown',
      '$.signatures[0].keyid',
    ]);
  });

  it("refuses another's key, also that of a workload the signer controls", () => {
    expect(refusedBy(signedApproval({}, keyOfActor(ACTORS.secondExecutive)))).toEqual([
      'statement.key_owner',
      '$.signatures[0].keyid',
    ]);
    const cancellation = signedCancellation({ signer: ACTORS.requester }, keyOfActor(ACTORS.pipeline));
    expect(refusedBy(cancellation)).toEqual(['statement.key_owner', '$.signatures[0].keyid']);
  });

  it('takes an override under a key for it, and nothing else; and no override under any other key (ruling 11)', () => {
    const actorId = ACTORS.securityOwner;
    const glass = keyFrom('break-glass');
    const persons = fixtureRoster().persons.map((person) =>
      person.actor_id === actorId
        ? { ...person, keys: [...person.keys, rosterKey(actorId, glass, { use: 'breakglass' })] }
        : person,
    );
    const both = indexRoster({ ...fixtureRoster(), persons });
    const under = (envelope: Envelope) => authenticate(read(envelope), both, admission);
    expect(under(signedOverride({}, glass))).toMatchObject({ kind: 'person', actorId });
    // Whoever has only that key can take back what they signed with it.
    expect(under(signedAbstention({}, glass))).toMatchObject({ actorId });
    for (const envelope of [signedOverride(), signedRejection({}, glass)])
      expect(refused(() => under(envelope))).toEqual(['statement.key_use', '$.signatures[0].keyid']);
  });

  it('refuses a key that is not in force at admission, whatever the statement says of its time', () => {
    const persons = fixtureRoster().persons.map((person) =>
      person.actor_id === ACTORS.executive
        ? { ...person, keys: person.keys.map((key) => ({ ...key, valid_until: T.approved })) }
        : person,
    );
    const ended = fixtureRosterIndex(fixtureRoster({ persons }));
    const early = read(signedApproval({ signed_at: T.requested }));
    expect(authenticate(early, ended, at(T.requested)).actorId).toBe(ACTORS.executive);
    expect(refused(() => authenticate(early, ended, at(T.approved)))).toEqual([
      'statement.key_window',
      '$.signatures[0].keyid',
    ]);
    expect(refusedBy(signedApproval(), { at: '2026-01-05T08:59:59.999Z' })).toEqual([
      'statement.key_window',
      '$.signatures[0].keyid',
    ]);
  });

  it('refuses a signature of other bytes', () => {
    const approval = signedApproval();
    const sig = signedApproval({ scope: 'full', basis: digestOf('another basis') }).signatures[0].sig;
    const forged = { ...approval, signatures: [{ ...approval.signatures[0], sig }] } as const;
    expect(refusedBy(forged)).toEqual(['statement.signature', '$.signatures[0].sig']);
  });

  it('bears with five minutes between two clocks, and no more', () => {
    const soon = new Date(Date.parse(T.approved) + CLOCK_TOLERANCE_MS);
    expect(by(signedApproval({ signed_at: soon.toISOString() })).actorId).toBe(ACTORS.executive);
    soon.setUTCMilliseconds(soon.getUTCMilliseconds() + 1);
    expect(refusedBy(signedApproval({ signed_at: soon.toISOString() }))).toEqual([
      'statement.from_the_future',
      '$.payload.signed_at',
    ]);
  });

  it('refuses what ended before, or when, it was signed', () => {
    expect(refusedBy(signedApproval({ expires_at: T.approved }))).toEqual([
      'statement.lifetime',
      '$.payload.signed_at',
    ]);
    expect(refusedBy(signedDelegation({ expires_at: T.approved }))[0]).toBe('statement.lifetime');
    expect(refusedBy(signedEvidence({ valid_until: T.packed }))).toEqual(['statement.lifetime', '$.payload.signed_at']);
    expect(by(signedApproval({ expires_at: '2026-02-24T20:14:02.001Z' })).actorId).toBe(ACTORS.executive);
  });
});

describe('authenticateService', () => {
  const policy = { digest: digestOf('policy'), serial: 1, predecessor: 'GENESIS' } as const;
  const service = (envelope: Envelope, use: KeyUse, overrides: Partial<Admission> = {}) =>
    authenticateService(read(envelope), trust, use, { ...admission, ...overrides });
  const refusedService = (envelope: Envelope, use: KeyUse, overrides: Partial<Admission> = {}) =>
    refused(() => service(envelope, use, overrides));

  it('names the holder of the key', () => {
    expect(service(signedPermit(), 'permit', { at: T.cleared })).toMatchObject({
      kind: 'service',
      actorId: HOLDERS.permit,
    });
    expect(service(signedAcknowledgement(), 'acknowledgement').actorId).toBe(HOLDERS.acknowledgement);
    expect(service(policyEndorsements(policy)[0] as Envelope, 'policy').actorId).toBe(HOLDERS.policy[0]);
    expect(service(rosterEndorsements()[0] as Envelope, 'roster').actorId).toBe(HOLDERS.roster[0]);
  });

  it('refuses a statement that keys of this use do not sign', () => {
    expect(refusedService(signedPermit(), 'acknowledgement')).toEqual(['statement.kind', '$.payloadType']);
    expect(refusedService(rosterEndorsements()[0] as Envelope, 'policy')).toEqual(['statement.kind', '$.payloadType']);
    expect(refusedService(signedApproval(), 'permit')).toEqual(['statement.kind', '$.payloadType']);
    expect(refusedService(signedApproval(), 'seal')).toEqual(['statement.kind', '$.payloadType']);
  });

  it('refuses another installation, tenant or decision', () => {
    expect(refusedService(signedPermit({ origin: 'other.example' }), 'permit')).toEqual([
      'document.origin',
      '$.payload.origin',
    ]);
    expect(refusedService(signedPermit(), 'permit', { origin: 'other.example' })).toEqual([
      'document.origin',
      '$.trust.origin',
    ]);
    expect(refusedService(signedPermit({ tenant: 'other' }), 'permit')).toEqual([
      'document.tenant',
      '$.payload.tenant',
    ]);
    expect(refusedService(signedPermit(), 'permit', { decisionId: '1fed6053-7029-87ac-af62-000000000000' })).toEqual([
      'statement.decision',
      '$.payload.decision_id',
    ]);
  });

  it('refuses keys of no such use, and keys of other tenants', () => {
    expect(refusedService(signedPermit({}, keyOfActor(HOLDERS.seal)), 'permit')).toEqual([
      'statement.key_unknown',
      '$.signatures[0].keyid',
    ]);
    expect(refusedService(signedPermit({}, keyOfActor(ACTORS.executive)), 'permit')).toEqual([
      'statement.key_unknown',
      '$.signatures[0].keyid',
    ]);
    // The permit key counts for the fixture's tenant only.
    const keys = fixtureTrustDocument().keys.map((key) => (key.use === 'permit' ? { ...key, tenant: TENANT } : key));
    const bound = fixtureTrust(fixtureTrustDocument({ keys }));
    const permit = (tenant: string) => () =>
      authenticateService(read(signedPermit({ tenant })), bound, 'permit', { ...admission, tenant, at: T.cleared });
    expect(permit(TENANT)().actorId).toBe(HOLDERS.permit);
    expect(refused(permit('second'))).toEqual(['statement.key_unknown', '$.signatures[0].keyid']);
  });

  it("refuses another's name, an ended key, other bytes and times that cannot be", () => {
    expect(refusedService(signedPermit({ signer: HOLDERS.seal }, keyOfActor(HOLDERS.permit)), 'permit')).toEqual([
      'statement.key_owner',
      '$.payload.signer',
    ]);
    expect(refusedService(signedPermit(), 'permit', { at: '2026-01-05T08:59:59.999Z' })).toEqual([
      'statement.key_window',
      '$.signatures[0].keyid',
    ]);
    const permit = signedPermit();
    const sig = signedPermit({ target: 'prod-gateway-02' }).signatures[0].sig;
    const forged = { ...permit, signatures: [{ ...permit.signatures[0], sig }] } as const;
    expect(refusedService(forged, 'permit', { at: T.cleared })).toEqual(['statement.signature', '$.signatures[0].sig']);
    expect(refusedService(signedPermit({ not_after: T.cleared }), 'permit', { at: T.cleared })).toEqual([
      'statement.lifetime',
      '$.payload.signed_at',
    ]);
    expect(refusedService(signedPermit(), 'permit', { at: '2026-02-24T20:12:00.999Z' })).toEqual([
      'statement.from_the_future',
      '$.payload.signed_at',
    ]);
  });
});
