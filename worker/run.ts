import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../activities/index.ts';
import type { PatrolInput } from '../core/contracts/activities.ts';
import { patrolWorkflowId, WORKFLOWS } from '../core/contracts/names.ts';
import type { WorkerConfig } from './config.ts';
import { openDependencies } from './dependencies.ts';
import { WorkerError } from './errors.ts';
import { createOperation } from './operation/operation.ts';
import { registerSearchAttributes } from './search-attributes.ts';
import { WORKER_TUNING } from './tuning.ts';
import { bundled, workflowsIn } from './workflow-code.ts';

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
    closing.unshift(await operation.listen(() => polling.worker?.getState() ?? 'STARTING', dependencies));
    await prepareNamespace(config, namespace, log);
    const connection = await NativeConnection.connect(connectionOptions);
    closing.unshift(() => connection.close());
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: config.taskQueue,
      workflowBundle: await workflowCode(config),
      dataConverter: { payloadConverterPath: workflowsIn(WORKFLOWS_ROOM, ENDING).payloadConverterPath },
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

async function prepareNamespace(config: WorkerConfig, namespace: string, log: Logger): Promise<void> {
  const { temporal } = config;
  let connection: Connection;
  try {
    connection = await Connection.connect(temporal.connectionOptions);
  } catch (error) {
    throw new WorkerError(
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
    await startPatrol(new Client({ connection, namespace }), config, log);
  } finally {
    await connection.close();
  }
}

/** One patrol a tenant, whichever of its workers came first; one that was stopped is begun again. */
async function startPatrol(client: Client, { tenant, taskQueue, patrolMs }: WorkerConfig, log: Logger): Promise<void> {
  const workflowId = patrolWorkflowId(tenant);
  const args: [PatrolInput] = [{ waitMs: patrolMs }];
  const patrol = { workflowId, taskQueue, args, workflowIdConflictPolicy: 'USE_EXISTING' } as const;
  await client.workflow.start(WORKFLOWS.ledgerPatrol, patrol);
  log.debug({ workflowId }, 'the patrol is on its way');
}

/**
 * The worker never imports a workflow: it names the code, and the sandbox is built from it. A build has it as one file; in a
 * checkout Temporal's bundler makes that from the folder, at every start.
 */
async function workflowCode({ workflowBundle }: WorkerConfig): Promise<WorkflowBundleOption> {
  const codePath = workflowBundle ?? (ENDING === '.js' ? builtBundle() : undefined);
  return codePath === undefined ? { code: await bundled(workflowsIn(WORKFLOWS_ROOM)) } : { codePath };
}

function builtBundle(): string {
  return fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
}

/** This file's own: `.ts` in a checkout, `.js` in a build. */
const ENDING = import.meta.url.slice(import.meta.url.lastIndexOf('.'));

/** Beside this room, sources or compiled. */
const WORKFLOWS_ROOM = fileURLToPath(new URL('../workflows', import.meta.url));
