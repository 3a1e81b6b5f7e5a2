import type { EventType } from '../../../core/domain/events.ts';
import type { Stage } from '../../../core/domain/state.ts';
import {
  approved,
  cleared,
  confirmed,
  type DraftOf,
  digest,
  policyEvaluated,
  refusedWith,
  requested,
  riskEvaluated,
  routed,
  s,
} from './world.ts';

/** An event of each type. Its own fields are of no account to whether it may follow. */
export const SAMPLES: { readonly [T in EventType]: DraftOf<T> } = {
  'decision.requested': requested(),
  'policy.evaluated': policyEvaluated(),
  'risk.evaluated': riskEvaluated(),
  'authority.routed': routed(),
  'authority.approved': { ...approved('p-ann', 300), satisfied: false },
  'authority.rejected': {
    event_type: 'authority.rejected',
    timestamp: s(300),
    actor_id: 'p-ann',
    statement: digest('rejection'),
    roles: ['release_owner'],
    reason: digest('reason'),
  },
  'authority.revoked': {
    event_type: 'authority.revoked',
    timestamp: s(300),
    actor_id: 'p-ann',
    statement: digest('revocation'),
    revoked: [],
    reason: digest('reason'),
    assignment: [],
    satisfied: false,
  },
  'authority.abstained': {
    event_type: 'authority.abstained',
    timestamp: s(300),
    actor_id: 'p-dee',
    statement: digest('abstention'),
    roles: ['release_owner'],
    reason: digest('reason'),
  },
  'authority.expired': {
    event_type: 'authority.expired',
    timestamp: s(300),
    actor_id: 'SYSTEM',
    statements: [],
    assignment: [],
    satisfied: false,
  },
  'statement.refused': refusedWith('approval.basis', 'p-ann', 300),
  'statements.discarded': {
    event_type: 'statements.discarded',
    timestamp: s(300),
    actor_id: 'SYSTEM',
    counts: { 'statement.signature': 1 },
  },
  'execution.cleared': cleared(300),
  'execution.confirmed': confirmed(300),
  'execution.unconfirmed': {
    event_type: 'execution.unconfirmed',
    timestamp: s(300),
    actor_id: 'SYSTEM',
    confirm_by: s(300),
  },
  'decision.denied': {
    event_type: 'decision.denied',
    timestamp: s(300),
    actor_id: 'SYSTEM',
    code: 'gate.denied',
    detail: 'denied by POL-1',
    policy: null,
    roster: null,
  },
  'decision.expired': {
    event_type: 'decision.expired',
    timestamp: s(300),
    actor_id: 'SYSTEM',
    limit: 'decision_deadline',
    at: s(300),
  },
  'decision.cancelled': {
    event_type: 'decision.cancelled',
    timestamp: s(300),
    actor_id: 'w-pipeline',
    statement: digest('cancellation'),
    reason: digest('reason'),
  },
  'ledger.restored': {
    event_type: 'ledger.restored',
    timestamp: s(300),
    actor_id: 'SYSTEM',
    from_sequence: 1,
    head: digest('head'),
  },
  'addendum.opened': {
    event_type: 'addendum.opened',
    timestamp: s(300),
    actor_id: 'SYSTEM',
    origin: 'countersign.example',
    tenant: 'acme',
    closed_decision: 'd',
    closed_head: digest('head'),
    statement: digest('late'),
  },
};

const ENDINGS = { 'decision.denied': 'closed', 'decision.expired': 'closed', 'decision.cancelled': 'closed' } as const;
const remarks = <S extends Stage>(stage: S) =>
  ({ 'statement.refused': stage, 'statements.discarded': stage, 'ledger.restored': stage }) as const;

/** What may follow in each stage, and where it leads. Everything else is refused. */
export const LEGAL: Record<Stage, Partial<Record<EventType, Stage>>> = {
  empty: { 'decision.requested': 'requested' },
  requested: { ...remarks('requested'), ...ENDINGS, 'policy.evaluated': 'policy_evaluated' },
  policy_evaluated: { ...remarks('policy_evaluated'), ...ENDINGS, 'risk.evaluated': 'risk_evaluated' },
  risk_evaluated: { ...remarks('risk_evaluated'), ...ENDINGS, 'authority.routed': 'routed' },
  routed: {
    ...remarks('routed'),
    ...ENDINGS,
    'authority.approved': 'routed',
    'authority.rejected': 'routed',
    'authority.revoked': 'routed',
    'authority.abstained': 'routed',
    'authority.expired': 'routed',
  },
  authorized: {
    ...remarks('authorized'),
    ...ENDINGS,
    'authority.approved': 'routed',
    'authority.rejected': 'authorized',
    'authority.revoked': 'routed',
    'authority.abstained': 'authorized',
    'authority.expired': 'routed',
    'execution.cleared': 'cleared',
  },
  cleared: { ...remarks('cleared'), 'execution.confirmed': 'closed', 'execution.unconfirmed': 'closed' },
  closed: {},
};
