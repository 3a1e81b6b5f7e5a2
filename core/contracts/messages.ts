import type { Envelope } from '../canon/dsse.ts';
import type {
  Head,
  LiveApproval,
  LiveDelegation,
  LiveOverride,
  Operations,
  Stage,
  Withdrawal,
} from '../domain/state.ts';
import type { Band, DigestText, Outcome, Status, Timestamp } from '../domain/vocabulary.ts';
import type {
  Asked,
  Assignment,
  BasisChange,
  BreakglassRules,
  ChangeWindow,
  DelegationRules,
  OperationRules,
  Slot,
  Widened,
} from '../domain/events.ts';
import type { CauseTree } from '../domain/why.ts';

/** What the `submit` Update answers. */
export interface SubmitResult {
  readonly statement: DigestText;
  readonly verdict: 'accepted' | 'refused' | 'discarded';
  /** Refusal or discard code; null where accepted. */
  readonly code: string | null;
  readonly detail: string | null;
  /** Null where discarded: nothing was recorded by name, so there is nothing to acknowledge. */
  readonly acknowledgement: Envelope | null;
  /** With an accepted claim. */
  readonly permit: DigestText | null;
  readonly clearance: DigestText | null;
  /** Id of the addendum, where the statement came after the decision had closed. */
  readonly addendum: string | null;
}

/** Facts of the chain as a decision shows them, and no secrets or texts. */
export interface DecisionView {
  readonly decisionId: string;
  readonly stage: Stage;
  readonly status: Status;
  readonly since: Timestamp | null;
  readonly head: Head;
  readonly request: DigestText;
  readonly origin: string | null;
  readonly tenant: string | null;
  readonly requester: string | null;
  readonly action: string | null;
  readonly target: string | null;
  readonly candidate: { readonly name: string; readonly version: string; readonly digest: DigestText } | null;
  readonly score: number | null;
  readonly band: Band | null;
  readonly basis: DigestText | null;
  /** Hash of the `authority.routed` event. */
  readonly routed: DigestText | null;
  readonly brief: DigestText | null;
  readonly roster: DigestText | null;
  readonly slots: readonly Slot[];
  readonly assignment: readonly Assignment[];
  /** Approvals that live, as of the last event. */
  readonly approvals: readonly LiveApproval[];
  /** Overrides that live, as of the last event. */
  readonly overrides: readonly LiveOverride[];
  /** Null where the policy knows no break-glass, or the decision has no route yet. */
  readonly breakglass: BreakglassRules | null;
  /** Delegations that live, as of the last event; left out where none does. */
  readonly delegations?: readonly LiveDelegation[];
  /** Left out where the policy lets nobody delegate, or the decision has no route yet. */
  readonly delegable?: DelegationRules;
  /** Approvals with conditions that a closed decision keeps; left out where there are none. */
  readonly conditional?: readonly LiveApproval[];
  /** By person: the revocation or abstention that an approval of theirs must supersede. */
  readonly withdrawn: Readonly<Record<string, Withdrawal>>;
  /** What operators may do; left out where the policy names none, or the decision has no route yet. */
  readonly operable?: OperationRules;
  /** What was done about the waiting; left out while nothing was. */
  readonly operations?: Operations;
  readonly approvalLifeS: number | null;
  /** Wider roles that an escalation has let in; left out while there are none. */
  readonly wider?: readonly Widened[];
  /** When this may be cleared; left out where the target is always open. */
  readonly windows?: readonly ChangeWindow[];
  /** When whoever has not signed is reminded next; left out where nobody will be. */
  readonly nextReminder?: Timestamp;
  /** When wider roles are let in next; left out where none will be. */
  readonly nextEscalation?: Timestamp;
  /** What it is evaluated from: policy and evidence. Null before its request was read. */
  readonly asked?: Asked | null;
  /** The last time that it was evaluated anew; null where it never was. */
  readonly reevaluated?: {
    readonly at: Timestamp;
    /** Where its basis differs from the one before; empty where both are the same. */
    readonly changed: readonly BasisChange[];
    /** Statement digests of the approvals, overrides and delegations that ended with it. */
    readonly ended: readonly DigestText[];
  } | null;
  readonly outcome: Outcome | null;
  readonly ending: string | null;
  /** Hash of `execution.cleared`. */
  readonly cleared: DigestText | null;
  /** When the permit ends; left out where nothing was cleared. */
  readonly permitUntil?: Timestamp;
  /** Sequence of `execution.cleared`. */
  readonly clearedSequence: number | null;
  /** Digest of the sealed pack, once it is sealed. */
  readonly pack: DigestText | null;
}

/** What a decision shows of itself in its workflow's memo, as of the last change. */
export interface Shown {
  /** Null while the first run that shows anything is still reading the decision's chain. */
  readonly view: DecisionView | null;
  readonly why: CauseTree;
}

export type { CauseTree };
