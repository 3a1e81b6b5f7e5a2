import type { GateRecord } from '../../core/domain/events.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import type { Policy } from '../../documents/policy.ts';
import { indexRoster } from '../../documents/roster-reader.ts';
import type { Roster } from '../../documents/roster.ts';
import { type EvaluationResult, evaluate } from '../evaluate.ts';
import type { Expectation, PolicyCase } from './case-file.ts';
import { cardOf } from './card.ts';
import { inputOf } from './input.ts';
import type { Manifests } from '../../documents/manifests.ts';
import { changedPacket } from './packet-changes.ts';

export interface Mismatch {
  /** Member of `expect`, such as `route` or `gates.POL-SEC-001`. */
  readonly member: string;
  readonly expected: string;
  readonly got: string;
}

export interface CaseResult {
  readonly name: string;
  readonly mismatches: readonly Mismatch[];
  /** The route that was taken; null where the case was denied. */
  readonly route: string | null;
}

export interface CasesToRun {
  readonly policy: Policy;
  readonly roster: Roster;
  readonly packets: ReadonlyMap<string, EvidencePacket>;
  /** Those that packets name, where the policy has them read. */
  readonly manifests?: Manifests;
  readonly cases: readonly PolicyCase[];
  readonly lineOf: (path: string) => number | null;
}

/** Evaluates every case by the function that decisions are evaluated by. @throws CasesError `cases.evidence`. */
export function runCases({ policy, roster, packets, manifests, cases, lineOf }: CasesToRun): readonly CaseResult[] {
  const index = indexRoster(roster);
  return cases.map((one) => {
    const named = packets.get(one.evidence);
    if (!named) throw new TypeError(`no packet ${one.evidence}`);
    const { packet, card } = cardOf(one, policy, changedPacket(named, one, lineOf), lineOf);
    const { evaluation } = evaluate(inputOf(one, { policy, roster: index, named, packet, manifests, card }));
    return { name: one.name, mismatches: compare(one.expect, evaluation), route: evaluation.routing?.route ?? null };
  });
}

/** A denial that is not expected is a mismatch, whatever else is. */
function compare(expect: Expectation, evaluation: EvaluationResult['evaluation']): readonly Mismatch[] {
  const { policy, risk, routing, denial } = evaluation;
  const gates = new Map((policy?.gates ?? []).map((gate) => [gate.id, saysOf(gate)]));
  const factors = new Map((risk?.factors ?? []).map(({ id, value }) => [id, value.toString()]));
  const slots = routing && signatures(routing.slots.map(({ role, signatures: count }) => [role, count]));
  const pairs: readonly (readonly [member: string, expected: string | undefined, got: string | undefined])[] = [
    ['result', expect.result, policy?.result],
    ...Object.entries(expect.gates ?? {}).map(([id, says]) => [`gates.${id}`, says, gates.get(id)] as const),
    ['viability', expect.viability, policy?.viability?.verdict ?? undefined],
    ['score', expect.score?.toString(), risk?.risk_score.toString()],
    ['band', expect.band, risk?.risk_band],
    ...Object.entries(expect.factors ?? {}).map(
      ([id, value]) => [`factors.${id}`, value.toString(), factors.get(id)] as const,
    ),
    ['route', expect.route, routing?.route],
    ['slots', expect.slots && signatures(Object.entries(expect.slots)), slots ?? undefined],
  ];
  const differing = pairs.flatMap(([member, expected, got = 'nothing']) =>
    expected === undefined || expected === got ? [] : [{ member, expected, got }],
  );
  if (denial?.code === expect.denial) return differing;
  const got = denial ? `${denial.code}: ${denial.detail}` : 'none';
  return [{ member: 'denial', expected: expect.denial ?? 'none', got }, ...differing];
}

function saysOf({ triggered, result, waived }: GateRecord): string {
  if (!triggered) return 'silent';
  return waived === undefined ? result : 'waived';
}

function signatures(slots: readonly (readonly [role: string, count: number])[]): string {
  const sorted = slots.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([role, count]) => `${count} x ${role}`).join(', ') || 'nobody';
}
