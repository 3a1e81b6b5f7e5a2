import { type Digest, type PublicKey, publicKeyFromBase64 } from '../core/canon/index.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import type { KeyUse, Trust, TrustKey, TrustTenant } from './trust.ts';
import { isInForce } from './window.ts';

/** A key of the trust file, loaded. */
export interface LoadedTrustKey {
  readonly entry: TrustKey;
  readonly key: PublicKey;
}

/** A trust document with its keys loaded, by key id. */
export interface TrustIndex {
  readonly trust: Trust;
  readonly keys: ReadonlyMap<string, LoadedTrustKey>;
}

/** Loads every key, about 1 ms each. @throws CanonError `key.*` with the path of the key, from `path`. */
export function indexTrust(trust: Trust, path = '$'): TrustIndex {
  const loaded = trust.keys.map((entry, at): [string, LoadedTrustKey] => {
    const key = publicKeyFromBase64(entry.public_key, `${path}.keys[${at}].public_key`);
    return [key.keyId, { entry, key }];
  });
  return { trust, keys: new Map(loaded) };
}

export function tenantOf({ trust }: TrustIndex, tenant: string): TrustTenant | undefined {
  return trust.tenants.find((entry) => entry.tenant === tenant);
}

/** Whether a decision of this tenant needs a standing at `at`. */
export function demandsStanding(trust: TrustIndex, tenant: string, at: Timestamp): boolean {
  const { standing } = tenantOf(trust, tenant) ?? {};
  return standing !== undefined && standing.demanded_from <= at;
}

/** Keys of this use that count for this tenant and are in force at `at`, in the file's order. `null`: for no one tenant. */
export function trustKeys({ keys }: TrustIndex, use: KeyUse, tenant: string | null, at: Timestamp): LoadedTrustKey[] {
  return [...keys.values()].filter(({ entry }) => counts(entry, use, tenant) && isInForce(entry, at));
}

/** The key of this id, where it is of this use, counts for this tenant and is in force at `at`. */
export function trustKey(
  trust: TrustIndex,
  use: KeyUse,
  keyId: Digest,
  tenant: string | null,
  at: Timestamp,
): LoadedTrustKey | undefined {
  const found = findTrustKey(trust, use, keyId, tenant);
  return found !== undefined && isInForce(found.entry, at) ? found : undefined;
}

/** {@link trustKey} whatever its window, for callers that say why a key does not count. */
export function findTrustKey(
  { keys }: TrustIndex,
  use: KeyUse,
  keyId: Digest,
  tenant: string | null,
): LoadedTrustKey | undefined {
  const found = keys.get(keyId);
  return found !== undefined && counts(found.entry, use, tenant) ? found : undefined;
}

function counts(entry: TrustKey, use: KeyUse, tenant: string | null): boolean {
  return entry.use === use && (entry.tenant === null || entry.tenant === tenant);
}
