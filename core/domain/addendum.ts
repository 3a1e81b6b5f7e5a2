import type { AdmittedStatement } from './commands.ts';
import type { RefusalCode } from './errors.ts';
import type { DecisionEvent, EventDraft } from './events.ts';
import type { LiveApproval } from './state.ts';
import { judgeSettlement, settled } from './stages/condition.ts';
import { isContested } from './stages/pending.ts';
import { type ConditionStatement, kindOf } from './statements.ts';
import { type DigestText, SYSTEM_ACTOR, type Timestamp } from './vocabulary.ts';

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
}

/**
 * The whole chain of an addendum: that it was opened, and what it is: the review of an override, word of a condition, or a statement that
 * came too late. Nothing here changes the decision: a receipt that arrives after the end is kept with its statement, and
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

function conditionOf({ conditional }: ClosedDecision, { approval, condition }: ConditionStatement) {
  const live = conditional.find(({ statement }) => statement === approval);
  return live?.conditions?.find(({ id }) => id === condition);
}

/** Undefined where it is a review, or word of a condition, that counts. The executor's receipt for a permit that was used is told apart. */
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
  if (cleared !== null && isContested(statement, cleared.timestamp)) return 'order.contested';
  if (statement._type !== 'application/vnd.countersign.receipt.v1+json' || cleared === null) return 'decision.closed';
  if (statement.signer !== cleared.actor_id) return 'receipt.not_executor';
  return confirmed ? 'receipt.permit_used' : 'receipt.late';
}
