import { CountersignError, type ErrorDetail } from '../core/errors.ts';

/** What measuring, and looking for what is to be measured, ends in beyond the codes of packages. */
export const RESOLVE_ERROR_CODES = [
  /** The system lets a file or folder not be read. */
  'file.unreadable',
  /** Nothing lies under this digest, or what lies there leads elsewhere. */
  'resolve.not_found',
  /** In the registry of lineages a package is its own ancestor. */
  'resolve.circular',
  /** It has more ancestors than are looked at. */
  'resolve.too_many',
  /** It is still being measured. */
  'resolve.measuring',
] as const;
export type ResolveErrorCode = (typeof RESOLVE_ERROR_CODES)[number];

export class ResolveError extends CountersignError<ResolveErrorCode> {
  constructor(code: ResolveErrorCode, detail: ErrorDetail) {
    super(code, detail);
    this.name = 'ResolveError';
  }
}
