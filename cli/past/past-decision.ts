import { canonicalBytes, fromBase64 } from '../../core/canon/index.ts';
import type { EndorsedReference } from '../../core/domain/events.ts';
import { readPolicy } from '../../documents/policy-reader.ts';
import {
  indexRoster,
  readEvidencePacket,
  readRoster,
  readStanding,
  readStatement,
  type StatementOf,
  withoutKeys,
} from '../../documents/index.ts';
import {
  DEEPEST,
  type EvaluationInput,
  type LinkedDecision,
  linkedDecision,
  NO_STANDING,
} from '../../evaluation/index.ts';
import { openStatement, packsBehind, type PackCore, readBundle } from '../../pack/index.ts';

/**
 * All that a packed decision was evaluated from. Null where it ended before anybody evaluated it.
 *
 * @param core of a pack that has been verified: that every digest leads to its document is taken for granted.
 */
export function pastDecision(core: PackCore): EvaluationInput | null {
  const { events } = core;
  const [requested] = events;
  const evaluated = events.find(({ event_type }) => event_type === 'policy.evaluated');
  const routed = events.find((event) => event.event_type === 'authority.routed');
  const denied = events.find((event) => event.event_type === 'decision.denied');
  const roster = routed?.roster ?? denied?.roster;
  const standing = routed?.standing ?? denied?.standing;
  if (requested?.event_type !== 'decision.requested' || evaluated?.event_type !== 'policy.evaluated' || !roster)
    return null;
  const { statement: request, digest: requestDigest } = readStatement(core.statements[requested.request], 'request');
  const content = (digest: string): Uint8Array => canonicalBytes(core.documents[digest]?.content ?? null);
  const rosterOf = ({ digest }: EndorsedReference) => indexRoster(readRoster(content(digest), { proofs: 'on_use' }));
  const revoked = standing ? readStanding(content(standing.digest)).revoked_keys : [];
  return {
    decisionId: core.decision_id,
    requestedAt: requested.timestamp,
    at: evaluated.timestamp,
    request,
    requestDigest,
    policy: { document: readPolicy(content(evaluated.policy.digest)), reference: evaluated.policy },
    openingRoster: rosterOf(requested.roster),
    roster: { index: withoutKeys(rosterOf(roster), revoked), reference: roster },
    // Which policies counted then is no question of what another policy would have decided.
    standing: NO_STANDING,
    packet: readEvidencePacket(content(request.evidence.packet)),
    packetDigest: request.evidence.packet,
    evidenceStatement: evidenceOf(core, request),
    manifests: new Map((routed?.manifests ?? denied?.manifests ?? []).map((digest) => [digest, content(digest)])),
    linked: linkedOf(core, request),
    resolved: routed?.resolved ?? denied?.resolved ?? [],
  };
}

function linkedOf({ packs = {} }: PackCore, { linked }: StatementOf<'request'>): LinkedDecision | null {
  const text = linked && packs[linked.pack];
  if (linked === undefined || text === undefined) return null;
  const bytes = fromBase64(text);
  const earlier = openStatement(readBundle(bytes).envelope.payload);
  const carried = { behind: packsBehind(earlier, DEEPEST), bytes: bytes.length };
  return linkedDecision(linked.pack, earlier.events, earlier.documents, carried);
}

function evidenceOf({ statements }: PackCore, { evidence }: StatementOf<'request'>): StatementOf<'evidence'> {
  return readStatement(statements[evidence.statement], 'evidence').statement;
}
