import { setTimeout as sleep } from 'node:timers/promises';
import type { CauseTree } from '../../core/domain/why.ts';
import type { DecisionEvent } from '../../core/domain/events.ts';
import { fold } from '../../core/domain/evolve.ts';
import { initialState } from '../../core/domain/state.ts';
import { why } from '../../core/domain/why.ts';
import type { RunningHouse } from '../support/running-house.ts';
import type { Finding } from './checker.ts';
import { CLOSED_CODES, outcomeOfError } from './outcome.ts';

/** Asks every decision `why`, all the time, and keeps what it was told and how long that took. */

export const PROBE_CODES = [
  /** Temporal was there, and `why` did not answer. */
  'why.silent',
  /** It named a cause that was none: no state of the chain waits for it, and nothing like it was failing. */
  'why.untrue',
  /** It could not answer, and did not say so by a code of the closed union. */
  'why.bare',
] as const;
export type ProbeCode = (typeof PROBE_CODES)[number];

export interface Probe {
  readonly decision: string;
  readonly atMs: number;
  readonly latencyMs: number;
  /** The error's code; `bare` where it has none. */
  readonly code: string | null;
  readonly tree: CauseTree | null;
  /** Whether Temporal was there from the question to the answer. */
  readonly answerable: boolean;
}

/** Temporal's own word of a task that nobody has finished, true whenever it says so. */
const OF_TEMPORAL = 'worker.silent';

/** Answers of which Temporal has no decision: none yet, none any more, or a request that was refused for the ledger's. */
const NO_DECISION: ReadonlySet<string> = new Set(['decision.not_found', 'decision.conflict', 'request.refused']);

const PAUSE_MS = 150;

export class Prober {
  readonly probes: Probe[] = [];
  readonly #house: RunningHouse;
  #running = true;
  #answerable = true;
  /** Counts the changes, so that a question which was under way meanwhile counts as neither. */
  #changes = 0;
  readonly #loops: Promise<void>[] = [];

  constructor(house: RunningHouse) {
    this.#house = house;
  }

  watch(decision: string): void {
    this.#loops.push(this.#loop(decision));
  }

  /** Temporal is away until `work` is done. */
  async unanswerable<T>(work: () => Promise<T>): Promise<T> {
    this.#answerable = false;
    this.#changes += 1;
    try {
      return await work();
    } finally {
      this.#answerable = true;
      this.#changes += 1;
    }
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
  }

  async #loop(decision: string): Promise<void> {
    while (this.#running) {
      const changes = this.#changes;
      const began = performance.now();
      const { tree, code } = await this.#ask(decision);
      const latencyMs = Math.round(performance.now() - began);
      const answerable = this.#answerable && changes === this.#changes;
      if (!NO_DECISION.has(code ?? ''))
        this.probes.push({ decision, atMs: Date.now(), latencyMs, code, tree, answerable });
      await sleep(PAUSE_MS);
    }
  }

  async #ask(decision: string): Promise<Pick<Probe, 'tree' | 'code'>> {
    try {
      return { tree: await this.#house.client.why(decision), code: null };
    } catch (error) {
      return { tree: null, code: outcomeOfError(error).code ?? 'bare' };
    }
  }
}

/** @param failing codes that the fault may truly show; none unless given */
export function checkProbes(
  probes: readonly Probe[],
  chains: ReadonlyMap<string, readonly DecisionEvent[]>,
  failing: readonly string[] = [],
): readonly Finding<ProbeCode>[] {
  const truths = new Map([...chains].map(([decision, events]) => [decision, causesOf(events)]));
  return probes.flatMap(({ decision, tree, code, answerable }): Finding<ProbeCode>[] => {
    if (tree === null) {
      if (!CLOSED_CODES.has(code ?? '')) return [{ code: 'why.bare', chain: decision, detail: String(code) }];
      return answerable ? [{ code: 'why.silent', chain: decision, detail: `it answered ${code}` }] : [];
    }
    const told = causeOf(tree);
    const known = [OF_TEMPORAL, ...failing];
    const untrue = tree.failing.filter((trouble) => !known.includes(trouble.code)).map((trouble) => trouble.code);
    if (!(truths.get(decision)?.has(told) ?? false)) untrue.push(told);
    return untrue.map((what) => ({ code: 'why.untrue', chain: decision, detail: what }));
  });
}

/** What a decision truly waited for, at one time or another. */
function causesOf(events: readonly DecisionEvent[]): ReadonlySet<string> {
  const prefixes = [initialState(), ...events.map((_, index) => fold(events.slice(0, index + 1)))];
  return new Set(prefixes.map((state) => causeOf(why(state, []))));
}

function causeOf({ stage, status, waiting }: CauseTree): string {
  return `${stage}, ${status}: ${waiting.map(({ what, says }) => `${what} (${says})`).join('; ')}`;
}

export interface Latency {
  readonly asked: number;
  readonly answered: number;
  readonly medianMs: number;
  readonly longestMs: number;
  /** Percent of those that could be answered and were, within the second that is demanded. */
  readonly withinASecond: number;
}

export function latencyOf(probes: readonly Probe[]): Latency {
  const answered = probes.filter(({ answerable, tree }) => answerable && tree !== null);
  const sorted = answered.map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b);
  const within = sorted.filter((latencyMs) => latencyMs <= 1_000).length;
  return {
    asked: probes.length,
    answered: answered.length,
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    longestMs: sorted.at(-1) ?? 0,
    withinASecond: sorted.length === 0 ? 0 : Math.floor((100 * within) / sorted.length),
  };
}
