import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { asClientError, unreachable } from './failures.ts';
import { ClientError } from './errors.ts';

export interface TemporalOptions {
  /** `host:port`. */
  readonly address: string;
  readonly namespace: string;
  readonly tls?: ConnectionOptions['tls'];
  readonly apiKey?: string;
}

/** Within which a server must answer at all, in milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;

/** @throws ClientError `temporal.unreachable`, `temporal.refused`. */
export async function connect(options: TemporalOptions): Promise<{ readonly client: Client; close(): Promise<void> }> {
  const { address, namespace, tls, apiKey } = options;
  let connection: Connection;
  try {
    connection = await Connection.connect({
      address,
      connectTimeout: CONNECT_TIMEOUT_MS,
      ...(tls === undefined ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
    });
  } catch (error) {
    const where = { address, callTimeoutMs: CONNECT_TIMEOUT_MS, taskQueue: '' };
    const mapped = asClientError(error, where);
    throw mapped instanceof ClientError && mapped.code === 'temporal.refused'
      ? mapped
      : unreachable({ address }, error);
  }
  return { client: new Client({ connection, namespace }), close: () => connection.close() };
}
