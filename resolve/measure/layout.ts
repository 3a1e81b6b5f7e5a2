import { type Digest, digestBytes, digestHex } from '../../core/canon/index.ts';
import { OCI_MANIFEST_MAX_BYTES, type OciDescriptor } from '../../documents/oci-image.ts';
import { PackageError, type PackageErrorCode, refusePackage } from '../../documents/package-errors.ts';
import { digestOf, type FoundFile, readFound } from './content.ts';
import type { Found } from './tree.ts';

export const MARKER = 'oci-layout';
export const INDEX = 'index.json';
const BLOB = /^blobs\/[a-z0-9]+(?:[+._-][a-z0-9]+)*\/[A-Za-z0-9=_-]+$/;

/** The files of an image layout. A blob is read at most twice: as a manifest, and as bytes. */
export interface Layout {
  /** Marker or index, whole. @throws PackageError `oci.layout`, `package.changed`; ResolveError `file.unreadable`. */
  document(path: string): Promise<Uint8Array>;
  /** The bytes of a manifest or index that have its digest. @throws PackageError `oci.blob`, and as `document`. */
  manifest(descriptor: OciDescriptor): Promise<Uint8Array>;
  /** Holds a blob against its descriptor. @throws PackageError `oci.blob`, and as `document`. */
  check(descriptor: OciDescriptor): Promise<void>;
}

/** @throws PackageError `oci.foreign_file`. */
export function openLayout(folder: string, found: readonly Found[]): Layout {
  refuseForeign(found);
  const files = new Map(found.flatMap((each) => (each.type === 'file' ? [[each.path, each] as const] : [])));
  const measured = new Map<Digest, Digest>();

  const sized = (descriptor: OciDescriptor): FoundFile => {
    const { digest, size, path } = descriptor;
    const file = files.get(blobPath(digest));
    if (file === undefined) throw refused('oci.blob', 'a blob is missing', path, digest, 'nothing');
    if (file.size !== size) throw refused('oci.blob', 'a blob has another size', path, `${size}`, `${file.size}`);
    return file;
  };
  const refuseOther = ({ digest, path }: OciDescriptor, got: Digest): void => {
    if (got !== digest) throw refused('oci.blob', 'a blob has another digest', path, digest, got);
  };

  return {
    async document(path) {
      const file = files.get(path);
      if (file === undefined) throw refused('oci.layout', 'the layout lacks a file', path, 'a file', 'nothing');
      return whole(folder, file, 'oci.layout', path);
    },
    async manifest(descriptor) {
      const bytes = await whole(folder, sized(descriptor), 'oci.blob', descriptor.path);
      refuseOther(descriptor, digestBytes(bytes));
      return bytes;
    },
    async check(descriptor) {
      const file = sized(descriptor);
      const got = measured.get(descriptor.digest) ?? (await digestOf(folder, file));
      measured.set(descriptor.digest, got);
      refuseOther(descriptor, got);
    },
  };
}

export function blobPath(digest: Digest): string {
  return `blobs/sha256/${digestHex(digest)}`;
}

/** A tool might use what lies beside the image, and the image's digest would not show that it was put there. */
function refuseForeign(found: readonly Found[]): void {
  const foreign = found.filter(
    ({ path, type }) =>
      type !== 'directory' && !(type === 'file' && (path === MARKER || path === INDEX || BLOB.test(path))),
  );
  const problems = foreign.map(({ path, type }) => ({
    path,
    expected: `${MARKER}, ${INDEX} and blobs`,
    got: `a ${type}`,
  }));
  refusePackage('oci.foreign_file', 'the layout has no place for this', problems);
}

async function whole(folder: string, file: FoundFile, code: PackageErrorCode, path: string): Promise<Uint8Array> {
  const { size } = file;
  if (size > OCI_MANIFEST_MAX_BYTES) {
    throw refused(code, 'this is too large', path, `at most ${OCI_MANIFEST_MAX_BYTES} bytes`, `${size}`);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  await readFound(folder, file, (chunk) => {
    // A file that grew meanwhile is refused by its reader, after this.
    bytes.set(chunk.subarray(0, size - at), at);
    at = Math.min(size, at + chunk.length);
  });
  return bytes;
}

function refused(code: PackageErrorCode, message: string, path: string, expected: string, got: string): PackageError {
  return new PackageError(code, message, [{ path, expected, got }]);
}
