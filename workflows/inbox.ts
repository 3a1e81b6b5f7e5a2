import { condition } from '@temporalio/workflow';
import type { AdmissionResult, Issued, StepResult } from '../core/contracts/activities.ts';
import { isTampering } from '../core/contracts/tampering.ts';
import type { SubmitResult } from '../core/contracts/messages.ts';
import { kindOf } from '../core/domain/statements.ts';
import type { DigestText, Timestamp } from '../core/domain/vocabulary.ts';
import { house } from './activities.ts';
import type { Chain } from './chain.ts';
import { now } from './clock.ts';
import { formProblem } from './messages.ts';
import { takes } from './patches.ts';
import { ANY_REFUSAL, type Outcome, persistUnless, type Refusal, type Troubles } from './patience.ts';

interface Item {
  readonly envelope: unknown;
  verdict: Verdict | undefined;
}

type Admitted = NonNullable<Extract<StepResult, { refused: null }>['statement']>;

/** What the chain says of a statement. What the answer needs beside it is got by whoever waits for the answer. */
type Verdict =
  | { readonly answered: true; readonly statement: Admitted; readonly issued: Issued | null }
  | { readonly answered: false; readonly result: SubmitResult };

/** Statements that arrived, by Update or signal alike, in their order. One at a time is admitted, decided and stored. */
export class Inbox {
  readonly #items: Item[] = [];
  readonly #chain: Chain;
  readonly #troubles: Troubles;

  constructor(chain: Chain, troubles: Troubles) {
    this.#chain = chain;
    this.#troubles = troubles;
  }

  get waiting(): boolean {
    return this.#items.length > 0;
  }

  add(envelope: unknown): Item {
    const item: Item = { envelope, verdict: undefined };
    this.#items.push(item);
    return item;
  }

  /**
   * The handler of the Update: it queues, waits for the verdict, and then gets what the answer needs, so that a permit
   * which cannot be issued yet holds up nobody else.
   */
  async answer(envelope: unknown): Promise<SubmitResult> {
    const item = this.add(envelope);
    await condition(() => item.verdict !== undefined);
    const verdict = item.verdict as Verdict;
    return verdict.answered ? this.#acknowledged(verdict) : verdict.result;
  }

  /**
   * The first statement: admitted, decided, stored. It leaves the queue only with its verdict; where the wait for a
   * store that is away was `interrupted`, it stays.
   */
  async serve(interrupted: () => boolean): Promise<void> {
    const [item] = this.#items;
    if (item === undefined) return;
    const verdict = await this.#judge(item.envelope, interrupted);
    if (verdict === undefined) return;
    item.verdict = verdict;
    this.#items.shift();
  }

  async #judge(envelope: unknown, interrupted: () => boolean): Promise<Verdict | undefined> {
    // A signal passes no validator, so its form is checked here.
    const problem = formProblem(envelope);
    if (problem !== undefined) return this.#discard({ code: 'envelope.malformed', detail: problem });
    if (!takes('oneCallAStep')) return this.#judgeInTwoCalls(envelope, interrupted);
    const facts = (at: Timestamp) => ({ from: 'admit', envelope, context: this.#chain.context(at) }) as const;
    const stepped = await this.#chain.step('admission', facts, { isFinal: ANY_REFUSAL, interrupted });
    if (stepped === 'interrupted') return undefined;
    if (stepped === undefined) return this.#neverJudged();
    if ('refusal' in stepped) return this.#discard(stepped.refusal);
    if (stepped.value.refused !== null) return this.#discard(stepped.value.refused);
    const { statement, issued } = stepped.value;
    if (statement === null) throw new TypeError('a statement was admitted without a name');
    return this.#verdictOf(envelope, statement, issued);
  }

  async #judgeInTwoCalls(envelope: unknown, interrupted: () => boolean): Promise<Verdict | undefined> {
    const seen: { outcome?: Outcome<AdmissionResult> } = {};
    await this.#chain.commit(async (clock) => {
      const asked: { at?: Timestamp } = {};
      const call = (): Promise<AdmissionResult> => {
        const at = clock();
        asked.at = at;
        return house.admit({ envelope, context: this.#chain.context(at) });
      };
      const outcome = await persistUnless(this.#troubles, 'admission', call, { isFinal: ANY_REFUSAL, interrupted });
      seen.outcome = outcome;
      if (outcome === 'interrupted' || 'refusal' in outcome || outcome.value.admitted === null) return undefined;
      const { admitted, inForce, permit } = outcome.value;
      return { type: 'submit', id: `submit/${admitted.digest}`, at: asked.at ?? clock(), admitted, inForce, permit };
    });
    const { outcome } = seen;
    if (outcome === 'interrupted') return undefined;
    if (outcome === undefined || this.#chain.quarantined) return this.#neverJudged();
    if ('refusal' in outcome) return this.#discard(outcome.refusal);
    if (outcome.value.admitted === null) return this.#discard(outcome.value.discarded);
    const { digest, statement } = outcome.value.admitted;
    return this.#verdictOf(envelope, { digest, kind: kindOf(statement) }, null);
  }

  #neverJudged(): Verdict {
    const quarantine = this.#troubles.get('quarantine');
    if (quarantine) return unanswered('decision.quarantined', quarantine.detail);
    return unanswered('decision.conflict', 'another request stands under this id');
  }

  async #verdictOf(envelope: unknown, statement: Admitted, issued: Issued | null): Promise<Verdict> {
    const { state } = this.#chain;
    if (state.stage !== 'empty' && Object.hasOwn(state.answered, statement.digest))
      return { answered: true, statement, issued };
    if (state.stage === 'closed') return this.#addendum(envelope, statement.digest);
    return this.#discard({
      code: 'statement.too_many_refused',
      detail: 'so many were refused that they are only counted now',
    });
  }

  /** Authentic, and too late for the chain: it is kept all the same (ruling 9). */
  async #addendum(envelope: unknown, statement: DigestText): Promise<Verdict> {
    const decisionId = this.#chain.decisionId;
    const call = () => house.recordAddendum({ decisionId, envelope, at: now() });
    const recorded = await persistUnless(this.#troubles, 'addendum', call, { isFinal: ANY_REFUSAL });
    if (recorded === 'interrupted') return this.#discard({ code: 'decision.closed', detail: 'the decision had ended' });
    if ('refusal' in recorded) return this.#discard(recorded.refusal);
    const { addendumId, code, acknowledgement } = recorded.value;
    const addendum = addendumId === '' ? null : addendumId;
    const verdict = acknowledgement === null ? 'discarded' : 'refused';
    const result = {
      statement,
      verdict,
      code,
      detail: null,
      acknowledgement,
      permit: null,
      clearance: null,
      addendum,
    } as const;
    return { answered: false, result };
  }

  async #acknowledged({ statement, issued }: Extract<Verdict, { answered: true }>): Promise<SubmitResult> {
    const { digest, kind } = statement;
    const { state } = this.#chain;
    const record = state.stage === 'empty' ? undefined : state.answered[digest];
    if (record === undefined) throw new TypeError('a verdict without a record');
    const claimed = record.verdict === 'accepted' && kind === 'claim';
    const permit = issued === null ? () => this.#clearance(record.sequence) : () => ({ value: issued });
    const cleared = claimed ? await permit() : null;
    if (cleared !== null && 'refusal' in cleared)
      return unansweredResult('decision.quarantined', cleared.refusal.detail);
    return {
      statement: digest,
      verdict: record.verdict,
      code: record.code,
      detail: null,
      acknowledgement: await this.#chain.acknowledgement(digest),
      permit: cleared?.value.permit ?? null,
      clearance: cleared?.value.clearance ?? null,
      addendum: null,
    };
  }

  /** The permit and what travels with it; without an end unless the chain itself turns out to be damaged. */
  async #clearance(clearedSequence: number): Promise<Exclude<Outcome<Issued>, 'interrupted'>> {
    const { decisionId } = this.#chain;
    const issued = await persistUnless(
      this.#troubles,
      'clearance',
      () => house.issueClearance({ decisionId, clearedSequence }),
      { isFinal: (code) => isTampering(code) && takes('quarantineAtClearance') },
    );
    if (issued === 'interrupted') throw new TypeError('a wait without an end has ended');
    if ('refusal' in issued) this.#chain.quarantine(issued.refusal);
    return issued;
  }

  #discard({ code, detail }: Refusal): Verdict {
    this.#chain.discard(code);
    return unanswered(code, detail);
  }
}

function unanswered(code: string, detail: string): Verdict {
  return { answered: false, result: unansweredResult(code, detail) };
}

function unansweredResult(code: string, detail: string): SubmitResult {
  const nothing = { acknowledgement: null, permit: null, clearance: null, addendum: null };
  return { statement: '', verdict: 'discarded', code, detail, ...nothing };
}
