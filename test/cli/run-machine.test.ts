import { beforeEach, describe, expect, test } from 'vitest';
import { signClaim, signReceipt, type SignedStatement, type Signer } from '../../client/statements.ts';
import type { Submitted } from '../../client/submit.ts';
import { ClientError } from '../../client/errors.ts';
import { type RunPorts, type RunRequest, run, toolOf, type VerifiedClearance } from '../../cli/run/run-machine.ts';
import type { RunState } from '../../cli/run/state-file.ts';
import { type Digest, digestBytes, digestJson, type Envelope, privateKeyFromSeed } from '../../core/canon/index.ts';
import { readStatement } from '../../documents/index.ts';

/** The executor's machine against a world that can fail at any step, and that counts what it was made to do. */

const DECISION = '5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d';
const by: Signer = { actorId: 'deployer', key: privateKeyFromSeed(new Uint8Array(32).fill(7)) };
const SUBJECT = digestOf('gateway.conf');
const BASIS = digestOf('basis');
const PERMIT = digestOf('permit');
const CLEARANCE = digestOf('clearance');
const request: RunRequest = { decisionId: DECISION, words: ['./apply', 'gateway.conf'] };

function digestOf(text: string): Digest {
  return digestBytes(new TextEncoder().encode(text));
}

class World {
  state: RunState | null = null;
  readonly sent: Envelope[] = [];
  readonly executions: string[] = [];
  /** States in the order in which they were written. */
  readonly written: RunState[] = [];
  claims = 0;
  at = Date.parse('2026-02-24T20:17:00.000Z');
  measured = SUBJECT;
  exitCode: number | null = 0;
  startable = true;
  verified: Partial<VerifiedClearance> = {};
  answer: (envelope: Envelope) => Partial<Submitted> = () => ({});
  /** Throws at a step: the process dies there, or an answer is lost. */
  dieAt: string | null = null;
  random = 0;

  step(name: string): void {
    if (this.dieAt !== name) return;
    this.dieAt = null;
    throw new ClientError('temporal.unreachable', { message: `died at ${name}` });
  }

  get surroundings() {
    return {
      origin: 'o',
      tenant: 't',
      now: () => new Date(this.at).toISOString(),
      random: (bytes: number) => new Uint8Array(bytes).fill((this.random += 1)),
    };
  }

  get ports(): RunPorts {
    return {
      states: {
        load: () => this.state,
        save: (state) => {
          this.step('save');
          this.state = state;
          this.written.push(state);
        },
        forget: () => {
          this.state = null;
        },
      },
      prepareClaim: async (): Promise<SignedStatement> => {
        this.claims += 1;
        return signClaim(by, { decisionId: DECISION, basis: BASIS, target: 'prod' }, this.surroundings);
      },
      prepareReceipt: (content) => signReceipt(by, content, this.surroundings),
      submit: async (envelope) => {
        const { kind, digest } = readStatement(envelope);
        this.step(`before ${kind}`);
        this.sent.push(envelope);
        this.step(`after ${kind}`);
        const base: Submitted = {
          statement: digest,
          verdict: 'accepted',
          code: null,
          detail: null,
          acknowledgement: null,
          permit: kind === 'claim' ? PERMIT : null,
          clearance: kind === 'claim' ? CLEARANCE : null,
          addendum: null,
        };
        return { ...base, ...this.answer(envelope) };
      },
      verifyClearance: async () => {
        this.step('verify');
        const claim = this.state?.claim;
        return {
          permit: PERMIT,
          claim: claim ? readStatement(claim).digest : BASIS,
          subject: SUBJECT,
          target: 'prod',
          notAfter: '2026-02-24T20:27:00.000Z',
          stop: null,
          ...this.verified,
        };
      },
      measure: async () => this.measured,
      execute: async () => {
        this.executions.push(JSON.stringify(this.state?.started));
        this.at += 1000;
        this.step('execute');
        return { started: this.startable, exitCode: this.startable ? this.exitCode : null };
      },
      now: () => new Date(this.at).toISOString(),
      random: (bytes) => new Uint8Array(bytes).fill((this.random += 1)),
    };
  }

  go(given: Partial<RunRequest> = {}) {
    return run(this.ports, { ...request, ...given });
  }

  receipts() {
    return this.sent.map((envelope) => readStatement(envelope)).filter((read) => read.kind === 'receipt');
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error as { code: string }).code,
  );
}

describe('without trouble', () => {
  // shows: R65
  test('the command runs once, and the receipt says what happened', async () => {
    const outcome = await world.go();
    expect(outcome).toMatchObject({ result: 'success', exitCode: 0, executedNow: true });
    expect(world.executions).toHaveLength(1);
    const [receipt] = world.receipts();
    expect(receipt?.statement).toMatchObject({
      decision_id: DECISION,
      permit: PERMIT,
      subject: SUBJECT,
      tool: 'apply',
      target: 'prod',
      command: digestJson(['./apply', 'gateway.conf']),
      started_at: '2026-02-24T20:17:00.000Z',
      finished_at: '2026-02-24T20:17:01.000Z',
      result: 'success',
      exit_code: 0,
    });
  });

  test('what cannot be taken back is on disk before it happens', async () => {
    await world.go();
    expect(JSON.parse(world.executions[0] ?? 'null')).toMatchObject({ subject: SUBJECT, permit: PERMIT });
    expect(world.written.map((state) => [state.started !== null, state.receipt !== null, state.acknowledged])).toEqual([
      [false, false, false],
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ]);
  });

  test('run again after the end: nothing is sent, nothing is executed', async () => {
    const first = await world.go();
    const sent = world.sent.length;
    expect(await world.go()).toMatchObject({
      result: 'success',
      exitCode: 0,
      executedNow: false,
      receipt: first.receipt,
      submitted: null,
    });
    expect([world.sent.length, world.executions.length]).toEqual([sent, 1]);
  });

  test('a command that fails, and one that a signal ends, are failures', async () => {
    world.exitCode = 7;
    expect(await world.go()).toMatchObject({ result: 'failure', exitCode: 7 });
    world = new World();
    world.exitCode = null;
    expect(await world.go()).toMatchObject({ result: 'failure', exitCode: null });
  });

  test('a command that cannot be started was not executed', async () => {
    world.startable = false;
    expect(await world.go()).toMatchObject({ result: 'not_executed', executedNow: false });
  });

  test('a clock that was stepped back makes no receipt that ends before it begins', async () => {
    const ports = world.ports;
    const outcome = await run(
      { ...ports, execute: async () => ({ started: Boolean((world.at -= 60_000)), exitCode: 0 }) },
      request,
    );
    expect(outcome.result).toBe('success');
    const { statement } = world.receipts()[0] as { statement: { started_at: string; finished_at: string } };
    expect(statement.finished_at).toBe(statement.started_at);
  });
});

describe('a lost answer', () => {
  // shows: R67
  test.each(['before claim', 'after claim'])('%s: the same claim is sent again', async (where) => {
    world.dieAt = where;
    expect(await codeOf(world.go())).toBe('temporal.unreachable');
    const kept = world.state?.claim;
    expect(await world.go()).toMatchObject({ result: 'success', executedNow: true });
    const claims = world.sent.filter((envelope) => readStatement(envelope).kind === 'claim');
    expect(claims.every((claim) => digestJson(claim) === digestJson(kept))).toBe(true);
    expect([world.claims, world.executions.length]).toEqual([1, 1]);
  });

  // shows: R68
  test.each(['before receipt', 'after receipt'])(
    '%s: the same receipt is sent again, and nothing is executed',
    async (where) => {
      world.dieAt = where;
      expect(await codeOf(world.go())).toBe('temporal.unreachable');
      expect(await world.go()).toMatchObject({ result: 'success', executedNow: false });
      const digests = new Set(world.receipts().map(({ digest }) => digest));
      expect([digests.size, world.executions.length]).toEqual([1, 1]);
    },
  );

  test('between clearance and execution: the permit is fetched again', async () => {
    world.dieAt = 'verify';
    await codeOf(world.go());
    expect(await world.go()).toMatchObject({ result: 'success' });
    expect([world.claims, world.executions.length]).toEqual([1, 1]);
  });

  // shows: R68
  test('in the middle of the command: it is never started again, and the receipt says unknown', async () => {
    world.dieAt = 'execute';
    await codeOf(world.go());
    world.at += 60_000;
    expect(await world.go()).toMatchObject({ result: 'unknown', exitCode: null, executedNow: false });
    expect(world.executions).toHaveLength(1);
    expect(world.receipts()[0]?.statement).toMatchObject({
      result: 'unknown',
      subject: SUBJECT,
      exit_code: null,
      started_at: '2026-02-24T20:17:00.000Z',
    });
    expect(await world.go()).toMatchObject({ result: 'unknown', executedNow: false });
    expect([world.executions.length, world.receipts().length]).toEqual([1, 1]);
  });

  // shows: R67
  test('a state that cannot be written starts nothing', async () => {
    await codeOf(run({ ...world.ports, measure: async () => ((world.dieAt = 'save'), SUBJECT) }, request));
    expect(world.executions).toHaveLength(0);
  });
});

describe('refusals', () => {
  test('a refused claim is forgotten, so that the next run makes another', async () => {
    world.answer = () => ({ verdict: 'refused', code: 'claim.authority_missing', permit: null, clearance: null });
    expect(await codeOf(world.go())).toBe('run.claim_refused');
    expect([world.state, world.executions.length]).toEqual([null, 0]);
    world.answer = () => ({});
    expect(await world.go()).toMatchObject({ result: 'success' });
    expect(world.claims).toBe(2);
  });

  test('a claim that did not authenticate is forgotten', async () => {
    const ports = {
      ...world.ports,
      submit: () => Promise.reject(new ClientError('submit.discarded', { message: 'no' })),
    };
    expect(await codeOf(run(ports, request))).toBe('submit.discarded');
    expect(world.state).toBeNull();
  });

  // shows: R71
  test('another subject: nothing runs, and a receipt names what was measured', async () => {
    world.measured = digestOf('another file');
    expect(await codeOf(world.go())).toBe('run.not_executed');
    expect(world.executions).toHaveLength(0);
    expect(world.receipts()[0]?.statement).toMatchObject({
      result: 'not_executed',
      subject: world.measured,
      exit_code: null,
    });
    world.measured = SUBJECT;
    expect(await world.go()).toMatchObject({ result: 'not_executed', executedNow: false });
    expect(world.executions).toHaveLength(0);
  });

  test('at the very end of the permit, by its own clock: nothing runs', async () => {
    world.verified = { notAfter: '2026-02-24T20:17:00.000Z' };
    expect(await codeOf(world.go())).toBe('run.not_executed');
    expect(world.executions).toHaveLength(0);
    expect(world.receipts()[0]?.statement).toMatchObject({ result: 'not_executed', subject: null });
  });

  test('what was in time starts at the instant at which it was', async () => {
    const { ports } = world;
    const times = ['2026-02-24T20:26:59.000Z', '2026-02-24T20:26:59.999Z', '2026-02-24T20:27:00.000Z'];
    const ticking = (): string => (times.length > 1 ? times.shift() : times[0]) ?? '';
    await run({ ...ports, now: ticking }, request);
    expect(world.executions).toHaveLength(1);
    expect(world.receipts()[0]?.statement).toMatchObject({ started_at: '2026-02-24T20:26:59.999Z' });
  });

  test("another claim's permit clears nothing", async () => {
    world.verified = { claim: digestOf('another claim') };
    expect(await codeOf(world.go())).toBe('run.clearance');
    expect([world.executions.length, world.receipts().length]).toEqual([0, 0]);
  });

  // shows: R64
  test('a clearance pack that does not verify: no receipt, so that it can be run once the trust file is right', async () => {
    world.dieAt = 'verify';
    await codeOf(world.go());
    expect([world.executions.length, world.receipts().length]).toEqual([0, 0]);
    expect(world.state?.started).toBeNull();
  });

  test('given up: a receipt that nothing ran', async () => {
    expect(await codeOf(world.go({ abandon: true }))).toBe('run.not_executed');
    expect(world.executions).toHaveLength(0);
    expect(world.receipts()[0]?.statement).toMatchObject({ result: 'not_executed', subject: null });
  });

  test('another command for a run that has begun', async () => {
    world.dieAt = 'after claim';
    await codeOf(world.go());
    expect(await codeOf(world.go({ words: ['./other'] }))).toBe('run.state');
    expect(world.executions).toHaveLength(0);
  });

  test('a refused receipt is kept, and sent again', async () => {
    world.answer = (envelope) =>
      readStatement(envelope).kind === 'receipt' ? { verdict: 'refused', code: 'receipt.permit_unknown' } : {};
    expect(await codeOf(world.go())).toBe('run.receipt_refused');
    expect(world.state).toMatchObject({ acknowledged: false, result: 'success' });
    world.answer = () => ({});
    expect(await world.go()).toMatchObject({ result: 'success', executedNow: false });
    expect(world.executions).toHaveLength(1);
  });

  test('a receipt that came after the close stands in an addendum, and is done with', async () => {
    world.answer = (envelope) =>
      readStatement(envelope).kind === 'receipt'
        ? { verdict: 'refused', code: 'decision.closed', addendum: DECISION }
        : {};
    expect(await world.go()).toMatchObject({ result: 'success', submitted: { addendum: DECISION } });
    expect(world.state?.acknowledged).toBe(true);
  });
});

describe('the name of the tool', () => {
  test("is the command's own, where a receipt can bear it", () => {
    expect(toolOf(['/usr/local/bin/gateway.apply_config', 'x'])).toBe('gateway.apply_config');
    expect(() => toolOf(['./-odd'])).toThrow(expect.objectContaining({ code: 'cli.usage' }));
    expect(() => toolOf([])).toThrow(expect.objectContaining({ code: 'cli.usage' }));
  });
});
