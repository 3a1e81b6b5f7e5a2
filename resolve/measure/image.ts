import type { Digest } from '../../core/canon/index.ts';
import { checkOciLayout, chooseOciImage, type OciDescriptor, readOciChildren } from '../../documents/oci-image.ts';
import { blobPath, INDEX, MARKER, openLayout } from './layout.ts';
import type { Found } from './tree.ts';

/** Whether a folder calls itself an OCI image layout: then it is measured as one, or refused. */
export function isImageLayout(found: readonly Found[]): boolean {
  return found.some(({ path, type }) => path === MARKER && type === 'file');
}

/**
 * Digest of the image, after every blob that it is made of was held against its descriptor. What the index says beside it,
 * and blobs that the image does not lead to, have no part in it.
 *
 * @throws PackageError `oci.*`, `package.changed`; ResolveError `file.unreadable`; CanonError `json.*` and DocumentError
 *   `document.*` for what is no index or manifest.
 */
export async function measureImage(folder: string, found: readonly Found[], reference?: string): Promise<Digest> {
  const layout = openLayout(folder, found);
  checkOciLayout(await layout.document(MARKER), MARKER);
  const { digest, descriptors } = chooseOciImage(await layout.document(INDEX), INDEX, reference);
  const open: OciDescriptor[] = [...descriptors];
  // By kind and size as well: what another descriptor says of the same blob may not hold.
  const followed = new Set<string>();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const said = `${next.mediaType} ${next.size} ${next.digest}`;
    if (followed.has(said)) continue;
    followed.add(said);
    const { manifests, contents } = readOciChildren(await layout.manifest(next), blobPath(next.digest), next);
    for (const content of contents) await layout.check(content);
    open.push(...manifests);
  }
  return digest;
}
