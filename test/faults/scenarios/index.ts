import type { Scenario } from '../scenario.ts';
import { messages, messagesAtFullScale } from './messages.ts';
import { mix } from './mix.ts';
import { temporalKilled } from './temporal-killed.ts';
import { temporalOlder } from './temporal-older.ts';
import { workerFrozen } from './worker-frozen.ts';

/** By name, for the test, the long run, and the planted faults. */
export const SCENARIOS: readonly Scenario[] = [
  workerFrozen,
  temporalKilled,
  temporalOlder,
  messages,
  messagesAtFullScale,
  mix,
];
