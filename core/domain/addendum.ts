import type { AdmittedStatement } from './commands.ts';
import type { RefusalCode } from './errors.ts';
import type { DecisionEvent, EventDraft } from './events.ts';
import type { LiveApproval } from './state.ts';
import { judgeSettlement, settled } from './stages/condition.ts';
import { isContested } from './stages/pending.ts';
import { type BackoutStatement, type ConditionStatement, kindOf } from './statements.ts';
import { CLOCK_TOLERANCE_MS, type DigestText, instant, SYSTEM_ACTOR, type Timestamp } from './vocabulary.ts';

/** By whom, where and to what one may go back from a decision, as its approvers signed it. */
export interface WayBack {
  readonly executors: readonly string[];
  readonly target: string;
  /** Digest that its basis names; null where that names none, or it went back itself. */
  readonly candidate: DigestText | null;
  /** Until when the test of the way back counted; null where none was demanded. */
  readonly tested_until: Timestamp | null;
}

/** The closed decision that an addendum belongs to. */
export interface ClosedDecision {
  readonly decisionId: string;
  readonly origin: string;
  readonly tenant: string;
  readonly head: DigestText;
  /** Its `execution.cleared` event, where it has one. */
  readonly cleared: Extract<DecisionEvent, { event_type: 'execution.cleared' }> | null;
  /** Persons and workloads who had a hand in it: approvers, overriders, owners, executor and its controllers; sorted. */
  readonly involved: readonly string[];
  /** Approvals with conditions, as the decision kept them. */
  readonly conditional: readonly Pick<LiveApproval, 'statement' | 'conditions'>[];
  /** Persons and workloads with a duty, as the route has them. */
  readonly barred: readonly string[];
  /** Whether its clearance was confirmed. */
  readonly confirmed: boolean;
  /** Null where nothing was let out that one could go back from, and where nobody asked. */
  readonly wayBack: WayBack | null;
  /** Digest of the bytes of its sealed bundle; null where nobody asked. */
  readonly pack: DigestText | null;
  /** Whether the key of whoever went back from it still counts, by roster and governance: the service's word. */
  readonly signerStands: boolean;
}

/**
 * The whole chain of an addendum: that it was opened, and what it is: the review of an override, word of a condition, a
 * backout, or a statement that came too late. Nothing here changes the decision: a receipt that arrives after the end is kept with its statement, and
 * the decision stays unconfirmed.
 */
export function decideAddendum(
  closed: ClosedDecision,
  admitted: AdmittedStatement,
  at: Timestamp,
): readonly EventDraft[] {
  return [
    {
      event_type: 'addendum.opened',
      timestamp: at,
      actor_id: SYSTEM_ACTOR,
      origin: closed.origin,
      tenant: closed.tenant,
      closed_decision: closed.decisionId,
      closed_head: closed.head,
      statement: admitted.digest,
    },
    answer(closed, admitted, at),
  ];
}

function answer(closed: ClosedDecision, admitted: AdmittedStatement, at: Timestamp): EventDraft {
  const { digest, statement } = admitted;
  const code = refusal(closed, admitted);
  if (code === undefined && statement._type === 'application/vnd.countersign.review.v1+json') {
    return {
      event_type: 'override.reviewed',
      timestamp: at,
      actor_id: statement.signer,
      statement: digest,
      cleared: statement.cleared,
      verdict: statement.verdict,
      findings: statement.findings,
      late: at > (closed.cleared?.override?.review_by ?? at),
    };
  }
  if (code === undefined && statement._type === 'application/vnd.countersign.backout.v1+json') {
    return backedOut(closed, digest, statement, at);
  }
  if (code === undefined && statement._type === 'application/vnd.countersign.condition.v1+json') {
    return settled(digest, statement, conditionOf(closed, statement), at);
  }
  return {
    event_type: 'statement.refused',
    timestamp: at,
    actor_id: statement.signer,
    statement: digest,
    kind: kindOf(statement),
    code: code ?? 'decision.closed',
    roster: null,
  };
}

function backedOut(
  { wayBack }: ClosedDecision,
  digest: DigestText,
  statement: BackoutStatement,
  at: Timestamp,
): Extract<EventDraft, { event_type: 'backout.recorded' }> {
  const { signer, cleared, pack, candidate, target, tool, command, started_at, finished_at, result, reason } =
    statement;
  return {
    event_type: 'backout.recorded',
    timestamp: at,
    actor_id: signer,
    statement: digest,
    cleared,
    ...(pack === undefined ? {} : { pack }),
    candidate,
    target,
    tool,
    command,
    started_at,
    finished_at,
    result,
    reason,
    test_lapsed: wayBack?.tested_until !== null && wayBack !== null && started_at >= wayBack.tested_until,
  };
}

function conditionOf({ conditional }: ClosedDecision, { approval, condition }: ConditionStatement) {
  const live = conditional.find(({ statement }) => statement === approval);
  return live?.conditions?.find(({ id }) => id === condition);
}

/** Undefined where it is a review, word of a condition, or a backout, that counts. The executor's receipt for a permit that was used is told apart. */
function refusal(closed: ClosedDecision, { statement, signer }: AdmittedStatement): RefusalCode | undefined {
  const { cleared, confirmed, involved } = closed;
  if (statement._type === 'application/vnd.countersign.condition.v1+json') {
    const barred = signer.duties.length > 0 || closed.barred.includes(statement.signer);
    return judgeSettlement(conditionOf(closed, statement), statement, signer, barred);
  }
  if (statement._type === 'application/vnd.countersign.review.v1+json') {
    if (!cleared?.override) return 'review.no_override';
    if (statement.cleared !== cleared.integrity_hash) return 'review.cleared';
    if (signer.kind !== 'person' || !signer.roles.includes(cleared.override.review_role)) return 'review.role';
    return signer.duties.length > 0 || involved.includes(statement.signer) ? 'review.involved' : undefined;
  }
  if (statement._type === 'application/vnd.countersign.backout.v1+json') return judgeBackout(closed, statement);
  if (cleared !== null && isContested(statement, cleared.timestamp)) return 'order.contested';
  if (statement._type !== 'application/vnd.countersign.receipt.v1+json' || cleared === null) return 'decision.closed';
  if (statement.signer !== cleared.actor_id) return 'receipt.not_executor';
  return confirmed ? 'receipt.permit_used' : 'receipt.late';
}

/** It went back from what this decision let out to what its approvers signed as the way back: no downgrade to anything else. */
function judgeBackout(
  { cleared, wayBack, pack, signerStands }: ClosedDecision,
  statement: BackoutStatement,
): RefusalCode | undefined {
  if (cleared === null || wayBack === null) return 'backout.not_cleared';
  if (statement.cleared !== cleared.integrity_hash) return 'backout.cleared';
  if (statement.pack !== undefined && statement.pack !== pack) return 'backout.pack';
  if (!wayBack.executors.includes(statement.signer)) return 'backout.executor';
  if (statement.target !== wayBack.target) return 'backout.target';
  if (statement.candidate.digest !== wayBack.candidate) return 'backout.candidate';
  if (!signerStands) return 'backout.key_revoked';
  const cameBefore = instant(statement.started_at) < instant(cleared.timestamp) - CLOCK_TOLERANCE_MS;
  return cameBefore ? 'backout.early' : undefined;
}
