import { upsertMemo, workflowInfo } from '@temporalio/workflow';
import type { Shown } from '../core/contracts/messages.ts';
import { inFull, type Memo, memoFor, shownFrom } from '../core/contracts/shown.ts';
import { takes } from './patches.ts';

/**
 * Shows in the workflow's memo what the decision is at and what it waits for, where anybody who may describe it reads
 * it, also while no worker is there. A query would be answered by a worker, and one that comes while a local activity
 * runs can make a history unreplayable (ADR 0020). Each change is a history event, so only a change makes one.
 */
export function show(shown: Shown): void {
  if (!takes('shownInMemo')) return;
  const before = shownSoFar();
  if (before !== undefined && isShown(shown, before)) return;
  const { memo, currentDeploymentVersion: build } = workflowInfo();
  upsertMemo(memoFor(shown, memo, build?.buildId));
}

/**
 * Of members that `before` has. A run that began with what another had shown did not change it at first; code that knows
 * a member more must not change it there either, or the history would not replay.
 */
function isShown({ view, why }: Shown, before: Shown): boolean {
  return sameIn(before.view, view) && sameIn(before.why, why);
}

function sameIn(before: object | null, now: object | null): boolean {
  if (before === null || now === null) return before === now;
  return Object.entries(before).every(
    ([member, value]) => JSON.stringify(value) === JSON.stringify((now as Readonly<Record<string, unknown>>)[member]),
  );
}

/** What this run or the one before it has shown last. */
export function shownSoFar(): Shown | undefined {
  const shown = shownFrom(workflowInfo().memo);
  if (shown === undefined) return undefined;
  return isOfOurs(shown) || !takes('knowsItsOwnMemo') ? (shown as Shown) : undefined;
}

/** Of the members that are read here. Whoever may start workflows could have put anything there. */
function isOfOurs(shown: unknown): shown is Shown {
  const { view, why } = (shown ?? {}) as Partial<Shown>;
  const isNamed = (each: { readonly what?: unknown } | null) => typeof each?.what === 'string';
  const isTree = Array.isArray(why?.next) && why.next.every(isNamed);
  return (view === null || typeof view?.stage === 'string') && isTree;
}

/** What the next run begins with: in full, so that a worker which knows no changes shows none of them beside its own. */
export function memoToHandOn(): Memo {
  return inFull(workflowInfo().memo ?? {});
}
