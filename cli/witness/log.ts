import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  canonicalBytes,
  digestBytes,
  type Digest,
  type JsonObject,
  type JsonValue,
  type PrivateKey,
} from '../../core/canon/index.ts';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import { decisionId, digest, timestampText } from '../../documents/primitives.ts';
import { readDocument } from '../../documents/read-document.ts';
import { type ReadStatement, readStatement } from '../../documents/statements.ts';
import { verifyEnvelope } from '../../core/canon/index.ts';
import { signAnchor } from '../../founding/index.ts';
import { CliError } from '../errors.ts';
import { type Contradiction, CONTRADICTIONS, type SeenHead } from './observe.ts';

/**
 * What a witness has seen, in a folder of its own: one entry a line, each naming the digest of the one before, appended
 * and synced before anybody is given an anchor. See docs/spec/witness.md.
 */

export const WITNESS_ENTRY_TYPE = 'application/vnd.countersign.witness-entry.v1+json';

const common = {
  _type: z.literal(WITNESS_ENTRY_TYPE),
  /** From 1, dense. */
  index: z.int().min(1),
  previous: z.union([digest, z.literal('GENESIS')]),
};

const entrySchema = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('head'), anchor: z.unknown() }),
  z.strictObject({
    ...common,
    kind: z.literal('contradiction'),
    decision_id: decisionId,
    seen_at: timestampText,
    what: z.enum(CONTRADICTIONS),
    sequence: z.int().min(1),
    expected: z.string().max(200),
    got: z.string().max(200),
  }),
]);

export interface Witness {
  readonly key: PrivateKey;
  /** Holder of the key, as the trust file has it. */
  readonly holder: string;
  readonly origin: string;
  readonly tenant: string;
  readonly random: (length: number) => Uint8Array;
}

const FILE = 'heads.log';

/** Opened by one process at a time; whoever opens it verifies all of it. */
export class WitnessLog {
  readonly #file: number;
  readonly #witness: Witness;
  readonly #anchors = new Map<string, ReadStatement<'anchor'>[]>();
  readonly #contradicted = new Set<string>();
  #index = 0;
  #size: number;
  #previous: Digest | 'GENESIS' = 'GENESIS';

  /**
   * @throws CliError `witness.log` where an entry does not follow the one before, is not this witness's, or goes back
   *   behind what was signed; `file.unwritable`. A line that was cut off by a crash was never given to anybody, and is
   *   taken away.
   */
  constructor(folder: string, witness: Witness) {
    this.#witness = witness;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, FILE);
    const bytes = existsSync(path) ? new Uint8Array(readFileSync(path)) : new Uint8Array();
    const whole = bytes.lastIndexOf(0x0a) + 1;
    let from = 0;
    for (let end = bytes.indexOf(0x0a, from); end !== -1 && end < whole; end = bytes.indexOf(0x0a, from)) {
      this.#take(bytes.subarray(from, end));
      from = end + 1;
    }
    this.#file = openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
    if (fstatSync(this.#file).size > whole) ftruncateSync(this.#file, whole);
    this.#size = whole;
    fsyncSync(this.#file);
    const folderFile = openSync(folder, 'r');
    fsyncSync(folderFile);
    closeSync(folderFile);
  }

  get length(): number {
    return this.#index;
  }

  /** Whether a chain that begins like this is of the origin and tenant that this witness speaks for. */
  speaksFor(first: JsonObject | undefined): boolean {
    return first?.['origin'] === this.#witness.origin && first['tenant'] === this.#witness.tenant;
  }

  decisions(): readonly string[] {
    return [...this.#anchors.keys()];
  }

  /** The anchors of a decision, in the order in which they were signed. */
  anchors(decision: string): readonly ReadStatement<'anchor'>[] {
    return this.#anchors.get(decision) ?? [];
  }

  seen(decision: string): readonly SeenHead[] {
    return this.anchors(decision).map(({ statement: { sequence, head } }) => ({ sequence, hash: head }));
  }

  /**
   * Signs a head, appends it, and gives back when it is on disk.
   *
   * @throws CliError `witness.backwards` for a head that is not above all that were signed of this decision: two
   *   different ones at one place, or a shorter chain, never get a signature.
   */
  sign(decision: string, { sequence, hash }: SeenHead, at: Timestamp): ReadStatement<'anchor'> {
    const last = this.seen(decision).at(-1);
    if (last !== undefined && sequence <= last.sequence) throw backwards(decision, sequence, last);
    const { key, holder, origin, tenant, random } = this.#witness;
    const log = { index: this.#index + 1, previous: this.#previous };
    const place = { origin, tenant, at };
    const anchor = signAnchor({ decisionId: decision, sequence, head: hash, log }, { holder, key }, place, random);
    this.#append({ kind: 'head', anchor: anchor as unknown as JsonValue });
    const read = this.anchors(decision).at(-1);
    if (read === undefined) throw new TypeError('what was appended was taken');
    return read;
  }

  /** Keeps what cannot be, once. @returns whether it was new */
  contradict(decision: string, { what, sequence, expected, got }: Contradiction, at: Timestamp): boolean {
    if (this.#contradicted.has(contradictionKey(decision, { what, sequence, expected, got }))) return false;
    this.#append({ kind: 'contradiction', decision_id: decision, seen_at: at, what, sequence, expected, got });
    return true;
  }

  close(): void {
    closeSync(this.#file);
  }

  #append(body: { readonly [name: string]: JsonValue }): void {
    const entry = { _type: WITNESS_ENTRY_TYPE, index: this.#index + 1, previous: this.#previous, ...body };
    const bytes = canonicalBytes(entry);
    const line = Buffer.concat([bytes, Buffer.from('\n')]);
    const { size } = fstatSync(this.#file);
    if (size !== this.#size) throw broken(entry.index, 'another process writes it', `${this.#size} bytes`, `${size}`);
    try {
      for (let at = 0; at < line.length; ) at += writeSync(this.#file, line, at);
      // Commit point: nobody is given an anchor that a crash could take back.
      fsyncSync(this.#file);
      this.#size += line.length;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const message = 'the log cannot be written, so nothing is signed';
      throw new CliError('file.unwritable', { message, path: FILE, got: code ?? 'an error' }, { cause: error });
    }
    this.#take(bytes);
  }

  #take(bytes: Uint8Array): void {
    const index = this.#index + 1;
    const entry = readEntry(bytes, index);
    if (entry.index !== index || entry.previous !== this.#previous)
      throw broken(
        index,
        'it does not follow the entry before',
        `${index} after ${this.#previous}`,
        `${entry.index} after ${entry.previous}`,
      );
    if (entry.kind === 'head') this.#takeAnchor(entry.anchor, index);
    else this.#contradicted.add(contradictionKey(entry.decision_id, entry));
    this.#index = index;
    this.#previous = digestBytes(bytes);
  }

  #takeAnchor(envelope: unknown, index: number): void {
    const { key, holder, origin, tenant } = this.#witness;
    let read: ReadStatement<'anchor'>;
    try {
      read = readStatement(envelope, 'anchor');
      verifyEnvelope(read.parsed, key.publicKey);
    } catch (cause) {
      throw broken(
        index,
        'this witness has not signed it',
        key.publicKey.keyId,
        String((cause as Error).message),
        cause,
      );
    }
    const { statement } = read;
    const said = [statement.signer, statement.origin, statement.tenant, statement.log.index, statement.log.previous];
    const expected = [holder, origin, tenant, index, this.#previous];
    if (said.join(' ') !== expected.join(' '))
      throw broken(index, 'its anchor is of another place', expected.join(' '), said.join(' '));
    const known = this.#anchors.get(statement.decision_id) ?? [];
    const last = known.at(-1)?.statement;
    if (last !== undefined && statement.sequence <= last.sequence)
      throw broken(index, 'it goes back behind what was signed', `above ${last.sequence}`, `${statement.sequence}`);
    this.#anchors.set(statement.decision_id, [...known, read]);
  }
}

function readEntry(bytes: Uint8Array, index: number): z.infer<typeof entrySchema> {
  try {
    return readDocument(entrySchema, WITNESS_ENTRY_TYPE, bytes);
  } catch (cause) {
    throw broken(index, 'it cannot be read', 'an entry', String((cause as Error).message), cause);
  }
}

function contradictionKey(decision: string, { what, sequence, expected, got }: Contradiction): string {
  return [decision, what, sequence, expected, got].join(' ');
}

function broken(index: number, why: string, expected: string, got: string, cause?: unknown): CliError {
  const message = `the log of the witness does not hold at entry ${index}: ${why}`;
  return new CliError(
    'witness.log',
    { message, path: `${FILE}:${index}`, expected, got: got.slice(0, 200) },
    { cause },
  );
}

function backwards(decision: string, sequence: number, last: SeenHead): CliError {
  const message = 'a head that does not go beyond what was signed gets no signature';
  return new CliError('witness.backwards', {
    message,
    path: decision,
    expected: `above ${last.sequence}`,
    got: `${sequence}`,
  });
}
