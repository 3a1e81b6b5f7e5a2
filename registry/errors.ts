import { CountersignError, type ErrorDetail } from '../core/errors.ts';

export const REGISTRY_ERROR_CODES = [
  /** Nothing of this kind was ever published for the tenant. */
  'registry.empty',
  /** The serial or version stands already, with another document: a version, once used, never changes (R26). */
  'registry.bound',
  /** The document does not follow the one in force, or another one follows it already. */
  'registry.succession',
  /** Another tenant or installation than the registry's. */
  'registry.tenant',
  /** What is in force is not endorsed any more as the trust file demands: a key or serial of it was withdrawn. */
  'registry.unendorsed',
  /** A standing or emergency freeze that says nothing now: it is over, or of the future. */
  'registry.silent',
  /** Somebody else than an integrity officer would lift a restriction. */
  'registry.officer',
] as const;
export type RegistryErrorCode = (typeof REGISTRY_ERROR_CODES)[number];

export class RegistryError extends CountersignError<RegistryErrorCode> {
  constructor(code: RegistryErrorCode, detail: ErrorDetail, options?: { cause?: unknown }) {
    super(code, detail, options);
    this.name = 'RegistryError';
  }
}
