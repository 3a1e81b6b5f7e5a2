import { existsSync } from 'node:fs';
import { type Digest, digestBytes } from '../core/canon/index.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import type { Roster } from '../documents/roster.ts';
import { readRoster } from '../documents/roster-reader.ts';
import type { Config } from './config.ts';
import { canonical, readEndorsements } from './endorsed-file.ts';
import { readInput } from './files.ts';
import { emptyRoster } from './roster-draft.ts';

export interface RosterFile {
  readonly roster: Roster;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

/** @throws CliError `file.unreadable`; CanonError, DocumentError as `readRoster`. */
export function readRosterFile(path: string): RosterFile {
  const bytes = readInput(path);
  return { roster: readRoster(bytes), bytes, digest: digestBytes(bytes) };
}

/** The roster of a file, or an empty one where there is none yet; and whether it was published from here. */
export function loadRoster(
  path: string,
  { origin, tenant }: Config,
  at: Timestamp,
): RosterFile & { readonly published: boolean } {
  if (!existsSync(path)) {
    const roster = emptyRoster(origin, tenant, at);
    const bytes = canonical(roster);
    return { roster, bytes, digest: digestBytes(bytes), published: false };
  }
  const file = readRosterFile(path);
  return { ...file, published: readEndorsements(path, file.digest).published };
}
