import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { signEvidence, signRequest } from '../../client/index.ts';
import { checkDisclosure, parseDigest } from '../../core/canon/index.ts';
import { matchSlots } from '../../core/domain/matching.ts';
import {
  checkManifests,
  demandEvidence,
  indexRoster,
  manifestsNamed,
  readEvidencePacket,
  readRoster,
  readStatement,
} from '../../documents/index.ts';
import { evaluate, type EvaluationResult, NO_STANDING } from '../../evaluation/index.ts';
import {
  type BuiltEvidence,
  factsIn,
  gatewayChangeEvidence,
  LESS_SEARCH,
  missingArtifacts,
  modelPromotionEvidence,
  type Occasion,
  RATE_LIMITS,
  referencesOf,
  UNSIGNED_PARTNERS,
  WIDER_SKEW,
  writeArtifacts,
} from '../../examples/evidence/index.ts';
import { castOf, houseWish, WORKLOADS } from '../../examples/people.ts';
import { examplePolicy } from '../../examples/policy.ts';
import { documentDigest, found } from '../../founding/index.ts';

const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));
const policy = examplePolicy();
const cast = castOf(random);
const AT = '2026-11-22T05:00:00.000Z';
const occasion: Occasion = { origin: policy.origin, tenant: policy.tenant, cast, at: AT, seed: 'test', random };
const folder = mkdtempSync(join(tmpdir(), 'countersign-examples-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BUILT: readonly (readonly [name: string, evidence: BuiltEvidence, action: string])[] = [
  ['rate limits', gatewayChangeEvidence(RATE_LIMITS, occasion), 'deploy.change'],
  ['unsigned partners', gatewayChangeEvidence(UNSIGNED_PARTNERS, occasion), 'deploy.change'],
  ['less search', gatewayChangeEvidence(LESS_SEARCH, occasion), 'deploy.change'],
  ['wider skew', gatewayChangeEvidence(WIDER_SKEW, occasion), 'deploy.change'],
  ['model promotion', modelPromotionEvidence(occasion), 'model.promote'],
];

describe.each(BUILT)('example evidence: %s', (_, evidence, action) => {
  it('is read strictly, and lacks nothing that the example policy demands', () => {
    const packet = readEvidencePacket(evidence.bytes);
    expect(packet).toEqual(evidence.packet);
    demandEvidence(packet, policy.actions.find(({ id }) => id === action)!.evidence);
  });

  it('has a manifest that holds, and carries what its parents pass on', () => {
    const { packet, candidate, manifests } = evidence;
    const known = new Map(manifests.map(({ digest, bytes }) => [digest, bytes]));
    const checks = packet.sections.lineage ? (['manifest', 'inheritance'] as const) : (['manifest'] as const);
    expect([...manifestsNamed({ checks, packet }, known)].sort()).toEqual([...known.keys()].sort());
    checkManifests({ checks, candidate, packet }, known);
    const other = { ...candidate, version: '0.0.1' };
    expect(() => checkManifests({ checks, candidate: other, packet }, known)).toThrow(/manifest\.invalid/);
  });

  it('refers to files that are there, and notices one that is not what it was', () => {
    writeArtifacts(folder, evidence.artifacts);
    expect(missingArtifacts(folder, evidence.packet)).toEqual([]);
    const [first] = referencesOf(evidence.packet);
    const artifact = evidence.artifacts.find(({ digest }) => digest === first!.digest)!;
    writeFileSync(
      join(folder, artifact.path),
      Uint8Array.from(artifact.bytes, (byte, at) => (at === 0 ? byte ^ 1 : byte)),
    );
    expect(missingArtifacts(folder, evidence.packet)).toEqual([first!.uri]);
  });

  it('opens its own commitments', () => {
    const notes = evidence.packet.sections.safety_and_security?.red_team_notes ?? [];
    expect(evidence.disclosures).toHaveLength(notes.length);
    for (const [at, disclosure] of evidence.disclosures.entries())
      checkDisclosure(parseDigest(notes[at]!.note), disclosure);
  });
});

describe('the builders', () => {
  it('state the same facts for the same seed and clock, and other salts', () => {
    const fixed = (length: number): Uint8Array => new Uint8Array(length).fill(7);
    const again = (seed: string): BuiltEvidence => modelPromotionEvidence({ ...occasion, seed, random: fixed });
    expect(again('a').digest).toBe(again('a').digest);
    expect(again('a').candidate.digest).not.toBe(again('b').candidate.digest);
    const [one, other] = [modelPromotionEvidence(occasion), modelPromotionEvidence(occasion)];
    expect(one.candidate).toEqual(other.candidate);
    expect(one.disclosures[0]!.salt).not.toBe(other.disclosures[0]!.salt);
  });

  it('state several hundred facts about the model', () => {
    expect(factsIn(modelPromotionEvidence(occasion).packet)).toBeGreaterThan(800);
  });

  it('give a fresh pseudonym to everybody', () => {
    const people = Object.values(cast);
    expect(new Set(people).size).toBe(people.length);
    expect(Object.values(castOf(random))).not.toEqual(people);
  });
});

describe('the example policy', () => {
  const house = found(houseWish({ cast, policy, at: AT, random }));
  const index = indexRoster(readRoster(house.roster.bytes));
  const policyReference = { serial: 1, digest: documentDigest(house.policy), endorsements: [] };
  const rosterReference = { serial: 1, digest: documentDigest(house.roster), endorsements: [] };
  const surroundings = { origin: policy.origin, tenant: policy.tenant, now: () => AT, random };
  const signer = (actorId: string) => ({ actorId, key: house.actorKeys.get(actorId)! });

  function judged(
    evidence: BuiltEvidence,
    asked: { requester: string; role: string; action: string; target: string },
  ): EvaluationResult {
    const content = {
      subject: evidence.candidate.digest,
      packet: evidence.digest,
      validUntil: '2026-11-22T11:00:00.000Z',
    };
    const vouched = signEvidence(signer(cast.evidenceAuthor), content, surroundings);
    const { requester, ...rest } = asked;
    const request = signRequest(
      signer(requester),
      {
        ...rest,
        candidate: evidence.candidate,
        creators: evidence.creators,
        evidence: { packet: evidence.digest, statement: vouched.digest },
        policy: { version: policy.version, digest: policyReference.digest },
        context: { ticket: 'CHG-1042' },
        summary: '',
        idempotencyKey: 'test',
      },
      surroundings,
    );
    return evaluate({
      decisionId: request.decisionId,
      requestedAt: AT,
      at: AT,
      request: readStatement(request.envelope, 'request').statement,
      requestDigest: request.digest,
      policy: { document: policy, reference: policyReference },
      openingRoster: index,
      roster: { index, reference: rosterReference },
      standing: NO_STANDING,
      packet: evidence.packet,
      packetDigest: evidence.digest,
      evidenceStatement: readStatement(vouched.envelope, 'evidence').statement,
    });
  }

  it('sends the source example to one executive, at 0.86 and high', () => {
    const asked = { requester: cast.operator, role: 'operator', action: 'deploy.change', target: 'prod-gateway-01' };
    const { evaluation } = judged(gatewayChangeEvidence(RATE_LIMITS, occasion), asked);
    expect(evaluation.risk).toMatchObject({ risk_score: 0.86, risk_band: 'high', band_note: 'above band_high_max' });
    expect(evaluation.policy?.gates.filter(({ triggered }) => triggered).map(({ id }) => id)).toEqual(['POL-RISK-008']);
    expect(evaluation.routing?.slots).toEqual([{ role: 'executive', signatures: 1 }]);
  });

  // shows: R52
  it('sends the model to its three owners, one of whom fits two roles', () => {
    const asked = {
      requester: WORKLOADS.pipeline,
      role: 'release_pipeline',
      action: 'model.promote',
      target: 'model-serving-canary',
    };
    const { evaluation } = judged(modelPromotionEvidence(occasion), asked);
    const slots = evaluation.routing?.slots ?? [];
    expect(slots.map(({ role }) => role)).toEqual(['model_owner', 'release_owner', 'security_owner']);
    expect(evaluation.routing?.candidates.find(({ role }) => role === 'release_owner')?.actor_ids).toEqual([
      cast.releaseOwner,
    ]);

    const offers = [
      { actor_id: cast.modelAndSecurityOwner, statement: 'a', roles: ['model_owner', 'security_owner'] },
      { actor_id: cast.releaseOwner, statement: 'b', roles: ['release_owner'] },
      { actor_id: cast.modelOwner, statement: 'c', roles: ['model_owner'] },
    ];
    expect(matchSlots(slots, offers).satisfied).toBe(true);
    const open = new Set(slots.map(({ role }) => role));
    for (const { roles } of offers) open.delete(roles.find((role) => open.has(role)) ?? '');
    expect([...open], 'first come, first served leaves the route open').toEqual(['security_owner']);
  });
});
