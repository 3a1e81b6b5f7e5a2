import { type CandidateManifest, VULNERABILITY_SEVERITIES } from './candidate-manifest.ts';
import { type Problem, refuseAll } from './errors.ts';
import type { EvidencePacket } from './evidence.ts';

/**
 * What parents pass on (R75): licences with what they oblige to, restrictions of their data, and weaknesses that are open
 * in them. Whoever descends from several carries all of it, which is the strictest of each. Scores and safety approvals
 * never pass on, and are no part of a manifest. Permissions pass on as well, and what goes beyond them has to be declared (R80).
 *
 * @param parents manifests in the order of `manifest.parents`; null for one that has none.
 * @returns everything that does not come along, each with its place in the candidate's manifest.
 */
export function inheritanceProblems(
  manifest: CandidateManifest,
  parents: readonly (CandidateManifest | null)[],
  sections: EvidencePacket['sections'],
): readonly Problem[] {
  const carried = manifest.parents.flatMap(({ digest }, index): Problem[] => {
    const path = `$.parents[${index}].manifest`;
    const parent = parents[index] ?? null;
    if (parent === null) return [{ path, expected: `the manifest of ${digest}`, got: 'nothing' }];
    const { digest: got } = parent.package;
    if (got !== digest) return [{ path, expected: `a manifest of ${digest}`, got: `one of ${got}` }];
    return passedOn(manifest, parent);
  });
  return [...carried, ...undeclared(manifest, parents, sections)];
}

/** @throws DocumentError `inheritance.broken` with every place. */
export function checkInheritance(
  manifest: CandidateManifest,
  parents: readonly (CandidateManifest | null)[],
  sections: EvidencePacket['sections'],
): void {
  const problems = inheritanceProblems(manifest, parents, sections);
  refuseAll('inheritance.broken', "the manifest does not follow from its parents'", problems);
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

/**
 * Permissions beyond those there were, of which the packet's diff says nothing: nobody would be asked about them. Where
 * what a rollback brings back is one of the parents, that is what runs now, and another parent's permissions are new too.
 */
function undeclared(
  { permissions, parents: named }: CandidateManifest,
  parents: readonly (CandidateManifest | null)[],
  { rollback, safety_and_security: safety }: EvidencePacket['sections'],
): Problem[] {
  // Told already, and what they had is not known.
  if (named.some(({ digest }, index) => parents[index]?.package.digest !== digest)) return [];
  const running = named.findIndex(({ digest }) => digest === rollback?.target);
  const before = running === -1 ? parents : [parents[running]];
  const known = new Set([
    ...before.flatMap((parent) => parent?.permissions ?? []),
    ...(safety?.permission_diff?.added ?? []),
  ]);
  const whose = running === -1 ? 'of a parent' : 'of what runs now';
  return permissions.flatMap((each, index): Problem[] =>
    known.has(each)
      ? []
      : [{ path: `$.permissions[${index}]`, expected: `one ${whose}, or that the packet says is added`, got: each }],
  );
}

function gravity(severity: (typeof VULNERABILITY_SEVERITIES)[number]): number {
  return -VULNERABILITY_SEVERITIES.indexOf(severity);
}
