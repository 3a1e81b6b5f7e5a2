import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { type Logger, pino } from 'pino';

/** Structured lines on standard error. Fields that could hold a secret are cut out wherever they appear. */
export function createLogger(level: string): Logger {
  const redact = ['password', '*.password', 'url', '*.url', 'apiKey', '*.apiKey', 'seed', '*.seed'];
  return pino(
    { level, redact: { paths: redact, censor: '[redacted]' }, base: { service: 'countersign-worker' } },
    pino.destination(2),
  );
}

/**
 * Sends Temporal's own log through ours, with its levels, and its own metrics to `metricsAddress`, where one is given.
 * Shutdown signals are ours too: `main.ts` waits for the end.
 */
export function installRuntime(log: Logger, metricsAddress?: string): void {
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    const { error, ...rest } = meta ?? {};
    log[levels[level]]({ ...rest, ...(error ? { error: String(error) } : {}) }, message);
  });
  const prometheus = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'WARN' });
  Runtime.install({
    logger,
    shutdownSignals: [],
    telemetryOptions: {
      // Without forwarding, the SDK's native part writes lines of its own form to standard output.
      logging: { filter, forward: {} },
      ...(metricsAddress === undefined
        ? {}
        : { metrics: { prometheus: { bindAddress: metricsAddress, ...prometheus } } }),
    },
  });
}

/** What the native part still runs would keep a process alive whose worker never came to be. */
export async function closeRuntime(): Promise<void> {
  await Runtime.instance().shutdown();
}
