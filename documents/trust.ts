import * as z from 'zod';
import { actorId, digest, name, predecessor, publicKeyText, serial, timestampText } from './primitives.ts';

/**
 * What a verifier must be given out of band: names, keys with one use each, thresholds, minimum serials, floors.
 * Nothing inside a pack is ever taken for it. See docs/spec/trust.md.
 */

export const TRUST_TYPE = 'application/vnd.countersign.trust.v1+json';

export const KEY_USES = [
  'governance',
  'policy',
  'roster',
  'emergency',
  'permit',
  'acknowledgement',
  'seal',
  'witness',
] as const;
/** What a key in the trust file is for; one key has one use (ruling 6). */
export type KeyUse = (typeof KEY_USES)[number];

const key = z.strictObject({
  use: z.enum(KEY_USES),
  /** Person or service that holds it: signs under this id, and counts once however many keys it has. */
  holder: actorId,
  /** Tenant it counts for; null for all (service keys). */
  tenant: name.nullable(),
  scheme: z.literal('ed25519'),
  /** Raw 32 bytes, base64. */
  public_key: publicKeyText,
  /** File beside the trust file with the same key, for tools that read PEM; ignored unless named here. */
  pem: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.pem$/)
    .nullable(),
  valid_from: timestampText,
  valid_until: timestampText.nullable(),
});

const tenant = z.strictObject({
  tenant: name,
  /** How many distinct keys must endorse a policy, a roster. */
  policy_threshold: z.int().min(1).max(16),
  roster_threshold: z.int().min(1).max(16),
  /** Older documents than these count for nothing. */
  minimum_policy_serial: serial,
  minimum_roster_serial: serial,
  /** Left out: a standing counts where there is one, and none is demanded. */
  standing: z
    .strictObject({
      minimum_serial: serial,
      /** Decisions that are routed or cleared from then on need one (ruling 18). */
      demanded_from: timestampText,
    })
    .exactOptional(),
  /**
   * Digest of the policy at which the line of decided policies begins: it follows the one before it on its endorsements
   * alone, whatever that one asks. Left out: the line begins where no policy asked for a decision.
   */
  policy_genesis: digest.exactOptional(),
  /** The verifier's owner may raise ruling 8's floors: at least so many approvers, whatever the policy says. */
  minimum_approvers: z.strictObject({
    low: z.int().min(0).max(16),
    medium: z.int().min(0).max(16),
    high: z.int().min(0).max(16),
    critical: z.int().min(2).max(16),
  }),
});

export const trustSchema = z.strictObject({
  _type: z.literal(TRUST_TYPE),
  origin: name,
  serial,
  predecessor,
  issued_at: timestampText,
  governance_threshold: z.int().min(1).max(16),
  tenants: z.array(tenant).min(1).max(1000),
  keys: z.array(key).min(1).max(10_000),
});

export type Trust = z.infer<typeof trustSchema>;
export type TrustKey = Trust['keys'][number];
export type TrustTenant = Trust['tenants'][number];
