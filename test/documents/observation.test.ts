import { describe, expect, it } from 'vitest';
import { type Observation, OBSERVATION_TYPE, readObservation } from '../../documents/observation.ts';
import { digestOf } from './fixtures.ts';
import { refusal } from './refusal.ts';

const OBSERVED: Observation = {
  _type: OBSERVATION_TYPE,
  candidate: digestOf('candidate'),
  observed_at: '2026-02-24T21:00:00.000Z',
  stage: 'canary',
  hard_invariants: { failed: [] },
  metrics: [{ metric: 'error_rate', value: '0.5 %', over_s: null }],
  canary: null,
};

describe('readObservation', () => {
  it('reads one that says what was not measured', () => {
    expect(readObservation({ ...OBSERVED, hard_invariants: null })).toEqual({ ...OBSERVED, hard_invariants: null });
  });

  it.each<[string, object, string, string]>([
    ['another kind of document', { _type: 'application/json' }, 'document.type', '$._type'],
    ['a candidate by name', { candidate: 'latest' }, 'document.floating_name', '$.candidate'],
    ['no word about invariants', { hard_invariants: undefined }, 'document.shape', '$.hard_invariants'],
    ['a member that it does not know', { fine: true }, 'document.shape', '$.fine'],
    ['a stage that is none', { stage: 'everywhere' }, 'document.shape', '$.stage'],
    [
      'one metric twice',
      { metrics: [...OBSERVED.metrics, ...OBSERVED.metrics] },
      'document.shape',
      '$.metrics[1].metric',
    ],
    [
      'a number that no document has',
      { metrics: [{ metric: 'error_rate', value: 0.00001, over_s: 0 }] },
      'document.shape',
      '$.metrics[0].value',
    ],
  ])('refuses %s', (_, changes, code, path) => {
    const { code: got, path: at } = refusal(() => readObservation({ ...OBSERVED, ...changes }));
    expect([got, at]).toEqual([code, path]);
  });
});
