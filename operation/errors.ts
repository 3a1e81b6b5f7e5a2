import { CountersignError } from '../core/errors.ts';

/** Every code that backup, restore and archive add to those of ledger and store. */
export const OPERATION_ERROR_CODES = [
  /** Something stands where the backup was to be written. */
  'backup.exists',
  /** The backup's manifest cannot be read, or is not the one that was expected. */
  'backup.manifest',
  /** A part of the backup is missing, or is not what the manifest says. Nothing was restored. */
  'backup.damaged',
  /** The backup names chains that were damaged, and so left out of it. Nothing was restored. */
  'restore.incomplete',
  /** The ledger that was to be restored into holds something already. */
  'restore.not_empty',
  /** What was written does not read back as the backup has it. */
  'restore.differs',
] as const;

export type OperationErrorCode = (typeof OPERATION_ERROR_CODES)[number];

export class OperationError extends CountersignError<OperationErrorCode> {
  override readonly name: string = 'OperationError';
}
