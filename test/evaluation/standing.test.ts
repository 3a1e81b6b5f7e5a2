import { describe, expect, it } from 'vitest';
import { digestJson } from '../../core/canon/index.ts';
import type { ObstacleCode } from '../../core/domain/errors.ts';
import type { EndorsedReference, ResolvedFact } from '../../core/domain/events.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import type { Standing, StandingFreeze } from '../../documents/standing.ts';
import { type ReadStatement, readStatement } from '../../documents/statements.ts';
import { CLOCK_TOLERANCE_MS } from '../../documents/window.ts';
import type { Matter } from '../../evaluation/admission.ts';
import { type Freezing, frozenAt } from '../../evaluation/freezes.ts';
import {
  checkStanding,
  type InForceStanding,
  NO_STANDING,
  obstacleOf,
  restsOn,
  revocationBy,
  standingFacts,
  type Word,
} from '../../evaluation/standing.ts';
import {
  ACTORS,
  CANDIDATE,
  digestOf,
  fixtureEvidence,
  referenceTo,
  signedEvidence,
  signedFreeze,
  signedRequest,
  T,
} from '../documents/fixtures.ts';
import { fixtureStanding } from '../verifier/fixture-pack.ts';

/** What governance's word of the moment means for one decision (ruling 18, R62, R90). */

const AT = T.claimed;

const ms = (at: string, by: number): string => timestamp(instant(at) + by);

/** The standing as the registry answers it. */
function inForce(changes: Partial<Standing> = {}): InForceStanding {
  const document = fixtureStanding(changes);
  const reference = { serial: document.serial, digest: digestJson(document), endorsements: [digestOf('endorsement')] };
  return { document, reference };
}

const { policy, roster } = fixtureStanding();
const request = readStatement(signedRequest({ policy: { version: '1.2.0', digest: policy.digest } }), 'request');
const evidence = readStatement(signedEvidence(), 'evidence');
const matter: Matter = {
  decisionId: request.statement.decision_id,
  request: request.statement,
  environment: 'production',
  origins: {
    requester: ACTORS.pipeline,
    creators: [ACTORS.creator],
    evidenceAuthor: ACTORS.author,
    evaluator: null,
    waiverAuthors: [],
  },
  keys: { requester: request.keyId, evidenceAuthor: evidence.keyId, evaluator: null, waiverAuthors: [] },
};

type Sections = EvidencePacket['sections'];

const { lineage, evaluation, rollback } = fixtureEvidence().sections;
if (!lineage || !evaluation || !rollback) throw new TypeError('the fixture has these sections');

/** All that the decision rests on besides its candidate, each under a name of its own. */
const RESTS = {
  'a parent': digestOf('parent'),
  'another parent': digestOf('other parent'),
  'a teacher': digestOf('teacher'),
  'a data source': digestOf('data'),
  'the data it was evaluated on': digestOf('held out'),
  'what a rollback goes back to': digestOf('champion'),
} as const;

const full: Sections = {
  lineage: {
    ...lineage,
    parents: [
      { name: 'parent', digest: RESTS['a parent'] },
      { name: 'other', digest: RESTS['another parent'] },
    ],
    teacher_models: [{ name: 'teacher', digest: RESTS['a teacher'] }],
    data_sources: [referenceTo('data')],
  },
  evaluation: { ...evaluation, data_manifest: referenceTo('held out') },
  rollback: { ...rollback, target: RESTS['what a rollback goes back to'] },
};

const packet = fixtureEvidence({ sections: { ...fixtureEvidence().sections, ...full } });

/** Names and digests: each of what a decision with {@link packet} rests on. */
const ALL = [['the candidate', CANDIDATE.digest], ...Object.entries(RESTS)] as const;

describe('restsOn', () => {
  const by = (sections: Sections) => restsOn(request.statement, fixtureEvidence({ sections }));
  const sorted = (...list: string[]) => [CANDIDATE.digest, ...list].sort();

  it('is the candidate, and all that its evidence names it to be made of and to go back to; nothing else', () => {
    expect(restsOn(request.statement, packet)).toEqual(ALL.map(([, digest]) => digest).sort());
  });

  it('is each of them on its own', () => {
    const none = { ...lineage, parents: [], teacher_models: [], data_sources: [] };
    expect(by({ lineage: { ...none, parents: full.lineage?.parents ?? [] } })).toEqual(
      sorted(RESTS['a parent'], RESTS['another parent']),
    );
    expect(by({ lineage: { ...none, teacher_models: full.lineage?.teacher_models ?? [] } })).toEqual(
      sorted(RESTS['a teacher']),
    );
    expect(by({ lineage: { ...none, data_sources: full.lineage?.data_sources ?? [] } })).toEqual(
      sorted(RESTS['a data source']),
    );
    expect(by(full.evaluation ? { evaluation: full.evaluation } : {})).toEqual(
      sorted(RESTS['the data it was evaluated on']),
    );
    expect(by(full.rollback ? { rollback: full.rollback } : {})).toEqual(sorted(RESTS['what a rollback goes back to']));
  });

  it('is the candidate alone where there is no packet, no section, or nothing is given', () => {
    const nothing: Sections = {
      lineage: { ...lineage, parents: null, teacher_models: null, data_sources: null },
      evaluation: { ...evaluation, data_manifest: null },
      rollback: { ...rollback, target: null },
    };
    expect(restsOn(request.statement, null)).toEqual([CANDIDATE.digest]);
    expect(by({})).toEqual([CANDIDATE.digest]);
    expect(by(nothing)).toEqual([CANDIDATE.digest]);
  });

  it('names each once', () => {
    const same = {
      ...lineage,
      parents: [{ name: 'x', digest: CANDIDATE.digest }],
      data_sources: [],
      teacher_models: [],
    };
    expect(by({ lineage: same, rollback: { ...rollback, target: CANDIDATE.digest } })).toEqual([CANDIDATE.digest]);
  });
});

describe('checkStanding', () => {
  const reference = ({ serial, digest }: { serial: number; digest: string }): EndorsedReference => ({
    serial,
    digest,
    endorsements: [digestOf('endorsement')],
  });
  const toRoute = (changes: Partial<Parameters<typeof checkStanding>[0]> = {}) =>
    checkStanding({
      at: AT,
      request: request.statement,
      packet,
      policy: { reference: reference(policy) },
      roster: { reference: reference(roster) },
      standing: { inForce: inForce(), demanded: true },
      ...changes,
    });
  const under = (changes: Partial<Standing>) => toRoute({ standing: { inForce: inForce(changes), demanded: false } });

  it('denies nothing under a standing that speaks for this policy and roster, and against nothing here', () => {
    expect(toRoute()).toBeUndefined();
    expect(under({})).toBeUndefined();
  });

  it('denies where none is there and one is demanded, and says when', () => {
    expect(toRoute({ standing: NO_STANDING })).toBeUndefined();
    const denial = toRoute({ standing: { inForce: null, demanded: true } });
    expect(denial?.code).toBe('standing.missing');
    expect(denial?.detail).toContain(AT);
  });

  it.each([true, false])('denies from the very instant at which it ended, demanded (%s) or not', (demanded) => {
    const standing = { inForce: inForce({ not_after: AT }), demanded };
    const denial = toRoute({ standing });
    expect(denial?.code).toBe('standing.ended');
    expect(denial?.detail).toContain(AT);
    expect(toRoute({ standing, at: ms(AT, -1) })).toBeUndefined();
    expect(toRoute({ standing, at: ms(AT, 1) })?.code).toBe('standing.ended');
  });

  it.each(['policy', 'roster'] as const)(
    'denies under another %s than the one it names, by digest and by serial',
    (kind) => {
      const { serial, digest } = fixtureStanding()[kind];
      const other = { serial, digest: digestOf('another') };
      for (const named of [other, { serial: serial + 1, digest }]) {
        const denial = under({ [kind]: named });
        expect(denial?.code).toBe('standing.other');
        expect(denial?.detail).toContain(`${kind} ${named.serial} ${named.digest}`);
        expect(denial?.detail).toContain(`under ${serial} ${digest}`);
      }
      expect(toRoute({ [kind]: { reference: reference(other) } })?.code).toBe('standing.other');
    },
  );

  it('routes nothing anew under a policy that is only accepted', () => {
    const changes = { policy: { serial: 2, digest: digestOf('next policy') }, accepted_policies: [policy.digest] };
    expect(under(changes)?.code).toBe('standing.other');
  });

  it.each(ALL)('denies where %s is revoked, and names it', (_, digest) => {
    expect(under({ revoked_digests: [digest, digestOf('something else')].sort() })).toEqual({
      code: 'candidate.revoked',
      detail: `standing 1 revokes ${digest}`,
    });
  });

  it('is not troubled by what is revoked and named nowhere here', () => {
    expect(
      under({ revoked_digests: [digestOf('something else'), evaluation.suite?.digest ?? ''].sort() }),
    ).toBeUndefined();
  });

  it('names at most ten', () => {
    const parents = Array.from({ length: 12 }, (_, index) => ({ name: 'p', digest: digestOf(`parent ${index}`) }));
    const many = fixtureEvidence({ sections: { lineage: { ...lineage, parents } } });
    const revoked_digests = parents.map(({ digest }) => digest).sort();
    const denial = toRoute({ packet: many, standing: { inForce: inForce({ revoked_digests }), demanded: false } });
    expect(denial?.detail).toBe(`standing 1 revokes ${revoked_digests.slice(0, 10).join(', ')}`);
  });

  it('asks in this order', () => {
    const wrong: Partial<Standing> = {
      not_after: AT,
      policy: { serial: 9, digest: digestOf('another policy') },
      roster: { serial: 9, digest: digestOf('another roster') },
      revoked_digests: [CANDIDATE.digest],
    };
    expect(under(wrong)?.code).toBe('standing.ended');
    const speaking = { ...wrong, not_after: ms(AT, 1) };
    expect(under(speaking)).toMatchObject({ code: 'standing.other', detail: expect.stringContaining('policy 9') });
    expect(under({ ...speaking, policy })).toMatchObject({
      code: 'standing.other',
      detail: expect.stringContaining('roster 9'),
    });
    expect(under({ ...speaking, policy, roster })?.code).toBe('candidate.revoked');
  });

  it('lets freezes be: they stop clearances, and no routing', () => {
    expect(under({ freezes: [frozen()] })).toBeUndefined();
  });
});

function frozen(changes: Partial<StandingFreeze> = {}): StandingFreeze {
  return { id: 'year-end', environments: '*', actions: '*', from: T.requested, until: T.permitEnds, ...changes };
}

function emergency(changes: Parameters<typeof signedFreeze>[0] = {}): ReadStatement<'freeze'> {
  return readStatement(signedFreeze(changes), 'freeze');
}

const word = (changes: Partial<Standing> = {}, freezes: Word['freezes'] = []): Word => ({
  inForce: inForce(changes),
  demanded: true,
  freezes,
});

const fact = (what: ResolvedFact['what'], measured: string = what): ResolvedFact => ({
  what,
  digest: digestOf(what),
  measured: digestOf(measured),
  source: 'service',
});
const LOOKED = [fact('rollback_package'), fact('lineage')];

/** One way to earn each, the gravest first; the type holds the table complete. */
const EARNED: Record<Exclude<ObstacleCode, 'claim.overtaken'>, Word> = {
  'claim.restricted': { inForce: null, demanded: true, freezes: [], restriction: digestOf('restriction') },
  'claim.no_standing': { inForce: null, demanded: true, freezes: [] },
  'claim.policy_withdrawn': word({ policy: { serial: 2, digest: digestOf('next policy') } }),
  'claim.key_revoked': word({ revoked_keys: [request.keyId] }),
  'claim.candidate_revoked': word({ revoked_digests: [CANDIDATE.digest] }),
  'claim.frozen': word({}, [emergency()]),
  'claim.evidence_differs': { ...word(), again: { routed: LOOKED, found: [fact('lineage', 'other parents')] } },
  'claim.evidence_awaited': { ...word(), again: { routed: LOOKED, found: LOOKED.slice(1) } },
};

const GRAVEST_FIRST = Object.keys(EARNED) as (keyof typeof EARNED)[];

describe('obstacleOf', () => {
  const found = (of: Word, at: string = AT, about: Matter = matter, shown: EvidencePacket | null = packet) =>
    obstacleOf(of, about, { packet: shown }, at);

  it.each(GRAVEST_FIRST)('%s', (code) => {
    expect(found(EARNED[code])?.code).toBe(code);
  });

  it('is what was looked for and is another now, before what is not there, and nothing where all is as it was', () => {
    const again = (looked: readonly ResolvedFact[] | undefined) =>
      found({ ...word(), again: { routed: LOOKED, found: looked } });
    expect(again([fact('lineage', 'other parents')])).toEqual({
      code: 'claim.evidence_differs',
      resolved: [fact('lineage', 'other parents')],
    });
    expect(again([])).toEqual({ code: 'claim.evidence_awaited', resolved: [] });
    // That something else was found is no answer to what was looked for.
    expect(again([...LOOKED.slice(1), fact('package')])).toMatchObject({ code: 'claim.evidence_awaited' });
    expect(again(LOOKED.toReversed())).toBeUndefined();
    expect(again(undefined)).toBeUndefined();
    const facts = (looked: readonly ResolvedFact[] | undefined) =>
      standingFacts({ ...word(), again: { routed: LOOKED, found: looked } }, matter, { packet }, AT);
    expect(facts(LOOKED.toReversed())).toMatchObject({ resolved: LOOKED });
    expect(facts(undefined)).not.toHaveProperty('resolved');
  });

  it('is nothing where governance speaks and says nothing against it; nor where nobody asks for its word', () => {
    expect(found(word())).toBeUndefined();
    expect(found({ ...NO_STANDING, freezes: [] })).toBeUndefined();
  });

  it('is no standing from the very instant at which it ended, demanded or not', () => {
    for (const demanded of [true, false]) {
      const ended = { ...word({ not_after: AT }), demanded };
      expect(found(ended, ms(AT, -1))).toBeUndefined();
      expect(found(ended)).toEqual({ code: 'claim.no_standing' });
    }
  });

  it('is no standing where it is of the future, by more than clocks differ', () => {
    expect(found(word({ issued_at: ms(AT, CLOCK_TOLERANCE_MS) }))).toBeUndefined();
    expect(found(word({ issued_at: ms(AT, CLOCK_TOLERANCE_MS + 1) }))).toEqual({ code: 'claim.no_standing' });
  });

  it('is no policy that is accepted still, and any that is neither in force nor accepted', () => {
    const next = { serial: 2, digest: digestOf('next policy') };
    const others = [digestOf('a'), digestOf('b')];
    expect(found(word({ policy: next, accepted_policies: [...others, policy.digest].sort() }))).toBeUndefined();
    expect(found(word({ policy: next, accepted_policies: others.sort() }))?.code).toBe('claim.policy_withdrawn');
    // The serial is the registry's business: what counts is which document it is.
    expect(found(word({ policy: { serial: 7, digest: policy.digest } }))).toBeUndefined();
  });

  it.each([
    ['of the request', request.keyId],
    ['of the evidence', evidence.keyId],
  ])('is a revoked key %s', (_, keyId) => {
    expect(found(word({ revoked_keys: [keyId, digestOf('x')].sort() }))).toEqual({ code: 'claim.key_revoked' });
    expect(found(word({ revoked_keys: [digestOf('x')] }))).toBeUndefined();
  });

  it('is a revoked key of the evaluation card, where one is read', () => {
    const evaluator = digestOf('key of the evaluator');
    const revoked = word({ revoked_keys: [evaluator] });
    expect(found(revoked)).toBeUndefined();
    const carded = { ...matter, keys: { ...matter.keys, evaluator } };
    expect(found(revoked, AT, carded)).toEqual({ code: 'claim.key_revoked' });
    // And the open decision stops by itself.
    const standing = revoked.inForce;
    if (standing === null) throw new TypeError('this word has a standing');
    expect(revocationBy(standing, carded, { packet, ancestry: null }, AT)).toMatchObject({
      code: 'key.revoked',
      revoked: [evaluator],
    });
    expect(revocationBy(standing, matter, { packet, ancestry: null }, AT)).toBeNull();
  });

  it('is no revoked key of evidence that nobody can read', () => {
    const unread = { ...matter, keys: { ...matter.keys, evidenceAuthor: null } };
    expect(found(word({ revoked_keys: [evidence.keyId] }), AT, unread)).toBeUndefined();
    expect(found(word({ revoked_keys: [request.keyId] }), AT, unread)?.code).toBe('claim.key_revoked');
  });

  it.each(ALL)('is that %s is revoked', (_, digest) => {
    expect(found(word({ revoked_digests: [digest] }))).toEqual({ code: 'claim.candidate_revoked' });
  });

  it('is that the candidate is revoked where there is no packet to be read', () => {
    const revoked = word({ revoked_digests: [RESTS['a parent']] });
    expect(found(revoked, AT, matter, null)).toBeUndefined();
    expect(found(word({ revoked_digests: [CANDIDATE.digest] }), AT, matter, null)?.code).toBe(
      'claim.candidate_revoked',
    );
  });

  it("is a freeze: the standing's own without a statement, an emergency's with it", () => {
    expect(found(word({ freezes: [frozen()] }))).toStrictEqual({ code: 'claim.frozen' });
    const freeze = emergency();
    expect(found(word({}, [freeze]))).toStrictEqual({ code: 'claim.frozen', freeze: freeze.digest });
    expect(found(word({ freezes: [frozen()] }, [freeze]))).toStrictEqual({ code: 'claim.frozen' });
  });

  it('is an emergency freeze also where there is no standing, and none is demanded', () => {
    const freeze = emergency();
    expect(found({ ...NO_STANDING, freezes: [freeze] })).toEqual({ code: 'claim.frozen', freeze: freeze.digest });
    expect(found({ ...NO_STANDING, freezes: [freeze] }, freeze.statement.until)).toBeUndefined();
  });

  it("is a freeze over the policy's environment, whatever the request says, and over the request's action", () => {
    const staging = { ...matter, environment: 'staging' };
    expect(request.statement.context['environment']).toBe('production');
    expect(found(word({}, [emergency({ environments: ['production'] })]), AT, staging)).toBeUndefined();
    expect(found(word({}, [emergency({ environments: ['staging'] })]), AT, staging)?.code).toBe('claim.frozen');
    expect(found(word({}, [emergency({ actions: ['deploy.change'] })]))?.code).toBe('claim.frozen');
    expect(found(word({}, [emergency({ actions: ['model.promote'] })]))).toBeUndefined();
  });

  it('is the gravest of several', () => {
    const freezes = [emergency()];
    const wrong: Partial<Standing> = {
      not_after: AT,
      policy: { serial: 2, digest: digestOf('next policy') },
      revoked_keys: [request.keyId],
      revoked_digests: [CANDIDATE.digest],
    };
    const steps: Partial<Standing>[] = [
      {},
      { not_after: ms(AT, 1) },
      { policy },
      { revoked_keys: [] },
      { revoked_digests: [] },
    ];
    const changed = { routed: LOOKED, found: [fact('lineage', 'other parents')] };
    let now = wrong;
    const codes = steps.map((step) => {
      now = { ...now, ...step };
      return found({ ...word(now, freezes), again: changed })?.code;
    });
    const restricted = found({ ...word(wrong, freezes), restriction: digestOf('restriction') })?.code;
    const others = [changed.found, []].map((looked) => found({ ...word(now), again: { ...changed, found: looked } }));
    expect([restricted, ...codes, ...others.map((other) => other?.code)]).toEqual(GRAVEST_FIRST);
    expect(found(word(now))).toBeUndefined();
  });

  describe('of a rollback', () => {
    const undoes = { relation: 'undoes', decision_id: matter.decisionId, pack: digestOf('pack') } as const;
    const back: Matter = { ...matter, request: { ...matter.request, linked: undoes } };

    it('is no freeze, of either kind, and no restriction', () => {
      const stopped = { ...word({ freezes: [frozen()] }, [emergency()]), restriction: digestOf('restriction') };
      expect(found(stopped)?.code).toBe('claim.restricted');
      expect(found(stopped, AT, back)).toBeUndefined();
    });

    it('is everything else: what governance revoked does not come back', () => {
      for (const code of ['claim.no_standing', 'claim.policy_withdrawn', 'claim.key_revoked'] as const)
        expect(found(EARNED[code], AT, back)?.code).toBe(code);
      expect(found(EARNED['claim.candidate_revoked'], AT, back)?.code).toBe('claim.candidate_revoked');
    });

    it('is that the target has moved on; which says nothing of another decision', () => {
      const overtaken = '11111111-2222-8333-8444-555555555555';
      expect(found({ ...word(), overtaken }, AT, back)).toStrictEqual({ code: 'claim.overtaken', overtaken });
      expect(found({ ...word(), overtaken })).toBeUndefined();
    });
  });
});

describe('frozenAt', () => {
  const to = { target: request.statement.target, candidate: CANDIDATE.digest };
  const freezeOf = (freezing: Freezing, at: { environment: string; action: string }, when: string) =>
    frozenAt(freezing, { ...to, ...at }, when).by;
  const scope = { environment: 'production', action: 'deploy.change' };
  const of = (
    freezes: readonly StandingFreeze[],
    emergencies: Word['freezes'] = [],
    changes: Partial<Standing> = {},
  ) => ({
    document: fixtureStanding({ freezes: [...freezes], ...changes }),
    freezes: emergencies,
  });

  it('is none where nothing is frozen', () => {
    expect(freezeOf(of([]), scope, AT)).toBeUndefined();
    expect(freezeOf({ document: null, freezes: [] }, scope, AT)).toBeUndefined();
  });

  it("is the standing's own from its first instant to before its last", () => {
    const planned = of([frozen({ from: T.claimed, until: T.cleared })]);
    const moments = [ms(T.claimed, -1), T.claimed, ms(T.cleared, -1), T.cleared];
    expect(moments.map((at) => freezeOf(planned, scope, at)?.name)).toEqual([
      undefined,
      'year-end',
      'year-end',
      undefined,
    ]);
    expect(freezeOf(planned, scope, T.claimed)).toEqual({ name: 'year-end', statement: null, until: T.cleared });
  });

  it("is the standing's own without an end, for as long as a standing names it", () => {
    const planned = of([frozen({ from: T.claimed, until: null })]);
    expect(freezeOf(planned, scope, ms(T.claimed, -1))).toBeUndefined();
    expect(freezeOf(planned, scope, '9999-01-01T00:00:00.000Z')).toEqual({
      name: 'year-end',
      statement: null,
      until: null,
    });
  });

  it('is an emergency one before its last instant', () => {
    const freeze = emergency({ until: T.cleared });
    const frozenBy = of([], [freeze]);
    expect(freezeOf(frozenBy, scope, ms(T.cleared, -1))).toEqual({
      name: 'INC-2041',
      statement: freeze.digest,
      until: T.cleared,
    });
    expect(freezeOf(frozenBy, scope, T.cleared)).toBeUndefined();
  });

  it('is none of the future, by more than clocks differ: nobody freezes for longer by dating it later', () => {
    const dated = (signed_at: string) => of([], [emergency({ signed_at, until: ms(signed_at, 60_000) })]);
    expect(freezeOf(dated(ms(AT, CLOCK_TOLERANCE_MS)), scope, AT)?.name).toBe('INC-2041');
    expect(freezeOf(dated(ms(AT, CLOCK_TOLERANCE_MS + 1)), scope, AT)).toBeUndefined();
  });

  it.each([
    ['elsewhere', { environments: ['dev', 'staging'] }],
    ['of another action', { actions: ['model.promote'] }],
  ] as const)('is none %s', (_, changes) => {
    const elsewhere = { environments: '*', actions: '*', ...changes } as const;
    expect(freezeOf(of([frozen(elsewhere)]), scope, AT)).toBeUndefined();
    expect(freezeOf(of([], [emergency(elsewhere)]), scope, AT)).toBeUndefined();
    const here = { environments: ['production'], actions: ['deploy.change'] } as const;
    expect(freezeOf(of([frozen(elsewhere), frozen({ id: 'here', ...here })]), scope, AT)?.name).toBe('here');
    const there = [emergency(elsewhere), emergency({ incident: 'here', ...here })];
    expect(freezeOf(of([], there), scope, AT)?.name).toBe('here');
  });

  it('is none that was lifted, and any other', () => {
    const [lifted, other] = [emergency(), emergency({ incident: 'INC-2042' })];
    const changes = { lifted_freezes: [lifted.digest] };
    expect(freezeOf(of([], [lifted], changes), scope, AT)).toBeUndefined();
    expect(freezeOf(of([], [lifted, other], changes), scope, AT)?.statement).toBe(other.digest);
    // Nobody lifts where no standing is.
    expect(freezeOf({ document: null, freezes: [lifted] }, scope, AT)?.statement).toBe(lifted.digest);
  });

  it('is of several emergency ones the one of the lowest digest, in whatever order they come', () => {
    const several = ['INC-1', 'INC-2', 'INC-3', 'INC-4', 'INC-5'].map((incident) => emergency({ incident }));
    const lowest = several.map(({ digest }) => digest).sort()[0];
    for (let turn = 0; turn < several.length; turn += 1) {
      const turned = [...several.slice(turn), ...several.slice(0, turn)];
      expect(freezeOf(of([], turned), scope, AT)?.statement).toBe(lowest);
      expect(freezeOf(of([], turned.toReversed()), scope, AT)?.statement).toBe(lowest);
    }
  });

  it("is the standing's own, the first that lies over it, before any emergency's", () => {
    const own = [frozen({ id: 'over', until: AT }), frozen({ id: 'first' }), frozen({ id: 'second' })];
    expect(freezeOf(of(own, [emergency()]), scope, AT)).toMatchObject({ name: 'first', statement: null });
  });
});

describe('standingFacts', () => {
  it('are none where governance has said nothing, and nothing stands in the way', () => {
    expect(standingFacts({ ...NO_STANDING, freezes: [] }, matter, { packet }, AT)).toStrictEqual({});
  });

  it('are the standing by its reference, and until when it speaks', () => {
    const { inForce: now, ...rest } = word();
    expect(standingFacts({ inForce: now, ...rest }, matter, { packet }, AT)).toStrictEqual({
      standing: { reference: now?.reference, not_after: fixtureStanding().not_after },
    });
  });

  it('are what stands in the way, beside the standing where there is one', () => {
    for (const code of GRAVEST_FIRST) {
      const of = EARNED[code];
      const facts = standingFacts(of, matter, { packet }, AT);
      expect(facts.obstacle).toEqual(obstacleOf(of, matter, { packet }, AT));
      expect(facts.standing?.reference).toEqual(of.inForce?.reference);
    }
    const ended = standingFacts(word({ not_after: AT }), matter, { packet }, AT);
    expect(ended).toMatchObject({ standing: { not_after: AT }, obstacle: { code: 'claim.no_standing' } });
  });
});
