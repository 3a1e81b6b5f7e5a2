import type { Holdings } from '../operation/index.ts';
import { createDirectoryStore, createDisclosureStore } from '../store/index.ts';
import type { Surroundings } from './command.ts';
import { type Config, loadConfig } from './config.ts';
import { withLedger } from './open-ledger.ts';

/** Runs `use` with ledger, store and disclosures as the configuration names them. */
export function withHoldings<T>(
  { configPath }: Pick<Surroundings, 'configPath'>,
  use: (holdings: Holdings, config: Config) => Promise<T>,
): Promise<T> {
  const config = loadConfig(configPath);
  const store = createDirectoryStore({ directory: config.store });
  const disclosures = createDisclosureStore({ directory: config.disclosures });
  return withLedger(config, (ledger) => use({ ledger, store, disclosures, tenant: config.tenant }, config));
}
