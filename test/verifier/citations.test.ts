import { describe, expect, it } from 'vitest';
import type { DecisionEvent, FactorCitation } from '../../core/domain/events.ts';
import { ask, codesOf } from './asking.ts';
import { rehash, reseal } from './attacks.ts';
import { digestOf } from '../documents/fixtures.ts';
import { endorsedPolicy, executed, filesOf, fixturePolicy } from './fixture-pack.ts';

/** What a factor rests on is derived again, so no service can say that it rests on something else (R38). */

const cases = (when: string) => [{ when, value: 0.1, reason: 'tested lately' }];
const base = fixturePolicy();
const policy = endorsedPolicy({
  ...base,
  risk: {
    ...base.risk,
    cites: true,
    factors: [
      ...base.risk.factors,
      {
        id: 'rollback_age',
        source: 'evidence_author',
        weight: 0.0001,
        cases: cases('age.rollback_test < 31622400'),
        otherwise: { value: 1, reason: 'tested long ago' },
      },
    ],
  },
});

function saying(changes: Partial<FactorCitation>) {
  return (event: DecisionEvent): DecisionEvent =>
    event.event_type === 'risk.evaluated'
      ? {
          ...event,
          factors: event.factors.map((factor) => ({
            ...factor,
            cites: factor.cites?.map((one) => (one.document === 'evidence' ? { ...one, ...changes } : one)) ?? [],
          })),
        }
      : event;
}

describe('a decision whose policy has factors cite', () => {
  const service = executed({ policy });

  it('holds, and its answers say what each factor rests on', () => {
    const report = ask(filesOf(service));
    expect(report).toMatchObject({ findings: [], evidence: 'holds' });
    const [line] = report.answers?.risk.filter((each) => each.startsWith('factor rollback_age')) ?? [];
    expect(line).toMatch(
      /^factor rollback_age: 0\.1 x 0\.0001, tested lately \[evidence by p-[\w-]+, refers to sha256:/,
    );
  });

  it.each<[string, Partial<FactorCitation>]>([
    ['other evidence', { digest: digestOf('another packet') }],
    ['the word of somebody else', { by: 'p-amber' }],
    ['another statement', { statement: digestOf('another statement') }],
    ['another report', { refers: [digestOf('a kinder report')] }],
    ['other facts', { facts: ['evidence.rollback.owner'] }],
  ])('does not hold where the service says that one rests on %s', (_, changes) => {
    const core = service.core();
    const report = ask({ bundle: reseal(rehash({ ...core, events: core.events.map(saying(changes)) })) });
    expect(codesOf(report)).toContain('replay.differs');
    expect(report.evidence).toBe('does_not_hold');
  });
});
