import { type Digest, isDigest } from '../core/canon/index.ts';
import { usage } from './errors.ts';
import { measure } from './measure/measure.ts';

/**
 * A digest as it was written, or that of what lies at a path.
 *
 * @param option where it was given, for errors.
 * @param reference which image of a layout is meant.
 * @throws CliError `cli.usage`; as `measure`.
 */
export async function digestOrMeasured(option: string, given: string, reference?: string): Promise<Digest> {
  if (isDigest(given)) {
    if (reference === undefined) return given;
    throw usage('a digest has no images to choose from', { path: option, expected: 'an image layout', got: given });
  }
  if (given.startsWith('sha256:')) {
    throw usage('this is no digest', {
      path: option,
      expected: 'sha256: and 64 lower-case hex digits, or a file or folder',
      got: given,
    });
  }
  const { digest } = await measure(given, reference);
  return digest;
}
