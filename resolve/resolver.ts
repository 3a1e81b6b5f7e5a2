import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Digest, digestBytes, digestHex, isDigest, readJson } from '../core/canon/index.ts';
import type { Wanted } from '../core/domain/commands.ts';
import type { ResolvedFact } from '../core/domain/events.ts';
import { type Ancestry, ANCESTRY_TYPE } from '../documents/ancestry.ts';
import { lineageDigest, type LineageRegistry, readLineageRegistry } from '../documents/lineage-registry.ts';
import { ancestorsOf } from './ancestors.ts';
import { ResolveError } from './errors.ts';
import { digestOf } from './measure/content.ts';
import { measure } from './measure/measure.ts';
import { type Found, findAll, look } from './measure/tree.ts';

/**
 * Finds what evidence names by digest, and measures it anew.
 *
 * Where it looks is the worker's configuration and the digest, and nothing else: a location that stands in evidence is
 * somebody's word, and is never opened. No symbolic link leads there, and none leads on from there. What was measured is
 * measured again only where it has changed.
 *
 * Time. Models are large, and whoever calls has a second or two: measuring goes on after the call has been given up, and
 * a later call has what it came to.
 *
 * @throws ResolveError `resolve.not_found`, `resolve.measuring`, `resolve.circular`, `resolve.too_many`, `file.unreadable`; PackageError; DocumentError and
 *   CanonError of an image layout or the registry of lineages. Another try may mend each of them.
 */
export interface Resolver {
  resolve(wanted: readonly Wanted[]): Promise<readonly ResolvedFact[]>;
  /** All that these were made of, by however many steps, as the registry of lineages has it now. */
  ancestry(lines: Lines): Ancestry;
}

interface Lines {
  readonly candidate: string;
  readonly rollback: string | null;
}

export interface ResolverOptions {
  /** Folders in which a package lies at `sha256/<64 hex digits>`: a file, a folder or an image layout. */
  readonly folders: readonly string[];
  /** File of the registry of lineages; without it nobody's parents are known. */
  readonly lineage?: string | undefined;
  /** How long a call waits for what is being measured, in milliseconds. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 1_000;
/** A result is a few hundred bytes. */
const REMEMBERED = 1_000;
const REGISTRY_MAX_BYTES = 32 * 1024 * 1024;

export function createResolver({ folders, lineage, patienceMs = PATIENCE_MS }: ResolverOptions): Resolver {
  const measured = new Map<string, Promise<Digest>>();

  /** What was measured of this very state, or begins to be. */
  const measuredAt = (place: Place): Promise<Digest> => {
    const known = measured.get(place.state);
    if (known !== undefined) return known;
    const running = place.measure();
    measured.set(place.state, running);
    running.catch(() => measured.delete(place.state));
    const [oldest] = measured.keys();
    if (measured.size > REMEMBERED && oldest !== undefined) measured.delete(oldest);
    return running;
  };

  return {
    async resolve(wanted) {
      const running = wanted.map(async ({ what, digest, of }): Promise<ResolvedFact> => {
        const found = what === 'lineage' ? lineageOf(lineage, of) : await measuredAt(placeOf(folders, digest));
        return { what, digest, measured: found, source: 'service' };
      });
      return within(patienceMs, Promise.all(running));
    },
    ancestry({ candidate, rollback }) {
      const entries = new Map(registryAt(lineage, candidate).entries.map((entry) => [entry.digest, entry]));
      const lineOf = (digest: string) => ({ digest, ancestors: [...ancestorsOf(entries, digest)] });
      return {
        _type: ANCESTRY_TYPE,
        candidate: lineOf(candidate),
        rollback: rollback === null ? null : lineOf(rollback),
      };
    },
  };
}

/** A package as it stands on disk. */
interface Place {
  /** Another value, another place or another state of it. */
  readonly state: string;
  measure(): Promise<Digest>;
}

function placeOf(folders: readonly string[], digest: string): Place {
  if (!isDigest(digest)) throw notFound(digest, 'a digest', 'a name that is none');
  for (const folder of folders) {
    const root = rootOf(folder);
    const found = root === undefined ? undefined : entryOf(root, digestHex(digest));
    if (root === undefined || found === undefined) continue;
    const path = `${root}/${found.path}`;
    switch (found.type) {
      case 'file':
        return { state: `${path} ${found.state}`, measure: () => digestOf(root, found) };
      case 'directory': {
        const states = findAll(path).map((each) => `${each.path} ${each.state}`);
        const state = digestBytes(new TextEncoder().encode([found.state, ...states].join('\n')));
        return { state: `${path} ${state}`, measure: async () => (await measure(path)).digest };
      }
      case 'symlink':
        throw notFound(digest, 'a file or a folder', 'a symbolic link');
    }
  }
  throw notFound(digest, 'a file or a folder under it, in a folder that the worker may resolve from', 'nothing');
}

/** The real folder of the packages; undefined where it is none, or a link. */
function rootOf(folder: string): string | undefined {
  try {
    const root = join(realpathSync(folder), 'sha256');
    return lstatSync(root).isDirectory() ? root : undefined;
  } catch {
    return undefined;
  }
}

function entryOf(root: string, hex: string): Found | undefined {
  try {
    lstatSync(join(root, hex));
  } catch {
    return undefined;
  }
  return look(root, hex);
}

function lineageOf(file: string | undefined, digest: string): Digest {
  const entry = registryAt(file, digest).entries.find((each) => each.digest === digest);
  if (entry === undefined) throw notFound(digest, 'an entry in the registry of lineages', 'none');
  return lineageDigest(entry.parents);
}

function registryAt(file: string | undefined, digest: string): LineageRegistry {
  if (file === undefined) throw notFound(digest, 'a registry of lineages', 'none is configured');
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(readFileSync(file));
  } catch (error) {
    const got = (error as NodeJS.ErrnoException).code ?? 'an error';
    const message = 'the registry of lineages cannot be read';
    throw new ResolveError('file.unreadable', { message, path: dirname(file), expected: 'a readable file', got });
  }
  return readLineageRegistry(readJson(bytes, { maxBytes: REGISTRY_MAX_BYTES }));
}

async function within<T>(patienceMs: number, running: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = 'what the evidence names is being measured';
      reject(new ResolveError('resolve.measuring', { message, expected: 'a measured package', got: 'none yet' }));
    }, patienceMs);
  });
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
    // Given up by this call alone; what it comes to is for the next one.
    running.catch(() => undefined);
  }
}

function notFound(digest: string, expected: string, got: string): ResolveError {
  const message = `${isDigest(digest) ? digest : 'what the evidence names'} cannot be resolved`;
  return new ResolveError('resolve.not_found', { message, expected, got });
}
