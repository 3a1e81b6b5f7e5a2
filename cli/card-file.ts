import type { Timestamp } from '../core/domain/vocabulary.ts';
import { readEnvelope, readJson } from '../core/canon/index.ts';
import { authenticate } from '../documents/authenticate.ts';
import { refuseTogether } from '../documents/errors.ts';
import { checkCard } from '../documents/evaluation-card.ts';
import type { EvidencePacket } from '../documents/evidence.ts';
import { indexRoster } from '../documents/roster-reader.ts';
import { type ReadStatement, readStatement } from '../documents/statements.ts';
import { readInput } from './files.ts';
import { readRosterFile } from './roster-file.ts';

/** @throws CliError `file.unreadable`; CanonError, DocumentError as `readStatement`. */
export function readCardFile(path: string): ReadStatement<'evaluation'> {
  return readStatement(readEnvelope(readJson(readInput(path))).envelope, 'evaluation');
}

export interface CheckedCard {
  /** The one to be decided under; the card's own unless given. */
  readonly policy?: { readonly version: string; readonly digest: string } | undefined;
  /** File of the roster whose key has to have signed it; nobody's signature is verified unless given. */
  readonly roster?: string | undefined;
  readonly at: Timestamp;
}

/** Holds a packet to the card in a file. @throws DocumentError as `checkCard` and `authenticate`. */
export function checkCardFile(
  packet: EvidencePacket,
  path: string,
  { policy, roster, at }: CheckedCard,
): ReadStatement<'evaluation'> {
  const read = readCardFile(path);
  refuseTogether([
    () => checkCard({ checks: ['evaluation'], packet, policy: policy ?? read.statement.policy }, read),
    () => {
      if (roster === undefined) return;
      const { origin, tenant } = packet;
      authenticate(read, indexRoster(readRosterFile(roster).roster), { origin, tenant, at });
    },
  ]);
  return read;
}
