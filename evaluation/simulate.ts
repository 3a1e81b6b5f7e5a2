import type { EndorsedReference } from '../core/domain/events.ts';
import { compare, type Difference } from '../core/domain/replay.ts';
import type { PolicyReference } from '../core/domain/statements.ts';
import type { Band, GateResult, ViabilityVerdict } from '../core/domain/vocabulary.ts';
import type { Policy } from '../documents/policy.ts';
import { policyDigest } from '../documents/policy-reader.ts';
import type { AdmittedCard } from './card.ts';
import { type EvaluationInput, evaluate } from './evaluate.ts';

/** What an evaluation comes to, as far as whoever changes a policy cares: no digests, no texts. */
export interface Evaluated {
  readonly gates: GateResult | null;
  readonly viability: ViabilityVerdict | null;
  readonly triggered: readonly string[];
  readonly waived: readonly string[];
  readonly score: number | null;
  readonly band: Band | null;
  readonly route: string | null;
  /** Signatures by role. */
  readonly slots: Readonly<Record<string, number>>;
  readonly denial: string | null;
}

/**
 * How a decision of the past would have stood under another policy: the same request, evidence, rosters and time, asked
 * under that policy, and with waivers of it. Who would have signed is nobody's to say.
 */
export function simulate(past: EvaluationInput, policy: Policy): readonly Difference[] {
  const digest = policyDigest(policy);
  const reference: EndorsedReference = { serial: policy.serial, digest, endorsements: [] };
  const request = { ...past.request, policy: { version: policy.version, digest } };
  const waivers = (past.waivers ?? []).map((waiver) => ({
    ...waiver,
    statement: { ...waiver.statement, policy: digest },
  }));
  const under: EvaluationInput = {
    ...past,
    request,
    waivers,
    card: underPolicy(past, request.policy),
    policy: { document: policy, reference },
  };
  return compare('$', evaluatedOf(past), evaluatedOf(under));
}

/** The evaluator's card as if it had been made under that policy as well: nobody could have known of it. */
function underPolicy({ card }: EvaluationInput, policy: PolicyReference): AdmittedCard | null {
  return card ? { ...card, statement: { ...card.statement, policy } } : null;
}

function evaluatedOf(input: EvaluationInput): Evaluated {
  const { policy, risk, routing, denial } = evaluate(input).evaluation;
  return {
    gates: policy?.result ?? null,
    viability: policy?.viability?.verdict ?? null,
    triggered: policy?.gates.filter(({ triggered }) => triggered).map(({ id }) => id) ?? [],
    waived: policy?.gates.filter(({ waived }) => waived !== undefined).map(({ id }) => id) ?? [],
    score: risk?.risk_score ?? null,
    band: risk?.risk_band ?? null,
    route: routing?.route ?? null,
    slots: Object.fromEntries(routing?.slots.map(({ role, signatures }) => [role, signatures]) ?? []),
    denial: denial?.code ?? null,
  };
}
