import { describe, expect, it } from 'vitest';
import { canonicalBytes, digestBytes, digestJson } from '../../core/canon/index.ts';
import { hasCode } from '../../core/errors.ts';
import {
  buildClearancePack,
  clearanceBytes,
  clearanceDigest,
  reachable,
  readClearancePack,
  VOCABULARY_MAPPING,
} from '../../pack/index.ts';
import { EVENT_TYPES } from '../../core/domain/events.ts';
import { executed, MiniatureService } from '../verifier/fixture-pack.ts';

const service = new MiniatureService().open().evaluate().approve().claim();
const pack = service.clearancePack();

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (hasCode(error)) return error.code;
    throw error;
  }
}

describe('a clearance pack', () => {
  it('is the whole chain up to the clearance, all it rests on, and the permit', () => {
    expect(pack.events.at(-1)?.event_type).toBe('execution.cleared');
    expect(Object.keys(pack.statements).sort()).toEqual(reachable(pack.events).statements);
    expect(digestJson(pack.permit)).toBe(digestJson(service.permit));
    expect(clearanceDigest(pack)).toBe(digestBytes(clearanceBytes(pack)));
    expect(readClearancePack(clearanceBytes(pack))).toEqual(JSON.parse(JSON.stringify(pack)));
  });

  it('is the same after the decision has gone on', () => {
    expect(clearanceBytes(executed().clearancePack())).toEqual(clearanceBytes(pack));
  });

  it('is not built of another stretch of the chain', () => {
    const maps = { statements: new Map(), documents: new Map(), permit: pack.permit };
    expect(codeOf(() => buildClearancePack({ events: service.events.slice(0, -1), ...maps }))).toBe('pack.not_cleared');
    expect(codeOf(() => buildClearancePack({ events: service.events, ...maps }))).toBe('pack.statement_missing');
  });

  it.each([
    ['no JSON', new Uint8Array()],
    ['another document', canonicalBytes({ _type: 'x' })],
    ['another spelling', new TextEncoder().encode(JSON.stringify(pack, null, 1))],
  ])('is not read from %s', (_, bytes) => {
    expect(codeOf(() => readClearancePack(bytes))).toBe('pack.shape');
  });
});

describe('the vocabulary', () => {
  // shows: R14
  it('is mapped for every type of event, and loses none of the sources', () => {
    expect(Object.keys(VOCABULARY_MAPPING).sort()).toEqual([...EVENT_TYPES].sort());
    const named = Object.values(VOCABULARY_MAPPING).flatMap(({ eventSchema, ledger }) => [...eventSchema, ...ledger]);
    expect(named).toEqual(
      expect.arrayContaining([
        'decision.created',
        'policy.gate',
        'risk.scored',
        'authority.required',
        'approval.added',
        'enforcement.result',
        'decision.executed',
        'decision.expired',
      ]),
    );
  });
});
