import { digestJson, type Envelope } from '../../core/canon/index.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import type { Policy } from '../../documents/policy.ts';
import type { Roster } from '../../documents/roster.ts';
import { carded, fixtureRoster, grant, keyFrom, rosterKey, signedEvaluation } from '../documents/fixtures.ts';
import { endorsedPolicy, endorsedRoster, fixturePolicy, notedEvidence, type Setup } from './fixture-pack.ts';

/** A decision whose policy has the evaluation card read, with an evaluator who has no other hand in it. */

export const GAUGE = 'p-gauge';
export const KEY = keyFrom(GAUGE);

export const POLICY: Policy = fixturePolicy({
  actions: fixturePolicy().actions.map((action) => ({
    ...action,
    evidence: [...new Set([...action.evidence, 'evaluation' as const])],
    checks: ['evaluation'],
  })),
  evaluators: { roles: ['evaluator'] },
});
export const UNDER = { version: POLICY.version, digest: digestJson(POLICY) };

export type Person = Roster['persons'][number];

/** The fixture's people and an evaluator, who is an executive too. */
export function people(
  change: (person: Person) => Person = (same) => same,
  workloads: Roster['workloads'] = [],
): Roster {
  const gauge: Person = {
    actor_id: GAUGE,
    keys: [rosterKey(GAUGE, KEY)],
    grants: [grant('evaluator'), grant('executive')],
  };
  const roster = fixtureRoster();
  return fixtureRoster({
    persons: [...roster.persons, gauge].map(change),
    workloads: [...roster.workloads, ...workloads],
  });
}

export const letting = (actor: string) =>
  people((one) => (one.actor_id === actor ? { ...one, grants: [...one.grants, grant('evaluator')] } : one));

type Said = Parameters<typeof signedEvaluation>[0];

export const card = (said: Said = {}, key = KEY): Envelope =>
  signedEvaluation({ signer: GAUGE, policy: UNDER, ...said }, key);

/** @param packet what the author makes of the card's packet */
export function setupOf(
  envelope: Envelope,
  {
    packet = (same: EvidencePacket) => same,
    ...setup
  }: Omit<Setup, 'packet'> & { packet?: (whole: EvidencePacket) => EvidencePacket } = {},
): Setup {
  return {
    policy: endorsedPolicy(POLICY),
    roster: endorsedRoster(people()),
    card: envelope,
    packet: packet(carded(envelope, notedEvidence().packet)),
    ...setup,
  };
}
