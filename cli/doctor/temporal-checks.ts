import { SEARCH_ATTRIBUTES } from '../../core/contracts/names.ts';
import type { Config } from '../config.ts';
import { attempt, type Check, fail, ok } from './check.ts';

/** `TASK_QUEUE_TYPE_WORKFLOW`. */
const WORKFLOW_TASKS = 1;
const CALL_TIMEOUT_MS = 5_000;

/** Temporal: reachable, the namespace there, search attributes registered, a worker polling. */
export async function checkTemporal({ temporal, taskQueue }: Config): Promise<readonly Check[]> {
  const { address, namespace } = temporal;
  const [{ connect }, { asClientError }, { loadClientConnectConfig }] = await Promise.all([
    import('../../client/connection.ts'),
    import('../../client/failures.ts'),
    import('@temporalio/envconfig'),
  ]);
  const { tls, apiKey } = loadClientConnectConfig().connectionOptions;
  let open: Awaited<ReturnType<typeof connect>> | undefined;
  const reached = await attempt(
    'temporal',
    `start it, or set TEMPORAL_ADDRESS to where it runs (now ${address})`,
    async () => {
      open = await connect({
        address,
        namespace,
        ...(tls === undefined ? {} : { tls }),
        ...(typeof apiKey === 'string' ? { apiKey } : {}),
      });
      return ok('temporal', `answers at ${address}`);
    },
  );
  if (open === undefined) return [reached];
  const opened = open;
  const { client } = opened;
  const { connection } = client;
  const ask = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await client.withDeadline(Date.now() + CALL_TIMEOUT_MS, call);
    } catch (error) {
      throw asClientError(error, { address, callTimeoutMs: CALL_TIMEOUT_MS, taskQueue });
    }
  };
  try {
    const found = await attempt('namespace', `make it: temporal operator namespace create ${namespace}`, async () => {
      await ask(() => connection.workflowService.describeNamespace({ namespace }));
      return ok('namespace', namespace);
    });
    if (found.state === 'FAIL') return [reached, found];
    const attributes = await attempt('search attributes', 'start a worker: it registers them', async () => {
      // The registry of a namespace is the operator's; a namespace of Temporal Cloud answers through its own tools.
      const { customAttributes } = await ask(() => connection.operatorService.listSearchAttributes({ namespace }));
      const missing = Object.keys(SEARCH_ATTRIBUTES).filter((name) => !Object.hasOwn(customAttributes ?? {}, name));
      return missing.length === 0
        ? ok('search attributes', `${Object.keys(SEARCH_ATTRIBUTES).length} registered`)
        : fail(
            'search attributes',
            'temporal.refused',
            `missing: ${missing.join(', ')}`,
            'start a worker: it registers them',
          );
    });
    const worker = await attempt('worker', `start one for the task queue ${taskQueue}`, async () => {
      const { pollers } = await ask(() =>
        connection.workflowService.describeTaskQueue({
          namespace,
          taskQueue: { name: taskQueue },
          taskQueueType: WORKFLOW_TASKS,
        }),
      );
      const count = pollers?.length ?? 0;
      return count > 0
        ? ok('worker', `${count} polled the task queue ${taskQueue} within five minutes`)
        : fail('worker', 'worker.silent', `nobody polls the task queue ${taskQueue}`, 'start a worker');
    });
    return [reached, found, attributes, worker];
  } finally {
    await opened.close();
  }
}
