import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Finding, folderFindings } from '../../verifier/index.ts';
import { CliError } from '../errors.ts';
import { isFolder, readInput } from '../files.ts';

/** The files of a pack, as bytes; what is not there is null. */
export interface PackFiles {
  readonly bundle: Uint8Array | null;
  readonly view: Uint8Array | null;
  readonly disclosures: Uint8Array | null;
  /** Trust files and keys that lie beside the pack. */
  readonly besides: readonly Finding[];
}

const BUNDLE = 'pack.sigstore.json';
const VIEW = 'pack.json';
const DISCLOSURES = 'disclosures.json';

/**
 * Reads a pack from a folder, a sealed file, or a view (whose seal is looked for beside it). Which of the two a file is,
 * its content says, not its name. Beside `pack.sigstore.json`, view and texts are looked for too; a sealed file of
 * another name stands alone, as its folder may be of many packs.
 *
 * @throws CliError `file.unreadable`, `verify.nothing`.
 */
export function readPack(path: string, disclosuresPath?: string): PackFiles {
  const given = disclosuresPath === undefined ? null : readInput(disclosuresPath);
  if (isFolder(path)) {
    const files = inFolder(path, given);
    if (files.bundle === null && files.view === null) {
      const message = 'there is no audit pack in this folder';
      throw new CliError('verify.nothing', { message, path, expected: `${BUNDLE} and ${VIEW}`, got: 'neither' });
    }
    return { ...files, besides: folderFindings(readdirSync(path)) };
  }
  const bytes = readInput(path);
  const folder = dirname(path);
  const besides = [BUNDLE, VIEW].includes(basename(path)) ? folderFindings(readdirSync(folder)) : [];
  // Under the name that it has in a pack's folder, it is that pack's: the view beside it is what people read.
  if (isBundle(bytes) && basename(path) === BUNDLE) return { ...inFolder(folder, given), bundle: bytes, besides };
  if (isBundle(bytes)) return { bundle: bytes, view: null, disclosures: given, besides };
  return { ...inFolder(folder, given), view: bytes, besides };
}

function inFolder(folder: string, given: Uint8Array | null): Omit<PackFiles, 'besides'> {
  const read = (name: string): Uint8Array | null => {
    const path = join(folder, name);
    return existsSync(path) ? readInput(path) : null;
  };
  return { bundle: read(BUNDLE), view: read(VIEW), disclosures: given ?? read(DISCLOSURES) };
}

/** Only to tell the two apart; whoever opens it reads it strictly. */
function isBundle(bytes: Uint8Array): boolean {
  const head = new TextDecoder().decode(bytes.subarray(0, 64 * 1024));
  return (
    /^\s*\{/.test(head) &&
    (head.includes('"dsseEnvelope"') || head.includes('"mediaType"')) &&
    !head.includes('"event_chain"')
  );
}
