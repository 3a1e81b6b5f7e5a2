import { earliest, instant, type Timestamp, timestamp } from '../core/domain/vocabulary.ts';
import type { LiveDelegation } from '../core/domain/state.ts';
import type { ApprovalCondition, ConditionVerdict, ReviewVerdict } from '../core/domain/statements.ts';
import { BREAKGLASS_LONGEST_S, DELEGATION_LONGEST_S } from '../documents/index.ts';
import { brief, type Brief, offeredRoles, routeOf } from './brief.ts';
import type { ClientContext } from './context.ts';
import { ClientError } from './errors.ts';
import { state } from './state.ts';
import {
  signAbstention,
  signApproval,
  signCancellation,
  signClaim,
  signCondition,
  signDelegation,
  signOverride,
  type Signer,
  type SignedStatement,
  signRejection,
  signReview,
  signRevocation,
} from './statements.ts';
import { type Submitted, submit } from './submit.ts';

export interface VerdictOptions {
  /** Roles to offer; those that are asked for and held, unless given. */
  readonly roles?: readonly string[];
  /** The brief that was read. The verdict is refused where the decision has another by now. */
  readonly seen?: Brief;
}

export interface ApproveOptions extends VerdictOptions {
  readonly rationale: string;
  /** Seconds for which the approval lives; as long as the policy lets it, unless given. */
  readonly lifeS?: number;
  /** Actor id of whoever delegated to the signer, where it is in their place. */
  readonly inPlaceOf?: string;
  /** What is to be done as well; `what` is free text, and enters the statement as a commitment. */
  readonly conditions?: readonly ApprovalCondition[];
}

/**
 * Signs an approval of exactly what the brief says, and submits it. @throws as `brief` and `submit`; `delegation.none`.
 */
export async function approve(
  context: ClientContext,
  decisionId: string,
  by: Signer,
  options: ApproveOptions,
): Promise<Submitted> {
  const read = options.seen ?? (await brief(context, decisionId));
  const delegated = options.inPlaceOf === undefined ? null : delegationIn(read, options.inPlaceOf, by.actorId);
  const roles = delegated ? [delegated.role] : (options.roles ?? (await offeredRoles(context, read, by.actorId)));
  const longestS = read.view.approvalLifeS ?? read.document.limits.approval_life_s;
  const ends = expiryOf(context, read, longestS, options.lifeS);
  const expiresAt = delegated ? earliest(ends, delegated.expires_at) : ends;
  const supersedes = read.view.withdrawn[by.actorId]?.statement;
  const delegation = delegated?.statement;
  const { rationale, conditions } = options;
  const content = { ...routeOf(read.view), roles, rationale, expiresAt, supersedes, delegation, conditions };
  return send(context, decisionId, signApproval(by, content, context));
}

/** The delegation that lives from one person to another. @throws ClientError `delegation.none`. */
function delegationIn({ view }: Brief, from: string, to: string): LiveDelegation {
  const live = view.delegations?.find(({ actor_id, delegate }) => actor_id === from && delegate === to);
  if (live !== undefined) return live;
  throw new ClientError('delegation.none', {
    message: `${from} has not delegated to ${to} here`,
    path: view.decisionId,
    expected: `a delegation from ${from} to ${to} that lives`,
    got: view.delegations?.map(({ actor_id, delegate }) => `from ${actor_id} to ${delegate}`).join(', ') ?? 'none',
  });
}

export interface SettleOptions {
  /** Id of the condition. */
  readonly condition: string;
  /** Actor id of whose approval it is; needed where several ask for one of that id. */
  readonly of?: string;
  readonly verdict: ConditionVerdict;
  readonly findings: string;
}

/**
 * Says of a condition of an approval that it was done, or not kept: for a holder of the role that it names. After the
 * close the answer names an addendum.
 *
 * @throws as `submit`; `condition.none` where no approval asks for it, or several do.
 */
export async function settle(
  context: ClientContext,
  decisionId: string,
  by: Signer,
  { condition, of, verdict, findings }: SettleOptions,
): Promise<Submitted> {
  const { approvals, conditional = [] } = await state(context, decisionId);
  const asking = [...approvals, ...conditional].filter(
    ({ actor_id, conditions = [] }) =>
      (of === undefined || of === actor_id) && conditions.some(({ id }) => id === condition),
  );
  const [only, ...others] = asking;
  if (only === undefined || others.length > 0) {
    throw new ClientError('condition.none', {
      message: 'there is no such condition here, or more than one',
      path: decisionId,
      expected: `one approval${of === undefined ? '' : ` by ${of}`} with the condition ${condition}`,
      got: asking.map(({ actor_id }) => actor_id).join(', ') || 'none',
    });
  }
  const content = { decisionId, approval: only.statement, condition, verdict, findings };
  return send(context, decisionId, signCondition(by, content, context));
}

export interface DelegateOptions {
  /** Actor id of the person who may approve. */
  readonly to: string;
  readonly reason: string;
  /** The one that is asked for, held and delegable, unless given. */
  readonly role?: string;
  /** Seconds for which it lives; as long as the policy lets it, unless given. */
  readonly lifeS?: number;
  readonly seen?: Brief;
}

/**
 * Lets one other person approve in the signer's place, in one role, in this decision, until the signer takes it back.
 *
 * @throws as `brief` and `submit`; `delegation.not_allowed`, `delegation.role` where nothing, or not one thing, could be
 *   delegated.
 */
export async function delegate(
  context: ClientContext,
  decisionId: string,
  by: Signer,
  { to, reason, role, lifeS, seen }: DelegateOptions,
): Promise<Submitted> {
  const read = seen ?? (await brief(context, decisionId));
  const { view } = read;
  const rules = view.delegable;
  if (rules === undefined) {
    throw new ClientError('delegation.not_allowed', {
      message: 'the policy of this decision lets nobody delegate',
      path: decisionId,
      expected: 'a policy with roles that may be delegated',
      got: 'none',
    });
  }
  const chosen = role ?? onlyRole(rules.roles, await offeredRoles(context, read, by.actorId), decisionId);
  // What a workflow shows is not signed: it must not talk anybody into a delegation without an end.
  const expiresAt = expiryOf(context, read, Math.min(rules.life_s, DELEGATION_LONGEST_S), lifeS);
  const supersedes = view.withdrawn[by.actorId]?.statement;
  const content = { ...routeOf(view), delegate: to, role: chosen, reason, expiresAt, supersedes };
  return send(context, decisionId, signDelegation(by, content, context));
}

function onlyRole(delegable: readonly string[], held: readonly string[], decisionId: string): string {
  const roles = held.filter((each) => delegable.includes(each));
  const [only, ...others] = roles;
  if (only !== undefined && others.length === 0) return only;
  throw new ClientError('delegation.role', {
    message: 'it takes one role that is asked for, held, and may be delegated',
    path: decisionId,
    expected: `one of ${delegable.join(', ')}`,
    got: roles.join(', ') || `of ${held.join(', ')}, none`,
  });
}

export interface BreakGlassOptions {
  readonly reason: string;
  /** Actor id of the person who owns what comes of it. */
  readonly owner: string;
  /** Names of the controls in place of the people who are missing. */
  readonly controls: readonly string[];
  /** Seconds for which it lives; as long as the policy lets it, unless given. */
  readonly lifeS?: number;
  readonly seen?: Brief;
}

/**
 * Signs an override with the signer's break-glass key, and submits it: what people have not signed yet is waived, and
 * has to be reviewed afterwards (R57-R61). @throws as `brief` and `submit`; `override.none`.
 */
export async function breakGlass(
  context: ClientContext,
  decisionId: string,
  by: Signer,
  { reason, owner, controls, lifeS, seen }: BreakGlassOptions,
): Promise<Submitted> {
  const read = seen ?? (await brief(context, decisionId));
  const { view } = read;
  const { breakglass } = view;
  if (breakglass === null) {
    throw new ClientError('override.none', {
      message: 'the policy of this decision lets nobody break glass',
      path: decisionId,
      expected: 'a policy with break-glass',
      got: 'none',
    });
  }
  // What a workflow shows is not signed: it must not talk anybody into an override without an end.
  const longestS = Math.min(breakglass.life_s, BREAKGLASS_LONGEST_S);
  const expiresAt = expiryOf(context, read, longestS, lifeS);
  const supersedes = view.withdrawn[by.actorId]?.statement;
  const content = { ...routeOf(view), role: breakglass.role, owner, controls, reason, expiresAt, supersedes };
  return send(context, decisionId, signOverride(by, content, context));
}

export interface ReasonedVerdict extends VerdictOptions {
  readonly reason: string;
}

/** Signs a rejection, which ends the decision (R51). @throws as `brief` and `submit`. */
export async function reject(
  context: ClientContext,
  decisionId: string,
  by: Signer,
  options: ReasonedVerdict,
): Promise<Submitted> {
  return send(context, decisionId, signRejection(by, await reasoned(context, decisionId, by, options), context));
}

/** Signs an abstention: the brief was read, and others shall decide. @throws as `brief` and `submit`. */
export async function abstain(
  context: ClientContext,
  decisionId: string,
  by: Signer,
  options: ReasonedVerdict,
): Promise<Submitted> {
  return send(context, decisionId, signAbstention(by, await reasoned(context, decisionId, by, options), context));
}

async function reasoned(context: ClientContext, decisionId: string, by: Signer, options: ReasonedVerdict) {
  const read = options.seen ?? (await brief(context, decisionId));
  const roles = options.roles ?? (await offeredRoles(context, read, by.actorId));
  return { ...routeOf(read.view), roles, reason: options.reason };
}

export interface ReviewOptions {
  readonly verdict: ReviewVerdict;
  readonly findings: string;
}

/**
 * Signs the review of a decision in which glass was broken, once it has closed: the answer names its addendum.
 *
 * @throws as `submit`; `override.none` where nothing was cleared on an override.
 */
export async function review(
  context: ClientContext,
  decisionId: string,
  by: Signer,
  options: ReviewOptions,
): Promise<Submitted> {
  const { cleared, stage } = await state(context, decisionId);
  if (cleared === null) {
    throw new ClientError('override.none', {
      message: 'nothing was cleared here, so there is nothing to review',
      path: decisionId,
      expected: 'a decision in which glass was broken',
      got: stage,
    });
  }
  return send(context, decisionId, signReview(by, { decisionId, cleared, ...options }, context));
}

/** Takes back the signer's own approval, override or delegation, until clearance (ruling 10). @throws as `submit`; `approval.none_lives`. */
export async function revoke(
  context: ClientContext,
  decisionId: string,
  by: Signer,
  { reason }: { readonly reason: string },
): Promise<Submitted> {
  const { approvals, overrides, delegations = [], stage } = await state(context, decisionId);
  const own = [...approvals, ...overrides, ...delegations].find((approval) => approval.actor_id === by.actorId);
  if (own === undefined) {
    throw new ClientError('approval.none_lives', {
      message: `${by.actorId} has given nothing here that could be taken back`,
      path: decisionId,
      expected: 'an approval, override or delegation that lives',
      got: stage === 'cleared' || stage === 'closed' ? `a decision that is ${stage}` : 'none',
    });
  }
  return send(context, decisionId, signRevocation(by, { decisionId, approval: own.statement, reason }, context));
}

/** Signs a cancellation: for whoever asked, who controls what asked, or holds a role the policy names for it. */
export async function cancel(
  context: ClientContext,
  decisionId: string,
  by: Signer,
  { reason }: { readonly reason: string },
): Promise<Submitted> {
  return send(context, decisionId, signCancellation(by, { decisionId, reason }, context));
}

/** Signs a claim on what stands now; submit it with `submit`, the same envelope again after a lost answer. */
export async function prepareClaim(context: ClientContext, decisionId: string, by: Signer): Promise<SignedStatement> {
  const view = await state(context, decisionId);
  const { basis } = routeOf(view);
  if (view.target === null)
    throw new ClientError('decision.not_routed', { message: 'the decision has no target', path: decisionId });
  return signClaim(by, { decisionId, basis, target: view.target }, context);
}

export async function claim(context: ClientContext, decisionId: string, by: Signer): Promise<Submitted> {
  return send(context, decisionId, await prepareClaim(context, decisionId, by));
}

function send(
  context: ClientContext,
  decisionId: string,
  { envelope, disclosures }: SignedStatement,
): Promise<Submitted> {
  return submit(context, decisionId, envelope, disclosures);
}

function expiryOf(context: ClientContext, { document, view }: Brief, longestS: number, lifeS = longestS): Timestamp {
  const life = Math.min(lifeS, longestS) * 1000;
  // Where an operator has moved it, the brief still has the first one.
  const deadline = view.operations?.until ?? document.limits.decision_deadline;
  return earliest(timestamp(instant(context.now()) + life), deadline);
}
