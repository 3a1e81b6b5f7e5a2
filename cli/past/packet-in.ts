import { canonicalBytes } from '../../core/canon/index.ts';
import { hasCode } from '../../core/errors.ts';
import { type EvidencePacket, readEvidencePacket } from '../../documents/index.ts';
import { askedLast, type PackCore } from '../../pack/index.ts';

/**
 * The packet that a decision was evaluated from last; also of one that ended before anybody evaluated it. Null where it is
 * not there, or is no packet.
 */
export function packetIn({ events, documents }: PackCore): EvidencePacket | null {
  const packet = askedLast(events)?.evidence.packet ?? '';
  try {
    return readEvidencePacket(canonicalBytes(documents[packet]?.content ?? null));
  } catch (error) {
    if (hasCode(error)) return null;
    throw error;
  }
}
