import { writeFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { workflowIdOf } from '../../core/contracts/names.ts';

/** What Temporal holds of decisions that something was found wrong with, written beside the run's operations. */
export async function keepHistories(address: string, decisions: readonly string[], beside: string): Promise<void> {
  if (decisions.length === 0) return;
  const connection = await Connection.connect({ address });
  try {
    const { workflow } = new Client({ connection });
    for (const decision of new Set(decisions)) {
      const history = await workflow
        .getHandle(workflowIdOf(decision))
        .fetchHistory()
        .catch(() => undefined);
      if (history !== undefined) writeFileSync(beside.replace(/\.jsonl$/, `-${decision}.json`), historyToJSON(history));
    }
  } finally {
    await connection.close();
  }
}
