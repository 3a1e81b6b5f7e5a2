import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Trouble } from '../../core/domain/why.ts';
import type { Outcome } from '../../core/domain/vocabulary.ts';
import type { RunningHouse } from '../support/running-house.ts';
import { chainOf, typesOf, verifyExported } from '../support/scenario.ts';
import { createRecorder, type Recorder } from './recorder.ts';

/** What is demanded of the whole house during a fault of the ledger, and after it. */

export interface TrueCause {
  readonly code: string;
  readonly says: RegExp;
}

const PAUSE_MS = 100;
const PATIENCE_MS = 30_000;

/** A history of its own for what was measured; a fault's figures are notes in it. */
export function witnessOf(name: string): Recorder {
  return createRecorder({ name, seed: 0 });
}

/**
 * Asks `why`, again and again, until every one of the decisions names the true cause, and for `longerMs` after that.
 * Each question has to be answered; how long that took is noted, and nothing else may be named as failing.
 */
export async function expectWhy(
  house: RunningHouse,
  recorder: Recorder,
  fault: string,
  decisions: readonly string[],
  cause: TrueCause,
  longerMs = 800,
): Promise<void> {
  const latenciesMs: number[] = [];
  const began = performance.now();
  let named: number | undefined;
  while (named === undefined || performance.now() - began < named + longerMs) {
    const asked = decisions.map(async (decisionId) => {
      const before = performance.now();
      const { failing } = await house.client.why(decisionId);
      latenciesMs.push(Math.round(performance.now() - before));
      return failing;
    });
    const troubles = await Promise.all(asked);
    for (const trouble of troubles.flat()) expect(trouble, fault).toMatchObject({ code: cause.code });
    const allSay = troubles.every((failing) => failing.some(({ detail }) => cause.says.test(detail)));
    if (allSay) named ??= performance.now() - began;
    else if (performance.now() - began > PATIENCE_MS)
      expect(troubles.map(detailsOf).join(' / '), fault).toMatch(cause.says);
    await sleep(PAUSE_MS);
  }
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const figures = { asked: sorted.length, medianMs: sorted[Math.floor(sorted.length / 2)], longestMs: sorted.at(-1) };
  recorder.note('why', { fault, ...figures, namedAfterMs: Math.round(named) });
}

function detailsOf(failing: readonly Trouble[]): string {
  return failing.map(({ code, detail }) => `${code}: ${detail}`).join('; ');
}

/** The decision has ended as it should: one chain, the same for ledger, workflow and pack, and every event once. */
export async function expectEnded(
  house: RunningHouse,
  decisionId: string,
  types: readonly string[],
  outcome: Outcome = 'executed',
): Promise<void> {
  const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: PATIENCE_MS });
  await expect.poll(async () => (await house.client.state(decisionId)).pack, { timeout: PATIENCE_MS }).not.toBeNull();
  const events = await chainOf(house, decisionId);
  expect(typesOf(events)).toEqual(types);
  expect(view.head).toEqual({ sequence: events.length, hash: events.at(-1)?.integrity_hash });
  expect(view.outcome).toBe(outcome);
  const report = await verifyExported(house, decisionId, outcome);
  expect({ evidence: report.evidence, level: report.level }).toMatchObject({ evidence: 'holds' });
}

export const EXECUTED = [
  'decision.requested',
  'policy.evaluated',
  'risk.evaluated',
  'authority.routed',
  'authority.approved',
  'execution.cleared',
  'execution.confirmed',
] as const;
