import { describe, expect, it } from 'vitest';
import type { EvaluationStatement } from '../../core/domain/statements.ts';
import { checkCard } from '../../documents/evaluation-card.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import { readStatement } from '../../documents/statements.ts';
import { ACTORS, carded, digestOf, fixtureEvidence, signedEvaluation, T } from './fixtures.ts';
import { refused, refusedAt } from './refusal.ts';

const card = readStatement(signedEvaluation(), 'evaluation');
const packet = carded(signedEvaluation());
const checking =
  (held: EvidencePacket, given: typeof card | null = card, policy = card.statement.policy) =>
  () =>
    checkCard({ checks: ['evaluation'], packet: held, policy }, given);
const withSection = (changes: object): EvidencePacket => {
  const evaluation = { ...packet.sections.evaluation!, ...changes };
  return { ...packet, sections: { ...packet.sections, evaluation } };
};

describe('checkCard', () => {
  it('takes a packet that says what its card says, and asks nothing where the policy does not', () => {
    expect(checking(packet)).not.toThrow();
    expect(() =>
      checkCard({ checks: [], packet: fixtureEvidence(), policy: card.statement.policy }, null),
    ).not.toThrow();
  });

  // shows: R76
  it('refuses a packet without a card, or with what is none', () => {
    expect(refusedAt(checking(fixtureEvidence(), null))).toEqual(['card.missing', '$.sections.evaluation.card']);
    expect(refusedAt(checking(packet, null))).toEqual(['card.unreadable', '$.sections.evaluation.card']);
    expect(refused(checking(withSection({ card: digestOf('another') })))[0]).toBe('card.unreadable');
  });

  it('refuses with every place at which packet and card differ', () => {
    const scorecards = packet.sections.evaluation!.scorecards.slice(1);
    const other = withSection({ evaluator: ACTORS.creator, subject: digestOf('a parent'), scorecards });
    expect(refusedAt(checking(other))).toEqual([
      'card.differs',
      '$.sections.evaluation.evaluator',
      '$.sections.evaluation.subject',
      ...['direction', 'metric', 'threshold', 'value'].map((each) => `$.sections.evaluation.scorecards[0].${each}`),
      '$.sections.evaluation.scorecards[1]',
    ]);
    const { evaluation: _, ...sections } = packet.sections;
    expect(refused(checking({ ...packet, sections }))[0]).toBe('card.missing');
  });

  it('lets the packet say where the data lies, and no more', () => {
    const { data_manifest: named } = packet.sections.evaluation!;
    expect(checking(withSection({ data_manifest: { ...named, uri: 'https://mirror.example/data' } }))).not.toThrow();
    expect(refused(checking(withSection({ data_manifest: { ...named, digest: digestOf('other data') } })))[0]).toBe(
      'card.differs',
    );
  });

  it('refuses one that was made under another policy', () => {
    const other = { version: '1.3.0', digest: card.statement.policy.digest };
    expect(refusedAt(checking(packet, card, other))).toEqual(['card.policy', '$.policy.version']);
  });
});

describe('an evaluation card', () => {
  it.each<[string, Partial<EvaluationStatement>]>([
    ['$.finished_at', { started_at: '2026-02-23T15:00:00.001Z' }],
    ['$.signed_at', { finished_at: '2026-02-23T16:00:00.001Z', signed_at: T.packed }],
    ['$.scorecards', { scorecards: [] }],
    ['$.suite.version', { suite: { ...card.statement.suite, version: 'latest' } }],
  ])('is refused at %s', (path, changes) => {
    expect(refusedAt(() => signedEvaluation(changes))[1]).toBe(path);
  });
});
