import {
  Client,
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { asClientError, unreachable } from './failures.ts';
import { ClientError } from './errors.ts';
import { isUpdateLimit } from './update-limits.ts';

export interface TemporalOptions {
  /** `host:port`. */
  readonly address: string;
  readonly namespace: string;
  readonly tls?: ConnectionOptions['tls'];
  readonly apiKey?: string;
}

/** Within which a server must answer at all, in milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;

const usual = defaultGrpcRetryOptions();

/**
 * The SDK's own retries, but for an Update that finds too many others in flight: behind ten seconds of silent retries
 * nobody would learn of it in time to send a signal instead.
 */
const retries = makeGrpcRetryInterceptor({
  ...usual,
  retryableDecider: (attempt, status) => !isUpdateLimit(status) && usual.retryableDecider(attempt, status),
});

/** @throws ClientError `temporal.unreachable`, `temporal.refused`. */
export async function connect(options: TemporalOptions): Promise<{ readonly client: Client; close(): Promise<void> }> {
  const { address, namespace, tls, apiKey } = options;
  let connection: Connection;
  try {
    connection = await Connection.connect({
      address,
      connectTimeout: CONNECT_TIMEOUT_MS,
      interceptors: [retries],
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
