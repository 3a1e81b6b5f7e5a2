import {
  Client,
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  type GrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { asClientError, unreachable } from './failures.ts';
import { ClientError } from './errors.ts';
import { GRPC } from './grpc-status.ts';
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

/**
 * How soon a lost connection is tried again, in milliseconds. Left to itself the wait grows to two minutes, and every call
 * fails meanwhile though the server is back.
 */
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 500 };

/** Between two tries at a server that is not there, at most, in milliseconds; one that is overloaded gets ten times that. */
const RETRY_MS = 500;
const RETRY_OVERLOADED_MS = 5_000;

/** Half a minute of them; the deadline of most calls ends them sooner. */
const MOST_TRIES = 60;

/** About a second of them: how a decision stands is asked by somebody who waits, and rather hears that nobody answers. */
const MOST_TRIES_OF_A_QUESTION = 4;
const QUESTION = '/DescribeWorkflowExecution';

const retries = makeGrpcRetryInterceptor(retryOptions(MOST_TRIES));
const retriesOfAQuestion = makeGrpcRetryInterceptor(retryOptions(MOST_TRIES_OF_A_QUESTION));

/**
 * The SDK's own retries, but for an Update that finds too many others in flight: behind ten seconds of silent retries
 * nobody would learn of it in time to send a signal instead.
 */
function retryOptions(maxAttempts: number): GrpcRetryOptions {
  const usual = defaultGrpcRetryOptions({
    maxAttempts,
    maxIntervalMs: ({ code }) => (Number(code) === GRPC.resourceExhausted ? RETRY_OVERLOADED_MS : RETRY_MS),
  });
  return {
    ...usual,
    retryableDecider: (attempt, status) => !isUpdateLimit(status) && usual.retryableDecider(attempt, status),
  };
}

const retrying: NonNullable<ConnectionOptions['interceptors']>[number] = (options, nextCall) => {
  const asks = options.method_definition.path.endsWith(QUESTION);
  return (asks ? retriesOfAQuestion : retries)(options, nextCall);
};

/** @throws ClientError `temporal.unreachable`, `temporal.refused`. */
export async function connect(options: TemporalOptions): Promise<{ readonly client: Client; close(): Promise<void> }> {
  const { address, namespace, tls, apiKey } = options;
  let connection: Connection;
  try {
    connection = await Connection.connect({
      address,
      connectTimeout: CONNECT_TIMEOUT_MS,
      channelArgs: RECONNECT,
      interceptors: [retrying],
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
