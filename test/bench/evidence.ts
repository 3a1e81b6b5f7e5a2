import type { OpenRequest } from '../../client/index.ts';
import { signEvidence } from '../../client/statements.ts';
import { canonicalBytes, digestBytes, digestJson, readCanonical } from '../../core/canon/index.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import type { EvidencePacket } from '../../documents/index.ts';
import { PEOPLE, type RunningHouse } from '../support/running-house.ts';

/** The house's request with an evidence packet of at least so many bytes: more failure slices, each a real one. */
export function requestWithEvidence(house: RunningHouse, key: string, bytes: number): OpenRequest {
  const request = house.request(key);
  const packet = readCanonical(request.packet) as unknown as EvidencePacket;
  const { evaluation } = packet.sections;
  const [slice] = evaluation?.failure_slices ?? [];
  if (!evaluation || !slice) throw new Error('the packet has no failure slice to repeat');
  const each = canonicalBytes(slice).length + 1;
  const more = Math.max(0, Math.ceil((bytes - request.packet.length) / each));
  const failure_slices = [
    ...(evaluation.failure_slices ?? []),
    ...Array.from({ length: more }, (_, i) => ({ ...slice, slice: `slice-${String(i).padStart(6, '0')}` })),
  ];
  const larger = canonicalBytes({
    ...packet,
    sections: { ...packet.sections, evaluation: { ...evaluation, failure_slices } },
  });
  const now = () => timestamp(Date.now());
  const author = house.signer(PEOPLE.author);
  const vouching = signEvidence(
    author,
    {
      subject: request.candidate.digest,
      packet: digestBytes(larger),
      validUntil: timestamp(Date.now() + 6 * 3_600_000),
    },
    {
      origin: house.trust.trust.origin,
      tenant: house.tenant,
      now,
      random: (length) => new Uint8Array(Buffer.from(digestJson([key, length]).slice(7, 7 + 2 * length), 'hex')),
    },
  );
  return { ...request, packet: larger, evidenceStatement: vouching.envelope };
}
