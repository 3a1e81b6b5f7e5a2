import { describe, expect, it } from 'vitest';
import { digestJson } from '../../core/canon/index.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import type { RecoveryPlan, Standing } from '../../documents/standing.ts';
import { type ReadStatement, readStatement } from '../../documents/statements.ts';
import { frozenAt, type Release, releaseOf } from '../../evaluation/freezes.ts';
import { obstacleOf, standingFacts, type Word } from '../../evaluation/standing.ts';
import { ACTORS, CANDIDATE, digestOf, signedFreeze, signedRequest, T } from '../documents/fixtures.ts';
import { fixtureStanding } from '../verifier/fixture-pack.ts';

/** Who may still go out during an incident: what governance put into its plan, and nothing else (R63). */

const AT = T.claimed;
const ENDS = T.cleared;
const request = readStatement(
  signedRequest({ policy: { version: '1.2.0', digest: fixtureStanding().policy.digest } }),
  'request',
);
const matter = {
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
  keys: { requester: request.keyId, evidenceAuthor: null, evaluator: null, waiverAuthors: [] },
};
const release = releaseOf(matter);
const INCIDENT = 'INC-2041';

const emergency = (changes: Parameters<typeof signedFreeze>[0] = {}): ReadStatement<'freeze'> =>
  readStatement(signedFreeze(changes), 'freeze');

const plan = (changes: Partial<RecoveryPlan> = {}): RecoveryPlan => ({
  incident: INCIDENT,
  releases: [{ candidate: release.candidate, target: release.target }],
  until: ENDS,
  ...changes,
});

const under = (changes: Partial<Standing>, freezes: readonly ReadStatement<'freeze'>[] = [emergency()]) => ({
  document: fixtureStanding(changes),
  freezes,
});

const own = (id: string): Standing['freezes'][number] => ({
  id,
  environments: '*',
  actions: '*',
  from: T.requested,
  until: null,
});

describe('a recovery plan', () => {
  const freeze = emergency();

  // shows: R63
  it('lets exactly its release pass the emergency freeze of its incident, and says so', () => {
    expect(freeze.statement.incident).toBe(INCIDENT);
    expect(frozenAt(under({ recovery: [plan()] }), release, AT)).toEqual({
      recovery: { incidents: [INCIDENT], freezes: [freeze.digest], until: ENDS },
    });
    expect(frozenAt(under({}), release, AT)).toEqual({
      by: { name: INCIDENT, statement: freeze.digest, until: freeze.statement.until },
    });
  });

  it("lets it pass the standing's own freeze of that name", () => {
    const planned = under({ freezes: [own('year-end')], recovery: [plan({ incident: 'year-end' })] }, []);
    expect(frozenAt(planned, release, AT)).toEqual({
      recovery: { incidents: ['year-end'], freezes: [], until: ENDS },
    });
  });

  // shows: R63
  it.each<[string, Partial<RecoveryPlan>]>([
    ['another incident', { incident: 'INC-2042' }],
    ['another candidate', { releases: [{ candidate: digestOf('another'), target: release.target }] }],
    ['another target', { releases: [{ candidate: release.candidate, target: 'elsewhere' }] }],
    [
      'this candidate and this target, but not the one to the other',
      {
        releases: [
          { candidate: digestOf('another'), target: release.target },
          { candidate: release.candidate, target: 'elsewhere' },
        ],
      },
    ],
    ['a time that is over at this very instant', { until: AT }],
  ])('is of no use where it is of %s', (_, changes) => {
    const frozen = frozenAt(under({ recovery: [plan(changes)] }), release, AT);
    expect(frozen.by?.name).toBe(INCIDENT);
    expect(frozen.recovery).toBeUndefined();
  });

  it('counts until the instant before its end', () => {
    const before = timestamp(instant(AT) - 1);
    expect(frozenAt(under({ recovery: [plan({ until: AT })] }), release, before).by).toBeUndefined();
  });

  it('leaves every other freeze standing: each needs the plan of its own incident', () => {
    const other = emergency({ incident: 'INC-2042' });
    const both = under({ recovery: [plan()] }, [emergency(), other]);
    expect(frozenAt(both, release, AT).by?.statement).toBe(other.digest);
    const closed = under({ freezes: [own('year-end')], recovery: [plan()] });
    expect(frozenAt(closed, release, AT).by?.name).toBe('year-end');
    const sooner = timestamp(instant(AT) + 1);
    const planned = under({ recovery: [plan(), plan({ incident: 'INC-2042', until: sooner })] }, [freeze, other]);
    expect(frozenAt(planned, release, AT)).toEqual({
      recovery: {
        incidents: [INCIDENT, 'INC-2042'],
        freezes: [freeze.digest, other.digest].sort(),
        until: sooner,
      },
    });
  });

  it('spares each freeze of the incident, however many keys froze', () => {
    const again = emergency({ nonce: 'AQIDBAUGBwgJCgsMDQ4PEA==' });
    const { by, recovery } = frozenAt(under({ recovery: [plan()] }, [again, freeze]), release, AT);
    expect(by).toBeUndefined();
    expect(recovery?.freezes).toEqual([again.digest, freeze.digest].sort());
  });

  it('is not named where nothing is frozen', () => {
    expect(frozenAt(under({ recovery: [plan()] }, []), release, AT)).toEqual({});
    const elsewhere: Release = { ...release, environment: 'staging' };
    const production = emergency({ environments: ['production'] });
    expect(frozenAt(under({ recovery: [plan()] }, [production]), elsewhere, AT)).toEqual({});
  });

  it('is nothing without a standing', () => {
    expect(frozenAt({ document: null, freezes: [freeze] }, release, AT).by?.name).toBe(INCIDENT);
  });
});

describe('what a claim finds', () => {
  const word = (changes: Partial<Standing>, freezes = [emergency()]): Word => {
    const document = fixtureStanding(changes);
    const reference = { serial: 1, digest: digestJson(document), endorsements: [digestOf('endorsement')] };
    return { inForce: { document, reference }, demanded: true, freezes };
  };

  it('is the plan, and no obstacle', () => {
    const facts = standingFacts(word({ recovery: [plan()] }), matter, { packet: null }, AT);
    expect(facts.obstacle).toBeUndefined();
    expect(facts.recovery?.incidents).toEqual([INCIDENT]);
  });

  it.each<[string, Partial<Standing>, string]>([
    ['a standing that has ended', { not_after: AT }, 'claim.no_standing'],
    ['a candidate that is revoked', { revoked_digests: [CANDIDATE.digest] }, 'claim.candidate_revoked'],
    ['a policy that is withdrawn', { policy: { serial: 2, digest: digestOf('next') } }, 'claim.policy_withdrawn'],
  ])('is %s, plan or no plan', (_, changes, code) => {
    const facts = standingFacts(word({ ...changes, recovery: [plan()] }), matter, { packet: null }, AT);
    expect(facts.obstacle?.code).toBe(code);
    expect(facts.recovery).toBeUndefined();
  });

  it('is a restriction, plan or no plan', () => {
    const restricted = { ...word({ recovery: [plan()] }), restriction: digestOf('restriction') };
    expect(obstacleOf(restricted, matter, { packet: null }, AT)?.code).toBe('claim.restricted');
    expect(standingFacts(restricted, matter, { packet: null }, AT).recovery).toBeUndefined();
  });
});
