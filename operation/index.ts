export { type ArchivedDecision, archive, type Archiving } from './archive.ts';
export { type Backup, backUp } from './backup.ts';
export { OPERATION_ERROR_CODES, OperationError, type OperationErrorCode } from './errors.ts';
export type { Holdings } from './holdings.ts';
export { BACKUP_TYPE, type Manifest } from './manifest.ts';
export { type RestoreOptions, restore } from './restore.ts';
export { type UnfinishedDecision, unfinished } from './unfinished.ts';
