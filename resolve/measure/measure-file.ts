import { createReadStream } from 'node:fs';
import { type Digest, parseDigest } from '../../core/canon/index.ts';
import { ResolveError } from '../errors.ts';

/** SHA-256 of a file's bytes, read as a stream: models are large. @throws ResolveError `file.unreadable`. */
export async function measureFile(path: string): Promise<Digest> {
  // Loaded here: 4 ms of a verification's start, and most measure nothing.
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ResolveError('file.unreadable', {
      message: 'the subject cannot be measured',
      path,
      expected: 'a readable file',
      got: code ?? 'an error',
    });
  }
  return parseDigest(`sha256:${hash.digest('hex')}`);
}
