import { CountersignError, type ErrorDetail } from '../core/errors.ts';

/** Every code that the command line adds to those of the rooms it calls. */
export const CLI_ERROR_CODES = [
  /** A fault of this program: what was thrown carries no code. */
  'internal',
  /** Unknown command, missing or contradictory options. */
  'cli.usage',
  /** No configuration was found, or it is not of its shape. */
  'config.missing',
  'config.malformed',
  /** A file is not there, cannot be read, or is there although it must not be overwritten. */
  'file.unreadable',
  'file.exists',
  'file.unwritable',
  /** A private key that others may read, or that is none. */
  'key.permissions',
  'key.unreadable',
  /** The roster has no such actor, or has one already. */
  'roster.unknown_actor',
  'roster.actor_exists',
  'roster.unknown_key',
  /** The trust file does not name the key that is to endorse. */
  'endorsement.foreign_key',
  /** Nothing that could be verified stands at the path. */
  'verify.nothing',
  /** The abort rules give no answer: a pack that does not hold, or under which nothing went out, or without a plan. */
  'abort.pack',
  'abort.nothing_released',
  'abort.no_plan',
  /** An observation of something else, or of another time. */
  'abort.other_candidate',
  'abort.stale',
  /** Another `run` of the same decision is under way on this machine. */
  'run.in_progress',
  /** The state file of a run is not what this program wrote, or is of another command. */
  'run.state',
  'run.claim_refused',
  'run.clearance',
  /** A freeze, or a standing that the executor was given, stops what was cleared. */
  'run.stopped',
  'run.not_executed',
  'run.receipt_refused',
  /** The pack does not prove that this executor may go back to this; nothing was run. */
  'backout.refused',
  /** The command could not be started: nothing ran. */
  'backout.not_started',
  /** The record of a backout is not what this program wrote. */
  'backout.record',
  /** The manifest of a capture would be written into what it captures. */
  'incident.inside',
  /** Nobody whom the roster knows has signed exactly this capture. */
  'incident.unsigned',
  /** The log of a witness is not what it wrote, entry after entry. */
  'witness.log',
  /** A head that does not go beyond what was signed. */
  'witness.backwards',
  /** The witness has signed nothing of the decision. */
  'witness.unseen',
] as const;
export type CliErrorCode = (typeof CLI_ERROR_CODES)[number];

export class CliError extends CountersignError<CliErrorCode> {
  constructor(code: CliErrorCode, detail: ErrorDetail, options?: { cause?: unknown }) {
    super(code, detail, options);
    this.name = 'CliError';
  }
}

export function usage(message: string, detail: Omit<ErrorDetail, 'message'> = {}): CliError {
  return new CliError('cli.usage', { message, ...detail });
}
