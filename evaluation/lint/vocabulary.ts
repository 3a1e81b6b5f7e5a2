import { ENVIRONMENTS } from '../../core/domain/vocabulary.ts';
import { type Policy, policySchema } from '../../documents/policy.ts';
import type { Expression } from '../expression.ts';
import type { CelValue, Facts } from '../facts.ts';
import { combinations, subsets } from './combinations.ts';
import { partialFacts } from './partial-facts.ts';
import { readsByPlace, readsOf } from './reads.ts';

/** Most combinations that are tried on one gate or factor. */
const MOST = 5000;

const { sensitivity, blast_radius } = policySchema.shape.targets.element.shape;
const { class: actionClass, effects } = policySchema.shape.actions.element.shape;

/**
 * Whatever targets and actions the format allows, of what these expressions read of them; null where that is too much.
 * A policy names its targets and actions one by one, and its conditions are written for those to come as well.
 */
export function vocabulary(policy: Policy, expressions: readonly Expression[]): readonly Facts[] | null {
  if (readsByPlace(expressions)) return null;
  const read = readsOf(expressions);
  const targets = {
    id: policy.targets.map(({ id }) => id),
    environment: ENVIRONMENTS,
    system: [...new Set(policy.targets.map(({ system }) => system))],
    sensitivity: subsets(sensitivity.element.options),
    blast_radius: blast_radius.options,
  } satisfies Record<string, readonly CelValue[]>;
  const actions = {
    id: policy.actions.map(({ id }) => id),
    class: actionClass.options,
    effects: subsets(effects.element.options),
    irreversible: [true, false],
  } satisfies Record<string, readonly CelValue[]>;
  const kinds = read.requesterKind ? ['person', 'workload'] : [];
  const members = [
    ...[...read.target].map((name) => ({ of: 'target', name, values: targets[name] }) as const),
    ...[...read.action].map((name) => ({ of: 'action', name, values: actions[name] }) as const),
  ];
  const every = combinations<CelValue>(
    [...members.map(({ values }) => values as readonly CelValue[]), ...(read.requesterKind ? [kinds] : [])],
    MOST,
  );
  return every && every.map((values) => factsFrom(members, values));
}

function factsFrom(
  members: readonly { readonly of: 'target' | 'action'; readonly name: string }[],
  values: readonly CelValue[],
): Facts {
  const taken = (of: 'target' | 'action') =>
    Object.fromEntries(members.flatMap((one, index) => (one.of === of ? [[one.name, values[index] ?? null]] : [])));
  const kind = values[members.length];
  return partialFacts({
    target: taken('target'),
    action: taken('action'),
    ...(kind === undefined ? {} : { requesterKind: kind }),
  });
}
