import { describe, expect, it } from 'vitest';
import { abortReport } from '../../cli/past/abort.ts';
import type { Level } from '../../verifier/index.ts';
import { hasCode } from '../../core/errors.ts';
import { type Observation, OBSERVATION_TYPE } from '../../documents/observation.ts';
import { CANDIDATE, digestOf, fixtureEvidence, T } from '../documents/fixtures.ts';
import { denied, executed, MiniatureService, promoted, unconfirmed } from '../verifier/fixture-pack.ts';
import { PackFolders } from './pack-folders.ts';

/** What whoever runs a release is told, out of a pack that a stranger could verify (R85); the rules in evaluation/abort.test.ts. */

const packs = new PackFolders();
let count = 0;

const OBSERVED: Observation = {
  _type: OBSERVATION_TYPE,
  candidate: CANDIDATE.digest,
  observed_at: T.finished,
  stage: 'canary',
  hard_invariants: { failed: [] },
  metrics: [{ metric: 'latency_p99_ms', value: 20, over_s: 0 }],
  canary: { traffic_percent: 5, elapsed_s: 60, cost: { amount: 1, currency: 'EUR' } },
};

function told(
  pack: string,
  changes: Partial<Observation> = {},
  { at = T.finished, require = 'C2' as Level }: { readonly at?: string; readonly require?: Level } = {},
) {
  count += 1;
  const observed = packs.write(`observed-${count}.json`, JSON.stringify({ ...OBSERVED, ...changes }, null, 2));
  return abortReport({ pack, trust: packs.trust, require, observed, at, maxAgeS: 300 });
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (hasCode(error)) return error.code;
    throw error;
  }
}

const added = (service: MiniatureService): string => packs.add(service);

describe('abort', () => {
  it('stops where a condition that names a stop condition was not kept, whatever was measured', () => {
    const conditioned = (verdict: 'breached' | 'discharged'): string =>
      added(
        new MiniatureService()
          .open()
          .evaluate()
          .approveIf({ stops: 'latency_p99_ms' })
          .claim()
          .condition({ verdict })
          .confirm(),
      );
    expect(told(conditioned('discharged')).action).toBe('continue');
    expect(told(conditioned('breached'))).toMatchObject({
      action: 'reduce_traffic_or_abort',
      firings: [{ rule: 'latency_p99_ms', metric: 'latency_p99_ms', because: 'breached' }],
    });
  });

  // shows: R85
  it('answers under the plan of the pack, and names what the basis says is restored', () => {
    const pack = added(promoted());
    expect(told(pack)).toMatchObject({
      action: 'continue',
      candidate: CANDIDATE.digest,
      target: 'prod-gateway-01',
      rollback_target: fixtureEvidence().sections.rollback?.target,
    });
    const late = told(pack, { metrics: [{ metric: 'latency_p99_ms', value: 20.5, over_s: 300 }] });
    expect(late).toMatchObject({
      action: 'reduce_traffic_or_abort',
      firings: [{ threshold: 'at_most 20, for 300 s', observed: '20.5, for 300 s' }],
    });
    expect(told(pack, { hard_invariants: null }).action).toBe('abort_immediately');
  });

  it('answers also where nobody knows whether it ran', () => {
    expect(told(added(unconfirmed())).action).toBe('continue');
  });

  it.each<[string, string, () => unknown]>([
    ['a pack that does not hold', 'abort.pack', () => told(packs.addTorn(executed()))],
    ['a pack below the level', 'abort.pack', () => told(added(executed()), {}, { require: 'C3' })],
    ['a decision that let nothing out', 'abort.nothing_released', () => told(added(denied()))],
    [
      'what was observed elsewhere',
      'abort.other_candidate',
      () => told(added(executed()), { candidate: digestOf('B') }),
    ],
    ['an observation of yesterday', 'abort.stale', () => told(added(executed()), {}, { at: later(T.finished, 301) })],
    ['an observation of tomorrow', 'abort.stale', () => told(added(executed()), {}, { at: later(T.finished, -61) })],
  ])('gives no answer for %s', (_, code, ask) => {
    expect(codeOf(ask)).toBe(code);
  });

  it('gives no answer where the packet has no plan', () => {
    const { release_plan: _, ...others } = fixtureEvidence().sections;
    expect(codeOf(() => told(added(executed({ packet: fixtureEvidence({ sections: others }) }))))).toBe(
      'abort.no_plan',
    );
  });
});

function later(at: string, seconds: number): string {
  return new Date(Date.parse(at) + seconds * 1000).toISOString();
}
