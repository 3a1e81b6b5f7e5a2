import { hasCode } from '../core/errors.ts';
import type { Candidate } from '../core/domain/statements.ts';
import type { CandidateManifest } from './candidate-manifest.ts';
import { duplicates } from './duplicates.ts';
import { type Problem, refuseAll } from './errors.ts';
import type { EvidencePacket } from './evidence.ts';
import { type PackageEntry, packageDigest, packageManifest } from './package.ts';

/** What a manifest is held against: what was asked for, and what the packet says beside it. */
export interface Claimed {
  readonly candidate: Candidate;
  readonly sections: EvidencePacket['sections'];
}

/** Every rule that a manifest breaks, each with its place (`validate_manifest`, R72); empty where it holds. */
export function manifestProblems(manifest: CandidateManifest, { candidate, sections }: Claimed): readonly Problem[] {
  return [
    ...differs('$.name', candidate.name, manifest.name),
    ...differs('$.version', candidate.version, manifest.version),
    ...differs('$.package.digest', candidate.digest, manifest.package.digest),
    ...ownProblems(manifest),
    ...permissionProblems(manifest, sections),
    ...lineageProblems(manifest, sections),
  ];
}

/** @throws DocumentError `manifest.invalid` with every place. */
export function checkManifest(manifest: CandidateManifest, claimed: Claimed): void {
  refuseAll('manifest.invalid', 'the manifest breaks its rules', manifestProblems(manifest, claimed));
}

/** What a manifest contradicts itself in. */
function ownProblems(manifest: CandidateManifest): Problem[] {
  const { permissions, runtimes, licences, data_restrictions, known_vulnerabilities, parents } = manifest;
  const lists: readonly (readonly [path: string, values: readonly string[]])[] = [
    ['$.permissions', permissions],
    ['$.licences.ids', licences.ids],
    ['$.licences.obligations', licences.obligations],
    ['$.data_restrictions', data_restrictions],
    ['$.known_vulnerabilities', known_vulnerabilities.map(({ id }) => id)],
    ['$.parents', parents.map(({ digest }) => digest)],
    ['$.runtimes', runtimes.map(({ digest }) => digest)],
  ];
  return [
    ...contentProblems(manifest),
    ...runtimes.flatMap(({ verified_on }, index) =>
      differs(`$.runtimes[${index}].verified_on`, manifest.package.digest, verified_on),
    ),
    ...parents.flatMap(({ digest }, index): Problem[] =>
      digest === manifest.package.digest
        ? [{ path: `$.parents[${index}].digest`, expected: 'another than the package', got: digest }]
        : [],
    ),
    ...lists.flatMap(([path, values]) =>
      duplicates(values.map((value, index) => ({ path: `${path}[${index}]`, value }))),
    ),
  ];
}

/** Whoever lists what is in a package lists all of it: the list has the package's digest. */
function contentProblems({ package: { kind, digest, entries, layers }, entry_point }: CandidateManifest): Problem[] {
  const found: Problem[] = [];
  const add = (path: string, expected: string, got: string) => found.push({ path, expected, got });
  if (entries !== null && kind !== 'directory') add('$.package.entries', `null of a ${kind}`, 'a list');
  if (layers !== null && kind !== 'oci') add('$.package.layers', `null of a ${kind}`, 'a list');
  if (entry_point !== null && kind === 'file') add('$.entry_point', 'null of a single file', entry_point);
  if (entries === null || kind !== 'directory') return found;
  const measured = digestOfEntries(entries as readonly PackageEntry[]);
  if (measured !== digest) add('$.package.entries', `the entries of ${digest}`, measured);
  const starts = entries.find(({ path }) => path === entry_point);
  if (entry_point !== null && starts?.type !== 'file') add('$.entry_point', 'a file of the package', entry_point);
  return found;
}

/** The digest of the package that these are the entries of; a code where they are those of none. */
function digestOfEntries(entries: readonly PackageEntry[]): string {
  try {
    return packageDigest(packageManifest(entries));
  } catch (error) {
    if (!hasCode(error)) throw error;
    return error.code;
  }
}

/** What the diff says is new must be among what the candidate may do, and what it says is gone must not. */
function permissionProblems({ permissions }: CandidateManifest, { safety_and_security: safety }: Claimed['sections']) {
  const { added = [], removed = [] } = safety?.permission_diff ?? {};
  const held = new Set(permissions);
  return [
    ...added
      .filter((each) => !held.has(each))
      .map((each) => ({ path: '$.permissions', expected: `${each}, which the packet says is added`, got: 'nothing' })),
    ...permissions.flatMap((each, index): Problem[] =>
      removed.includes(each)
        ? [{ path: `$.permissions[${index}]`, expected: 'none that the packet says is removed', got: each }]
        : [],
    ),
  ];
}

/** Manifest and packet name the same parents: neither may leave out one of the other's. */
function lineageProblems({ parents }: CandidateManifest, { lineage }: Claimed['sections']): Problem[] {
  const named = lineage?.parents;
  if (!named) return [];
  const text = ({ name, digest }: { readonly name: string; readonly digest: string }): string => `${name} ${digest}`;
  const [inPacket, inManifest] = [new Set(named.map(text)), new Set(parents.map(text))];
  return [
    ...[...inPacket]
      .filter((each) => !inManifest.has(each))
      .map((each) => ({ path: '$.parents', expected: `${each}, a parent in the packet`, got: 'nothing' })),
    ...parents.flatMap((each, index): Problem[] =>
      inPacket.has(text(each))
        ? []
        : [{ path: `$.parents[${index}]`, expected: 'a parent in the packet', got: text(each) }],
    ),
  ];
}

function differs(path: string, expected: string, got: string): Problem[] {
  return got === expected ? [] : [{ path, expected, got }];
}
