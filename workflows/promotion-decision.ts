import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  makeContinueAsNewFunc,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { PromotionDecisionInput, PromotionDecisionResult, SealedPack } from '../core/contracts/activities.ts';
import type { Command, Revocation } from '../core/domain/commands.ts';
import type { DecisionView, SubmitResult } from '../core/contracts/messages.ts';
import { viewOf } from '../core/contracts/view.ts';
import { nextInstant } from '../core/domain/deadline.ts';
import { foundBy } from '../core/domain/stages/reevaluation.ts';
import { INTAKE_LIMIT_S } from '../core/domain/stages/request.ts';
import type { Head } from '../core/domain/state.ts';
import { CLEARED_OUTCOMES, instant, type Outcome, type Timestamp } from '../core/domain/vocabulary.ts';
import { why } from '../core/domain/why.ts';
import { house, outside } from './activities.ts';
import { Alarm } from './alarm.ts';
import { Chain } from './chain.ts';
import { now } from './clock.ts';
import { Inbox } from './inbox.ts';
import { opened, standingSignal, submit, submitSignal } from './messages.ts';
import { Notices } from './notices.ts';
import { takes } from './patches.ts';
import { ANY_REFUSAL, persist, persistUnless, type Refusal, Troubles } from './patience.ts';
import { showStage } from './search-attributes.ts';
import { memoToHandOn, show, shownSoFar } from './shown.ts';

/**
 * One promotion decision, from request to sealed pack: request, policy, risk, authority, execution. Everything that
 * arrives is queued; one place decides, appends and folds.
 */
export async function promotionDecision(input: PromotionDecisionInput): Promise<PromotionDecisionResult> {
  const decision = new PromotionDecision(input);
  CancellationScope.current().cancelRequested.catch(() => decision.noteUnsignedCancel());
  return CancellationScope.nonCancellable(async () => {
    await decision.open();
    await decision.evaluate();
    await decision.carryThrough();
    return decision.seal();
  });
}

class PromotionDecision {
  readonly #input: PromotionDecisionInput;
  readonly #troubles = new Troubles(() => this.#show());
  readonly #chain: Chain;
  readonly #inbox: Inbox;
  readonly #alarm = new Alarm();
  readonly #notices: Notices;
  #pack: string | null = null;
  #resuming: boolean;
  #refused: ApplicationFailure | null = null;
  #restricted = false;
  #reevaluatedFor: string | null = null;
  /** True until this decision has looked at the standing that it was told of. */
  #standingTold = false;

  constructor(input: PromotionDecisionInput) {
    this.#input = input;
    this.#resuming = input.carried !== undefined;
    this.#notices = new Notices(input.decisionId);
    this.#chain = new Chain(input.decisionId, input.request, this.#troubles, input.carried, (batch) => {
      // What the run before this one had written, it told.
      if (!this.#resuming) this.#notices.tell(batch);
    });
    this.#inbox = new Inbox(this.#chain, this.#troubles);
    setHandler(submitSignal, (envelope) => {
      this.#inbox.add(envelope);
    });
    setHandler(standingSignal, () => {
      this.#standingTold = true;
    });
    setHandler(submit.definition, (envelope) => CancellationScope.nonCancellable(() => this.#answer(envelope)), {
      validator: submit.validate,
    });
    setHandler(opened, () => CancellationScope.nonCancellable(() => this.#opened()));
  }

  /**
   * Temporal's own cancel bears nobody's signature, so it ends nothing; whoever asks why sees that it was tried, and
   * how to do it (ruling 16: a statement is believed for its signature, never for the channel it came through).
   */
  noteUnsignedCancel(): void {
    const detail = 'a cancel without a signature was asked for and changes nothing; see countersign cancel';
    this.#troubles.set('cancel', { what: 'cancel', code: 'cancel.unsigned', detail, since: now(), nextTry: null });
    this.#troubles.show();
  }

  /** Whoever is answered finds in what is shown what they were told. */
  async #answer(envelope: unknown): Promise<SubmitResult> {
    const answer = await this.#inbox.answer(envelope);
    this.#show();
    return answer;
  }

  async #opened(): Promise<DecisionView> {
    await condition(() => this.#settled());
    if (this.#refused) throw this.#refused;
    this.#show();
    return (this.#resuming ? shownSoFar()?.view : null) ?? this.#view();
  }

  /** While a fresh run still reads its chain, what the run before it showed is what is known. */
  #show(): void {
    const tree = why(this.#chain.state, [...this.#troubles.values()]);
    if (!this.#resuming) return show({ view: this.#view(), why: tree });
    const { view = null, why: before = tree } = shownSoFar() ?? {};
    const deadlines = before.next.filter(({ what }) => !what.startsWith('retry '));
    show({ view, why: { ...before, failing: tree.failing, next: [...tree.next, ...deadlines] } });
  }

  #view(): DecisionView {
    return viewOf(this.#input, this.#chain.state, this.#pack);
  }

  /** Reads and authenticates the request; nothing is written where it does not hold. */
  async open(): Promise<void> {
    const { decisionId, request, carried } = this.#input;
    if (carried) await this.#chain.resume(carried);
    this.#resuming = false;
    const refusal = (await this.#askedFor({ decisionId, request })) ?? this.#chain.conflict;
    if (refusal) await this.#refuse(refusal);
  }

  /** The request, admitted and recorded; or why it is none. */
  async #askedFor(asked: { readonly decisionId: string; readonly request: string }): Promise<Refusal | undefined> {
    const isWanted = () => this.#chain.state.stage === 'empty';
    if (!isWanted() || this.#chain.quarantined) return undefined;
    if (!takes('oneCallAStep')) return this.#askedForInTwoCalls(asked);
    const facts = (at: Timestamp) => ({ from: 'admitRequest', ...asked, at }) as const;
    const patience = { isFinal: ANY_REFUSAL, interrupted: tooLate, wanted: isWanted };
    const opened = await this.#chain.step('request', facts, patience);
    if (opened === 'interrupted') return NEVER_CAME;
    return opened !== undefined && 'refusal' in opened ? opened.refusal : undefined;
  }

  async #askedForInTwoCalls({ decisionId, request }: PromotionDecisionInput): Promise<Refusal | undefined> {
    const refused: { refusal?: Refusal } = {};
    await this.#chain.commit(async (clock) => {
      const call = async () => {
        const at = clock();
        return { at, ...(await house.admitRequest({ decisionId, request, at })) };
      };
      const facts = await persistUnless(this.#troubles, 'request', call, {
        isFinal: ANY_REFUSAL,
        interrupted: tooLate,
      });
      if (facts === 'interrupted') refused.refusal = NEVER_CAME;
      else if ('refusal' in facts) refused.refusal = facts.refusal;
      else return { type: 'open', id: 'open', ...facts.value };
      return undefined;
    });
    return refused.refusal;
  }

  /** Ends the workflow with a refusal's own code, once whoever waits for the opening has been told it. */
  async #refuse({ code, detail, place }: Refusal): Promise<never> {
    this.#refused = ApplicationFailure.nonRetryable(detail, code, ...(place ? [place] : []));
    await condition(() => allHandlersFinished(), '10 seconds');
    throw this.#refused;
  }

  /**
   * Policy, risk and route, from the documents that the request names. While one of them is not there yet, time goes on
   * and statements are answered: a cancellation counts, and what needs a route is refused.
   */
  async evaluate(): Promise<void> {
    while (this.#chain.state.stage === 'requested' && !this.#chain.quarantined) {
      this.#alarm.set(nextInstant(this.#chain.state)?.at ?? null);
      await this.#evaluated();
      if (this.#chain.state.stage === 'requested') await this.#serveNext();
    }
    showStage(this.#chain.state);
  }

  /** The clock is read at each try: evidence that was fresh when the wait began may be stale when it comes. */
  async #evaluated(): Promise<void> {
    const { state } = this.#chain;
    if (state.stage !== 'requested') return;
    if (!takes('oneCallAStep')) return this.#chain.commit((clock) => this.#evaluation(clock));
    const { decisionId, request } = this.#input;
    const { at: requestedAt, roster } = state.requested;
    const wanted = { decisionId, request, requestedAt, openingRoster: roster.digest };
    await this.#chain.step('evidence', (at) => ({ from: 'evaluate', ...wanted, at }), {
      interrupted: () => this.#inbox.waiting || this.#alarm.rang,
      wanted: () => this.#chain.state.stage === 'requested',
    });
  }

  async #evaluation(clock: () => Timestamp): Promise<Command | undefined> {
    const { decisionId, request } = this.#input;
    const { state } = this.#chain;
    if (state.stage !== 'requested') return undefined;
    const requestedAt = state.requested.at;
    const openingRoster = state.requested.roster.digest;
    const call = async () => {
      const at = clock();
      return { at, evaluation: await house.evaluate({ decisionId, request, requestedAt, at, openingRoster }) };
    };
    const interrupted = () => this.#inbox.waiting || this.#alarm.rang;
    const evaluated = await persistUnless(this.#troubles, 'evidence', call, { interrupted });
    if (evaluated === 'interrupted' || 'refusal' in evaluated) return undefined;
    return { type: 'evaluate', id: 'evaluate', ...evaluated.value };
  }

  /** Approvals, rejection, cancellation, claim, receipt, and what time brings, in the order in which they come. */
  async carryThrough(): Promise<void> {
    this.#troubles.delete('evidence');
    while (this.#chain.state.stage !== 'closed') {
      this.#alarm.set(this.#chain.quarantined ? null : (nextInstant(this.#chain.state)?.at ?? null));
      // Only then: a turn of the event loop more would answer Updates in another order than histories have them.
      if (this.#chain.damage !== null) await this.#restrict();
      if (this.#mustReevaluate()) await this.#reevaluate();
      else this.#troubles.delete('reevaluation');
      if (this.#standingTold && (await this.#isStopped())) break;
      if (!this.#inbox.waiting) this.#show();
      await condition(() => this.#inbox.waiting || this.#alarm.rang || this.#standingTold || this.#mustContinue());
      if (this.#inbox.waiting || this.#alarm.rang) await this.#serveNext();
      else if (!this.#standingTold) {
        // Quarantined by a worker that did not restrict yet.
        if (this.#chain.damage !== null) await this.#restrict();
        await this.#continue();
      }
      showStage(this.#chain.state);
    }
    this.#troubles.delete('revoked');
    this.#alarm.set(null);
  }

  /**
   * What was found wrong with this chain stops clearances of the whole tenant, until it has been judged (ruling 12).
   * While the ledger does not take that, whoever else waits is served first.
   */
  async #restrict(): Promise<void> {
    const { decisionId, state, damage } = this.#chain;
    if (damage === null || this.#restricted || !takes('restricts')) return;
    const call = () => house.restrict({ decisionId, code: damage, head: state.head, at: now() });
    // Somebody else serves while a decision is sealed.
    const interrupted = () => this.#inbox.waiting && state.stage !== 'closed';
    const entered = await persistUnless(this.#troubles, 'restriction', call, { isFinal: isNoFinding, interrupted });
    this.#restricted = entered !== 'interrupted';
  }

  /**
   * Evaluated anew where a claim has found that the roster is another one: whoever may sign now is asked, and what still
   * counts is kept. Once a claim; while what it needs is away, whoever else waits is served first.
   */
  async #reevaluate(): Promise<void> {
    const claim = this.#outdatedBy();
    if (claim === undefined) return;
    const facts = (at: Timestamp) => ({ from: 'reevaluate', context: this.#chain.context(at), claim }) as const;
    const stepped = await this.#chain.step('reevaluation', facts, {
      interrupted: () => this.#inbox.waiting || this.#alarm.rang,
      wanted: () => this.#outdatedBy() === claim,
    });
    if (stepped !== 'interrupted') this.#reevaluatedFor = claim;
  }

  async #isStopped(): Promise<boolean> {
    await this.#lookAtStanding();
    const { state } = this.#chain;
    if (state.stage !== 'closed') return false;
    showStage(state);
    return true;
  }

  /**
   * Ends where governance has revoked what it rests on (R90). Whoever told it is not believed: the standing in force says
   * so, or nothing happens. Once it is cleared nothing is taken back: its executor looks once more, and `why` says it.
   */
  async #lookAtStanding(): Promise<void> {
    this.#standingTold = false;
    if (this.#chain.quarantined || !takes('stops')) return;
    const found: { revocation?: Revocation | null } = {};
    const interrupted = () => this.#inbox.waiting || this.#alarm.rang;
    await this.#chain.commit(async (clock) => {
      if (this.#chain.state.stage === 'closed') return undefined;
      const call = async () => {
        const at = clock();
        return { at, revocation: await house.revocation({ context: this.#chain.context(at) }) };
      };
      const looked = await persistUnless(this.#troubles, 'standing', call, { interrupted });
      if (looked === 'interrupted' || 'refusal' in looked) return undefined;
      const { at, revocation } = looked.value;
      found.revocation = revocation;
      return revocation === null
        ? undefined
        : { type: 'stop', id: `stop/${revocation.standing.digest}`, at, revocation };
    });
    if (found.revocation === undefined) this.#standingTold = this.#chain.state.stage !== 'closed';
    else this.#noteRevocation(found.revocation);
  }

  /** Of a decision that is cleared; one that is not has ended with it. */
  #noteRevocation(revocation: Revocation | null): void {
    if (revocation === null || this.#chain.state.stage !== 'cleared') {
      this.#troubles.delete('revoked');
      return;
    }
    const { code, standing, revoked } = revocation;
    const detail = `standing ${standing.serial} revokes ${revoked.join(', ')}, after the clearance: its executor, given that standing, does not run it`;
    this.#troubles.set('revoked', { what: 'revoked', code, detail, since: now(), nextTry: null });
  }

  #mustReevaluate(): boolean {
    const claim = this.#outdatedBy();
    return claim !== undefined && claim !== this.#reevaluatedFor && takes('reevaluates');
  }

  #outdatedBy(): string | undefined {
    const { state } = this.#chain;
    return state.stage === 'routed' || state.stage === 'authorized' ? foundBy(state) : undefined;
  }

  /** What has become due comes first: the instant belongs to the timeout. */
  async #serveNext(): Promise<void> {
    if (this.#alarm.rang) await this.#tick();
    else await this.#inbox.serve(() => this.#alarm.rang);
  }

  /** The pack, built and sealed once, and the release recorded; statements that come meanwhile are answered. */
  async seal(): Promise<PromotionDecisionResult> {
    const { decisionId } = this.#input;
    const { state } = this.#chain;
    if (state.stage !== 'closed')
      throw ApplicationFailure.nonRetryable('sealed before its end', 'decision.illegal_command');
    const { head, outcome } = state;
    const sealing = this.#sealed(head);
    const recording = sealing.then((sealed) => this.#record(sealed, outcome));
    const served = this.#serveWhile(recording);
    const { pack } = await sealing;
    this.#pack = pack;
    await recording;
    if (this.#inbox.waiting || !allHandlersFinished()) this.#show();
    await served;
    await this.#notices.settled();
    return { decisionId, outcome, head, pack, view: this.#view() };
  }

  /** A ledger that lost its tail gets it back before it is sealed; one that holds something else is never sealed. */
  async #sealed(head: Head): Promise<SealedPack> {
    const { decisionId } = this.#input;
    for (;;) {
      const sealed = await persistUnless(this.#troubles, 'sealing', () => this.#packing({ decisionId, head }), {
        isFinal: (code) => code === 'pack.head_differs' || code === 'ledger.corrupt' || code === 'ledger.mac',
        outside: () => this.#sealsOutside,
      });
      if (sealed === 'interrupted') continue;
      if ('value' in sealed) return sealed.value;
      if (sealed.refusal.code === 'pack.head_differs' && (await this.#chain.restore())) continue;
      if (!this.#chain.quarantined) this.#chain.quarantine(sealed.refusal);
      await this.#restrict();
      await condition(() => false);
    }
  }

  /** What may have run is the next link in the history of its target. Whoever sealed it will have recorded it. */
  async #record({ pack, recorded }: SealedPack, outcome: Outcome): Promise<void> {
    if (!CLEARED_OUTCOMES.some((cleared) => cleared === outcome)) return;
    if (recorded === true && takes('recordsWithSeal')) return;
    if (!takes('records')) return;
    await persist(this.#troubles, 'release', () => house.recordRelease({ pack }));
  }

  /** At home at first; what fails there gets the time of a regular activity. */
  #packing(input: { readonly decisionId: string; readonly head: Head }): Promise<SealedPack> {
    const { sealPack } = this.#sealsOutside ? outside : house;
    return sealPack(input);
  }

  get #sealsOutside(): boolean {
    return this.#troubles.has('sealing') || !takes('oneCallAStep');
  }

  /** Answers what still arrives, until `until` has settled and nobody waits any more. */
  async #serveWhile(until: Promise<unknown>): Promise<void> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    void until.then(settle, settle);
    while (!settled || this.#inbox.waiting || !allHandlersFinished()) {
      if (this.#inbox.waiting) await this.#inbox.serve(() => false);
      else await condition(() => this.#inbox.waiting || (settled && allHandlersFinished()));
    }
  }

  async #tick(): Promise<void> {
    const due = nextInstant(this.#chain.state);
    const id = `tick/${due?.limit}/${due?.at}`;
    await this.#chain.commit(async (clock) => ({ type: 'tick', id, at: clock() }));
    this.#alarm.set(null);
  }

  /** Somebody who waits for the opening is told as soon as it stands, or as soon as it is plain that it takes longer. */
  #settled(): boolean {
    const { stage } = this.#chain.state;
    if (this.#refused !== null || (!this.#resuming && stage !== 'empty' && stage !== 'requested')) return true;
    return [...this.#troubles.values()].some(({ what, since }) => what === 'quarantine' || now(-SETTLING_MS) >= since);
  }

  #mustContinue(): boolean {
    return workflowInfo().continueAsNewSuggested && !this.#inbox.waiting && !this.#standingTold && this.#notices.idle;
  }

  /** Hands on to a fresh run; what was accepted has been answered by then. */
  async #continue(): Promise<void> {
    await condition(() => allHandlersFinished() || this.#inbox.waiting);
    if (this.#inbox.waiting) return;
    const { decisionId, request } = this.#input;
    const goOn = makeContinueAsNewFunc<typeof promotionDecision>({ memo: memoToHandOn() });
    await goOn({ decisionId, request, carried: this.#chain.carried });
  }
}

/** How long a trouble may last before whoever opened the decision is told that it waits, in milliseconds. */
const SETTLING_MS = 1_200;

const NEVER_CAME: Readonly<Refusal> = {
  code: 'request.never_came',
  detail: 'the request statement never reached the store',
};

/** A request that is not there in as long as a decision may wait for its evidence is not waited for any longer. */
function tooLate(): boolean {
  return instant(now()) - workflowInfo().startTime.getTime() > INTAKE_LIMIT_S * 1000;
}

/** What the ledger calls a decision is no decision's id: nothing of the tenant's was found. */
function isNoFinding(code: string): boolean {
  return code.startsWith('document.');
}
