import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DigestText } from '../../core/domain/vocabulary.ts';
import { PROJECT_ROOT } from '../../scripts/servers/index.ts';
import { type OperationOutcome, outcomeOfError } from './outcome.ts';

export const OPERATION_KINDS = ['open', 'approve', 'reject', 'cancel', 'claim', 'confirm', 'export'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

/** By the client's Update, which is answered, or by a signal, which is not. */
export const CHANNELS = ['update', 'signal', 'read'] as const;
export type Channel = (typeof CHANNELS)[number];

export interface Invocation {
  /** Who acts; one operation at a time each. */
  readonly process: string;
  readonly kind: OperationKind;
  readonly channel: Channel;
  /** Decision id. */
  readonly decision: string;
  /** Digest of the statement that is sent; null where none is. */
  readonly statement: DigestText | null;
}

/** What an `ok` answer says to stand in a chain. */
export interface Acknowledged {
  /** The decision, or the addendum that the statement opened. */
  readonly chain: string;
  readonly sequence: number;
  /** Integrity hash of the event at that sequence. */
  readonly event: DigestText;
  /** Null with an opening, whose answer names the head it found. */
  readonly statement: DigestText | null;
  readonly verdict: 'accepted' | 'refused';
}

/** What an `ok` of the operation brought. */
export interface Answer {
  readonly acknowledged: Acknowledged | null;
  /** The service's own code, with a refusal that is on record. */
  readonly code: string | null;
  /** Digest of the sealed pack's bytes, with an export. */
  readonly pack: DigestText | null;
}

export interface Operation extends Invocation {
  readonly index: number;
  /** Milliseconds since the recorder began, by the monotonic clock. */
  readonly invokedAtMs: number;
  /** Null while it is in flight. */
  readonly completedAtMs: number | null;
  /** An operation that was never completed is `unknown`. */
  readonly outcome: OperationOutcome;
  readonly code: string | null;
  readonly detail: string;
  readonly acknowledged: Acknowledged | null;
  readonly pack: DigestText | null;
}

export interface Recorder {
  readonly seed: number;
  /** The history as JSON lines: one when an operation is invoked, one when it is completed. */
  readonly file: string;
  readonly operations: readonly Operation[];
  /** Runs one operation and records how it went; gives its value, or undefined where it did not get one. */
  run<T>(invocation: Invocation, call: () => Promise<T>, answered: (value: T) => Answer): Promise<T | undefined>;
  /** A line of its own: a fault that begins or ends, a seed, whatever makes the history readable. */
  note(what: string, detail?: Readonly<Record<string, unknown>>): void;
}

export const NOTHING: Answer = { acknowledged: null, code: null, pack: null };

export interface RecorderOptions {
  /** Of the scenario; part of the file's name. */
  readonly name: string;
  readonly seed: number;
  readonly directory?: string;
}

const HISTORIES = join(PROJECT_ROOT, '.countersign', 'faults');

export function createRecorder({ name, seed, directory = HISTORIES }: RecorderOptions): Recorder {
  const began = performance.now();
  const elapsedMs = (): number => Math.round(performance.now() - began);
  const file = join(directory, `${name}-${seed}-${process.pid}.jsonl`);
  const operations: Operation[] = [];
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  // Written at once and synchronously: a run that dies has its history up to there.
  const write = (line: object): void => appendFileSync(file, `${JSON.stringify(line)}\n`);

  const recorder: Recorder = {
    seed,
    file,
    operations,
    async run(invocation, call, answered) {
      const index = operations.length;
      const invoked: Operation = {
        index,
        ...invocation,
        invokedAtMs: elapsedMs(),
        completedAtMs: null,
        outcome: 'unknown',
        code: null,
        detail: 'in flight',
        acknowledged: null,
        pack: null,
      };
      operations.push(invoked);
      write({ type: 'invoke', ...invocation, index, at: invoked.invokedAtMs });
      const complete = (how: Pick<Operation, 'outcome' | 'code' | 'detail' | 'acknowledged' | 'pack'>): void => {
        const completedAtMs = elapsedMs();
        operations[index] = { ...invoked, completedAtMs, ...how };
        write({ type: how.outcome, index, at: completedAtMs, ...how });
      };
      try {
        const value = await call();
        complete({ outcome: 'ok', detail: '', ...answered(value) });
        return value;
      } catch (error) {
        complete({ ...outcomeOfError(error), acknowledged: null, pack: null });
        return undefined;
      }
    },
    note: (what, detail = {}) => write({ type: 'note', what, at: elapsedMs(), ...detail }),
  };
  recorder.note('begin', { name, seed });
  return recorder;
}

/** The operations of a history on disk; what was in flight when its run died is `unknown`. */
export function readHistory(file: string): readonly Operation[] {
  const operations: Operation[] = [];
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    if (text === '') continue;
    const line = JSON.parse(text) as { type: string; index: number; at: number } & Operation;
    const { type, at, ...rest } = line;
    if (type === 'invoke') {
      const open = { invokedAtMs: at, completedAtMs: null, outcome: 'unknown', code: null } as const;
      operations[line.index] = { ...rest, ...open, detail: 'in flight', acknowledged: null, pack: null };
    } else if (type !== 'note') {
      operations[line.index] = { ...operations[line.index]!, ...rest, completedAtMs: at };
    }
  }
  return operations;
}
