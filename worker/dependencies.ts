import { readFileSync } from 'node:fs';
import type { Dependencies, ServiceKey } from '../activities/index.ts';
import { privateKeyFromPem } from '../core/canon/index.ts';
import { type KeyUse, readTrustFile, type TrustFile } from '../documents/index.ts';
import { createRedisLedger, type Ledger, requireHealthy } from '../ledger/index.ts';
import { createRegistry } from '../registry/index.ts';
import { createCachedStore, createDirectoryStore } from '../store/index.ts';
import { readKeyFiles, type WorkerConfig } from './config.ts';
import { WorkerError } from './errors.ts';

/**
 * While a decision waits for the ledger it answers no query; so not for long, and less than the two seconds that a local
 * activity has, so that it is the ledger that says what is the matter.
 */
const LEDGER_TIMEOUT_MS = 1_500;

/** Opens everything a worker has effects on, and refuses to start where one of them would not keep its promise. */
export async function openDependencies(config: WorkerConfig): Promise<Dependencies & { readonly ledger: Ledger }> {
  const trust = readTrustFile(readFileSync(config.trustPath));
  const files = readKeyFiles(config.keysDirectory);
  const { tenant } = config;
  const keys = {
    permit: serviceKey(trust, 'permit', files.permit, tenant),
    acknowledgement: serviceKey(trust, 'acknowledgement', files.acknowledgement, tenant),
    seal: serviceKey(trust, 'seal', files.seal, tenant),
  };
  const disk = createDirectoryStore({ directory: config.storeDirectory });
  const store = createCachedStore({ store: disk });
  // Past the cache: a chain that is read once would push out what is read all the time.
  const ledger = createRedisLedger({
    url: config.redisUrl,
    macKeys: files.mac,
    archive: disk,
    commandTimeoutMs: LEDGER_TIMEOUT_MS,
  });
  try {
    requireHealthy(await ledger.check());
  } catch (error) {
    await ledger.close();
    throw error;
  }
  const registry = createRegistry({ ledger, store, trust, tenant });
  return { ledger, store, disk, registry, trust, tenant, keys, conformanceTarget: config.conformanceTarget };
}

/** A key that the trust file does not name would sign what nobody believes: better no worker than such a one. */
function serviceKey(trust: TrustFile, use: KeyUse, pem: string, tenant: string): ServiceKey {
  const key = privateKeyFromPem(pem, `${use}.pem`);
  const named = trust.keys.get(key.publicKey.keyId);
  if (named?.entry.use === use && (named.entry.tenant === null || named.entry.tenant === tenant)) {
    return { key, holder: named.entry.holder };
  }
  throw new WorkerError('worker.configuration', {
    message: `the trust file does not name the ${use} key`,
    path: `${use}.pem`,
    expected: `a ${use} key of the trust file, for ${tenant}`,
    got: named ? `a ${named.entry.use} key for ${named.entry.tenant ?? 'every tenant'}` : key.publicKey.keyId,
  });
}
