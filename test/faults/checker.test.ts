import { describe, expect, it } from 'vitest';
import type { DecisionEvent, EventDraft } from '../../core/domain/events.ts';
import { linked } from '../core/domain/specification.ts';
import { BASIS, BOTH, CHAINS, cleared, confirmed, DECISION, digest, refusedWith } from '../core/domain/world.ts';
import { check, type DecisionFacts, FINDING_CODES, type FindingCode, type RunFacts } from './checker.ts';
import type { Operation } from './recorder.ts';

/** For each invariant a run that violates it, made by hand, and is found. */

const events = linked(CHAINS.closed);
const APPROVAL = BOTH[0]!.statement;

function decisionOf(chain: readonly DecisionEvent[], change: Partial<DecisionFacts> = {}): DecisionFacts {
  const last = chain.at(-1)!;
  const head = { sequence: last.sequence, hash: last.integrity_hash };
  return {
    decision: DECISION,
    events: chain,
    unreadable: null,
    head,
    workflow: { head, stage: 'closed', outcome: 'executed' },
    unreplayable: null,
    pack: { digest: digest('pack'), events: chain, outcome: 'executed', evidence: 'holds', level: 'C2' },
    ...change,
  };
}

function operation(change: Partial<Operation> = {}): Operation {
  return {
    index: 0,
    process: 'p-ann',
    kind: 'approve',
    channel: 'update',
    decision: DECISION,
    statement: APPROVAL,
    invokedAtMs: 0,
    completedAtMs: 5,
    outcome: 'ok',
    code: null,
    detail: '',
    acknowledged: acknowledging(events.findIndex((event) => 'statement' in event && event.statement === APPROVAL)),
    pack: null,
    ...change,
  };
}

function acknowledging(index: number): Operation['acknowledged'] {
  const event = events[index]!;
  const place = { chain: DECISION, sequence: index + 1, event: event.integrity_hash };
  return { ...place, statement: APPROVAL, verdict: 'accepted' };
}

const GOOD: RunFacts = {
  operations: [operation()],
  decisions: [decisionOf(events)],
  addenda: new Map(),
  signedBasis: new Map(BOTH.map(({ statement }) => [statement, BASIS])),
  earlierPacks: [{ decision: 'earlier', before: digest('p'), after: digest('p'), evidence: 'holds' }],
};

const withEvents = (drafts: readonly EventDraft[]): RunFacts => ({ ...GOOD, decisions: [decisionOf(linked(drafts))] });
const withDecision = (change: Partial<DecisionFacts>): RunFacts => ({
  ...GOOD,
  decisions: [decisionOf(events, change)],
});
const withOperation = (change: Partial<Operation>): RunFacts => ({ ...GOOD, operations: [operation(change)] });
const { authorized, routed } = CHAINS;
const head = { sequence: events.length, hash: events.at(-1)!.integrity_hash };

/** The same person in both slots, by a second statement, and by the same statement. */
const samePerson = BOTH.map((filled) => ({ ...filled, actor_id: 'p-ann' }));
const sameStatement = BOTH.map((filled) => ({ ...filled, statement: APPROVAL }));

const VIOLATIONS: readonly (readonly [what: string, facts: RunFacts, found: readonly FindingCode[]])[] = [
  [
    'an acknowledged event beyond the end of the chain',
    withOperation({ acknowledged: { ...acknowledging(4)!, sequence: 40 } }),
    ['acknowledged.missing'],
  ],
  [
    'another event where one was acknowledged',
    withOperation({ acknowledged: { ...acknowledging(4)!, event: digest('other') } }),
    ['acknowledged.missing'],
  ],
  [
    'an acknowledged event about another statement',
    withOperation({ acknowledged: { ...acknowledging(4)!, statement: digest('x') } }),
    ['acknowledged.missing'],
  ],
  [
    'an acknowledged addendum that is nowhere',
    withOperation({ acknowledged: { ...acknowledging(4)!, chain: 'addendum' } }),
    ['acknowledged.missing'],
  ],
  [
    'a statement refused after it was counted',
    withEvents([
      ...authorized,
      { ...refusedWith('approval.repeated', 'p-ann', 170), statement: APPROVAL },
      cleared(180),
      confirmed(240),
    ]),
    ['acknowledged.doubled'],
  ],
  [
    'a changed event',
    {
      ...GOOD,
      decisions: [
        decisionOf(events.map((event, i) => (i === 2 ? { ...event, timestamp: '2030-01-01T00:00:00.000Z' } : event))),
      ],
    },
    ['agreement.workflow', 'chain.invalid'],
  ],
  [
    'a gap',
    { ...GOOD, operations: [], decisions: [decisionOf(events.filter((_, i) => i !== 1))] },
    ['agreement.workflow', 'chain.invalid'],
  ],
  [
    'a chain that the ledger will not read',
    { ...withDecision({ unreadable: 'ledger.corrupt' }), operations: [] },
    ['chain.invalid'],
  ],
  ['a head that is not the last event', withDecision({ head: { ...head, hash: digest('other') } }), ['chain.head']],
  ['a history that nobody could take up', withDecision({ unreplayable: 'TMPRL1100' }), ['history.unreplayable']],
  [
    'a decision that never ends',
    { ...withDecision({}), decisions: [decisionOf(linked(routed), { workflow: null, pack: null })], operations: [] },
    ['agreement.workflow', 'outcome.none'],
  ],
  [
    'a decision that ends twice',
    withEvents([...CHAINS.closed, confirmed(250)]),
    ['agreement.workflow', 'outcome.several'],
  ],
  [
    'one person in two slots',
    withEvents([...authorized, cleared(180, { assignment: samePerson }), confirmed(240)]),
    ['approval.doubled'],
  ],
  [
    'one statement in two slots',
    withEvents([...authorized, cleared(180, { assignment: sameStatement }), confirmed(240)]),
    ['approval.doubled'],
  ],
  [
    'an approval of another basis',
    { ...GOOD, signedBasis: new Map([...GOOD.signedBasis, [APPROVAL, digest('other basis')]]) },
    ['approval.other_basis'],
  ],
  ['a statement that nobody signed', { ...GOOD, signedBasis: new Map() }, ['approval.other_basis']],
  ['a workflow that does not answer', withDecision({ workflow: null }), ['agreement.workflow']],
  [
    'a workflow that is behind',
    withDecision({ workflow: { head, stage: 'cleared', outcome: null } }),
    ['agreement.workflow'],
  ],
  [
    'a workflow with another outcome',
    withDecision({ workflow: { head, stage: 'closed', outcome: 'denied' } }),
    ['agreement.workflow'],
  ],
  ['no pack at the end', withDecision({ pack: null }), ['agreement.pack']],
  [
    'a pack that lacks an event',
    withDecision({ pack: { ...decisionOf(events).pack!, events: events.slice(0, -1) } }),
    ['agreement.pack'],
  ],
  [
    'a pack with another outcome',
    withDecision({ pack: { ...decisionOf(events).pack!, outcome: 'denied' } }),
    ['agreement.pack'],
  ],
  [
    'a pack that does not hold',
    withDecision({ pack: { ...decisionOf(events).pack!, evidence: 'does_not_hold' } }),
    ['pack.unverified'],
  ],
  [
    'an earlier pack whose bytes changed',
    { ...GOOD, earlierPacks: [{ ...GOOD.earlierPacks[0]!, after: digest('q') }] },
    ['pack.changed'],
  ],
  [
    'an earlier pack that no longer holds',
    { ...GOOD, earlierPacks: [{ ...GOOD.earlierPacks[0]!, evidence: 'does_not_hold' }] },
    ['pack.unverified'],
  ],
  [
    'a failure without a code',
    withOperation({ outcome: 'unknown', code: null, acknowledged: null }),
    ['failure.silent'],
  ],
  [
    'a failure with a code of nobody',
    withOperation({ outcome: 'fail', code: 'ECONNRESET', acknowledged: null }),
    ['failure.silent'],
  ],
];

describe('the checker', () => {
  it('finds nothing in a run in which all holds, whatever its operations met', () => {
    const silent = operation({ index: 1, outcome: 'unknown', code: 'worker.silent', acknowledged: null });
    const inFlight = operation({ index: 2, outcome: 'unknown', completedAtMs: null, acknowledged: null });
    expect(check({ ...GOOD, operations: [...GOOD.operations, silent, inFlight] })).toEqual([]);
  });

  it.each(VIOLATIONS)('finds %s', (_what, facts, found) => {
    expect([...new Set(check(facts).map(({ code }) => code))].toSorted()).toEqual(found);
  });

  it('was shown a violation of each invariant', () => {
    expect(new Set(VIOLATIONS.flatMap(([, , found]) => found))).toEqual(new Set(FINDING_CODES));
  });
});
