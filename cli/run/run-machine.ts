import { basename } from 'node:path';
import { type Digest, digestJson, type Envelope, toHex } from '../../core/canon/index.ts';
import type { ExecutionResult, Timestamp } from '../../core/domain/vocabulary.ts';
import type { ReceiptContent, SignedStatement } from '../../client/statements.ts';
import type { Submitted } from '../../client/submit.ts';
import { readStatement } from '../../documents/statements.ts';
import { CliError } from '../errors.ts';
import type { RunState, RunStates, Started } from './state-file.ts';

/** What the executor's own verification of the clearance pack has shown. */
export interface VerifiedClearance {
  /** Digest of the permit statement. */
  readonly permit: Digest;
  readonly claim: Digest;
  /** Digest of what was approved. */
  readonly subject: Digest;
  readonly target: string;
  readonly notAfter: Timestamp;
  /** What stops it all the same by the executor's own word of governance; null where nothing does. */
  readonly stop: string | null;
}

/** How the command ended. */
export interface Ended {
  /** False where nothing was started: no such program, no permission. */
  readonly started: boolean;
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
}

/** Everything that a run does to the world. */
export interface RunPorts {
  readonly states: RunStates;
  prepareClaim(): Promise<SignedStatement>;
  prepareReceipt(content: ReceiptContent): SignedStatement;
  /** Submits, and holds the acknowledgement against the executor's trust file. */
  submit(envelope: Envelope): Promise<Submitted>;
  /** Fetches the clearance pack and verifies it with the executor's own trust file. @throws CliError `run.clearance`. */
  verifyClearance(clearance: Digest): Promise<VerifiedClearance>;
  measure(): Promise<Digest>;
  execute(): Promise<Ended>;
  now(): Timestamp;
  random(bytes: number): Uint8Array;
}

export interface RunRequest {
  readonly decisionId: string;
  readonly words: readonly string[];
  /** Name for the receipt; the command's own unless given. */
  readonly tool?: string;
  /** Signs a receipt that nothing was executed, and executes nothing. */
  readonly abandon?: boolean;
}

export interface RunOutcome {
  readonly result: ExecutionResult;
  readonly exitCode: number | null;
  readonly receipt: Digest;
  /** False where an earlier run had executed already, and only its receipt was sent. */
  readonly executedNow: boolean;
  readonly submitted: Submitted | null;
}

/**
 * Claims, verifies, measures, executes, confirms. The state is on disk before each step that cannot be taken back, so
 * that a run after a crash or a lost answer goes on where the first one stopped, and the command is started at most once:
 *
 * | state found                 | what the next run does                                         |
 * |-----------------------------|----------------------------------------------------------------|
 * | none                        | signs a claim, keeps it, sends it                              |
 * | claim                       | sends the same claim                                           |
 * | started, no receipt         | signs a receipt `unknown`, keeps it, sends it; executes nothing |
 * | receipt                     | sends the same receipt; executes nothing                       |
 * | receipt, acknowledged       | sends nothing, executes nothing                                |
 *
 * @throws CliError `run.*`; whatever the ports throw, the state being kept.
 */
export async function run(ports: RunPorts, request: RunRequest): Promise<RunOutcome> {
  const command = digestJson([...request.words]);
  const standing = ports.states.load();
  if (standing !== null) refuseOther(standing, request, command);
  if (standing?.receipt) return confirm(ports, standing, null, false);
  if (standing?.started) {
    // Started, and then this program died: whether and how the command ended, nobody here can say.
    const lost = standing.started;
    return settle(ports, standing, lost, {
      result: 'unknown',
      exitCode: null,
      executedNow: false,
      finishedAt: ports.now(),
    });
  }

  const state = standing ?? (await claim(ports, request, command));
  const clearance = await cleared(ports, state);
  const verified = await ports.verifyClearance(clearance);
  const tool = request.tool ?? toolOf(request.words);
  const { permit, target } = verified;
  const startedAt = (at: Timestamp): Omit<Started, 'subject'> => ({ at, permit, target, tool });
  refuseForeign(state, verified);
  if (request.abandon === true)
    return refuse(ports, state, { ...startedAt(ports.now()), subject: null }, 'given up by its executor');
  const ended = endedBy(verified, ports.now(), request);
  if (ended !== null) return refuse(ports, state, { ...startedAt(ended.at), subject: null }, ended.why);
  const subject = await ports.measure();
  // A measurement may take long: clock and governance are asked once more, just before anything runs.
  const verifiedAgain = await ports.verifyClearance(clearance);
  // One reading: what is still in time here is what the receipt will swear to.
  const at = ports.now();
  const again = endedBy(verifiedAgain, at, request);
  if (again !== null) return refuse(ports, state, { ...startedAt(again.at), subject }, again.why);
  const started = startedAt(at);
  if (subject !== verified.subject) {
    return refuse(
      ports,
      state,
      { ...started, subject },
      `the subject is not what was approved: ${verified.subject} was, this is ${subject}`,
    );
  }
  const begun: RunState = { ...state, started: { ...started, subject } };
  ports.states.save(begun);
  // Commit point. A crash from here on leaves `started` without a receipt, and nothing is executed a second time.
  const { started: ran, exitCode } = await ports.execute();
  const result: ExecutionResult = !ran ? 'not_executed' : exitCode === 0 ? 'success' : 'failure';
  return settle(ports, begun, { ...started, subject }, { result, exitCode, executedNow: ran, finishedAt: ports.now() });
}

/**
 * That the permit has ended, by the executor's own clock; null where it has not. It is dead at its very end (ruling 9).
 *
 * @throws CliError `run.stopped`: it stays cleared, and the same run may be tried again once the freeze is lifted, or be
 *   given up with --abandon
 */
function endedBy(
  { stop, notAfter }: VerifiedClearance,
  at: Timestamp,
  { decisionId }: RunRequest,
): { readonly at: Timestamp; readonly why: string } | null {
  if (at >= notAfter) return { at, why: `the permit ended at ${notAfter}, and it is ${at}` };
  if (stop === null) return null;
  throw new CliError('run.stopped', {
    message: `nothing was executed: ${stop}`,
    path: decisionId,
    expected: 'nothing that stops it',
    got: stop,
  });
}

async function claim(ports: RunPorts, { decisionId }: RunRequest, command: Digest): Promise<RunState> {
  const { envelope } = await ports.prepareClaim();
  const state: RunState = {
    decisionId,
    command,
    claim: envelope,
    started: null,
    receipt: null,
    result: null,
    acknowledged: false,
  };
  ports.states.save(state);
  return state;
}

/** Digest of the clearance pack that answers the claim; a claim that was refused is forgotten, and may be made anew. */
async function cleared(ports: RunPorts, state: RunState): Promise<Digest> {
  let submitted: Submitted;
  try {
    submitted = await ports.submit(state.claim);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'submit.discarded') ports.states.forget();
    throw error;
  }
  const { clearance, code, verdict } = submitted;
  if (verdict === 'accepted' && clearance !== null) return clearance as Digest;
  ports.states.forget();
  throw new CliError('run.claim_refused', {
    message: 'the claim was refused, so nothing was executed',
    path: state.decisionId,
    expected: 'a clearance',
    got: code ?? 'no clearance pack',
  });
}

/** The permit is bound to the claim (R69): another claim's permit clears nothing here. */
function refuseForeign({ claim: envelope, decisionId }: RunState, verified: VerifiedClearance): void {
  const own = readStatement(envelope, 'claim').digest;
  if (verified.claim === own) return;
  const message = 'the permit was given for another claim';
  throw new CliError('run.clearance', { message, path: decisionId, expected: own, got: verified.claim });
}

type Refused = Omit<Started, 'subject'> & { readonly subject: Digest | null };

/** The executor refuses, and swears that nothing ran. */
async function refuse(ports: RunPorts, state: RunState, at: Refused, why: string): Promise<RunOutcome> {
  await settle(ports, state, at, {
    result: 'not_executed',
    exitCode: null,
    executedNow: false,
    finishedAt: ports.now(),
  });
  throw new CliError('run.not_executed', {
    message: `nothing was executed, and a receipt says so: ${why}`,
    path: state.decisionId,
  });
}

interface Account {
  readonly result: ExecutionResult;
  readonly exitCode: number | null;
  readonly executedNow: boolean;
  readonly finishedAt: Timestamp;
}

/** Signs the receipt, keeps it, and only then sends it. */
async function settle(ports: RunPorts, state: RunState, started: Refused, account: Account): Promise<RunOutcome> {
  const { decisionId, command, claim: envelope } = state;
  const { result, exitCode, executedNow, finishedAt } = account;
  const { envelope: receipt } = ports.prepareReceipt({
    decision_id: decisionId,
    receipt_id: `rcpt-${toHex(ports.random(8))}`,
    claim: readStatement(envelope, 'claim').digest,
    permit: started.permit,
    subject: started.subject,
    tool: started.tool,
    target: started.target,
    command,
    started_at: started.at,
    // A clock that was stepped back meanwhile must not make a receipt that nobody can read.
    finished_at: finishedAt < started.at ? started.at : finishedAt,
    result,
    exit_code: exitCode,
  });
  const kept: RunState = { ...state, receipt, result };
  ports.states.save(kept);
  return confirm(ports, kept, exitCode, executedNow);
}

async function confirm(
  ports: RunPorts,
  state: RunState,
  exitCode: number | null,
  executedNow: boolean,
): Promise<RunOutcome> {
  const { receipt, result, decisionId } = state;
  if (receipt === null || result === null) throw new TypeError(`the run of ${decisionId} has no receipt to send`);
  const { digest, statement } = readStatement(receipt, 'receipt');
  const done = { result, exitCode: exitCode ?? statement.exit_code, receipt: digest, executedNow };
  if (state.acknowledged) return { ...done, submitted: null };
  const submitted = await ports.submit(receipt);
  if (submitted.verdict === 'refused' && submitted.addendum === null) {
    throw new CliError('run.receipt_refused', {
      message: 'the receipt was refused; it is kept, and sent again by the next run',
      path: decisionId,
      expected: 'an acknowledged receipt',
      got: submitted.code ?? '',
    });
  }
  ports.states.save({ ...state, acknowledged: true });
  return { ...done, submitted };
}

function refuseOther(state: RunState, { decisionId }: RunRequest, command: Digest): void {
  if (state.decisionId === decisionId && state.command === command) return;
  throw new CliError('run.state', {
    message: 'a run of this decision was begun with another command; repeat that one',
    path: decisionId,
    expected: state.command,
    got: command,
  });
}

/** The name by which a receipt calls what ran. @throws CliError `cli.usage` where the command has no usable name. */
export function toolOf(words: readonly string[]): string {
  const name = basename(words[0] ?? '');
  if (/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/.test(name)) return name;
  throw new CliError('cli.usage', {
    message: 'name the tool with --tool: the command has no name that a receipt can bear',
    path: '--tool',
    got: name,
  });
}
