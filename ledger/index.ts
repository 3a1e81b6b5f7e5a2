export { aclLine, ARCHIVIST_ACL_RULES, LEDGER_ACL_RULES, WITNESS_ACL_RULES } from './acl.ts';
export {
  LEDGER_ERROR_CODES,
  LedgerError,
  type LedgerErrorCode,
  UNAVAILABLE_REASONS,
  type UnavailableReason,
  type WriteOutcome,
} from './errors.ts';
export { type ChainReader, createChainReader, type FoundChain } from './chain-reader.ts';
export { CHAIN_DOCUMENT_TYPE, chainDocument, readChainDocument } from './chain-document.ts';
export { asDecisionEvents, asStoredEvents } from './decision-events.ts';
export { EMPTY_HEAD, headOf, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_EVENT_BYTES } from './entries.ts';
export { requireHealthy } from './health.ts';
export type {
  Appended,
  AppendResult,
  ArchivedChains,
  Archivist,
  Binding,
  Exists,
  Head,
  Ledger,
  LedgerCheck,
  LedgerCopy,
  LedgerHealth,
  SealedBatch,
  StandingBatch,
  StoredBatch,
  StoredEvent,
} from './ledger.ts';
export { createRedisArchivist, type RedisArchivistOptions } from './redis-archivist.ts';
export {
  createMemoryArchivist,
  createMemoryLedger,
  createMemoryStorage,
  type MemoryLedgerOptions,
  type MemoryStorage,
} from './memory-ledger.ts';
export { createRedisLedger, type RedisLedgerOptions, type RedisLedgerSource } from './redis-ledger.ts';
export type { SealingKeys } from './seal.ts';
export { readSealingKeys, SEALING_KEY_FILE } from './sealing-key-files.ts';
