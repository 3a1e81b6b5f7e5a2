import * as z from 'zod';
import {
  canonicalBytes,
  checkDisclosure,
  commit,
  type Disclosure,
  isDigest,
  type JsonValue,
  parseDigest,
  readDisclosure,
  readJson,
} from '../core/canon/index.ts';
import type { DecisionEvent } from '../core/domain/events.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { digest } from '../documents/primitives.ts';
import { PACK_MAX_BYTES, type PackCore, readOutline } from './core.ts';
import { PackError } from './errors.ts';
import { askedLast } from './asked.ts';
import { memberOf } from './reachable.ts';

/**
 * The texts behind a pack's commitments, beside the seal and never under it: taking one away touches no signature
 * (ruling 15). See docs/spec/audit-pack.md.
 */

export const DISCLOSURES_TYPE = 'application/vnd.countersign.disclosures.v1+json';

/**
 * Characters (UTF-16 units) of one text. A commitment may bind any JSON value; a pack shows none but texts, as a value
 * that nests could be disclosed and yet be too deep for the view that has to show it.
 */
const MAX_TEXT_CHARACTERS = 100_000;
const textSchema = z.string().max(MAX_TEXT_CHARACTERS);

/** One text, and which document it belongs to. */
export interface OwnedDisclosure extends Disclosure {
  /** Digest of the statement or evidence packet that holds the commitment. */
  readonly owner: DigestText;
}

export interface Redaction {
  /** JSON path in the view, e.g. `$.authority.approvals[0].notes`. */
  readonly path: string;
  readonly reason: string;
}

export interface Disclosures {
  readonly _type: typeof DISCLOSURES_TYPE;
  readonly decision_id: string;
  readonly disclosures: readonly OwnedDisclosure[];
  readonly redactions: readonly Redaction[];
}

/** A place in the view that shows a text only where its commitment is opened. */
export interface CommittedText {
  /** JSON path in the view. */
  readonly path: string;
  readonly owner: DigestText;
  /** JSON path in the owner: what the commitment binds. */
  readonly field: string;
  readonly commitment: string;
}

/** Every text of a core that people may read, in the order of the view. Total: what is no digest is passed over. */
export function committedTexts({
  events,
  documents,
}: Pick<PackCore, 'events' | 'documents'>): readonly CommittedText[] {
  const texts: CommittedText[] = [];
  const add = (path: string, owner: unknown, field: string, commitment: unknown): void => {
    if (isDigest(owner) && isDigest(commitment)) texts.push({ path, owner, field, commitment });
  };
  const [first] = events;
  add('$.decision.request.summary', memberOf(first, 'request'), '$.summary', memberOf(first, 'summary'));
  const count = {
    approvals: 0,
    overrides: 0,
    revocations: 0,
    abstentions: 0,
    delegations: 0,
    settlements: 0,
    operations: 0,
  };
  for (const event of events) {
    const statement = memberOf(event, 'statement');
    switch (memberOf(event, 'event_type')) {
      case 'authority.approved':
        add(`$.authority.approvals[${count.approvals}].notes`, statement, '$.rationale', memberOf(event, 'rationale'));
        for (const [index, condition] of listIn(event, 'conditions').entries()) {
          const place = `conditions[${index}].what`;
          const what = memberOf(condition, 'what');
          add(`$.authority.approvals[${count.approvals}].${place}`, statement, `$.${place}`, what);
        }
        count.approvals += 1;
        break;
      case 'override.breakglass':
        add(`$.authority.overrides[${count.overrides}].reason`, statement, '$.reason', memberOf(event, 'reason'));
        count.overrides += 1;
        break;
      case 'authority.revoked':
        add(`$.authority.revocations[${count.revocations}].reason`, statement, '$.reason', memberOf(event, 'reason'));
        count.revocations += 1;
        break;
      case 'authority.abstained':
        add(`$.authority.abstentions[${count.abstentions}].reason`, statement, '$.reason', memberOf(event, 'reason'));
        count.abstentions += 1;
        break;
      case 'authority.delegated':
        add(`$.authority.delegations[${count.delegations}].reason`, statement, '$.reason', memberOf(event, 'reason'));
        count.delegations += 1;
        break;
      case 'operation.nudged':
      case 'operation.extended':
      case 'operation.reassigned':
        add(`$.authority.operations[${count.operations}].reason`, statement, '$.reason', memberOf(event, 'reason'));
        count.operations += 1;
        break;
      case 'condition.settled':
        add(
          `$.authority.settlements[${count.settlements}].findings`,
          statement,
          '$.findings',
          memberOf(event, 'findings'),
        );
        count.settlements += 1;
        break;
      case 'authority.rejected':
      case 'decision.cancelled':
        add('$.execution.ended_by.reason', statement, '$.reason', memberOf(event, 'reason'));
        break;
      default:
        break;
    }
  }
  for (const [index, waiver] of listIn(lastPolicyIn(events), 'waivers').entries())
    add(`$.risk.waivers[${index}].reason`, memberOf(waiver, 'statement'), '$.reason', memberOf(waiver, 'reason'));
  const packet = askedLast(events)?.evidence.packet;
  const content = isDigest(packet) ? memberOf(memberOf(documents, packet), 'content') : undefined;
  const notes = memberOf(memberOf(memberOf(content, 'sections'), 'safety_and_security'), 'red_team_notes');
  for (const [index, note] of (Array.isArray(notes) ? (notes as JsonValue[]) : []).entries()) {
    const place = `safety_and_security.red_team_notes[${index}].note`;
    add(`$.evidence.${place}`, packet, `$.sections.${place}`, memberOf(note, 'note'));
  }
  return texts;
}

/** Of several evaluations the one that counts, as in the view. */
function lastPolicyIn(events: PackCore['events']): DecisionEvent | undefined {
  return events.findLast((event) => memberOf(event, 'event_type') === 'policy.evaluated');
}

function listIn(value: unknown, member: string): readonly JsonValue[] {
  const list = memberOf(value, member);
  return Array.isArray(list) ? (list as JsonValue[]) : [];
}

/** Texts by their view path, each held against its commitment. */
export type OpenedTexts = ReadonlyMap<string, JsonValue>;

/**
 * The texts that `disclosures` open.
 *
 * @throws PackError `pack.disclosure` where one belongs to another decision, opens nothing of this core, or is not what
 *   was committed to; `pack.redaction` where a redaction names no text, or one that is disclosed all the same.
 */
export function openTexts(
  core: Pick<PackCore, 'events' | 'documents' | 'decision_id'>,
  given: Disclosures,
): OpenedTexts {
  if (given.decision_id !== core.decision_id) {
    throw refuse(
      'pack.disclosure',
      'these are texts of another decision',
      '$.decision_id',
      core.decision_id,
      given.decision_id,
    );
  }
  const texts = committedTexts(core);
  const opened = new Map<string, JsonValue>();
  for (const [index, disclosure] of given.disclosures.entries()) {
    const where = `$.disclosures[${index}]`;
    const text = texts.find(({ owner, field }) => owner === disclosure.owner && field === disclosure.path);
    if (text === undefined) {
      throw refuse(
        'pack.disclosure',
        'the pack commits to no such text',
        where,
        'a text of this pack',
        `${disclosure.owner} ${disclosure.path}`,
      );
    }
    if (opened.has(text.path))
      throw refuse('pack.disclosure', 'the text is opened twice', where, 'each text once', text.path);
    openText(text, disclosure, where);
    opened.set(text.path, disclosure.value);
  }
  for (const [index, { path }] of given.redactions.entries()) {
    const where = `$.redactions[${index}].path`;
    if (!texts.some((text) => text.path === path))
      throw refuse('pack.redaction', 'the pack has no such text', where, 'a text of this pack', path);
    if (opened.has(path))
      throw refuse('pack.redaction', 'the text is disclosed all the same', where, 'a text that was taken away', path);
  }
  return opened;
}

/**
 * The disclosures of a core, out of what a service kept: those that open one of its commitments, in the order of the
 * view. What opens nothing here (another decision's text, a refused statement's), or is no text, is left out.
 *
 * @param kept by the digest of the statement or document that they belong to.
 */
export function disclosuresFor(
  core: Pick<PackCore, 'events' | 'documents' | 'decision_id'>,
  kept: ReadonlyMap<string, readonly Disclosure[]>,
): Disclosures {
  const disclosures = committedTexts(core).flatMap(({ owner, field, commitment }) => {
    const found = kept
      .get(owner)
      ?.find((each) => each.path === field && isText(each.value) && commit(each) === commitment);
    return found ? [{ owner, salt: found.salt, path: found.path, value: found.value }] : [];
  });
  return { _type: DISCLOSURES_TYPE, decision_id: core.decision_id, disclosures, redactions: [] };
}

/**
 * The same disclosures without the texts at these places of the view, which the view then lists as redacted.
 *
 * @throws PackError `pack.redaction` where a path names no text that is disclosed.
 */
export function redact(
  core: Pick<PackCore, 'events' | 'documents' | 'decision_id'>,
  given: Disclosures,
  paths: readonly string[],
  reason: string,
): Disclosures {
  const texts = committedTexts(core);
  const taken = paths.map((path) => {
    const text = texts.find((each) => each.path === path);
    const at = given.disclosures.findIndex(({ owner, path: field }) => owner === text?.owner && field === text.field);
    if (at < 0)
      throw refuse(
        'pack.redaction',
        'there is no text to take away',
        path,
        texts.map((each) => each.path).join(', '),
        path,
      );
    return at;
  });
  return {
    ...given,
    disclosures: given.disclosures.filter((_, index) => !taken.includes(index)),
    redactions: [...given.redactions, ...[...new Set(paths)].map((path) => ({ path, reason }))],
  };
}

/** Canonical bytes of `disclosures.json`. */
export function disclosuresBytes(disclosures: Disclosures): Uint8Array {
  return canonicalBytes(disclosures);
}

const disclosuresSchema = z.strictObject({
  _type: z.literal(DISCLOSURES_TYPE),
  decision_id: z.string().max(200),
  disclosures: z
    .array(z.strictObject({ owner: digest, salt: z.string(), path: z.string(), value: textSchema }))
    .max(100_000),
  redactions: z.array(z.strictObject({ path: z.string().min(1).max(500), reason: z.string().max(1000) })).max(100_000),
});

/** Strict JSON; not hashed, so not necessarily canonical. Values are texts. @throws PackError `pack.shape`; CanonError `json.*`, `commitment.*`. */
export function readDisclosures(bytes: Uint8Array): Disclosures {
  const json = readJson(bytes, { maxBytes: PACK_MAX_BYTES });
  const read = readOutline(disclosuresSchema, DISCLOSURES_TYPE, json, '$');
  return {
    ...read,
    disclosures: read.disclosures.map(({ owner, salt, path, value }, index) => ({
      owner,
      ...readDisclosure({ salt, path, value }, `$.disclosures[${index}]`),
    })),
  };
}

function isText(value: JsonValue): boolean {
  return textSchema.safeParse(value).success;
}

function openText(text: CommittedText, { salt, path, value }: OwnedDisclosure, where: string): void {
  try {
    checkDisclosure(parseDigest(text.commitment), { salt, path, value });
  } catch (error) {
    if (!hasCode(error)) throw error;
    throw refuse(
      'pack.disclosure',
      `the text is not what was committed to (${error.code})`,
      where,
      error.expected,
      error.got,
    );
  }
}

function refuse(
  code: 'pack.disclosure' | 'pack.redaction',
  message: string,
  path: string,
  expected: string,
  got: string,
): PackError {
  return new PackError(code, { message, path, expected, got });
}
