import { canonicalBytes } from '../../core/canon/index.ts';
import type { EvidenceReference } from '../../core/domain/statements.ts';
import { hasCode } from '../../core/errors.ts';
import { type EvidencePacket, readEvidencePacket } from '../../documents/index.ts';
import type { PackCore } from '../../pack/index.ts';

/** Also of a decision that ended before anybody evaluated it; null where it is not there, or is no packet. */
export function packetIn({ documents }: PackCore, { packet }: EvidenceReference): EvidencePacket | null {
  try {
    return readEvidencePacket(canonicalBytes(documents[packet]?.content ?? null));
  } catch (error) {
    if (hasCode(error)) return null;
    throw error;
  }
}
