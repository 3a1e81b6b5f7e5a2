import * as z from 'zod';
import { actorId, line, name, predecessor, publicKeyText, serial, timestampText } from './primitives.ts';
import { scopeShape } from './scope.ts';

/**
 * Who holds which role in which scope, from when, with which keys; and which workloads exist, and who controls them.
 * Endorsed by M of N roster keys outside the service; frozen into a decision when it is routed. See docs/spec/roster.md.
 */

export const ROSTER_TYPE = 'application/vnd.countersign.roster.v1+json';

const window = { valid_from: timestampText, valid_until: timestampText.nullable() };

/** DSSE envelope of a `possession` statement; read strictly by `core/canon` before it is believed. */
const envelope = z.strictObject({
  payloadType: z.string().max(200),
  payload: z.string().max(65536),
  signatures: z.tuple([z.strictObject({ keyid: z.string().max(200), sig: z.string().max(200) })]),
});

/** Use of a key that signs overrides and nothing else: whoever breaks glass takes another key in hand (ruling 11). */
export const BREAKGLASS = 'breakglass';

const key = z.strictObject({
  scheme: z.literal('ed25519'),
  /** Raw 32 bytes, base64. */
  public_key: publicKeyText,
  /** In force from `valid_from`, and before `valid_until`; null: until a later roster says otherwise. */
  ...window,
  /** Left out: ordinary statements. */
  use: z.literal(BREAKGLASS).exactOptional(),
  /** Possession statement by this key: its owner's, for this actor, origin and tenant. */
  proof: envelope,
});

const grant = z.strictObject({
  role: name,
  ...scopeShape({ environments: Infinity, actions: Infinity }),
  ...window,
});

const person = z.strictObject({
  actor_id: actorId,
  keys: z.array(key).max(16),
  grants: z.array(grant).max(256),
});

const workload = z.strictObject({
  actor_id: actorId,
  title: line,
  /** Persons who can make it act: they may approve nothing that it asks for (ruling 7). */
  controlled_by: z.array(actorId).min(1).max(64),
  keys: z.array(key).max(16),
  grants: z.array(grant).max(256),
});

export const rosterSchema = z.strictObject({
  _type: z.literal(ROSTER_TYPE),
  origin: name,
  tenant: name,
  serial,
  predecessor,
  issued_at: timestampText,
  persons: z.array(person).max(100_000),
  workloads: z.array(workload).max(10_000),
});

export type Roster = z.infer<typeof rosterSchema>;
export type Person = Roster['persons'][number];
export type Workload = Roster['workloads'][number];
export type Grant = Person['grants'][number];
export type RosterKey = Person['keys'][number];
