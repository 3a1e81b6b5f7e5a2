import { writeFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { workflowIdOf } from '../../core/contracts/names.ts';
import { workflowBundle } from '../support/running-house.ts';

/** What Temporal holds of decisions that something was found wrong with, written beside the run's operations. */
export async function keepHistories(address: string, decisions: readonly string[], beside: string): Promise<void> {
  for (const [decision, history] of await historiesOf(address, decisions))
    writeFileSync(beside.replace(/\.jsonl$/, `-${decision}.json`), historyToJSON(history));
}

/**
 * Of the decisions whose latest run no fresh worker could take up, why. A run can end well and be unreplayable, as long
 * as one worker holds it to its end: the next fault would have stopped it for good.
 */
export async function unreplayable(
  address: string,
  decisions: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  quieten();
  const workflowBundlePath = { codePath: await workflowBundle() };
  const found = new Map<string, string>();
  for (const [decision, history] of await historiesOf(address, decisions)) {
    try {
      await Worker.runReplayHistory({ workflowBundle: workflowBundlePath }, history, workflowIdOf(decision));
    } catch (error) {
      found.set(decision, error instanceof Error ? error.message.slice(0, 400) : String(error));
    }
  }
  return found;
}

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;

async function historiesOf(address: string, decisions: readonly string[]): Promise<ReadonlyMap<string, History>> {
  const histories = new Map<string, History>();
  if (decisions.length === 0) return histories;
  const connection = await Connection.connect({ address });
  try {
    const { workflow } = new Client({ connection });
    for (const decision of new Set(decisions)) {
      const handle = workflow.getHandle(workflowIdOf(decision));
      const history = await handle.fetchHistory().catch(() => undefined);
      if (history !== undefined) histories.set(decision, history);
    }
  } finally {
    await connection.close();
  }
  return histories;
}

let quiet = false;

/** A replay is a worker, and says of each that it starts and stops. */
function quieten(): void {
  if (!quiet) Runtime.install({ logger: new DefaultLogger('ERROR') });
  quiet = true;
}
