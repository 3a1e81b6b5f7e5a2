import type { Command, Obstacle, ReevaluationFacts, Revocation } from './commands.ts';
import { deadlineOf } from './deadline.ts';
import { DomainError, type RefusalCode } from './errors.ts';
import { type EventDraft, outcomeOf } from './events.ts';
import {
  decideAbstention,
  decideApproval,
  decideAuthorityExpired,
  decideCancellation,
  decideRejection,
  decideRevocation,
  evolveAuthorityExpired,
  refuseAbstention,
  refuseApproval,
  refuseCancellation,
  refuseRejection,
  refuseRevocation,
} from './stages/authority.ts';
import { decideClaim, decideReceipt, decideUnconfirmed, standingOf } from './stages/execution.ts';
import { decideNotices, evolveNotice } from './stages/notice.ts';
import { decideSettlement, refuseSettlement } from './stages/condition.ts';
import { decideDelegation, refuseDelegation } from './stages/delegation.ts';
import {
  decideExtension,
  decideNudge,
  decideReassignment,
  refuseExtension,
  refuseNudge,
  refuseReassignment,
} from './stages/operation.ts';
import { decideOverride, refuseOverride } from './stages/override.ts';
import { isContested, type Pending } from './stages/pending.ts';
import { decideEvaluate } from './stages/policy.ts';
import { decideReevaluate, decideReevaluation, refuseReevaluation } from './stages/reevaluation.ts';
import { decideOpen } from './stages/request.ts';
import { decideStop } from './stages/stop.ts';
import type { DecisionState, OpenState } from './state.ts';
import { windowAfter } from './windows.ts';
import { kindOf } from './statements.ts';
import { SYSTEM_ACTOR, type Timestamp } from './vocabulary.ts';

type Submit = Extract<Command, { type: 'submit' }>;
type Restored = Extract<Command, { type: 'restored' }>;

/**
 * What a command makes of a state: the events to append, all or none. Pure and total: a statement that does not count
 * becomes a `statement.refused` event; a statement answered before, and a tick too early, become nothing.
 *
 * Time in a chain never runs backwards: a clock that was stepped back is held at the last event (ruling 14: times are
 * claims; order is the chain).
 *
 * @throws DomainError for commands that no correct caller sends
 */
export function decide(command: Command, state: DecisionState): readonly EventDraft[] {
  const at = notBefore(command.at, state);
  switch (command.type) {
    case 'open':
      return decideOpen({ ...command, at }, state);
    case 'evaluate':
      // One that is evaluated anew stands in this stage only between two events of one batch.
      return state.stage === 'requested' && state.reevaluated === undefined
        ? decideEvaluate(command.evaluation, at)
        : [];
    case 'submit':
      return decideSubmit(command, state, at);
    case 'reevaluate':
      return isPending(state) ? decideAnew(state, at, command.reevaluation) : [];
    case 'stop':
      return isPending(state) ? decideStopped(state, at, command.revocation) : [];
    case 'tick':
      return decideTick(state, at);
    case 'restored':
      return decideRestored(command, state, at);
  }
}

function decideSubmit(command: Submit, state: DecisionState, at: Timestamp): readonly EventDraft[] {
  const { admitted } = command;
  if (state.stage === 'empty') {
    throw new DomainError('decision.illegal_command', {
      message: 'a statement came before the request',
      expected: 'open',
    });
  }
  if (Object.hasOwn(state.answered, admitted.digest) || state.stage === 'closed') return [];
  const due = isPending(state) ? decideOverdue(state, at) : NOTHING_DUE;
  const decided = judge(command, due.after ?? state, at);
  if (typeof decided !== 'string') return [...due.drafts, ...decided];
  if (isFlooding(admitted.statement.signer, state)) return [];
  return [
    ...due.drafts,
    {
      event_type: 'statement.refused',
      timestamp: at,
      actor_id: admitted.statement.signer,
      statement: admitted.digest,
      kind: kindOf(admitted.statement),
      code: decided,
      roster: command.inForce?.roster ?? null,
      ...standingOf(command.inForce),
      ...namedObstacle(command.inForce?.obstacle, decided),
      ...nextOpening(state, decided, at),
      ...(decided === 'override.review_overdue' && admitted.overdue ? { overdue: admitted.overdue } : {}),
      ...(decided === 'approval.basis_changed' && state.reevaluated?.basisChange
        ? { reevaluated: state.reevaluated.basisChange }
        : {}),
    },
  ];
}

interface Overdue {
  readonly drafts: readonly EventDraft[];
  /** The state that they lead to; null where there are none. */
  readonly after: Pending | null;
}

const NOTHING_DUE: Readonly<Overdue> = { drafts: [], after: null };

/**
 * A statement that arrives after a notice had become due finds it gone out: what the chain holds does not depend on which
 * of the two a worker came to first. Also where the route is open again only because something had ended by then.
 */
function decideOverdue(state: Pending, at: Timestamp): Overdue {
  const expired = decideAuthorityExpired(state, at);
  if (state.stage === 'routed') {
    const notices = decideNotices(state, at);
    if (notices.length === 0) return NOTHING_DUE;
    const noticed = notices.reduce(evolveNotice, state);
    return { drafts: [...notices, ...expired], after: expired.reduce(evolveAuthorityExpired, noticed as Pending) };
  }
  const open = expired.reduce(evolveAuthorityExpired, state as Pending);
  if (open.stage !== 'routed') return NOTHING_DUE;
  const notices = decideNotices({ ...open, since: at }, at);
  if (notices.length === 0) return NOTHING_DUE;
  return { drafts: [...expired, ...notices], after: notices.reduce(evolveNotice, open) };
}

/** Evaluated anew by itself, after whatever had become due by then. */
function decideAnew(state: Pending, at: Timestamp, facts: ReevaluationFacts): readonly EventDraft[] {
  const due = decideOverdue(state, at);
  const anew = decideReevaluate(due.after ?? state, at, facts);
  return anew.length === 0 ? [] : [...due.drafts, ...anew];
}

/** Stopped by governance, after whatever had become due by then. */
function decideStopped(state: Pending, at: Timestamp, revocation: Revocation): readonly EventDraft[] {
  const due = decideOverdue(state, at);
  const stop = decideStop(due.after ?? state, at, revocation);
  return stop.length === 0 ? [] : [...due.drafts, ...stop];
}

/** What the obstacle is, by digest, where the claim was refused for it. */
function namedObstacle(obstacle: Obstacle | undefined, refusal: RefusalCode): Omit<Obstacle, 'code'> {
  if (obstacle === undefined || obstacle.code !== refusal) return {};
  const { code: _, ...named } = obstacle;
  return named;
}

/** When a claim that came outside the change windows may come again. */
function nextOpening(state: OpenState, refusal: RefusalCode, at: Timestamp): { readonly opens?: Timestamp } {
  if (refusal !== 'claim.outside_window' || !isPending(state)) return {};
  const next = windowAfter(state.routing.windows ?? [], at);
  return next === undefined ? {} : { opens: next.opens };
}

/** Refusal events a decision takes from one signer, and from all together; those beyond are only counted. */
export const REFUSALS_PER_SIGNER = 32;
export const REFUSALS_PER_DECISION = 256;

/** Each refusal is an event for ever: whoever may sign nothing here could otherwise fill the chain. */
function isFlooding(signer: string, { refusedBy }: OpenState): boolean {
  const all = Object.values(refusedBy).reduce((sum, count) => sum + count, 0);
  return (
    all >= REFUSALS_PER_DECISION ||
    (Object.hasOwn(refusedBy, signer) && (refusedBy[signer] ?? 0) >= REFUSALS_PER_SIGNER)
  );
}

/** The events a statement causes, or the code with which it is refused. */
function judge(
  { admitted, inForce, permit, reevaluation }: Submit,
  state: OpenState,
  at: Timestamp,
): RefusalCode | readonly EventDraft[] {
  const { statement } = admitted;
  if (state.stage === 'cleared' && isContested(statement, state.clearance.at)) return 'order.contested';
  switch (statement._type) {
    case 'application/vnd.countersign.approval.v1+json': {
      if (!isPending(state)) return tooEarlyOrLate(state);
      return (
        refuseApproval({ ...admitted, statement }, state, at) ?? decideApproval({ ...admitted, statement }, state, at)
      );
    }
    case 'application/vnd.countersign.rejection.v1+json': {
      if (!isPending(state)) return tooEarlyOrLate(state);
      return refuseRejection({ ...admitted, statement }, state) ?? decideRejection({ ...admitted, statement }, at);
    }
    case 'application/vnd.countersign.override.v1+json': {
      if (!isPending(state)) return tooEarlyOrLate(state);
      return (
        refuseOverride({ ...admitted, statement }, state, at) ?? decideOverride({ ...admitted, statement }, state, at)
      );
    }
    case 'application/vnd.countersign.revocation.v1+json': {
      if (!isPending(state)) return tooEarlyOrLate(state);
      return (
        refuseRevocation({ ...admitted, statement }, state, at) ??
        decideRevocation({ ...admitted, statement }, state, at)
      );
    }
    case 'application/vnd.countersign.abstention.v1+json': {
      if (!isPending(state)) return tooEarlyOrLate(state);
      return (
        refuseAbstention({ ...admitted, statement }, state, at) ?? decideAbstention({ ...admitted, statement }, at)
      );
    }
    case 'application/vnd.countersign.delegation.v1+json': {
      if (!isPending(state)) return tooEarlyOrLate(state);
      return (
        refuseDelegation({ ...admitted, statement }, state, at) ?? decideDelegation({ ...admitted, statement }, at)
      );
    }
    case 'application/vnd.countersign.condition.v1+json': {
      if (!isPending(state) && state.stage !== 'cleared') return 'decision.not_routed';
      return (
        refuseSettlement({ ...admitted, statement }, state, at) ??
        decideSettlement({ ...admitted, statement }, state, at)
      );
    }
    case 'application/vnd.countersign.cancellation.v1+json': {
      if (state.stage === 'cleared') return 'decision.cleared';
      const cancelRoles = isPending(state) ? state.routing.cancel_roles : [];
      return (
        refuseCancellation({ ...admitted, statement }, state.requested.requester, cancelRoles) ??
        decideCancellation({ ...admitted, statement }, at)
      );
    }
    case 'application/vnd.countersign.reevaluation.v1+json': {
      if (!isPending(state)) return tooEarlyOrLate(state);
      return (
        refuseReevaluation({ ...admitted, statement }, state, at) ??
        decideReevaluation({ ...admitted, statement }, state, at, reevaluation)
      );
    }
    case 'application/vnd.countersign.nudge.v1+json': {
      if (!isPending(state)) return tooEarlyOrLate(state);
      return refuseNudge({ ...admitted, statement }, state, at) ?? decideNudge({ ...admitted, statement }, state, at);
    }
    case 'application/vnd.countersign.extension.v1+json': {
      if (!isPending(state)) return tooEarlyOrLate(state);
      return (
        refuseExtension({ ...admitted, statement }, state, at) ?? decideExtension({ ...admitted, statement }, state, at)
      );
    }
    case 'application/vnd.countersign.reassignment.v1+json': {
      if (!isPending(state)) return tooEarlyOrLate(state);
      return (
        refuseReassignment({ ...admitted, statement }, state, at) ?? decideReassignment({ ...admitted, statement }, at)
      );
    }
    case 'application/vnd.countersign.claim.v1+json': {
      if (state.stage === 'cleared') return 'claim.already_cleared';
      if (!isPending(state)) return 'decision.not_routed';
      return decideClaim({ ...admitted, statement }, state, at, inForce);
    }
    case 'application/vnd.countersign.review.v1+json':
      return 'review.not_due';
    case 'application/vnd.countersign.backout.v1+json':
      return 'backout.not_closed';
    case 'application/vnd.countersign.receipt.v1+json': {
      if (state.stage !== 'cleared') return 'receipt.not_cleared';
      return decideReceipt({ ...admitted, statement }, state, at, permit);
    }
  }
}

/** What time alone brings about, once it has come. */
function decideTick(state: DecisionState, at: Timestamp): readonly EventDraft[] {
  if (state.stage === 'empty' || state.stage === 'closed') return [];
  if (state.stage === 'cleared') return decideUnconfirmed(state, at);
  const deadline = deadlineOf(state);
  if (at >= deadline.at) {
    return [
      {
        event_type: 'decision.expired',
        timestamp: at,
        actor_id: SYSTEM_ACTOR,
        limit: deadline.limit,
        at: deadline.at,
      },
    ];
  }
  return isPending(state) ? [...decideNotices(state, at), ...decideAuthorityExpired(state, at)] : [];
}

/** The record that the ledger lost its tail. Where there was nothing, nothing can be lost; after the end, nothing follows. */
function decideRestored(command: Restored, state: DecisionState, at: Timestamp): readonly EventDraft[] {
  if (state.stage === 'empty') {
    throw new DomainError('decision.illegal_command', {
      message: 'a tail was restored before the request',
      expected: 'open',
    });
  }
  if (state.stage === 'closed') return [];
  return [
    {
      event_type: 'ledger.restored',
      timestamp: at,
      actor_id: SYSTEM_ACTOR,
      from_sequence: command.fromSequence,
      head: command.head,
    },
  ];
}

/**
 * The same events with the count of discarded statements in front of the one that ends the decision.
 * The count is the service's word, and verifiers list it as such.
 */
export function withDiscarded(
  events: readonly EventDraft[],
  counts: Readonly<Record<string, number>>,
): readonly EventDraft[] {
  const end = events.findIndex((event) => outcomeOf(event) !== undefined);
  const last = events[end];
  if (last === undefined || Object.keys(counts).length === 0) return events;
  const discarded: EventDraft = {
    event_type: 'statements.discarded',
    timestamp: last.timestamp,
    actor_id: SYSTEM_ACTOR,
    counts,
  };
  return [...events.slice(0, end), discarded, ...events.slice(end)];
}

function isPending(state: DecisionState): state is Extract<DecisionState, { stage: 'routed' | 'authorized' }> {
  return state.stage === 'routed' || state.stage === 'authorized';
}

function tooEarlyOrLate(state: OpenState): RefusalCode {
  return state.stage === 'cleared' ? 'decision.cleared' : 'decision.not_routed';
}

function notBefore(at: Timestamp, state: DecisionState): Timestamp {
  return state.stage !== 'empty' && state.lastAt > at ? state.lastAt : at;
}
