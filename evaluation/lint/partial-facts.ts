import { absent, type CelValue, type Facts } from '../facts.ts';

/**
 * Any use of it is an error, so a condition that depends on it cannot be evaluated. What can be evaluated all the same
 * holds, or fails, whatever the request and the evidence say.
 */
const UNKNOWN = absent as unknown as CelValue;

export type TargetMember = 'id' | 'environment' | 'system' | 'sensitivity' | 'blast_radius';
export type ActionMember = 'id' | 'class' | 'effects' | 'irreversible';

/** What the policy itself settles of a decision; what is not given is unknown. */
export interface Known {
  readonly target?: Readonly<Partial<Record<TargetMember, CelValue>>>;
  readonly action?: Readonly<Partial<Record<ActionMember, CelValue>>>;
  readonly requesterKind?: CelValue;
}

export function partialFacts({ target = {}, action = {}, requesterKind = UNKNOWN }: Known): Facts {
  return {
    request: members({
      action: action.id,
      target: target.id,
      role: UNKNOWN,
      context: UNKNOWN,
      requester_kind: requesterKind,
    }),
    candidate: UNKNOWN,
    target: members({
      id: target.id,
      environment: target.environment,
      system: target.system,
      sensitivity: target.sensitivity,
      blast_radius: target.blast_radius,
    }),
    action: members({
      id: action.id,
      class: action.class,
      effects: action.effects,
      irreversible: action.irreversible,
    }),
    evidence: UNKNOWN,
    age: UNKNOWN,
  };
}

/** Facts of the routes; `triggered` and `score` are unknown where null. */
export function withOutcome(
  facts: Facts,
  result: string,
  triggered: readonly string[] | null,
  band: string,
  score: number | null,
): Facts {
  return {
    ...facts,
    gates: members({ result, triggered: triggered ?? UNKNOWN }),
    risk: members({ band, score: score ?? UNKNOWN }),
  };
}

function members(given: Readonly<Record<string, CelValue | undefined>>): CelValue {
  return new Map(Object.entries(given).map(([name, value]) => [name, value ?? UNKNOWN]));
}
