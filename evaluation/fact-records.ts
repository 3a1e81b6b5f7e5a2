import type { FactRecord, FactSource } from '../core/domain/events.ts';
import { type FactPath, factName } from './expression.ts';
import type { PolicyProgram } from './policy-program.ts';

/** Who vouches for a fact (ruling 13). The kind of the requester stands in the roster, not in the request. */
export function sourceOf(path: FactPath): FactSource {
  const [root, member] = path;
  switch (root) {
    case 'target':
    case 'action':
      return 'policy';
    case 'evidence':
    // From a time that the author wrote down: whoever may choose it chooses the age.
    case 'age':
      return 'evidence_author';
    case 'gates':
    case 'risk':
      return 'recomputed';
    case 'request':
      return member === 'requester_kind' ? 'recomputed' : 'request';
    default:
      return 'request';
  }
}

/** Read by this code whatever the expressions read. */
const ALWAYS_READ = [
  ['action', 'effects'],
  ['action', 'evidence'],
  ['target', 'environment'],
] as const;

/** Read of the packet by the viability rules, where a policy has them. */
const VIABILITY_READS = [
  'evidence.safety_and_security.hard_gates',
  'evidence.safety_and_security.permission_diff.added',
  'packet.viability.projected_reserve',
  'packet.viability.score',
] as const;

/** Every fact that gates, factors and routes may read, with who vouches for it (ruling 13); sorted by name. */
export function factRecords({ policy, gates, factors, routes }: PolicyProgram): readonly FactRecord[] {
  const expressions = [
    ...gates.map((gate) => gate.when),
    ...factors.flatMap((factor) => factor.cases),
    ...routes.map((route) => route.when),
  ];
  const paths = [...ALWAYS_READ, ...expressions.flatMap((expression) => expression.reads)];
  const sources = new Map(paths.map((path) => [factName(path), sourceOf(path)]));
  if (policy.viability !== undefined) for (const name of VIABILITY_READS) sources.set(name, 'evidence_author');
  return [...sources].map(([name, source]) => ({ name, source })).sort((a, b) => (a.name < b.name ? -1 : 1));
}
