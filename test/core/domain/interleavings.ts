import type { ReevaluationFacts } from '../../../core/domain/commands.ts';
import type { Asked } from '../../../core/domain/events.ts';
import type { DecisionState } from '../../../core/domain/state.ts';
import type { Band, DigestText } from '../../../core/domain/vocabulary.ts';
import type { Interleavings, Move, Node } from './exploring.ts';
import {
  type Actor,
  abstention,
  anew,
  approval,
  ASKED,
  asking,
  BASIS,
  BREAKGLASS,
  cancellation,
  CHANGED,
  claim,
  condition,
  DELEGABLE,
  delegation,
  digest,
  extension,
  handOver,
  HOUR,
  MINUTE,
  NEW_BASIS,
  NEWER,
  OPERABLE,
  override,
  reassignment,
  receipt,
  reevaluate,
  reevaluation,
  rejection,
  restored,
  revocation,
  riskEvaluated,
  ROSTER_AT_OPENING,
  ROSTER_IN_FORCE,
  routed,
  s,
  standIn,
  stop,
} from './world.ts';

/** What small rosters can do to a decision, in every order. */

type Say = NonNullable<Move['act']>;

const move = (name: string, act: Say, rest: Partial<Move> = {}): Move => ({ name, act, ...rest });
const never = (name: string, act: Say): Move => move(name, act, { never: true });

/** The first of these instants that is still to come, for what a statement says of its own end. */
const next = (seconds: number, ...ends: readonly number[]) => ({
  expires_at: s(ends.find((end) => end > seconds) ?? seconds + MINUTE),
});

const claims: readonly Move[] = [
  move('claim', (at, d, { state, gone }) => claim('w-deployer', at, { digest: d, inForce: inForce(state, gone) })),
  never('claim under a freeze', (at, d) =>
    claim('w-deployer', at, { digest: d, inForce: { obstacle: { code: 'claim.frozen' } } }),
  ),
  never('claim by somebody else', (at, d) => claim('w-pipeline', at, { digest: d })),
  { name: 'crash', act: (at) => restored(at) },
  { name: 'stop', act: (at) => stop(at) },
];

/** A claim that finds this person's key revoked, in a roster that is the frozen one still. */
const claimWithout = (who: Actor): Move =>
  move(
    `claim without ${who}`,
    (at, d, { state }) =>
      claim('w-deployer', at, { digest: d, inForce: { roster: ROSTER_AT_OPENING, ineligible: without(state, who) } }),
    { without: who },
  );

/** The roster in force now, and which of what stands it does not hold up any more. */
function inForce(state: DecisionState, gone: Actor | null) {
  return { roster: gone === null ? ROSTER_AT_OPENING : ROSTER_IN_FORCE, ineligible: without(state, gone) };
}

function without(state: DecisionState, gone: Actor | null): readonly DigestText[] {
  const standing = 'approvals' in state ? [...state.approvals, ...state.overrides, ...state.delegations] : [];
  return standing
    .filter((one) => one.actor_id === gone || ('delegate' in one && one.delegate === gone))
    .map(({ statement }) => statement)
    .sort();
}

/** So long that a permit ends with whatever else it rests on. */
const LIMITS = { ...routed().limits, approval_life_s: 2 * HOUR, permit_life_s: 6 * HOUR };

// Whoever signs, takes back, rejects, cancels, breaks glass and executes.

const HALF = 30 * MINUTE;
const PEOPLE_ROUTE = routed({
  limits: { ...LIMITS, decision_deadline: s(2 * HOUR) },
  breakglass: { ...BREAKGLASS, life_s: 2 * HOUR },
});

const PEOPLE_MOVES: readonly Move[] = [
  ...claims,
  ...(['p-ann', 'p-bob', 'p-cyd'] as const).map((who) =>
    move(`approve ${who}`, (at, d) => approval(who, at, { digest: d, statement: next(at, HOUR, 2 * HOUR) })),
  ),
  never('approve p-kit', (at, d) => approval('p-kit', at, { digest: d })),
  ...(['p-ann', 'p-axe'] as const).map((who) =>
    move(`revoke ${who}`, (at, d) => revocation(who, at, { digest: d }), { once: who }),
  ),
  move('abstain p-cyd', (at, d) => abstention('p-cyd', at, { digest: d }), { once: 'p-cyd' }),
  move('override', (at, d) => override('p-axe', at, { digest: d, statement: next(at, HALF, 2 * HOUR) })),
  never('override by an approver', (at, d) => override('p-ann', at, { digest: d })),
  move('reject', (at, d) => rejection('p-bob', at, { digest: d })),
  never('reject by somebody barred', (at, d) => rejection('p-kit', at, { digest: d })),
  move('cancel', (at, d) => cancellation('w-pipeline', at, { digest: d })),
  claimWithout('p-ann'),
  claimWithout('p-axe'),
  move('receipt', (at, d) => receipt('w-deployer', at, { digest: d })),
  move('receipt of a failure', (at, d) =>
    receipt('w-deployer', at, { digest: d, statement: { result: 'failure', exit_code: 1 } }),
  ),
  move('receipt of another subject', (at, d) =>
    receipt('w-deployer', at, { digest: d, statement: { subject: digest('another') } }),
  ),
];

const people = (band: Band): Interleavings => ({
  name: `approvals, changes of mind, broken glass and receipts under the band ${band}`,
  band,
  route: PEOPLE_ROUTE,
  instants: [MINUTE, HALF, HOUR, 2 * HOUR, 4 * HOUR],
  moves: PEOPLE_MOVES,
});

// Whoever stands in for others; conditions, a step that lets others sign, a change window and broken glass.

const [BEGIN, OPENS, WIDENS, DELEGATIONS_END, CLOSES, APPROVALS_END, DEADLINE] = [
  1 * MINUTE,
  20 * MINUTE,
  40 * MINUTE,
  60 * MINUTE,
  80 * MINUTE,
  90 * MINUTE,
  120 * MINUTE,
] as const;

const ROUTE = asking(
  { release_owner: 1, security_owner: 1 },
  {
    limits: { ...LIMITS, decision_deadline: s(DEADLINE) },
    breakglass: { ...BREAKGLASS, life_s: 2 * HOUR },
    delegation: DELEGABLE,
    reminders: [s(OPENS)],
    escalation: [
      {
        at: s(WIDENS),
        widened: [{ role: 'security_owner', by: ['incident_lead'] }],
        candidates: [{ role: 'security_owner', count: 4, actor_ids: ['p-bob', 'p-cyd', 'p-dee', 'p-lea'] }],
      },
    ],
    windows: [{ opens: s(OPENS), closes: s(CLOSES) }],
  },
);

const lives = { expires_at: s(APPROVALS_END) };
const inPlace = { expires_at: s(DELEGATIONS_END) };
/** Overdue once the step has come. */
const DUE = { id: 'alarm', what: digest('what'), due: s(WIDENS), role: 'auditor' };
const BEFORE = { id: 'alarm', what: digest('what'), due: s(DEADLINE), role: 'auditor', before: 'clearance' } as const;
const AUDITOR = { roles: ['auditor'] };

const SHARED: readonly Move[] = [
  ...claims,
  move('approve p-bob', (at, d) => approval('p-bob', at, { digest: d, statement: lives })),
  move('delegate p-ann', (at, d) => delegation('p-ann', 'p-out', at, { digest: d, statement: inPlace })),
  move('revoke p-ann', (at, d) => revocation('p-ann', at, { digest: d }), { once: 'p-ann' }),
  move('override', (at, d) => override('p-axe', at, { digest: d, statement: { expires_at: s(CLOSES) } })),
  claimWithout('p-ann'),
  never('approve p-kit in a wider role', (at, d) => {
    const wider = { roles: ['incident_lead'] };
    return approval('p-kit', at, { digest: d, signer: wider, statement: { ...lives, ...wider } });
  }),
  never('delegate p-kit', (at, d) => delegation('p-kit', 'p-out', at, { digest: d, statement: inPlace })),
  never('delegate p-cyd to somebody barred', (at, d) =>
    delegation('p-cyd', 'p-kit', at, { digest: d, statement: inPlace }),
  ),
  never('delegate p-bob', (at, d) =>
    delegation('p-bob', 'p-out', at, { digest: d, statement: { ...inPlace, role: 'security_owner' } }),
  ),
  never('stand in p-kit', (at, d) => standIn('p-kit', at, { digest: d, statement: inPlace })),
  never('stand in p-out for longer', (at, d) => standIn('p-out', at, { digest: d, statement: lives })),
  never('discharge by somebody barred', (at, d) => condition('p-kit', at, { digest: d, signer: AUDITOR })),
];

const WIDER: Interleavings = {
  name: 'delegation, escalation, windows and broken glass',
  band: 'critical',
  route: ROUTE,
  instants: [BEGIN, OPENS, WIDENS, DELEGATIONS_END, CLOSES, APPROVALS_END, DEADLINE, 4 * HOUR],
  moves: [
    ...SHARED,
    move('approve p-ann', (at, d) => approval('p-ann', at, { digest: d, statement: lives })),
    // Holds a role of the route, and the one that is let in later.
    move('approve p-lea', (at, d) => {
      const both = { roles: ['incident_lead', 'release_owner'] };
      return approval('p-lea', at, { digest: d, signer: both, statement: { ...lives, ...both } });
    }),
    move('delegate p-cyd', (at, d) => delegation('p-cyd', 'p-bob', at, { digest: d, statement: inPlace })),
    ...(['p-out', 'p-bob'] as const).map((who) =>
      move(`stand in ${who}`, (at, d) => standIn(who, at, { digest: d, statement: inPlace })),
    ),
  ],
};

const CONDITIONAL: Interleavings = {
  ...WIDER,
  name: 'delegation, conditions, windows and broken glass',
  moves: [
    ...SHARED,
    move('approve p-ann', (at, d) => approval('p-ann', at, { digest: d, statement: { ...lives, conditions: [DUE] } })),
    move('stand in p-out', (at, d) =>
      standIn('p-out', at, { digest: d, statement: { ...inPlace, conditions: [BEFORE] } }),
    ),
    move('approve p-cyd', (at, d) => approval('p-cyd', at, { digest: d, statement: lives })),
    move('discharge', (at, d) => condition('p-lea', at, { digest: d, signer: AUDITOR })),
    move('breach', (at, d) =>
      condition('p-lea', at, { digest: d, signer: AUDITOR, statement: { verdict: 'breached' } }),
    ),
  ],
};

// Whatever changes beneath a decision: who is there, and what speaks for the candidate.

const DRIFT = {
  band: 'critical' as const,
  route: asking(
    { release_owner: 1, security_owner: 1 },
    {
      limits: { ...LIMITS, decision_deadline: s(2 * HOUR) },
      breakglass: { ...BREAKGLASS, life_s: 2 * HOUR },
      delegation: DELEGABLE,
    },
  ),
  instants: [MINUTE, HOUR, 2 * HOUR, 4 * HOUR],
};

/** In the roster in force once somebody has left, somebody has come, and somebody bears a duty who had none. */
const COMES: Actor = 'p-dee';
const BEARS = { actor_id: 'p-cyd', duties: ['candidate_creator' as const] };

const isNewer = ({ state }: Node): boolean =>
  'routing' in state && state.routing !== null && state.routing.basis_digest === NEW_BASIS;
const isUnderTheNext = ({ state }: Node): boolean =>
  'routing' in state && state.routing?.roster.digest === ROSTER_IN_FORCE.digest;
const askedAt = (node: Node): Asked => (isNewer(node) ? NEWER : ASKED);

/** Nothing is admitted of somebody whom the roster of the route does not know. */
const known =
  (who: Actor, say: Say): Say =>
  (at, d, node) => {
    const isThere = isUnderTheNext(node) ? who !== node.gone : who !== COMES;
    return isThere ? say(at, d, node) : null;
  };

type World = Pick<Interleavings, 'route' | 'band'>;

function evaluatedFrom(asked: Asked, { route, band }: World, { state, gone }: Node): ReevaluationFacts {
  const { event_type: _t, timestamp: _at, actor_id: _actor, ...body } = route;
  const { event_type: _rt, timestamp: _rat, actor_id: _ractor, ...risk } = riskEvaluated({ risk_band: band });
  const basis_digest = asked === NEWER ? NEW_BASIS : BASIS;
  const { roster, ineligible } = inForce(state, gone);
  const barred = gone === null ? body.barred : [...body.barred, BEARS];
  const brief = digest(`brief ${basis_digest} ${roster.serial}`);
  const changed = 'routing' in state && state.routing?.basis_digest === basis_digest ? [] : CHANGED;
  const facts = anew({ ...body, basis_digest, roster, barred, brief }, { asked, changed, ineligible });
  if (facts.refused !== null) throw new TypeError('it can be evaluated');
  return { ...facts, evaluation: { ...facts.evaluation, risk } };
}

const askedFor =
  (who: Actor, evidence: (node: Node) => Asked | null, world: World = DRIFT): Say =>
  (at, d, node) => {
    const asked = evidence(node);
    if (asked === null) return null;
    return reevaluation(who, at, { digest: d, statement: asked, reevaluation: evaluatedFrom(asked, world, node) });
  };
const newer = (node: Node): Asked | null => (isNewer(node) ? null : NEWER);

const DRIFTS: readonly Move[] = [
  ...claims,
  never('claim on the basis before', (at, d, node) =>
    isNewer(node) ? claim('w-deployer', at, { digest: d, statement: { basis: BASIS } }) : null,
  ),
  { name: 'p-ann leaves', leaves: 'p-ann' },
  move('evaluate anew', askedFor('w-pipeline', askedAt)),
  move('evaluate anew from newer evidence', askedFor('w-pipeline', newer)),
  move('evaluate anew by itself', (at, _, node) => reevaluate(at, evaluatedFrom(askedAt(node), DRIFT, node))),
  never('evaluate anew by an approver', askedFor('p-bob', newer)),
  move(
    `approve ${COMES}`,
    known(COMES, (at, d) => approval(COMES, at, { digest: d, statement: next(at, HOUR) })),
  ),
];

/** As somebody signs who was shown the first route, and whose approval comes under a later one. */
const asFirstShown: Say = (at, d, { state }) => {
  const first = 'approvals' in state ? state.reevaluated?.earlier[0] : undefined;
  if (first === undefined) return null;
  const { hash, brief, basis_digest: basis } = first;
  return approval('p-bob', at, { digest: d, statement: { routed: hash, brief, basis, ...next(at, HOUR) } });
};

const DRIFTING: Interleavings = {
  ...DRIFT,
  name: 'rosters and evidence that change, changes of mind and broken glass',
  moves: [
    ...DRIFTS,
    ...(['p-ann', 'p-bob', 'p-cyd'] as const).map((who) =>
      move(
        `approve ${who}`,
        known(who, (at, d) => approval(who, at, { digest: d, statement: next(at, HOUR) })),
      ),
    ),
    move('approve p-bob as first shown', asFirstShown),
    move('revoke p-bob', (at, d) => revocation('p-bob', at, { digest: d }), { once: 'p-bob' }),
    move('override', (at, d) => override('p-axe', at, { digest: d, statement: next(at, HOUR) })),
  ],
};

const DRIFTING_APART: Interleavings = {
  ...DRIFT,
  name: 'rosters and evidence that change, delegation and conditions',
  moves: [
    ...DRIFTS,
    { name: 'p-out leaves', leaves: 'p-out' },
    move('approve p-bob', (at, d) =>
      approval('p-bob', at, { digest: d, statement: { ...next(at, HOUR), conditions: [BEFORE] } }),
    ),
    move('discharge', (at, d) => condition('p-lea', at, { digest: d, signer: AUDITOR })),
    move('breach', (at, d) =>
      condition('p-lea', at, { digest: d, signer: AUDITOR, statement: { verdict: 'breached' } }),
    ),
    move(
      'delegate p-ann',
      known('p-ann', (at, d, node) => {
        const isThere = !isUnderTheNext(node) || node.gone !== 'p-out';
        const facts = isThere ? {} : { delegate: null };
        return delegation('p-ann', 'p-out', at, { digest: d, statement: next(at, HOUR), ...facts });
      }),
    ),
    move(
      'stand in p-out',
      known('p-out', (at, d) => standIn('p-out', at, { digest: d, statement: next(at, HOUR) })),
    ),
    move(
      'revoke p-ann',
      known('p-ann', (at, d) => revocation('p-ann', at, { digest: d })),
      { once: 'p-ann' },
    ),
  ],
};

// Whoever acts on the waiting: asks again, moves the deadline, has another asked. Nothing of it is authority.

const EXTENDED = 3 * HOUR;
const OPERATED_ON = {
  band: 'high' as const,
  route: asking(
    { release_owner: 1, security_owner: 1 },
    {
      limits: { ...LIMITS, decision_deadline: s(2 * HOUR) },
      operation: { ...OPERABLE, extend_until: s(EXTENDED) },
    },
  ),
};

const OPERATED: Interleavings = {
  ...OPERATED_ON,
  name: 'approvals, acts of operators, and evidence that changes',
  instants: [MINUTE, HOUR, 2 * HOUR, EXTENDED, 6 * HOUR],
  moves: [
    ...claims,
    ...(['p-ann', 'p-bob', 'p-dee'] as const).map((who) =>
      move(`approve ${who}`, (at, d) => approval(who, at, { digest: d, statement: next(at, HOUR, EXTENDED) })),
    ),
    move('revoke p-ann', (at, d) => revocation('p-ann', at, { digest: d }), { once: 'p-ann' }),
    move('extend', (at, d) => extension('p-ops', EXTENDED, at, { digest: d })),
    never('extend beyond the policy', (at, d) => extension('p-ops', 4 * HOUR, at, { digest: d })),
    never('extend by an approver', (at, d) => extension('p-bob', EXTENDED, at, { digest: d })),
    move('reassign p-ann', (at, d) => reassignment('p-ops', ['p-ann', 'p-dee'], at, { digest: d })),
    move('reassign p-dee', (at, d) => reassignment('p-ops', ['p-dee', 'p-ann'], at, { digest: d })),
    never('reassign to somebody barred', (at, d) => reassignment('p-ops', ['p-ann', 'p-kit'], at, { digest: d })),
    move('hand over', (at, d) => handOver(['p-ann', 'p-dee'], at, { digest: d })),
    never('approve p-ops', (at, d) => approval('p-ops', at, { digest: d })),
    move('evaluate anew from newer evidence', askedFor('w-pipeline', newer, OPERATED_ON)),
  ],
};

export const ALL: readonly Interleavings[] = [
  people('high'),
  people('critical'),
  WIDER,
  CONDITIONAL,
  DRIFTING,
  DRIFTING_APART,
  OPERATED,
];
