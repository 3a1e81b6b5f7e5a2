import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { canonicalBytes, type Digest, digestBytes, digestHex, type JsonObject } from '../../../core/canon/index.ts';

/** What a test puts into a folder: text or bytes are a file, null is an empty folder. */
export type Content = string | Uint8Array | null | { readonly target: string } | { readonly program: string };

/** Makes what is not there yet, in the order given. */
export function fill(folder: string, contents: Readonly<Record<string, Content>>): string {
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of Object.entries(contents)) {
    const at = join(folder, path);
    mkdirSync(content === null ? at : dirname(at), { recursive: true });
    if (content === null) continue;
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(at, content);
    else if ('target' in content) symlinkSync(content.target, at);
    else {
      writeFileSync(at, content.program);
      chmodSync(at, 0o755);
    }
  }
  return folder;
}

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

export interface Blob {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

export function blob(content: string | JsonObject, mediaType: string): Blob {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : canonicalBytes(content);
  return { digest: digestBytes(bytes), bytes, mediaType };
}

export function describe({ digest, bytes, mediaType }: Blob, name?: string): JsonObject {
  const annotations = name === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': name } };
  return { mediaType, digest, size: bytes.length, ...annotations };
}

/** An image of one layer, as its blobs; the last of them is its manifest. */
export function image(text: string): readonly [config: Blob, layer: Blob, manifest: Blob] {
  const config = blob({ architecture: 'amd64', os: 'linux', of: text }, 'application/vnd.oci.image.config.v1+json');
  const layer = blob(`layer ${text}`, 'application/vnd.oci.image.layer.v1.tar');
  const content = { schemaVersion: 2, mediaType: MANIFEST_TYPE, config: describe(config), layers: [describe(layer)] };
  return [config, layer, blob(content, MANIFEST_TYPE)];
}

export function indexOf(manifests: readonly JsonObject[]): JsonObject {
  return { schemaVersion: 2, mediaType: INDEX_TYPE, manifests };
}

/** The files of a layout with these blobs, whose index has these descriptors. */
export function layout(manifests: readonly JsonObject[], blobs: readonly Blob[]): Record<string, Content> {
  return {
    'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
    'index.json': canonicalBytes(indexOf(manifests)),
    ...Object.fromEntries(blobs.map((each) => [`blobs/sha256/${digestHex(each.digest)}`, each.bytes])),
  };
}
