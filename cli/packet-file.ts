import { canonicalBytes, readJson } from '../core/canon/index.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { refuseTogether } from '../documents/errors.ts';
import {
  checkEvidencePacket,
  demandEvidence,
  type EvidencePacket,
  parseEvidencePacket,
} from '../documents/evidence.ts';
import { demandFresh } from '../documents/freshness.ts';
import type { Policy, PolicyAction } from '../documents/policy.ts';
import { usage } from './errors.ts';
import { readInput } from './files.ts';

/** An author's packet in its canonical form, read strictly. @throws CliError, CanonError, DocumentError. */
export function packetOf(path: string): PacketFile {
  const read = parsedPacketOf(path);
  checkEvidencePacket(read.packet);
  return read;
}

/** One that is held to itself together with what is asked of it. @throws CliError, CanonError, DocumentError for its form. */
export function parsedPacketOf(path: string): PacketFile {
  const bytes = canonicalBytes(readJson(readInput(path)));
  return { bytes, packet: parseEvidencePacket(bytes) };
}

interface PacketFile {
  readonly bytes: Uint8Array;
  readonly packet: EvidencePacket;
}

/** @throws CliError `cli.usage` for an unknown action. */
export function actionOf(policy: Policy, action: string): PolicyAction {
  const found = policy.actions.find(({ id }) => id === action);
  if (found === undefined) {
    throw usage('the policy knows no such action', {
      path: '--action',
      expected: policy.actions.map(({ id }) => id).join(', '),
      got: action,
    });
  }
  return found;
}

/** @throws DocumentError `evidence.incomplete` and `evidence.stale` with all that is missing, or too old at `at`. */
export function checkDemanded(packet: EvidencePacket, action: PolicyAction, { times }: Policy, at: Timestamp): void {
  refuseTogether([
    () => demandEvidence(packet, action.evidence, times),
    () => demandFresh(packet, action.evidence, times, at),
  ]);
}
