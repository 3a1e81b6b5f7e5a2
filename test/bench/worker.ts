import { readFileSync } from 'node:fs';
import { NativeConnection, Worker } from '@temporalio/worker';
import { withFailures } from '../../activities/failure.ts';
import { createActivities } from '../../activities/index.ts';
import { record } from '../../activities/recording.ts';
import { readConfig } from '../../worker/config.ts';
import { openDependencies } from '../../worker/dependencies.ts';
import { naiveStep } from './naive-step.ts';
import { createLogger, installRuntime } from '../../worker/logger.ts';
import { WORKER_TUNING } from '../../worker/tuning.ts';

/**
 * A worker for the floor and for the naive variant, tuned as the real one. The naive decision's append is registered as
 * a regular activity, which the real worker refuses.
 */
const config = readConfig(process.env);
installRuntime(createLogger('error'));
const dependencies = await openDependencies(config);
const connection = await NativeConnection.connect(config.temporal.connectionOptions);
const worker = await Worker.create({
  connection,
  taskQueue: config.taskQueue,
  workflowBundle: { code: readFileSync(config.workflowBundle ?? '', 'utf8') },
  activities: {
    ...createActivities(dependencies),
    ...withFailures({ recordNaively: record(dependencies), stepNaively: naiveStep(dependencies) }),
  },
  ...WORKER_TUNING,
});
process.once('SIGTERM', () => worker.shutdown());
process.send?.('ready');
await worker.run();
await connection.close();
await dependencies.ledger.close();
