import { digestJson } from '../core/canon/index.ts';
import type { Body, Evaluation } from '../core/domain/commands.ts';
import type {
  AuthorityRouted,
  EndorsedReference,
  Limits,
  PolicyEvaluated,
  ResolvedFact,
  RiskEvaluated,
} from '../core/domain/events.ts';
import { endOf } from '../core/domain/deadline.ts';
import type { BarredPerson, EvidenceStatement, RequestStatement } from '../core/domain/statements.ts';
import { type DigestText, instant, type Timestamp } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import type { Ancestry } from '../documents/ancestry.ts';
import type { EvidencePacket } from '../documents/evidence.ts';
import type { Manifests } from '../documents/manifests.ts';
import type { Policy, PolicyAction, PolicyTarget } from '../documents/policy.ts';
import { policyDigest } from '../documents/policy-reader.ts';
import { personsBehind, type RosterActor, type RosterIndex, rolesAt, type Scope } from '../documents/roster-reader.ts';
import { ancestryMember, awaitAncestry, refuseAncestry } from './ancestry.ts';
import { refuseApart } from './apart.ts';
import { barredBy, dutyConflicts } from './barred.ts';
import { deficiencyText } from './blocked.ts';
import { type AdmittedCard, cardMember, cardRead, refuseCard } from './card.ts';
import { basisChanges, type BasisDocument, basisDocument } from './basis.ts';
import { type BriefDocument, briefDocument } from './brief.ts';
import type { Denial, DenialCode } from './errors.ts';
import { evidenceUntil, refuseEvidence, refuseRollback, rollbackUntil, type TestedRollback } from './evidence.ts';
import { factRecords } from './fact-records.ts';
import { celObject, type CelValue, type Facts } from './facts.ts';
import { leastApprovers } from './floors.ts';
import { runGates } from './gates.ts';
import { highlightsOf } from './highlights.ts';
import { manifestsMember, refuseManifests } from './manifests.ts';
import { missesMember } from './misses.ts';
import { noticesOf } from './notices.ts';
import { compilePolicy, type PolicyProgram } from './policy-program.ts';
import { checkLadder, releaseMember } from './ladder.ts';
import { checkLinked, isRollback, type LinkedDecision } from './linked.ts';
import { refuseResolved, resolvedMember, unnamedIn } from './resolved.ts';
import { assessRisk } from './risk.ts';
import { candidatesFor, chooseRoute, slotsOf } from './routing.ts';
import { type Timing, timingOf } from './timing.ts';
import { ownZones, type Zones } from './zones.ts';
import { checkStanding, type StandingAt } from './standing.ts';
import { checkWaivers, type GivenWaiver, waivedGates, waivedUntil, waiversMember } from './waivers.ts';
import { breakglassMember, checkReview, viabilityDenial, viabilityMember } from './viability-stage.ts';

/**
 * All that a decision is evaluated from. Signatures, endorsements and the binding of digests to documents are checked
 * by whoever fetched these (`documents/`); the verifier does both again from the pack.
 */
export interface EvaluationInput {
  readonly decisionId: string;
  /** Timestamp of `decision.requested`. */
  readonly requestedAt: Timestamp;
  /** The workflow's clock at the evaluation. */
  readonly at: Timestamp;
  readonly request: RequestStatement;
  /** Digest of the request statement. */
  readonly requestDigest: DigestText;
  /** The policy in force. */
  readonly policy: {
    readonly document: Policy;
    readonly reference: EndorsedReference;
    /** Who alone endorsed it; null or left out where several did. */
    readonly soleSigner?: string | null;
  };
  /** In force at opening, as `decision.requested` names it: who had a hand in the request then is barred for good. */
  readonly openingRoster: RosterIndex;
  /** The roster in force, which this evaluation freezes. */
  readonly roster: UnderRoster;
  /** What governance says at the evaluation. */
  readonly standing: StandingAt;
  readonly packet: EvidencePacket;
  readonly packetDigest: DigestText;
  readonly evidenceStatement: EvidenceStatement;
  /** What {@link manifestsNamed} names, as far as it is a document at all. */
  readonly manifests?: Manifests;
  /** What the packet names as its evaluation card, where the policy has it read; null or left out where that is none. */
  readonly card?: AdmittedCard | null;
  /** Id of the key that signed the request, where it is known who signed anything. */
  readonly requestKey?: string;
  /** The earlier decision that the request names; null or left out where it names none, or one that is not there. */
  readonly linked?: LinkedDecision | null;
  /** Those that the request names, in its order; left out where it names none. */
  readonly waivers?: readonly GivenWaiver[];
  /** What {@link soughtOf} names, as far as it was found. */
  readonly resolved?: readonly ResolvedFact[];
  /** What stands behind the candidate and the rollback target, where the policy asks for it and it was read. */
  readonly ancestry?: Ancestry | null;
  /** By the data of this program unless given: whoever evaluates again gives what was recorded. */
  readonly zones?: Zones;
  /** With a stored evaluation: what its denial lists as missed, not yet held against anything; null where it has no list. */
  readonly told?: unknown;
  /** With a decision that is evaluated anew: the basis that it leaves. */
  readonly before?: BasisDocument;
  /** Since when people are asked on that basis: where it stays the same, notices are counted from there. */
  readonly askedSince?: Timestamp;
  /** Whom the routing that it leaves had barred. */
  readonly barredBefore?: readonly BarredPerson[];
}

/** A roster as it was in force: without the keys that were revoked by then. */
export interface UnderRoster {
  readonly index: RosterIndex;
  readonly reference: EndorsedReference;
  /** Who alone endorsed it; null or left out where several did. */
  readonly soleSigner?: string | null;
}

export interface EvaluationResult {
  readonly evaluation: Evaluation;
  /** The documents whose digests `evaluation.routing` carries; null where the decision is denied. */
  readonly basis: BasisDocument | null;
  readonly brief: BriefDocument | null;
}

/**
 * From the documents that a request names to the people it needs, or to the reason why not. A pure function: the
 * verifier calls it again with what the pack holds and compares. A denial keeps what was evaluated before it.
 */
export function evaluate(input: EvaluationInput): EvaluationResult {
  const program = programInForce(input);
  if (isDenial(program)) return denied(input, program, null, null);
  const scene = setScene(input, program);
  if (isDenial(scene)) return denied(input, scene, null, null);
  const unfit = unfitness(input, program, scene);
  const [gravest] = unfit;
  if (gravest) return denied(input, { ...gravest, misses: unfit.flatMap(({ misses = [] }) => misses) }, null, null);

  const facts = factsOf(input, scene);
  const policy = evaluatePolicy(input, program, scene, facts);
  const unviable = viabilityDenial(policy);
  if (unviable) return denied(input, unviable, policy, null);
  const risk = assessRisk(program, facts, input);
  if (policy.result === 'deny') return denied(input, gateDenial(policy), policy, risk);

  const routed = route(input, program, scene, facts, policy, risk);
  return isDenial(routed) ? denied(input, routed, policy, risk) : routed;
}

/** What the policy's tables and the roster say of a request. */
interface Scene {
  readonly action: PolicyAction;
  readonly target: PolicyTarget;
  readonly requester: RosterActor;
  readonly scope: Scope;
  readonly rollback: TestedRollback | null;
}

function programInForce({ request, policy: { document, reference } }: EvaluationInput): PolicyProgram | Denial {
  const { version, digest } = request.policy;
  if (digest !== reference.digest || digest !== policyDigest(document) || version !== document.version) {
    return deny(
      'policy.not_in_force',
      `asked under ${version} ${digest}, in force is ${document.version} ${reference.digest}`,
    );
  }
  if (
    document.origin !== request.origin ||
    document.tenant !== request.tenant ||
    document.serial !== reference.serial
  ) {
    return deny(
      'policy.not_in_force',
      `policy ${digest} is of ${document.origin}, tenant ${document.tenant}, serial ${document.serial}`,
    );
  }
  try {
    return compilePolicy(document);
  } catch (error) {
    if (!hasCode(error)) throw error;
    return deny('policy.unusable', `policy ${digest} does not compile: ${error.code} at ${error.path}`);
  }
}

function setScene(
  { at, request, openingRoster, roster: { index }, packet }: EvaluationInput,
  { policy }: PolicyProgram,
): Scene | Denial {
  const action = policy.actions.find((known) => known.id === request.action);
  if (!action) return deny('action.unknown', `action ${request.action} is not in policy ${policy.version}`);
  const target = policy.targets.find((known) => known.id === request.target);
  if (!target) return deny('target.unknown', `target ${request.target} is not in policy ${policy.version}`);
  const { origin, tenant } = index.roster;
  const requester =
    origin === request.origin && tenant === request.tenant ? index.actors.get(request.signer) : undefined;
  if (!requester)
    return deny('requester.unknown', `${request.signer} is no entry of the roster of tenant ${request.tenant}`);
  const scope = { environment: target.environment, action: action.id, at };
  if (!rolesAt(index, request.signer, scope).includes(request.role)) {
    return deny(
      'requester.role_not_held',
      `${request.signer} does not hold ${request.role} for ${action.id} in ${target.environment}`,
    );
  }
  // Nobody stands behind an id that is no entry, so a misspelt creator would bar no one.
  const unknown = request.creators.filter((creator) => !openingRoster.actors.has(creator));
  if (unknown.length > 0) {
    const named = unknown.toSorted().slice(0, 10).join(', ');
    return deny(
      'creator.unknown',
      `creators that are no entry of the roster at opening, ${unknown.length} in all: ${named}`,
    );
  }
  const tested = action.evidence.includes('rollback') ? packet.sections.rollback : undefined;
  const rollback =
    tested?.target && tested.tested_at
      ? { target: tested.target, testedAt: tested.tested_at, owner: tested.owner }
      : null;
  return { action, target, requester, scope, rollback };
}

/**
 * Why nothing is evaluated of this request, the gravest first: a decision is denied for that one, and whoever asks again
 * learns of everything else that the evidence lacks.
 */
function unfitness(input: EvaluationInput, program: PolicyProgram, scene: Scene): readonly Denial[] {
  const { action, rollback, scope, target } = scene;
  return [
    checkApart(input, program, scene) ?? [],
    refuseEvidence(input, action, input.told === null ? [] : unnamedIn(input)),
    refuseCard(input, scope),
    refuseManifests(input),
    refuseAncestry(input) ?? [],
    checkStanding(input) ?? [],
    checkWaivers(input, target.environment) ?? [],
    refuseRollback(input, action, rollback),
    checkLinked(input.request, action, input.linked ?? null) ?? [],
    checkLadder(input, scene) ?? [],
    refuseResolved(input),
    awaitAncestry(input) ?? [],
  ].flat();
}

function checkApart(
  { request, evidenceStatement, openingRoster, roster }: EvaluationInput,
  { policy }: PolicyProgram,
  { scope }: Scene,
): Denial | undefined {
  const hands = {
    requester: [request.signer],
    candidate_creator: request.creators,
    evidence_author: [evidenceStatement.signer],
  };
  return refuseApart(policy.apart ?? [], hands, [openingRoster, roster.index], scope);
}

function factsOf({ at, request, packet }: EvaluationInput, { action, target, requester }: Scene): Facts {
  const { id, environment, system, sensitivity, blast_radius } = target;
  return {
    request: celObject({
      action: request.action,
      target: request.target,
      role: request.role,
      context: request.context,
      requester_kind: requester.kind,
    }),
    candidate: celObject({ ...request.candidate }),
    target: celObject({ id, environment, system, sensitivity, blast_radius }),
    action: celObject({
      id: action.id,
      class: action.class,
      effects: action.effects,
      irreversible: action.irreversible,
    }),
    evidence: celObject({ ...packet.sections }),
    age: agesOf(at, packet),
  };
}

/** A test of which no time is given has no age: a factor that reads it takes the worst case. */
function agesOf(at: Timestamp, { created_at, sections: { rollback } }: EvidencePacket): CelValue {
  const tested = rollback?.tested_at ?? null;
  return celObject({
    evidence: ageOf(created_at, at),
    ...(tested === null ? {} : { rollback_test: ageOf(tested, at) }),
  });
}

/** Whole seconds; what lies in an author's future counts as now. */
function ageOf(since: Timestamp, at: Timestamp): number {
  return Math.max(0, Math.floor((instant(at) - instant(since)) / 1000));
}

function evaluatePolicy(
  { policy, packet, waivers }: EvaluationInput,
  program: PolicyProgram,
  { action }: Scene,
  facts: Facts,
): Body<PolicyEvaluated> {
  const { result, gates } = runGates(program, facts, waivedGates(waivers));
  const { version } = policy.document;
  return {
    policy_version: version,
    policy: policy.reference,
    result,
    gates,
    facts: factRecords(program),
    ...viabilityMember(policy.document, action, packet),
    ...waiversMember(waivers, gates),
  };
}

function gateDenial({ gates }: Body<PolicyEvaluated>): Denial {
  const denying = gates
    .filter((gate) => gate.triggered && gate.result === 'deny' && gate.waived === undefined)
    .map((gate) => gate.id);
  return deny(
    'gate.denied',
    `denied by ${denying.slice(0, 10).join(', ')}${denying.length > 10 ? ` and ${denying.length - 10} more` : ''}`,
  );
}

function route(
  input: EvaluationInput,
  program: PolicyProgram,
  scene: Scene,
  before: Facts,
  policy: Body<PolicyEvaluated>,
  risk: Body<RiskEvaluated>,
): EvaluationResult | Denial {
  const { request, roster } = input;
  const { action, target, scope } = scene;
  const band = risk.risk_band;
  const facts = {
    ...before,
    gates: celObject({
      result: policy.result,
      triggered: policy.gates.filter((gate) => gate.triggered).map((gate) => gate.id),
    }),
    risk: celObject({ score: risk.risk_score, band }),
  };

  const chosen = chooseRoute(program, facts);
  if (isDenial(chosen)) return chosen;
  const slots = slotsOf(chosen);
  const unreviewed = checkReview(policy, chosen);
  if (unreviewed) return unreviewed;
  const positions = slots.reduce((sum, slot) => sum + slot.signatures, 0);
  const least = leastApprovers({ band, environment: target.environment, effects: action.effects }, policy.result);
  if (positions < least) {
    return deny(
      'route.below_floor',
      `route ${chosen.id} asks for ${positions} persons; ${band} ${action.id} in ${target.environment} needs ${least}`,
    );
  }

  const origins = {
    requester: request.signer,
    creators: request.creators,
    evidenceAuthor: input.evidenceStatement.signer,
    evaluator: cardRead(input)?.statement.signer ?? null,
    waiverAuthors: (input.waivers ?? []).map(({ statement }) => statement.signer),
  };
  const soleSigners = { policy: input.policy.soleSigner ?? null, roster: roster.soleSigner ?? null };
  const barred = barredBy(origins, [input.openingRoster, roster.index], soleSigners, input.barredBefore);
  const [conflict] = dutyConflicts(barred, band, program.policy);
  if (conflict) return deny('duty.conflict', `${conflict.actor_id} is ${conflict.duties.join(' and ')}; band ${band}`);

  const { candidates, deficient } = candidatesFor(slots, roster.index, scope, barred);
  if (deficient) {
    return deny('route.impossible', deficiencyText(deficient));
  }

  const timing = timingOf({
    times: program.policy.times,
    operation: program.policy.operation,
    target,
    action,
    requestedAt: input.requestedAt,
    at: input.at,
    zones: input.zones ?? ownZones,
  });
  if (isDenial(timing)) return timing;

  const basis = basisDocument({
    origin: request.origin,
    tenant: request.tenant,
    decision_id: input.decisionId,
    request: input.requestDigest,
    candidate: request.candidate,
    action: action.id,
    target: target.id,
    evidence: request.evidence,
    policy: request.policy,
    risk_score: risk.risk_score,
    risk_band: band,
    rollback_target: scene.rollback?.target ?? null,
  });
  const basis_digest = digestJson(basis);
  const limits = limitsOf(input, scene, policy, timing.deadline);
  // Who is evaluated anew under another roster cannot put off by that who is let in.
  const isSameBasis = input.before !== undefined && digestJson(input.before) === basis_digest;
  const since = isSameBasis ? (input.askedSince ?? input.at) : input.at;
  const notices = noticesOf({
    times: program.policy.times,
    slots,
    roster: roster.index,
    scope,
    barred,
    after: (seconds) => timing.after(since, seconds),
    until: endOf(limits).at,
  });
  const brief = briefOf(input, scene, {
    policy,
    risk,
    basis: basis_digest,
    limits,
    authority: { route: chosen.id, slots, barred, ...notices, ...operationMember(timing) },
    ...(timing.members.windows === undefined ? {} : { windows: timing.members.windows }),
    ...(input.before === undefined
      ? {}
      : { anew: { basis_before: digestJson(input.before), changed: basisChanges(input.before, basis) } }),
  });
  const routing = {
    basis_digest,
    route: chosen.id,
    required_roles: slots.map((slot) => slot.role),
    slots,
    roster: roster.reference,
    barred,
    candidates,
    brief: digestJson(brief),
    cancel_roles: program.policy.cancel_roles.toSorted(),
    ...(program.policy.veto_roles === undefined ? {} : { veto_roles: program.policy.veto_roles.toSorted() }),
    executors: target.executors.toSorted(),
    limits,
    satisfied: positions === 0,
    ...breakglassMember(program.policy, action, policy),
    ...(program.policy.delegation === undefined ? {} : { delegation: program.policy.delegation }),
    ...standingMember(input),
    ...manifestsMember(input),
    ...cardMember(input),
    ...resolvedMember(input),
    ...ancestryMember(input),
    ...notices,
    ...timing.members,
  };
  return { evaluation: { policy, risk, routing, denial: null }, basis, brief };
}

/** What operators may do, as the route and the brief say it. */
function operationMember({ members: { operation } }: Timing): Pick<AuthorityRouted, 'operation'> {
  return operation === undefined ? {} : { operation };
}

/** The member by which an event names the standing it was decided under. */
function standingMember({ standing: { inForce } }: EvaluationInput): { readonly standing?: EndorsedReference } {
  return inForce === null ? {} : { standing: inForce.reference };
}

function limitsOf(
  input: EvaluationInput,
  { rollback }: Scene,
  { waivers }: Body<PolicyEvaluated>,
  deadline: Timestamp,
): Limits {
  const { at, policy } = input;
  const waived = waivedUntil(waivers);
  const { times } = policy.document;
  return {
    decision_deadline: deadline,
    evidence_valid_until: evidenceUntil(input),
    rollback_valid_until: rollback && rollbackUntil(at, rollback, policy.document),
    ...(waived === undefined ? {} : { waivers_valid_until: waived }),
    approval_life_s: times.approval_life_s,
    permit_life_s: times.permit_life_s,
    confirmation_s: times.confirmation_s,
  };
}

function briefOf(
  input: EvaluationInput,
  { action, target, requester, rollback }: Scene,
  decided: Pick<
    Parameters<typeof briefDocument>[0],
    'policy' | 'risk' | 'basis' | 'limits' | 'authority' | 'windows' | 'anew'
  >,
): BriefDocument {
  const { at, requestedAt, decisionId, request, roster, packet, evidenceStatement, linked } = input;
  const card = cardRead(input);
  const { kind } = requester;
  const permissions = packet.sections.safety_and_security?.permission_diff;
  return briefDocument({
    ...decided,
    origin: request.origin,
    tenant: request.tenant,
    decision_id: decisionId,
    requested_at: requestedAt,
    evaluated_at: at,
    requester: {
      actor_id: request.signer,
      kind,
      role: request.role,
      controlled_by: kind === 'workload' ? personsBehind(roster.index, request.signer) : [],
    },
    action,
    target,
    candidate: request.candidate,
    creators: request.creators.toSorted(),
    context: request.context,
    summary: request.summary,
    evidence: {
      ...request.evidence,
      author: evidenceStatement.signer,
      created_at: packet.created_at,
      sections: Object.keys(packet.sections).sort(),
      highlights: highlightsOf(packet),
      ...(card === null
        ? {}
        : { evaluated: { by: card.statement.signer, card: card.digest, finished_at: card.statement.finished_at } }),
      permissions: permissions
        ? { added: permissions.added.toSorted(), removed: permissions.removed.toSorted() }
        : null,
    },
    rollback: rollback && {
      target: rollback.target,
      tested_at: rollback.testedAt,
      test_age_s: ageOf(rollback.testedAt, at),
      owner: rollback.owner,
    },
    ...(linked && isRollback(request)
      ? { undoes: { decision_id: linked.decision_id, candidate: linked.candidate } }
      : {}),
    ...releaseMember(action, packet, linked ?? null),
  });
}

function deny(code: DenialCode, detail: string): Denial {
  return { code, detail };
}

function isDenial<T extends object>(value: T | Denial): value is Denial {
  return 'detail' in value && 'code' in value;
}

/** A denial says what it was evaluated under, so that anybody can evaluate it again. */
function denied(
  input: EvaluationInput,
  denial: Denial,
  policy: Body<PolicyEvaluated> | null,
  risk: Body<RiskEvaluated> | null,
): EvaluationResult {
  const { policy: inForce, roster } = input;
  const { code, detail } = denial;
  const recorded = {
    code,
    detail,
    ...missesMember(denial, input.told),
    policy: inForce.reference,
    roster: roster.reference,
    ...standingMember(input),
    ...manifestsMember(input),
    ...cardMember(input),
    ...resolvedMember(input),
    ...ancestryMember(input),
  };
  return { evaluation: { policy, risk, routing: null, denial: recorded }, basis: null, brief: null };
}
