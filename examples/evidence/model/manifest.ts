import type { DigestText } from '../../../core/domain/vocabulary.ts';
import type { CandidateManifest } from '../../../documents/index.ts';
import type { Artifact, ArtifactShelf } from '../artifacts.ts';
import { shelveManifest } from '../manifest.ts';
import type { Lineage } from './lineage.ts';
import { MODEL } from './package.ts';

const PERMISSIONS = ['read:passages', 'read:query-log', 'write:scores'] as const;

/** The manifest of the model, with those of its parents, from which it carries what they pass on. */
export function modelManifests(
  shelf: ArtifactShelf,
  index: Artifact,
  parents: NonNullable<Lineage['parents']>,
): { readonly own: Artifact; readonly parents: readonly Artifact[] } {
  const versions = [MODEL.previous, '3.3.1'];
  const passing = parents.map(({ digest }, at) =>
    shelveManifest(shelf, `lineage/parent-${at}-manifest.json`, {
      ...common(shelf, versions[at] ?? MODEL.previous, digest),
      permissions: [...PERMISSIONS, 'read:agent-notes', 'write:query-log', 'network:egress'],
      known_vulnerabilities: [
        { id: 'CVE-2026-31822', severity: 'medium', fixed: null },
        { id: 'SR-2026-004', severity: 'low', fixed: null },
      ],
      parents: [],
    }),
  );
  const fix = shelf.json('safety/fixes/CVE-2026-31822.json', { replaced: 'tokenizer', from: '0.9.1', to: '0.9.4' });
  const own = shelveManifest(shelf, 'manifest.json', {
    ...common(shelf, MODEL.version, index.digest),
    permissions: [...PERMISSIONS],
    known_vulnerabilities: [
      { id: 'CVE-2026-31822', severity: 'medium', fixed: fix.digest },
      { id: 'SR-2026-004', severity: 'low', fixed: null },
    ],
    parents: parents.map((parent, at) => ({ ...parent, manifest: passing[at]?.digest ?? null })),
  });
  return { own, parents: passing };
}

function common(
  shelf: ArtifactShelf,
  version: string,
  digest: DigestText,
): Omit<CandidateManifest, '_type' | 'permissions' | 'known_vulnerabilities' | 'parents'> {
  const runtime = shelf.json(`runtimes/for-${version}.json`, { accelerator: 'none', threads: 16, serves: version });
  return {
    name: MODEL.name,
    version,
    kind: 'model',
    package: { kind: 'file', digest, entries: null, layers: null },
    entry_point: null,
    runtimes: [{ name: 'ranking-runtime', version: '1.14.3', digest: runtime.digest, verified_on: digest }],
    licences: { ids: ['LicenseRef-internal', 'CC-BY-4.0'], obligations: ['attribution'] },
    data_restrictions: ['no-training-on-answers', 'no-use-outside-support'],
  };
}
