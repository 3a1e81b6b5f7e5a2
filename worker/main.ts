import { hasCode } from '../core/errors.ts';
import { readConfig } from './config.ts';
import { closeRuntime, createLogger, installRuntime } from './logger.ts';
import { startWorker } from './run.ts';

const log = createLogger(process.env.COUNTERSIGN_LOG_LEVEL ?? 'info');
try {
  const config = readConfig(process.env);
  installRuntime(log, config.temporalMetricsAddress);
  const worker = await startWorker(config, log);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'worker stops');
      worker.shutdown();
    });
  }
  process.send?.('ready');
  await worker.stopped;
  log.info('worker stopped');
} catch (error) {
  const fields = hasCode(error) ? { code: error.code, path: error.path } : {};
  log.fatal({ ...fields }, error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await closeRuntime();
}
