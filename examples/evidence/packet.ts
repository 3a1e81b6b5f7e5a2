import { canonicalBytes, commit, type Digest, digestBytes, type Disclosure, toBase64 } from '../../core/canon/index.ts';
import type { Candidate } from '../../core/domain/statements.ts';
import type { EvidencePacket } from '../../documents/index.ts';
import type { Cast } from '../people.ts';
import type { Artifact } from './artifacts.ts';

/** What an evidence packet is built in. */
export interface Occasion {
  readonly origin: string;
  readonly tenant: string;
  readonly cast: Cast;
  /** RFC 3339 UTC with milliseconds; every time in the packet lies before it. */
  readonly at: string;
  /** Facts are the same for the same seed. */
  readonly seed: string;
  /** So many random bytes, for salts. */
  readonly random: (length: number) => Uint8Array;
}

/** A packet with the files it refers to and the texts behind its commitments. */
export interface BuiltEvidence {
  readonly candidate: Candidate;
  /** The file whose digest is the candidate's: what an executor measures. */
  readonly subject: Artifact;
  readonly creators: readonly string[];
  readonly packet: EvidencePacket;
  /** Canonical. */
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  /** Those of the files that a policy may have read: the candidate's manifest first, then its parents'. */
  readonly manifests: readonly Artifact[];
  readonly artifacts: readonly Artifact[];
  readonly disclosures: readonly Disclosure[];
}

export function finish(built: Omit<BuiltEvidence, 'bytes' | 'digest'>): BuiltEvidence {
  const bytes = canonicalBytes(built.packet);
  return { ...built, bytes, digest: digestBytes(bytes) };
}

/** So many minutes before the occasion. */
export function before({ at }: Pick<Occasion, 'at'>, minutes: number): string {
  return new Date(Date.parse(at) - minutes * 60_000).toISOString();
}

/** Commits to a free text of the packet. @param path in the packet */
export function committed(
  { random }: Pick<Occasion, 'random'>,
  path: string,
  value: string,
): { commitment: Digest; disclosure: Disclosure } {
  const disclosure = { salt: toBase64(random(32)), path, value };
  return { commitment: commit(disclosure), disclosure };
}

/** How many single facts a packet states: its leaves. */
export function factsIn(packet: EvidencePacket): number {
  const count = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? Object.values(value).reduce((sum: number, one) => sum + count(one), 0)
      : 1;
  return count(packet.sections);
}
