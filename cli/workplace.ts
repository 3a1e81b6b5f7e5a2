import type { Timestamp } from '../core/domain/vocabulary.ts';
import { timestamp } from '../core/domain/vocabulary.ts';
import { readTrustFile, type TrustFile } from '../documents/trust-reader.ts';
import { readInput } from './files.ts';

/** The caller's own clock: what approvers and executors judge expiry by. */
export function now(): Timestamp {
  return timestamp(Date.now());
}

export function readTrust(path: string): TrustFile {
  return readTrustFile(readInput(path));
}
