import type { RequestStatement } from '../core/domain/statements.ts';
import { type DecisionEvent, outcomeOf } from '../core/domain/events.ts';
import type { DigestText, Timestamp } from '../core/domain/vocabulary.ts';
import type { PolicyAction } from '../documents/policy.ts';
import type { Denial } from './errors.ts';

/** What the earlier decision that a request names let out, from its sealed pack. */
export interface LinkedDecision {
  readonly decision_id: string;
  /** Digest of the bytes of its sealed bundle. */
  readonly pack: DigestText;
  readonly origin: string;
  readonly tenant: string;
  readonly target: string;
  /** Digest of what it decided on. */
  readonly candidate: DigestText;
  /** What its basis names as rollback target; null where its action demanded none. */
  readonly rollback_target: DigestText | null;
  /** Something may have run under it: it was cleared, and its executor did not swear that nothing ran. */
  readonly cleared: boolean;
  /** Null where nobody was cleared. */
  readonly cleared_at: Timestamp | null;
}

/**
 * @param documents contents by digest, as the pack embeds them. Whoever calls vouches for the pack: the service by its own
 *   ledger's binding, the verifier by having verified it.
 * @returns null where these are no events of a decision that was routed and has ended
 */
export function linkedDecision(
  pack: DigestText,
  events: readonly DecisionEvent[],
  documents: Readonly<Record<string, { readonly content: Readonly<Record<string, unknown>> }>>,
): LinkedDecision | null {
  const [first] = events;
  const last = events.at(-1);
  const routed = events.find((event) => event.event_type === 'authority.routed');
  if (first?.event_type !== 'decision.requested' || last === undefined || routed === undefined) return null;
  const basis = Object.hasOwn(documents, routed.basis_digest) ? documents[routed.basis_digest]?.content : undefined;
  if (basis === undefined || outcomeOf(last) === undefined) return null;
  const { rollback_target: target } = basis;
  const cleared = events.find((event) => event.event_type === 'execution.cleared');
  const untouched = last.event_type === 'execution.confirmed' && last.execution.result === 'not_executed';
  return {
    decision_id: first.decision_id,
    pack,
    origin: first.origin,
    tenant: first.tenant,
    target: first.target,
    candidate: first.candidate.digest,
    rollback_target: typeof target === 'string' ? target : null,
    cleared: !untouched && cleared !== undefined,
    cleared_at: cleared?.timestamp ?? null,
  };
}

/** Whether the request says of itself that it goes back; a routed decision of such a request was held to it. */
export function isRollback({ linked }: Pick<RequestStatement, 'linked'>): boolean {
  return linked?.relation === 'undoes';
}

/**
 * A rollback goes from exactly what the earlier decision let out to exactly what its basis names, at the same target; it
 * is no way to anything else.
 *
 * @param linked null where the request names no earlier decision, or one that is not there under this pack
 */
export function checkLinked(
  request: RequestStatement,
  action: PolicyAction,
  linked: LinkedDecision | null,
): Denial | undefined {
  const undoes = request.linked?.relation === 'undoes';
  if (undoes !== action.effects.includes('rollback')) {
    const detail = undoes
      ? `${action.id} is no rollback, and the request undoes ${request.linked?.decision_id}`
      : `${action.id} is a rollback, and the request names no decision that it undoes`;
    return { code: 'linked.action', detail };
  }
  if (request.linked === undefined) return undefined;
  const { decision_id, pack } = request.linked;
  const named = linked !== null && linked.decision_id === decision_id && linked.pack === pack;
  if (!named || linked.origin !== request.origin || linked.tenant !== request.tenant)
    return { code: 'linked.unknown', detail: `no routed decision ${decision_id} of this tenant is sealed as ${pack}` };
  if (!linked.cleared) return { code: 'linked.not_cleared', detail: `nothing ran under decision ${decision_id}` };
  if (linked.target !== request.target) {
    const detail = `decision ${decision_id} was about ${linked.target}, the request is about ${request.target}`;
    return { code: 'linked.target', detail };
  }
  if (linked.rollback_target === request.candidate.digest) return undefined;
  const target = linked.rollback_target ?? 'nothing';
  const detail = `decision ${decision_id} goes back to ${target}, asked for is ${request.candidate.digest}`;
  return { code: 'linked.candidate', detail };
}
