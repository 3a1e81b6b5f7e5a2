import { createRedisLedger, type Ledger, type LedgerCopy, readSealingKeys } from '../ledger/index.ts';
import { createDirectoryStore } from '../store/index.ts';
import type { Config } from './config.ts';

/** Runs `use` with the configured ledger, which is closed afterwards. Needs the workers' sealing keys. */
export async function withLedger<T>(config: Config, use: (ledger: Ledger & LedgerCopy) => Promise<T>): Promise<T> {
  const archive = createDirectoryStore({ directory: config.store });
  const ledger = createRedisLedger({ url: config.redisUrl(), macKeys: readSealingKeys(config.serviceKeys), archive });
  try {
    return await use(ledger);
  } finally {
    await ledger.close();
  }
}
