import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../core/canon/index.ts';
import type { EndorsementStatement } from '../../core/domain/statements.ts';
import { checkEndorsements, type EndorsementCheck } from '../../documents/endorsement.ts';
import type { TrustTenant } from '../../documents/trust.ts';
import {
  digestOf,
  fixtureTenant,
  fixtureTrust,
  fixtureTrustDocument,
  HOLDERS,
  keyFrom,
  keyOfActor,
  policyEndorsements,
  read,
  rosterDigest,
  rosterEndorsements,
  signedApproval,
  signedEndorsement,
  T,
  TENANT,
  trustKeyEntry,
} from './fixtures.ts';
import { refused, refusedAt } from './refusal.ts';

const trust = fixtureTrust();
const policy = { digest: digestOf('policy 1.2.0'), serial: 3, predecessor: digestOf('policy 1.1.0') };
const [one = '', two = '', three = ''] = HOLDERS.policy;

function check(envelopes: readonly Envelope[], overrides: Partial<EndorsementCheck> = {}): string[] {
  return checkEndorsements({
    trust,
    kind: 'policy',
    tenant: TENANT,
    document: policy.digest,
    serial: policy.serial,
    predecessor: policy.predecessor,
    endorsements: envelopes.map((envelope) => read(envelope)),
    at: T.requested,
    ...overrides,
  });
}

/** An endorsement of the policy that says something else in one place. */
function odd(holder: string, overrides: Partial<EndorsementStatement> = {}, key = keyOfActor(holder)): Envelope {
  const { digest: document, serial, predecessor } = policy;
  return signedEndorsement(holder, { document_kind: 'policy', document, serial, predecessor, ...overrides }, key);
}

// shows: R25
describe('checkEndorsements', () => {
  it('answers the digests of the endorsements that count, sorted', () => {
    const envelopes = policyEndorsements(policy, [three, one, two]);
    expect(check(envelopes)).toEqual(envelopes.map((envelope) => read(envelope).digest).sort());
    const roster = rosterEndorsements();
    const asRoster = { kind: 'roster', document: rosterDigest(), serial: 1, predecessor: 'GENESIS' } as const;
    expect(check(roster, asRoster)).toEqual(roster.map((envelope) => read(envelope).digest).sort());
  });

  it('counts a holder once, however often they signed', () => {
    const twice = [odd(one), odd(one, { nonce: read(odd(two)).statement.nonce })];
    expect(read(twice[0] as Envelope).digest).not.toBe(read(twice[1] as Envelope).digest);
    expect(refused(() => check(twice))).toEqual(['endorsement.threshold', '$.endorsements']);
    const counted = check([...twice, odd(two)]);
    expect(counted).toHaveLength(2);
    expect(counted).toEqual(check([odd(two), ...twice.toReversed()]));
  });

  it('counts a holder once, also with two keys', () => {
    const second = trustKeyEntry('policy', 'k-policy-one-b', { holder: one, tenant: TENANT });
    const file = fixtureTrust(fixtureTrustDocument({ keys: [...fixtureTrustDocument().keys, second] }));
    const both = [odd(one), odd(one, {}, keyFrom('k-policy-one-b'))];
    expect(refused(() => check(both, { trust: file }))).toEqual(['endorsement.threshold', '$.endorsements']);
    expect(check([...both, odd(two)], { trust: file })).toHaveLength(2);
  });

  it('asks for the threshold and the minimum serial of the document kind', () => {
    const asRoster = { kind: 'roster', document: rosterDigest(), serial: 1, predecessor: 'GENESIS' } as const;
    const other = (overrides: Partial<TrustTenant>) =>
      fixtureTrust(fixtureTrustDocument({ tenants: [{ ...fixtureTenant(), ...overrides }] }));
    const lone = { policy: [odd(one)], roster: rosterEndorsements().slice(0, 1) };
    const short = ['endorsement.threshold', '$.endorsements'];
    const policyOne = other({ policy_threshold: 1 });
    expect(check(lone.policy, { trust: policyOne })).toHaveLength(1);
    expect(refused(() => check(lone.roster, { trust: policyOne, ...asRoster }))).toEqual(short);
    const rosterOne = other({ roster_threshold: 1 });
    expect(check(lone.roster, { trust: rosterOne, ...asRoster })).toHaveLength(1);
    expect(refused(() => check(lone.policy, { trust: rosterOne }))).toEqual(short);
    expect(refused(() => check([]))).toEqual(short);
    const rosterTwo = other({ minimum_roster_serial: 2 });
    expect(refused(() => check(rosterEndorsements(), { trust: rosterTwo, ...asRoster }))).toEqual([
      'endorsement.serial',
      '$.serial',
    ]);
    const policyFour = other({ minimum_policy_serial: 4 });
    expect(check(rosterEndorsements(), { trust: policyFour, ...asRoster })).toHaveLength(2);
  });

  it.each([
    ['origin', { origin: 'other.example' }],
    ['tenant', { tenant: 'other' }],
    ['document_kind', { document_kind: 'roster' }],
    ['document', { document: digestOf('policy 1.3.0') }],
    ['serial', { serial: 4 }],
    ['predecessor', { predecessor: 'GENESIS' }],
  ] as const)('refuses an endorsement of another %s, even beside enough others', (member, overrides) => {
    expect(refused(() => check([odd(one), odd(two), odd(three, overrides)]))).toEqual([
      'endorsement.mismatch',
      `$.endorsements[2].payload.${member}`,
    ]);
  });

  it('lists all in which an endorsement differs', () => {
    expect(refusedAt(() => check([odd(one, { serial: 9, tenant: 'other' })]))).toEqual([
      'endorsement.mismatch',
      '$.endorsements[0].payload.tenant',
      '$.endorsements[0].payload.serial',
    ]);
  });

  // shows: R31
  it.each([
    ['a stranger', keyFrom('stranger')],
    ['a roster key', keyOfActor(HOLDERS.roster[0] ?? '')],
    ['a permit key', keyOfActor(HOLDERS.permit)],
  ])('refuses the key of %s', (_label, key) => {
    expect(refused(() => check([odd(one), odd(two), odd(three, {}, key)]))).toEqual([
      'endorsement.key',
      '$.endorsements[2].signatures[0].keyid',
    ]);
  });

  it("refuses a key under another holder's name", () => {
    expect(refused(() => check([odd(one), odd(two, {}, keyOfActor(three))]))).toEqual([
      'endorsement.key',
      '$.endorsements[1].payload.signer',
    ]);
  });

  it('refuses a key of another tenant', () => {
    const keys = [...fixtureTrustDocument().keys, trustKeyEntry('policy', 'k-other', { tenant: 'second' })];
    const tenants = [
      ...fixtureTrustDocument().tenants,
      { ...fixtureTenant(), tenant: 'second', policy_threshold: 1, roster_threshold: 1 },
    ];
    const withRoster = [...keys, trustKeyEntry('roster', 'k-other-roster', { tenant: 'second' })];
    const file = fixtureTrust(fixtureTrustDocument({ keys: withRoster, tenants }));
    const foreign = odd('k-other', {}, keyFrom('k-other'));
    expect(refused(() => check([odd(one), odd(two), foreign], { trust: file }))).toEqual([
      'endorsement.key',
      '$.endorsements[2].signatures[0].keyid',
    ]);
  });

  it('refuses a signature that does not verify', () => {
    const forged = {
      ...odd(two),
      signatures: [{ ...odd(two).signatures[0], sig: odd(one).signatures[0].sig }],
    } as const;
    expect(refused(() => check([odd(one), forged]))).toEqual([
      'endorsement.signature',
      '$.endorsements[1].signatures[0].sig',
    ]);
  });

  it("does not count what was endorsed after it was relied on, by the endorser's own word", () => {
    const afterwards = [one, two].map((holder) => odd(holder, { signed_at: '2027-02-01T09:00:00.000Z' }));
    expect(refused(() => check(afterwards))[0]).toBe('endorsement.threshold');
    expect(check(afterwards, { at: '2027-02-01T09:00:00.000Z' })).toHaveLength(2);
  });

  it('does not count keys that are not in force, and says so', () => {
    const keys = fixtureTrustDocument().keys.map((key) =>
      key.holder === two ? { ...key, valid_until: T.requested } : key,
    );
    const file = fixtureTrust(fixtureTrustDocument({ keys }));
    const signed = [odd(one), odd(two)];
    expect(check(signed, { trust: file, at: T.packed })).toHaveLength(2);
    expect(refusedAt(() => check(signed, { trust: file }))).toEqual([
      'endorsement.threshold',
      '$.endorsements',
      '$.endorsements[1].signatures[0].keyid',
    ]);
    expect(check([...signed, odd(three)], { trust: file })).toHaveLength(2);
  });

  it('refuses a document below the minimum serial, and a tenant that the trust file does not know', () => {
    const raised = fixtureTrust(fixtureTrustDocument({ tenants: [{ ...fixtureTenant(), minimum_policy_serial: 4 }] }));
    expect(refused(() => check(policyEndorsements(policy), { trust: raised }))).toEqual([
      'endorsement.serial',
      '$.serial',
    ]);
    expect(refused(() => check(policyEndorsements(policy), { tenant: 'other' }))).toEqual([
      'document.tenant',
      '$.tenant',
    ]);
  });

  it('refuses statements that are no endorsements', () => {
    expect(refused(() => check([odd(one), signedApproval()]))).toEqual([
      'statement.kind',
      '$.endorsements[1].payloadType',
    ]);
  });
});
