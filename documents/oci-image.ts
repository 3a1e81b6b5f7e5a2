import * as z from 'zod';
import { type Digest, isDigest, readJson } from '../core/canon/index.ts';
import { PackageError, refusePackage } from './package-errors.ts';
import { digest } from './primitives.ts';
import { readShape } from './read-document.ts';

/** The parts of the OCI image specification, 1.1, that say which bytes an image is made of. Other members are not read. */

const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const REFERENCE = 'org.opencontainers.image.ref.name';
const LAYOUT_VERSION = '1.0.0';

/** Largest index or manifest, in bytes; also what registries take. */
export const OCI_MANIFEST_MAX_BYTES = 4 * 1024 * 1024;

/** What one document says of a blob. */
export interface OciDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Where this is said: a file of the layout, and the JSON path in it. */
  readonly path: string;
}

/** The image that was chosen, and all that the index says of it. */
export interface OciImage {
  readonly digest: Digest;
  readonly descriptors: readonly OciDescriptor[];
}

/** What a manifest or an index leads to. */
export interface OciChildren {
  /** Manifests and indexes, which lead further. */
  readonly manifests: readonly OciDescriptor[];
  /** Configuration and layers, whose bytes are the end. */
  readonly contents: readonly OciDescriptor[];
}

const descriptor = z.object({
  mediaType: z.string().max(255),
  digest,
  size: z.int().min(0),
  annotations: z.record(z.string(), z.string()).optional(),
});
const layout = z.object({ imageLayoutVersion: z.string().max(255) });
const index = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().max(255).optional(),
  manifests: z.array(descriptor),
  config: z.unknown().optional(),
  layers: z.unknown().optional(),
});
const manifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().max(255).optional(),
  config: descriptor,
  layers: z.array(descriptor),
  manifests: z.unknown().optional(),
});

/**
 * Holds the marker of a layout to the one version that is read.
 *
 * @param file where it was read, for errors.
 * @throws PackageError `oci.layout`; CanonError `json.*` and DocumentError `document.shape` for what is no marker.
 */
export function checkOciLayout(bytes: Uint8Array, file: string): void {
  const { imageLayoutVersion: got } = readShape(layout, read(bytes, file), root(file));
  if (got === LAYOUT_VERSION) return;
  const problem = { path: `${root(file)}.imageLayoutVersion`, expected: LAYOUT_VERSION, got };
  throw new PackageError('oci.layout', 'the image layout is of another version', [problem]);
}

/**
 * The image that `index.json` names, or the one of them that `reference` names: a name that the index gives it, or its
 * digest. Several descriptors of one digest are one image.
 *
 * @throws PackageError `oci.reference`, `oci.media_type`; CanonError `json.*` and DocumentError `document.*`.
 */
export function chooseOciImage(bytes: Uint8Array, file: string, reference?: string): OciImage {
  const named = readIndex(bytes, file).filter(
    ({ mediaType, annotations, digest: own }) =>
      (mediaType === MANIFEST_TYPE || mediaType === INDEX_TYPE) &&
      (reference === undefined || reference === (isDigest(reference) ? own : annotations?.[REFERENCE])),
  );
  const [only, ...others] = new Set(named.map(({ digest: own }) => own));
  if (only === undefined || others.length > 0) {
    const expected =
      reference === undefined ? 'one image, or a reference that chooses one' : `one image that answers to ${reference}`;
    const problem = {
      path: `${root(file)}.manifests`,
      expected,
      got: only === undefined ? 'none' : `${others.length + 1}`,
    };
    throw new PackageError('oci.reference', 'the layout does not say which image is meant', [problem]);
  }
  return { digest: only, descriptors: named };
}

/**
 * What a manifest or index leads to.
 *
 * @param bytes those that were held against the descriptor's digest.
 * @throws PackageError `oci.media_type`; CanonError `json.*` and DocumentError `document.*`.
 */
export function readOciChildren(bytes: Uint8Array, file: string, { mediaType, path }: OciDescriptor): OciChildren {
  if (mediaType === INDEX_TYPE) return { manifests: readIndex(bytes, file), contents: [] };
  if (mediaType === MANIFEST_TYPE) return { manifests: [], contents: readManifest(bytes, file) };
  const problem = { path: `${path}.mediaType`, expected: `${MANIFEST_TYPE} or ${INDEX_TYPE}`, got: mediaType };
  throw new PackageError('oci.media_type', 'what this leads to cannot be told', [problem]);
}

function readIndex(bytes: Uint8Array, file: string) {
  const found = readShape(index, read(bytes, file), root(file));
  refuseOther(file, found.mediaType, INDEX_TYPE);
  refuseBoth(file, found, ['config', 'layers']);
  return found.manifests.map((each, at) => placed(each, `${root(file)}.manifests[${at}]`));
}

function readManifest(bytes: Uint8Array, file: string): readonly OciDescriptor[] {
  const found = readShape(manifest, read(bytes, file), root(file));
  refuseOther(file, found.mediaType, MANIFEST_TYPE);
  refuseBoth(file, found, ['manifests']);
  return [
    placed(found.config, `${root(file)}.config`),
    ...found.layers.map((each, at) => placed(each, `${root(file)}.layers[${at}]`)),
  ];
}

function placed<Found extends z.output<typeof descriptor>>(found: Found, path: string) {
  return { ...found, digest: found.digest as Digest, path };
}

function refuseOther(file: string, got: string | undefined, expected: string): void {
  if (got === undefined || got === expected) return;
  const problem = { path: `${root(file)}.mediaType`, expected, got };
  throw new PackageError('oci.media_type', 'this is of another kind than it is named as', [problem]);
}

/** A document that reads as manifest and as index is one image to some tools and another to others (CVE-2021-41190). */
function refuseBoth<Found extends object>(
  file: string,
  found: Found,
  members: readonly (keyof Found & string)[],
): void {
  const there = members.filter((member) => found[member] !== undefined);
  const problems = there.map((member) => ({ path: `${root(file)}.${member}`, expected: 'no such member', got: 'one' }));
  refusePackage('oci.media_type', 'this reads as a manifest and as an index', problems);
}

function read(bytes: Uint8Array, file: string) {
  return readJson(bytes, { maxBytes: OCI_MANIFEST_MAX_BYTES, path: root(file) });
}

function root(file: string): string {
  return `${file}:$`;
}
