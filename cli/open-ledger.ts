import { createRedisLedger, type Ledger, readSealingKeys } from '../ledger/index.ts';
import type { Config } from './config.ts';

/** Runs `use` with the configured ledger, which is closed afterwards. Needs the workers' sealing keys. */
export async function withLedger<T>(config: Config, use: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = createRedisLedger({ url: config.redisUrl(), macKeys: readSealingKeys(config.serviceKeys) });
  try {
    return await use(ledger);
  } finally {
    await ledger.close();
  }
}
