import { hasCode } from '../core/errors.ts';

/** What the process ends with. The whole table, for scripts and for docs/cli.md. */
export const EXIT = {
  /** It holds, or was accepted, or was done. */
  ok: 0,
  /** It does not hold, or was refused. */
  refused: 1,
  /** It could not be read, or the command was used wrongly. */
  unusable: 2,
  /** A server cannot be reached. */
  unreachable: 3,
  /** What was waited for did not come in time. */
  timeout: 4,
  /** What an observed release has to do (R85): abort at once, carry less traffic or abort, pause until somebody has looked. */
  abort: 10,
  reduce: 11,
  pause: 12,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const UNREACHABLE: ReadonlySet<string> = new Set([
  'temporal.unreachable',
  'temporal.refused',
  'worker.silent',
  'ledger.unavailable',
]);
const TIMEOUT: ReadonlySet<string> = new Set(['wait.timeout']);
/** Read and understood, and the answer is no. */
const REFUSED: ReadonlySet<string> = new Set([
  'abort.pack',
  'abort.nothing_released',
  'abort.no_plan',
  'approval.no_role',
  'approval.none_lives',
  'acknowledgement.mismatch',
  'backout.not_started',
  'backout.refused',
  'backup.damaged',
  'backup.manifest',
  'decision.conflict',
  'decision.interrupted',
  'decision.not_routed',
  'decision.not_sealed',
  'decision.open',
  'incident.unsigned',
  'condition.none',
  'delegation.none',
  'delegation.not_allowed',
  'delegation.role',
  'operation.no_role',
  'operation.not_allowed',
  'override.none',
  'reassignment.which_role',
  'registry.bound',
  'registry.officer',
  'registry.succession',
  'request.refused',
  'restore.differs',
  'restore.incomplete',
  'restore.not_empty',
  'run.claim_refused',
  'run.clearance',
  'run.in_progress',
  'run.not_executed',
  'run.receipt_refused',
  'run.stopped',
  'succession.candidate',
  'succession.missing',
  'succession.outcome',
  'succession.place',
  'succession.policy',
  'succession.tenant',
  'succession.unasked',
  'succession.unproven',
  'submit.answer',
  'submit.discarded',
  'witness.backwards',
  'witness.log',
  'witness.unseen',
]);

/** Exit code of an error; what carries no code of ours is a fault of this program and counts as unusable. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!hasCode(error)) return EXIT.unusable;
  if (UNREACHABLE.has(error.code)) return EXIT.unreachable;
  if (TIMEOUT.has(error.code)) return EXIT.timeout;
  return REFUSED.has(error.code) ? EXIT.refused : EXIT.unusable;
}
