import { parseDigest } from '../core/canon/index.ts';
import { type EvidencePacket, readEvidencePacket } from '../documents/index.ts';
import type { DocumentStore } from '../store/index.ts';

/** A decision reads its packet when it is admitted, evaluated and claimed; to parse one of 16 KiB costs 0.8 ms. */
const HELD = { packets: 64, bytesEach: 256 * 1024 };

const LATELY = new WeakMap<DocumentStore, Map<string, EvidencePacket>>();

/**
 * A packet by digest, read strictly. A digest names its bytes for ever, so one that was read stays read; a few are held.
 *
 * @throws StoreError `store.not_found`, …; DocumentError, CanonError as `readEvidencePacket`
 */
export async function loadPacket(store: DocumentStore, digest: string): Promise<EvidencePacket> {
  const held = LATELY.get(store) ?? new Map<string, EvidencePacket>();
  LATELY.set(store, held);
  const known = held.get(digest);
  if (known !== undefined) {
    held.delete(digest);
    held.set(digest, known);
    return known;
  }
  const bytes = await store.get(parseDigest(digest));
  const packet = readEvidencePacket(bytes);
  if (bytes.length > HELD.bytesEach) return packet;
  held.set(digest, packet);
  const [oldest] = held.keys();
  if (held.size > HELD.packets && oldest !== undefined) held.delete(oldest);
  return packet;
}
