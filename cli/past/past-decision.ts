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
  admitCard,
  asAsked,
  DEEPEST,
  type EvaluationInput,
  givenWaivers,
  type LinkedDecision,
  linkedDecision,
  NO_STANDING,
} from '../../evaluation/index.ts';
import { askedLast, coreOf, type PackCore, packsBehind } from '../../pack/index.ts';
import { ancestryIn } from './ancestry-in.ts';

/**
 * All that a packed decision was evaluated from. Null where it ended before anybody evaluated it.
 *
 * @param core of a pack that has been verified: that every digest leads to its document is taken for granted.
 */
export function pastDecision(core: PackCore): EvaluationInput | null {
  const { events } = core;
  const [requested] = events;
  // Of several evaluations the last: what was decided in the end.
  const at = events.findLastIndex(({ event_type }) => event_type === 'policy.evaluated');
  const evaluated = events[at];
  const ending = events
    .slice(Math.max(0, at))
    .find((event) => event.event_type === 'authority.routed' || event.event_type === 'decision.denied');
  const asked = askedLast(events, at);
  const { roster, standing, manifests = [], card, resolved = [] } = ending ?? {};
  if (requested?.event_type !== 'decision.requested' || evaluated?.event_type !== 'policy.evaluated' || !roster)
    return null;
  const opened = readStatement(core.statements[requested.request], 'request');
  const { statement: request, digest: requestDigest } = asked === undefined ? opened : asAsked(opened, asked);
  const content = (digest: string): Uint8Array => canonicalBytes(core.documents[digest]?.content ?? null);
  const rosterOf = ({ digest }: EndorsedReference) => indexRoster(readRoster(content(digest), { proofs: 'on_use' }));
  const revoked = standing ? readStanding(content(standing.digest)).revoked_keys : [];
  const index = withoutKeys(rosterOf(roster), revoked);
  const vouching = readStatement(core.statements[request.evidence.statement], 'evidence');
  const { origin, tenant } = core;
  const waivers = (request.waivers ?? []).map((waiver) => readStatement(core.statements[waiver], 'waiver'));
  const where = { origin, tenant, at: evaluated.timestamp };
  const read = card === undefined ? null : admitCard(readStatement(core.statements[card], 'evaluation'), index, where);
  return {
    decisionId: core.decision_id,
    requestedAt: requested.timestamp,
    at: evaluated.timestamp,
    request,
    requestDigest,
    policy: { document: readPolicy(content(evaluated.policy.digest)), reference: evaluated.policy },
    openingRoster: rosterOf(requested.roster),
    roster: { index, reference: roster },
    // Which policies counted then is no question of what another policy would have decided.
    standing: NO_STANDING,
    packet: readEvidencePacket(content(request.evidence.packet)),
    packetDigest: request.evidence.packet,
    evidenceStatement: vouching.statement,
    waivers: givenWaivers(waivers, index, where, { request: opened.keyId, evidence: vouching.keyId, card: read }),
    manifests: new Map(manifests.map((digest) => [digest, content(digest)])),
    card: read,
    requestKey: opened.keyId,
    linked: linkedOf(core, request),
    resolved: resolved,
    ancestry: ancestryIn(core),
  };
}

function linkedOf({ packs = {} }: PackCore, { linked }: StatementOf<'request'>): LinkedDecision | null {
  const text = linked && packs[linked.pack];
  if (linked === undefined || text === undefined) return null;
  const bytes = fromBase64(text);
  const earlier = coreOf(bytes);
  const carried = { behind: packsBehind(earlier, DEEPEST), bytes: bytes.length };
  return linkedDecision(linked.pack, earlier.events, earlier.documents, carried);
}
