import type { AdmittedStatement } from '../commands.ts';
import type { RefusalCode } from '../errors.ts';
import type { StateAt, Withdrawal } from '../state.ts';
import type {
  AbstentionStatement,
  ApprovalStatement,
  DelegationStatement,
  OverrideStatement,
  RejectionStatement,
  SubmittedStatement,
} from '../statements.ts';
import type { Duty, Timestamp } from '../vocabulary.ts';

/** What every verdict on a routed decision shares, whatever it says. */

export type Pending = StateAt<'routed'> | StateAt<'authorized'>;
export type Admitted<S> = Omit<AdmittedStatement, 'statement'> & { readonly statement: S };

type Verdict = ApprovalStatement | RejectionStatement | AbstentionStatement | OverrideStatement | DelegationStatement;

/** Refusals by duty, the gravest first. */
const BY_DUTY = [
  ['requester', 'approval.by_requester'],
  ['requester_controller', 'approval.by_requester_controller'],
  ['candidate_creator', 'approval.by_candidate_creator'],
  ['evidence_author', 'approval.by_evidence_author'],
  ['evaluator', 'approval.by_evaluator'],
  ['waiver_author', 'approval.by_waiver_author'],
  ['policy_signer', 'approval.by_sole_signer'],
  ['roster_signer', 'approval.by_sole_signer'],
] as const satisfies readonly (readonly [Duty, RefusalCode])[];

/** A person, not barred, who speaks of this very basis, routing and brief. */
export function refuseBinding(
  { statement, signer }: Pick<Admitted<Verdict>, 'statement' | 'signer'>,
  state: Pending,
): RefusalCode | undefined {
  for (const [duty, code] of BY_DUTY) if (isBarred(duty, statement.signer, signer.duties, state)) return code;
  if (signer.kind !== 'person') return 'approval.by_workload';
  const { routing, reevaluated } = state;
  const earlier = reevaluated?.earlier ?? [];
  if (statement.basis !== routing.basis_digest) {
    return earlier.some(({ basis_digest }) => basis_digest === statement.basis)
      ? 'approval.basis_changed'
      : 'approval.basis';
  }
  // What was signed on this very basis counts under every later routing with it (ruling 4).
  const seen = [routing, ...earlier].find(
    ({ hash, basis_digest }) => hash === statement.routed && basis_digest === statement.basis,
  );
  if (seen === undefined) return 'approval.routed_unknown';
  return statement.brief === seen.brief ? undefined : 'approval.brief';
}

/** Both the fresh facts and the list frozen at routing bar: neither may lose a duty that the other shows. */
export function isBarred(
  duty: Duty,
  person: string,
  duties: readonly Duty[],
  state: Pick<Pending, 'routing'>,
): boolean {
  const frozen = state.routing.barred.find((barred) => barred.actor_id === person);
  return duties.includes(duty) || (frozen?.duties.includes(duty) ?? false);
}

/** What ends by itself is dead at its very expiry: the instant belongs to the timeout (R47). */
export function liveAt<T extends { readonly expires_at: Timestamp }>(
  standing: readonly T[],
  at: Timestamp,
): readonly T[] {
  return standing.filter(({ expires_at }) => expires_at > at);
}

/** With what this person took back, or withheld, their word here. */
export function withdrawalOf(person: string, { withdrawn }: Pending): Withdrawal | undefined {
  return Object.hasOwn(withdrawn, person) ? withdrawn[person] : undefined;
}

/** Changes of mind that a decision takes from one person: each is two events for ever. */
export const CHANGES_OF_MIND = 16;

/** An approval, override or delegation must know of its signer's last change of mind, and be none too many. */
export function refuseSuperseding(
  { signer, supersedes }: ApprovalStatement | OverrideStatement | DelegationStatement,
  state: Pending,
): RefusalCode | undefined {
  const withdrawal = withdrawalOf(signer, state);
  if (supersedes !== withdrawal?.statement) return 'approval.supersedes';
  return (withdrawal?.times ?? 0) >= CHANGES_OF_MIND ? 'approval.too_often' : undefined;
}

/** The state once a person has spoken again: they may withdraw anew. */
export function superseded<S extends Pending>(state: S, person: string): S {
  const withdrawal = withdrawalOf(person, state);
  if (withdrawal === undefined || withdrawal.superseded) return state;
  return { ...state, withdrawn: { ...state.withdrawn, [person]: { ...withdrawal, superseded: true } } };
}

export function isLive(person: string, { approvals }: Pending, at: Timestamp): boolean {
  return liveAt(approvals, at).some((live) => live.actor_id === person);
}

export function hasOverridden(person: string, { overrides }: Pending, at: Timestamp): boolean {
  return liveAt(overrides, at).some((live) => live.actor_id === person);
}

export function hasDelegated(person: string, { delegations }: Pending, at: Timestamp): boolean {
  return liveAt(delegations, at).some((live) => live.actor_id === person);
}

/** Kinds that would have stood against a clearance. */
const AGAINST: readonly SubmittedStatement['_type'][] = [
  'application/vnd.countersign.rejection.v1+json',
  'application/vnd.countersign.revocation.v1+json',
  'application/vnd.countersign.cancellation.v1+json',
];

/**
 * True of a statement against a clearance that claims to have been signed before it and stands after it: whether it was
 * backdated or held back is not for the service to say (ruling 10).
 */
export function isContested({ _type, signed_at }: SubmittedStatement, clearedAt: Timestamp): boolean {
  return AGAINST.includes(_type) && signed_at < clearedAt;
}
