import * as z from 'zod';
import { type Digest, digestJson, readJson } from '../core/canon/index.ts';
import { duplicates } from './duplicates.ts';
import { demandThreshold, verifyEndorsement } from './endorsement.ts';
import { type Problem, refuseAll } from './errors.ts';
import { readDocument, readShape } from './read-document.ts';
import type { RosterIndex } from './roster-reader.ts';
import { type ReadStatement, readStatement } from './statements.ts';
import { type KeyUse, TRUST_TYPE, type Trust, trustSchema } from './trust.ts';
import { indexTrust, type TrustIndex } from './trust-index.ts';
import { isInForce } from './window.ts';

/** The trust document with the signatures of those who stand for it. What every check begins with. */
export interface TrustFile extends TrustIndex {
  /** Digest of the canonical form of the trust document, without its endorsements: what reports begin with. */
  readonly digest: Digest;
  /** All that the file carries; those that count for the threshold are among them. */
  readonly endorsements: readonly ReadStatement<'endorsement'>[];
}

const fileSchema = z.strictObject({ trust: z.unknown(), endorsements: z.array(z.unknown()).min(1).max(64) });

/**
 * Reads `trust.json`: `{"trust": …, "endorsements": [envelope, …]}`, written canonically or for people to read. That
 * it is the right one is for whoever was handed it: a stranger's trust file verifies under itself.
 *
 * An endorsement by a key that the document does not name is passed over: it may be of a governance key that this
 * document retires. See {@link checkSuccession}.
 *
 * @throws CanonError `json.*`, `envelope.*`, `base64.malformed`; `key.*` with the path of the key.
 * @throws DocumentError `document.shape`, `document.type`, `document.floating_name`, `trust.key_reused`,
 *   `trust.tenant`, `trust.window`, `trust.threshold`, `statement.kind`, `endorsement.mismatch`, `endorsement.key`
 *   (another holder's), `endorsement.signature`, `endorsement.threshold`.
 */
export function readTrustFile(bytes: Uint8Array): TrustFile {
  const file = readShape(fileSchema, readJson(bytes));
  const trust = readDocument(trustSchema, TRUST_TYPE, file.trust, '$.trust');
  checkTrust(trust);
  const index = indexTrust(trust, '$.trust');
  const endorsements = file.endorsements.map((envelope, at) =>
    readStatement(envelope, 'endorsement', `$.endorsements[${at}]`),
  );
  const read: TrustFile = { ...index, digest: digestJson(trust), endorsements };
  demandGovernance(read, read);
  return read;
}

/**
 * Checks that `next` follows `previous`: endorsed by the governance keys of both, so that whoever trusts the old file
 * may trust the new one.
 *
 * @throws DocumentError `trust.succession`, `endorsement.threshold` (too few of the old keys), `endorsement.key`,
 *   `endorsement.signature`.
 */
export function checkSuccession(previous: TrustFile, next: TrustFile): void {
  const problems: Problem[] = [];
  const demand = (holds: boolean, member: string, expected: string, got: string): void => {
    if (!holds) problems.push({ path: `$.trust.${member}`, expected, got });
  };
  demand(next.trust.origin === previous.trust.origin, 'origin', previous.trust.origin, next.trust.origin);
  demand(
    next.trust.serial > previous.trust.serial,
    'serial',
    `more than ${previous.trust.serial}`,
    `${next.trust.serial}`,
  );
  demand(next.trust.predecessor === previous.digest, 'predecessor', previous.digest, next.trust.predecessor);
  refuseAll('trust.succession', 'the trust file does not follow the one in force', problems);
  demandGovernance(previous, next);
}

/** Endorsements of `file` by enough holders of the governance keys that `authority` names. */
function demandGovernance(authority: TrustFile, file: TrustFile): void {
  const { origin, serial, predecessor } = file.trust;
  // A trust document belongs to no one tenant; its endorsements bear the origin in the tenant's place.
  const document = {
    kind: 'trust',
    use: 'governance',
    origin,
    tenant: origin,
    document: file.digest,
    serial,
    predecessor,
  } as const;
  const late: Problem[] = [];
  const counting = file.endorsements.flatMap((endorsement, at) => {
    const path = `$.endorsements[${at}]`;
    const signed = verifyEndorsement(authority, document, endorsement, path);
    if (signed === undefined) return [];
    // No clock in a file that is handed over: the key must have been in force when its holder says they signed.
    const { signed_at } = endorsement.statement;
    if (isInForce(signed.window, signed_at)) return [signed];
    late.push({
      path: `${path}.payload.signed_at`,
      expected: 'an instant at which the key is in force',
      got: signed_at,
    });
    return [];
  });
  demandThreshold(counting, authority.trust.governance_threshold, late);
}

function checkTrust(trust: Trust): void {
  const { keys, tenants } = trust;
  const path = '$.trust';
  refuseAll(
    'trust.key_reused',
    'a public key stands twice',
    duplicates(keys.map(({ public_key }, at) => ({ path: `${path}.keys[${at}].public_key`, value: public_key }))),
  );
  const known = new Set(tenants.map(({ tenant }) => tenant));
  refuseAll('trust.tenant', 'the tenants do not add up', [
    ...duplicates(tenants.map(({ tenant }, at) => ({ path: `${path}.tenants[${at}].tenant`, value: tenant }))),
    ...keys.flatMap(({ use, tenant }, at): Problem[] => {
      if (tenant === null || (use !== 'governance' && known.has(tenant))) return [];
      const expected =
        use === 'governance' ? 'null: governance keys stand for the whole file' : 'a tenant of this file';
      return [{ path: `${path}.keys[${at}].tenant`, expected, got: tenant }];
    }),
  ]);
  refuseAll(
    'trust.window',
    'a window ends before it begins',
    keys.flatMap(({ valid_from, valid_until }, at): Problem[] =>
      valid_until === null || valid_from < valid_until
        ? []
        : [{ path: `${path}.keys[${at}].valid_until`, expected: `an instant after ${valid_from}`, got: valid_until }],
    ),
  );
  refuseAll('trust.threshold', 'a threshold is out of reach', [
    ...unreachable(trust, 'governance', null, trust.governance_threshold, `${path}.governance_threshold`),
    ...tenants.flatMap(({ tenant, policy_threshold, roster_threshold }, at) => [
      ...unreachable(trust, 'policy', tenant, policy_threshold, `${path}.tenants[${at}].policy_threshold`),
      ...unreachable(trust, 'roster', tenant, roster_threshold, `${path}.tenants[${at}].roster_threshold`),
    ]),
  ]);
}

function unreachable({ keys }: Trust, use: KeyUse, tenant: string | null, threshold: number, path: string): Problem[] {
  const able = keys.filter((key) => key.use === use && (key.tenant === null || key.tenant === tenant));
  const holders = new Set(able.map(({ holder }) => holder)).size;
  return holders >= threshold
    ? []
    : [{ path, expected: `at most ${holders}, the holders of ${use} keys`, got: `${threshold}` }];
}

/** @throws DocumentError `roster.key_reused` where a key of the roster is one of the trust file's (ruling 6). */
export function checkKeysApart(trust: TrustIndex, roster: RosterIndex): void {
  const shared = [...trust.keys.keys()].filter((keyId) => roster.keys.has(keyId));
  const problems = shared.map((got) => ({ path: '$.keys', expected: 'keys that the trust file does not name', got }));
  refuseAll('roster.key_reused', 'a key of the roster has another use in the trust file', problems);
}
