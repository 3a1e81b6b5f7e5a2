import { type CandidateManifest, VULNERABILITY_SEVERITIES } from './candidate-manifest.ts';
import { type Problem, refuseAll } from './errors.ts';

/**
 * What parents pass on (R75): licences with what they oblige to, restrictions of their data, and weaknesses that are open
 * in them. Whoever descends from several carries all of it, which is the strictest of each. Scores and safety approvals
 * never pass on, and are no part of a manifest.
 *
 * @param parents manifests in the order of `manifest.parents`; null for one that has none.
 * @returns everything that does not come along, each with its place in the candidate's manifest.
 */
export function inheritanceProblems(
  manifest: CandidateManifest,
  parents: readonly (CandidateManifest | null)[],
): readonly Problem[] {
  return manifest.parents.flatMap(({ digest }, index): Problem[] => {
    const path = `$.parents[${index}].manifest`;
    const parent = parents[index] ?? null;
    if (parent === null) return [{ path, expected: `the manifest of ${digest}`, got: 'nothing' }];
    const { digest: got } = parent.package;
    if (got !== digest) return [{ path, expected: `a manifest of ${digest}`, got: `one of ${got}` }];
    return passedOn(manifest, parent);
  });
}

/** @throws DocumentError `inheritance.broken` with every place. */
export function checkInheritance(manifest: CandidateManifest, parents: readonly (CandidateManifest | null)[]): void {
  const problems = inheritanceProblems(manifest, parents);
  refuseAll('inheritance.broken', "the manifest does not carry what its parents' pass on", problems);
}

function passedOn(manifest: CandidateManifest, parent: CandidateManifest): Problem[] {
  const lists: readonly (readonly [path: string, has: readonly string[], passed: readonly string[]])[] = [
    ['$.licences.ids', manifest.licences.ids, parent.licences.ids],
    ['$.licences.obligations', manifest.licences.obligations, parent.licences.obligations],
    ['$.data_restrictions', manifest.data_restrictions, parent.data_restrictions],
  ];
  const of = `of parent ${parent.name} ${parent.version}`;
  return [
    ...lists.flatMap(([path, has, passed]) =>
      passed
        .filter((each) => !has.includes(each))
        .map((each): Problem => ({ path, expected: `${each}, ${of}`, got: 'nothing' })),
    ),
    ...parent.known_vulnerabilities
      .filter(({ fixed }) => fixed === null)
      .flatMap(({ id, severity }): Problem[] => {
        const index = manifest.known_vulnerabilities.findIndex((own) => own.id === id);
        const own = manifest.known_vulnerabilities[index];
        const path = '$.known_vulnerabilities';
        if (own === undefined) return [{ path, expected: `${id}, open or shown to be fixed, ${of}`, got: 'nothing' }];
        if (own.fixed !== null || gravity(own.severity) >= gravity(severity)) return [];
        return [{ path: `${path}[${index}].severity`, expected: `at least ${severity}, ${of}`, got: own.severity }];
      }),
  ];
}

function gravity(severity: (typeof VULNERABILITY_SEVERITIES)[number]): number {
  return -VULNERABILITY_SEVERITIES.indexOf(severity);
}
