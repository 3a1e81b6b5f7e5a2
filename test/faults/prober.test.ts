import { describe, expect, it } from 'vitest';
import { fold } from '../../core/domain/evolve.ts';
import { why } from '../../core/domain/why.ts';
import { linked } from '../core/domain/specification.ts';
import { CHAINS, DECISION } from '../core/domain/world.ts';
import { checkProbes, latencyOf, type Probe } from './prober.ts';

const events = linked(CHAINS.authorized);
const chains = new Map([[DECISION, events]]);
const routed = why(fold(events.slice(0, 4)), []);
const trouble = { what: 'ledger', code: 'ledger.unavailable', detail: 'away', since: '2026-01-01T00:00:00.000Z' };
const troubled = why(fold(events), [{ ...trouble, nextTry: null }]);

function probe(change: Partial<Probe>): Probe {
  return { decision: DECISION, atMs: 0, latencyMs: 20, code: null, tree: routed, answerable: true, ...change };
}

const codes = (probes: readonly Probe[], failing: readonly string[] = []): readonly string[] =>
  checkProbes(probes, chains, failing).map(({ code }) => code);

describe('answers of why', () => {
  it('hold where they name a state of the chain, or nobody could answer', () => {
    const silent = probe({ tree: null, code: 'worker.silent', answerable: false });
    expect(codes([probe({}), silent])).toEqual([]);
    expect(codes([probe({ tree: troubled })], ['ledger.unavailable'])).toEqual([]);
  });

  it('hold where Temporal says that a task waits for a worker', () => {
    const waiting = { what: 'worker', code: 'worker.silent', detail: '', since: trouble.since, nextTry: null };
    expect(codes([probe({ tree: { ...routed, failing: [waiting] } })])).toEqual([]);
  });

  it('are silent where Temporal was there to answer', () => {
    expect(codes([probe({ tree: null, code: 'worker.silent' })])).toEqual(['why.silent']);
  });

  it('are untrue where the chain never was in that state, or nothing failed', () => {
    const closed = why(fold(linked(CHAINS.closed)), []);
    expect(codes([probe({ tree: closed })])).toEqual(['why.untrue']);
    expect(codes([probe({ tree: troubled })])).toEqual(['why.untrue']);
  });

  it('are bare without a code of ours, whoever could answer', () => {
    expect(codes([probe({ tree: null, code: 'bare', answerable: false })])).toEqual(['why.bare']);
  });

  it('are counted where they could be given', () => {
    const probes = [probe({}), probe({ latencyMs: 1_200 }), probe({ answerable: false }), probe({ latencyMs: 40 })];
    expect(latencyOf(probes)).toEqual({ asked: 4, answered: 3, medianMs: 40, longestMs: 1_200, withinASecond: 66 });
  });
});
