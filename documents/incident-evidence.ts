import * as z from 'zod';
import { type Problem, refuseAll } from './errors.ts';
import { actorId, digest, name, timestampText } from './primitives.ts';
import { readDocument } from './read-document.ts';

/**
 * What was found at the time of an incident: names, sizes, digests and times, and no bytes (R109). Signed by whoever
 * looked, in a `capture` statement. See docs/spec/incident-evidence.md.
 */

export const INCIDENT_EVIDENCE_TYPE = 'application/vnd.countersign.incident-evidence.v1+json';

/** A manifest of 100,000 entries is some 35 MB. */
export const INCIDENT_EVIDENCE_MAX_BYTES = 64 * 1024 * 1024;

/** What the capturer says that it is. */
export const CAPTURED_ROLES = ['package', 'pack', 'chain', 'log', 'file'] as const;
export type CapturedRole = (typeof CAPTURED_ROLES)[number];

/** Below the item, with `/`; the item itself is `.`. Attacker-controlled: a candidate chooses its names. */
const path = z.string().min(1).max(8_192);
const bytes = z
  .string()
  .regex(/^[A-Za-z0-9+/]+={0,2}$/, { error: 'expected base64' })
  .max(8_192);
const code = z.string().regex(/^[A-Za-z][A-Za-z0-9_.]{0,99}$/, { error: 'expected a code' });

const entry = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('directory'), path }),
  z.strictObject({
    type: z.literal('file'),
    path,
    /** Bytes. */
    size: z.int().min(0),
    digest,
    executable: z.boolean(),
    /** Four octal digits. Shown, and not compared: a copy may have another. */
    mode: z.string().regex(/^[0-7]{4}$/, { error: 'expected four octal digits' }),
    /** As the file system says; null where that is no time of four-digit years. */
    modified_at: timestampText.nullable(),
  }),
  z.strictObject({ type: z.literal('symlink'), path, target: z.string().max(8_192) }),
  /** Named, and not opened. */
  z.strictObject({ type: z.literal('special'), path, what: z.enum(['pipe', 'socket', 'device']) }),
  z.strictObject({
    type: z.literal('unreadable'),
    path,
    what: z.enum(['file', 'directory', 'symlink', 'unknown']),
    reason: code,
  }),
  /** Something in the folder `path` whose name, or target, is not UTF-8. */
  z.strictObject({ type: z.literal('unnamed'), path, name: bytes }),
]);

const item = z.strictObject({
  /** Chosen by the capturer, so that no path of a machine is in it. */
  name,
  role: z.enum(CAPTURED_ROLES),
  /** When the capturer began with it, by their clock. */
  captured_at: timestampText,
  /** Of a package: its digest, as a candidate's is measured; or why it has none. */
  package: z
    .union([
      z.strictObject({ measured_as: z.enum(['file', 'directory', 'oci']), digest }),
      z.strictObject({ refused: code }),
    ])
    .exactOptional(),
  entries: z.array(entry).min(1).max(100_001),
});

export const incidentEvidenceSchema = z.strictObject({
  _type: z.literal(INCIDENT_EVIDENCE_TYPE),
  origin: name,
  tenant: name,
  incident: name,
  captured_by: actorId,
  began_at: timestampText,
  ended_at: timestampText,
  items: z
    .array(item)
    .min(1)
    .max(1_000)
    .refine((list) => new Set(list.map((each) => each.name)).size === list.length, {
      error: 'expected each name once',
    }),
});

export type IncidentEvidence = z.infer<typeof incidentEvidenceSchema>;
export type CapturedItem = IncidentEvidence['items'][number];
export type CapturedEntry = CapturedItem['entries'][number];

/**
 * Reads a manifest from its canonical bytes. Who captured it is for its statement.
 *
 * @throws CanonError `json.*`; DocumentError `document.type`, `document.shape`, `document.floating_name`.
 */
export function readIncidentEvidence(input: Uint8Array): IncidentEvidence {
  const limits = { maxBytes: INCIDENT_EVIDENCE_MAX_BYTES };
  const read = readDocument(incidentEvidenceSchema, INCIDENT_EVIDENCE_TYPE, input, '$', limits);
  const times = [read.began_at, ...read.items.map(({ captured_at }) => captured_at), read.ended_at];
  const problems: Problem[] = times.flatMap((at, index) =>
    index === 0 || (times[index - 1] ?? '') <= at
      ? []
      : [{ path: '$.items', expected: `nothing captured before ${times[index - 1]}`, got: at }],
  );
  refuseAll('document.shape', 'the times of the capture are out of order', problems);
  for (const [index, { entries }] of read.items.entries()) {
    const unordered = entries.flatMap((each, at) =>
      at === 0 || orderOf(entries[at - 1]) < orderOf(each)
        ? []
        : [{ path: `$.items[${index}].entries[${at}].path`, expected: 'paths in order, each once', got: each.path }],
    );
    refuseAll('document.shape', 'the entries are not in their one order', unordered.slice(0, 10));
  }
  return read;
}

/** Text by which entries are ordered: by path; after it, by the bytes of a name that has no text. */
export function orderOf(entry: CapturedEntry | undefined): string {
  if (entry === undefined) return '';
  return entry.type === 'unnamed' ? `${entry.path}\u0000${entry.name}` : entry.path;
}
