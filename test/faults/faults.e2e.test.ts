import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { run } from './scenario.ts';
import { mix } from './scenarios/mix.ts';
import { temporalKilled } from './scenarios/temporal-killed.ts';
import { temporalOlder } from './scenarios/temporal-older.ts';
import { workerFrozen } from './scenarios/worker-frozen.ts';

/** About two minutes of what `npm run test:faults` does for longer. The seed is in the name of the test. */
describe('after the fault, everything that must hold holds', () => {
  const seed = randomInt(2 ** 31);
  it.for(
    [workerFrozen, temporalKilled, temporalOlder, mix].map((scenario) => ({ scenario, name: scenario.name, seed })),
  )('$name, seed $seed', { timeout: 400_000 }, async ({ scenario }) => {
    const { findings, operations, why, file } = await run(scenario, seed);
    expect(findings, `seed ${seed}, history ${file}`).toEqual([]);
    // A run in which nothing was done, or nobody answered, would hold as well.
    expect(operations.ok).toBeGreaterThan(10);
    expect(why.answered).toBeGreaterThan(0);
  });
});
