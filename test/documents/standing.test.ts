import { describe, expect, it } from 'vitest';
import { canonicalBytes, digestJson, type Envelope, toBase64 } from '../../core/canon/index.ts';
import { ENDORSED_KINDS, type FreezeStatement, STATEMENT_KINDS, statementType } from '../../core/domain/statements.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import { type Admission, authenticate, authenticateService, useForEndorsing } from '../../documents/authenticate.ts';
import { checkEndorsements, type EndorsementCheck, PUBLISHED_KINDS } from '../../documents/endorsement.ts';
import { holdersOf, keyOf, personsBehind, rolesAt, withoutKeys } from '../../documents/roster-reader.ts';
import { coversScope } from '../../documents/scope.ts';
import {
  readStanding,
  speaksAt,
  STANDING_LONGEST_S,
  type Standing,
  type StandingFreeze,
} from '../../documents/standing.ts';
import { readStatement } from '../../documents/statements.ts';
import { KEY_USES, type KeyUse, type Trust, type TrustTenant } from '../../documents/trust.ts';
import { demandsStanding } from '../../documents/trust-index.ts';
import { CLOCK_TOLERANCE_MS } from '../../documents/window.ts';
import { endorsedStanding, fixtureStanding, shift } from '../verifier/fixture-pack.ts';
import {
  ACTORS,
  digestOf,
  fixtureRoster,
  fixtureRosterIndex,
  fixtureTenant,
  fixtureTrust,
  fixtureTrustDocument,
  HOLDERS,
  keyFrom,
  keyOfActor,
  ORIGIN,
  read,
  rosterKey,
  signAnything,
  signedApproval,
  signedClaim,
  signedEndorsement,
  signedFreeze,
  signedPermit,
  signedStatements,
  T,
  TENANT,
  trustKeyEntry,
  WITNESS,
} from './fixtures.ts';
import { refusal, refused, refusedAt } from './refusal.ts';

/** Governance's word of the moment, and the emergency freeze: their form, and who may sign them. */

const SETS = ['accepted_policies', 'revoked_keys', 'revoked_digests', 'lifted_freezes'] as const;
const MOST = { accepted_policies: 64, revoked_keys: 10_000, revoked_digests: 10_000, lifted_freezes: 1_000 } as const;

/** So many digests, in order. */
const digests = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `sha256:${index.toString(16).padStart(64, '0')}`);

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `name-${index}`);

const planned = (changes: Partial<StandingFreeze> = {}): StandingFreeze => ({
  id: 'year-end',
  environments: ['production'],
  actions: '*',
  from: T.requested,
  until: T.confirmBy,
  ...changes,
});

/** Reads the fixture's standing after changes, some of which its type would not allow. */
const reading = (changes: object) => () => readStanding(canonicalBytes({ ...fixtureStanding(), ...changes }));

const ms = (at: string, by: number): string => timestamp(instant(at) + by);

describe('readStanding', () => {
  it('reads a standing from its canonical bytes only', () => {
    const standing = fixtureStanding({
      predecessor: digestOf('standing before'),
      serial: 2,
      accepted_policies: [digestOf('policy before')],
      revoked_keys: digests(2),
      revoked_digests: digests(3),
      freezes: [planned(), planned({ id: 'audit', environments: '*', actions: ['deploy.change'], until: null })],
      lifted_freezes: digests(1),
    });
    expect(readStanding(canonicalBytes(standing))).toEqual(standing);
    const pretty = new TextEncoder().encode(JSON.stringify(standing, null, 2));
    expect(refused(() => readStanding(pretty))[0]).toBe('json.not_canonical');
  });

  it('is strict: no other type, no foreign member, none left out', () => {
    expect(refused(reading({ _type: 'application/vnd.countersign.roster.v1+json' }))).toEqual([
      'document.type',
      '$._type',
    ]);
    expect(refused(reading({ note: 'x' }))).toEqual(['document.shape', '$.note']);
    expect(refused(reading({ policy: { serial: 1, digest: digestOf('p'), version: '1.2.0' } }))).toEqual([
      'document.shape',
      '$.policy.version',
    ]);
    expect(refused(reading({ freezes: [{ ...planned(), reason: 'x' }] }))).toEqual([
      'document.shape',
      '$.freezes[0].reason',
    ]);
    for (const member of Object.keys(fixtureStanding()).filter((name) => name !== '_type')) {
      const { [member as keyof Standing]: _, ...rest } = fixtureStanding();
      expect(refused(() => readStanding(canonicalBytes(rest)))).toEqual(['document.shape', `$.${member}`]);
    }
  });

  it.each(SETS)('takes %s up to their bound and no further, in order and each once', (member) => {
    const most = MOST[member];
    expect(reading({ [member]: digests(most) })()[member]).toHaveLength(most);
    expect(refused(reading({ [member]: digests(most + 1) }))).toEqual(['document.shape', `$.${member}`]);
    const [first = '', second = ''] = digests(2);
    expect(refused(reading({ [member]: [second, first] }))).toEqual(['document.shape', `$.${member}`]);
    expect(refused(reading({ [member]: [first, first] }))).toEqual(['document.shape', `$.${member}`]);
    expect(refused(reading({ [member]: ['latest'] }))).toEqual(['document.floating_name', `$.${member}[0]`]);
  });

  it.each<[path: string, code: string, changes: object]>([
    ['$.serial', 'document.shape', { serial: 0 }],
    ['$.policy.serial', 'document.shape', { policy: { serial: 0, digest: digestOf('p') } }],
    ['$.roster.serial', 'document.shape', { roster: { serial: 1.5, digest: digestOf('r') } }],
    ['$.policy.digest', 'document.floating_name', { policy: { serial: 1, digest: 'latest' } }],
    ['$.roster.digest', 'document.floating_name', { roster: { serial: 1, digest: 'main' } }],
    ['$.predecessor', 'document.floating_name', { predecessor: 'latest' }],
    ['$.origin', 'document.shape', { origin: '' }],
    ['$.tenant', 'document.shape', { tenant: 'a b' }],
    ['$.issued_at', 'document.shape', { issued_at: '2026-01-05T09:00:00Z' }],
    ['$.not_after', 'document.shape', { not_after: '2026-02-30T09:00:00.000Z' }],
    ['$.freezes', 'document.shape', { freezes: names(65).map((id) => planned({ id })) }],
    ['$.freezes[0].id', 'document.shape', { freezes: [planned({ id: 'year end' })] }],
    ['$.freezes[0].from', 'document.shape', { freezes: [planned({ from: 'now' })] }],
    ['$.freezes[0].until', 'document.shape', { freezes: [{ ...planned(), until: undefined }] }],
    ['$.freezes[0].environments', 'document.shape', { freezes: [planned({ environments: [] })] }],
    ['$.freezes[0].environments[1]', 'document.shape', { freezes: [{ ...planned(), environments: ['dev', 'moon'] }] }],
    ['$.freezes[0].environments', 'document.shape', { freezes: [planned({ environments: Array(17).fill('dev') })] }],
    ['$.freezes[0].actions', 'document.shape', { freezes: [planned({ actions: [] })] }],
    ['$.freezes[0].actions[0]', 'document.shape', { freezes: [planned({ actions: ['a b'] })] }],
    ['$.freezes[0].actions', 'document.shape', { freezes: [planned({ actions: names(1001) })] }],
  ])('refuses what is out of bounds at %s: %s', (path, code, changes) => {
    // JSON has no undefined: such a member is left out.
    const value: unknown = JSON.parse(JSON.stringify({ ...fixtureStanding(), ...changes }));
    expect(refused(() => readStanding(canonicalBytes(value as object)))).toEqual([code, path]);
  });

  describe('recovery plans', () => {
    const releases = (count: number) => digests(count).map((candidate) => ({ candidate, target: 'prod-gateway-01' }));
    const plan = (changes: object = {}) => ({
      incident: 'INC-1',
      releases: releases(2),
      until: T.confirmBy,
      ...changes,
    });
    const [a = '', b = ''] = digests(2);

    it('are read, up to their bounds, or are not there', () => {
      expect(reading({ recovery: [plan()] })().recovery).toEqual([plan()]);
      expect('recovery' in reading({})()).toBe(false);
      const most = names(16).map((incident) => plan({ incident, releases: releases(64) }));
      expect(reading({ recovery: most })().recovery).toEqual(most);
      const pairs = [
        { candidate: a, target: 'one' },
        { candidate: a, target: 'two' },
        { candidate: b, target: 'one' },
      ];
      expect(reading({ recovery: [plan({ releases: pairs })] })().recovery?.[0]?.releases).toEqual(pairs);
    });

    it.each<[what: string, path: string, code: string, recovery: unknown]>([
      ['none in the list', '$.recovery', 'document.shape', []],
      ['too many', '$.recovery', 'document.shape', names(17).map((incident) => plan({ incident }))],
      ['an incident twice', '$.recovery', 'document.shape', [plan(), plan()]],
      ['no release', '$.recovery[0].releases', 'document.shape', [plan({ releases: [] })]],
      ['too many releases', '$.recovery[0].releases', 'document.shape', [plan({ releases: releases(65) })]],
      [
        'candidates out of order',
        '$.recovery[0].releases',
        'document.shape',
        [plan({ releases: releases(2).reverse() })],
      ],
      [
        'targets out of order',
        '$.recovery[0].releases',
        'document.shape',
        [plan({ releases: ['b', 'a'].map((target) => ({ candidate: a, target })) })],
      ],
      [
        'a release twice',
        '$.recovery[0].releases',
        'document.shape',
        [plan({ releases: ['a', 'a'].map((target) => ({ candidate: a, target })) })],
      ],
      [
        'a candidate by name',
        '$.recovery[0].releases[0].candidate',
        'document.floating_name',
        [plan({ releases: [{ candidate: 'latest', target: 'a' }] })],
      ],
      [
        'every target',
        '$.recovery[0].releases[0].target',
        'document.shape',
        [plan({ releases: [{ candidate: a, target: '*' }] })],
      ],
      ['no end', '$.recovery[0].until', 'document.shape', [plan({ until: null })]],
      ['a reason', '$.recovery[0].reason', 'document.shape', [plan({ reason: 'x' })]],
    ])('are refused: %s', (_, path, code, recovery) => {
      expect(refused(reading({ recovery }))).toEqual([code, path]);
    });
  });

  it('takes as many freezes, environments and actions as the bounds allow', () => {
    const freezes = names(64).map((id) => planned({ id }));
    freezes[0] = planned({ environments: Array(16).fill('dev'), actions: names(1000) });
    expect(reading({ freezes })().freezes).toEqual(freezes);
  });

  it.each([
    ['ends when it begins', 0, false],
    ['ends before it begins', -1, false],
    ['speaks for a millisecond', 1, true],
    ['speaks for 31 days', 31 * 24 * 3_600_000, true],
    ['speaks for a millisecond longer', 31 * 24 * 3_600_000 + 1, false],
  ])('one that %s: taken or not', (_, life, taken) => {
    const not_after = ms(T.rosterIssued, life);
    const read = reading({ issued_at: T.rosterIssued, not_after });
    if (taken) expect(read().not_after).toBe(not_after);
    else expect(refused(read)).toEqual(['standing.window', '$.not_after']);
  });

  it.each([
    ['ends when it begins', T.requested, false],
    ['ends before it begins', ms(T.requested, -1), false],
    ['ends a millisecond later', ms(T.requested, 1), true],
    ['has no end', null, true],
  ])('a freeze that %s: taken or not', (_, until, taken) => {
    const read = reading({ freezes: [planned({ from: T.requested, until })] });
    if (taken) expect(read().freezes[0]?.until).toBe(until);
    else expect(refused(read)).toEqual(['standing.window', '$.freezes[0].until']);
  });

  it('names all times that do not fit: its own first, then those of its freezes', () => {
    const read = reading({
      not_after: shift(T.rosterIssued, STANDING_LONGEST_S + 1),
      freezes: [
        planned({ until: T.requested }),
        planned({ id: 'b' }),
        planned({ id: 'c', until: T.packed }),
        planned({ id: 'd', until: null }),
      ],
    });
    expect(refusedAt(read)).toEqual(['standing.window', '$.not_after', '$.freezes[0].until', '$.freezes[2].until']);
    expect(refusal(read).problems?.map(({ got }) => got)).toEqual([
      shift(T.rosterIssued, STANDING_LONGEST_S + 1),
      T.requested,
      T.packed,
    ]);
  });
});

it('a standing whose freezes bear one id twice is refused: ending one would end both', () => {
  const twice = fixtureStanding({ freezes: [planned(), planned({ until: null })] });
  expect(refusedAt(() => readStanding(canonicalBytes(twice)))).toEqual(['document.shape', '$.freezes']);
});

describe('speaksAt', () => {
  it('is true until its end, and false from that very instant on', () => {
    const standing = fixtureStanding();
    const { not_after } = standing;
    const spoken = [ms(not_after, -1), not_after, ms(not_after, 1)].map((at) => speaksAt(standing, at));
    expect(spoken).toEqual([true, false, false]);
  });

  it('is true from when it was issued, and five minutes before, since clocks differ', () => {
    const standing = fixtureStanding();
    const { issued_at } = standing;
    const moments = [-CLOCK_TOLERANCE_MS - 1, -CLOCK_TOLERANCE_MS, -1, 0, 1].map((by) => ms(issued_at, by));
    expect(moments.map((at) => speaksAt(standing, at))).toEqual([false, true, true, true, true]);
    expect(CLOCK_TOLERANCE_MS).toBe(5 * 60 * 1000);
  });
});

describe('coversScope', () => {
  it.each([
    ['*', '*', true],
    ['*', ['deploy.change'], true],
    ['*', ['config.write'], false],
    [['production'], '*', true],
    [['dev', 'staging'], '*', false],
    [['dev', 'production'], ['config.write', 'deploy.change'], true],
    [['dev'], ['deploy.change'], false],
    [['production'], ['config.write'], false],
  ] as const)(
    'of environments %j and actions %j, deploy.change in production: %s',
    (environments, actions, covered) => {
      expect(coversScope({ environments, actions }, { environment: 'production', action: 'deploy.change' })).toBe(
        covered,
      );
    },
  );

  it('matches whole names', () => {
    const scope = { environments: ['production'], actions: ['deploy.change'] } as const;
    expect(coversScope(scope, { environment: 'production', action: 'deploy' })).toBe(false);
    expect(coversScope(scope, { environment: 'prod', action: 'deploy.change' })).toBe(false);
  });
});

describe('the endorsements of a standing', () => {
  const standing = fixtureStanding();
  const [one = '', two = '', three = ''] = HOLDERS.governance;
  const by = (...holders: string[]): readonly Envelope[] => endorsedStanding(standing, holders).endorsements;
  const others = (changes: Partial<Trust>, tenant: Partial<TrustTenant> = {}) =>
    fixtureTrust(
      fixtureTrustDocument({ tenants: [{ ...fixtureTenant(), ...tenant }], ...changes }),
      HOLDERS.governance,
    );

  function check(envelopes: readonly Envelope[], overrides: Partial<EndorsementCheck> = {}): string[] {
    return checkEndorsements({
      trust: fixtureTrust(),
      kind: 'standing',
      tenant: TENANT,
      document: digestJson(standing),
      serial: standing.serial,
      predecessor: standing.predecessor,
      endorsements: envelopes.map((envelope) => read(envelope)),
      at: T.requested,
      ...overrides,
    });
  }

  it('are those of governance keys', () => {
    const envelopes = by(three, one);
    expect(check(envelopes)).toEqual(envelopes.map((envelope) => digestJson(envelope)).sort());
  });

  it.each([
    ['policy', HOLDERS.policy[0]],
    ['roster', HOLDERS.roster[0]],
    ['emergency', HOLDERS.emergency],
    ['permit', HOLDERS.permit],
    ['acknowledgement', HOLDERS.acknowledgement],
    ['seal', HOLDERS.seal],
  ])('are none by a %s key, even beside enough others', (_, holder = '') => {
    const error = refusal(() => check(by(one, two, holder)));
    expect([error.code, error.path, error.expected]).toEqual([
      'endorsement.key',
      '$.endorsements[2].signatures[0].keyid',
      'a governance key of the trust file',
    ]);
  });

  it.each(['policy', 'roster'] as const)('are by keys that endorse no %s', (kind) => {
    const document = digestOf(kind);
    const envelopes = [one, two].map((holder) => signedEndorsement(holder, { document_kind: kind, document }));
    expect(refused(() => check(envelopes, { kind, document }))).toEqual([
      'endorsement.key',
      '$.endorsements[0].signatures[0].keyid',
    ]);
  });

  it('are none of a document of another kind, be it the same one', () => {
    const document = digestJson(standing);
    for (const document_kind of ENDORSED_KINDS.filter((kind) => kind !== 'standing')) {
      const other = signedEndorsement(three, { document_kind, document });
      expect(refused(() => check([...by(one, two), other]))).toEqual([
        'endorsement.mismatch',
        '$.endorsements[2].payload.document_kind',
      ]);
    }
  });

  it("are as many as the trust file's own threshold asks for, whatever policies and rosters need", () => {
    const short = ['endorsement.threshold', '$.endorsements'];
    expect(refused(() => check(by(one)))).toEqual(short);
    expect(refused(() => check(by(one, one)))).toEqual(short);
    const all = others({ governance_threshold: 3 }, { policy_threshold: 1, roster_threshold: 1 });
    expect(refused(() => check(by(one, two), { trust: all }))).toEqual(short);
    expect(check(by(one, two, three), { trust: all })).toHaveLength(3);
    const single = others({ governance_threshold: 1 }, { policy_threshold: 3, roster_threshold: 3 });
    expect(check(by(three), { trust: single })).toHaveLength(1);
  });

  it('count while their keys are in force', () => {
    const keys = fixtureTrustDocument().keys.map((key) =>
      key.holder === two ? { ...key, valid_until: T.requested } : key,
    );
    const trust = others({ keys });
    expect(check(by(one, two), { trust, at: T.packed })).toHaveLength(2);
    expect(refused(() => check(by(one, two), { trust }))).toEqual(['endorsement.threshold', '$.endorsements']);
  });

  it.each([
    ['none', {}, null],
    ['its own', { standing: { minimum_serial: 1, demanded_from: T.packed } }, null],
    ['a higher one', { standing: { minimum_serial: 2, demanded_from: T.packed } }, ['endorsement.serial', '$.serial']],
    ['a higher one, of policies and rosters', { minimum_policy_serial: 2, minimum_roster_serial: 2 }, null],
  ])('do not help below the least serial: %s', (_, tenant, refusedFor) => {
    const trust = others({}, tenant);
    if (refusedFor === null) expect(check(by(one, two), { trust })).toHaveLength(2);
    else expect(refused(() => check(by(one, two), { trust }))).toEqual(refusedFor);
  });

  it('are for a tenant that the trust file knows', () => {
    expect(refused(() => check(by(one, two), { tenant: 'other' }))).toEqual(['document.tenant', '$.tenant']);
  });

  it('are verified, as of other documents, with the keys that useForEndorsing names', () => {
    const uses = { policy: 'policy', roster: 'roster', standing: 'governance', trust: 'governance' };
    expect(Object.fromEntries(ENDORSED_KINDS.map((kind) => [kind, useForEndorsing(kind)]))).toEqual(uses);
    expect(PUBLISHED_KINDS).toEqual(['policy', 'roster', 'standing']);
    const [endorsement] = by(one);
    const asked = (use: KeyUse) => () =>
      authenticateService(read(endorsement as Envelope), fixtureTrust(), use, {
        origin: ORIGIN,
        tenant: TENANT,
        at: T.requested,
      });
    expect(asked('governance')().actorId).toBe(one);
    for (const use of KEY_USES.filter((other) => other !== 'governance'))
      expect(refused(asked(use))).toEqual(['statement.kind', '$.payloadType']);
  });
});

describe('demandsStanding', () => {
  const trustWith = (tenant: Partial<TrustTenant>) =>
    fixtureTrust(fixtureTrustDocument({ tenants: [{ ...fixtureTenant(), ...tenant }] }));

  it('is so from the instant that the trust file names, for that tenant', () => {
    const trust = trustWith({ standing: { minimum_serial: 1, demanded_from: T.requested } });
    const moments = [ms(T.requested, -1), T.requested, ms(T.requested, 1)];
    expect(moments.map((at) => demandsStanding(trust, TENANT, at))).toEqual([false, true, true]);
    expect(demandsStanding(trust, 'other', T.requested)).toBe(false);
  });

  it('is never so where the trust file says nothing', () => {
    expect(demandsStanding(fixtureTrust(), TENANT, '9999-12-31T23:59:59.999Z')).toBe(false);
  });

  it.each([
    ['$.trust.tenants[0].standing.minimum_serial', { minimum_serial: 0, demanded_from: T.requested }],
    ['$.trust.tenants[0].standing.demanded_from', { minimum_serial: 1, demanded_from: 'now' }],
    ['$.trust.tenants[0].standing.until', { minimum_serial: 1, demanded_from: T.requested, until: T.claimed }],
  ])('is asked of a trust file whose form was read: %s', (path, standing) => {
    expect(refused(() => trustWith({ standing }))).toEqual(['document.shape', path]);
  });
});

describe('withoutKeys', () => {
  const production = { environment: 'production', action: 'deploy.change', at: T.claimed };
  const admission: Admission = { origin: ORIGIN, tenant: TENANT, at: T.claimed };
  const keyId = (actor: string) => keyOfActor(actor).publicKey.keyId;
  const spare = keyFrom('spare key of p-dune');
  const index = fixtureRosterIndex();
  const revoked = withoutKeys(index, [keyId(ACTORS.executive), keyId(ACTORS.deployer)]);

  it('finds nobody under a revoked key, and everybody else as before', () => {
    expect(keyOf(revoked, keyId(ACTORS.executive), T.claimed)).toBeUndefined();
    expect(keyOf(revoked, keyId(ACTORS.deployer), T.claimed)).toBeUndefined();
    expect(keyOf(revoked, keyId(ACTORS.secondExecutive), T.claimed)?.actorId).toBe(ACTORS.secondExecutive);
    expect(keyOf(revoked, keyId(ACTORS.pipeline), T.claimed)?.actorId).toBe(ACTORS.pipeline);
  });

  it('believes no statement under it', () => {
    const approval = (signer: string) => () =>
      authenticate(read(signedApproval({ signer })), revoked, admission).actorId;
    expect(refused(approval(ACTORS.executive))).toEqual(['statement.key_unknown', '$.signatures[0].keyid']);
    expect(approval(ACTORS.secondExecutive)()).toBe(ACTORS.secondExecutive);
    expect(refused(() => authenticate(read(signedClaim()), revoked, admission))).toEqual([
      'statement.key_unknown',
      '$.signatures[0].keyid',
    ]);
  });

  it('counts nobody among the holders who has no other key', () => {
    expect(holdersOf(index, 'executive', production)).toEqual([ACTORS.executive, ACTORS.secondExecutive]);
    expect(holdersOf(revoked, 'executive', production)).toEqual([ACTORS.secondExecutive]);
    expect(revoked.actors.get(ACTORS.executive)?.keys).toEqual([]);
    expect(revoked.actors.get(ACTORS.deployer)?.keys).toEqual([]);
  });

  it('leaves whoever has another key with that one', () => {
    const persons = fixtureRoster().persons.map((person) =>
      person.actor_id === ACTORS.executive
        ? { ...person, keys: [...person.keys, rosterKey(ACTORS.executive, spare)] }
        : person,
    );
    const both = fixtureRosterIndex(fixtureRoster({ persons }));
    const left = withoutKeys(both, [keyId(ACTORS.executive)]);
    expect(holdersOf(left, 'executive', production)).toEqual([ACTORS.executive, ACTORS.secondExecutive]);
    expect(keyOf(left, spare.publicKey.keyId, T.claimed)?.actorId).toBe(ACTORS.executive);
    expect(authenticate(read(signedApproval({}, spare)), left, admission).actorId).toBe(ACTORS.executive);
    const none = withoutKeys(left, [spare.publicKey.keyId]);
    expect(holdersOf(none, 'executive', production)).toEqual([ACTORS.secondExecutive]);
  });

  it('takes nothing else away: who they are, what they may do, and who stands behind them', () => {
    expect(rolesAt(revoked, ACTORS.executive, production)).toEqual(['executive']);
    expect(personsBehind(revoked, ACTORS.deployer)).toEqual([ACTORS.releaseOwner]);
    expect([...revoked.actors.keys()]).toEqual([...index.actors.keys()]);
    expect(revoked.roster).toBe(index.roster);
  });

  it('leaves the original as it was', () => {
    const original = fixtureRosterIndex();
    withoutKeys(original, [...original.keys.keys()]);
    expect(original.keys.size).toBe(10);
    expect(original.actors.get(ACTORS.executive)?.keys).toHaveLength(1);
    expect(holdersOf(original, 'executive', production)).toEqual([ACTORS.executive, ACTORS.secondExecutive]);
    expect(authenticate(read(signedApproval()), original, admission).actorId).toBe(ACTORS.executive);
  });

  it('is the same roster where nothing that it has is revoked', () => {
    expect(withoutKeys(index, [])).toBe(index);
    const same = withoutKeys(index, [digestOf('no key of the roster')]);
    expect(holdersOf(same, 'executive', production)).toEqual(holdersOf(index, 'executive', production));
    expect([...same.keys.keys()]).toEqual([...index.keys.keys()]);
  });
});

describe('an emergency freeze', () => {
  const freeze = (changes: object = {}): FreezeStatement => ({
    _type: statementType('freeze'),
    origin: ORIGIN,
    tenant: TENANT,
    signer: HOLDERS.emergency,
    signed_at: T.approved,
    nonce: toBase64(new Uint8Array(16)),
    environments: ['production'],
    actions: '*',
    incident: 'INC-2041',
    until: T.confirmBy,
    ...changes,
  });
  /** Past the form that signing asks for. */
  const readingFreeze = (changes: object) => () => {
    const value = JSON.parse(JSON.stringify(freeze(changes))) as Parameters<typeof signAnything>[1];
    return readStatement(signAnything(statementType('freeze'), value, keyOfActor(HOLDERS.emergency)), 'freeze');
  };

  it.each([
    ['a week', 7 * 24 * 3_600_000, true],
    ['a millisecond longer', 7 * 24 * 3_600_000 + 1, false],
  ])('lasts %s after it was signed: taken or not', (_, life, taken) => {
    const until = ms(T.approved, life);
    if (taken) expect(readingFreeze({ until })().statement.until).toBe(until);
    else {
      expect(refused(readingFreeze({ until }))).toEqual(['document.shape', '$.payload.until']);
      expect(refused(() => signedFreeze({ until }))).toEqual(['document.shape', '$.until']);
    }
  });

  it.each<[path: string, changes: object]>([
    ['$.payload.environments', { environments: [] }],
    ['$.payload.environments[0]', { environments: ['moon'] }],
    ['$.payload.environments', { environments: Array(17).fill('dev') }],
    ['$.payload.actions', { actions: [] }],
    ['$.payload.actions', { actions: names(1001) }],
    ['$.payload.incident', { incident: 'somebody broke in' }],
    ['$.payload.until', { until: undefined }],
    ['$.payload.until', { until: 'tomorrow' }],
    ['$.payload.until', { until: null }],
    ['$.payload.reason', { reason: 'x' }],
    ['$.payload.decision_id', { decision_id: '1fed6053-7029-87ac-af62-000000000000' }],
  ])('has its shape: %s', (path, changes) => {
    expect(refused(readingFreeze(changes))).toEqual(['document.shape', path]);
  });

  const trust = fixtureTrust();
  const admission: Admission = { origin: ORIGIN, tenant: TENANT, at: T.approved };
  const by = (envelope: Envelope, use: KeyUse = 'emergency', overrides: Partial<Admission> = {}) =>
    authenticateService(read(envelope), trust, use, { ...admission, ...overrides });
  const where = '$.signatures[0].keyid';

  it('counts under an emergency key', () => {
    expect(by(signedFreeze())).toMatchObject({ kind: 'service', actorId: HOLDERS.emergency });
  });

  it.each(
    KEY_USES.filter((use) => use !== 'emergency').map((use): [KeyUse, string] => [
      use,
      use === 'witness' ? WITNESS : ([HOLDERS[use]].flat()[0] ?? ''),
    ]),
  )('counts under no %s key, whatever it is asked as', (use, holder) => {
    const signed = signedFreeze({ signer: holder });
    expect(refused(() => by(signed))).toEqual(['statement.key_unknown', where]);
    expect(refused(() => by(signed, use))).toEqual(['statement.kind', '$.payloadType']);
    expect(refused(() => by(signedFreeze(), use))).toEqual(['statement.kind', '$.payloadType']);
  });

  it('is all that an emergency key signs', () => {
    const kinds = STATEMENT_KINDS.filter((kind) => kind !== 'freeze');
    for (const kind of kinds) expect(refused(() => by(signedStatements[kind]()))[0]).toBe('statement.kind');
    const permit = signedPermit({}, keyOfActor(HOLDERS.emergency));
    expect(refused(() => by(permit, 'permit', { at: T.cleared }))).toEqual(['statement.key_unknown', where]);
  });

  it("counts under no approver's key, nor a stranger's, nor under another's name", () => {
    expect(refused(() => by(signedFreeze({}, keyOfActor(ACTORS.executive))))).toEqual(['statement.key_unknown', where]);
    expect(refused(() => by(signedFreeze({}, keyFrom('stranger'))))).toEqual(['statement.key_unknown', where]);
    expect(refused(() => by(signedFreeze({ signer: 'e-two' }, keyOfActor(HOLDERS.emergency))))).toEqual([
      'statement.key_owner',
      '$.payload.signer',
    ]);
  });

  it('counts for its tenant and installation, under a key for that tenant', () => {
    expect(refused(() => by(signedFreeze({ tenant: 'globex' })))).toEqual(['document.tenant', '$.payload.tenant']);
    expect(refused(() => by(signedFreeze({ origin: 'other.example' })))).toEqual([
      'document.origin',
      '$.payload.origin',
    ]);
    expect(refused(() => by(signedFreeze({ tenant: 'globex' }), 'emergency', { tenant: 'globex' }))).toEqual([
      'statement.key_unknown',
      where,
    ]);
  });

  it('counts while its key is in force', () => {
    const keys = [
      ...fixtureTrustDocument().keys.filter(({ use }) => use !== 'emergency'),
      trustKeyEntry('emergency', HOLDERS.emergency, { tenant: TENANT, valid_until: T.approved }),
    ];
    const ended = fixtureTrust(fixtureTrustDocument({ keys }));
    const at = (moment: string) => () =>
      authenticateService(read(signedFreeze({ signed_at: T.requested })), ended, 'emergency', {
        ...admission,
        at: moment,
      });
    expect(at(T.requested)().actorId).toBe(HOLDERS.emergency);
    expect(refused(at(T.approved))).toEqual(['statement.key_window', where]);
  });

  it('is what its key signed, has come, and ends after it was signed', () => {
    const sig = signedFreeze({ incident: 'INC-1' }).signatures[0].sig;
    const forged = { ...signedFreeze(), signatures: [{ ...signedFreeze().signatures[0], sig }] } as const;
    expect(refused(() => by(forged))).toEqual(['statement.signature', '$.signatures[0].sig']);
    expect(refused(() => by(signedFreeze({ until: T.approved })))).toEqual([
      'statement.lifetime',
      '$.payload.signed_at',
    ]);
    expect(by(signedFreeze({ until: ms(T.approved, 1) })).actorId).toBe(HOLDERS.emergency);
    expect(refused(() => by(signedFreeze(), 'emergency', { at: T.packed }))).toEqual([
      'statement.from_the_future',
      '$.payload.signed_at',
    ]);
  });
});
