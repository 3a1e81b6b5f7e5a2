import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerError } from '../../ledger/index.ts';
import { readConfig } from '../../worker/config.ts';
import { openDependencies } from '../../worker/dependencies.ts';
import { createLogger, installRuntime } from '../../worker/logger.ts';
import { startWorker } from '../../worker/run.ts';
import { loseTail } from './tampering.ts';

/**
 * The real worker with a planted fault:
 * - at the append named by FAULT_APPEND it kills itself with SIGKILL, before the ledger hears of it
 *   (FAULT_WHEN=before) or after the ledger has stored it and before anybody is told (after);
 * - before the append named by FREEZE_APPEND it stops itself with SIGSTOP, until somebody continues it, and tells its
 *   parent both that it stops and what came of the append;
 * - the second append of the batch named by FAIL_SECOND fails once, as though the ledger were away;
 * - every append takes SLOW_APPEND_MS longer;
 * - after the event named by LOSE_AFTER is stored, the ledger forgets all but the first LOSE_KEEP events, once.
 */
const {
  FAULT_APPEND = '0',
  FAULT_WHEN = 'after',
  FREEZE_APPEND = '0',
  FAIL_SECOND,
  SLOW_APPEND_MS = '0',
  LOSE_AFTER,
  LOSE_KEEP = '0',
  ADMIN_URL = '',
} = process.env;
const log = createLogger('error');
installRuntime(log);
const worker = await startWorker(readConfig(process.env), log, async (config) => {
  const dependencies = await openDependencies(config);
  const { ledger } = dependencies;
  let appends = 0;
  let lost = false;
  const appended = new Map<string, number>();
  const append: typeof ledger.append = async (...args) => {
    appends += 1;
    const fatal = appends === Number(FAULT_APPEND);
    if (fatal && FAULT_WHEN === 'before') process.kill(process.pid, 'SIGKILL');
    await sleep(Number(SLOW_APPEND_MS));
    const [decisionId, , { commandId, events }] = args;
    const times = (appended.get(`${decisionId} ${commandId}`) ?? 0) + 1;
    appended.set(`${decisionId} ${commandId}`, times);
    if (commandId === FAIL_SECOND && times === 2)
      throw new LedgerError('ledger.unavailable', { message: 'a planted outage' });
    const frozen = appends === Number(FREEZE_APPEND);
    if (frozen) {
      await tell('freezing');
      process.kill(process.pid, 'SIGSTOP');
    }
    const result = await ledger.append(...args);
    if (frozen) await tell(result.outcome);
    if (!lost && events.some((event) => event.event_type === LOSE_AFTER)) {
      lost = true;
      await loseTail(ADMIN_URL, decisionId, Number(LOSE_KEEP));
    }
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

function tell(message: string): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

process.once('SIGTERM', () => worker.shutdown());
process.send?.('ready');
await worker.stopped;
