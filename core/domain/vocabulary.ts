/** The nouns every room shares. `as const` arrays, so that schemas, switches and docs come from one place. */

export const STATUSES = [
  'draft',
  'evaluated',
  'pending_authority',
  'authorized',
  'denied',
  'executed',
  'expired',
  'cancelled',
] as const;
/** Status of a decision (R18). */
export type Status = (typeof STATUSES)[number];

export const OUTCOMES = [
  'executed',
  'execution_failed',
  'unconfirmed',
  'denied',
  'expired',
  'cancelled',
  'no_op',
] as const;
/**
 * How a closed decision ended. `unconfirmed`: cleared, and no receipt came before the confirmation deadline (ruling 9).
 * `no_op`: the change is allowed, and not worth making (R86); its status is `denied`.
 */
export type Outcome = (typeof OUTCOMES)[number];

/** Those under which something was cleared, so that it may have run. */
export const CLEARED_OUTCOMES = ['executed', 'execution_failed', 'unconfirmed'] as const satisfies readonly Outcome[];

export const BANDS = ['low', 'medium', 'high', 'critical'] as const;
/** Risk band (R37, ruling 1). */
export type Band = (typeof BANDS)[number];

export const GATE_RESULTS = ['allow', 'deny', 'escalate'] as const;
/** What a gate, or all gates together, say (R28). The strictest wins: deny over escalate over allow. */
export type GateResult = (typeof GATE_RESULTS)[number];

export const VIABILITY_VERDICTS = [
  'quarantine',
  'require_separate_governance_review',
  'no_op',
  'propose_shadow_release',
] as const;
/** What the viability rules say of a candidate (R86). */
export type ViabilityVerdict = (typeof VIABILITY_VERDICTS)[number];

/** Denials that mean "change nothing": nobody refused, and nothing was wrong with the candidate. */
export const NO_OP_DENIALS = ['viability.no_op_reserve', 'viability.no_op_threshold'] as const;

export function isNoOp(code: string): boolean {
  return NO_OP_DENIALS.some((noOp) => noOp === code);
}

export const ENVIRONMENTS = ['dev', 'staging', 'production'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

export const EXECUTION_RESULTS = ['success', 'failure', 'unknown', 'not_executed'] as const;
/** `unknown`: the executor started and cannot say how it ended; `not_executed`: it refused before it started. */
export type ExecutionResult = (typeof EXECUTION_RESULTS)[number];

/** Whose hands were on a request before anybody approved it (ruling 7). */
export const ORIGIN_DUTIES = [
  'requester',
  'requester_controller',
  'candidate_creator',
  'evidence_author',
  'evaluator',
  'waiver_author',
] as const;
/**
 * Duties that bar a person from filling an approval slot of the same decision. Whoever alone endorsed the policy that says
 * what is needed, or the roster that says who people are, would otherwise approve under their own word; and nobody waives a check and approves.
 */
export const DUTIES = [...ORIGIN_DUTIES, 'policy_signer', 'roster_signer'] as const;
export type Duty = (typeof DUTIES)[number];

/** Actor of events that no person and no workload caused (ruling 6). */
export const SYSTEM_ACTOR = 'SYSTEM';

/** RFC 3339, UTC, exactly milliseconds: `2026-02-24T20:12:21.000Z`. */
export type Timestamp = string;

/** `sha256:` and 64 lower-case hex digits; see `core/canon/digest.ts` for the parser. */
export type DigestText = string;

/** Commitment to a text that is disclosed beside the record, never in it (ruling 15). Same spelling as a digest. */
export type Commitment = string;

/** How far a signer's clock may run ahead of the reader's, or behind it, in milliseconds. */
export const CLOCK_TOLERANCE_MS = 300_000;

/** Milliseconds of a {@link Timestamp} since the epoch. */
export function instant(at: Timestamp): number {
  return Date.parse(at);
}

/** Timestamp of an instant in milliseconds since the epoch. */
export function timestamp(ms: number): Timestamp {
  return new Date(ms).toISOString();
}

/** So many seconds after an instant. */
export function later(at: Timestamp, seconds: number): Timestamp {
  return timestamp(instant(at) + seconds * 1000);
}

/** The earliest of several timestamps; the fixed spelling makes text order time order. */
export function earliest(first: Timestamp, ...rest: readonly Timestamp[]): Timestamp {
  return rest.reduce((a, b) => (b < a ? b : a), first);
}
