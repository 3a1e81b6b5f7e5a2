import type { Obstacle, Wanted } from '../core/domain/commands.ts';
import type { ResolvedFact } from '../core/domain/events.ts';
import { lineageDigest } from '../documents/lineage-registry.ts';
import { checksOf } from '../documents/manifests.ts';
import { type Lines, linesOf } from './ancestry.ts';
import { type Denial, denialAt } from './errors.ts';
import type { EvaluationInput } from './evaluate.ts';

/**
 * What the evidence names and the service found (R71, R74, R81). That it was found, and measured as it says, is the
 * service's word; what was to be found, and whether it is the same, is decided here and again by whoever verifies.
 */

interface Looked {
  readonly wanted: readonly (Wanted & { readonly path: string })[];
  /** Items that would have to be there. */
  readonly missing: readonly string[];
}

function lookedFor({ policy, request, packet: { sections } }: EvaluationInput): Looked {
  const checks = checksOf(policy.document, request.action);
  const { digest: candidate } = request.candidate;
  const { rollback, lineage } = sections;
  const wanted: (Wanted & { readonly path: string })[] = [];
  const missing: string[] = [];
  const add = (what: Wanted['what'], path: string, digest: string | undefined) =>
    digest === undefined ? missing.push(path) : wanted.push({ what, digest, of: candidate, path });
  if (checks.includes('package')) add('package', '$.subject', candidate);
  if (checks.includes('rollback')) {
    add('rollback_package', '$.sections.rollback.package', rollback?.package?.digest);
    add('rollback_target', '$.sections.rollback.target', rollback?.target ?? undefined);
    add('rollback_procedure', '$.sections.rollback.procedure', rollback?.procedure?.digest);
  }
  if (checks.includes('lineage')) {
    const parents = lineage?.parents;
    add('lineage', '$.sections.lineage.parents', parents ? lineageDigest(parents.map((one) => one.digest)) : undefined);
  }
  return { wanted, missing };
}

/** What a service has to look for before it decides. */
export interface Sought {
  readonly wanted: readonly Wanted[];
  readonly lines: Lines | null;
}

export function soughtOf(input: EvaluationInput): Sought {
  const wanted = lookedFor(input).wanted.map(({ what, digest, of }) => ({ what, digest, of }));
  return { wanted, lines: linesOf(input) };
}

/** Paths of what is to be looked for, and is not named. */
export function unnamedIn(input: EvaluationInput): readonly string[] {
  return lookedFor(input).missing;
}

/** Why what was found does not do; empty where it does, or where nothing is looked for. */
export function refuseResolved(input: EvaluationInput): readonly Denial[] {
  const { wanted, missing } = lookedFor(input);
  const unnamed = `${missing.length} items that are to be resolved are missing: ${missing.join(', ')}`;
  return [
    // Told first with what else is missing, but for denials of before there was a list of misses.
    ...(missing.length === 0 ? [] : [denialAt('evidence.incomplete', unnamed, missing)]),
    ...wanted.flatMap(({ what, digest, path }): Denial[] => {
      const fact = factOf(input, what);
      // Nobody has looked yet, and nothing is known to be missing.
      if (fact === undefined) return [{ code: 'evidence.unresolved', detail: `${what} ${digest} was not resolved` }];
      if (fact.measured === digest) return [];
      const detail = `${what} is ${fact.measured}, where the evidence has ${digest}`;
      return [denialAt('evidence.differs', detail, [path])];
    }),
  ];
}

/** The member by which an event says what was resolved, with its source (ruling 13). */
export function resolvedMember(input: EvaluationInput): { readonly resolved?: readonly ResolvedFact[] } {
  const facts = lookedFor(input).wanted.flatMap(({ what, digest }): ResolvedFact[] => {
    const fact = factOf(input, what);
    return fact === undefined ? [] : [{ what, digest, measured: fact.measured, source: 'service' }];
  });
  return facts.length === 0 ? {} : { resolved: facts };
}

/** What the service had found before people were asked, and what it found of that at a claim. */
export interface LookedAgain {
  readonly routed: readonly ResolvedFact[];
  /** Undefined where nobody looked: a rollback, and clearances of before this was done. */
  readonly found: readonly ResolvedFact[] | undefined;
}

/** What of it was found again, in the order of the route. */
export function foundAgain({ routed, found = [] }: LookedAgain): readonly ResolvedFact[] {
  return routed.flatMap(({ what, digest }): ResolvedFact[] => {
    const fact = found.find((each) => each.what === what && each.digest === digest);
    return fact === undefined ? [] : [{ what, digest, measured: fact.measured, source: 'service' }];
  });
}

/**
 * Whoever approved did so about something that was there, and was what it is called. A permit for something else, or for a
 * way back that has gone meanwhile, would rest on nobody's word.
 */
export function changedSince(again: LookedAgain): Obstacle | undefined {
  if (again.found === undefined) return undefined;
  const resolved = foundAgain(again);
  if (resolved.some(({ digest, measured }) => measured !== digest)) return { code: 'claim.evidence_differs', resolved };
  return resolved.length < again.routed.length ? { code: 'claim.evidence_awaited', resolved } : undefined;
}

function factOf({ resolved = [] }: EvaluationInput, what: Wanted['what']): ResolvedFact | undefined {
  return resolved.find((fact) => fact.what === what);
}
