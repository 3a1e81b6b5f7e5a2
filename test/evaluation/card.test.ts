import { describe, expect, it } from 'vitest';
import { evaluate } from '../../evaluation/index.ts';
import { simulate } from '../../evaluation/simulate.ts';
import {
  AT,
  after,
  CARDED,
  type Carded,
  digest,
  EVALUATOR,
  type Given,
  given,
  policyWith,
  roster,
  sections,
  withCard,
  withEvaluators,
} from './given.ts';

const evaluated = (carded?: Carded, rest?: Given) => evaluate(given(withCard(carded, rest))).evaluation;
const denial = (carded?: Carded, rest?: Given) => evaluated(carded, rest).denial;
const { scorecards } = sections.evaluation;

describe('an evaluation whose card is read (R76)', () => {
  // shows: R76
  it('is routed on, names its card, bars its evaluator, and shows the approvers who that is', () => {
    const input = given(withCard());
    const { evaluation, brief } = evaluate(input);
    expect(evaluation.denial).toBeNull();
    expect(evaluation.routing?.card).toBe(input.card?.digest);
    expect(evaluation.routing?.barred).toContainEqual({ actor_id: EVALUATOR, duties: ['evaluator'] });
    expect(brief?.evidence.evaluated).toEqual({
      by: EVALUATOR,
      card: input.card?.digest,
      finished_at: input.card?.statement.finished_at,
    });
  });

  it('is asked for nothing, and bars nobody, where the policy does not have it read', () => {
    const { routing } = evaluated(
      { by: 'builder-1' },
      { policy: policyWith({}), request: { creators: ['builder-2'] } },
    );
    expect(routing).not.toHaveProperty('card');
    expect(routing?.barred.flatMap(({ duties }) => duties)).not.toContain('evaluator');
  });

  it.each<[string, string, Carded]>([
    ['another subject', 'subject', { card: { subject: digest('parent') } }],
    ['no word of its subject', 'subject', { section: { subject: undefined } as object }],
    ['another suite', 'suite.digest', { card: { suite: { ...sections.evaluation.suite, digest: digest('other') } } }],
    [
      'another runtime',
      'runtime.version',
      { section: { runtime: { ...sections.evaluation.runtime, version: '2.0.0' } } },
    ],
    ['other data', 'data_manifest.digest', { card: { data_manifest: digest('training data') } }],
    [
      'a result that was changed',
      'scorecards[0].value',
      { section: { scorecards: [{ ...scorecards[0]!, value: 0.99 }, scorecards[1]!] } },
    ],
    ['a result that was left out', 'scorecards[1]', { section: { scorecards: [scorecards[0]!] } }],
    [
      'a slice that it does not have',
      'failure_slices[0]',
      { section: { failure_slices: [{ slice: 'night', metric: 'accuracy', value: 0.5, cases: 3, detail: null }] } },
    ],
    [
      'another calibration',
      'calibration.expected_calibration_error',
      { section: { calibration: { ...sections.evaluation.calibration, expected_calibration_error: 0.001 } } },
    ],
    ['a later end', 'finished_at', { section: { finished_at: '2026-02-24T11:59:00.000Z' } }],
    ['no end', 'finished_at', { section: { finished_at: undefined } as object }],
    ['another evaluator', 'evaluator', { section: { evaluator: 'evaluator-1' } }],
  ])('is denied for a packet with %s', (_, place, carded) => {
    expect(denial(carded)).toMatchObject({
      code: 'card.differs',
      detail: `1 problems, at $.sections.evaluation.${place}`,
    });
  });

  it('is denied with every place at which packet and card differ', () => {
    const { suite, runtime } = sections.evaluation;
    const card = { suite: { ...suite, version: '4.0.1' }, runtime: { ...runtime, digest: digest('another') } };
    expect(denial({ card, section: { evaluator: 'evaluator-1' } })?.detail).toBe(
      '3 problems, at $.sections.evaluation.evaluator, $.sections.evaluation.suite.version, $.sections.evaluation.runtime.digest',
    );
  });

  it('is denied for a card that lies under another digest than the one the packet names', () => {
    expect(denial({ section: { card: digest('another card') } })?.code).toBe('card.unreadable');
    expect(denial({ admitted: { digest: digest('another card') } })?.code).toBe('card.unreadable');
  });

  it('is denied where only the version of the policy, or only its digest, is another', () => {
    const { version } = CARDED;
    const { digest: named } = given(withCard()).request.policy;
    expect(denial({ card: { policy: { version: '0.9.0', digest: named } } })).toMatchObject({
      code: 'card.policy',
      detail: '1 problems, at $.policy.version',
    });
    expect(denial({ card: { policy: { version, digest: digest('before') } } })?.code).toBe('card.policy');
  });

  it('is denied where nobody of the roster signed the card so, and says why', () => {
    expect(denial({ admitted: { refused: 'statement.key_owner' } })?.detail).toMatch(/: statement\.key_owner$/);
  });

  it('is denied for somebody without the role, however the packet calls them', () => {
    // An author who poses as the evaluator, with a card that they signed themselves.
    expect(denial({ by: 'evaluator-1' })?.code).toBe('card.role');
    const elsewhere = withEvaluators();
    const scoped = elsewhere.persons.map((one) =>
      one.actor_id === EVALUATOR
        ? { ...one, grants: one.grants.map((each) => ({ ...each, environments: ['dev' as const] })) }
        : one,
    );
    expect(denial({}, { roster: { ...elsewhere, persons: scoped } })?.code).toBe('card.role');
  });

  it('may be its evaluator who vouches for the packet, in every band', () => {
    const { routing, denial: none } = evaluated({}, { statement: { signer: EVALUATOR } });
    expect(none).toBeNull();
    expect(routing?.barred).toContainEqual({ actor_id: EVALUATOR, duties: ['evidence_author', 'evaluator'] });
  });
});

describe('an evaluator is independent', () => {
  const workload = (actor_id: string, ...controlled_by: string[]): (typeof roster.workloads)[number] => ({
    ...roster.workloads[0]!,
    actor_id,
    controlled_by,
    grants: roster.persons
      .find((one) => one.actor_id === 'operator-1')!
      .grants.map((each) => ({
        ...each,
        role: 'evaluation_owner',
      })),
  });
  const holding = (actor_id: string) => {
    const { persons } = withEvaluators();
    return persons.map((one) =>
      one.actor_id === actor_id
        ? { ...one, grants: [...one.grants, { ...one.grants[0]!, role: 'evaluation_owner' }] }
        : one,
    );
  };

  // shows: R76
  it.each<[string, string, Carded, Given]>([
    ['who asked', 'requester', { by: 'operator-1' }, { roster: { ...roster, persons: holding('operator-1') } }],
    [
      'who controls the workload that asked',
      'requester_controller',
      { by: 'release-1' },
      { roster: { ...roster, persons: holding('release-1') }, request: { signer: 'release-pipeline' } },
    ],
    ['who made the candidate', 'candidate_creator', {}, { request: { creators: [EVALUATOR] } }],
    [
      'who controls the workload that made it',
      'candidate_creator',
      {},
      {
        roster: { ...withEvaluators(), workloads: [...roster.workloads, workload('breeder', EVALUATOR)] },
        request: { creators: ['breeder'] },
      },
    ],
    [
      'a workload that a creator controls',
      'candidate_creator',
      { by: 'evaluation-runner' },
      { roster: { ...withEvaluators(), workloads: [...roster.workloads, workload('evaluation-runner', 'builder-1')] } },
    ],
    [
      'a workload that shares its controller with the one that asked',
      'requester_controller',
      { by: 'evaluation-runner' },
      {
        roster: { ...withEvaluators(), workloads: [...roster.workloads, workload('evaluation-runner', 'release-1')] },
        request: { signer: 'release-pipeline' },
      },
    ],
  ])('not %s', (_, duty, carded, rest) => {
    expect(denial(carded, rest)).toEqual(
      expect.objectContaining({
        code: 'card.not_independent',
        detail: `${carded.by ?? EVALUATOR}, who evaluated, is ${duty}`,
      }),
    );
  });

  it('also not who had control when it was asked for, and has handed it on', () => {
    const opening = {
      ...withEvaluators(),
      workloads: [{ ...roster.workloads[0]!, controlled_by: [EVALUATOR] }],
    };
    expect(denial({}, { opening, request: { signer: 'release-pipeline' } })?.code).toBe('card.not_independent');
  });

  it('nor by the key that signed the request, whoever has it by now', () => {
    const key = digest('one key');
    const input = given(withCard({ admitted: { keyId: key } }));
    expect(evaluate({ ...input, requestKey: key }).evaluation.denial).toMatchObject({
      code: 'card.not_independent',
      detail: `${EVALUATOR}, who evaluated, is requester`,
    });
    expect(evaluate({ ...input, requestKey: digest('another key') }).evaluation.denial).toBeNull();
  });

  it('in a band, too, in which a policy lets other duties coincide', () => {
    const lenient = { ...CARDED, duties: { may_coincide_in: ['low' as const] } };
    expect(denial({}, { policy: lenient, request: { creators: [EVALUATOR] } })?.code).toBe('card.not_independent');
  });
});

describe('the age of what a card is about (R77)', () => {
  // shows: R77
  it('is counted from its own end, whatever packet repeats it and whenever it was signed', () => {
    const limited = { ...CARDED, times: { ...CARDED.times, evaluation_age_s: 3600 } };
    const old = { finished_at: after(-3600), started_at: after(-7200) };
    const signed = { ...old, signed_at: AT };
    const repackaged = (finished: typeof signed, rest: Given = {}) =>
      evaluated({ card: finished, section: { finished_at: finished.finished_at } }, { policy: limited, ...rest });
    expect(repackaged(signed).denial).toMatchObject({
      code: 'evidence.stale',
      detail: expect.stringContaining('$.sections.evaluation.finished_at') as string,
    });
    const fresh = repackaged({ ...signed, finished_at: after(-3599) });
    expect(fresh.routing?.limits.evidence_valid_until).toBe(after(1));
    // Its author cannot make it younger than its evaluator says it is.
    expect(denial({ card: signed, section: { finished_at: after(-1) } }, { policy: limited })?.code).toBe(
      'card.differs',
    );
  });
});

describe('with another policy', () => {
  it('a past decision is simulated as if its card had been made under that one', () => {
    const past = given(withCard());
    expect(simulate(past, { ...CARDED, title: 'Another' })).toEqual([]);
    const others = { ...CARDED, evaluators: { roles: ['auditor'] } };
    expect(simulate(past, others)).toContainEqual(expect.objectContaining({ path: '$.denial', got: '"card.role"' }));
  });
});
