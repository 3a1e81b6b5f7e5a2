import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CliError } from './errors.ts';

/** @throws CliError `file.unreadable` with what the system said. */
export function readInput(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Strict UTF-8. @throws as `readInput`; TypeError where it is not UTF-8. */
export function readText(path: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(readInput(path));
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** A file that was not there before, synced with its folder. @throws CliError `file.exists`, `file.unwritable`. */
export function writeNew(path: string, bytes: Uint8Array | string, mode = 0o644): void {
  if (existsSync(path)) {
    throw new CliError('file.exists', {
      message: 'this is not overwritten',
      path,
      expected: 'a path where nothing is',
      got: 'a file',
    });
  }
  write(path, path, bytes, mode, 'wx');
}

/** A file replaced whole or not at all, also across a crash: temporary file, fsync, rename, fsync of the folder. */
export function replaceFile(path: string, bytes: Uint8Array | string, mode = 0o644): void {
  write(path, join(dirname(path), `.${basename(path)}.${process.pid}.tmp`), bytes, mode, 'w');
}

function write(path: string, first: string, bytes: Uint8Array | string, mode: number, flags: 'w' | 'wx'): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(first, flags, mode);
    try {
      const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
      for (let at = 0; at < buffer.length; ) at += writeSync(file, buffer, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (first !== path) renameSync(first, path);
    syncFolder(dirname(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError('file.unwritable', {
      message: 'this cannot be written',
      path,
      expected: 'a writable path',
      got: code ?? 'an error',
    });
  }
}

/** Without it, a crash may forget the name of a file whose bytes are on disk. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function unreadable(path: string, error: unknown): CliError {
  const { code } = error as NodeJS.ErrnoException;
  return new CliError('file.unreadable', {
    message: 'this cannot be read',
    path,
    expected: 'a readable file',
    got: code ?? 'an error',
  });
}

/** Paths of the JSON files in a folder, by name. @param message why it matters that there is no such list. @throws CliError `file.unreadable` */
export function jsonFilesIn(folder: string, message: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(folder, name));
  } catch (cause) {
    throw new CliError('file.unreadable', { message, path: folder }, { cause });
  }
}
