import type {
  Asked,
  Assignment,
  AuthorityApproved,
  AuthorityRouted,
  BasisChange,
  DecisionRequested,
  ExecutionCleared,
  PolicyEvaluated,
  RiskEvaluated,
} from './events.ts';
import type { Body } from './commands.ts';
import type { ApprovalCondition, ConditionVerdict } from './statements.ts';
import type { DigestText, Outcome, Status, Timestamp } from './vocabulary.ts';

/** Where a chain ends: sequence 0 and GENESIS before the first event. */
export interface Head {
  readonly sequence: number;
  readonly hash: DigestText | 'GENESIS';
}

export const EMPTY_HEAD: Readonly<Head> = { sequence: 0, hash: 'GENESIS' };

/** What became of a statement, and in which event: enough to acknowledge it again. */
export interface Answered {
  readonly verdict: 'accepted' | 'refused';
  readonly code: string | null;
  readonly event: DigestText;
  readonly sequence: number;
}

/** An approval that has neither expired nor been ended. */
export interface LiveApproval {
  readonly statement: DigestText;
  readonly actor_id: string;
  readonly roles: readonly string[];
  /** Roles of the route that it could fill when it was given; left out where those are the ones offered. */
  readonly fills?: readonly string[];
  readonly expires_at: Timestamp;
  /** Statement digest of the delegation that it rests on; left out where its signer approved for themself. */
  readonly delegation?: DigestText;
  /** What its signer asks for besides, and what became of it; left out where that is nothing. */
  readonly conditions?: readonly Condition[];
}

/** A condition of an approval. */
export type Condition = Omit<ApprovalCondition, 'what'> & {
  /** Left out while nobody has said. */
  readonly verdict?: ConditionVerdict;
  /** Statement digest of whoever said it last. */
  readonly said?: DigestText;
};

/** A delegation that has neither expired nor been taken back. */
export interface LiveDelegation {
  readonly statement: DigestText;
  /** Who delegates. */
  readonly actor_id: string;
  readonly delegate: string;
  readonly role: string;
  readonly expires_at: Timestamp;
}

/** How somebody took their approval back, or said that they give none. */
export interface Withdrawal {
  readonly statement: DigestText;
  readonly by: 'revocation' | 'abstention';
  /** How often this person has changed their mind here. */
  readonly times: number;
  /** True once a later approval, override or delegation of theirs has named it. */
  readonly superseded: boolean;
}

/** Somebody is asked instead of somebody else, in a role. */
export interface Reassigned {
  readonly role: string;
  readonly from: string;
  readonly to: string;
}

/** What people have done about the waiting. None of it fills a slot. */
export interface Operations {
  /** How many acts by now. */
  readonly count: number;
  /** When somebody nudged last; left out while nobody has. */
  readonly nudged?: Timestamp;
  /** The decision deadline; left out while it is the route's. */
  readonly until?: Timestamp;
  /** By role and `from`, the last of each; left out while there are none. */
  readonly reassigned?: readonly Reassigned[];
}

/** An override that has neither expired nor been ended. */
export interface LiveOverride {
  readonly statement: DigestText;
  readonly actor_id: string;
  readonly expires_at: Timestamp;
}

export type Requested = Body<DecisionRequested> & { readonly requester: string; readonly at: Timestamp };
export type Routing = Body<AuthorityRouted> & {
  /** Hash of the `authority.routed` event. */
  readonly hash: DigestText;
  readonly at: Timestamp;
};
export type Clearance = Body<ExecutionCleared> & {
  readonly executor: string;
  /** Hash of the `execution.cleared` event. */
  readonly hash: DigestText;
  readonly at: Timestamp;
};

/** A routing that another has replaced, as those who signed under it name it. */
export interface EarlierRouting {
  readonly hash: DigestText;
  readonly at: Timestamp;
  readonly basis_digest: DigestText;
  readonly brief: DigestText;
}

/** The last time that a decision was evaluated anew. */
export interface Reevaluated {
  /** Hash of its `decision.reevaluated` event. */
  readonly hash: DigestText;
  readonly at: Timestamp;
  /** What the decision is evaluated from since. */
  readonly asked: Asked;
  readonly changed: readonly BasisChange[];
  readonly ended: readonly DigestText[];
  /** How often by now. */
  readonly times: number;
  /** Every routing before the present one, the oldest first. */
  readonly earlier: readonly EarlierRouting[];
  /** Hash of the last `decision.reevaluated` event that changed the basis; null where none has. */
  readonly basisChange: DigestText | null;
  /** What stood before, while the evaluation's own events are still to come. */
  readonly carried?: Carried;
}

/** What people have said, and how far it has been escalated by which route. */
export type Carried = Pick<
  Routed,
  'approvals' | 'overrides' | 'delegations' | 'withdrawn' | 'reminded' | 'escalated' | 'operations'
> & { readonly basis_digest: DigestText; readonly route: string };

/** A claim was refused for what has changed since the decision was routed. */
export interface Outdated {
  readonly code: 'claim.authority_missing' | 'claim.policy_withdrawn';
  readonly claim: DigestText;
}

/** The last claim that was refused since the decision was routed, whatever for. */
export interface RefusedClaim {
  readonly code: string;
  readonly at: Timestamp;
  /** Actor id of who claimed. */
  readonly by: string;
}

/** What every stage after the first event holds. */
interface Opened {
  readonly decisionId: string;
  readonly head: Head;
  /** Timestamp of the last event; time in a chain never runs backwards. */
  readonly lastAt: Timestamp;
  /** Since when the decision is in its stage. */
  readonly since: Timestamp;
  readonly requested: Requested;
  /** By statement digest. */
  readonly answered: Readonly<Record<string, Answered>>;
  /** How many statements of each signer were refused. */
  readonly refusedBy: Readonly<Record<string, number>>;
  /** Left out where it was never evaluated anew. */
  readonly reevaluated?: Reevaluated;
  /** Left out where no claim has found it out of date since it was routed last. */
  readonly outdated?: Outdated;
  /** Left out where no claim was refused since it was routed last. */
  readonly refusedClaim?: RefusedClaim;
}

interface Evaluated extends Opened {
  readonly policy: Body<PolicyEvaluated>;
}

interface Assessed extends Evaluated {
  readonly risk: Body<RiskEvaluated>;
}

interface Routed extends Assessed {
  readonly routing: Routing;
  readonly approvals: readonly LiveApproval[];
  readonly overrides: readonly LiveOverride[];
  readonly delegations: readonly LiveDelegation[];
  readonly assignment: readonly Assignment[];
  /** By person: the last revocation or abstention, which an approval after it must name. */
  readonly withdrawn: Readonly<Record<string, Withdrawal>>;
  /** Instant of the last reminder that went out; left out while none has. */
  readonly reminded?: Timestamp;
  /** How many steps of the escalation have come; left out while none has. */
  readonly escalated?: number;
  /** Left out while nobody has done anything about the waiting. */
  readonly operations?: Operations;
}

/**
 * State of a decision: a union by stage, each variant with the fields that are legal then.
 * `fold(evolve, events)` is the only way to make one (R10).
 */
export type DecisionState =
  | { readonly stage: 'empty'; readonly head: Head }
  | (Opened & { readonly stage: 'requested' })
  | (Evaluated & { readonly stage: 'policy_evaluated' })
  | (Assessed & { readonly stage: 'risk_evaluated' })
  | (Routed & { readonly stage: 'routed' })
  | (Routed & { readonly stage: 'authorized' })
  | (Routed & { readonly stage: 'cleared'; readonly clearance: Clearance })
  | (Opened & {
      readonly stage: 'closed';
      readonly outcome: Outcome;
      /** What ended it, for people: a code and ids, never free text. */
      readonly ending: string;
      readonly policy: Body<PolicyEvaluated> | null;
      readonly risk: Body<RiskEvaluated> | null;
      readonly routing: Routing | null;
      readonly assignment: readonly Assignment[];
      readonly clearance: Clearance | null;
      /** Those with conditions that were counted, or stood at the end; left out where there are none. */
      readonly conditional?: readonly LiveApproval[];
    });

export type Stage = DecisionState['stage'];

/** Every stage, in the order in which a decision comes through them. */
export const STAGES = [
  'empty',
  'requested',
  'policy_evaluated',
  'risk_evaluated',
  'routed',
  'authorized',
  'cleared',
  'closed',
] as const satisfies readonly Stage[];
export type OpenState = Exclude<DecisionState, { stage: 'empty' } | { stage: 'closed' }>;
export type StateAt<S extends Stage> = Extract<DecisionState, { stage: S }>;

export function initialState(): DecisionState {
  return { stage: 'empty', head: EMPTY_HEAD };
}

/** Statement digests of what a claim may rest on: approvals, overrides and delegations that live, as of the last event. */
export function countingIn(state: DecisionState): readonly DigestText[] {
  if (!('approvals' in state)) return [];
  return [...state.approvals, ...state.overrides, ...state.delegations].map(({ statement }) => statement);
}

/** The same, with the word that discharged a condition: whose key is gone by the claim has discharged nothing. */
export function restingIn(state: DecisionState): readonly DigestText[] {
  if (!('approvals' in state)) return [];
  const conditions = state.approvals.flatMap(({ conditions = [] }) => conditions);
  const discharges = conditions.flatMap(({ verdict, said }) => (verdict === 'discharged' && said ? [said] : []));
  return [...countingIn(state), ...discharges];
}

/** Status as R18 names it. An unconfirmed decision stays `authorized` for ever: it was, and no more is known. */
export function statusOf(state: DecisionState): Status {
  switch (state.stage) {
    case 'empty':
    case 'requested':
      return 'draft';
    case 'policy_evaluated':
    case 'risk_evaluated':
      return 'evaluated';
    case 'routed':
      return 'pending_authority';
    case 'authorized':
    case 'cleared':
      return 'authorized';
    case 'closed':
      return closedStatus(state.outcome);
  }
}

function closedStatus(outcome: Outcome): Status {
  switch (outcome) {
    case 'executed':
    case 'execution_failed':
      return 'executed';
    case 'unconfirmed':
      return 'authorized';
    case 'no_op':
      return 'denied';
    case 'denied':
    case 'expired':
    case 'cancelled':
      return outcome;
  }
}

export type ApprovedBody = Body<AuthorityApproved>;

/** Since when people are asked on the present basis: the first of the routings that have followed one another on it. */
export function askedSince({ routing, reevaluated }: StateAt<'routed'> | StateAt<'authorized'>): Timestamp {
  const earlier = reevaluated?.earlier ?? [];
  const other = earlier.findLastIndex(({ basis_digest }) => basis_digest !== routing.basis_digest);
  return earlier[other + 1]?.at ?? routing.at;
}
