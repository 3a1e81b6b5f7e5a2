import type { DecisionEvent } from '../events.ts';
import type { StateAt } from '../state.ts';

export function evolveRiskEvaluated(
  state: StateAt<'policy_evaluated'>,
  event: Extract<DecisionEvent, { event_type: 'risk.evaluated' }>,
): StateAt<'risk_evaluated'> {
  const { risk_score, risk_band, band_note, thresholds, factors } = event;
  return { ...state, stage: 'risk_evaluated', risk: { risk_score, risk_band, band_note, thresholds, factors } };
}
