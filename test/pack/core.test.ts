import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalize, digestJson, type Envelope } from '../../core/canon/index.ts';
import type { DecisionEvent } from '../../core/domain/events.ts';
import {
  buildCore,
  type CoreInput,
  coreBytes,
  PackError,
  type PackErrorCode,
  reachable,
  readCore,
} from '../../pack/index.ts';
import { digestOf, T } from '../documents/fixtures.ts';
import {
  deniedEarly,
  endorsedRoster,
  executed,
  MiniatureService,
  nextRoster,
  rosterChanged,
} from '../verifier/fixture-pack.ts';

const service = executed();
const core = service.core();

function input(overrides: Partial<CoreInput> = {}): CoreInput {
  const { statements, documents } = reachable(service.events);
  return {
    events: service.events,
    statements: new Map(statements.map((key) => [key, service.statements.get(key) as Envelope])),
    documents: new Map(documents.map((key) => [key, service.documents.get(key) as Uint8Array])),
    conformanceTarget: 'L7GS-C2',
    exportedAt: '2026-02-24T20:20:00.000Z',
    exportedBy: 's-seal',
    ...overrides,
  };
}

function refusal(action: () => unknown): PackErrorCode | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof PackError) return error.code;
    throw error;
  }
}

describe('what a chain names', () => {
  // shows: R88
  it('is every statement and document that it rests on, once, and sorted', () => {
    const { statements, documents, optionalStatements, optionalDocuments } = reachable(service.events);
    // Request, evidence, two endorsements each of policy and roster, approval, claim, permit, receipt.
    expect(statements).toHaveLength(10);
    // Policy, evidence packet, roster, basis, brief.
    expect(documents).toHaveLength(5);
    expect(statements.toSorted()).toEqual(statements);
    expect([optionalStatements, optionalDocuments]).toEqual([[], []]);
  });

  it('includes the roster in force at clearance, and what was refused', () => {
    const changed = reachable(rosterChanged().events);
    expect(changed.documents).toHaveLength(6);
  });

  it('does not need what nobody read before an early end', () => {
    const opened = new MiniatureService().open();
    const { statements, documents, optionalStatements, optionalDocuments } = reachable(opened.events);
    const { digest, endorsements } = opened.rosterReference;
    expect([statements, documents]).toEqual([[opened.request.digest, ...endorsements].sort(), [digest]]);
    expect(optionalStatements).toHaveLength(1);
    expect(optionalDocuments).toHaveLength(2);
  });

  it('includes what a denial was evaluated under, and not a policy that was never in force', () => {
    const early = deniedEarly();
    const { statements, documents, optionalStatements, optionalDocuments } = reachable(early.events);
    const { packet, statement } = early.request.statement.evidence;
    const { digest: policy } = (early.events.at(-1) as unknown as { policy: { digest: string } }).policy;
    expect(documents).toEqual([policy, packet, early.rosterReference.digest].sort());
    expect(statements).toContain(statement);
    expect(statements).toHaveLength(6);
    expect([optionalStatements, optionalDocuments]).toEqual([[], [early.request.statement.policy.digest]]);
  });

  it('includes the roster under which a claim was refused', () => {
    const refused = new MiniatureService().open().evaluate();
    const before = reachable(refused.events).documents;
    refused.claim({}, T.approved, endorsedRoster(nextRoster()));
    expect(reachable(refused.events).documents).toEqual([...before, digestJson(nextRoster())].sort());
  });

  it('is nothing for an event of another shape', () => {
    const hostile = [
      { event_type: 'constructor' },
      { event_type: 'decision.requested', request: 7, evidence: null },
      {},
      { event_type: 9 },
    ];
    expect(reachable(hostile)).toEqual({
      statements: [],
      documents: [],
      optionalStatements: [],
      optionalDocuments: [],
      packs: [],
    });
  });
});

describe('the core', () => {
  // shows: R92, R94
  it('holds the chain, its head and all it names, and reads back', () => {
    expect(core).toMatchObject({
      outcome: 'executed',
      decision_id: service.decisionId,
      head: { sequence: 7 },
      anchor: { type: 'none' },
    });
    expect(Object.keys(core.statements).sort()).toEqual(reachable(service.events).statements);
    expect(canonicalize(readCore(JSON.parse(canonicalize(core))))).toBe(canonicalize(core));
  });

  // shows: R104
  it('embeds documents with their type and size, and large files by digest only', () => {
    for (const [digest, { media_type, size, content }] of Object.entries(core.documents)) {
      expect(digestJson(content)).toBe(digest);
      expect(canonicalBytes(content)).toHaveLength(size);
      expect(content['_type']).toBe(media_type);
    }
    expect(canonicalize(core)).toContain('https://evidence.example/rollback-package');
  });

  // shows: R102
  it('has the same bytes each time (R102)', () => {
    expect(coreBytes(buildCore(input()))).toEqual(coreBytes(buildCore(input())));
  });

  // shows: R94
  it.each<[string, PackErrorCode, () => Partial<CoreInput>]>([
    [
      'a chain that does not hold',
      'pack.chain',
      () => ({ events: [{ ...service.events[0], actor_id: 'p-other' } as DecisionEvent, ...service.events.slice(1)] }),
    ],
    ['no chain', 'pack.chain', () => ({ events: [] })],
    [
      'a statement that is missing',
      'pack.statement_missing',
      () => ({ statements: new Map([...input().statements].slice(1)) }),
    ],
    [
      'a document that is missing',
      'pack.document_missing',
      () => ({ documents: new Map([...input().documents].slice(1)) }),
    ],
    [
      'a document that no event names',
      'pack.foreign',
      () => ({ documents: new Map([...input().documents, [digestOf('stranger'), new Uint8Array()]]) }),
    ],
    [
      'an earlier pack that no event names',
      'pack.foreign',
      () => ({ packs: new Map([[digestOf('x'), new Uint8Array()]]) }),
    ],
    ['a statement under another digest', 'pack.digest', () => ({ statements: swapped(input().statements) })],
    ['a document under another digest', 'pack.digest', () => ({ documents: swapped(input().documents) })],
  ])('is not built of %s', (_, code, change) => {
    expect(refusal(() => buildCore(input(change())))).toBe(code);
  });

  // shows: R94
  it('is not built of a decision that is still open', () => {
    const open = new MiniatureService().open().evaluate();
    expect(refusal(() => open.core())).toBe('pack.not_closed');
  });

  it.each([
    ['a member of its own', { ...core, waived: true }],
    ['no events', { ...core, events: [] }],
    ['another type', { ...core, _type: 'x' }],
    ['null', null],
  ])('is not read with %s', (_, value) => {
    expect(refusal(() => readCore(JSON.parse(JSON.stringify(value))))).toBe('pack.shape');
  });

  function swapped<V>(from: ReadonlyMap<string, V>): Map<string, V> {
    const keys = [...from.keys()];
    return new Map(keys.map((key, index) => [key, from.get(keys[(index + 1) % keys.length] ?? key) as V]));
  }
});
