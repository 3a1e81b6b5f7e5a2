import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { nextEnd } from '../core/domain/deadline.ts';
import type { DecisionState, OpenState, StateAt } from '../core/domain/state.ts';
import { instant } from '../core/domain/vocabulary.ts';
import { why } from '../core/domain/why.ts';

const keys = {
  stage: defineSearchAttributeKey('CountersignStage', SearchAttributeType.KEYWORD),
  waitingFor: defineSearchAttributeKey('CountersignWaitingFor', SearchAttributeType.KEYWORD),
  band: defineSearchAttributeKey('CountersignBand', SearchAttributeType.KEYWORD),
  candidate: defineSearchAttributeKey('CountersignCandidate', SearchAttributeType.KEYWORD),
  target: defineSearchAttributeKey('CountersignTarget', SearchAttributeType.KEYWORD),
  deadline: defineSearchAttributeKey('CountersignDeadline', SearchAttributeType.DATETIME),
} as const;

/**
 * Shows the stage in the visibility list. Each change is a history event, so only a change of stage makes one, or of the
 * deadline by a person's act.
 */
export function showStage(state: DecisionState): void {
  if (state.stage === 'empty') return;
  const shown = workflowInfo().typedSearchAttributes;
  if (shown.get(keys.stage) === state.stage) {
    showMoved(state, shown.get(keys.deadline));
    return;
  }
  const deadline = nextEnd(state);
  upsertSearchAttributes([
    { key: keys.stage, value: state.stage },
    { key: keys.waitingFor, value: why(state, []).waiting[0]?.what ?? null },
    { key: keys.band, value: 'risk' in state ? (state.risk?.risk_band ?? null) : null },
    { key: keys.candidate, value: state.requested.candidate.digest },
    { key: keys.target, value: state.requested.target },
    { key: keys.deadline, value: deadline ? new Date(instant(deadline.at)) : null },
  ]);
}

/** Whoever looks for decisions that end soon finds one whose deadline was moved where it ends now. */
function showMoved(state: OpenState | StateAt<'closed'>, shown: Date | undefined): void {
  if (!('operations' in state) || state.operations?.until === undefined) return;
  const end = nextEnd(state);
  if (end === null || (shown !== undefined && shown.getTime() >= instant(end.at))) return;
  upsertSearchAttributes([{ key: keys.deadline, value: new Date(instant(end.at)) }]);
}
