import { ApplicationFailure, defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { DecisionView, SubmitResult } from '../core/contracts/messages.ts';
import { QUERIES, SIGNALS, UPDATES } from '../core/contracts/names.ts';
import type { CauseTree } from '../core/domain/why.ts';

export const queries = {
  state: defineQuery<DecisionView>(QUERIES.state),
  why: defineQuery<CauseTree>(QUERIES.why),
} as const;

export const opened = defineUpdate<DecisionView>(UPDATES.opened);

export const submitSignal = defineSignal<[envelope: unknown]>(SIGNALS.submit);

/** Largest statement envelope, in characters of JSON: what is larger is no statement, and must not enter history. */
export const MAX_ENVELOPE_CHARACTERS = 96 * 1024;

export const submit = {
  definition: defineUpdate<SubmitResult, [envelope: unknown]>(UPDATES.submit),
  /** Form only, and synchronous: an asynchronous validator's refusal is ignored. */
  validate(envelope: unknown): void {
    const problem = formProblem(envelope);
    if (problem) throw ApplicationFailure.nonRetryable(problem, 'envelope.malformed');
  },
} as const;

/** What is wrong with the form of an envelope, for a refusal that leaves no trace in history. */
export function formProblem(envelope: unknown): string | undefined {
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope)) return 'an envelope is a JSON object';
  const { payloadType, payload, signatures } = envelope as Record<string, unknown>;
  if (typeof payloadType !== 'string' || typeof payload !== 'string' || !Array.isArray(signatures)) {
    return 'an envelope has payloadType, payload and signatures';
  }
  if (signatures.length !== 1) return 'an envelope bears exactly one signature';
  if (JSON.stringify(envelope).length > MAX_ENVELOPE_CHARACTERS) return `an envelope has at most ${MAX_ENVELOPE_CHARACTERS} characters`;
  return undefined;
}
