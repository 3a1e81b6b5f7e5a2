import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Carried, PromotionDecisionInput, PromotionDecisionResult } from '../core/contracts/activities.ts';
import type { Command } from '../core/domain/commands.ts';
import type { DecisionView } from '../core/contracts/messages.ts';
import { nextInstant } from '../core/domain/deadline.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { why } from '../core/domain/why.ts';
import { house, outside } from './activities.ts';
import { Alarm } from './alarm.ts';
import { Chain } from './chain.ts';
import { now } from './clock.ts';
import { Inbox } from './inbox.ts';
import { opened, queries, submit, submitSignal } from './messages.ts';
import { persist, persistUnlessRefused, type Refusal, type Troubles } from './patience.ts';
import { showStage } from './search-attributes.ts';
import { viewOf } from './view.ts';

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
  readonly #troubles: Troubles = new Map();
  readonly #chain: Chain;
  readonly #inbox = new Inbox();
  readonly #alarm = new Alarm();
  #pack: string | null = null;
  #refused: ApplicationFailure | null = null;

  constructor(input: PromotionDecisionInput) {
    this.#input = input;
    const carried: Carried = input.carried ?? { batches: [], discarded: {} };
    this.#chain = new Chain(input.decisionId, input.request, this.#troubles, carried);
    setHandler(queries.state, () => viewOf(this.#input, this.#chain.state, this.#pack));
    setHandler(queries.why, () => why(this.#chain.state, [...this.#troubles.values()]));
    setHandler(submitSignal, (envelope) => {
      this.#inbox.add(envelope);
    });
    setHandler(submit.definition, (envelope) => CancellationScope.nonCancellable(() => this.#inbox.answer(envelope)), {
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
  }

  async #opened(): Promise<DecisionView> {
    await condition(() => this.#settled());
    if (this.#refused) throw this.#refused;
    return viewOf(this.#input, this.#chain.state, this.#pack);
  }

  /** Reads and authenticates the request; nothing is written where it does not hold. */
  async open(): Promise<void> {
    if (this.#chain.state.stage !== 'empty') return;
    const { decisionId, request } = this.#input;
    let refused: Refusal | undefined;
    await this.#chain.commit(async (clock) => {
      const facts = await persistUnlessRefused(this.#troubles, 'request', async () => {
        const at = clock();
        return { at, ...(await house.admitRequest({ decisionId, request, at })) };
      });
      if ('value' in facts) return { type: 'open', id: 'open', ...facts.value };
      refused = facts.refusal;
      return undefined;
    });
    const refusal = refused ?? this.#chain.conflict;
    if (refusal) await this.#refuse(refusal);
  }

  /** Ends the workflow with a refusal's own code, once whoever waits for the opening has been told it. */
  async #refuse({ code, detail }: Refusal): Promise<never> {
    this.#refused = ApplicationFailure.nonRetryable(detail, code);
    await condition(() => allHandlersFinished(), '10 seconds');
    throw this.#refused;
  }

  /** Policy, risk and route, from the documents that the request names; waits, visibly, for one that is not there yet. */
  async evaluate(): Promise<void> {
    while (this.#chain.state.stage === 'requested' && !this.#chain.quarantined) {
      await this.#chain.commit((clock) => this.#evaluation(clock));
    }
    showStage(this.#chain.state);
  }

  /** The clock is read at each try: evidence that was fresh when the wait began may be stale when it comes. */
  async #evaluation(clock: () => Timestamp): Promise<Command | undefined> {
    const { decisionId, request } = this.#input;
    const { state } = this.#chain;
    if (state.stage !== 'requested') return undefined;
    const requestedAt = state.requested.at;
    const evaluated = await this.#whileStillRequested(async () => {
      const at = clock();
      return { at, evaluation: await house.evaluate({ decisionId, request, requestedAt, at }) };
    });
    return evaluated && { type: 'evaluate', id: 'evaluate', ...evaluated };
  }

  /** Approvals, rejection, cancellation, claim, receipt, and what time brings, in the order in which they come. */
  async carryThrough(): Promise<void> {
    while (this.#chain.state.stage !== 'closed') {
      this.#alarm.set(this.#chain.quarantined ? null : (nextInstant(this.#chain.state)?.at ?? null));
      await condition(() => this.#inbox.waiting || this.#alarm.rang || this.#mustContinue());
      if (this.#alarm.rang) await this.#tick();
      else if (this.#inbox.waiting) await this.#inbox.serve(this.#chain, this.#troubles);
      else await this.#continue();
      showStage(this.#chain.state);
    }
    this.#alarm.set(null);
  }

  /** The pack, built and sealed once; statements that came while the decision closed are still answered. */
  async seal(): Promise<PromotionDecisionResult> {
    const { decisionId } = this.#input;
    const { state } = this.#chain;
    if (state.stage !== 'closed') throw ApplicationFailure.nonRetryable('sealed before its end', 'decision.illegal_command');
    const { head, outcome } = state;
    const sealing = persist(this.#troubles, 'sealing', () => outside.sealPack({ decisionId, head }));
    const served = this.#serveWhile(sealing);
    const { pack } = await sealing;
    this.#pack = pack;
    await served;
    return { decisionId, outcome, head, pack };
  }

  /** Answers what still arrives, until `until` has settled and nobody waits any more. */
  async #serveWhile(until: Promise<unknown>): Promise<void> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    void until.then(settle, settle);
    while (!settled || this.#inbox.waiting || !allHandlersFinished()) {
      if (this.#inbox.waiting) await this.#inbox.serve(this.#chain, this.#troubles);
      else await condition(() => this.#inbox.waiting || (settled && allHandlersFinished()));
    }
  }

  async #tick(): Promise<void> {
    const instant = nextInstant(this.#chain.state);
    const id = `tick/${instant?.limit}/${instant?.at}`;
    await this.#chain.commit(async (clock) => ({ type: 'tick', id, at: clock() }));
    this.#alarm.set(null);
  }

  /** One evaluation, or undefined where a cancellation or the intake deadline ended the wait for its documents first. */
  async #whileStillRequested<T>(call: () => Promise<T>): Promise<T | undefined> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    const trying = persist(this.#troubles, 'evidence', call);
    void trying.then(settle, settle);
    while (!settled && this.#chain.state.stage === 'requested') {
      this.#alarm.set(nextInstant(this.#chain.state)?.at ?? null);
      await condition(() => settled || this.#inbox.hasCancellation || this.#alarm.rang);
      if (settled) break;
      if (this.#alarm.rang) await this.#tick();
      else await this.#inbox.serveCancellation(this.#chain, this.#troubles);
    }
    return settled ? trying : undefined;
  }

  #settled(): boolean {
    const { stage } = this.#chain.state;
    return this.#refused !== null || (stage !== 'empty' && stage !== 'requested') || this.#troubles.size > 0;
  }

  #mustContinue(): boolean {
    return workflowInfo().continueAsNewSuggested && !this.#inbox.waiting;
  }

  /** Hands everything to a fresh run; what was accepted has been answered by then. */
  async #continue(): Promise<void> {
    await condition(() => allHandlersFinished() || this.#inbox.waiting);
    if (this.#inbox.waiting) return;
    const { batches, discarded } = this.#chain;
    await continueAsNew<typeof promotionDecision>({ ...this.#input, carried: { batches, discarded } });
  }
}
