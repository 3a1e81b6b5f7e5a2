import { decisionIdOf, decisionOf, statementOf } from '../../activities/step.ts';
import type { Dependencies } from '../../activities/dependencies.ts';
import { record } from '../../activities/recording.ts';
import type { StepInput, StepResult } from '../../core/contracts/activities.ts';
import type { EventDraft } from '../../core/domain/events.ts';

/** A step of which only the first event was appended, and the events that are still to come. */
export interface NaiveStep {
  readonly result: StepResult;
  readonly commandId: string;
  readonly rest: readonly EventDraft[];
}

/** The naive variant of a step: decided as ever, but one append, and so one regular activity, an event. */
export function naiveStep(dependencies: Dependencies): (input: StepInput) => Promise<NaiveStep> {
  const decideOn = decisionOf(dependencies);
  const append = record(dependencies);
  return async (input) => {
    const decided = await decideOn(input);
    if ('refused' in decided) return { result: decided, commandId: '', rest: [] };
    const { command, drafts } = decided;
    const [first, ...rest] = drafts;
    const decisionId = decisionIdOf(input.facts);
    const recorded =
      first === undefined
        ? null
        : await append({
            decisionId,
            expectedHead: input.state.head,
            commandId: rest.length === 0 ? command.id : `${command.id}/0`,
            drafts: [first],
          });
    const result = { refused: null, statement: statementOf(command), recorded, issued: null, tampered: null };
    return { result, commandId: command.id, rest };
  };
}
