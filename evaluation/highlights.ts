import type { EvidencePacket } from '../documents/evidence.ts';

/** A number out of the evidence that an approver looks at first. */
export interface Highlight {
  /** Dotted, below `sections`; with its unit where it has one. */
  readonly name: string;
  readonly value: number;
}

/** Counts and limits, in a fixed order; sections and items that are not given are left out, never shown as zero. */
export function highlightsOf({ sections }: EvidencePacket): readonly Highlight[] {
  const { evaluation, resource_profile, safety_and_security: safety, release_plan: plan } = sections;
  const all: readonly (readonly [string, number | undefined])[] = [
    ['evaluation.scorecards', evaluation?.scorecards.length],
    ['evaluation.scorecards_failed', evaluation?.scorecards.filter((card) => !card.passed).length],
    ['evaluation.failure_slices', evaluation?.failure_slices?.length],
    ['evaluation.expected_calibration_error', evaluation?.calibration?.expected_calibration_error],
    ['resource_profile.latency_p99_ms', resource_profile?.latency_ms?.p99],
    ['safety_and_security.hard_gates', safety?.hard_gates.length],
    ['safety_and_security.hard_gates_failed', safety?.hard_gates.filter((gate) => !gate.passed).length],
    ['safety_and_security.open_critical', safety && openFindings(safety, 'critical')],
    ['safety_and_security.open_high', safety && openFindings(safety, 'high')],
    ['safety_and_security.permissions_added', safety?.permission_diff?.added.length],
    ['safety_and_security.permissions_removed', safety?.permission_diff?.removed.length],
    ['release_plan.shadow_percent', plan?.shadow?.mirrored_traffic_percent],
    ['release_plan.canary_percent', plan?.canary?.max_traffic_percent],
    ['release_plan.canary_s', plan?.canary?.max_duration_s],
    ['release_plan.success_criteria', plan?.success_criteria.length],
    ['release_plan.stop_conditions', plan?.stop_conditions.length],
  ];
  return all.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

type Safety = NonNullable<EvidencePacket['sections']['safety_and_security']>;

function openFindings({ scans, red_team_notes }: Safety, severity: 'critical' | 'high'): number {
  return [...scans, ...red_team_notes].reduce((sum, { open_findings }) => sum + open_findings[severity], 0);
}
