import type { ReevaluationFacts } from '../commands.ts';
import { deadlineOf } from '../deadline.ts';
import { DomainError, type RefusalCode } from '../errors.ts';
import type { Asked, DecisionEvent, DecisionReevaluated, EventDraft } from '../events.ts';
import { countingIn, type OpenState, type Outdated, type StateAt } from '../state.ts';
import type { ReevaluationStatement } from '../statements.ts';
import { type DigestText, SYSTEM_ACTOR, type Timestamp } from '../vocabulary.ts';
import { eligibleAt } from './authority.ts';
import { authorityOf } from './override.ts';
import type { Admitted, Pending } from './pending.ts';
import { decideEvaluate } from './policy.ts';

/**
 * Evaluated anew (R48, ruling 4): what is in force, or what speaks for the candidate, has changed since the decision was
 * routed. People's statements count on under the new routing where its basis is the same and they are still eligible;
 * another basis ends them all, and the event says what changed.
 */

/** How often a decision is evaluated anew at most: each time is four events and a brief for ever. */
export const REEVALUATIONS = 32;

/** What the decision is evaluated from: as it was asked for last. */
export function askedIn({ requested, reevaluated }: OpenState | StateAt<'closed'>): Asked {
  const { policy_version: version, policy_digest: digest, evidence } = requested;
  return reevaluated?.asked ?? { policy: { version, digest }, evidence };
}

export function refuseReevaluation(
  { statement, signer }: Admitted<ReevaluationStatement>,
  state: Pending,
  at: Timestamp,
): RefusalCode | undefined {
  const { requested, routing } = state;
  // What is asked for is for whoever asked; that the roster has changed may be told by everybody who waits for it.
  const asks = statement.signer === requested.requester;
  const tells =
    routing.executors.includes(statement.signer) ||
    (signer.kind === 'person' &&
      (signer.duties.includes('requester_controller') ||
        signer.roles.some((role) => routing.cancel_roles.includes(role))));
  if (!asks && !(tells && isSame(statement, askedIn(state)))) return 'reevaluation.not_allowed';
  if (statement.basis !== routing.basis_digest) return 'reevaluation.basis';
  if ((state.reevaluated?.times ?? 0) >= REEVALUATIONS) return 'reevaluation.too_often';
  // Newer evidence, or a policy with more time, brings nothing that has ended to life again.
  return at >= deadlineOf(state).at ? 'reevaluation.too_late' : undefined;
}

export function decideReevaluation(
  { digest, statement }: Admitted<ReevaluationStatement>,
  state: Pending,
  at: Timestamp,
  facts: ReevaluationFacts | undefined,
): RefusalCode | readonly EventDraft[] {
  if (facts === undefined) {
    throw new DomainError('decision.illegal_command', {
      message: 'a command came without a fact it needs',
      expected: 'what the decision is evaluated to anew',
    });
  }
  if (facts.refused !== null) return facts.refused;
  if (!isSame(facts.asked, statement)) return 'reevaluation.evidence';
  if (isUnchanged(facts, state)) return 'reevaluation.unchanged';
  return reevaluated(state, at, facts, { actor_id: statement.signer, statement: digest, claim: null });
}

/**
 * By itself, once a claim was refused for want of people under a roster that is not the one they were asked under. It never
 * denies: nobody has asked for an end.
 */
export function decideReevaluate(state: Pending, at: Timestamp, facts: ReevaluationFacts): readonly EventDraft[] {
  const claim = foundBy(state);
  if (claim === undefined || facts.refused !== null || facts.evaluation.routing === null) return [];
  if (!isSame(facts.asked, askedIn(state)) || isUnchanged(facts, state)) return [];
  return reevaluated(state, at, facts, { actor_id: SYSTEM_ACTOR, statement: null, claim });
}

/** The refused claim for which a decision is evaluated anew by itself; undefined where there is none, or it was often enough. */
export function foundBy(state: OpenState): DigestText | undefined {
  if (state.outdated?.code !== 'claim.authority_missing') return undefined;
  return (state.reevaluated?.times ?? 0) >= REEVALUATIONS ? undefined : state.outdated.claim;
}

type Possible = Extract<ReevaluationFacts, { refused: null }>;

function isSame(a: Asked, b: Asked): boolean {
  return (
    a.policy.digest === b.policy.digest &&
    a.policy.version === b.policy.version &&
    a.evidence.packet === b.evidence.packet &&
    a.evidence.statement === b.evidence.statement
  );
}

/** A newer standing alone changes nothing here: what it says is read at every claim. */
function isUnchanged({ asked, evaluation, ineligible }: Possible, state: Pending): boolean {
  if (evaluation.routing === null) return false;
  const sameRoster = evaluation.routing.roster.digest === state.routing.roster.digest;
  return sameRoster && isSame(asked, askedIn(state)) && ineligible.length === 0;
}

function reevaluated(
  state: Pending,
  at: Timestamp,
  { asked, evaluation, changed, ineligible }: Possible,
  cause: Pick<DecisionReevaluated, 'actor_id' | 'statement' | 'claim'>,
): readonly EventDraft[] {
  const { routing, risk } = evaluation;
  const before = state.routing.basis_digest;
  const after = routing?.basis_digest ?? null;
  const barred = new Set(routing?.barred.map(({ actor_id }) => actor_id));
  const keep = <T extends { statement: DigestText; expires_at: Timestamp; actor_id: string }>(live: readonly T[]) =>
    after === before ? eligibleAt(live, at, ineligible).filter(({ actor_id }) => !barred.has(actor_id)) : [];
  const delegations = keep(state.delegations).filter(({ delegate }) => !barred.has(delegate));
  const given = new Set(delegations.map(({ statement }) => statement));
  const approvals = keep(state.approvals).filter(({ delegation }) => delegation === undefined || given.has(delegation));
  const overrides = keep(state.overrides);
  const kept = [...approvals, ...overrides, ...delegations].map(({ statement }) => statement).sort();
  const ended = countingIn(state)
    .filter((statement) => !kept.includes(statement))
    .sort();
  const event: EventDraft = {
    event_type: 'decision.reevaluated',
    timestamp: at,
    ...cause,
    asked: { policy: asked.policy, evidence: asked.evidence },
    basis: { before, after },
    changed,
    ended,
  };
  if (routing === null || risk === null) return [event, ...decideEvaluate(evaluation, at)];
  const anew = { ...state, risk, routing: { ...state.routing, ...routing } };
  const { assignment, satisfied } = authorityOf(anew, approvals, overrides);
  return [event, ...decideEvaluate({ ...evaluation, routing: { ...routing, satisfied, kept, assignment } }, at)];
}

/** Back to where the evaluation begins, with what people have said; the rest of the batch leads on from there. */
export function evolveReevaluated(
  state: Pending,
  event: Extract<DecisionEvent, { event_type: 'decision.reevaluated' }>,
): StateAt<'requested'> {
  const { decisionId, head, lastAt, since, requested, answered, refusedBy } = state;
  const { approvals, overrides, delegations, withdrawn, reminded, escalated, operations, routing } = state;
  const { hash, at, basis_digest, brief, route } = routing;
  const { asked, changed, ended, integrity_hash, timestamp } = event;
  return {
    stage: 'requested',
    decisionId,
    head,
    lastAt,
    since,
    requested,
    answered,
    refusedBy,
    reevaluated: {
      hash: integrity_hash,
      at: timestamp,
      asked,
      changed,
      ended,
      times: (state.reevaluated?.times ?? 0) + 1,
      earlier: [...(state.reevaluated?.earlier ?? []), { hash, at, basis_digest, brief }],
      basisChange: changed.length > 0 ? integrity_hash : (state.reevaluated?.basisChange ?? null),
      carried: {
        approvals,
        overrides,
        delegations,
        withdrawn,
        ...(reminded === undefined ? {} : { reminded }),
        ...(escalated === undefined ? {} : { escalated }),
        ...(operations === undefined ? {} : { operations }),
        basis_digest,
        route,
      },
    },
  };
}

/** A claim that was refused is remembered: it says what keeps the decision from its clearance, and what has to be done. */
export function outdatedBy(
  state: OpenState,
  event: Extract<DecisionEvent, { event_type: 'statement.refused' }>,
): OpenState {
  const { kind, code, statement, roster } = event;
  if (kind !== 'claim' || !('routing' in state) || state.stage === 'cleared') return state;
  const refusedClaim = { code, at: event.timestamp, by: event.actor_id };
  const found =
    (code === 'claim.authority_missing' && roster !== null && roster.digest !== state.routing.roster.digest) ||
    code === 'claim.policy_withdrawn';
  if (!found) return { ...state, refusedClaim };
  const outdated: Outdated = { code: code as Outdated['code'], claim: statement };
  return { ...state, outdated, refusedClaim };
}
