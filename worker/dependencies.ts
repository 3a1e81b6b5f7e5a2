import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { createFileNotifier, type Dependencies, type ServiceKey } from '../activities/index.ts';
import { privateKeyFromPem } from '../core/canon/index.ts';
import { timestamp } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { type KeyUse, readTrustFile, type TrustFile } from '../documents/index.ts';
import { createRedisLedger, type Ledger, requireHealthy } from '../ledger/index.ts';
import { createRegistry, createReleases, createRestrictions, createReviews, type Registry } from '../registry/index.ts';
import { createResolver } from '../resolve/index.ts';
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
  // Before anything is open: a worker that refuses to start must end, and a connection would keep it.
  const notifier = openNotifier(config.noticesDirectory);
  const disk = createDirectoryStore({ directory: config.storeDirectory });
  const store = createCachedStore({ store: disk });
  // Past the cache: a chain that is read once would push out what is read all the time.
  const ledger = createRedisLedger({
    url: config.redisUrl,
    macKeys: files.mac,
    archive: disk,
    commandTimeoutMs: LEDGER_TIMEOUT_MS,
  });
  const registry = createRegistry({ ledger, store, trust, tenant });
  try {
    requireHealthy(await ledger.check());
    await requireOwnSeals(registry);
  } catch (error) {
    await ledger.close();
    throw error;
  }
  const restrictions = createRestrictions({ ledger, store, trust, tenant, registry });
  const reviews = createReviews({ ledger, tenant });
  const releases = createReleases({ ledger, store, trust, tenant });
  const resolver = createResolver({ folders: config.packageFolders, lineage: config.lineagePath });
  const { conformanceTarget, patrolMs } = config;
  return {
    ledger,
    chains: ledger,
    store,
    disk,
    registry,
    restrictions,
    reviews,
    releases,
    notifier,
    resolver,
    trust,
    tenant,
    keys,
    conformanceTarget,
    patrolMs,
  };
}

/** @throws WorkerError `worker.configuration` where notices would be lost from the first */
function openNotifier(directory: string | undefined): Dependencies['notifier'] {
  if (directory === undefined) return null;
  try {
    if (!statSync(directory).isDirectory()) throw new Error('no folder');
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new WorkerError(
      'worker.configuration',
      { message: 'notices cannot be written there', path: 'COUNTERSIGN_NOTICES', expected: 'a folder to write into' },
      { cause },
    );
  }
  return createFileNotifier(directory);
}

/**
 * A worker with another sealing key would take every chain of its own tenant for tampered with, and restrict it for each.
 *
 * @throws WorkerError `worker.configuration`
 */
async function requireOwnSeals(registry: Registry): Promise<void> {
  try {
    await registry.governing(timestamp(Date.now()));
  } catch (cause) {
    // Whether anything counts yet, and is endorsed, is for the decisions to say.
    if (!hasCode(cause, 'ledger.mac')) return;
    throw new WorkerError(
      'worker.configuration',
      {
        message: 'what stands in the ledger for this tenant is sealed by none of the sealing keys',
        path: 'mac.key',
        expected: 'a key that its policy and roster were bound with',
        got: 'another key, or a binding that was tampered with',
      },
      { cause },
    );
  }
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
