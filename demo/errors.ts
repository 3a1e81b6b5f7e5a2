import { CountersignError } from '../core/errors.ts';

/** Why the demo ends before its end, beyond what it meets on the way. */
export const DEMO_ERROR_CODES = [
  /** An option that it does not have, or a folder that it may not fill. */
  'demo.usage',
  /** Something did not go as the demo tells it. */
  'demo.unexpected',
  /** A signal stopped it. */
  'demo.interrupted',
] as const;
export type DemoErrorCode = (typeof DEMO_ERROR_CODES)[number];

export class DemoError<Code extends DemoErrorCode = DemoErrorCode> extends CountersignError<Code> {}
