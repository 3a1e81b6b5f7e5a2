import type { Envelope } from '../canon/dsse.ts';
import type {
  AdmittedStatement,
  Body,
  Evaluation,
  InForceFacts,
  PermitFacts,
  ReevaluationFacts,
  Revocation,
} from '../domain/commands.ts';
import type {
  Asked,
  DecisionEvent,
  DecisionRequested,
  EventDraft,
  Miss,
  ResolvedFact,
  ZoneOffsets,
} from '../domain/events.ts';
import type { ReevaluationRefusal } from '../domain/errors.ts';
import type { Answered, DecisionState, Head } from '../domain/state.ts';
import type { BarredPerson, StatementKind } from '../domain/statements.ts';
import type { DigestText, Outcome, Timestamp } from '../domain/vocabulary.ts';
import type { Trouble } from '../domain/why.ts';
import type { DecisionView } from './messages.ts';

/** Events that one command decided, as they stand in the ledger. */
export interface RecordedBatch {
  readonly commandId: string;
  readonly events: readonly DecisionEvent[];
}

export interface RecordInput {
  readonly decisionId: string;
  readonly expectedHead: Head;
  readonly commandId: string;
  readonly drafts: readonly EventDraft[];
}

export type RecordResult =
  | { readonly outcome: 'appended'; readonly batch: RecordedBatch; readonly acknowledgements: readonly Acknowledged[] }
  | {
      /** The head was not the expected one: what stands there, for the workflow to judge. */
      readonly outcome: 'exists';
      readonly prefix: 'agrees' | 'differs' | 'shorter';
      /** Sequence of the stored head. */
      readonly storedSequence: number;
      readonly tail: readonly (RecordedBatch & { readonly authentic: boolean })[];
    };

export interface Acknowledged {
  readonly statement: DigestText;
  readonly envelope: Envelope;
}

/** What admission needs to know of the decision. Documents travel by digest. */
export interface AdmissionContext {
  readonly decisionId: string;
  readonly request: DigestText;
  readonly at: Timestamp;
  /** Roster frozen at routing; before it, the one in force at opening; null while the chain is empty. */
  readonly roster: DigestText | null;
  /** Approvals and overrides that live, for what a claim finds in the roster in force. */
  readonly approvals: readonly DigestText[];
  /** What the decision is evaluated from, where that is no longer what its request names. */
  readonly asked?: Asked;
  /** Digest of what stands behind the candidate, where the routing names it. */
  readonly ancestry?: DigestText;
  /** With a routed decision: what another evaluation begins from. */
  readonly routed?: {
    readonly requestedAt: Timestamp;
    /** In force at opening. */
    readonly openingRoster: DigestText;
    /** Digest of the basis. */
    readonly basis: DigestText;
    /** Since when people are asked on it. */
    readonly askedSince: Timestamp;
    /** Whom the routing has barred; left out by a workflow that did not say so yet. */
    readonly barred?: readonly BarredPerson[];
  };
}

export type AdmissionResult =
  | {
      readonly admitted: AdmittedStatement;
      readonly inForce: InForceFacts | null;
      readonly permit: PermitFacts | null;
      /** With a reevaluation. */
      readonly reevaluation?: ReevaluationFacts;
      readonly discarded: null;
    }
  | { readonly admitted: null; readonly discarded: { readonly code: string; readonly detail: string } };

/** Which facts a step is to be decided on, with what they are gathered for: the input of the activity of that name. */
export type StepFacts =
  | ({ readonly from: 'admitRequest' } & Parameters<LocalActivities['admitRequest']>[0])
  | ({ readonly from: 'evaluate' } & Parameters<LocalActivities['evaluate']>[0])
  | ({ readonly from: 'reevaluate' } & Parameters<LocalActivities['reevaluate']>[0])
  | ({ readonly from: 'admit' } & Parameters<LocalActivities['admit']>[0]);

export interface StepInput {
  readonly facts: StepFacts;
  readonly state: DecisionState;
  /** What was discarded so far, by code: it becomes an event with the decision's end. */
  readonly discarded: Readonly<Record<string, number>>;
}

export type StepResult =
  | {
      /** Why a statement was not admitted; only counted. */
      readonly refused: { readonly code: string; readonly detail: string };
    }
  | {
      readonly refused: null;
      /** The statement that was admitted; null in the other steps. */
      readonly statement: { readonly digest: DigestText; readonly kind: StatementKind } | null;
      /** Null where nothing was to be appended. */
      readonly recorded: RecordResult | null;
      /** The permit, where a clearance was appended and could be packed at once. */
      readonly issued: Issued | null;
      /** What is wrong with the decision's own stored chain; what is wrong elsewhere is thrown. */
      readonly tampered: { readonly code: string; readonly detail: string } | null;
    };

export interface OpenFacts {
  readonly requester: string;
  readonly request: Body<DecisionRequested>;
}

/**
 * What a stored batch says it was decided under. Given when a batch is adopted, so that its facts are gathered under
 * the same documents, whatever was published since; otherwise what is in force now counts.
 */
export interface Recorded {
  readonly policy: DigestText | null;
  readonly roster: DigestText | null;
  /** Null, or left out by a workflow of before standings, where there was none. */
  readonly standing?: DigestText | null;
  /** True where a claim was refused because the trust file demanded a standing, and there was none. */
  readonly demanded?: boolean;
  /** The emergency freeze that a claim was refused for. */
  readonly freeze?: DigestText | null;
  /** The emergency freezes that a clearance was spared by a recovery plan. */
  readonly spared?: readonly DigestText[];
  /** The decision whose overdue review an override was refused for. */
  readonly overdue?: string | null;
  /** The offsets of zones that the route was computed with. */
  readonly zones?: readonly ZoneOffsets[];
  /** The restriction that a claim was refused for. */
  readonly restriction?: DigestText | null;
  /** True where the evaluation has read the earlier pack that the request names. */
  readonly linked?: boolean;
  /** The decision for which a claim on a rollback was refused. */
  readonly overtaken?: string | null;
  /** What an evaluation or a claim had found; left out where neither looked, and by a workflow of before resolvers. */
  readonly resolved?: readonly ResolvedFact[];
  /** What an evaluation had read to stand behind the candidate. */
  readonly ancestry?: DigestText | null;
  /** What a denial says that the evidence lacks; left out where it has no such list, and by a workflow of before there was one. */
  readonly misses?: readonly Miss[];
  /** Why a reevaluation was refused, where its code says so. */
  readonly reevaluation?: ReevaluationRefusal | null;
}

/**
 * Local activities: calls that stay in the house (ledger and store). Each is idempotent. Failures that another try can
 * mend are retryable; the others are non-retryable `ApplicationFailure`s whose type is the error code.
 */
export interface LocalActivities {
  /**
   * One step in one call: gathers the facts, decides on them and `state`, appends what was decided. The rest of the
   * activities are for what is decided in the workflow: time, adoption, and decisions that began before 2026-11-26.
   */
  step(input: StepInput): Promise<StepResult>;
  /** Reads and authenticates the request statement. Non-retryable: malformed, not authentic, of another decision. */
  admitRequest(input: {
    decisionId: string;
    request: DigestText;
    at: Timestamp;
    recorded?: Recorded;
  }): Promise<OpenFacts>;
  /** Evaluates the documents the request names. Retryable `store.not_found`: a document is not there yet. */
  evaluate(input: {
    decisionId: string;
    request: DigestText;
    requestedAt: Timestamp;
    at: Timestamp;
    /** In force at opening, as `decision.requested` names it; null where that is the roster in force now. */
    openingRoster: DigestText | null;
    recorded?: Recorded;
  }): Promise<Evaluation>;
  /** Evaluates a routed decision anew, from what it was evaluated from before, under what is in force now. */
  reevaluate(input: {
    context: AdmissionContext;
    /** The refused claim that found the roster changed. */
    claim: DigestText;
    recorded?: Recorded;
  }): Promise<ReevaluationFacts>;
  /** What the standing in force revokes of what a routed decision rests on; null where that is nothing. */
  revocation(input: { context: AdmissionContext; recorded?: Recorded }): Promise<Revocation | null>;
  /** Stores, authenticates and gathers the facts of a submitted statement. */
  admit(input: { envelope: unknown; context: AdmissionContext }): Promise<AdmissionResult>;
  /** The same for a statement that a stored batch names, when a batch is adopted. */
  admitStored(input: {
    statement: DigestText;
    context: AdmissionContext;
    recorded: Recorded;
  }): Promise<AdmissionResult>;
  /** Links, hashes and appends under compare-and-append; signs acknowledgements for what was stored. */
  record(input: RecordInput): Promise<RecordResult>;
  /** Writes again the batches of a chain whose tail the ledger lost, byte for byte. */
  restore(input: { decisionId: string; batches: readonly RecordedBatch[] }): Promise<{ readonly head: Head }>;
  /** The chain as it stands, its seals verified. */
  readChain(input: { decisionId: string }): Promise<readonly RecordedBatch[]>;
  /** Signs the acknowledgement of a statement that was answered before. Deterministic. */
  acknowledge(input: {
    decisionId: string;
    statement: DigestText;
    answered: Answered;
    signedAt: Timestamp;
  }): Promise<Envelope>;
  /** Signs the permit and stores it with the clearance pack. Deterministic. */
  issueClearance(input: { decisionId: string; clearedSequence: number }): Promise<Issued>;
  /** Puts the tenant into restriction for what was found wrong with this decision's chain (ruling 12). */
  restrict(input: { decisionId: string; code: string; head: Head; at: Timestamp }): Promise<void>;
  /** Records a statement that came after the end, as the whole chain of an addendum. */
  recordAddendum(input: { decisionId: string; envelope: unknown; at: Timestamp }): Promise<AddendumResult>;
}

export interface Issued {
  /** Statement digest of the permit. */
  readonly permit: DigestText;
  /** Digest of the clearance pack. */
  readonly clearance: DigestText;
}

export interface AddendumResult {
  readonly addendumId: string;
  readonly accepted: boolean;
  readonly code: string | null;
  readonly acknowledgement: Envelope | null;
  /** True where it is of a kind that is sealed; left out otherwise, and by workers of before there was one. */
  readonly seals?: true;
}

/** Calls that may take long, and may be regular activities therefore. */
export interface RegularActivities {
  /**
   * Verifies the chain, builds the audit pack, seals and stores it once. Refuses where the ledger's head is not `head`.
   * Never writes an event.
   */
  sealPack(input: { decisionId: string; head: Head }): Promise<SealedPack>;
  /** Appends what a sealed decision let out to the history of its target, once (R89); null where it let out nothing. */
  recordRelease(input: { pack: DigestText }): Promise<{ readonly release: DigestText | null }>;
  /**
   * Seals the addendum of a backout, and appends it to the history of its target, each once. Never writes an event.
   * Non-retryable `decision.not_closed`: there is no such addendum.
   */
  sealAddendum(input: { addendumId: string }): Promise<SealedPack & { readonly release: DigestText | null }>;
  /**
   * Tells people of a reminder, an escalation, a nudge, a reassignment or broken glass that stands at `sequence`; may tell them again when it is
   * called again. Never writes an event.
   */
  notify(input: { decisionId: string; sequence: number }): Promise<{ readonly told: number }>;
  /** Verifies every stored chain, and puts the tenant into restriction for those that do not hold (R11, R12). */
  patrol(): Promise<Patrolled>;
}

export interface PatrolInput {
  /** Until the first round, in milliseconds. */
  readonly waitMs: number;
}

export interface Patrolled {
  readonly chains: number;
  /** Decisions whose chain does not hold, whether they were known before or not; the first hundred. */
  readonly damaged: readonly string[];
  /** What could not be read for another reason, decisions and junk of the index; the first hundred. */
  readonly unread: readonly string[];
  /** Open decisions that rest on what the standing in force revokes, and were not told; the first hundred, left out where there is none. */
  readonly revoked?: readonly string[];
  /** Until the next round, in milliseconds. */
  readonly waitMs: number;
}

export interface SealedPack {
  /** Digest of the sealed bundle's bytes, as the store has it. */
  readonly pack: DigestText;
  /** Whatever it let out stands in the history of its target; left out where that is still to be done. */
  readonly recorded?: true;
}

export interface PromotionDecisionInput {
  readonly decisionId: string;
  /** Digest of the request statement, already in the store. */
  readonly request: DigestText;
  /** What a run hands to the next when history grows long. */
  readonly carried?: Carried;
}

/**
 * Nothing in it is believed that could give authority: whoever may start workflows can write it. The chain itself is
 * read from the ledger again, under its seals.
 */
export interface Carried {
  readonly head: Head;
  readonly discarded: Readonly<Record<string, number>>;
  /** A quarantine is for good (ruling 12). */
  readonly quarantine: Trouble | null;
  /**
   * True where the run that hands on had decided or adopted every event up to `head`; the next one then takes them. Only
   * believed of a run that continues another.
   */
  readonly verified?: boolean;
}

export interface PromotionDecisionResult {
  readonly decisionId: string;
  readonly outcome: Outcome;
  readonly head: Head;
  readonly pack: DigestText;
  /** As the `state` query answers, for whoever waited: to ask a closed workflow is to replay it. */
  readonly view: DecisionView;
}

/** So that workflow code names the shape of an envelope without reaching for the room that signs. */
export type { Envelope };
