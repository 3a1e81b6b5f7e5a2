import { readConfig } from '../../worker/config.ts';
import { openDependencies } from '../../worker/dependencies.ts';
import { createLogger, installRuntime } from '../../worker/logger.ts';
import { startWorker } from '../../worker/run.ts';

/**
 * The real worker with a planted fault: at the append named by FAULT_APPEND it kills itself with SIGKILL, before the
 * ledger hears of it (FAULT_WHEN=before) or after the ledger has stored it and before anybody is told (after).
 */
const { FAULT_APPEND = '0', FAULT_WHEN = 'after' } = process.env;
const log = createLogger('error');
installRuntime(log);
const worker = await startWorker(readConfig(process.env), log, async (config) => {
  const dependencies = await openDependencies(config);
  const { ledger } = dependencies;
  let appends = 0;
  const append: typeof ledger.append = async (...args) => {
    appends += 1;
    const fatal = appends === Number(FAULT_APPEND);
    if (fatal && FAULT_WHEN === 'before') process.kill(process.pid, 'SIGKILL');
    const result = await ledger.append(...args);
    if (fatal) process.kill(process.pid, 'SIGKILL');
    return result;
  };
  const faulty = new Proxy(ledger, {
    get: (target, property) => {
      if (property === 'append') return append;
      const member = Reflect.get(target, property) as unknown;
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return { ...dependencies, ledger: faulty };
});
process.once('SIGTERM', () => worker.shutdown());
process.send?.('ready');
await worker.stopped;
