import { condition } from '@temporalio/workflow';
import type { AdmissionResult } from '../core/contracts/activities.ts';
import type { SubmitResult } from '../core/contracts/messages.ts';
import type { AdmittedStatement } from '../core/domain/commands.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';
import { statementType } from '../core/domain/statements.ts';
import { house } from './activities.ts';
import type { Chain } from './chain.ts';
import { formProblem } from './messages.ts';
import { persist, type Troubles } from './patience.ts';

interface Item {
  readonly envelope: unknown;
  result: SubmitResult | undefined;
}

/** Statements that arrived, by Update or signal alike, in their order. One at a time is admitted, decided and stored. */
export class Inbox {
  readonly #items: Item[] = [];

  get waiting(): boolean {
    return this.#items.length > 0;
  }

  get hasCancellation(): boolean {
    return this.#items.some(isCancellation);
  }

  add(envelope: unknown): Item {
    const item: Item = { envelope, result: undefined };
    this.#items.push(item);
    return item;
  }

  /** The handler of the Update: it only queues, and waits for the answer. */
  async answer(envelope: unknown): Promise<SubmitResult> {
    const item = this.add(envelope);
    await condition(() => item.result !== undefined);
    return item.result as SubmitResult;
  }

  /** The first statement: admitted, decided, stored, answered. */
  async serve(chain: Chain, troubles: Troubles): Promise<void> {
    const item = this.#items[0];
    if (item) await this.#serve(item, chain, troubles);
  }

  /** The first cancellation, ahead of statements that have to wait for routing. */
  async serveCancellation(chain: Chain, troubles: Troubles): Promise<void> {
    const item = this.#items.find(isCancellation);
    if (item) await this.#serve(item, chain, troubles);
  }

  /** The item leaves the queue only with its answer: what a failed task forgot is served again. */
  async #serve(item: Item, chain: Chain, troubles: Troubles): Promise<void> {
    item.result = await process(item.envelope, chain, troubles);
    this.#items.splice(this.#items.indexOf(item), 1);
  }
}

async function process(envelope: unknown, chain: Chain, troubles: Troubles): Promise<SubmitResult> {
  // A signal passes no validator, so its form is checked here.
  const problem = formProblem(envelope);
  if (problem !== undefined) {
    chain.discard('envelope.malformed');
    return discarded('', 'envelope.malformed', problem);
  }
  const seen: { admission?: AdmissionResult } = {};
  await chain.commit(async (clock) => {
    const { at, admission } = await persist(troubles, 'admission', async () => {
      const context = chain.context(clock());
      return { at: context.at, admission: await house.admit({ envelope, context }) };
    });
    seen.admission = admission;
    if (admission.admitted === null) return undefined;
    const { admitted, inForce, permit } = admission;
    return { type: 'submit', id: `submit/${admitted.digest}`, at, admitted, inForce, permit };
  });
  const quarantine = troubles.get('quarantine');
  if (quarantine) return discarded('', 'decision.quarantined', quarantine.detail);
  if (!seen.admission?.admitted) {
    const { code, detail } = seen.admission?.discarded ?? { code: 'decision.closed', detail: 'the decision takes no statements' };
    chain.discard(code);
    return discarded('', code, detail);
  }
  return answered(seen.admission.admitted, chain, troubles);
}

async function answered({ digest, statement }: AdmittedStatement, chain: Chain, troubles: Troubles): Promise<SubmitResult> {
  const { state } = chain;
  const record = state.stage === 'empty' ? undefined : state.answered[digest];
  if (record === undefined) return discarded(digest, 'decision.closed', 'the decision ended before this statement was taken');
  const cleared =
    record.verdict === 'accepted' && statement._type === statementType('claim')
      ? await persist(troubles, 'clearance', () =>
          house.issueClearance({ decisionId: chain.decisionId, clearedSequence: record.sequence }),
        )
      : null;
  return {
    statement: digest,
    verdict: record.verdict,
    code: record.code,
    detail: null,
    acknowledgement: await chain.acknowledgement(digest),
    permit: cleared?.permit ?? null,
    clearance: cleared?.clearance ?? null,
  };
}

function discarded(statement: DigestText, code: string, detail: string): SubmitResult {
  return { statement, verdict: 'discarded', code, detail, acknowledgement: null, permit: null, clearance: null };
}

function isCancellation({ envelope }: Item): boolean {
  const type = typeof envelope === 'object' && envelope !== null ? (envelope as { payloadType?: unknown }).payloadType : undefined;
  return type === statementType('cancellation');
}
