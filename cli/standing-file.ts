import { type Digest, digestBytes } from '../core/canon/index.ts';
import { readStanding, type Standing } from '../documents/standing.ts';
import { readInput } from './files.ts';
import { scopeText } from './freeze-file.ts';

export interface StandingFile {
  readonly standing: Standing;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

/** @throws CliError `file.unreadable`; CanonError, DocumentError as `readStanding`. */
export function readStandingFile(path: string): StandingFile {
  const bytes = readInput(path);
  return { standing: readStanding(bytes), bytes, digest: digestBytes(bytes) };
}

/** What it says, for people. */
export function standingLines({ standing, digest }: Omit<StandingFile, 'bytes'>): readonly string[] {
  const { serial, issued_at, not_after, policy, roster } = standing;
  return [
    `standing ${digest}`,
    `serial   ${serial}, issued ${issued_at}, speaks until ${not_after}`,
    `policy   serial ${policy.serial} ${policy.digest}`,
    ...standing.accepted_policies.map((each) => `accepts  decisions under ${each}`),
    `roster   serial ${roster.serial} ${roster.digest}`,
    ...standing.revoked_keys.map((each) => `revoked  key ${each}`),
    ...standing.revoked_digests.map((each) => `revoked  ${each}`),
    ...standing.freezes.map(
      (each) =>
        `freeze   ${each.id}: ${scopeText(each)}; from ${each.from}${each.until === null ? '' : ` until ${each.until}`}`,
    ),
    ...standing.lifted_freezes.map((each) => `lifted   ${each}`),
    ...(standing.recovery ?? []).flatMap(({ incident, until, releases }) =>
      releases.map(({ candidate, target }) => `recovery ${incident}: ${candidate} to ${target}; until ${until}`),
    ),
  ];
}
