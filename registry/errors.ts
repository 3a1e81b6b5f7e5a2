import { CountersignError, type ErrorDetail } from '../core/errors.ts';
import { SUCCESSION_REFUSALS, type SuccessionRefusalCode } from '../evaluation/index.ts';

const SUCCESSION_CODES = Object.keys(SUCCESSION_REFUSALS) as readonly SuccessionRefusalCode[];

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
  /** The policy in force was not decided on as the one before it asks. */
  'registry.undecided',
  /** The policy before asks for a decision, and none was named. */
  'succession.missing',
  /** A decision was named, and nothing asks for one. */
  'succession.unasked',
  /** The decision's pack does not hold under the trust file. */
  'succession.unproven',
  ...SUCCESSION_CODES,
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
