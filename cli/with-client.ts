import type { CountersignClient } from '../client/client.ts';
import type { Surroundings } from './command.ts';
import type { Config } from './config.ts';

/** Runs `use` with a client that is closed afterwards, so that the process can end. Loads Temporal only here. */
export async function withClient<T>(
  { configPath }: Pick<Surroundings, 'configPath'>,
  use: (client: CountersignClient, config: Config) => Promise<T>,
): Promise<T> {
  const { loadConfig } = await import('./config.ts');
  const config = loadConfig(configPath);
  const [{ createClient }, stores, { loadClientConnectConfig }] = await Promise.all([
    import('../client/client.ts'),
    import('../store/index.ts'),
    import('@temporalio/envconfig'),
  ]);
  // TLS and API key come as Temporal's own tools read them: TEMPORAL_TLS, TEMPORAL_API_KEY, a profile file.
  const { connectionOptions } = loadClientConnectConfig();
  const { tls, apiKey } = connectionOptions;
  const client = await createClient({
    temporal: {
      ...config.temporal,
      ...(tls === undefined ? {} : { tls }),
      ...(typeof apiKey === 'string' ? { apiKey } : {}),
    },
    store: stores.createDirectoryStore({ directory: config.store }),
    disclosures: stores.createDisclosureStore({ directory: config.disclosures }),
    origin: config.origin,
    tenant: config.tenant,
    taskQueue: config.taskQueue,
  });
  try {
    return await use(client, config);
  } finally {
    await client.close();
  }
}
