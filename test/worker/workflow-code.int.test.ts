import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { expect, inject, it } from 'vitest';
import { bundled, workflowsIn } from '../../worker/workflow-code.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

it('is loaded once for all runs of a worker, and private members are the engine’s', async () => {
  const fixture = path('../architecture/fixtures/keeping-workflow/index.ts');
  const code = await bundled({ ...workflowsIn(path('../../workflows')), workflowsPath: fixture });
  const address = inject('temporalAddress');
  const taskQueue = `keeping-${randomUUID()}`;
  const [native, connection] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
  ]);
  try {
    const worker = await Worker.create({ connection: native, taskQueue, workflowBundle: { code } });
    const { workflow } = new Client({ connection });
    const count = () => workflow.execute('counting', { taskQueue, workflowId: randomUUID() });
    expect(await worker.runUntil(async () => [await count(), await count()])).toEqual([1, 2]);
  } finally {
    await native.close();
    await connection.close();
  }
  const decisions = await bundled(workflowsIn(path('../../workflows')));
  expect(decisions.includes('_class_private')).toBe(false);
});
