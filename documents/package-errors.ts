import { CountersignError } from '../core/errors.ts';
import type { Problem } from './errors.ts';

/** Every reason for which a folder, or an image in one, has no digest. */
export const PACKAGE_ERROR_CODES = [
  // Entries of a package.
  /** A name that is not UTF-8, that leads elsewhere, or that another system cannot keep. */
  'package.name',
  /** Two paths that are one file on a system without case, or without the same Unicode form. */
  'package.collision',
  /** An entry that stands in no folder of the package. */
  'package.parent',
  /** A symbolic link that leads outside, or whose target has more than one spelling. */
  'package.symlink',
  /** More entries, or deeper nesting, than a package may have. */
  'package.limit',
  /** A socket, a device or a pipe. */
  'package.entry_type',
  /** Something changed while it was measured, so that no digest is that of one state. */
  'package.changed',

  // Image layouts.
  /** Marker or index of the layout are missing, or of another version than the one that is read. */
  'oci.layout',
  /** No image, or several, answer to what was asked for. */
  'oci.reference',
  /** A manifest that is of no known kind, or of another than its descriptor says, or of two at once. */
  'oci.media_type',
  /** A blob is missing, or its size or digest is not what its descriptor says. */
  'oci.blob',
  /** A file that the layout has no place for, and the image's digest says nothing about. */
  'oci.foreign_file',
] as const;

export type PackageErrorCode = (typeof PACKAGE_ERROR_CODES)[number];

/** `path`, `expected` and `got` are those of the first problem. */
export class PackageError extends CountersignError<PackageErrorCode> {
  readonly problems: readonly Problem[];

  constructor(code: PackageErrorCode, message: string, problems: readonly [Problem, ...Problem[]]) {
    const [first, ...others] = problems;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    super(code, { ...first, message: `${message}${more}` });
    this.name = 'PackageError';
    this.problems = problems;
  }
}

/** Throws `code` with all of `problems`; returns where there are none. */
export function refusePackage(code: PackageErrorCode, message: string, problems: readonly Problem[]): void {
  const [first, ...others] = problems;
  if (first !== undefined) throw new PackageError(code, message, [first, ...others]);
}
