import { isDigest } from '../core/canon/index.ts';
import type { Command, Evaluation, ReevaluationFacts, Revocation } from '../core/domain/commands.ts';
import { decide } from '../core/domain/decide.ts';
import { DomainError, REEVALUATION_REFUSALS } from '../core/domain/errors.ts';
import {
  type Asked,
  type DecisionEvent,
  type EndorsedReference,
  type EventDraft,
  outcomeOf,
  RESOLVED_PARTS,
  type ResolvedFact,
} from '../core/domain/events.ts';
import { evolve } from '../core/domain/evolve.ts';
import { differences, type Trigger, triggerOf } from '../core/domain/replay.ts';
import { askedIn } from '../core/domain/stages/reevaluation.ts';
import { askedSince, restingIn, type DecisionState, initialState } from '../core/domain/state.ts';
import { SUBMITTED_KINDS } from '../core/domain/statements.ts';
import { SYSTEM_ACTOR, type Timestamp } from '../core/domain/vocabulary.ts';
import {
  authenticateService,
  demandsStanding,
  isDecisionId,
  type ReadStatement,
  type RosterIndex,
  type TrustFile,
  withoutKeys,
} from '../documents/index.ts';
import {
  admitStatement,
  inForceFacts,
  type Matter,
  permitFacts,
  requestFacts,
  stopsFor,
} from '../evaluation/admission.ts';
import type { BasisDocument } from '../evaluation/basis.ts';
import { type AdmittedCard, admitCard } from '../evaluation/card.ts';
import { evaluate, type UnderRoster } from '../evaluation/evaluate.ts';
import { isRollback, type LinkedDecision } from '../evaluation/linked.ts';
import type { LookedAgain } from '../evaluation/resolved.ts';
import type { Manifests } from '../documents/manifests.ts';
import { recordedZones } from '../evaluation/zones.ts';
import { asAsked, reevaluate } from '../evaluation/reevaluation.ts';
import { type Grounds, revocationBy, type StandingAt, standingFacts } from '../evaluation/standing.ts';
import { givenWaivers } from '../evaluation/waivers.ts';
import { memberOf, type PackedChain } from '../pack/index.ts';
import type { Contents } from './contents.ts';
import { type EventPlace, type Findings, show } from './findings.ts';
import { matterIn, waiversOf } from './matter.ts';
import { referenceIn, textIn, zonesIn } from './shapes.ts';
import { checkSigner, signerCode, soleSignerIn } from './signers.ts';
import { freezesIn, standingIn } from './standing.ts';

/**
 * The decision, decided again. Each event that something caused is turned back into its command, out of statements and
 * documents; `decide` decides; and what it decides is held against what stands in the chain. Nothing an event says
 * enters the state unless it is exactly what was decided, so an attacker's event moves nothing.
 */
export interface Replay {
  /** Where the decision stands after the last event. */
  readonly state: DecisionState;
  /** What the statements say the decision is about; null where the request cannot be read. */
  readonly matter: Matter | null;
}

/** What the pack itself does not say. */
export interface Outside {
  readonly trust: TrustFile;
  /** The earlier decision that the request names, where its pack holds. */
  readonly linked: LinkedDecision | null;
}

export function replay(pack: PackedChain, contents: Contents, outside: Outside, findings: Findings): Replay {
  return new Replayer(pack, contents, outside, findings).run();
}

class Replayer {
  readonly #pack: PackedChain;
  readonly #contents: Contents;
  readonly #trust: TrustFile;
  readonly #linked: LinkedDecision | null;
  readonly #findings: Findings;
  readonly #events: readonly DecisionEvent[];
  readonly #request: ReadStatement<'request'> | null;
  #matter: Matter | null;
  /** Of the present routing; and of the one that the present batch leads to. */
  #basis: BasisDocument | null = null;
  #nextBasis: BasisDocument | null = null;
  #state: DecisionState = initialState();
  #at = 0;

  constructor(pack: PackedChain, contents: Contents, { trust, linked }: Outside, findings: Findings) {
    this.#pack = pack;
    this.#contents = contents;
    this.#trust = trust;
    this.#linked = linked;
    this.#findings = findings;
    this.#events = pack.events;
    const [first] = pack.events;
    this.#request = contents.statement(memberOf(first, 'request'), 'request');
    this.#matter = this.#request && matterIn(this.#request, pack, contents);
  }

  run(): Replay {
    for (let event = this.#events[0]; event !== undefined; event = this.#events[this.#at]) {
      const trigger = triggerOf(event);
      if (trigger === undefined) this.#illegal('an event that something caused');
      else if (trigger.type === 'discarded') this.#discarded(null);
      else this.#batch(event, trigger);
    }
    return { state: this.#state, matter: this.#matter };
  }

  get #place(): EventPlace {
    return { chain: 'events', index: this.#at, event: this.#events[this.#at] };
  }

  /** Says what is wrong with the present event, and goes on after it with the state as it was. */
  #illegal(expected: string): void {
    const event = this.#events[this.#at];
    this.#findings.add('replay.illegal', { expected, got: show(memberOf(event, 'event_type')) }, this.#place);
    this.#pass();
  }

  /** Past the present event, which changes nothing. Later events name its hash all the same. */
  #pass(): void {
    const hash = textIn(this.#events[this.#at], 'integrity_hash') ?? 'GENESIS';
    this.#state = { ...this.#state, head: { sequence: this.#state.head.sequence + 1, hash } };
    this.#at += 1;
  }

  #batch(event: DecisionEvent, trigger: Exclude<Trigger, { type: 'discarded' }>): void {
    const command = this.#commandFor(event, trigger);
    if (command === null) return this.#pass();
    let drafts: readonly EventDraft[];
    try {
      drafts = decide(command, this.#state);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return this.#illegal(error.expected);
    }
    if (drafts.length === 0) return this.#illegal(`nothing: in stage ${this.#state.stage} this causes no event`);
    for (const draft of drafts) {
      if (outcomeOf(draft) !== undefined && memberOf(this.#events[this.#at], 'event_type') === 'statements.discarded') {
        this.#discarded(draft);
      }
      const stored = this.#events[this.#at];
      if (stored === undefined) {
        this.#findings.add('replay.unfinished', {
          path: '$.events',
          expected: draft.event_type,
          got: 'the end of the chain',
        });
        return;
      }
      this.#compare(draft, stored);
      this.#take(draft);
    }
  }

  #compare(draft: EventDraft, stored: DecisionEvent): void {
    if (draft.event_type !== stored.event_type) {
      const because = draft.event_type === 'statement.refused' ? `it would be refused with ${draft.code}` : undefined;
      const detail = {
        path: '$.event_type',
        expected: draft.event_type,
        got: show(stored.event_type),
        ...(because ? { because } : {}),
      };
      this.#findings.add('replay.differs', detail, this.#place);
      return;
    }
    for (const { path, expected, got } of differences(draft, stored)) {
      this.#findings.add('replay.differs', { path, expected, got }, this.#place);
    }
  }

  /** The state takes what was decided, under the hash that stands in the chain, and so never what an attacker wrote. */
  #take(draft: EventDraft): void {
    const stored = this.#events[this.#at];
    const header = {
      event_id: textIn(stored, 'event_id') ?? '',
      schema_version: textIn(stored, 'schema_version') ?? '',
      decision_id: this.#state.stage === 'empty' ? this.#pack.decision_id : this.#state.decisionId,
      sequence: this.#state.head.sequence + 1,
      previous_hash: this.#state.head.hash,
      integrity_hash: textIn(stored, 'integrity_hash') ?? 'GENESIS',
    };
    try {
      this.#state = evolve(this.#state, { ...draft, ...header } as DecisionEvent);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return this.#illegal(error.expected);
    }
    this.#at += 1;
    if (draft.event_type === 'decision.reevaluated') this.#matter = this.#matterOf(draft.asked);
    if (draft.event_type === 'authority.routed') this.#basis = this.#nextBasis;
  }

  /** What the decision is about, once it was asked for anew. */
  #matterOf(asked: Asked): Matter | null {
    return this.#request && matterIn(asAsked(this.#request, asked), this.#pack, this.#contents);
  }

  /** The count is the service's word; that it stands where it may, once, and says nothing else is checked. */
  #discarded(ending: EventDraft | null): void {
    const stored = this.#events[this.#at];
    const next = this.#events[this.#at + 1];
    const counts = memberOf(stored, 'counts');
    const earlier = this.#events.slice(0, this.#at).some((event) => event.event_type === 'statements.discarded');
    const endsNext = next !== undefined && (ending ?? outcomeNext(next)) !== undefined;
    if (!endsNext || earlier) return this.#illegal('such a count once, just before the ending event');
    const draft: EventDraft = {
      event_type: 'statements.discarded',
      timestamp: next.timestamp,
      actor_id: SYSTEM_ACTOR,
      counts: isCounts(counts) ? counts : { 'statement.signature': 1 },
    };
    this.#compare(draft, stored as DecisionEvent);
    this.#take(draft);
  }

  /** The command that must have caused this event; null, and a finding, where nothing in the pack could have. */
  #commandFor(event: DecisionEvent, trigger: Exclude<Trigger, { type: 'discarded' }>): Command | null {
    const base = { id: `replay ${this.#at + 1}`, at: event.timestamp };
    switch (trigger.type) {
      case 'open': {
        const request = this.#request;
        if (request === null) return this.#without('request', trigger.request);
        const reference = referenceIn(event, 'roster');
        const roster = this.#contents.roster(reference?.digest);
        if (reference === null || roster === null) return this.#without('roster', reference?.digest);
        checkSigner(request, roster, this.#pack, event.timestamp, this.#place, this.#findings);
        return { ...base, type: 'open', ...requestFacts(request, reference) };
      }
      case 'evaluate': {
        const evaluation = this.#evaluation(event);
        return evaluation && { ...base, type: 'evaluate', evaluation };
      }
      case 'submit':
        return this.#submission(event, trigger.statement);
      case 'reevaluate': {
        const { stage } = this.#state;
        const asked = stage === 'routed' || stage === 'authorized' ? askedIn(this.#state) : null;
        const reevaluation = this.#reevaluation(event, asked);
        return reevaluation && { ...base, type: 'reevaluate', reevaluation };
      }
      case 'stop': {
        const revocation = this.#revocation(event);
        return revocation && { ...base, type: 'stop', revocation };
      }
      case 'tick':
        return { ...base, type: 'tick' };
      case 'restored': {
        const { hash, sequence } = this.#state.head;
        const from = trigger.fromSequence;
        if (!Number.isSafeInteger(from) || from < 1 || from > sequence) {
          this.#findings.add(
            'replay.differs',
            { path: '$.from_sequence', expected: `1 to ${sequence}`, got: show(from) },
            this.#place,
          );
        }
        this.#findings.add('ledger.restored', {}, this.#place);
        return { ...base, type: 'restored', fromSequence: from, head: hash };
      }
    }
  }

  /** Evaluated again, from the packet, under the policy and roster that the evaluation's own events name. */
  #evaluation(event: DecisionEvent): Evaluation | null {
    const request = this.#request;
    if (request === null) return this.#without('request', null);
    const read = this.#evaluatedFrom(event, request.statement, event);
    if (read === null) return null;
    const { evidence, input } = read;
    const { origin, tenant } = request.statement;
    const { evaluation, basis } = evaluate({
      ...input,
      request: request.statement,
      requestDigest: request.digest,
      requestKey: request.keyId,
      evidenceStatement: evidence.statement,
      waivers: givenWaivers(
        this.#waivers(),
        input.roster.index,
        { origin, tenant, at: event.timestamp },
        { request: request.keyId, evidence: evidence.keyId, card: input.card },
      ),
    });
    this.#nextBasis = basis;
    return evaluation;
  }

  /**
   * Evaluated anew from what was asked for, under the policy and roster that the batch's own events name, and held against
   * the basis that this replay derived before.
   */
  #reevaluation(event: DecisionEvent, asked: Asked | null): ReevaluationFacts | null {
    const state = this.#state;
    const before = this.#basis;
    const request = this.#request;
    if (state.stage === 'empty' || before === null || request === null || asked === null)
      return this.#without('routing', memberOf(memberOf(event, 'basis'), 'before'));
    const vouchedBefore = this.#contents.statement(before.evidence.statement, 'evidence');
    const packetBefore = this.#contents.packet(before.evidence.packet);
    if (!vouchedBefore) return this.#without('evidence statement', before.evidence.statement);
    if (!packetBefore) return this.#without('evidence packet', before.evidence.packet);
    const read = this.#evaluatedFrom(event, asked, this.#evaluatedUnder());
    if (read === null) return null;
    const { facts, basis } = reevaluate({
      ...read.input,
      request,
      asked,
      evidence: read.evidence,
      before,
      ...('approvals' in state && state.stage !== 'cleared'
        ? { askedSince: askedSince(state), barredBefore: state.routing.barred }
        : {}),
      evidenceBefore: { statement: vouchedBefore.statement, packet: packetBefore },
      counting: this.#resting(),
      waivers: this.#waivers(),
    });
    this.#nextBasis = basis;
    return facts;
  }

  /**
   * What every evaluation is made from: the evidence that was asked with, the policy that `under` names, and what the
   * event in which the evaluation ends says that it read. Null, and a finding, where the pack lacks some of it.
   */
  #evaluatedFrom(event: DecisionEvent, { evidence: named }: Pick<Asked, 'evidence'>, under: DecisionEvent | undefined) {
    const at = event.timestamp;
    const evidence = this.#contents.statement(named.statement, 'evidence');
    const packet = this.#contents.packet(named.packet);
    const policyReference = referenceIn(under, 'policy');
    const policy = this.#contents.policy(policyReference?.digest);
    const ending = this.#evaluated();
    const standing = this.#standingAt(ending, at);
    const rosterReference = referenceIn(ending, 'roster');
    const roster = this.#rosterUnder(rosterReference, standing);
    const openedUnder = this.#state.stage === 'empty' ? null : this.#state.requested.roster.digest;
    const openingRoster = this.#contents.roster(openedUnder);
    if (!evidence) return this.#without('evidence statement', named.statement);
    if (!packet) return this.#without('evidence packet', named.packet);
    const absent = this.#absentWaiver();
    if (absent !== undefined) return this.#without('waiver', absent);
    if (!policyReference || !policy) return this.#without('policy', policyReference?.digest);
    if (!rosterReference || !roster) return this.#without('roster', rosterReference?.digest);
    if (!openingRoster) return this.#without('roster at opening', openedUnder);
    checkSigner(evidence, roster, this.#pack, at, this.#place, this.#findings);
    const soleSigner = soleSignerIn(policyReference, this.#contents);
    const input = {
      decisionId: this.#pack.decision_id,
      requestedAt: this.#events[0]?.timestamp ?? at,
      at,
      policy: { document: policy, reference: policyReference, soleSigner },
      openingRoster,
      roster: this.#underRoster(roster, rosterReference),
      standing,
      packet,
      packetDigest: named.packet,
      // Another program has other data about days to come: what the instants were computed with is in the event.
      zones: recordedZones(zonesIn(ending, this.#events[0]?.timestamp ?? '')),
      manifests: this.#manifests(ending),
      card: this.#card(ending, roster, at),
      linked: this.#linked,
      resolved: resolvedIn(ending),
      ancestry: this.#contents.ancestry(memberOf(ending, 'ancestry')),
      told: memberOf(ending, 'misses') ?? null,
    };
    return { evidence, input };
  }

  #waivers(): readonly ReadStatement<'waiver'>[] {
    return this.#request === null ? [] : waiversOf(this.#request.statement, this.#contents);
  }

  #absentWaiver(): string | undefined {
    return this.#request?.statement.waivers?.find((waiver) => this.#contents.statement(waiver, 'waiver') === null);
  }

  /** The event that names the policy of the evaluation in the present batch. */
  #evaluatedUnder(): DecisionEvent | undefined {
    return this.#events
      .slice(this.#at)
      .find(({ event_type }) => event_type === 'policy.evaluated' || event_type === 'decision.denied');
  }

  /** What the evaluation's end says that it read. What it says too little or too much of, it could not have decided on. */
  #manifests(ending: DecisionEvent | undefined): Manifests {
    const named = memberOf(ending, 'manifests');
    const read = (Array.isArray(named) ? named : []).flatMap((digest: unknown): [string, Uint8Array][] => {
      const bytes = this.#contents.bytes(digest);
      return bytes === null ? [] : [[String(digest), bytes]];
    });
    return new Map(read);
  }

  /** The evaluation card that the evaluation's end says it read. */
  #card(ending: DecisionEvent | undefined, roster: RosterIndex, at: Timestamp): AdmittedCard | null {
    const read = this.#contents.statement(memberOf(ending, 'card'), 'evaluation');
    const { origin, tenant } = this.#pack;
    return read && admitCard(read, roster, { origin, tenant, at });
  }

  /** The event in which the evaluation that begins at the present one ends, and which names its roster. */
  #evaluated(): DecisionEvent | undefined {
    return this.#events
      .slice(this.#at)
      .find(({ event_type }) => event_type === 'authority.routed' || event_type === 'decision.denied');
  }

  #submission(event: DecisionEvent, digest: unknown): Command | null {
    const read = this.#contents.statement(digest, SUBMITTED_KINDS);
    if (read === null) return this.#without('statement', digest);
    const reference = this.#rosterReference();
    const roster = this.#contents.roster(reference?.digest);
    const { timestamp: at } = event;
    const matter = this.#matter;
    if (roster === null || matter === null) return this.#without('roster', reference?.digest);
    try {
      const packet = this.#contents.packet(matter.request.evidence.packet);
      const facts = { ...overdueIn(event, read), ...stopsFor(read, packet) };
      const admitted = { ...admitStatement(read, roster, matter, at), ...facts };
      const inForce = read.kind === 'claim' ? this.#inForce(event, read, matter) : null;
      if (read.kind === 'claim' && inForce === null) return this.#without('roster in force', null);
      const permit = read.kind === 'receipt' ? this.#permit(read) : null;
      const command = { type: 'submit', id: read.digest, at, admitted, inForce, permit } as const;
      if (read.kind !== 'reevaluation') return command;
      const reevaluation = refusedAnew(event) ?? this.#reevaluation(event, read.statement);
      return reevaluation && { ...command, reevaluation };
    } catch (error) {
      this.#findings.refused(signerCode(error), error, this.#place, `$.${read.kind}`);
      return null;
    }
  }

  #inForce(event: DecisionEvent, claim: ReadStatement, matter: Matter): ReturnType<typeof inForceFacts> | null {
    const recorded = referenceIn(event, 'roster');
    const at = event.timestamp;
    const standing = { ...this.#standingAt(event, at), ...demandOf(event) };
    const roster = this.#rosterUnder(recorded, standing);
    if (recorded === null || roster === null) return null;
    return {
      ...inForceFacts(claim, this.#resting(), this.#underRoster(roster, recorded), matter, at),
      ...standingFacts(
        {
          ...standing,
          freezes: this.#freezes(event),
          restriction: this.#restriction(event),
          overtaken: overtakenIn(event),
          again: this.#lookedAgain(event, matter),
        },
        matter,
        this.#grounds(matter),
        at,
      ),
    };
  }

  /** What says on what the decision rests, under its present routing. */
  #grounds({ request }: Matter): Grounds {
    const routing = 'routing' in this.#state ? this.#state.routing : null;
    const packet = this.#contents.packet(request.evidence.packet);
    return { packet, ancestry: this.#contents.ancestry(routing?.ancestry) };
  }

  /** What the standing that the event names revokes under this decision: without it, the service ended it at will. */
  #revocation(event: DecisionEvent): Revocation | null {
    const standing = standingIn(event, this.#contents);
    const matter = this.#matter;
    if (standing === null || matter === null)
      return this.#without('standing', memberOf(memberOf(event, 'standing'), 'digest'));
    const revocation = revocationBy(standing, matter, this.#grounds(matter), event.timestamp);
    if (revocation === null) {
      const expected = `a standing that speaks at ${event.timestamp} and revokes what the decision rests on`;
      const got = `${standing.reference.digest}, which does not`;
      this.#findings.add('replay.illegal', { expected, got }, this.#place);
    }
    return revocation;
  }

  /** What people said that the decision rests on now. */
  #resting(): readonly ReadStatement[] {
    return restingIn(this.#state).flatMap(
      (statement) => this.#contents.statement(statement, ['approval', 'override', 'delegation', 'condition']) ?? [],
    );
  }

  /** What the service says that it found in another chain of this tenant: its word, which takes authority and gives none. */
  #restriction(event: DecisionEvent): string | undefined {
    const digest = textIn(event, 'restriction');
    const restriction = this.#contents.restriction(digest);
    if (digest === null || restriction === null) return undefined;
    const { origin, tenant } = this.#pack;
    return restriction.origin === origin && restriction.tenant === tenant ? digest : undefined;
  }

  /** What the route had found, and what this event says of it: the service's word, which takes authority and gives none. */
  #lookedAgain(event: DecisionEvent, { request }: Matter): LookedAgain | undefined {
    const routed = resolvedIn(
      this.#events.slice(0, this.#at).findLast(({ event_type }) => event_type === 'authority.routed'),
    );
    if (routed.length === 0 || isRollback(request)) return undefined;
    return { routed, found: memberOf(event, 'resolved') === undefined ? undefined : resolvedIn(event) };
  }

  #standingAt(event: unknown, at: Timestamp): StandingAt {
    const demanded = demandsStanding(this.#trust, this.#pack.tenant, at);
    return { inForce: standingIn(event, this.#contents), demanded };
  }

  #underRoster(index: RosterIndex, reference: EndorsedReference): UnderRoster {
    return { index, reference, soleSigner: soleSignerIn(reference, this.#contents) };
  }

  /** Without the keys that the standing revokes. */
  #rosterUnder(reference: EndorsedReference | null, { inForce }: StandingAt): RosterIndex | null {
    const roster = this.#contents.roster(reference?.digest);
    return roster && withoutKeys(roster, inForce?.document.revoked_keys ?? []);
  }

  /**
   * The emergency freezes that a refusal or a clearance names. A refusal gives no authority, and a clearance none for
   * having been stopped by one more: they are replayed whoever froze.
   */
  #freezes(event: DecisionEvent): readonly ReadStatement<'freeze'>[] {
    return freezesIn(event, this.#contents).map((freeze) => {
      const { origin, tenant } = this.#pack;
      try {
        authenticateService(freeze, this.#trust, 'emergency', { origin, tenant, at: freeze.statement.signed_at });
      } catch (error) {
        // The evidence may be whole; who froze it is nobody that this trust file knows.
        this.#findings.refused('signer.freeze', error, this.#place, '$.freeze');
      }
      return freeze;
    });
  }

  #permit(receipt: ReadStatement<'receipt'>): ReturnType<typeof permitFacts> | null {
    const permit = this.#contents.statement(receipt.statement.permit, 'permit');
    if (permit === null) return null;
    const { origin, tenant, decision_id: decisionId } = this.#pack;
    try {
      authenticateService(permit, this.#trust, 'permit', {
        origin,
        tenant,
        decisionId,
        at: permit.statement.signed_at,
      });
    } catch (error) {
      const code = signerCode(error);
      this.#findings.refused(code === 'signer.unknown' ? 'signer.permit' : code, error, this.#place, '$.permit');
      return null;
    }
    return permitFacts(permit);
  }

  /** Statements are admitted under the roster frozen at routing; before it, under the one in force at opening. */
  #rosterReference(): EndorsedReference | null {
    const state = this.#state;
    if (state.stage === 'empty') return null;
    const routing = 'routing' in state ? state.routing : null;
    return (routing ?? state.requested).roster;
  }

  #without(what: string, digest: unknown): null {
    const got = typeof digest === 'string' ? digest : 'no digest';
    this.#findings.add(
      'replay.illegal',
      { expected: `a readable ${what} that leads to it`, got: `none under ${got}` },
      this.#place,
    );
    return null;
  }
}

/** That it was found, and came to this, is the word of the service; what has to be found is read from the evidence. */
function resolvedIn(ending: DecisionEvent | undefined): readonly ResolvedFact[] {
  const facts = memberOf(ending, 'resolved');
  return (Array.isArray(facts) ? facts : []).flatMap((fact: unknown): ResolvedFact[] => {
    const [named, digest, measured] = [textIn(fact, 'what'), textIn(fact, 'digest'), textIn(fact, 'measured')];
    const what = RESOLVED_PARTS.find((part) => part === named);
    return what === undefined || !isDigest(digest) || !isDigest(measured)
      ? []
      : [{ what, digest, measured, source: 'service' }];
  });
}

/**
 * What a refused reevaluation did not find is in no pack, so it is the service's word; where the code is another, the
 * state says why, and the facts are of no account. A refusal gives no authority.
 */
function refusedAnew(event: DecisionEvent): ReevaluationFacts | null {
  if (event.event_type !== 'statement.refused') return null;
  return { refused: REEVALUATION_REFUSALS.find((code) => code === event.code) ?? 'reevaluation.unchanged' };
}

/** That another override's review was overdue is the word of the service; a refusal for it gives no authority. */
function overdueIn(event: DecisionEvent, { kind }: ReadStatement): { readonly overdue?: string } {
  const overdue = textIn(event, 'overdue');
  return kind === 'override' && overdue !== null && isDecisionId(overdue) ? { overdue } : {};
}

/** That a rollback's target had moved on is the word of the service; a refusal for it gives no authority. */
function overtakenIn(event: DecisionEvent): string | undefined {
  const overtaken = textIn(event, 'overtaken');
  return overtaken !== null && isDecisionId(overtaken) ? overtaken : undefined;
}

/** That a standing was demanded is the word of the trust file of the day, which the refusal shows; it gives no authority. */
function demandOf(event: DecisionEvent): { readonly demanded?: true } {
  return event.event_type === 'statement.refused' && event.code === 'claim.no_standing' ? { demanded: true } : {};
}

function outcomeNext(event: DecisionEvent): string | undefined {
  // Read by type alone: the rest of it has not been held against anything yet.
  switch (event.event_type) {
    case 'execution.confirmed':
    case 'execution.unconfirmed':
    case 'decision.denied':
    case 'decision.expired':
    case 'decision.cancelled':
      return event.event_type;
    default:
      return undefined;
  }
}

function isCounts(value: unknown): value is Readonly<Record<string, number>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length > 0 &&
    entries.every(([code, count]) => /^[a-z][a-z0-9_.]{0,99}$/.test(code) && Number.isSafeInteger(count) && count > 0)
  );
}
