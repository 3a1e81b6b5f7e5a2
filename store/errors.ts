import { CountersignError } from '../core/errors.ts';

/** Every code the document store and the disclosure store answer with. */
export const STORE_ERROR_CODES = [
  /** No document of this digest stands. */
  'store.not_found',
  /** The stored bytes are not those of the digest. They are never handed out. */
  'store.digest_mismatch',
  /** Larger than the store takes or gives. */
  'store.too_large',
  /** The name given is no digest. */
  'store.bad_digest',
  /** A symbolic link, a directory or a device stands where a document or folder of the store belongs. */
  'store.not_a_file',
  /** The file system refused; `got` is its code (`ENOSPC`, `EACCES`, ...). */
  'store.unavailable',
  /** The disclosures given, or a stored file of them, cannot be read as such. */
  'store.bad_disclosures',
  /** The options given to the factory cannot work. */
  'store.configuration',
] as const;

export type StoreErrorCode = (typeof STORE_ERROR_CODES)[number];

export class StoreError extends CountersignError<StoreErrorCode> {
  override readonly name: string = 'StoreError';
}

export function tooLarge(path: string, maxBytes: number, got: number): StoreError {
  const message = 'the document is larger than this store takes';
  return new StoreError('store.too_large', { message, path, expected: `at most ${maxBytes} bytes`, got: `${got}` });
}
