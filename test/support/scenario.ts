import { randomUUID } from 'node:crypto';
import type { ReceiptContent, Submitted } from '../../client/index.ts';
import { digestJson, verifyChain } from '../../core/canon/index.ts';
import type { DecisionEvent } from '../../core/domain/events.ts';
import type { Outcome } from '../../core/domain/vocabulary.ts';
import { type Report, verify } from '../../verifier/index.ts';
import { signLifting } from '../../founding/index.ts';
import { ORIGIN, PEOPLE, type RunningHouse } from './running-house.ts';

/** Steps that many tests take in the same way. */

export async function openRouted(house: RunningHouse, key = randomUUID()): Promise<string> {
  const { decisionId, view } = await house.client.open(house.request(key));
  if (view.stage !== 'routed') throw new Error(`expected a routed decision, got ${view.stage} (${view.ending})`);
  return decisionId;
}

export function approve(
  house: RunningHouse,
  decisionId: string,
  actorId: string = PEOPLE.executive,
): Promise<Submitted> {
  return house.client.approve(decisionId, house.signer(actorId), { rationale: 'Read the diff and the rollback plan' });
}

export async function confirm(
  house: RunningHouse,
  decisionId: string,
  claim: Submitted,
  at = new Date().toISOString(),
): Promise<Submitted> {
  const { candidate, target } = await house.client.state(decisionId);
  const done = { claim, subject: candidate?.digest ?? null, target: target ?? '', at };
  return house.client.confirm(house.signer(PEOPLE.deployer), gatewayReceipt(decisionId, done));
}

interface Done {
  readonly claim: Pick<Submitted, 'statement' | 'permit'>;
  readonly subject: string | null;
  readonly target: string;
  /** Of the executor's clock: it began and ended in the same millisecond. */
  readonly at: string;
}

/** What the gateway's deployer swears to after it has run. */
export function gatewayReceipt(decisionId: string, { claim, subject, target, at }: Done): ReceiptContent {
  return {
    decision_id: decisionId,
    receipt_id: `receipt-${randomUUID()}`,
    claim: claim.statement,
    permit: claim.permit ?? '',
    subject,
    tool: 'gateway.apply_config',
    target,
    command: digestJson(['apply']),
    started_at: at,
    finished_at: at,
    result: 'success',
    exit_code: 0,
  };
}

/** The whole road: opened, approved, claimed, confirmed. */
export async function execute(house: RunningHouse, key = randomUUID()): Promise<string> {
  const decisionId = await openRouted(house, key);
  await approve(house, decisionId);
  await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
  await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
  return decisionId;
}

/** What an integrity officer does who has judged all that was found (ruling 12). */
export async function liftRestrictions(house: RunningHouse): Promise<void> {
  const found = await house.restrictions.inForce();
  if (found.length === 0) throw new Error('nothing restricts the tenant');
  const at = new Date().toISOString();
  const place = { origin: ORIGIN, tenant: house.tenant, at };
  const wish = { restrictions: found.map(({ digest }) => digest), incident: 'INC-damage' };
  const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
  await house.restrictions.lift(signLifting(wish, house.signer(PEOPLE.integrityOfficer), place, random), at);
}

/** The decision's events in the ledger, after their chain was recomputed; throws where it does not hold. */
export async function chainOf(house: RunningHouse, decisionId: string): Promise<readonly DecisionEvent[]> {
  const events = (await house.ledger.read(decisionId)).flatMap((batch) => batch.events);
  const findings = verifyChain(events);
  if (findings.length > 0) throw new Error(`the chain does not hold: ${JSON.stringify(findings)}`);
  return events as unknown as readonly DecisionEvent[];
}

export function typesOf(events: readonly DecisionEvent[]): readonly string[] {
  return events.map((event) => event.event_type);
}

/** The report of a stranger on the decision's exported pack, with nothing but the trust file. */
export async function verifyExported(house: RunningHouse, decisionId: string, expect: Outcome): Promise<Report> {
  const { bundle, view, disclosures } = await house.client.export(decisionId);
  return verify({
    bundle,
    view,
    disclosures,
    trust: house.house.trustFile,
    trustName: 'trust.json',
    options: { require: 'C2', expect },
  });
}

/** Again and again, as a caller does that lost an answer: the same statement under the same id. */
export async function insist<T>(call: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}
