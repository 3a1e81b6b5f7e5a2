import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { canonicalize, type Digest, digestBytes, type JsonValue } from '../../core/canon/index.ts';
import type { EvidencePacket, EvidenceReferenceByDigest } from '../../documents/index.ts';

/** A file that a packet refers to by digest. */
export interface Artifact {
  /** Below the folder that holds them all, with `/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  readonly digest: Digest;
}

const SCHEME = 'artifact://acme/';

/** Gathers the files of one packet while its sections are built. */
export class ArtifactShelf {
  readonly #artifacts = new Map<string, Artifact>();
  readonly #prefix: string;

  /** @param prefix folder of all of them, without a slash at its end */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get artifacts(): readonly Artifact[] {
    return [...this.#artifacts.values()];
  }

  /** @throws RangeError where the name is taken: two files under one name would be a floating one */
  add(name: string, content: Uint8Array | string, mediaType: string): Artifact {
    const path = `${this.#prefix}/${name}`;
    if (this.#artifacts.has(path)) throw new RangeError(`two artifacts are called ${path}`);
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const artifact = { path, bytes, mediaType, digest: digestBytes(bytes) };
    this.#artifacts.set(path, artifact);
    return artifact;
  }

  json(name: string, value: JsonValue): Artifact {
    return this.add(name, `${canonicalize(value)}\n`, 'application/json');
  }

  markdown(name: string, lines: readonly string[]): Artifact {
    return this.add(name, `${lines.join('\n')}\n`, 'text/markdown');
  }

  csv(name: string, rows: readonly (readonly (string | number)[])[]): Artifact {
    return this.add(name, `${rows.map((row) => row.join(',')).join('\n')}\n`, 'text/csv');
  }
}

export function referenceTo({ path, digest, mediaType, bytes }: Artifact): EvidenceReferenceByDigest {
  return { uri: `${SCHEME}${path}`, digest, media_type: mediaType, size: bytes.length };
}

export function writeArtifacts(folder: string, artifacts: readonly Artifact[]): void {
  for (const { path, bytes } of artifacts) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}

/** Every reference of a packet, in its order. */
export function referencesOf(packet: EvidencePacket): readonly EvidenceReferenceByDigest[] {
  const found: EvidenceReferenceByDigest[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('uri' in value && 'media_type' in value) found.push(value as EvidenceReferenceByDigest);
    else Object.values(value).forEach(visit);
  };
  visit(packet.sections);
  return found;
}

/** The references whose file is not there, or is another than was referred to. */
export function missingArtifacts(folder: string, packet: EvidencePacket): readonly string[] {
  return referencesOf(packet)
    .filter(({ uri, digest, size }) => {
      try {
        const bytes = new Uint8Array(readFileSync(join(folder, uri.slice(SCHEME.length))));
        return bytes.length !== size || digestBytes(bytes) !== digest;
      } catch {
        return true;
      }
    })
    .map(({ uri }) => uri);
}
