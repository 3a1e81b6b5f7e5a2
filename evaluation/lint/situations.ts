import type { Band } from '../../core/domain/vocabulary.ts';
import type { PolicyAction, PolicyTarget } from '../../documents/policy.ts';
import type { CelValue, Facts } from '../facts.ts';
import type { PolicyProgram } from '../policy-program.ts';
import { factorValues } from './factor-values.ts';
import { gateOutcomes } from './gate-outcomes.ts';
import { partialFacts, withOutcome } from './partial-facts.ts';
import { readsOf } from './reads.ts';
import { bandsOf, possibleRisks } from './scores.ts';

/** Most situations, and most conditions of routes on all of them: some 5 microseconds each. */
const MOST_SITUATIONS = 20_000;
export const MOST_CONDITIONS = 2_000_000;

/** What routes may be chosen for: actions and targets that no condition tells apart, and what was evaluated before. */
export interface Situation {
  /** The first of the actions and targets, which stands for the others. */
  readonly action: PolicyAction;
  readonly target: PolicyTarget;
  readonly actions: readonly string[];
  readonly targets: readonly string[];
  readonly band: Band;
  readonly result: 'allow' | 'escalate';
  readonly facts: Facts;
}

/**
 * At least every situation that a decision under this policy can come to be routed in; null where there are too many.
 * What the request and the evidence would say is left open.
 */
export function situations(program: PolicyProgram): readonly Situation[] | null {
  const { policy, gates, factors, routes } = program;
  const expressions = [...gates, ...routes].map(({ when }) => when);
  const read = readsOf([...expressions, ...factors.flatMap(({ cases }) => cases)]);
  // The floors read these two, whatever the conditions read.
  const targets = classes(policy.targets, [...read.target, 'environment']);
  const actions = classes(policy.actions, [...read.action, 'effects']);
  const kinds: readonly (CelValue | undefined)[] = read.requesterKind ? ['person', 'workload'] : [undefined];
  const byScore = routes.some(({ when }) => when.reads.some(([root, member]) => root === 'risk' && member === 'score'));
  const most = Math.min(MOST_SITUATIONS, Math.floor(MOST_CONDITIONS / routes.length));

  const found: Situation[] = [];
  for (const [action, ...others] of actions) {
    for (const [target, ...more] of targets) {
      for (const kind of kinds) {
        const facts = partialFacts({ target, action, ...(kind === undefined ? {} : { requesterKind: kind }) });
        const values = factors.map((factor) => factorValues(factor, [facts]));
        const risks = possibleRisks(program, values);
        const outcomes = gateOutcomes(program, facts);
        for (const { band, score } of byScore ? risks : bandsOf(risks)) {
          for (const { result, triggered } of outcomes) {
            if (found.length === most) return null;
            found.push({
              action,
              target,
              actions: [action, ...others].map(({ id }) => id),
              targets: [target, ...more].map(({ id }) => id),
              band,
              result,
              facts: withOutcome(facts, result, triggered, band, score),
            });
          }
        }
      }
    }
  }
  return found;
}

/** Entries that agree in these members. */
function classes<Entry extends object>(
  entries: readonly Entry[],
  members: readonly (keyof Entry)[],
): readonly (readonly [Entry, ...Entry[]])[] {
  const byKey = new Map<string, [Entry, ...Entry[]]>();
  for (const entry of entries) {
    const key = JSON.stringify(members.map((member) => entry[member]));
    const known = byKey.get(key);
    if (known) known.push(entry);
    else byKey.set(key, [entry]);
  }
  return [...byKey.values()];
}
