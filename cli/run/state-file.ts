import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { canonicalBytes, type Digest, type Envelope, type JsonValue, readCanonical } from '../../core/canon/index.ts';
import { EXECUTION_RESULTS, type ExecutionResult, type Timestamp } from '../../core/domain/vocabulary.ts';
import { hasCode } from '../../core/errors.ts';
import { decisionId, digest, timestampText } from '../../documents/primitives.ts';
import { readShape } from '../../documents/read-document.ts';
import { readStatement } from '../../documents/statements.ts';
import { CliError } from '../errors.ts';
import { readInput, replaceFile } from '../files.ts';
import { toJson } from '../to-json.ts';

export const RUN_STATE_TYPE = 'application/vnd.countersign.run-state.v1+json';

/** What this machine has done about one decision. Each member, once written, stays. */
export interface RunState {
  readonly decisionId: string;
  /** Digest of the command's words: another command is another run. */
  readonly command: Digest;
  /** Written before it is sent, so that after a lost answer the same claim is sent again. */
  readonly claim: Envelope;
  /** Written before the command is started: from then on it is never started again. */
  readonly started: Started | null;
  /** Written before it is sent. */
  readonly receipt: Envelope | null;
  /** What the receipt says. */
  readonly result: ExecutionResult | null;
  readonly acknowledged: boolean;
}

export interface Started {
  readonly at: Timestamp;
  readonly permit: Digest;
  readonly subject: Digest;
  readonly target: string;
  readonly tool: string;
}

const schema = z.strictObject({
  _type: z.literal(RUN_STATE_TYPE),
  decision_id: decisionId,
  command: digest,
  claim: z.unknown(),
  started: z
    .strictObject({
      at: timestampText,
      permit: digest,
      subject: digest,
      target: z.string().max(200),
      tool: z.string().max(200),
    })
    .nullable(),
  receipt: z.unknown(),
  result: z.enum(EXECUTION_RESULTS).nullable(),
  acknowledged: z.boolean(),
});

/** Where a run keeps what it has done, in memory for tests and in a file for people. */
export interface RunStates {
  load(): RunState | null;
  /** Returns when the state would survive a crash. */
  save(state: RunState): void;
  /** Forgets a claim that was refused: the next run makes a new one. */
  forget(): void;
}

/** One file a decision, mode 0600, replaced whole. */
export function runStates(folder: string, decision: string): RunStates {
  const path = join(folder, `${decision}.json`);
  return {
    load() {
      return existsSync(path) ? readState(path) : null;
    },
    save(state) {
      replaceFile(path, canonicalBytes(asJson(state)), 0o600);
    },
    forget() {
      rmSync(path, { force: true });
    },
  };
}

/**
 * The clearance pack of a decision, kept beside its state: whoever has to go back before the decision is sealed has it
 * at hand where the service is away.
 */
export function keepClearance(folder: string, decision: string, pack: Uint8Array): void {
  replaceFile(join(folder, `${decision}.clearance.json`), pack, 0o600);
}

/**
 * Keeps a second run of the same decision on this machine out while one is under way. A lock whose process is gone is
 * taken over: a crash must not need a hand. @throws CliError `run.in_progress`.
 */
export function lockRun(folder: string, decision: string): { release(): void } {
  const path = join(folder, `${decision}.lock`);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const file = openSync(path, 'wx', 0o600);
      writeSync(file, `${process.pid}\n`);
      closeSync(file);
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = Number(readFileSync(path, 'utf8').trim());
      if (isAlive(holder)) {
        const message = 'another run of this decision is under way on this machine';
        throw new CliError('run.in_progress', { message, path, expected: 'no other run', got: `process ${holder}` });
      }
      rmSync(path, { force: true });
    }
  }
  throw new CliError('run.in_progress', { message: 'another run of this decision began at the same moment', path });
}

function isAlive(pid: number): boolean {
  // A lock that is being written has no number yet; its writer is there.
  if (!Number.isSafeInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readState(path: string): RunState {
  try {
    const read = readShape(schema, readCanonical(readInput(path)));
    return {
      decisionId: read.decision_id,
      command: read.command as Digest,
      claim: readStatement(read.claim, 'claim', '$.claim').parsed.envelope,
      started: read.started as Started | null,
      receipt: read.receipt === null ? null : readStatement(read.receipt, 'receipt', '$.receipt').parsed.envelope,
      result: read.result,
      acknowledged: read.acknowledged,
    };
  } catch (error) {
    if (!hasCode(error) || error.code === 'file.unreadable') throw error;
    throw new CliError(
      'run.state',
      {
        message: `the state of this run cannot be read (${error.code} at ${error.path}); find out what ran before you remove it`,
        path,
        expected: error.expected,
        got: error.got,
      },
      { cause: error },
    );
  }
}

function asJson({ decisionId: id, command, claim, started, receipt, result, acknowledged }: RunState): JsonValue {
  return {
    _type: RUN_STATE_TYPE,
    decision_id: id,
    command,
    claim,
    started: toJson(started),
    receipt,
    result,
    acknowledged,
  };
}
