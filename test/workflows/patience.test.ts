import { expect, it, vi } from 'vitest';

/** The workflow's API as far as patience goes: a wait that ends at once. The real one stands in `trouble.int.test.ts`. */
vi.mock('@temporalio/workflow', async () => {
  const { ActivityFailure, ApplicationFailure, TimeoutFailure } = await import('@temporalio/common');
  return { ActivityFailure, ApplicationFailure, TimeoutFailure, condition: async () => false };
});
const { ApplicationFailure } = await import('@temporalio/common');
const { persistUnless, Troubles } = await import('../../workflows/patience.ts');

it('what failed before and is over is no trouble any more, while something else fails', async () => {
  const shown: string[][] = [];
  const troubles: InstanceType<typeof Troubles> = new Troubles(() => shown.push([...troubles.keys()]));
  const failures = ['ledger.unavailable', 'store.not_found', 'store.not_found', 'ledger.unavailable'];
  const seen: string[][] = [];
  const call = async () => {
    seen.push([...troubles.keys()]);
    const type = failures.shift();
    if (type !== undefined) throw ApplicationFailure.create({ type, message: type });
    return 'done';
  };
  expect(await persistUnless(troubles, { facts: 'evidence' }, call, {})).toEqual({ value: 'done' });
  expect(seen).toEqual([[], ['ledger'], ['evidence'], ['evidence'], ['ledger']]);
  expect([...troubles.keys()]).toEqual([]);
  // Before each wait, and once more when the last trouble is over.
  expect(shown).toEqual([['ledger'], ['evidence'], ['evidence'], ['ledger'], []]);
});
