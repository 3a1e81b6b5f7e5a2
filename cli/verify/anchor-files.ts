import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../errors.ts';
import { isFolder, readInput } from '../files.ts';

/** The bytes of files of anchors, and of those in folders of them. @throws CliError `file.unreadable`. */
export function anchorFiles(paths: readonly string[]): readonly Uint8Array[] {
  return paths.flatMap((path) => (isFolder(path) ? filesIn(path) : [path])).map(readInput);
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(folder, name));
  } catch (cause) {
    throw new CliError('file.unreadable', { message: 'the folder of anchors cannot be read', path: folder }, { cause });
  }
}
