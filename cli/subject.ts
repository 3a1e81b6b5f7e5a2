import { type Digest, isDigest } from '../core/canon/index.ts';
import { usage } from './errors.ts';
import { measureFile } from './measure-file.ts';

/** A digest as it was written, or that of a file's bytes. @throws CliError `cli.usage`, `file.unreadable` */
export async function digestOrFile(option: string, given: string): Promise<Digest> {
  if (isDigest(given)) return given;
  if (given.startsWith('sha256:')) {
    throw usage('this is no digest', {
      path: option,
      expected: 'sha256: and 64 lower-case hex digits, or a file',
      got: given,
    });
  }
  return measureFile(given);
}
