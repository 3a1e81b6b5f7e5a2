import { condition, patched } from '@temporalio/workflow';
import type { AdmissionResult, Issued } from '../core/contracts/activities.ts';
import type { SubmitResult } from '../core/contracts/messages.ts';
import type { AdmittedStatement } from '../core/domain/commands.ts';
import { statementType } from '../core/domain/statements.ts';
import type { DigestText, Timestamp } from '../core/domain/vocabulary.ts';
import { house } from './activities.ts';
import { type Chain, isTampering } from './chain.ts';
import { now } from './clock.ts';
import { formProblem } from './messages.ts';
import { ANY_REFUSAL, type Outcome, persistUnless, type Refusal, type Troubles } from './patience.ts';

/**
 * 2026-11-26. A chain that is found damaged while a statement is admitted, or a permit issued, quarantines its decision.
 * Before, the statement was discarded with the ledger's code, or the permit tried for ever, and the decision went on. A
 * run that met such a chain before replays as it went; every other takes the new way.
 */
const QUARANTINE_AT_ADMISSION = 'quarantine-at-admission';

interface Item {
  readonly envelope: unknown;
  verdict: Verdict | undefined;
}

/** What the chain says of a statement. What the answer needs beside it is got by whoever waits for the answer. */
type Verdict =
  | { readonly answered: true; readonly admitted: AdmittedStatement }
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
    return verdict.answered ? this.#acknowledged(verdict.admitted) : verdict.result;
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
    if (outcome !== undefined && 'refusal' in outcome) this.#noteDamage(outcome.refusal);
    const quarantine = this.#troubles.get('quarantine');
    if (quarantine) return unanswered('decision.quarantined', quarantine.detail);
    if (outcome === undefined) return unanswered('decision.conflict', 'another request stands under this id');
    if ('refusal' in outcome) return this.#discard(outcome.refusal);
    if (outcome.value.admitted === null) return this.#discard(outcome.value.discarded);
    return this.#verdictOf(envelope, outcome.value.admitted);
  }

  async #verdictOf(envelope: unknown, admitted: AdmittedStatement): Promise<Verdict> {
    const { state } = this.#chain;
    if (state.stage !== 'empty' && Object.hasOwn(state.answered, admitted.digest)) return { answered: true, admitted };
    if (state.stage === 'closed') return this.#addendum(envelope, admitted.digest);
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

  async #acknowledged({ digest, statement }: AdmittedStatement): Promise<SubmitResult> {
    const { state } = this.#chain;
    const record = state.stage === 'empty' ? undefined : state.answered[digest];
    if (record === undefined) throw new TypeError('a verdict without a record');
    const claimed = record.verdict === 'accepted' && statement._type === statementType('claim');
    const cleared = claimed ? await this.#clearance(record.sequence) : null;
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
      { isFinal: (code) => isTampering(code) && patched(QUARANTINE_AT_ADMISSION) },
    );
    if (issued === 'interrupted') throw new TypeError('a wait without an end has ended');
    if ('refusal' in issued) this.#chain.quarantine(issued.refusal);
    return issued;
  }

  /** A chain that does not hold is no fault of the statement whose admission found it out. */
  #noteDamage(refusal: Refusal): void {
    if (isTampering(refusal.code) && patched(QUARANTINE_AT_ADMISSION)) this.#chain.quarantine(refusal);
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
