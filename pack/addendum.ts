import * as z from 'zod';
import {
  canonicalBytes,
  digestJson,
  type Envelope,
  type ParsedEnvelope,
  type PrivateKey,
  readCanonical,
  readEnvelope,
  signEnvelope,
} from '../core/canon/index.ts';
import type { DecisionEvent } from '../core/domain/events.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { decisionId, digest, name } from '../documents/primitives.ts';
import { asJson, asPackError, readOutline } from './core.ts';
import { PackError } from './errors.ts';

/**
 * A sealed addendum: what came after a decision had been sealed, beside its pack and never in it. See
 * docs/spec/addendum.md.
 */

export const ADDENDUM_TYPE = 'application/vnd.countersign.addendum.v1+json';

/** Two events and one statement of at most 64 KiB. */
const ADDENDUM_MAX_BYTES = 256 * 1024;

export interface Addendum {
  readonly _type: typeof ADDENDUM_TYPE;
  readonly origin: string;
  readonly tenant: string;
  /** The addendum's own. */
  readonly decision_id: string;
  /** The decision that it belongs to. */
  readonly closed_decision: string;
  /** Digest of the bytes of that decision's sealed bundle. */
  readonly pack: DigestText;
  readonly hash_algorithm: 'sha256';
  readonly head: { readonly sequence: number; readonly hash: string };
  readonly events: readonly DecisionEvent[];
  /** Of the statement that it records, by its digest. */
  readonly statements: Readonly<Record<string, Envelope>>;
}

export interface AddendumInput {
  readonly events: readonly DecisionEvent[];
  readonly statement: Envelope;
  readonly pack: DigestText;
}

/** @throws PackError `pack.chain` where the chain is no addendum's. */
export function buildAddendum({ events, statement, pack }: AddendumInput): Addendum {
  const [opened] = events;
  const last = events.at(-1);
  if (opened?.event_type !== 'addendum.opened' || last === undefined) {
    throw new PackError('pack.chain', {
      message: 'an addendum begins with its opening',
      path: '$[0].event_type',
      expected: 'addendum.opened',
      got: opened?.event_type ?? 'nothing',
    });
  }
  const { origin, tenant, decision_id, closed_decision } = opened;
  return {
    _type: ADDENDUM_TYPE,
    origin,
    tenant,
    decision_id,
    closed_decision,
    pack,
    hash_algorithm: 'sha256',
    head: { sequence: last.sequence, hash: last.integrity_hash },
    events,
    statements: { [digestJson(asJson(statement))]: statement },
  };
}

/** Canonical bytes of the envelope around it: what is stored and read. Deterministic. */
export function sealAddendum(addendum: Addendum, key: PrivateKey): Uint8Array {
  return canonicalBytes(signEnvelope(ADDENDUM_TYPE, asJson(addendum), key));
}

const schema = z.strictObject({
  _type: z.literal(ADDENDUM_TYPE),
  origin: name,
  tenant: name,
  decision_id: decisionId,
  closed_decision: decisionId,
  pack: digest,
  hash_algorithm: z.literal('sha256'),
  head: z.strictObject({ sequence: z.int().min(1), hash: digest }),
  events: z.array(z.record(z.string(), z.unknown())).length(2),
  statements: z.record(digest, z.unknown()),
});

/**
 * Reads a sealed addendum's form. NEITHER SEAL NOR CHAIN IS VERIFIED; see `readCore`.
 *
 * @throws PackError `pack.shape`.
 */
export function readAddendum(bytes: Uint8Array): { readonly envelope: ParsedEnvelope; readonly addendum: Addendum } {
  let envelope: ParsedEnvelope;
  try {
    const value = readCanonical(bytes, { maxBytes: 2 * ADDENDUM_MAX_BYTES });
    envelope = readEnvelope(value, '$', { maxBytes: ADDENDUM_MAX_BYTES });
  } catch (error) {
    if (!hasCode(error)) throw error;
    throw asPackError('pack.shape', error);
  }
  if (envelope.payloadType !== ADDENDUM_TYPE) {
    const [expected, got] = [ADDENDUM_TYPE, envelope.payloadType];
    throw new PackError('pack.shape', { message: 'this is no addendum', path: '$.payloadType', expected, got });
  }
  const addendum = readOutline(schema, ADDENDUM_TYPE, envelope.payload, '$.payload') as unknown as Addendum;
  return { envelope, addendum };
}
