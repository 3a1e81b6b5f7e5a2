import type { AdmittedStatement } from './commands.ts';
import type { RefusalCode } from './errors.ts';
import type { DecisionEvent, EventDraft } from './events.ts';
import { isContested } from './stages/pending.ts';
import { kindOf, type SubmittedStatement } from './statements.ts';
import { type DigestText, SYSTEM_ACTOR, type Timestamp } from './vocabulary.ts';

/** The closed decision that an addendum belongs to. */
export interface ClosedDecision {
  readonly decisionId: string;
  readonly origin: string;
  readonly tenant: string;
  readonly head: DigestText;
  /** Its `execution.cleared` event, where it has one. */
  readonly cleared: Extract<DecisionEvent, { event_type: 'execution.cleared' }> | null;
  /** Whether its clearance was confirmed. */
  readonly confirmed: boolean;
}

/**
 * The whole chain of an addendum: that it was opened, and that the statement came too late. Nothing here changes the
 * decision: a receipt that arrives after the end is kept with its statement, and the decision stays unconfirmed.
 */
export function decideAddendum(
  closed: ClosedDecision,
  { digest, statement }: AdmittedStatement,
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
      statement: digest,
    },
    {
      event_type: 'statement.refused',
      timestamp: at,
      actor_id: statement.signer,
      statement: digest,
      kind: kindOf(statement),
      code: refusal(closed, statement),
      roster: null,
    },
  ];
}

/** The executor's receipt for a permit that was used is told apart: it may have run twice. */
function refusal({ cleared, confirmed }: ClosedDecision, statement: SubmittedStatement): RefusalCode {
  const { _type, signer } = statement;
  if (cleared !== null && isContested(statement, cleared.timestamp)) return 'order.contested';
  if (_type !== 'application/vnd.countersign.receipt.v1+json' || cleared === null) return 'decision.closed';
  if (signer !== cleared.actor_id) return 'receipt.not_executor';
  return confirmed ? 'receipt.permit_used' : 'receipt.late';
}
