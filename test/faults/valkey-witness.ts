import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Trouble } from '../../core/domain/why.ts';
import { hasCode } from '../../core/errors.ts';
import type { RunningHouse } from '../support/running-house.ts';
import { check } from './checker.ts';
import { gather, type KeptPack } from './facts.ts';
import type { Recorder } from './recorder.ts';

/** What is demanded of the whole house during a fault of the ledger, and after it. */

export interface TrueCause {
  readonly code: string;
  readonly says: RegExp;
}

const PAUSE_MS = 100;
const PATIENCE_MS = 30_000;

/**
 * Asks `why`, again and again, until every one of the decisions names the true cause, and for a while after that. Each
 * question has to be answered, nothing else may be named as failing, and how long the answers took is noted.
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
  const ask = async (decisionId: string): Promise<readonly Trouble[]> => {
    const before = performance.now();
    const failing = await troublesOf(house, decisionId);
    latenciesMs.push(Math.round(performance.now() - before));
    return failing;
  };
  const began = performance.now();
  let namedMs: number | undefined;
  while (namedMs === undefined || performance.now() - began < namedMs + longerMs) {
    const troubles = await Promise.all(decisions.map(ask));
    for (const trouble of troubles.flat()) expect(trouble, fault).toMatchObject({ code: cause.code });
    const named = troubles.every((failing) => failing.some(({ detail }) => cause.says.test(detail)));
    if (named) namedMs ??= performance.now() - began;
    else if (performance.now() - began > PATIENCE_MS) expect(troubles.map(detailsOf).join(' / ')).toMatch(cause.says);
    await sleep(PAUSE_MS);
  }
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const figures = { asked: sorted.length, medianMs: sorted[Math.floor(sorted.length / 2)], longestMs: sorted.at(-1) };
  recorder.note('why', { fault, ...figures, namedAfterMs: Math.round(namedMs) });
}

/** What the decision says; not that its worker is still at it, which is Temporal's word. Nothing before it is opened. */
async function troublesOf(house: RunningHouse, decisionId: string): Promise<readonly Trouble[]> {
  try {
    return (await house.client.why(decisionId)).failing.filter(({ code }) => code !== 'worker.silent');
  } catch (error) {
    if (hasCode(error, 'decision.not_found')) return [];
    throw error;
  }
}

function detailsOf(failing: readonly Trouble[]): string {
  return failing.map(({ code, detail }) => `${code}: ${detail}`).join('; ');
}

/** Every invariant of the checker, over everything that was done to these decisions. */
export async function expectSound(
  house: RunningHouse,
  recorder: Recorder,
  decisions: readonly string[],
  kept: readonly KeptPack[] = [],
): Promise<void> {
  const operations = recorder.operations.filter(({ decision }) => decisions.includes(decision));
  expect(check(await gather(house, { ...recorder, operations }, decisions, kept))).toEqual([]);
}
