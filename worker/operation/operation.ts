import { Client, Connection } from '@temporalio/client';
import type { InjectedSinks } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { Dependencies } from '../../activities/index.ts';
import type { DecisionSinks } from '../../core/contracts/sinks.ts';
import { WorkerError } from '../errors.ts';
import { checkDirectoryStore } from '../../store/index.ts';
import type { WorkerConfig } from '../config.ts';
import { startCensus } from './census.ts';
import { startGovernanceWatch } from './governance-watch.ts';
import { type HealthAddress, startHealthServer } from './health-server.ts';
import { measureActivities } from './measured-activities.ts';
import { measureLedger } from './measured-ledger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createReadiness } from './readiness.ts';

/** What a worker shows of itself. Without an address nothing is measured, and nothing listens. */
export interface Operation {
  measured<D extends Dependencies>(dependencies: D): D;
  measuredActivities<A extends object>(activities: A): A;
  readonly sinks: InjectedSinks<DecisionSinks>;
  /** Listens from now on, before the worker polls and until it has stopped. @returns what ends it */
  listen(workerState: () => string, dependencies: Dependencies): Promise<() => Promise<void>>;
}

const ANSWER_MS = 2_000;
/** Beyond it the gauge stands still; nobody acts on the difference. */
const QUARANTINED_AT_MOST = 10_000;

export function createOperation(config: WorkerConfig, log: Logger): Operation {
  const address = config.healthAddress;
  const metrics = address === undefined ? undefined : createMetrics();
  return {
    measured: (dependencies) =>
      metrics === undefined
        ? dependencies
        : { ...dependencies, ledger: measureLedger(dependencies.ledger, dependencies.registry, metrics) },
    measuredActivities: (activities) => (metrics === undefined ? activities : measureActivities(activities, metrics)),
    sinks: { operation: { quarantined: { fn: noteQuarantined(metrics, log), callDuringReplay: true } } },
    listen: async (workerState, dependencies) =>
      address === undefined || metrics === undefined
        ? async () => undefined
        : listen(config, address, metrics, workerState, dependencies, log),
  };
}

/** Once a decision, however often its workflow is replayed. */
function noteQuarantined(metrics: Metrics | undefined, log: Logger) {
  const met = new Set<string>();
  return ({ workflowId }: { readonly workflowId: string }, code: string): void => {
    if (met.has(workflowId) || met.size >= QUARANTINED_AT_MOST) return;
    met.add(workflowId);
    metrics?.quarantined.set(met.size);
    log.error({ workflowId, code }, 'a decision is in quarantine');
  };
}

async function listen(
  config: WorkerConfig,
  address: HealthAddress,
  metrics: Metrics,
  workerState: () => string,
  dependencies: Dependencies,
  log: Logger,
): Promise<() => Promise<void>> {
  const { namespace = 'default', connectionOptions } = config.temporal;
  const connection = Connection.lazy(connectionOptions);
  const ready = createReadiness({
    ledger: dependencies.ledger,
    metrics,
    workerState,
    checkStore: () => checkDirectoryStore({ directory: config.storeDirectory }),
    checkTemporal: () => askTemporal(connection, namespace),
  });
  const server = await startHealthServer(address, ready, metrics);
  const census = startCensus(new Client({ connection, namespace }), config.taskQueue, metrics, log);
  const watch = startGovernanceWatch(dependencies, metrics, log);
  log.info({ ...address }, 'health, readiness and metrics');
  return async () => {
    census.stop();
    watch.stop();
    await server.close();
    await connection.close();
  };
}

async function askTemporal(connection: Connection, namespace: string): Promise<void> {
  try {
    await connection.withDeadline(Date.now() + ANSWER_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (error) {
    throw new WorkerError('temporal.unreachable', {
      message: 'Temporal does not answer for this namespace',
      expected: 'an answer',
      got: grpcStatus(error),
    });
  }
}

/** The status alone: gRPC's own text may quote metadata. */
function grpcStatus(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' ? `gRPC status ${code}` : 'no answer';
}
