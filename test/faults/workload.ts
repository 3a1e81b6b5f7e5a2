import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type OpenRequest,
  signApproval,
  signCancellation,
  signClaim,
  type SignedStatement,
  signRejection,
  type Submitted,
} from '../../client/index.ts';
import { digestBytes, parseDigest } from '../../core/canon/index.ts';
import type { DecisionView } from '../../core/contracts/messages.ts';
import { earliest, instant, timestamp } from '../../core/domain/vocabulary.ts';
import { decisionIdFor, readStatement } from '../../documents/index.ts';
import { ORIGIN, PEOPLE, type RunningHouse } from '../support/running-house.ts';
import { gatewayReceipt } from '../support/scenario.ts';
import { type FailedOutcome, outcomeOfError } from './outcome.ts';
import { patiently } from './patience.ts';
import type { Random } from './random.ts';
import { type Answer, type Channel, NOTHING, type OperationKind, type Recorder } from './recorder.ts';
import { EXECUTIVES } from './site.ts';

/** `crowded` is executed, and everybody sends too much: twice, too early, too late, by signal and Update, unasked. */
export const ROADS = ['executed', 'rejected', 'cancelled', 'crowded'] as const;
export type Road = (typeof ROADS)[number];

export interface Plan {
  readonly key: string;
  readonly road: Road;
  readonly approvers: readonly [string, string, ...string[]];
  /** Which of the approvals also goes by signal first. */
  readonly signalled: boolean;
  /** Between two steps, so that faults meet decisions in every stage. */
  readonly pauseMs: number;
}

export function planOf(random: Random, key: string, road?: Road): Plan {
  const [first = '', second = '', ...others] = random.shuffle(EXECUTIVES);
  const drawn = random.percent(60) ? 'executed' : random.pick(ROADS);
  return {
    key,
    road: road ?? drawn,
    approvers: [first, second, ...others],
    signalled: random.percent(40),
    pauseMs: random.integer(600),
  };
}

const RETRY_MS = 250;
/** After which a decision that has not ended never will, as far as a run can tell. */
const LONGEST_MS = 90_000;
/** What an orchestrator answers with opening the decision again by the same request. */
const REOPEN = ['decision.not_found', 'decision.interrupted'];

/** One decision on its road. Whoever acts sends the same statement again until it is answered. */
export class Journey {
  readonly decisionId: string;
  readonly plan: Plan;
  readonly #house: RunningHouse;
  readonly #recorder: Recorder;
  readonly #request: OpenRequest;
  readonly #endMs: number;

  constructor(house: RunningHouse, recorder: Recorder, plan: Plan, withinMs = LONGEST_MS) {
    this.#house = house;
    this.#recorder = recorder;
    this.plan = plan;
    this.#request = house.request(plan.key);
    this.#endMs = Date.now() + withinMs;
    const requester = PEOPLE.operator;
    this.decisionId = decisionIdFor({ origin: ORIGIN, tenant: house.tenant, requester, idempotencyKey: plan.key });
  }

  /** From the opening to the exported pack. */
  async travel(): Promise<void> {
    await this.open();
    await this.#pause();
    await this.decide();
    await this.end();
  }

  async open(): Promise<void> {
    await this.#insist('open', PEOPLE.operator, 'update', null, async () => {
      const { view } = await this.#house.client.open(this.#request);
      if (view.stage === 'empty') return NOTHING;
      const { sequence, hash: event } = view.head;
      const chain = this.decisionId;
      return { ...NOTHING, acknowledged: { chain, sequence, event, statement: null, verdict: 'accepted' } };
    });
  }

  async decide(): Promise<void> {
    const { road, approvers } = this.plan;
    const [first, second] = approvers;
    switch (road) {
      case 'cancelled':
        await this.submit('cancel', PEOPLE.operator, this.#cancellation());
        return;
      case 'rejected':
        await this.approve(first);
        await this.#pause();
        await this.submit('reject', second, await this.#rejection(second));
        return;
      case 'executed':
        await Promise.all([this.approve(first, this.plan.signalled), this.#pause().then(() => this.approve(second))]);
        await this.#pause();
        await this.confirm(await this.claim());
        return;
      case 'crowded':
        await this.#crowd();
    }
  }

  /** Too early, twice, by two ways at once, by whoever must not, and too late: each gets a clear answer. */
  async #crowd(): Promise<void> {
    const [first, second, third] = this.plan.approvers as [string, string, string];
    await this.claim();
    const approval = await this.approval(first);
    const again = await this.approval(first);
    await Promise.all([
      this.submit('approve', first, approval),
      this.submit('approve', first, approval),
      this.signal('approve', first, approval),
      this.submit('approve', first, again),
      this.submit('approve', PEOPLE.operator, await this.approval(PEOPLE.operator)),
      this.approve(second, true),
    ]);
    await this.#pause();
    await this.confirm(await this.claim());
    await this.closed();
    await this.submit('approve', third, await this.approval(third));
    await this.submit('approve', first, approval);
  }

  async approve(actorId: string, signalFirst = false): Promise<void> {
    const approval = await this.approval(actorId);
    if (signalFirst) await this.signal('approve', actorId, approval);
    await this.submit('approve', actorId, approval);
  }

  async claim(): Promise<Submitted | undefined> {
    const { basis, target } = await this.#routed();
    const by = this.#house.signer(PEOPLE.deployer);
    const content = { decisionId: this.decisionId, basis: parseDigest(basis ?? ''), target: target ?? '' };
    return this.submit('claim', PEOPLE.deployer, signClaim(by, content, this.#surroundings));
  }

  async confirm(claim: Submitted | undefined): Promise<void> {
    if (claim?.verdict !== 'accepted') return;
    const { candidate, target } = await this.#routed();
    const at = this.#surroundings.now();
    const done = { claim, subject: candidate?.digest ?? null, target: target ?? '', at };
    const content = gatewayReceipt(this.decisionId, done);
    const receipt = this.#house.client.prepareReceipt(this.#house.signer(PEOPLE.deployer), content);
    await this.submit('confirm', PEOPLE.deployer, receipt);
  }

  /** Sealed and exported. */
  async end(): Promise<void> {
    await this.closed();
    await this.#insist('export', 'auditor', 'read', null, async () => {
      const { bundle } = await this.#house.client.export(this.decisionId);
      return { ...NOTHING, pack: digestBytes(bundle) };
    });
  }

  /** Waits patiently; a decision that never closes is for the checker to find. */
  async closed(): Promise<void> {
    const timeoutMs = (): number => Math.max(1_000, Math.min(10_000, this.#endMs - Date.now()));
    const waiting = () => this.#house.client.wait(this.decisionId, { until: 'closed', timeoutMs: timeoutMs() });
    await patiently(waiting, Math.max(1_000, this.#endMs - Date.now())).catch(() => undefined);
  }

  async submit(kind: OperationKind, actorId: string, signed: SignedStatement): Promise<Submitted | undefined> {
    const { envelope, digest, disclosures } = signed;
    let last: Submitted | undefined;
    await this.#insist(kind, actorId, 'update', digest, async () => {
      last = await this.#house.client.submit(this.decisionId, envelope, disclosures);
      return answerOf(this.decisionId, last);
    });
    return last;
  }

  async signal(
    kind: OperationKind,
    actorId: string,
    { envelope, digest, disclosures }: SignedStatement,
  ): Promise<void> {
    await this.#insist(kind, actorId, 'signal', digest, async () => {
      await this.#house.client.signalSubmit(this.decisionId, envelope, disclosures);
      return NOTHING;
    });
  }

  async approval(actorId: string): Promise<SignedStatement> {
    const [approval] = await this.approvals(actorId, 1);
    if (approval === undefined) throw new TypeError('one approval was asked for');
    return approval;
  }

  /** So many, each signed anew. */
  async approvals(actorId: string, count: number): Promise<readonly SignedStatement[]> {
    const view = await this.#routed();
    const at = this.#surroundings;
    const document = (await this.#patiently(() => this.#house.client.brief(this.decisionId))).document;
    const longest = timestamp(instant(at.now()) + (view.approvalLifeS ?? 0) * 1000);
    const expiresAt = earliest(longest, document.limits.decision_deadline);
    const content = { ...routeOf(view), roles: ['executive'], rationale: 'read it', expiresAt };
    return Array.from({ length: count }, () => signApproval(this.#house.signer(actorId), content, at));
  }

  async #rejection(actorId: string): Promise<SignedStatement> {
    const content = { ...routeOf(await this.#routed()), roles: ['executive'], reason: 'not today' };
    return signRejection(this.#house.signer(actorId), content, this.#surroundings);
  }

  #cancellation(): SignedStatement {
    const content = { decisionId: this.decisionId, reason: 'superseded' };
    return signCancellation(this.#house.signer(PEOPLE.operator), content, this.#surroundings);
  }

  /** The same operation until it is answered; an attempt that failed for good is repeated only where opening helps. */
  async #insist(
    kind: OperationKind,
    process: string,
    channel: Channel,
    statement: string | null,
    call: () => Promise<Answer>,
  ): Promise<void> {
    const invocation = { process, kind, channel, decision: this.decisionId, statement };
    for (;;) {
      let failed: FailedOutcome | undefined;
      const attempt = () =>
        call().catch((error: unknown) => {
          failed = outcomeOfError(error);
          throw error;
        });
      await this.#recorder.run(invocation, attempt, (answer) => answer);
      if (failed === undefined || Date.now() > this.#endMs) return;
      if (REOPEN.includes(failed.code ?? '') && kind !== 'open') await this.open();
      else if (failed.outcome === 'fail' && failed.code !== 'decision.not_sealed') return;
      await sleep(RETRY_MS);
    }
  }

  /** The view once there is a route, or an end. */
  async #routed(): Promise<DecisionView> {
    return this.#patiently(async () => {
      const view = await this.#house.client.state(this.decisionId);
      if (view.basis === null) throw new Error(`${view.stage}: no route yet`);
      return view;
    });
  }

  #patiently<T>(call: () => Promise<T>): Promise<T> {
    return patiently(call, Math.max(1_000, this.#endMs - Date.now()));
  }

  get #surroundings() {
    const now = () => timestamp(Date.now());
    const random = (bytes: number) => Uint8Array.from(randomBytes(bytes));
    return { origin: ORIGIN, tenant: this.#house.tenant, now, random };
  }

  async #pause(): Promise<void> {
    await sleep(this.plan.pauseMs);
  }
}

function routeOf({ decisionId, basis, routed, brief }: DecisionView) {
  const digest = (text: string | null) => parseDigest(text ?? '');
  return { decisionId, basis: digest(basis), routed: digest(routed), brief: digest(brief) };
}

function answerOf(decision: string, { acknowledgement, addendum, code }: Submitted): Answer {
  if (acknowledgement === null) return { ...NOTHING, code };
  const { sequence, event, statement, verdict } = readStatement(acknowledgement, 'acknowledgement').statement;
  return { pack: null, code, acknowledged: { chain: addendum ?? decision, sequence, event, statement, verdict } };
}
