import type { RecoveryPlan } from '../documents/standing.ts';
import { usage } from './errors.ts';

export interface RecoveryOptions {
  readonly recovery?: string;
  readonly release?: readonly string[];
  readonly recoveryUntil?: string;
}

/**
 * What the options say; what is no digest, target or time is refused with the whole document.
 *
 * @throws CliError `cli.usage`
 */
export function recoveryPlan({ recovery, release, recoveryUntil }: RecoveryOptions): readonly RecoveryPlan[] {
  if (recovery === undefined && release === undefined && recoveryUntil === undefined) return [];
  if (recovery === undefined || release === undefined || recoveryUntil === undefined)
    throw usage('--recovery, --release and --recovery-until belong together', { path: '--recovery' });
  const releases = release.map((text) => {
    const at = text.indexOf('=');
    if (at === -1) throw usage('a release is a digest, "=" and a target', { path: '--release', got: text });
    return { candidate: text.slice(0, at), target: text.slice(at + 1) };
  });
  return [{ incident: recovery, releases, until: recoveryUntil }];
}
