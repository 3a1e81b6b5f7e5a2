import { isFolder, jsonFilesIn, readInput } from '../files.ts';

/** The bytes of files of anchors, and of those in folders of them. @throws CliError `file.unreadable`. */
export function anchorFiles(paths: readonly string[]): readonly Uint8Array[] {
  const filesIn = (path: string): readonly string[] =>
    isFolder(path) ? jsonFilesIn(path, 'the folder of anchors cannot be read') : [path];
  return paths.flatMap(filesIn).map(readInput);
}
