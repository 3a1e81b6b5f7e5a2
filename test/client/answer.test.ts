import { describe, expect, test } from 'vitest';
import { checkAnswer } from '../../client/answer.ts';
import { digestJson, privateKeyFromSeed } from '../../core/canon/index.ts';
import { type AcknowledgementStatement, statementType } from '../../core/domain/statements.ts';
import { signStatement } from '../../documents/index.ts';

const DECISION = '5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d';
const AT = '2026-03-01T10:00:00.000Z';
const statement = digestJson('statement');
const without = { trust: null, tenant: 'acme', now: () => AT };

function acknowledgement(overrides: Partial<AcknowledgementStatement> = {}) {
  const told: AcknowledgementStatement = {
    _type: statementType('acknowledgement'),
    origin: 'countersign-test',
    tenant: 'acme',
    signer: 'service-acknowledgement',
    signed_at: AT,
    nonce: 'AAAAAAAAAAAAAAAAAAAAAA==',
    decision_id: DECISION,
    statement,
    verdict: 'accepted',
    code: null,
    event: digestJson('event'),
    sequence: 5,
    ...overrides,
  };
  return signStatement(told, privateKeyFromSeed(new Uint8Array(32).fill(7)));
}

const accepted = {
  statement,
  verdict: 'accepted',
  code: null,
  acknowledgement: acknowledgement(),
  addendum: null,
} as const;

describe('an answer', () => {
  test('that says the same as its acknowledgement holds; so does one without, where no trust file asks for it', () => {
    for (const answer of [accepted, { ...accepted, acknowledgement: null }]) {
      expect(() => checkAnswer(without, { decisionId: DECISION, statement, answer })).not.toThrow();
    }
  });

  test.each([
    ['about another statement', { ...accepted, statement: digestJson('other') }, '$.statement'],
    ['about none', { ...accepted, statement: '' }, '$.statement'],
    [
      'acknowledged for another statement',
      { ...accepted, acknowledgement: acknowledgement({ statement: digestJson('other') }) },
      '$.acknowledgement.payload.statement',
    ],
    [
      'acknowledged with another verdict',
      { ...accepted, verdict: 'refused', code: 'approval.late' } as const,
      '$.acknowledgement.payload.verdict',
    ],
    [
      'acknowledged with another code',
      {
        ...accepted,
        verdict: 'refused',
        code: 'approval.late',
        acknowledgement: acknowledgement({ verdict: 'refused', code: 'approval.role' }),
      } as const,
      '$.acknowledgement.payload.code',
    ],
    [
      'acknowledged for another decision',
      { ...accepted, addendum: '00000000-0000-8000-8000-000000000000' },
      '$.acknowledgement.payload.decision_id',
    ],
    [
      'with something else for an acknowledgement',
      { ...accepted, acknowledgement: { payloadType: 'x', payload: '', signatures: [] } as never },
      '$.acknowledgement',
    ],
  ])('%s is refused', (_name, answer, path) => {
    expect(() => checkAnswer(without, { decisionId: DECISION, statement, answer })).toThrow(
      expect.objectContaining({ code: 'submit.answer', path }),
    );
  });

  test('without an acknowledgement is refused where a trust file was given', () => {
    const trusting = { ...without, trust: { trust: {}, keys: new Map() } as never };
    const answer = { ...accepted, acknowledgement: null };
    expect(() => checkAnswer(trusting, { decisionId: DECISION, statement, answer })).toThrow(
      expect.objectContaining({ code: 'submit.answer', expected: 'an acknowledgement' }),
    );
  });
});
