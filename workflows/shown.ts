import { patched, upsertMemo, workflowInfo } from '@temporalio/workflow';
import type { Shown } from '../core/contracts/messages.ts';
import { MEMO } from '../core/contracts/names.ts';
import { PATCHES } from './patches.ts';

/**
 * Shows in the workflow's memo what the decision is at and what it waits for, where anybody who may describe it reads
 * it, also while no worker is there. A query would be answered by a worker, and one that comes while a local activity
 * runs can make a history unreplayable (ADR 0020). Each change is a history event, so only a change makes one.
 */
export function show(shown: Shown): void {
  if (!patched(PATCHES.shownInMemo)) return;
  if (JSON.stringify(shownSoFar()) === JSON.stringify(shown)) return;
  upsertMemo({ [MEMO]: shown });
}

/** What this run or the one before it has shown last. */
export function shownSoFar(): Shown | undefined {
  return workflowInfo().memo?.[MEMO] as Shown | undefined;
}
