import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../core/canon/index.ts';
import {
  CANDIDATE_MANIFEST_MAX_BYTES,
  type CandidateManifest,
  readCandidateManifest,
} from '../../documents/candidate-manifest.ts';
import { checkManifest, manifestProblems } from '../../documents/manifest-rules.ts';
import { type PackageEntry, packageDigest, packageManifest } from '../../documents/package.ts';
import { CANDIDATE, copy, digestOf, fixtureEvidence, fixtureManifest } from './fixtures.ts';
import { refused, refusedAt } from './refusal.ts';

/** What a candidate says that it is, and the rules that it is held to (R72). */

type Draft = ReturnType<typeof copy<CandidateManifest>>;

function changed(change: (manifest: Draft) => void): CandidateManifest {
  const manifest = copy(fixtureManifest());
  change(manifest);
  return manifest;
}

const reading = (change: (manifest: Draft) => void) => () => readCandidateManifest(canonicalBytes(changed(change)));

const claimed = { candidate: CANDIDATE, sections: fixtureEvidence().sections };
const broken = (change: (manifest: Draft) => void): readonly string[] =>
  manifestProblems(changed(change), claimed).map(({ path }) => path);

describe('readCandidateManifest', () => {
  it('reads a manifest from its canonical bytes only', () => {
    expect(readCandidateManifest(canonicalBytes(fixtureManifest()))).toEqual(fixtureManifest());
    const spread = new TextEncoder().encode(JSON.stringify(fixtureManifest(), null, 2));
    expect(refused(() => readCandidateManifest(spread))[0]).toBe('json.not_canonical');
  });

  it('refuses floating names wherever a version or digest stands, with their paths', () => {
    const moving = reading((manifest) => {
      manifest.version = 'latest';
      manifest.package.digest = 'stable';
      Object.assign(manifest.runtimes[0]!, { version: '4.x', digest: 'newest', verified_on: 'HEAD' });
      Object.assign(manifest.parents[0]!, { digest: 'main', manifest: 'edge' });
      manifest.known_vulnerabilities[0]!.fixed = 'nightly';
    });
    expect(refusedAt(moving)).toEqual([
      'document.floating_name',
      '$.version',
      '$.package.digest',
      '$.runtimes[0].version',
      '$.runtimes[0].digest',
      '$.runtimes[0].verified_on',
      '$.known_vulnerabilities[0].fixed',
      '$.parents[0].digest',
      '$.parents[0].manifest',
    ]);
  });

  it('names every member that is missing, foreign or out of bounds at once', () => {
    const wrong = reading((manifest) => {
      delete (manifest as Partial<Draft>).kind;
      manifest.runtimes = [];
      manifest.licences.ids = [];
      manifest.permissions = ['two words'];
      Object.assign(manifest.package, { note: 'free text' });
    });
    expect(refusedAt(wrong)).toEqual([
      'document.shape',
      '$.kind',
      '$.package.note',
      '$.permissions[0]',
      '$.runtimes',
      '$.licences.ids',
    ]);
  });

  it('is no other document, and no larger than a pack should carry', () => {
    expect(refused(() => readCandidateManifest(canonicalBytes(fixtureEvidence())))).toEqual([
      'document.type',
      '$._type',
    ]);
    const large = changed((manifest) => {
      manifest.package = { kind: 'directory', digest: CANDIDATE.digest, layers: null, entries: manyEntries() };
    });
    expect(canonicalBytes(large).length).toBeGreaterThan(CANDIDATE_MANIFEST_MAX_BYTES);
    expect(refused(() => readCandidateManifest(canonicalBytes(large)))[0]).toBe('json.too_large');
  });
});

function manyEntries(): Draft['package']['entries'] {
  return Array.from({ length: 5000 }, (_, at) => ({ type: 'directory' as const, path: `${'d'.repeat(250)}${at}` }));
}

describe('the rules of a manifest', () => {
  it('hold for one that says what request and packet say', () => {
    expect(manifestProblems(fixtureManifest(), claimed)).toEqual([]);
    checkManifest(fixtureManifest(), claimed);
  });

  // shows: R72
  it('are all told at once, each with its place', () => {
    const wrong = changed((manifest) => {
      manifest.name = 'gateway';
      manifest.version = '2.4.1';
      manifest.package.digest = digestOf('another package');
      manifest.permissions = ['metrics:write', 'routes:write', 'routes:write'];
      manifest.parents = [];
    });
    expect(refusedAt(() => checkManifest(wrong, claimed))).toEqual([
      'manifest.invalid',
      '$.name',
      '$.version',
      '$.package.digest',
      '$.runtimes[0].verified_on',
      '$.permissions[2]',
      '$.permissions[0]',
      '$.parents',
    ]);
  });

  it('demand every permission that the packet says is added, and none that it says is removed', () => {
    const { sections } = fixtureEvidence();
    const diff = { added: ['network:egress', 'routes:write'], removed: ['metrics:read'] };
    const safety = { ...sections.safety_and_security!, permission_diff: diff };
    const problems = manifestProblems(fixtureManifest(), {
      candidate: CANDIDATE,
      sections: { ...sections, safety_and_security: safety },
    });
    expect(problems).toEqual([
      { path: '$.permissions', expected: 'network:egress, which the packet says is added', got: 'nothing' },
      { path: '$.permissions[0]', expected: 'none that the packet says is removed', got: 'metrics:read' },
    ]);
  });

  it('demand the same parents as the packet: none less, none more, none under another name', () => {
    const other = { name: 'teacher', digest: digestOf('teacher'), manifest: null };
    expect(broken(({ parents }) => parents.push(other))).toEqual(['$.parents[1]']);
    expect(broken(({ parents }) => Object.assign(parents[0]!, { name: 'gateway' }))).toEqual([
      '$.parents',
      '$.parents[0]',
    ]);
    expect(broken(({ parents }) => Object.assign(parents[0]!, { digest: CANDIDATE.digest }))).toEqual([
      '$.parents[0].digest',
      '$.parents',
      '$.parents[0]',
    ]);
  });

  // shows: R75
  it('demand that it was seen to run as exactly this package', () => {
    const verified_on = digestOf('candidate gateway-router 2.3.1');
    expect(broken(({ runtimes }) => Object.assign(runtimes[0]!, { verified_on }))).toEqual([
      '$.runtimes[0].verified_on',
    ]);
  });

  it('demand each entry of a list once', () => {
    expect(
      broken((manifest) => {
        manifest.licences.obligations.push('attribution');
        manifest.data_restrictions.push('no-use-outside-routing');
        manifest.known_vulnerabilities.push({ id: 'CVE-2026-10001', severity: 'high', fixed: null });
      }),
    ).toEqual(['$.licences.obligations[2]', '$.data_restrictions[1]', '$.known_vulnerabilities[2]']);
  });
});

describe('what a manifest lists of its package', () => {
  const file = (path: string): PackageEntry => ({
    type: 'file',
    path,
    size: 7,
    digest: digestOf('weights') as never,
    executable: true,
  });
  const entries: readonly PackageEntry[] = [{ type: 'directory', path: 'bin' }, file('bin/serve')];
  const digest = packageDigest(packageManifest(entries));

  const listing = (listed: readonly PackageEntry[], entry_point: string | null = 'bin/serve') =>
    manifestProblems(
      fixtureManifest({
        package: { kind: 'directory', digest, layers: null, entries: [...listed] },
        entry_point,
        runtimes: [{ ...fixtureManifest().runtimes[0]!, verified_on: digest }],
      }),
      { ...claimed, candidate: { ...CANDIDATE, digest } },
    );

  it('is all of it: the entries have the digest of the package', () => {
    expect(listing(entries)).toEqual([]);
    expect(listing(entries.slice(0, 1), null)).toEqual([
      {
        path: '$.package.entries',
        expected: `the entries of ${digest}`,
        got: packageDigest(packageManifest(entries.slice(0, 1))),
      },
    ]);
    expect(listing([...entries, file('../escape')]).map(({ path, got }) => [path, got])).toEqual([
      ['$.package.entries', 'package.name'],
    ]);
  });

  it('has the entry point in it, as a file', () => {
    expect(listing(entries, 'bin').map(({ path }) => path)).toEqual(['$.entry_point']);
    expect(listing(entries, 'bin/other').map(({ path }) => path)).toEqual(['$.entry_point']);
  });

  it('is what its kind has: entries of a folder, layers of an image', () => {
    expect(
      broken((manifest) => {
        manifest.package.kind = 'file';
        manifest.package.entries = [];
      }),
    ).toEqual(['$.package.entries', '$.package.layers', '$.entry_point']);
  });
});
