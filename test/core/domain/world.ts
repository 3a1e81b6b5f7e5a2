import { digestJson } from '../../../core/canon/index.ts';
import type {
  AdmittedStatement,
  Command,
  Evaluation,
  InForceFacts,
  PermitFacts,
  ReevaluationFacts,
  Revocation,
  SignerFacts,
} from '../../../core/domain/commands.ts';
import type { EndorsedReference, EventDraft, EventType } from '../../../core/domain/events.ts';
import type { DecisionState } from '../../../core/domain/state.ts';
import { type SubmittedKind, type SubmittedStatement, statementType } from '../../../core/domain/statements.ts';
import {
  type DigestText,
  type Duty,
  SYSTEM_ACTOR,
  type Timestamp,
  timestamp,
} from '../../../core/domain/vocabulary.ts';

/** One small world for the tests of the domain: its people, its events, and what its people sign. */

const START = Date.parse('2026-03-02T09:00:00.000Z');

/** So many seconds into the decision. */
export const s = (seconds: number): Timestamp => timestamp(START + Math.round(seconds * 1000));
export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 24 * HOUR;

export const DECISION = '7f0c2f44-8a51-8d2e-9b7a-1f2e3d4c5b6a';
export const ORIGIN = 'countersign.example';
export const TENANT = 'acme';
export const TARGET = 'prod-gateway-01';

/** Explorations ask for the same few a million times. */
const digests = new Map<string, DigestText>();

/** A digest that depends on its label only; also serves as a commitment. */
export function digest(label: string): DigestText {
  const known = digests.get(label) ?? digestJson({ label });
  digests.set(label, known);
  return known;
}

/** In force from the request to the route. */
export const ROSTER_AT_OPENING: EndorsedReference = {
  serial: 4,
  digest: digest('roster 4'),
  endorsements: [digest('roster endorsement')],
};
export const BASIS = digest('basis');
export const BRIEF = digest('brief');
export const SUBJECT = digest('candidate gateway-router 2.4.0');

const person = (...roles: string[]): SignerFacts => ({ kind: 'person', roles, duties: [] });
const barred = (facts: SignerFacts, ...duties: Duty[]): SignerFacts => ({ ...facts, duties });

/** `p-` persons, `w-` workloads. Everybody barred holds a role, so that only the duty stands in the way. */
export const PEOPLE = {
  'p-ann': person('release_owner'),
  'p-bob': person('security_owner'),
  'p-cyd': person('release_owner', 'security_owner'),
  'p-dee': person('release_owner', 'security_owner'),
  'p-lea': person('incident_lead'),
  'p-out': person('auditor'),
  'p-ops': person('release_manager'),
  'p-axe': person('breakglass_officer'),
  'p-max': person('breakglass_officer'),
  'p-boss': barred(person('release_owner', 'security_owner'), 'requester_controller'),
  'p-kit': barred(person('release_owner', 'security_owner'), 'candidate_creator'),
  'p-eve': barred(person('release_owner', 'security_owner'), 'evidence_author'),
  'w-pipeline': barred({ kind: 'workload', roles: ['operator', 'release_owner'], duties: [] }, 'requester'),
  'w-sibling': barred({ kind: 'workload', roles: ['operator'], duties: [] }, 'requester_controller'),
  'w-robot': { kind: 'workload', roles: ['incident_lead', 'release_owner'], duties: [] },
  'w-deployer': { kind: 'workload', roles: ['executor'], duties: [] },
  'w-spare': { kind: 'workload', roles: ['executor'], duties: [] },
} as const satisfies Record<string, SignerFacts>;
export type Actor = keyof typeof PEOPLE;

export type DraftOf<T extends EventType> = Extract<EventDraft, { event_type: T }>;
type Change<T extends EventType> = Partial<Omit<DraftOf<T>, 'event_type'>>;

// Events, as they stand in a chain where nothing special happens.

export function requested(change: Change<'decision.requested'> = {}): DraftOf<'decision.requested'> {
  return {
    event_type: 'decision.requested',
    timestamp: s(0),
    actor_id: 'w-pipeline',
    origin: ORIGIN,
    tenant: TENANT,
    request: digest('request'),
    actor_role: 'operator',
    action: 'deploy.change',
    target: TARGET,
    candidate: { name: 'gateway-router', version: '2.4.0', digest: SUBJECT },
    creators: ['p-kit'],
    evidence: { packet: digest('packet'), statement: digest('evidence') },
    policy_version: '1.2.0',
    policy_digest: digest('policy 1.2.0'),
    context: { change_type: 'config_update', ticket: 'CHG-1042' },
    summary: digest('summary'),
    roster: ROSTER_AT_OPENING,
    ...change,
  };
}

export function policyEvaluated(change: Change<'policy.evaluated'> = {}): DraftOf<'policy.evaluated'> {
  return {
    event_type: 'policy.evaluated',
    timestamp: s(1),
    actor_id: SYSTEM_ACTOR,
    policy_version: '1.2.0',
    policy: { serial: 3, digest: digest('policy 1.2.0'), endorsements: [digest('policy endorsement')] },
    result: 'escalate',
    gates: [
      {
        id: 'POL-PROD-001',
        name: 'Production change',
        hard: false,
        triggered: true,
        result: 'escalate',
        reason: 'the target is in production',
      },
    ],
    facts: [{ name: 'target.environment', source: 'policy' }],
    ...change,
  };
}

export function riskEvaluated(change: Change<'risk.evaluated'> = {}): DraftOf<'risk.evaluated'> {
  return {
    event_type: 'risk.evaluated',
    timestamp: s(1),
    actor_id: SYSTEM_ACTOR,
    risk_score: 0.72,
    risk_band: 'high',
    band_note: null,
    thresholds: { band_low_max: 0.25, band_med_max: 0.55, band_high_max: 0.85, band_critical_min: 0.85 },
    factors: [
      { id: 'environment', value: 0.9, weight: 0.8, source: 'policy', reason: 'target.environment is production' },
    ],
    ...change,
  };
}

/** One release owner and one security owner. */
export function routed(change: Change<'authority.routed'> = {}): DraftOf<'authority.routed'> {
  return {
    event_type: 'authority.routed',
    timestamp: s(1),
    actor_id: SYSTEM_ACTOR,
    basis_digest: BASIS,
    route: 'production-high',
    required_roles: ['release_owner', 'security_owner'],
    slots: [
      { role: 'release_owner', signatures: 1 },
      { role: 'security_owner', signatures: 1 },
    ],
    roster: ROSTER_AT_OPENING,
    barred: [
      { actor_id: 'p-boss', duties: ['requester_controller'] },
      { actor_id: 'p-eve', duties: ['evidence_author'] },
      { actor_id: 'p-kit', duties: ['candidate_creator'] },
      { actor_id: 'w-pipeline', duties: ['requester'] },
    ],
    candidates: [
      { role: 'release_owner', count: 3, actor_ids: ['p-ann', 'p-cyd', 'p-dee'] },
      { role: 'security_owner', count: 3, actor_ids: ['p-bob', 'p-cyd', 'p-dee'] },
    ],
    brief: BRIEF,
    cancel_roles: ['incident_lead'],
    executors: ['w-deployer', 'w-spare'],
    limits: {
      decision_deadline: s(DAY),
      evidence_valid_until: s(2 * DAY),
      rollback_valid_until: s(3 * DAY),
      approval_life_s: HOUR,
      permit_life_s: 10 * MINUTE,
      confirmation_s: HOUR,
    },
    satisfied: false,
    ...change,
  };
}

/** Asked for by whoever asked for the decision, on the same basis, and ending nothing. */
export function reevaluated(change: Change<'decision.reevaluated'> = {}): DraftOf<'decision.reevaluated'> {
  return {
    event_type: 'decision.reevaluated',
    timestamp: s(300),
    actor_id: 'w-pipeline',
    statement: digest('reevaluation'),
    claim: null,
    asked: ASKED,
    basis: { before: BASIS, after: BASIS },
    changed: [],
    ended: [],
    ...change,
  };
}

/** What the request names. */
export const ASKED = {
  policy: { version: '1.2.0', digest: digest('policy 1.2.0') },
  evidence: { packet: digest('packet'), statement: digest('evidence') },
};
/** Newer evidence, and what comes of it. */
export const NEWER = { ...ASKED, evidence: { packet: digest('packet 2'), statement: digest('evidence 2') } };
export const NEW_BASIS = digest('basis 2');
export const CHANGED = [{ path: '$.evidence.packet', before: digest('packet'), after: digest('packet 2') }];

/** A route that asks for these signatures; `routed({ slots })` with the roles that follow from it. */
export function asking(slots: Readonly<Record<string, number>>, change: Change<'authority.routed'> = {}) {
  const roles = Object.keys(slots).sort();
  return routed({
    slots: roles.map((role) => ({ role, signatures: slots[role] ?? 0 })),
    required_roles: roles,
    satisfied: roles.length === 0,
    ...change,
  });
}

/** Routed with this one limit different. */
export function limited(limits: Partial<DraftOf<'authority.routed'>['limits']>) {
  return routed({ limits: { ...routed().limits, ...limits } });
}

/** The approval of p-ann (release owner) or p-bob (security owner), with the assignment that it leads to. */
export function approved(
  signer: 'p-ann' | 'p-bob',
  seconds: number,
  before: DraftOf<'authority.approved'>['assignment'] = [],
): DraftOf<'authority.approved'> {
  const role = signer === 'p-ann' ? 'release_owner' : 'security_owner';
  const statement = digest(`approval ${signer} ${s(seconds)}`);
  const assignment = [...before, { role, actor_id: signer, statement }].sort((a, b) => (a.role < b.role ? -1 : 1));
  return {
    event_type: 'authority.approved',
    timestamp: s(seconds),
    actor_id: signer,
    statement,
    role,
    roles: [role],
    scope: 'full',
    approved_at: s(seconds),
    expires_at: s(seconds + HOUR),
    rationale: digest('rationale'),
    assignment,
    satisfied: assignment.length === 2,
  };
}

export function cleared(seconds: number, change: Change<'execution.cleared'> = {}): DraftOf<'execution.cleared'> {
  return {
    event_type: 'execution.cleared',
    timestamp: s(seconds),
    actor_id: 'w-deployer',
    claim: digest(`claim w-deployer ${s(seconds)}`),
    subject: SUBJECT,
    target: TARGET,
    assignment: BOTH,
    roster: ROSTER_IN_FORCE,
    not_after: s(seconds + 10 * MINUTE),
    bounded_by: 'permit_life_s',
    confirm_by: s(seconds + HOUR),
    ...change,
  };
}

export function confirmed(seconds: number, change: Change<'execution.confirmed'> = {}): DraftOf<'execution.confirmed'> {
  return {
    event_type: 'execution.confirmed',
    timestamp: s(seconds),
    actor_id: 'w-deployer',
    receipt: digest(`receipt w-deployer ${s(seconds)}`),
    permit: PERMIT,
    execution: { tool: 'gateway.apply_config', target: TARGET, result: 'success', receipt_id: 'rcpt-1042' },
    subject: SUBJECT,
    subject_matches: true,
    command: digest('command'),
    started_at: s(seconds - 30),
    finished_at: s(seconds - 1),
    late: false,
    ...change,
  };
}

export function refusedWith(
  code: string,
  signer: string,
  seconds: number,
  kind: SubmittedKind = 'approval',
): DraftOf<'statement.refused'> {
  const statement = digest(`${kind} ${signer} ${s(seconds)}`);
  const roster = kind === 'claim' ? ROSTER_IN_FORCE : null;
  return { event_type: 'statement.refused', timestamp: s(seconds), actor_id: signer, statement, kind, code, roster };
}

export const ROSTER_IN_FORCE: EndorsedReference = {
  serial: 5,
  digest: digest('roster 5'),
  endorsements: [digest('endorsement of 5')],
};
export const PERMIT = digest('permit');

const ANN = approved('p-ann', 60);
const BOB = approved('p-bob', 120, ANN.assignment);
/** Who fills what after both approved. */
export const BOTH = BOB.assignment;

/** A chain that stands in each stage, and nothing more in it than it takes. */
export const CHAINS = {
  empty: [],
  requested: [requested()],
  policy_evaluated: [requested(), policyEvaluated()],
  risk_evaluated: [requested(), policyEvaluated(), riskEvaluated()],
  routed: [requested(), policyEvaluated(), riskEvaluated(), routed()],
  authorized: [requested(), policyEvaluated(), riskEvaluated(), routed(), ANN, BOB],
  cleared: [requested(), policyEvaluated(), riskEvaluated(), routed(), ANN, BOB, cleared(180)],
  closed: [requested(), policyEvaluated(), riskEvaluated(), routed(), ANN, BOB, cleared(180), confirmed(240)],
} as const satisfies Record<DecisionState['stage'], readonly EventDraft[]>;

/** A chain up to this routing. */
export const upTo = (routing: DraftOf<'authority.routed'>): readonly EventDraft[] => [
  ...CHAINS.risk_evaluated,
  routing,
];

// Commands. Each fits the state it is given to, except for what the test changes.

/** A command that takes basis, hashes and ids from the state it comes to. */
export type Act = (state: DecisionState) => Command;

export const open =
  (seconds = 0): Act =>
  () => {
    const { event_type, timestamp: at, actor_id: requester, ...request } = requested({ timestamp: s(seconds) });
    return { type: 'open', id: 'open', at, requester, request };
  };

export const ROUTING = ((): Evaluation => {
  const [policy, risk, routing] = [policyEvaluated(), riskEvaluated(), routed()].map(
    ({ event_type, timestamp: at, actor_id, ...body }) => body,
  );
  return { policy, risk, routing, denial: null } as Evaluation;
})();

export const evaluated =
  (seconds = 1, change: Partial<Evaluation> = {}): Act =>
  () => ({ type: 'evaluate', id: 'evaluate', at: s(seconds), evaluation: { ...ROUTING, ...change } });

export const tick =
  (seconds: number): Act =>
  () => ({ type: 'tick', id: `tick/${seconds}`, at: s(seconds) });

/** Digest of something that governance has revoked. */
export const REVOKED = digest('a parent');

export const stop =
  (seconds: number, changes: Partial<Revocation> = {}): Act =>
  () => ({
    type: 'stop',
    id: `stop/${seconds}`,
    at: s(seconds),
    revocation: {
      code: 'candidate.revoked',
      standing: { serial: 7, digest: digest('standing 7'), endorsements: [digest('endorsement')] },
      revoked: [REVOKED],
      ...changes,
    },
  });

export const restored =
  (seconds: number): Act =>
  ({ head }) => ({
    type: 'restored',
    id: 'restored',
    at: s(seconds),
    fromSequence: head.sequence,
    head: digest('head'),
  });

type StatementOf<K extends SubmittedKind> = Extract<SubmittedStatement, { _type: ReturnType<typeof statementType<K>> }>;

/** What a test changes: members of the statement, of what is known of its signer, and the facts beside it. */
interface Changes<K extends SubmittedKind> {
  readonly statement?: Partial<StatementOf<K>>;
  readonly signer?: Partial<SignerFacts>;
  readonly digest?: DigestText;
  readonly inForce?: Partial<InForceFacts> | null;
  readonly permit?: Partial<PermitFacts> | null;
  readonly owner?: AdmittedStatement['owner'];
  readonly delegate?: AdmittedStatement['delegate'];
  readonly from?: AdmittedStatement['from'];
  readonly to?: AdmittedStatement['to'];
  readonly stops?: readonly string[];
  readonly overdue?: string;
  readonly reevaluation?: ReevaluationFacts;
}

export const approval = (signer: Actor, seconds: number, changes: Changes<'approval'> = {}): Act =>
  submit<'approval'>('approval', signer, seconds, changes, (state) => ({
    ...shown(state),
    roles: PEOPLE[signer].roles,
    scope: 'full',
    rationale: digest('rationale'),
    expires_at: s(seconds + HOUR),
    ...superseding(state, signer),
  }));

/** What a policy that knows break-glass puts into the route. */
export const BREAKGLASS = { role: 'breakglass_officer', life_s: 1800, review_role: 'auditor', review_s: 5 * DAY };

export const override = (signer: Actor, seconds: number, changes: Changes<'override'> = {}): Act =>
  submit<'override'>('override', signer, seconds, changes, (state) => ({
    ...shown(state),
    role: BREAKGLASS.role,
    owner: signer,
    controls: ['pager-watch'],
    reason: digest('reason'),
    expires_at: s(seconds + BREAKGLASS.life_s),
    ...superseding(state, signer),
  }));

/** What a policy that lets roles be delegated puts into the route. */
export const DELEGABLE = { roles: ['release_owner'], life_s: 2 * HOUR };

export const delegation = (signer: Actor, to: Actor, seconds: number, changes: Changes<'delegation'> = {}): Act =>
  submit<'delegation'>('delegation', signer, seconds, changes, (state) => ({
    ...shown(state),
    delegate: to,
    role: 'release_owner',
    reason: digest('reason'),
    expires_at: s(seconds + HOUR),
    ...superseding(state, signer),
  }));

/** What a policy with operators puts into the route. */
export const OPERABLE = { roles: ['release_manager'], nudge_every_s: HOUR, extend_until: s(DAY + 4 * HOUR) };

/** What everybody who acts on the waiting says. */
const acting = (state: DecisionState) => {
  const { basis, routed: seen } = shown(state);
  return { basis, routed: seen, actor_role: 'release_manager', reason: digest('reason') };
};

export const nudge = (signer: Actor, seconds: number, changes: Changes<'nudge'> = {}): Act =>
  submit<'nudge'>('nudge', signer, seconds, changes, acting);

/** A nudge by whoever asked, in no role. */
export const ownNudge = (signer: Actor, seconds: number, changes: Changes<'nudge'> = {}): Act =>
  submit<'nudge'>('nudge', signer, seconds, changes, (state) => {
    const { actor_role: _, ...own } = acting(state);
    return own;
  });

export const extension = (signer: Actor, until: number, seconds: number, changes: Changes<'extension'> = {}): Act =>
  submit<'extension'>('extension', signer, seconds, changes, (state) => ({ ...acting(state), until: s(until) }));

/** In the role of p-ann, unless a test says otherwise. */
export const reassignment = (
  signer: Actor,
  [from, to]: readonly [from: Actor, to: Actor],
  seconds: number,
  changes: Changes<'reassignment'> = {},
): Act =>
  submit<'reassignment'>('reassignment', signer, seconds, changes, (state) => ({
    ...acting(state),
    role: 'release_owner',
    from,
    to,
  }));

/** The same, by the first of the two. */
export const handOver = (
  [from, to]: readonly [from: Actor, to: Actor],
  seconds: number,
  changes: Changes<'reassignment'> = {},
): Act =>
  submit<'reassignment'>('reassignment', from, seconds, changes, (state) => {
    const { actor_role: _, ...own } = acting(state);
    return { ...own, role: 'release_owner', from, to };
  });

/** An approval in the place of whoever delegated to its signer. */
export const standIn = (signer: Actor, seconds: number, changes: Changes<'approval'> = {}): Act => {
  return (state) => {
    const live = 'delegations' in state ? state.delegations.find(({ delegate }) => delegate === signer) : undefined;
    const rests = {
      roles: [live?.role ?? 'release_owner'],
      delegation: live?.statement ?? digest('no delegation'),
      expires_at: s(seconds + 10 * MINUTE),
    };
    return approval(signer, seconds, { ...changes, statement: { ...rests, ...changes.statement } })(state);
  };
};

/** Word of the condition `alarm` of the first approval that has one. */
export const condition = (signer: Actor, seconds: number, changes: Changes<'condition'> = {}): Act =>
  submit<'condition'>('condition', signer, seconds, changes, (state) => {
    const standing = 'approvals' in state ? state.approvals : 'conditional' in state ? (state.conditional ?? []) : [];
    const approved = standing.find(({ conditions }) => conditions !== undefined)?.statement;
    return {
      approval: approved ?? digest('no approval'),
      condition: 'alarm',
      verdict: 'discharged',
      findings: digest('findings'),
    };
  });

/** Takes back what `approval(signer, approved)` gave, unless a test says otherwise. */
export const revocation = (signer: Actor, seconds: number, changes: Changes<'revocation'> = {}): Act =>
  submit('revocation', signer, seconds, changes, (state) => ({
    approval: liveOf(state, signer) ?? digest('no approval'),
    reason: digest('reason'),
  }));

export const abstention = (signer: Actor, seconds: number, changes: Changes<'abstention'> = {}): Act =>
  submit('abstention', signer, seconds, changes, (state) => ({
    ...shown(state),
    roles: PEOPLE[signer].roles,
    reason: digest('reason'),
  }));

export const rejection = (signer: Actor, seconds: number, changes: Changes<'rejection'> = {}): Act =>
  submit('rejection', signer, seconds, changes, (state) => ({
    ...shown(state),
    roles: PEOPLE[signer].roles,
    reason: digest('reason'),
  }));

export const cancellation = (signer: Actor, seconds: number, changes: Changes<'cancellation'> = {}): Act =>
  submit('cancellation', signer, seconds, changes, () => ({ reason: digest('reason') }));

/** What the house evaluates to, under the roster in force now; on the same basis unless told. */
export function anew(
  routing: Change<'authority.routed'> = {},
  change: Partial<Extract<ReevaluationFacts, { refused: null }>> = {},
): ReevaluationFacts {
  const { routing: body } = ROUTING;
  if (body === null) throw new TypeError('the fixture has a route');
  const evaluation = {
    ...ROUTING,
    routing: { ...body, roster: ROSTER_IN_FORCE, brief: digest('brief 2'), ...routing },
  };
  return { refused: null, asked: ASKED, evaluation, changed: [], ineligible: [], ...change };
}

/** From newer evidence: another basis. */
export const anewFromNewer = (): ReevaluationFacts =>
  anew({ basis_digest: NEW_BASIS }, { asked: NEWER, changed: CHANGED });

export const reevaluation = (signer: Actor, seconds: number, changes: Changes<'reevaluation'> = {}): Act =>
  submit('reevaluation', signer, seconds, { reevaluation: anew(), ...changes }, (state) => ({
    basis: shown(state).basis,
    ...ASKED,
  }));

/** By itself, as it follows a claim. */
export const reevaluate =
  (seconds: number, facts: ReevaluationFacts = anew()): Act =>
  () => ({ type: 'reevaluate', id: 'reevaluate', at: s(seconds), reevaluation: facts });

export const claim = (signer: Actor, seconds: number, changes: Changes<'claim'> = {}): Act =>
  submit('claim', signer, seconds, changes, (state) => ({ basis: shown(state).basis, target: TARGET }));

export const receipt = (signer: Actor, seconds: number, changes: Changes<'receipt'> = {}): Act =>
  submit<'receipt'>('receipt', signer, seconds, changes, (state) => ({
    receipt_id: 'rcpt-1042',
    claim: clearanceOf(state).claim,
    permit: PERMIT,
    subject: SUBJECT,
    tool: 'gateway.apply_config',
    target: TARGET,
    command: digest('command'),
    started_at: s(seconds - 30),
    finished_at: s(seconds - 1),
    result: 'success',
    exit_code: 0,
  }));

const PERSON = { kind: 'person', duties: [] } as const;

export const review = (signer: Actor, seconds: number, changes: Changes<'review'> = {}): Act =>
  submit('review', signer, seconds, changes, (state) => ({
    cleared: clearanceOf(state).hash,
    verdict: 'justified' as const,
    findings: digest('findings'),
  }));

/** What `CHAMPION` is in chains of a test: the rollback target of the fixture's basis. */
export const CHAMPION = { name: 'gateway-router', version: '2.3.1', digest: digest('champion') };

export const backout = (signer: Actor, seconds: number, changes: Changes<'backout'> = {}): Act =>
  submit<'backout'>('backout', signer, seconds, changes, (state) => ({
    cleared: state.stage === 'closed' || state.stage === 'cleared' ? clearanceOf(state).hash : digest('no clearance'),
    candidate: CHAMPION,
    target: TARGET,
    tool: 'gateway.apply_config',
    command: digest('command'),
    started_at: s(seconds - 30),
    finished_at: s(seconds - 1),
    result: 'success',
    exit_code: 0,
    reason: digest('reason'),
  }));

type Own<K extends SubmittedKind> = Omit<
  StatementOf<K>,
  '_type' | 'origin' | 'tenant' | 'signer' | 'signed_at' | 'nonce' | 'decision_id'
>;

function submit<K extends SubmittedKind>(
  kind: K,
  signer: Actor,
  seconds: number,
  changes: Changes<K>,
  own: (state: DecisionState) => Own<K>,
): Act {
  return (state) => {
    const at = s(seconds);
    const statement = {
      _type: statementType(kind),
      origin: ORIGIN,
      tenant: TENANT,
      signer,
      signed_at: at,
      nonce: 'AAAAAAAAAAAAAAAAAAAAAA==',
      decision_id: DECISION,
      ...own(state),
      ...changes.statement,
    } as unknown as SubmittedStatement;
    const admitted: AdmittedStatement = {
      digest: changes.digest ?? digest(`${kind} ${signer} ${at}`),
      statement,
      signer: { ...PEOPLE[signer], ...changes.signer },
      ...(kind === 'override' ? { owner: changes.owner === undefined ? PERSON : changes.owner } : {}),
      ...(kind === 'delegation' ? { delegate: changes.delegate === undefined ? PERSON : changes.delegate } : {}),
      ...personsNamed(statement, changes),
      ...(changes.stops === undefined ? {} : { stops: changes.stops }),
      ...(changes.overdue === undefined ? {} : { overdue: changes.overdue }),
    };
    const inForce: InForceFacts = { roster: ROSTER_IN_FORCE, ineligible: [], executorEligible: true };
    const { claim: claimed, hash } = clearanceOf(state);
    const permit: PermitFacts = { digest: PERMIT, claim: claimed, cleared: hash };
    return {
      type: 'submit',
      id: admitted.digest,
      at,
      admitted,
      inForce: kind === 'claim' && changes.inForce !== null ? { ...inForce, ...changes.inForce } : null,
      permit: kind === 'receipt' && changes.permit !== null ? { ...permit, ...changes.permit } : null,
      ...(changes.reevaluation === undefined ? {} : { reevaluation: changes.reevaluation }),
    };
  };
}

/** The two whom a reassignment names, as the roster knows them unless a test says otherwise. */
function personsNamed(
  statement: SubmittedStatement,
  changes: Pick<Changes<'reassignment'>, 'from' | 'to'>,
): Pick<AdmittedStatement, 'from' | 'to'> {
  if (statement._type !== 'application/vnd.countersign.reassignment.v1+json') return {};
  const known = (person: string): SignerFacts | null =>
    Object.hasOwn(PEOPLE, person) ? PEOPLE[person as Actor] : null;
  const { from = known(statement.from), to = known(statement.to) } = changes;
  return { from, to };
}

/** What a signer was shown of the route; before there is one, what they would have made up. */
function shown(state: DecisionState): { basis: DigestText; routed: DigestText; brief: DigestText } {
  const routing = 'routing' in state ? state.routing : null;
  return {
    basis: routing?.basis_digest ?? BASIS,
    routed: routing?.hash ?? digest('no route'),
    brief: routing?.brief ?? BRIEF,
  };
}

function superseding(state: DecisionState, signer: Actor): { supersedes?: DigestText } {
  const supersedes = 'withdrawn' in state ? state.withdrawn[signer]?.statement : undefined;
  return supersedes === undefined ? {} : { supersedes };
}

function liveOf(state: DecisionState, signer: Actor): DigestText | undefined {
  const standing = 'approvals' in state ? [...state.approvals, ...state.overrides, ...state.delegations] : [];
  return standing.find(({ actor_id }) => actor_id === signer)?.statement;
}

function clearanceOf(state: DecisionState): { claim: DigestText; hash: DigestText } {
  const clearance = 'clearance' in state ? state.clearance : null;
  return clearance ?? { claim: digest('no claim'), hash: digest('no clearance') };
}
