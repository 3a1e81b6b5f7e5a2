import { hasCode } from '../../core/errors.ts';
import type { Ledger } from '../../ledger/index.ts';
import type { Metrics } from './metrics.ts';

/** One thing that a worker needs, and what is wrong with it: codes and settings, never a secret. */
export interface ReadinessItem {
  readonly name: string;
  readonly ok: boolean;
  /** Code of what fails; null where nothing does. */
  readonly code: string | null;
  /** What to look at, for an operator; empty where nothing is wrong. */
  readonly detail: string;
}

export interface ReadinessSources {
  readonly ledger: Ledger;
  readonly checkStore: () => Promise<void>;
  readonly checkTemporal: () => Promise<void>;
  readonly workerState: () => string;
  readonly metrics: Metrics;
}

export interface Readiness {
  readonly ready: boolean;
  readonly items: readonly ReadinessItem[];
}

/** How old an answer may be: however often somebody asks, the servers are asked once in as long. */
const FRESH_MS = 1_000;

/** Answers whether this worker could carry a decision on now. Asking again within a second gives the same answer. */
export function createReadiness(sources: ReadinessSources): () => Promise<Readiness> {
  let last: { at: number; answer: Promise<Readiness> } | undefined;
  return () => {
    const at = performance.now();
    if (last === undefined || at - last.at > FRESH_MS) last = { at, answer: ask(sources) };
    return last.answer;
  };
}

async function ask({ ledger, checkStore, checkTemporal, workerState, metrics }: ReadinessSources): Promise<Readiness> {
  const parts = await Promise.all([
    attempt('temporal', checkTemporal),
    askLedger(ledger, metrics),
    attempt('store', checkStore),
  ]);
  const groups = [[askWorker(workerState)], ...parts];
  for (const [first] of groups) if (first !== undefined) metrics.ready.set({ item: first.name }, first.ok ? 1 : 0);
  const items = groups.flat();
  return { ready: items.every(({ ok }) => ok), items };
}

function askWorker(workerState: () => string): ReadinessItem {
  const state = workerState();
  const ok = state === 'RUNNING';
  return { name: 'worker', ok, code: ok ? null : 'worker.not_running', detail: ok ? '' : `the worker is ${state}` };
}

/** The ledger's own checks: one item while all hold, and one more for each that does not. */
async function askLedger(ledger: Ledger, metrics: Metrics): Promise<readonly ReadinessItem[]> {
  metrics.ledgerChecks.reset();
  try {
    const { ok, checks } = await ledger.check();
    metrics.ledgerHealthy.set(ok ? 1 : 0);
    for (const check of checks) metrics.ledgerChecks.set({ check: check.name }, check.ok ? 1 : 0);
    const failing = checks.filter((check) => !check.ok);
    return [
      { name: 'ledger', ok, code: failing[0]?.code ?? null, detail: ok ? '' : `${failing.length} checks do not hold` },
      ...failing.map(({ name, code, expected, got }) => ({
        name: `ledger ${name}`,
        ok: false,
        code,
        detail: `expected ${expected}, got ${got}`,
      })),
    ];
  } catch (error) {
    metrics.ledgerHealthy.set(0);
    return [failure('ledger', error)];
  }
}

async function attempt(name: string, check: () => Promise<void>): Promise<readonly ReadinessItem[]> {
  try {
    await check();
    return [{ name, ok: true, code: null, detail: '' }];
  } catch (error) {
    return [failure(name, error)];
  }
}

/** Of an error without a code nothing is repeated: its text may hold anything. */
function failure(name: string, error: unknown): ReadinessItem {
  if (!hasCode(error)) return { name, ok: false, code: `${name}.unreachable`, detail: 'no answer' };
  return { name, ok: false, code: error.code, detail: error.got };
}
