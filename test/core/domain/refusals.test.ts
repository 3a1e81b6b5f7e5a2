import type { Duty } from '../../../core/domain/vocabulary.ts';
import { describe, expect, it } from 'vitest';
import { type ClosedDecision, decideAddendum } from '../../../core/domain/addendum.ts';
import { type ObstacleCode, REFUSAL_CODES, type RefusalCode } from '../../../core/domain/errors.ts';
import type { EventDraft } from '../../../core/domain/events.ts';
import { wayBackOf } from '../../../evaluation/linked.ts';
import { given, linked } from './specification.ts';
import {
  type Act,
  abstention,
  anew,
  anewFromNewer,
  approval,
  asking,
  BASIS,
  BRIEF,
  BREAKGLASS,
  CHAINS,
  cancellation,
  claim,
  condition,
  DAY,
  DELEGABLE,
  delegation,
  DECISION,
  digest,
  extension,
  handOver,
  HOUR,
  limited,
  MINUTE,
  NEWER,
  nudge,
  OPERABLE,
  ORIGIN,
  ownNudge,
  override,
  PEOPLE,
  ROSTER_AT_OPENING,
  ROSTER_IN_FORCE,
  reassignment,
  receipt,
  backout,
  CHAMPION,
  reevaluation,
  rejection,
  review,
  revocation,
  s,
  standIn,
  TENANT,
  upTo,
} from './world.ts';

/** What stands, and the statement that is refused. */
type Case = readonly [says: string, given: readonly EventDraft[], when: Act];

const { requested, risk_evaluated, routed, authorized, cleared, closed } = CHAINS;
const roles = ['release_owner'];
/** A route that bars nobody, so that only the facts of the statement do; and a statement without duties, so that only the route does. */
const barringNobody = upTo(asking({ release_owner: 1, security_owner: 1 }, { barred: [] }));
const barring = (actor_id: string, duty: Duty) =>
  upTo(asking({ release_owner: 1, security_owner: 1 }, { barred: [{ actor_id, duties: [duty] }] }));

const annApproved = given(routed).when(approval('p-ann', 60)).gives('authority.approved').drafts;

const annRevoked = given(annApproved).when(revocation('p-ann', 120)).gives('authority.revoked').drafts;
const annAbstained = given(routed).when(abstention('p-ann', 120)).gives('authority.abstained').drafts;
const without = { statement: { supersedes: undefined } } as unknown as Parameters<typeof approval>[2];
const breakable = upTo(
  asking({ release_owner: 1, security_owner: 1 }, { breakglass: BREAKGLASS, delegation: DELEGABLE }),
);
/** Closed, after glass was broken for it. */
const overridden = given(breakable)
  .when(override('p-axe', 60))
  .gives('override.breakglass')
  .when(claim('w-deployer', 120))
  .gives('execution.cleared')
  .when(receipt('w-deployer', 200))
  .gives('execution.confirmed').drafts;
/** p-ann approves, and takes it back, sixteen times. */
const fickle = Array.from({ length: 16 }, (_, i) => 60 + i * 20).reduce(
  (chain, second) =>
    chain
      .when(approval('p-ann', second))
      .gives('authority.approved')
      .when(revocation('p-ann', second + 10))
      .gives('authority.revoked'),
  given(breakable),
).drafts;
const critical = breakable.map((event) =>
  event.event_type === 'risk.evaluated' ? { ...event, risk_band: 'critical' as const } : event,
);
/** In that route release owners may delegate as well; and p-ann has, to p-out. */
const delegable = breakable;
const annDelegated = given(delegable)
  .when(delegation('p-ann', 'p-out', 60))
  .gives('authority.delegated').drafts;
/** Both approved; p-ann asks for an alarm within the hour, by whoever leads incidents. */
const ALARM = { id: 'alarm', what: digest('what'), due: s(HOUR), role: 'incident_lead' } as const;
const asks = (...conditions: readonly object[]) =>
  given(routed)
    .when(approval('p-ann', 60, { statement: { conditions: conditions as readonly (typeof ALARM)[] } }))
    .gives('authority.approved')
    .when(approval('p-bob', 120))
    .gives('authority.approved').drafts;
const conditional = asks(ALARM);
const breach = { statement: { verdict: 'breached' as const } };
const breached = given(conditional)
  .when(condition('p-lea', 150, breach))
  .gives('condition.settled').drafts;
const discharged = given(conditional).when(condition('p-lea', 150)).gives('condition.settled').drafts;
/** Evaluated anew from newer evidence, once ann had approved. */
const changed = given(annApproved)
  .when(reevaluation('w-pipeline', 90, { statement: NEWER, reevaluation: anewFromNewer() }))
  .gives('decision.reevaluated', 'policy.evaluated', 'risk.evaluated', 'authority.routed').drafts;
/** As a statement was signed before that. */
const old = { basis: BASIS, brief: BRIEF, routed: given(routed).events.at(-1)?.integrity_hash ?? '' };
const often = Array.from({ length: 32 }, (_, i) => 60 + i).reduce((chain, second) => {
  const roster = { serial: second, digest: digest(`roster ${second}`), endorsements: [] };
  return chain
    .when(reevaluation('w-deployer', second, { reevaluation: anew({ roster }) }))
    .gives('decision.reevaluated', 'policy.evaluated', 'risk.evaluated', 'authority.routed');
}, given(routed)).drafts;
/** With operators, who may move the deadline by four hours. */
const operable = upTo(asking({ release_owner: 1, security_owner: 1 }, { operation: OPERABLE }));
/** Likewise, in which nobody may move it. */
const unmoved = upTo(
  asking({ release_owner: 1, security_owner: 1 }, { operation: { roles: ['release_manager'], nudge_every_s: HOUR } }),
);
const operableUntil = (limits: Parameters<typeof limited>[0]) =>
  upTo(asking({ release_owner: 1, security_owner: 1 }, { operation: OPERABLE, limits: limited(limits).limits }));
const manager = { signer: PEOPLE['p-ops'] } as const;
/** So many nudges, an hour apart, in a decision that may go on for so long. */
const nudgedOften = Array.from({ length: 64 }, (_, i) => 60 + i * HOUR).reduce(
  (chain, second) => chain.when(nudge('p-ops', second)).gives('operation.nudged'),
  given(operableUntil({ decision_deadline: s(4 * DAY), evidence_valid_until: s(4 * DAY) })),
).drafts;
/** An act like the first of those, under another basis or routing. */
const actsUnder = (statement: { readonly basis?: string; readonly routed?: string }): readonly Case[] => [
  ['a nudge', operable, nudge('p-ops', 60, { statement })],
  ['an extension', operable, extension('p-ops', DAY + HOUR, 60, { statement })],
  ['a reassignment', operable, reassignment('p-ops', ['p-ann', 'p-cyd'], 60, { statement })],
  ['a hand-over', operable, handOver(['p-ann', 'p-cyd'], 60, { statement })],
];

/** Signed a minute after routing, as it says. */
const before = { statement: { signed_at: s(60) } };

/** Digest of the sealed bundle of a closed decision; and from when on the executor's key counts no more. */
const PACK = digest('pack');
const REVOKED_FROM = 5000;

/** A decision whose override was never reviewed. */
const OWING = '11111111-2222-8333-8444-555555555555';

/** What governance says stands in the way whoever approved, and is named before it is said that somebody has not. */
function obstacle(code: ObstacleCode): readonly Case[] {
  return [
    ['everybody approved', authorized, claim('w-deployer', 150, { inForce: { obstacle: { code } } })],
    ['nobody approved', routed, claim('w-deployer', 60, { inForce: { obstacle: { code } } })],
  ];
}

/** Everybody approved, on a target with one change window, or with none before the deadline. */
function windowed(...window: [] | [opens: number, closes: number]): readonly EventDraft[] {
  const [opens, closes] = window;
  const windows = opens === undefined || closes === undefined ? [] : [{ opens: s(opens), closes: s(closes) }];
  return CHAINS.authorized.map((event) => (event.event_type === 'authority.routed' ? { ...event, windows } : event));
}

/** Each refusal code, with every way to earn it. The type demands an entry for each code, and the last test a case. */
const REFUSALS: Record<RefusalCode, readonly Case[]> = {
  'approval.by_requester': [
    ['the requesting workload', routed, approval('w-pipeline', 60, { statement: { roles } })],
    ['a person who asked', routed, approval('p-ann', 60, { signer: { duties: ['requester'] } })],
    ['barred only by the frozen list', barring('p-ann', 'requester'), approval('p-ann', 60)],
    ['barred only by the fresh facts', barringNobody, approval('w-pipeline', 60, { statement: { roles } })],
    [
      'whatever else is wrong',
      routed,
      approval('w-pipeline', 60, { statement: { basis: digest('other'), roles: [] } }),
    ],
    [
      'the graver of two duties',
      routed,
      approval('p-kit', 60, { signer: { duties: ['candidate_creator', 'requester'] } }),
    ],
    ['a rejection', routed, rejection('w-pipeline', 60, { statement: { roles } })],
    ['an override', breakable, override('p-axe', 60, { signer: { duties: ['requester'] } })],
    ['a delegation', delegable, delegation('w-pipeline', 'p-out', 60)],
    ['in the place of somebody who may', annDelegated, standIn('p-out', 90, { signer: { duties: ['requester'] } })],
  ],
  'approval.by_requester_controller': [
    ['who controls the requesting workload', routed, approval('p-boss', 60)],
    ['barred only by the frozen list', barring('p-ann', 'requester_controller'), approval('p-ann', 60)],
    ['barred only by the fresh facts', barringNobody, approval('p-boss', 60)],
    ['a rejection', routed, rejection('p-boss', 60)],
    ['a delegation', delegable, delegation('p-boss', 'p-out', 60)],
  ],
  'approval.by_candidate_creator': [
    ['who made the candidate', routed, approval('p-kit', 60)],
    ['barred only by the frozen list', barring('p-ann', 'candidate_creator'), approval('p-ann', 60)],
    ['barred only by the fresh facts', barringNobody, approval('p-kit', 60)],
  ],
  'approval.by_evidence_author': [
    ['who vouched for the evidence', routed, approval('p-eve', 60)],
    ['barred only by the frozen list', barring('p-ann', 'evidence_author'), approval('p-ann', 60)],
    ['barred only by the fresh facts', barringNobody, approval('p-eve', 60)],
  ],
  'approval.by_evaluator': [
    ['barred only by the frozen list', barring('p-ann', 'evaluator'), approval('p-ann', 60)],
    ['barred only by the fresh facts', barringNobody, approval('p-ann', 60, { signer: { duties: ['evaluator'] } })],
    ['a rejection', barring('p-ann', 'evaluator'), rejection('p-ann', 60)],
  ],
  'approval.by_waiver_author': [
    ['who waived a gate', routed, approval('p-ann', 60, { signer: { duties: ['waiver_author'] } })],
    ['barred only by the frozen list', barring('p-ann', 'waiver_author'), approval('p-ann', 60)],
  ],
  'approval.by_sole_signer': [
    ['who alone endorsed the policy', barring('p-ann', 'policy_signer'), approval('p-ann', 60)],
    ['who alone endorsed the roster', barring('p-ann', 'roster_signer'), approval('p-ann', 60)],
    ['a rejection', barring('p-ann', 'roster_signer'), rejection('p-ann', 60)],
  ],
  'approval.by_workload': [
    ['a workload with the role', routed, approval('w-robot', 60, { statement: { roles } })],
    ['a rejection by a workload', routed, rejection('w-robot', 60, { statement: { roles } })],
  ],
  'approval.role_not_held': [
    [
      'a role that is required and not held',
      routed,
      approval('p-ann', 60, { statement: { roles: ['security_owner'] } }),
    ],
    [
      'one held and one not',
      routed,
      approval('p-ann', 60, { statement: { roles: ['release_owner', 'security_owner'] } }),
    ],
    ['a rejection in a role not held', routed, rejection('p-out', 60, { statement: { roles } })],
    ['a delegation of a role not held', delegable, delegation('p-bob', 'p-out', 60)],
    ['what was delegated to the signer', annDelegated, delegation('p-out', 'p-lea', 90)],
    ['a delegate who does not name the delegation', annDelegated, approval('p-out', 90, { statement: { roles } })],
  ],
  'approval.role_not_required': [
    ['a role that the route does not ask for', routed, approval('p-out', 60)],
    [
      'a delegation of such a role',
      upTo(asking({ security_owner: 1 }, { delegation: DELEGABLE })),
      delegation('p-ann', 'p-out', 60),
    ],
    ['no role at all', routed, approval('p-ann', 60, { statement: { roles: [] } })],
    ['a rejection without a say', routed, rejection('p-lea', 60)],
  ],
  'approval.basis': [
    ['another basis', routed, approval('p-ann', 60, { statement: { basis: digest('other') } })],
    ['a rejection of another basis', routed, rejection('p-ann', 60, { statement: { basis: digest('other') } })],
  ],
  'approval.routed_unknown': [
    [
      'the routing before, which had another basis',
      changed,
      approval('p-bob', 120, { statement: { routed: old.routed, brief: BRIEF } }),
    ],
    ['another routing', routed, approval('p-ann', 60, { statement: { routed: digest('other') } })],
    ['a rejection of another routing', routed, rejection('p-ann', 60, { statement: { routed: digest('other') } })],
  ],
  'approval.brief': [
    ['another brief', routed, approval('p-ann', 60, { statement: { brief: digest('other') } })],
    ['a rejection of another brief', routed, rejection('p-ann', 60, { statement: { brief: digest('other') } })],
  ],
  'approval.expired': [
    ['expired at exactly the instant', routed, approval('p-ann', 60, { statement: { expires_at: s(60) } })],
    ['expired long ago', routed, approval('p-ann', 60, { statement: { expires_at: s(2) } })],
  ],
  'approval.life_too_long': [
    ['a millisecond too long', routed, approval('p-ann', 60, { statement: { expires_at: s(60 + HOUR + 0.001) } })],
    [
      'its life is counted from admission, whenever it says it was signed',
      routed,
      approval('p-ann', 60, { statement: { signed_at: s(120), expires_at: s(120 + HOUR) } }),
    ],
  ],
  'approval.repeated': [
    ['a second one while the first stands', annApproved, approval('p-ann', 90)],
    [
      'a second one for another role',
      annApproved,
      approval('p-ann', 90, { statement: { roles: ['security_owner'] }, signer: { roles: ['security_owner'] } }),
    ],
    ['a millisecond before the first ends', annApproved, approval('p-ann', 60 + HOUR - 0.001)],
    ['after all have approved', authorized, approval('p-bob', 150)],
  ],
  'approval.supersedes': [
    ['after a revocation that it does not name', annRevoked, approval('p-ann', 180, without)],
    [
      'after a revocation, naming another',
      annRevoked,
      approval('p-ann', 180, { statement: { supersedes: digest('other') } }),
    ],
    ['after an abstention that it does not name', annAbstained, approval('p-ann', 180, without)],
    [
      'a delegation after a revocation that it does not name',
      given(annDelegated).when(revocation('p-ann', 90)).gives('authority.revoked').drafts,
      delegation('p-ann', 'p-lea', 120, without as Parameters<typeof delegation>[3]),
    ],
    [
      'that names something where there is nothing',
      routed,
      approval('p-ann', 60, { statement: { supersedes: digest('other') } }),
    ],
  ],
  'approval.by_delegator': [
    ['for themself', annDelegated, approval('p-ann', 90)],
    [
      'after the delegate has approved',
      given(annDelegated).when(standIn('p-out', 90)).gives('authority.approved').drafts,
      approval('p-ann', 120),
    ],
    [
      "in another role than the delegated one's",
      annDelegated,
      approval('p-ann', 90, { signer: PEOPLE['p-bob'], statement: { roles: ['security_owner'] } }),
    ],
  ],
  'approval.delegation': [
    ['that does not exist', delegable, standIn('p-out', 60)],
    ['of another decision', annDelegated, standIn('p-out', 90, { statement: { delegation: digest('of another') } })],
    [
      'that was made to somebody else',
      annDelegated,
      standIn('p-lea', 90, { statement: { delegation: digest(`delegation p-ann ${s(60)}`) } }),
    ],
    ['at the very end of it', annDelegated, standIn('p-out', 60 + HOUR)],
    [
      'that was taken back',
      given(annDelegated).when(revocation('p-ann', 90)).gives('authority.revoked').drafts,
      standIn('p-out', 120, { statement: { delegation: digest(`delegation p-ann ${s(60)}`) } }),
    ],
    ['for another role', annDelegated, standIn('p-out', 90, { statement: { roles: ['security_owner'] } })],
    [
      'for another role as well, though the signer holds it',
      given(delegable)
        .when(delegation('p-ann', 'p-bob', 60))
        .gives('authority.delegated').drafts,
      standIn('p-bob', 90, { statement: { roles: ['release_owner', 'security_owner'] } }),
    ],
    [
      'by whoever delegated',
      annDelegated,
      standIn('p-ann', 90, { statement: { delegation: digest(`delegation p-ann ${s(60)}`) } }),
    ],
  ],
  'approval.outlives_delegation': [
    ['by a millisecond', annDelegated, standIn('p-out', 90, { statement: { expires_at: s(60 + HOUR + 0.001) } })],
  ],
  'approval.condition': [
    [
      'due at the instant it comes',
      routed,
      approval('p-ann', 60, { statement: { conditions: [{ ...ALARM, due: s(60) }] } }),
    ],
    [
      'that stops by what the plan does not know',
      routed,
      approval('p-ann', 60, { statement: { conditions: [{ ...ALARM, stops: 'latency' }] }, stops: ['error_rate'] }),
    ],
    [
      'that stops, where nothing is known of a plan',
      routed,
      approval('p-ann', 60, { statement: { conditions: [{ ...ALARM, stops: 'latency' }] } }),
    ],
  ],
  'condition.unknown': [
    ['of an approval that asks for nothing', authorized, condition('p-lea', 150)],
    ['that its approval does not have', conditional, condition('p-lea', 150, { statement: { condition: 'other' } })],
    [
      'of an approval that was taken back',
      given(conditional).when(revocation('p-ann', 130)).gives('authority.revoked').drafts,
      condition('p-lea', 150, { statement: { approval: digest(`approval p-ann ${s(60)}`) } }),
    ],
    [
      'of an approval that was not counted at the clearance',
      given(conditional)
        .when(approval('p-cyd', 130, { statement: { conditions: [{ ...ALARM, id: 'other' }] } }))
        .gives('authority.approved')
        .when(claim('w-deployer', 140, { inForce: { ineligible: [digest(`approval p-cyd ${s(130)}`)] } }))
        .gives('execution.cleared').drafts,
      condition('p-lea', 150, { statement: { approval: digest(`approval p-cyd ${s(130)}`), condition: 'other' } }),
    ],
  ],
  'condition.role': [
    ['by its approver, without the role', conditional, condition('p-ann', 150)],
    ['a breach, without the role', conditional, condition('p-out', 150, breach)],
  ],
  'condition.involved': [
    ['a discharge by who asked', conditional, condition('p-lea', 150, { signer: { duties: ['requester'] } })],
    [
      'a discharge by who is barred by the frozen list',
      conditional,
      condition('p-kit', 150, { signer: { roles: ['incident_lead'], duties: [] } }),
    ],
    ['a discharge by a workload', conditional, condition('w-robot', 150)],
  ],
  'condition.settled': [
    ['a second discharge', discharged, condition('p-lea', 200)],
    ['a discharge after the breach', breached, condition('p-lea', 200)],
    ['a second breach', breached, condition('p-lea', 200, breach)],
  ],
  'claim.condition_open': [
    ['that is to hold before', asks({ ...ALARM, before: 'clearance' }), claim('w-deployer', 150)],
    ['that is overdue, by a millisecond', asks({ ...ALARM, due: s(149.999) }), claim('w-deployer', 150)],
    ['one of two', asks(ALARM, { ...ALARM, id: 'b', before: 'clearance' }), claim('w-deployer', 150)],
  ],
  'claim.condition_breached': [['a condition was not kept', breached, claim('w-deployer', 200)]],
  'delegation.not_allowed': [
    ['where the policy knows none', routed, delegation('p-ann', 'p-out', 60)],
    [
      'in another role than the policy names',
      delegable,
      delegation('p-bob', 'p-out', 60, { statement: { role: 'security_owner' } }),
    ],
  ],
  'delegation.expired': [
    ['at its very end', delegable, delegation('p-ann', 'p-out', 60, { statement: { expires_at: s(60) } })],
  ],
  'delegation.life_too_long': [
    [
      'by a millisecond',
      delegable,
      delegation('p-ann', 'p-out', 60, { statement: { expires_at: s(60 + 2 * HOUR + 0.001) } }),
    ],
    [
      'from its signature on, where it was held back',
      delegable,
      delegation('p-ann', 'p-out', 600, { statement: { signed_at: s(60), expires_at: s(60 + 2 * HOUR + 0.001) } }),
    ],
  ],
  'delegation.by_approver': [
    [
      'whose approval stands',
      given(delegable).when(approval('p-ann', 60)).gives('authority.approved').drafts,
      delegation('p-ann', 'p-out', 90),
    ],
    [
      'whose override stands',
      given(delegable).when(override('p-axe', 60)).gives('override.breakglass').drafts,
      delegation('p-axe', 'p-out', 90, { signer: { roles } }),
    ],
  ],
  'delegation.repeated': [
    ['to another person', annDelegated, delegation('p-ann', 'p-lea', 90)],
    ['to the same person', annDelegated, delegation('p-ann', 'p-out', 90)],
  ],
  'delegation.delegate': [
    ['whom the roster does not know', delegable, delegation('p-ann', 'p-out', 60, { delegate: null })],
    ['who is no person', delegable, delegation('p-ann', 'w-robot', 60, { delegate: { kind: 'workload', duties: [] } })],
    ['who is the signer', delegable, delegation('p-ann', 'p-ann', 60)],
    [
      'who has a duty, by the fresh facts',
      delegable,
      delegation('p-ann', 'p-out', 60, { delegate: { kind: 'person', duties: ['evidence_author'] } }),
    ],
    ['who has a duty, by the frozen list', delegable, delegation('p-ann', 'p-kit', 60)],
  ],
  'delegation.passed_on': [
    [
      'by a delegate, though they hold the role themselves',
      given(delegable)
        .when(delegation('p-ann', 'p-cyd', 60))
        .gives('authority.delegated').drafts,
      delegation('p-cyd', 'p-out', 90),
    ],
    ['to somebody who has delegated', annDelegated, delegation('p-cyd', 'p-ann', 90)],
  ],
  'override.by_delegator': [
    ['whose delegation stands', annDelegated, override('p-ann', 90, { signer: { roles: ['breakglass_officer'] } })],
  ],
  'override.not_allowed': [['where the policy knows no break-glass', routed, override('p-axe', 60)]],
  'override.role': [
    [
      'in another role than the policy names',
      breakable,
      override('p-ann', 60, { statement: { role: 'release_owner' } }),
    ],
    ['in a role that the signer does not hold', breakable, override('p-ann', 60)],
  ],
  'override.review_overdue': [
    ['another override owes its review', breakable, override('p-axe', 60, { overdue: OWING })],
  ],
  'override.expired': [['at its very end', breakable, override('p-axe', 60, { statement: { expires_at: s(60) } })]],
  'override.life_too_long': [
    ['by a millisecond', breakable, override('p-axe', 60, { statement: { expires_at: s(60 + 1800.001) } })],
    [
      'from its signature on, where it was held back',
      breakable,
      override('p-axe', 1200, { statement: { signed_at: s(60), expires_at: s(60 + 1800.001) } }),
    ],
  ],
  'override.repeated': [
    [
      'while the first one stands, where it takes two',
      given(critical).when(override('p-axe', 60)).gives('override.breakglass').drafts,
      override('p-axe', 120),
    ],
  ],
  'override.owner': [
    ['that the roster does not know', breakable, override('p-axe', 60, { owner: null })],
    ['that is no person', breakable, override('p-axe', 60, { owner: { kind: 'workload', duties: [] } })],
    ['who asked for it', breakable, override('p-axe', 60, { owner: { kind: 'person', duties: ['requester'] } })],
  ],
  'override.by_approver': [
    [
      'whose approval stands',
      given(breakable).when(approval('p-ann', 60)).gives('authority.approved').drafts,
      override('p-ann', 120, { signer: { roles: ['breakglass_officer'] } }),
    ],
  ],
  'approval.by_overrider': [
    [
      'whose override stands',
      given(breakable).when(override('p-axe', 60)).gives('override.breakglass').drafts,
      approval('p-axe', 120, {
        signer: { roles: ['release_owner'] },
        statement: { roles: ['release_owner'] },
      }),
    ],
  ],
  'approval.too_often': [
    ['after sixteen changes of mind', fickle, approval('p-ann', 60 + 16 * 20)],
    ['an override too', fickle, override('p-ann', 60 + 16 * 20, { signer: { roles: ['breakglass_officer'] } })],
    ['a delegation too', fickle, delegation('p-ann', 'p-out', 60 + 16 * 20)],
  ],
  'revocation.not_live': [
    ['of no approval', routed, revocation('p-ann', 60)],
    ['of one that has expired, to the millisecond', annApproved, revocation('p-ann', 60 + HOUR)],
    ['of one that was taken back', annRevoked, revocation('p-ann', 180)],
    ['of a refused one', annApproved, revocation('p-kit', 120)],
  ],
  'revocation.not_author': [
    [
      "of somebody else's",
      annApproved,
      revocation('p-bob', 120, { statement: { approval: digest(`approval p-ann ${s(60)}`) } }),
    ],
    [
      "of somebody else's, by who asked",
      annApproved,
      revocation('w-pipeline', 120, { statement: { approval: digest(`approval p-ann ${s(60)}`) } }),
    ],
  ],
  'abstention.approved': [['while an approval stands', annApproved, abstention('p-ann', 120)]],
  'abstention.delegated': [['while a delegation stands', annDelegated, abstention('p-ann', 90)]],
  'abstention.repeated': [
    ['a second time', annAbstained, abstention('p-ann', 180)],
    ['after a revocation', annRevoked, abstention('p-ann', 180)],
  ],
  'operation.not_allowed': [
    ['a nudge where the policy names no operators', routed, nudge('p-ops', 60)],
    ['an extension there', routed, extension('p-ops', DAY + HOUR, 60)],
    ['a reassignment there', routed, reassignment('p-ops', ['p-ann', 'p-cyd'], 60)],
    ['a nudge there by whoever asked', routed, ownNudge('w-pipeline', 60)],
    ['an extension where nobody may move the deadline', unmoved, extension('p-ops', DAY + HOUR, 60)],
    ['a nudge by an approver', operable, nudge('p-ann', 60)],
    [
      'a nudge in a role that is no operators’',
      operable,
      nudge('p-ann', 60, { statement: { actor_role: 'release_owner' } }),
    ],
    ['a nudge by a passer-by, in no role', operable, ownNudge('p-out', 60)],
    ['a nudge by an operator, in no role', operable, ownNudge('p-ops', 60)],
    ["a nudge by another workload of the requester's controller", operable, ownNudge('w-sibling', 60)],
    ['a nudge by a workload in the role', operable, nudge('w-robot', 60, { signer: { roles: ['release_manager'] } })],
    ['an extension by an approver', operable, extension('p-ann', DAY + HOUR, 60)],
    [
      'an extension by a workload in the role',
      operable,
      extension('w-robot', DAY + HOUR, 60, { signer: { roles: ['release_manager'] } }),
    ],
    ['a reassignment by an approver, of somebody else', operable, reassignment('p-bob', ['p-ann', 'p-cyd'], 60)],
    [
      'a hand-over of what waits for somebody else',
      operable,
      handOver(['p-ann', 'p-cyd'], 60, { statement: { signer: 'p-dee' } }),
    ],
  ],
  'operation.involved': [
    ['an extension by who asked', operable, extension('p-ops', DAY + HOUR, 60, { signer: { duties: ['requester'] } })],
    [
      'an extension by who controls what asked',
      operable,
      extension('p-boss', DAY + HOUR, 60, { signer: { roles: ['release_manager'] } }),
    ],
    ['an extension by who is barred by the frozen list alone', operable, extension('p-kit', DAY + HOUR, 60, manager)],
    [
      'a reassignment by who vouched for the evidence',
      operable,
      reassignment('p-eve', ['p-ann', 'p-cyd'], 60, { signer: { roles: ['release_manager'] } }),
    ],
  ],
  'operation.basis': actsUnder({ basis: digest('other') }),
  'operation.routed_unknown': actsUnder({ routed: digest('other') }),
  'operation.too_often': [
    ['a nudge after sixty-four acts', nudgedOften, nudge('p-ops', 60 + 65 * HOUR)],
    ['a hand-over then', nudgedOften, handOver(['p-ann', 'p-cyd'], 60 + 65 * HOUR)],
  ],
  'nudge.nobody_awaited': [
    ['once the decision has ended, before anybody came to it', operable, nudge('p-ops', DAY)],
    [
      'once everybody has approved',
      given(operable)
        .when(approval('p-ann', 60))
        .gives('authority.approved')
        .when(approval('p-bob', 120))
        .gives('authority.approved').drafts,
      nudge('p-ops', 150),
    ],
    [
      'once glass was broken for those who are missing',
      given(upTo(asking({ release_owner: 1 }, { operation: OPERABLE, breakglass: BREAKGLASS })))
        .when(override('p-axe', 60))
        .gives('override.breakglass').drafts,
      nudge('p-ops', 90),
    ],
  ],
  'nudge.too_soon': [
    [
      'a millisecond',
      given(operable).when(nudge('p-ops', 60)).gives('operation.nudged').drafts,
      nudge('p-ops', 60 + HOUR - 0.001),
    ],
    [
      'by somebody else',
      given(operable).when(nudge('p-ops', 60)).gives('operation.nudged').drafts,
      ownNudge('w-pipeline', 90),
    ],
  ],
  'extension.too_late': [
    ['at the deadline, to the millisecond', operable, extension('p-ops', DAY + HOUR, DAY)],
    [
      'once the evidence has ended, before the deadline',
      operableUntil({ evidence_valid_until: s(HOUR) }),
      extension('p-ops', DAY + HOUR, HOUR),
    ],
  ],
  'extension.not_later': [
    ['to the very deadline', operable, extension('p-ops', DAY, 60)],
    ['to before it', operable, extension('p-ops', HOUR, 60)],
    [
      'back to before where it was moved to',
      given(operable)
        .when(extension('p-ops', DAY + 2 * HOUR, 60))
        .gives('operation.extended').drafts,
      extension('p-ops', DAY + HOUR, 90),
    ],
  ],
  'extension.beyond_policy': [
    ['a millisecond', operable, extension('p-ops', DAY + 4 * HOUR + 0.001, 60)],
    [
      'in two steps',
      given(operable)
        .when(extension('p-ops', DAY + 3 * HOUR, 60))
        .gives('operation.extended').drafts,
      extension('p-ops', DAY + 7 * HOUR, 90),
    ],
  ],
  'extension.beyond_evidence': [
    [
      'beyond which the evidence does not count',
      operableUntil({ evidence_valid_until: s(DAY + HOUR) }),
      extension('p-ops', DAY + HOUR + 0.001, 60),
    ],
    [
      'beyond which the rollback test does not',
      operableUntil({ rollback_valid_until: s(DAY + HOUR) }),
      extension('p-ops', DAY + 2 * HOUR, 60),
    ],
    [
      'beyond which a waiver does not',
      operableUntil({ waivers_valid_until: s(DAY + HOUR) }),
      extension('p-ops', DAY + 2 * HOUR, 60),
    ],
  ],
  'reassignment.role': [
    ['once the decision has ended, before anybody came to it', operable, handOver(['p-ann', 'p-cyd'], DAY)],
    ['that is no role of the route', operable, handOver(['p-ann', 'p-cyd'], 60, { statement: { role: 'auditor' } })],
    [
      'that is filled',
      given(operable).when(approval('p-ann', 60)).gives('authority.approved').drafts,
      handOver(['p-cyd', 'p-dee'], 90),
    ],
  ],
  'reassignment.from': [
    ['who does not hold the role', operable, reassignment('p-ops', ['p-bob', 'p-cyd'], 60)],
    ['whom the roster does not know', operable, reassignment('p-ops', ['p-ann', 'p-cyd'], 60, { from: null })],
    ['who is barred', operable, reassignment('p-ops', ['p-kit', 'p-cyd'], 60)],
    ['who is a workload', operable, reassignment('p-ops', ['w-robot', 'p-cyd'], 60)],
    [
      'who has abstained',
      given(operable).when(abstention('p-ann', 60)).gives('authority.abstained').drafts,
      handOver(['p-ann', 'p-cyd'], 90),
    ],
    [
      'who has delegated',
      given(upTo(asking({ release_owner: 1, security_owner: 1 }, { operation: OPERABLE, delegation: DELEGABLE })))
        .when(delegation('p-ann', 'p-out', 60))
        .gives('authority.delegated').drafts,
      handOver(['p-ann', 'p-cyd'], 90),
    ],
    [
      'who is a delegate and does not hold the role',
      given(upTo(asking({ release_owner: 1, security_owner: 1 }, { operation: OPERABLE, delegation: DELEGABLE })))
        .when(delegation('p-ann', 'p-out', 60))
        .gives('authority.delegated').drafts,
      handOver(['p-out', 'p-cyd'], 90),
    ],
    [
      'who was relieved before',
      given(operable)
        .when(handOver(['p-ann', 'p-cyd'], 60))
        .gives('operation.reassigned').drafts,
      handOver(['p-ann', 'p-dee'], 90),
    ],
  ],
  'reassignment.to': [
    ['who is the same', operable, handOver(['p-ann', 'p-ann'], 60)],
    ['who does not hold the role', operable, handOver(['p-ann', 'p-bob'], 60)],
    ['whom the roster does not know', operable, handOver(['p-ann', 'p-cyd'], 60, { to: null })],
    [
      'who made the candidate, by the frozen list alone',
      operable,
      handOver(['p-ann', 'p-kit'], 60, { to: { ...PEOPLE['p-kit'], duties: [] } }),
    ],
    [
      'who has a duty, by the fresh facts alone',
      operable,
      handOver(['p-ann', 'p-cyd'], 60, { to: { ...PEOPLE['p-cyd'], duties: ['evidence_author'] } }),
    ],
    ['who is a workload', operable, handOver(['p-ann', 'w-robot'], 60)],
    [
      'who has signed',
      given(upTo(asking({ release_owner: 2 }, { operation: OPERABLE })))
        .when(approval('p-cyd', 60, { statement: { roles: ['release_owner'] } }))
        .gives('authority.approved').drafts,
      handOver(['p-ann', 'p-cyd'], 90),
    ],
    [
      'who has broken glass',
      given(
        upTo(asking({ release_owner: 1 }, { operation: OPERABLE, breakglass: BREAKGLASS })).map((event) =>
          event.event_type === 'risk.evaluated' ? { ...event, risk_band: 'critical' as const } : event,
        ),
      )
        .when(override('p-axe', 60))
        .gives('override.breakglass').drafts,
      handOver(['p-ann', 'p-axe'], 90, { to: { ...PEOPLE['p-axe'], roles } }),
    ],
  ],
  'order.contested': [
    ['a rejection that claims a time before clearance', cleared, rejection('p-dee', 200, before)],
    ['a revocation that does', cleared, revocation('p-ann', 200, before)],
    ['a cancellation that does', cleared, cancellation('w-pipeline', 200, before)],
  ],
  'cancellation.not_allowed': [
    ['a passer-by', routed, cancellation('p-out', 60)],
    ['an approver', routed, cancellation('p-ann', 60)],
    ['the creator', routed, cancellation('p-kit', 60)],
    ['a workload in the role that may', routed, cancellation('w-robot', 60)],
    ["another workload of the requester's controller", routed, cancellation('w-sibling', 60)],
    ['the role that may, before any route names it', requested, cancellation('p-lea', 60)],
    ['the executor', authorized, cancellation('w-deployer', 150)],
  ],
  'approval.basis_changed': [
    [
      'an approval that was signed before the evidence was replaced',
      changed,
      approval('p-bob', 120, { statement: old }),
    ],
    ['a rejection', changed, rejection('p-bob', 120, { statement: old })],
    ['an abstention', changed, abstention('p-bob', 120, { statement: old })],
    ['a new approval of the old basis by whoever had approved it', changed, approval('p-ann', 120, { statement: old })],
  ],
  'reevaluation.not_allowed': [
    ['somebody who can only approve', routed, reevaluation('p-ann', 60)],
    ['a workload that neither asks nor claims', routed, reevaluation('w-robot', 60)],
    ['a workload of the same controllers', routed, reevaluation('w-sibling', 60)],
    ['newer evidence, named by an executor', routed, reevaluation('w-deployer', 60, { statement: NEWER })],
    ['newer evidence, named by who may cancel', routed, reevaluation('p-lea', 60, { statement: NEWER })],
    [
      'another policy, named by who controls the requester',
      routed,
      reevaluation('p-boss', 60, { statement: { policy: { version: '1.3.0', digest: digest('policy 1.3.0') } } }),
    ],
  ],
  'reevaluation.basis': [
    ['another basis', routed, reevaluation('w-pipeline', 60, { statement: { basis: digest('other') } })],
    ['the basis before', changed, reevaluation('w-pipeline', 120, { statement: { ...NEWER, basis: BASIS } })],
  ],
  'reevaluation.too_late': [
    ['at the deadline, before anybody came to it', routed, reevaluation('w-pipeline', DAY)],
    [
      'from newer evidence, once the evidence had ended',
      upTo(limited({ evidence_valid_until: s(HOUR) })),
      reevaluation('w-pipeline', HOUR),
    ],
  ],
  'reevaluation.too_often': [['a thirty-third time', often, reevaluation('w-pipeline', 120)]],
  'reevaluation.policy': [
    [
      'a policy that does not count',
      routed,
      reevaluation('w-pipeline', 60, { reevaluation: { refused: 'reevaluation.policy' } }),
    ],
  ],
  'reevaluation.evidence': [
    [
      'evidence that may not replace it',
      routed,
      reevaluation('w-pipeline', 60, { reevaluation: { refused: 'reevaluation.evidence' } }),
    ],
    [
      'facts of other evidence than it names',
      routed,
      reevaluation('w-pipeline', 60, { reevaluation: anew({}, { asked: NEWER }) }),
    ],
  ],
  'reevaluation.no_standing': [
    [
      'governance does not speak',
      routed,
      reevaluation('w-pipeline', 60, { reevaluation: { refused: 'reevaluation.no_standing' } }),
    ],
  ],
  'reevaluation.unchanged': [
    [
      'the same roster, policy and evidence',
      authorized,
      reevaluation('w-pipeline', 150, { reevaluation: anew({ roster: ROSTER_AT_OPENING }) }),
    ],
    [
      'as the house found',
      routed,
      reevaluation('w-pipeline', 60, { reevaluation: { refused: 'reevaluation.unchanged' } }),
    ],
  ],
  'claim.not_executor': [
    ['a workload that is none for this target', authorized, claim('w-robot', 150)],
    ['an approver', authorized, claim('p-ann', 150)],
    [
      'one that the roster in force knows no more',
      authorized,
      claim('w-deployer', 150, { inForce: { executorEligible: false } }),
    ],
    ['also where authority is missing', routed, claim('w-pipeline', 150)],
  ],
  'claim.basis': [['another basis', authorized, claim('w-deployer', 150, { statement: { basis: digest('other') } })]],
  'claim.target': [
    ['another target', authorized, claim('w-deployer', 150, { statement: { target: 'prod-gateway-02' } })],
  ],
  'claim.restricted': obstacle('claim.restricted'),
  'claim.no_standing': obstacle('claim.no_standing'),
  'claim.policy_withdrawn': obstacle('claim.policy_withdrawn'),
  'claim.key_revoked': obstacle('claim.key_revoked'),
  'claim.candidate_revoked': obstacle('claim.candidate_revoked'),
  'claim.frozen': obstacle('claim.frozen'),
  'claim.evidence_differs': obstacle('claim.evidence_differs'),
  'claim.evidence_awaited': obstacle('claim.evidence_awaited'),
  'claim.overtaken': obstacle('claim.overtaken'),
  'claim.outside_window': [
    ['before the first window', windowed(200, 300), claim('w-deployer', 150)],
    ['at the very instant at which one closes', windowed(100, 150), claim('w-deployer', 150)],
    ['where there is none any more', windowed(), claim('w-deployer', 150)],
  ],
  'claim.authority_missing': [
    ['nobody approved', routed, claim('w-deployer', 60)],
    ['one of two approved', annApproved, claim('w-deployer', 90)],
    ['an approval ended at the instant of the claim', authorized, claim('w-deployer', 60 + HOUR)],
    [
      'an approver is no longer eligible in the roster in force',
      authorized,
      claim('w-deployer', 150, { inForce: { ineligible: [digest(`approval p-ann ${s(60)}`)] } }),
    ],
    [
      'a route that claims to be satisfied, and is not',
      upTo(asking({ release_owner: 1 }, { satisfied: true })),
      claim('w-deployer', 60),
    ],
  ],
  'claim.expired': [
    [
      'at the instant of the decision deadline',
      given(upTo(limited({ decision_deadline: s(10 * MINUTE) })))
        .when(approval('p-cyd', 60))
        .gives('authority.approved')
        .when(approval('p-dee', 60))
        .gives('authority.approved').drafts,
      claim('w-deployer', 10 * MINUTE),
    ],
    [
      'at the instant at which the evidence ends',
      upTo(asking({}, { limits: limited({ evidence_valid_until: s(10 * MINUTE) }).limits })),
      claim('w-deployer', 10 * MINUTE),
    ],
    [
      'after the rollback test has aged',
      upTo(asking({}, { limits: limited({ rollback_valid_until: s(5 * MINUTE) }).limits })),
      claim('w-deployer', 10 * MINUTE),
    ],
  ],
  'claim.already_cleared': [
    ['another executor', cleared, claim('w-spare', 200)],
    ['the same one again', cleared, claim('w-deployer', 200)],
    ['whoever it is', cleared, claim('p-out', 200)],
  ],
  'receipt.not_executor': [
    ['another executor of the target', cleared, receipt('w-spare', 200)],
    ['an approver', cleared, receipt('p-ann', 200)],
  ],
  'receipt.permit_unknown': [
    ['no permit of ours', cleared, receipt('w-deployer', 200, { permit: null })],
    ['another permit than it names', cleared, receipt('w-deployer', 200, { permit: { digest: digest('other') } })],
    ['a permit for another clearance', cleared, receipt('w-deployer', 200, { permit: { cleared: digest('other') } })],
    ['a permit for another claim', cleared, receipt('w-deployer', 200, { permit: { claim: digest('other') } })],
    ['a receipt for another claim', cleared, receipt('w-deployer', 200, { statement: { claim: digest('other') } })],
  ],
  'receipt.permit_used': [['after the end that a receipt made', closed, receipt('w-deployer', 300)]],
  'receipt.late': [
    [
      'after the end that no receipt made',
      given(cleared)
        .when(() => ({ type: 'tick', id: 'tick', at: s(DAY) }))
        .gives('execution.unconfirmed').drafts,
      receipt('w-deployer', 2 * DAY),
    ],
  ],
  'receipt.not_cleared': [
    ['before routing', risk_evaluated, receipt('w-deployer', 60)],
    ['before clearance', authorized, receipt('w-deployer', 150)],
  ],
  'receipt.target': [
    ['another target', cleared, receipt('w-deployer', 200, { statement: { target: 'prod-gateway-02' } })],
  ],
  'review.not_due': [
    ['before anything was cleared', authorized, review('p-out', 150)],
    ['before the decision has closed', cleared, review('p-out', 200)],
  ],
  'review.no_override': [['where no glass was broken', closed, review('p-out', 300)]],
  'review.cleared': [
    ['of another clearance', overridden, review('p-out', 300, { statement: { cleared: digest('other') } })],
  ],
  'review.role': [
    ['by somebody without the role', overridden, review('p-lea', 300)],
    ['by a workload', overridden, review('p-out', 300, { signer: { kind: 'workload' } })],
  ],
  'review.involved': [
    ['by who broke it', overridden, review('p-axe', 300, { signer: { roles: ['auditor'] } })],
    ['by who asked', overridden, review('p-out', 300, { signer: { duties: ['requester'] } })],
  ],
  'backout.not_closed': [
    ['before anything was cleared', authorized, backout('w-deployer', 150)],
    ['before the decision has closed', cleared, backout('w-deployer', 200)],
  ],
  'backout.not_cleared': [
    [
      'of a decision that was refused',
      given(routed).when(rejection('p-ann', 60)).gives('authority.rejected', 'decision.denied').drafts,
      backout('w-deployer', 300),
    ],
    [
      'where its executor swears that nothing ran',
      given(cleared)
        .when(receipt('w-deployer', 200, { statement: { result: 'not_executed' } }))
        .gives('execution.confirmed').drafts,
      backout('w-deployer', 300),
    ],
  ],
  'backout.cleared': [
    ['of another clearance', closed, backout('w-deployer', 300, { statement: { cleared: digest('other') } })],
  ],
  'backout.pack': [['from another pack', closed, backout('w-deployer', 300, { statement: { pack: digest('other') } })]],
  'backout.executor': [['by an approver', closed, backout('p-ann', 300)]],
  'backout.target': [
    ['at another target', closed, backout('w-deployer', 300, { statement: { target: 'prod-gateway-02' } })],
  ],
  'backout.candidate': [
    [
      'to anything else',
      closed,
      backout('w-deployer', 300, { statement: { candidate: { ...CHAMPION, digest: digest('older') } } }),
    ],
  ],
  'backout.key_revoked': [['with a key that was revoked since', closed, backout('w-deployer', REVOKED_FROM)]],
  'backout.early': [
    ['before it was cleared', closed, backout('w-deployer', 300, { statement: { started_at: s(-300) } })],
  ],
  'decision.not_routed': [
    ['a nudge', requested, nudge('p-ops', 60)],
    ['an extension', requested, extension('p-ops', DAY + HOUR, 60)],
    ['a reassignment', requested, reassignment('p-ops', ['p-ann', 'p-cyd'], 60)],
    ['a reevaluation', requested, reevaluation('w-pipeline', 60)],
    ['an approval', requested, approval('p-ann', 60)],
    ['a rejection', requested, rejection('p-ann', 60)],
    ['a claim', risk_evaluated, claim('w-deployer', 60)],
  ],
  'decision.cleared': [
    ['a nudge', cleared, nudge('p-ops', 200)],
    ['an extension', cleared, extension('p-ops', DAY + HOUR, 200)],
    ['a hand-over', cleared, handOver(['p-ann', 'p-cyd'], 200)],
    ['a reevaluation', cleared, reevaluation('w-pipeline', 200)],
    ['an approval', cleared, approval('p-dee', 200)],
    ['a rejection', cleared, rejection('p-dee', 200)],
    ['an override', cleared, override('p-axe', 200)],
    ['a revocation', cleared, revocation('p-ann', 200)],
    ['an abstention', cleared, abstention('p-dee', 200)],
    ['an approval that claims a time before, which nobody need contest', cleared, approval('p-dee', 200, before)],
    ['a cancellation by the requester', cleared, cancellation('w-pipeline', 200)],
  ],
  'decision.closed': [
    ['an approval', closed, approval('p-dee', 300)],
    ['a cancellation', closed, cancellation('w-pipeline', 300)],
    ['a second claim', closed, claim('w-spare', 300)],
    [
      'a receipt, where nothing was ever cleared',
      given(routed).when(rejection('p-ann', 60)).gives('authority.rejected', 'decision.denied').drafts,
      receipt('w-deployer', 300),
    ],
  ],
};

const AFTER_THE_END: readonly RefusalCode[] = [
  'decision.closed',
  'receipt.late',
  'receipt.permit_used',
  'review.no_override',
  'review.cleared',
  'review.role',
  'review.involved',
  'backout.not_cleared',
  'backout.cleared',
  'backout.pack',
  'backout.executor',
  'backout.target',
  'backout.candidate',
  'backout.key_revoked',
  'backout.early',
];

// shows: R19, R42, R43, R44, R46, R47, R49, R53, R54, R55, R69, R77
describe.each(Object.entries(REFUSALS) as [RefusalCode, readonly Case[]][])('%s', (code, cases) => {
  it.each(cases)('%s', (_, before, act) => {
    if (!AFTER_THE_END.includes(code)) {
      const after = given(before).when(act).refuses(code);
      expect(after.state.stage).toBe(given(before).state.stage);
      return;
    }
    given(before).when(act).nothing();
    expect(addendum(before, act)).toMatchObject([
      { event_type: 'addendum.opened' },
      { event_type: 'statement.refused', code },
    ]);
  });
});

describe('the refusal codes', () => {
  it('each have a case', () => {
    expect(Object.keys(REFUSALS).sort()).toEqual([...REFUSAL_CODES].sort());
    expect(REFUSAL_CODES.filter((code) => REFUSALS[code].length === 0)).toEqual([]);
  });
});

describe('a review', () => {
  it('of an override by somebody uninvolved stands in an addendum, late where it was', () => {
    const act = review('p-out', 300);
    expect(addendum(overridden, act)).toMatchObject([
      { event_type: 'addendum.opened', closed_decision: DECISION },
      { event_type: 'override.reviewed', actor_id: 'p-out', verdict: 'justified', late: false },
    ]);
    expect(addendum(overridden, review('p-out', 6 * DAY))[1]).toMatchObject({ late: true });
  });
});

describe('a backout', () => {
  it.each([
    ['the sealed pack', { pack: PACK }],
    ['the clearance pack', {}],
  ])('to what the basis names, on %s, stands in an addendum', (_, acted) => {
    expect(addendum(closed, backout('w-deployer', 300, { statement: acted }))).toMatchObject([
      { event_type: 'addendum.opened', closed_decision: DECISION },
      {
        event_type: 'backout.recorded',
        actor_id: 'w-deployer',
        candidate: CHAMPION,
        result: 'success',
        test_lapsed: false,
        ...acted,
      },
    ]);
  });

  it('by any executor of the target counts, and one that failed does too', () => {
    const failed = backout('w-spare', 300, { statement: { result: 'failure', exit_code: 1 } });
    expect(addendum(closed, failed)[1]).toMatchObject({ event_type: 'backout.recorded', result: 'failure' });
  });

  it('says that the test of the way back had lapsed, which stops nobody', () => {
    const lapsing = closed.map((event) =>
      event.event_type === 'authority.routed'
        ? { ...event, limits: { ...event.limits, rollback_valid_until: s(260) } }
        : event,
    );
    expect(addendum(lapsing, backout('w-deployer', 300))[1]).toMatchObject({ test_lapsed: true });
    expect(addendum(lapsing, backout('w-deployer', 289))[1]).toMatchObject({ test_lapsed: false });
  });

  it('by a clock that is a little behind the clearance is no earlier run', () => {
    const at = (seconds: number) => backout('w-deployer', 300, { statement: { started_at: s(seconds) } });
    const { timestamp } = linked(closed).find(({ event_type }) => event_type === 'execution.cleared') ?? {};
    expect(timestamp).toBe(s(180));
    expect(addendum(closed, at(180 - 300))[1]).toMatchObject({ event_type: 'backout.recorded' });
    expect(addendum(closed, at(180 - 301))[1]).toMatchObject({ code: 'backout.early' });
  });
});

describe('an addendum', () => {
  it('names the closed decision and its head, and changes nothing', () => {
    const act = receipt('w-deployer', 300);
    const head = given(closed).state.head;
    expect(addendum(closed, act)).toEqual([
      {
        event_type: 'addendum.opened',
        timestamp: s(300),
        actor_id: 'SYSTEM',
        origin: ORIGIN,
        tenant: TENANT,
        closed_decision: DECISION,
        closed_head: head.hash,
        statement: digest(`receipt w-deployer ${s(300)}`),
      },
      {
        event_type: 'statement.refused',
        timestamp: s(300),
        actor_id: 'w-deployer',
        statement: digest(`receipt w-deployer ${s(300)}`),
        kind: 'receipt',
        code: 'receipt.permit_used',
        roster: null,
      },
    ]);
  });

  it('never accuses an executor of a second run for what another signed', () => {
    expect(addendum(closed, receipt('w-spare', 300))[1]).toMatchObject({ code: 'receipt.not_executor' });
  });

  it('is no event of the decision that it belongs to', () => {
    const opened = addendum(closed, receipt('w-deployer', 300));
    expect(() => given(opened)).toThrow('decision.illegal_event');
    expect(() => given([...closed, ...opened])).toThrow('decision.illegal_event');
  });
});

function addendum(before: readonly EventDraft[], act: Act): readonly EventDraft[] {
  const events = linked(before);
  const { state } = given(before);
  const command = act(state);
  if (command.type !== 'submit' || state.stage !== 'closed') throw new TypeError('a statement for a closed decision');
  const closedDecision: ClosedDecision = {
    decisionId: DECISION,
    origin: ORIGIN,
    tenant: TENANT,
    head: events.at(-1)?.integrity_hash ?? '',
    cleared: events.find((event) => event.event_type === 'execution.cleared') ?? null,
    involved: ['p-ann', 'p-axe', 'w-deployer'],
    conditional: state.conditional ?? [],
    barred: state.routing?.barred.map(({ actor_id }) => actor_id) ?? [],
    confirmed: state.outcome === 'executed',
    wayBack: wayBackOf(events, { [BASIS]: { content: { rollback_target: CHAMPION.digest } } }),
    pack: PACK,
    signerStands: command.at < s(REVOKED_FROM),
  };
  return decideAddendum(closedDecision, command.admitted, command.at);
}

describe('a refused statement', () => {
  it('says under which roster a claim was judged, and nothing of one with the other kinds', () => {
    const before = given(routed);
    expect(before.when(claim('p-ann', 60)).decided).toMatchObject([{ roster: ROSTER_IN_FORCE }]);
    expect(before.when(cancellation('p-out', 60)).decided).toMatchObject([{ kind: 'cancellation', roster: null }]);
  });

  it('stands with its signer, its kind and its time, and leaves everything else as it was', () => {
    given(routed)
      .when(claim('w-deployer', 60))
      .then({
        event_type: 'statement.refused',
        timestamp: s(60),
        actor_id: 'w-deployer',
        statement: digest(`claim w-deployer ${s(60)}`),
        kind: 'claim',
        code: 'claim.authority_missing',
        roster: ROSTER_IN_FORCE,
      });
  });
});
