import type { RequestStatement } from '../core/domain/statements.ts';
import { type Asked, type DecisionEvent, outcomeOf } from '../core/domain/events.ts';
import type { WayBack } from '../core/domain/addendum.ts';
import type { DigestText, Timestamp } from '../core/domain/vocabulary.ts';
import { evidenceSchema } from '../documents/evidence.ts';
import { type PolicyAction, policySchema } from '../documents/policy.ts';
import type { Denial } from './errors.ts';
import { type Rung, rungOf } from './ladder.ts';

/** How many decisions one may go back through, each enclosed in the one after it. */
export const DEEPEST = 8;

/** What comes along with an earlier decision's pack. */
export interface Carried {
  /** How many decisions lie behind it, each in the pack of the one after it. */
  readonly behind: number;
  /** Of the sealed bundle. A later pack grows by 1.8 times as many. */
  readonly bytes: number;
}

/** Largest sealed bundle that a rollback may carry: its own pack is to stay below what any reader takes. */
export const CARRIED_MAX_BYTES = 24 * 1024 * 1024;

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
  /** What its basis names as rollback target; null where its action demanded none, or it is itself a rollback. */
  readonly rollback_target: DigestText | null;
  /** Something may have run under it: it was cleared, and its executor did not swear that nothing ran. */
  readonly cleared: boolean;
  /** Null where nobody was cleared. */
  readonly cleared_at: Timestamp | null;
  readonly carried: Carried;
  /** It ended in executed. */
  readonly executed: boolean;
  /** Where it stood on the release ladder. */
  readonly rung: Rung;
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
  carried: Carried,
): LinkedDecision | null {
  const [first] = events;
  const last = events.at(-1);
  // Evaluated anew, it was let out on the last basis.
  const routed = events.findLast((event) => event.event_type === 'authority.routed');
  if (first?.event_type !== 'decision.requested' || last === undefined || routed === undefined) return null;
  const goesBackTo = rollbackTarget(first, routed, documents);
  if (goesBackTo === undefined || outcomeOf(last) === undefined) return null;
  const { policy, evidence } = askedIn(first, events);
  const cleared = events.find((event) => event.event_type === 'execution.cleared');
  return {
    decision_id: first.decision_id,
    pack,
    origin: first.origin,
    tenant: first.tenant,
    target: first.target,
    candidate: first.candidate.digest,
    rollback_target: goesBackTo,
    cleared: cleared !== undefined && !isUntouched(last),
    cleared_at: cleared?.timestamp ?? null,
    carried,
    executed: outcomeOf(last) === 'executed',
    rung: rungOf(
      first,
      policySchema.safeParse(contentOf(documents, policy.digest)).data ?? null,
      evidenceSchema.safeParse(contentOf(documents, evidence.packet)).data ?? null,
    ),
  };
}

/**
 * What one may go back to without the service, and who may: out of the chain of a decision that was cleared, closed or
 * not.
 *
 * @param documents as for {@link linkedDecision}
 * @returns null where nothing was let out, or its executor swears that nothing ran
 */
export function wayBackOf(
  events: readonly DecisionEvent[],
  documents: Parameters<typeof linkedDecision>[2],
): WayBack | null {
  const [first] = events;
  const last = events.at(-1);
  const routed = events.findLast((event) => event.event_type === 'authority.routed');
  if (first?.event_type !== 'decision.requested' || last === undefined || routed === undefined) return null;
  if (!events.some(({ event_type }) => event_type === 'execution.cleared') || isUntouched(last)) return null;
  const candidate = rollbackTarget(first, routed, documents);
  if (candidate === undefined) return null;
  const { executors, limits } = routed;
  return { executors, target: first.target, candidate, tested_until: limits.rollback_valid_until };
}

/** Undefined where the basis is not there. */
function rollbackTarget(
  first: Extract<DecisionEvent, { event_type: 'decision.requested' }>,
  routed: Extract<DecisionEvent, { event_type: 'authority.routed' }>,
  documents: Parameters<typeof linkedDecision>[2],
): DigestText | null | undefined {
  const basis = contentOf(documents, routed.basis_digest);
  if (basis === undefined) return undefined;
  const { rollback_target: target } = basis;
  // Back from a rollback is forward again, past whatever was frozen since: it takes an ordinary decision.
  return typeof target === 'string' && !isRollback(first) ? target : null;
}

/** The executor swears that nothing ran. */
function isUntouched(last: DecisionEvent): boolean {
  return last.event_type === 'execution.confirmed' && last.execution.result === 'not_executed';
}

/** Policy and evidence that a decision was evaluated from last. */
export function askedIn(
  first: Extract<DecisionEvent, { event_type: 'decision.requested' }>,
  events: readonly DecisionEvent[],
): Asked {
  const anew = events.findLast((event) => event.event_type === 'decision.reevaluated');
  const { policy_version: version, policy_digest: digest, evidence } = first;
  return anew?.asked ?? { policy: { version, digest }, evidence };
}

function contentOf(
  documents: Parameters<typeof linkedDecision>[2],
  digest: DigestText,
): Readonly<Record<string, unknown>> | undefined {
  return Object.hasOwn(documents, digest) ? documents[digest]?.content : undefined;
}

/** Whether the request says of itself that it goes back; a routed decision of such a request was held to it. */
export function isRollback({ linked }: Pick<RequestStatement, 'linked'>): boolean {
  return linked?.relation === 'undoes';
}

/**
 * What a request names is there. A rollback goes from exactly what the earlier decision let out to exactly what its basis
 * names, at the same target; it is no way to anything else.
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
  if (isTooMuch(linked.carried, undoes))
    return {
      code: 'linked.too_deep',
      detail: `too much lies behind decision ${decision_id}: ${linked.carried.behind} decisions, ${linked.carried.bytes} bytes`,
    };
  if (!undoes) return undefined;
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

/** A stage leaves room for the decision that undoes it: never without a way back. */
function isTooMuch({ behind, bytes }: Carried, undoes: boolean): boolean {
  return undoes
    ? behind >= DEEPEST || bytes > CARRIED_MAX_BYTES
    : behind >= DEEPEST - 1 || bytes > CARRIED_MAX_BYTES / 2;
}
