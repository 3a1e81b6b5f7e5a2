import { canonicalBytes, readJson } from '../core/canon/index.ts';
import { demandEvidence, type EvidencePacket, readEvidencePacket } from '../documents/evidence.ts';
import type { EvidenceCheck, Policy } from '../documents/policy.ts';
import { usage } from './errors.ts';
import { readInput } from './files.ts';

/** An author's packet in its canonical form, read strictly. @throws CliError, CanonError, DocumentError. */
export function packetOf(path: string): { readonly bytes: Uint8Array; readonly packet: EvidencePacket } {
  const bytes = canonicalBytes(readJson(readInput(path)));
  return { bytes, packet: readEvidencePacket(bytes) };
}

/**
 * @returns what of the evidence the action has read.
 * @throws CliError `cli.usage` for an unknown action; DocumentError `evidence.incomplete` with all that is missing.
 */
export function checkAction(policy: Policy, action: string, packet: EvidencePacket): readonly EvidenceCheck[] {
  const found = policy.actions.find(({ id }) => id === action);
  if (found === undefined) {
    throw usage('the policy knows no such action', {
      path: '--action',
      expected: policy.actions.map(({ id }) => id).join(', '),
      got: action,
    });
  }
  demandEvidence(packet, found.evidence, policy.times);
  return found.checks ?? [];
}
