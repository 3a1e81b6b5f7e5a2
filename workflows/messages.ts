import { ApplicationFailure, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { DecisionView, SubmitResult } from '../core/contracts/messages.ts';
import { SIGNALS, UPDATES } from '../core/contracts/names.ts';

export const opened = defineUpdate<DecisionView>(UPDATES.opened);

export const submitSignal = defineSignal<[envelope: unknown]>(SIGNALS.submit);

export const standingSignal = defineSignal(SIGNALS.standing);

/** Largest payload of a statement, in characters of base64: what is larger is none, and must not be carried about. */
const MAX_PAYLOAD_CHARACTERS = 90_000;
const MAX_TYPE_CHARACTERS = 255;
const MAX_SIGNATURE_CHARACTERS = 200;

export const submit = {
  definition: defineUpdate<SubmitResult, [envelope: unknown]>(UPDATES.submit),
  /** Form only, and synchronous: an asynchronous validator's refusal is ignored. */
  validate(envelope: unknown): void {
    const problem = formProblem(envelope);
    if (problem) throw ApplicationFailure.nonRetryable(problem, 'envelope.malformed');
  },
} as const;

/**
 * What is wrong with the form of an envelope, for a refusal that leaves no trace in history. Total and cheap, whatever
 * came: it looks at the members an envelope has, and never walks what somebody nested into it.
 */
export function formProblem(envelope: unknown): string | undefined {
  const members = exactly(envelope, ['payloadType', 'payload', 'signatures']);
  if (members === undefined) return 'an envelope has payloadType, payload and signatures, and nothing else';
  const { payloadType, payload, signatures } = members;
  if (!isText(payloadType, MAX_TYPE_CHARACTERS))
    return `a payload type is a text of at most ${MAX_TYPE_CHARACTERS} characters`;
  if (!isText(payload, MAX_PAYLOAD_CHARACTERS))
    return `a payload is a text of at most ${MAX_PAYLOAD_CHARACTERS} characters`;
  if (!Array.isArray(signatures) || signatures.length !== 1) return 'an envelope bears exactly one signature';
  const signature = exactly(signatures[0], ['keyid', 'sig']);
  if (
    signature &&
    isText(signature.keyid, MAX_SIGNATURE_CHARACTERS) &&
    isText(signature.sig, MAX_SIGNATURE_CHARACTERS)
  ) {
    return undefined;
  }
  return 'a signature has keyid and sig, two texts, and nothing else';
}

function exactly<Name extends string>(value: unknown, names: readonly Name[]): Record<Name, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const keys = Object.keys(value);
  if (keys.length !== names.length || !names.every((name) => Object.hasOwn(value, name))) return undefined;
  return value as Record<Name, unknown>;
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most;
}
