import { digestJson } from '../../core/canon/index.ts';
import type { ResolvedFact } from '../../core/domain/events.ts';
import {
  type EvidenceStatement,
  type Link,
  type RequestStatement,
  statementType,
  type WaiverStatement,
} from '../../core/domain/statements.ts';
import { instant, later, timestamp } from '../../core/domain/vocabulary.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import type { Policy } from '../../documents/policy.ts';
import type { LinkedDecision } from '../linked.ts';
import { NO_STANDING } from '../standing.ts';
import { policyDigest } from '../../documents/policy-reader.ts';
import type { RosterIndex } from '../../documents/roster-reader.ts';
import type { AdmittedCard } from '../card.ts';
import type { EvaluationInput } from '../evaluate.ts';
import { namedAncestry } from '../ancestry.ts';
import { soughtOf } from '../resolved.ts';
import type { GivenWaiver } from '../waivers.ts';
import type { Manifests } from '../../documents/manifests.ts';
import type { PolicyCase } from './case-file.ts';

const DECISION_ID = '00000000-0000-8000-8000-000000000000';
const EARLIER_ID = '00000000-0000-8000-8000-000000000001';
const NONCE = 'AAAAAAAAAAAAAAAAAAAAAA==';

export interface Surroundings {
  readonly policy: Policy;
  readonly roster: RosterIndex;
  /** As the case file names it. */
  readonly named: EvidencePacket;
  /** With what the case changes in it. */
  readonly packet: EvidencePacket;
  readonly manifests?: Manifests | undefined;
  readonly card?: AdmittedCard | null;
}

/** What an evaluation is called with for a case: unsigned, with digests that agree. */
export function inputOf(
  one: PolicyCase,
  { policy, roster, named, packet, manifests, card = null }: Surroundings,
): EvaluationInput {
  const { origin, tenant, serial, version, times } = policy;
  const packetDigest = digestJson(packet);
  const evidenceStatement: EvidenceStatement = {
    _type: statementType('evidence'),
    origin,
    tenant,
    signer: one.author,
    signed_at: packet.created_at,
    nonce: NONCE,
    subject: packet.subject,
    packet: packetDigest,
    // The author sets no shorter life than the policy does.
    valid_until: later(packet.created_at, times.evidence_age_s),
  };
  const digest = policyDigest(policy);
  const linked = linkedOf(one, policy, named.subject);
  const waivers = waiversOf(one, policy, named.subject);
  const request: RequestStatement = {
    _type: statementType('request'),
    origin,
    tenant,
    signer: one.requester,
    signed_at: one.at,
    nonce: NONCE,
    decision_id: DECISION_ID,
    idempotency_key: one.name,
    role: one.role,
    action: one.action,
    target: one.target,
    candidate: { ...one.candidate, digest: named.subject },
    creators: one.creators,
    evidence: { packet: packetDigest, statement: digestJson(evidenceStatement) },
    policy: { version, digest },
    context: one.context,
    summary: digestJson({ summary: one.name }),
    ...(linked === null ? {} : { linked: linked.link }),
    ...(waivers.length === 0 ? {} : { waivers: waivers.map((waiver) => waiver.digest) }),
  };
  const rosterReference = { serial: roster.roster.serial, digest: digestJson(roster.roster), endorsements: [] };
  const input: EvaluationInput = {
    decisionId: DECISION_ID,
    requestedAt: one.at,
    at: one.at,
    request,
    requestDigest: digestJson(request),
    policy: { document: policy, reference: { serial, digest, endorsements: [] } },
    openingRoster: roster,
    roster: { index: roster, reference: rosterReference },
    standing: NO_STANDING,
    packet,
    packetDigest,
    evidenceStatement,
    waivers,
    ...(manifests === undefined ? {} : { manifests }),
    card,
    linked: linked && linked.earlier,
  };
  // What a service would look for is found, and is what it ought to be.
  const resolved = soughtOf(input).wanted.map(
    ({ what, digest: named }): ResolvedFact => ({ what, digest: named, measured: named, source: 'service' }),
  );
  return { ...input, resolved, ancestry: namedAncestry(input) };
}

/** As a service would find them, by digest: of exactly what is asked for, under this policy. */
function waiversOf(
  { at, action, target, waivers }: PolicyCase,
  policy: Policy,
  candidate: string,
): readonly GivenWaiver[] {
  const life = (policy.waivers?.life_s ?? 1) * 1000;
  const given = waivers.map(
    ({ gate, by, role, owner = by, expires_at = timestamp(instant(at) + life) }): GivenWaiver => {
      const statement: WaiverStatement = {
        _type: statementType('waiver'),
        origin: policy.origin,
        tenant: policy.tenant,
        signer: by,
        signed_at: at,
        nonce: NONCE,
        policy: policyDigest(policy),
        gate,
        candidate,
        action,
        target,
        role,
        owner,
        controls: ['case'],
        reason: digestJson({ waiver: gate }),
        expires_at,
      };
      return { digest: digestJson(statement), statement, unsigned: null, sharesKey: false };
    },
  );
  return given.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** A rollback undoes a release that let it, and a stage follows one that the case describes: which is no question of the policy. */
function linkedOf(
  { action, target, follows }: PolicyCase,
  { actions, targets, origin, tenant }: Policy,
  candidate: string,
): { readonly link: Link; readonly earlier: LinkedDecision } | null {
  const undoes = actions.find(({ id }) => id === action)?.effects.includes('rollback') === true;
  if (!undoes && follows === undefined) return null;
  const pack = digestJson({ pack: EARLIER_ID });
  const { stage = null, exposure = null, executed = true } = follows ?? {};
  return {
    link: { relation: undoes ? 'undoes' : 'follows', decision_id: EARLIER_ID, pack },
    earlier: {
      decision_id: EARLIER_ID,
      pack,
      origin,
      tenant,
      target,
      candidate: undoes ? pack : candidate,
      rollback_target: undoes ? candidate : pack,
      cleared: true,
      cleared_at: null,
      carried: { behind: 0, bytes: 0 },
      executed,
      rung: { stage, exposure, system: targets.find(({ id }) => id === target)?.system ?? null },
    },
  };
}
