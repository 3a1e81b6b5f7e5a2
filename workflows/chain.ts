import { proxySinks, workflowInfo } from '@temporalio/workflow';
import type {
  AdmissionContext,
  Carried,
  Envelope,
  Recorded,
  RecordedBatch,
  RecordResult,
  StepFacts,
  StepResult,
} from '../core/contracts/activities.ts';
import { isTampering } from '../core/contracts/tampering.ts';
import type { Command } from '../core/domain/commands.ts';
import { decide, withDiscarded } from '../core/domain/decide.ts';
import { type DecisionEvent, hasReadLinked, type EndorsedReference, type Miss } from '../core/domain/events.ts';
import { REEVALUATION_REFUSALS } from '../core/domain/errors.ts';
import { evolve } from '../core/domain/evolve.ts';
import { causeIn, differences, triggerOf } from '../core/domain/replay.ts';
import { foundBy } from '../core/domain/stages/reevaluation.ts';
import { askedSince, type DecisionState, type Head, initialState, restingIn } from '../core/domain/state.ts';
import type { DigestText, Timestamp } from '../core/domain/vocabulary.ts';
import type { Trouble } from '../core/domain/why.ts';
import type { DecisionSinks } from '../core/contracts/sinks.ts';
import { house } from './activities.ts';
import { now } from './clock.ts';
import { takes } from './patches.ts';
import {
  ANY_REFUSAL,
  type Outcome,
  type Patience,
  persist,
  persistUnless,
  type Refusal,
  type Troubles,
} from './patience.ts';

const { operation } = proxySinks<DecisionSinks>();

type Tail = Extract<RecordResult, { outcome: 'exists' }>['tail'];

/**
 * Gathers a command's facts as of a time that it reads from `clock`, and that its events will bear: a verifier who
 * gathers them again as of the event finds the same. Undefined where there is nothing to decide.
 */
export type Gather = (clock: () => Timestamp) => Promise<Command | undefined>;

/**
 * The decision's chain as this workflow knows it: every batch, and the state they fold to. `commit` is the only way to
 * lengthen it. The ledger's first stored bytes win: what a forgotten attempt wrote is verified and adopted.
 */
export class Chain {
  #state: DecisionState = initialState();
  readonly #batches: RecordedBatch[] = [];
  readonly #commands = new Set<string>();
  readonly #acknowledgements = new Map<DigestText, Envelope>();
  readonly #discarded: Record<string, number>;
  readonly #decisionId: string;
  readonly #request: DigestText;
  readonly #troubles: Troubles;
  readonly #taken: (batch: RecordedBatch) => void;
  /** True where every batch was decided or adopted by this run, or by the one that handed on to it. */
  #verified: boolean;
  #conflict: Refusal | null = null;
  #damage: string | null = null;

  /** @param taken told of each batch that the chain grew by */
  constructor(
    decisionId: string,
    request: DigestText,
    troubles: Troubles,
    carried: Carried | undefined,
    taken: (batch: RecordedBatch) => void,
  ) {
    this.#decisionId = decisionId;
    this.#request = request;
    this.#troubles = troubles;
    this.#taken = taken;
    this.#discarded = { ...carried?.discarded };
    this.#verified = carried === undefined;
    if (carried?.quarantine) this.#keepQuarantine(carried.quarantine);
  }

  /**
   * Takes up the chain where another run ended, as the ledger has it under its seals. A seal says who wrote a batch, not
   * that it was decided: each is decided again, unless the run that handed on to this one had done so.
   */
  async resume(carried: Carried): Promise<void> {
    const { head } = carried;
    const handedOn = isHandedOn(carried);
    const adopting = !handedOn && takes('adoptWhatIsResumed');
    this.#verified = handedOn || adopting;
    const read = await persistUnless(
      this.#troubles,
      'ledger',
      () => house.readChain({ decisionId: this.#decisionId }),
      {
        isFinal: isTampering,
      },
    );
    if (read === 'interrupted') return;
    if ('refusal' in read) return this.#quarantine(read.refusal.code, read.refusal.detail);
    for (const batch of read.value) {
      // What stands beyond the head is for the next append to find, and to adopt or not.
      if (this.#state.head.sequence >= head.sequence) break;
      if (adopting ? await this.#adoptOne(batch) : this.#takeOver(batch)) continue;
      // Its seal and hashes hold. Whoever had it taken up chose when, and under which trust file.
      this.#damage = null;
      return;
    }
    if (this.#state.head.hash === head.hash) return;
    // Also of a run that was handed on: a schedule continues runs too, with whatever head whoever made it wrote down.
    const detail = `the ledger does not hold the chain that ended at sequence ${head.sequence}`;
    this.#keepQuarantine(troubleOf('ledger.differs', detail));
    this.#troubles.show();
  }

  get decisionId(): string {
    return this.#decisionId;
  }

  get state(): DecisionState {
    return this.#state;
  }

  /** What the next run needs to be told. */
  get carried(): Carried {
    const { head } = this.#state;
    const quarantine = this.#troubles.get('quarantine') ?? null;
    return { head, discarded: this.#discarded, quarantine, verified: this.#verified };
  }

  /** True once something stands in the ledger that no command of this decision could have written. */
  get quarantined(): boolean {
    return this.#troubles.has('quarantine');
  }

  /**
   * What this run itself found wrong with the chain; null where it was told so, or was told what to look for: whoever may
   * start workflows could restrict a tenant by that (ruling 12).
   */
  get damage(): string | null {
    return this.#damage;
  }

  /** The ledger holds this decision under another request (R20): also after Temporal's retention has passed. */
  get conflict(): Refusal | null {
    return this.#conflict;
  }

  /** Counts a statement that did not authenticate. It becomes an event only with the decision's end. */
  discard(code: string): void {
    this.#discarded[code] = (this.#discarded[code] ?? 0) + 1;
  }

  /** The acknowledgement of a statement that the chain answers; signed again where this run does not hold it. */
  async acknowledgement(statement: DigestText): Promise<Envelope | null> {
    const held = this.#acknowledgements.get(statement);
    if (held) return held;
    if (this.#state.stage === 'empty') return null;
    const answered = this.#state.answered[statement];
    if (answered === undefined) return null;
    const event = this.#events().find(({ sequence }) => sequence === answered.sequence);
    const signedAt = event?.timestamp ?? this.#state.lastAt;
    const envelope = await persist(this.#troubles, 'acknowledgement', () =>
      house.acknowledge({ decisionId: this.#decisionId, statement, answered, signedAt }),
    );
    this.#acknowledgements.set(statement, envelope);
    return envelope;
  }

  /** What admission needs to know of the decision. */
  context(at: Timestamp): AdmissionContext {
    const state = this.#state;
    return {
      decisionId: this.#decisionId,
      request: this.#request,
      at,
      roster: rosterOf(state),
      approvals: restingIn(state),
      ...('routing' in state && state.routing?.ancestry ? { ancestry: state.routing.ancestry } : {}),
      ...(state.stage === 'empty' || state.reevaluated === undefined ? {} : { asked: state.reevaluated.asked }),
      ...(state.stage === 'routed' || state.stage === 'authorized' ? { routed: routedIn(state) } : {}),
    };
  }

  /**
   * Gathers, decides, appends, and folds what is stored. Returns when the chain shows the command's effect, or when it
   * has none. Returns at once in quarantine.
   *
   * A crash before the append loses nothing: the command is decided again, with a new clock. A crash after it leaves
   * stored events that this run does not know: the next append is told so, and adopts them.
   */
  async commit(gather: Gather): Promise<void> {
    while (!this.quarantined && this.#conflict === null) {
      const command = await gather(() => this.#now());
      if (command === undefined || this.#commands.has(command.id)) return;
      const drafts = withDiscarded(decide(command, this.#state), this.#discarded);
      if (drafts.length === 0) return;
      const expectedHead = this.#state.head;
      const call = () => house.record({ decisionId: this.#decisionId, expectedHead, commandId: command.id, drafts });
      const recorded = await persistUnless(this.#troubles, 'ledger', call, { isFinal: isTampering });
      if (recorded === 'interrupted') return;
      if ('refusal' in recorded) return this.#quarantine(recorded.refusal.code, recorded.refusal.detail);
      await this.#settle(expectedHead, recorded.value);
    }
  }

  /**
   * The same in one call: facts, decision and append are the activity's, and what it appended is folded here. Tried
   * again where something else stood there first, as long as `wanted`.
   *
   * @returns undefined in quarantine and conflict, where `wanted` ended, and where a stored batch had been adopted first.
   */
  async step(
    concern: string,
    factsAt: (at: Timestamp) => StepFacts,
    patience: Patience & { readonly wanted?: () => boolean },
  ): Promise<Outcome<StepResult> | undefined> {
    const { isFinal = () => false, wanted = () => true } = patience;
    while (!this.quarantined && this.#conflict === null && wanted()) {
      const state = this.#state;
      const call = () => house.step({ facts: factsAt(this.#now()), state, discarded: this.#discarded });
      const stepped = await persistUnless(this.#troubles, { facts: concern }, call, {
        ...patience,
        isFinal: (code) => code !== 'ledger.not_a_batch' && isFinal(code),
      });
      if (stepped === 'interrupted' || 'refusal' in stepped) return stepped;
      if (stepped.value.refused !== null) return stepped;
      const { recorded, tampered } = stepped.value;
      if (tampered !== null) this.quarantine(tampered);
      else if (recorded === null || (await this.#settle(state.head, recorded))) return stepped;
    }
    return undefined;
  }

  /** Folds what an append found. True where it appended; otherwise what stood there has been dealt with. */
  async #settle(expectedHead: Head, result: RecordResult): Promise<boolean> {
    if (result.outcome === 'appended') {
      for (const { statement, envelope } of result.acknowledgements) this.#acknowledgements.set(statement, envelope);
      this.#take(result.batch);
      return true;
    }
    if (result.prefix === 'agrees') await this.#adopt(result.tail);
    else if (result.prefix === 'shorter') await this.#recordRestored(result.storedSequence);
    else this.#quarantine('ledger.differs', `another event stands at sequence ${expectedHead.sequence}`);
    return false;
  }

  /** Takes over batches that an earlier attempt stored, each only under a worker's seal. */
  async #adopt(tail: Tail): Promise<void> {
    for (const batch of tail) {
      if (batch.events.length === 0 || !batch.authentic) {
        return this.#quarantine('ledger.mac', `batch ${batch.commandId} bears no seal of a worker`);
      }
      if (!(await this.#adoptOne(batch))) return;
    }
  }

  /** Takes over a sealed batch only if its own command decides exactly it. False in quarantine and conflict. */
  async #adoptOne(batch: RecordedBatch): Promise<boolean> {
    const [first] = batch.events;
    if (this.#state.stage === 'empty' && !this.#isOwnRequest(first)) return false;
    const command = first && (await this.#recall(batch, first));
    const problem = command === undefined ? 'no command of this decision writes it' : this.#compare(command, batch);
    if (problem !== undefined) {
      this.#quarantine('ledger.undecided', `${first?.event_type} at sequence ${first?.sequence}: ${problem}`);
      return false;
    }
    this.#take(batch);
    return true;
  }

  /** Takes over a batch that the run before this one had verified. False in conflict. */
  #takeOver(batch: RecordedBatch): boolean {
    if (this.#state.stage === 'empty' && !this.#isOwnRequest(batch.events[0])) return false;
    this.#take(batch);
    return true;
  }

  /** The command that must have written a batch, with its facts gathered again as of the batch's time. */
  async #recall(batch: RecordedBatch, first: DecisionEvent): Promise<Command | undefined> {
    const { commandId: id } = batch;
    const at = first.timestamp;
    const decisionId = this.#decisionId;
    const recorded = recordedIn(batch);
    const cause = causeIn(batch.events);
    const trigger = cause && triggerOf(cause);
    switch (trigger?.type) {
      case 'open': {
        const facts = await this.#facts(() => house.admitRequest({ decisionId, request: this.#request, at, recorded }));
        return facts && { type: 'open', id, at, ...facts };
      }
      case 'evaluate': {
        if (this.#state.stage !== 'requested') return undefined;
        const requestedAt = this.#state.requested.at;
        const openingRoster = this.#state.requested.roster.digest;
        const evaluation = await this.#facts(() =>
          house.evaluate({ decisionId, request: this.#request, requestedAt, at, recorded, openingRoster }),
        );
        return evaluation && { type: 'evaluate', id, at, evaluation };
      }
      case 'submit': {
        const { statement } = trigger;
        const result = await this.#facts(() => house.admitStored({ statement, context: this.context(at), recorded }));
        return result?.admitted ? { type: 'submit', id, at, ...result } : undefined;
      }
      case 'reevaluate': {
        const claim =
          this.#state.stage === 'empty' || this.#state.stage === 'closed' ? undefined : foundBy(this.#state);
        if (claim === undefined) return undefined;
        const context = this.context(at);
        const reevaluation = await this.#facts(() => house.reevaluate({ context, claim, recorded }));
        return reevaluation && { type: 'reevaluate', id, at, reevaluation };
      }
      case 'stop': {
        if (this.#state.stage === 'empty') return undefined;
        const context = this.context(at);
        const revocation = await this.#facts(() => house.revocation({ context, recorded }));
        return revocation ? { type: 'stop', id, at, revocation } : undefined;
      }
      case 'tick':
        return { type: 'tick', id, at };
      case 'restored':
        // It speaks of a tail that this very chain has: anything else is made up.
        if (trigger.head !== this.#state.head.hash || trigger.fromSequence > this.#state.head.sequence)
          return undefined;
        return { type: 'restored', id, at, fromSequence: trigger.fromSequence, head: trigger.head };
      default:
        return undefined;
    }
  }

  /** Facts that cannot be had for a stored event are facts that nobody could have decided on. */
  async #facts<T>(call: () => Promise<T>): Promise<T | undefined> {
    const facts = await persistUnless(this.#troubles, 'adoption', call, { isFinal: ANY_REFUSAL });
    return facts !== 'interrupted' && 'value' in facts ? facts.value : undefined;
  }

  /** What a stored batch shows that its command would not have decided; undefined where it fits. */
  #compare(command: Command, batch: RecordedBatch): string | undefined {
    const drafts = decide(command, this.#state);
    const stored = batch.events.filter((event) => event.event_type !== 'statements.discarded');
    if (drafts.length !== stored.length) return `${drafts.length} events were to be decided, ${stored.length} stand`;
    for (const [i, event] of stored.entries()) {
      const draft = drafts[i];
      const found = draft && differences(draft, event)[0];
      if (found) return `${found.path}: expected ${found.expected}, got ${found.got}`;
    }
    return undefined;
  }

  /**
   * Writes the ledger's lost tail again, byte for byte, from what this run knows. False where something else stands
   * there, which is a quarantine.
   */
  async restore(): Promise<boolean> {
    const call = () => house.restore({ decisionId: this.#decisionId, batches: this.#batches });
    const restored = await persistUnless(this.#troubles, 'ledger', call, { isFinal: isTampering });
    if (restored === 'interrupted') return false;
    if ('value' in restored) return true;
    this.#quarantine(restored.refusal.code, restored.refusal.detail);
    return false;
  }

  /** The ledger is a strict prefix of what this workflow knows: it gets its tail back, and that is recorded. */
  async #recordRestored(storedSequence: number): Promise<void> {
    const { head } = this.#state;
    if (!(await this.restore()) || head.hash === 'GENESIS') return;
    const { hash } = head;
    const id = `restored/${hash}`;
    await this.commit(async (clock) => ({
      type: 'restored',
      id,
      at: clock(),
      fromSequence: storedSequence + 1,
      head: hash,
    }));
  }

  /** The ledger may hold this decision under another request (R20): also after Temporal's retention has passed. */
  #isOwnRequest(first: DecisionEvent | undefined): boolean {
    if (
      first?.event_type !== 'decision.requested' ||
      first.decision_id !== this.#decisionId ||
      first.request !== this.#request
    ) {
      const detail = `decision ${this.#decisionId} stands in the ledger with another request under the same idempotency key`;
      // Named, so that whoever asks for the same thing with a new signature can go on with the request that stands.
      const place = { path: '$.request', expected: standingRequest(first) ?? '', got: this.#request };
      this.#conflict = { code: 'decision.conflict', detail, place };
      return false;
    }
    return true;
  }

  /** Final for this decision: nothing is appended any more, and only people can judge what stands there. */
  quarantine({ code, detail }: Refusal): void {
    this.#quarantine(code, detail);
  }

  #quarantine(code: string, detail: string): void {
    this.#damage = code;
    this.#keepQuarantine(troubleOf(code, detail));
    this.#troubles.show();
  }

  #keepQuarantine(trouble: Trouble): void {
    this.#troubles.set('quarantine', trouble);
    operation.quarantined(trouble.code);
  }

  /** The clock, held at the last event where it was stepped back: time in a chain never runs backwards. */
  #now(): Timestamp {
    const at = now();
    return this.#state.stage !== 'empty' && this.#state.lastAt > at ? this.#state.lastAt : at;
  }

  #take(batch: RecordedBatch): void {
    this.#state = batch.events.reduce(evolve, this.#state);
    this.#commands.add(batch.commandId);
    this.#batches.push({ commandId: batch.commandId, events: batch.events });
    this.#taken(batch);
  }

  #events(): readonly DecisionEvent[] {
    return this.#batches.flatMap((batch) => batch.events);
  }
}

function troubleOf(code: string, detail: string): Trouble {
  return { what: 'quarantine', code, detail, since: now(), nextTry: null };
}

/**
 * Whoever may start workflows can write that a chain was verified; that a run continues another is the server's word. It
 * says it of a schedule's runs too: so what is skipped here is deciding again what bears the service's seals, and no
 * more.
 */
function isHandedOn({ verified }: Carried): boolean {
  return verified === true && workflowInfo().continuedFromExecutionRunId !== undefined;
}

/** Digest of the request that a chain begins with; undefined where it begins with something else. */
function standingRequest(first: DecisionEvent | undefined): DigestText | undefined {
  return first?.event_type === 'decision.requested' ? first.request : undefined;
}

/** Roster under which statements are admitted: the one frozen at routing; before it, the one in force at opening. */
function rosterOf(state: DecisionState): DigestText | null {
  if (state.stage === 'empty') return null;
  const routing = 'routing' in state ? state.routing : null;
  return (routing ?? state.requested).roster.digest;
}

function routedIn(
  state: Extract<DecisionState, { stage: 'routed' | 'authorized' }>,
): NonNullable<AdmissionContext['routed']> {
  const { requested, routing } = state;
  return {
    requestedAt: requested.at,
    openingRoster: requested.roster.digest,
    basis: routing.basis_digest,
    askedSince: askedSince(state),
    barred: routing.barred,
  };
}

/** What a stored batch says it was decided under. */
function recordedIn({ events }: RecordedBatch): Recorded {
  const spared = events.flatMap((event) => ('recovery' in event && event.recovery ? event.recovery.freezes : []));
  const refusals = events.flatMap((event) =>
    event.event_type === 'statement.refused' ? REEVALUATION_REFUSALS.filter((code) => code === event.code) : [],
  );
  const resolved = events.flatMap((event) => ('resolved' in event && event.resolved ? [event.resolved] : []));
  const misses = firstOf(events, 'misses');
  const zones = events.flatMap((event) => ('zones' in event && event.zones ? event.zones : []));
  return {
    ...(zones.length === 0 ? {} : { zones }),
    policy: firstOf(events, 'policy')?.digest ?? null,
    roster: firstOf(events, 'roster')?.digest ?? null,
    standing: firstOf(events, 'standing')?.digest ?? null,
    demanded: events.some((event) => event.event_type === 'statement.refused' && event.code === 'claim.no_standing'),
    freeze: firstOf(events, 'freeze'),
    ...(spared.length === 0 ? {} : { spared }),
    restriction: firstOf(events, 'restriction'),
    overdue: firstOf(events, 'overdue'),
    linked: events.some(hasReadLinked),
    overtaken: firstOf(events, 'overtaken'),
    ...(resolved.length === 0 ? {} : { resolved: resolved.flat() }),
    ...(misses === null ? {} : { misses }),
    ancestry: firstOf(events, 'ancestry'),
    reevaluation: refusals[0] ?? null,
  };
}

/** Members by which one event of a batch or another says what it was decided under. */
interface Naming extends Pick<DecisionEvent, 'event_type'> {
  readonly policy?: EndorsedReference | null;
  readonly roster?: EndorsedReference | null;
  readonly standing?: EndorsedReference;
  readonly freeze?: DigestText;
  readonly restriction?: DigestText;
  readonly overdue?: string;
  readonly overtaken?: string;
  readonly ancestry?: DigestText;
  readonly misses?: readonly Miss[];
}

function firstOf<M extends Exclude<keyof Naming, 'event_type'>>(
  events: readonly Naming[],
  member: M,
): NonNullable<Naming[M]> | null {
  for (const { [member]: named } of events) if (named) return named;
  return null;
}
