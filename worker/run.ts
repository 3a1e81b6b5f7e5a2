import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../activities/index.ts';
import { CountersignError } from '../core/errors.ts';
import type { WorkerConfig } from './config.ts';
import { openDependencies } from './dependencies.ts';
import { createOperation } from './operation/operation.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { WORKER_TUNING } from './tuning.ts';

export interface RunningWorker {
  /** Settles when the worker has stopped. */
  readonly stopped: Promise<void>;
  /** Stops polling, lets what is in flight finish, and closes. Safe to call twice. */
  shutdown(): void;
}

/** Connects, checks, and polls the task queue until it is told to stop. @param open for tests that plant a fault in an effect */
export async function startWorker(config: WorkerConfig, log: Logger, open = openDependencies): Promise<RunningWorker> {
  const operation = createOperation(config, log);
  const dependencies = operation.measured(await open(config));
  const { namespace = 'default', connectionOptions } = config.temporal;
  const closing: (() => Promise<void>)[] = [() => dependencies.ledger.close()];
  try {
    const polling: { worker?: Worker } = {};
    closing.unshift(await operation.listen(() => polling.worker?.getState() ?? 'STARTING', dependencies.ledger));
    await prepareNamespace(config, namespace);
    const connection = await NativeConnection.connect(connectionOptions);
    closing.unshift(() => connection.close());
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: config.taskQueue,
      ...workflowSource(config),
      dataConverter: { payloadConverterPath: sourcePath('workflows/payload-converter') },
      activities: operation.measuredActivities(createActivities(dependencies)),
      sinks: operation.sinks,
      shutdownGraceTime: config.shutdownGraceMs,
      ...WORKER_TUNING,
    });
    polling.worker = worker;
    log.info(
      { namespace, taskQueue: config.taskQueue, tenant: config.tenant, trust: dependencies.trust.digest },
      'worker polls',
    );
    return {
      stopped: runToTheEnd(worker, closing),
      shutdown: () => {
        if (worker.getState() === 'RUNNING') worker.shutdown();
      },
    };
  } catch (error) {
    await closeAll(closing);
    throw error;
  }
}

async function runToTheEnd(worker: Worker, closing: readonly (() => Promise<void>)[]): Promise<void> {
  try {
    await worker.run();
  } finally {
    await closeAll(closing);
  }
}

async function closeAll(closing: readonly (() => Promise<void>)[]): Promise<void> {
  for (const close of closing) await close();
}

async function prepareNamespace({ temporal }: WorkerConfig, namespace: string): Promise<void> {
  let connection: Connection;
  try {
    connection = await Connection.connect(temporal.connectionOptions);
  } catch (error) {
    throw new CountersignError(
      'temporal.unreachable',
      {
        message: 'Temporal does not answer; start it, or set TEMPORAL_ADDRESS to where it runs',
        path: temporal.connectionOptions.address ?? '127.0.0.1:7233',
        got: error instanceof Error ? error.message : String(error),
      },
      { cause: error },
    );
  }
  try {
    await registerSearchAttributes(connection, namespace);
  } finally {
    await connection.close();
  }
}

/** The worker never imports a workflow: it names the folder, and Temporal's bundler builds the sandbox from it. */
function workflowSource({ workflowBundle }: WorkerConfig) {
  if (workflowBundle !== undefined) return { workflowBundle: { codePath: workflowBundle } };
  return { workflowsPath: sourcePath('workflows/index') };
}

/** Sources in a checkout, compiled code in a package: beside this room, with this file's own ending. */
function sourcePath(module: string): string {
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  return fileURLToPath(new URL(`../${module}${ending}`, import.meta.url));
}
