import { join } from 'node:path';
import { signEvidence } from '../client/index.ts';
import type { Envelope } from '../core/canon/index.ts';
import { timestamp } from '../core/domain/vocabulary.ts';
import {
  type BuiltEvidence,
  factsIn,
  missingArtifacts,
  referencesOf,
  writeArtifacts,
} from '../examples/evidence/index.ts';
import { expectEqual } from './expect.ts';
import type { DemoHouse } from './house.ts';
import { shown, step } from './print.ts';

const VALID_MS = 6 * 3600 * 1000;

/** Puts the packet's files where they can be looked at, checks that each is there, and has its author vouch for it. */
export function vouch(house: DemoHouse, evidence: BuiltEvidence): Envelope {
  const folder = join(house.out, 'artifacts');
  writeArtifacts(folder, evidence.artifacts);
  expectEqual(
    'files that the evidence packet refers to and that are not there',
    missingArtifacts(folder, evidence.packet),
    [],
  );
  const author = house.cast.evidenceAuthor;
  const sections = Object.keys(evidence.packet.sections).length;
  step(
    `${author} vouches for the evidence packet: ${sections} sections, ${factsIn(evidence.packet)} facts, ` +
      `${referencesOf(evidence.packet).length} files by digest, all present below ${shown(folder)}`,
  );
  const validUntil = timestamp(Date.now() + VALID_MS);
  const content = { subject: evidence.candidate.digest, packet: evidence.digest, validUntil };
  return signEvidence(house.signer(author), content, house.surroundings).envelope;
}
