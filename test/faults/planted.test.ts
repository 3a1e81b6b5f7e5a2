import { readdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply, copyTree, isFileOfTests, plantedFaults } from './planted.ts';
import { SCENARIOS } from './scenarios/index.ts';

let copy: string;
beforeAll(() => {
  copy = copyTree();
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Scenarios that only do by hand, or by chance, what another does for certain. */
const OF_OTHERS = ['messages-at-full-scale'];

describe('the planted faults', () => {
  it.each(plantedFaults())('$name still applies to the sources', async (planted) => {
    await expect(apply(copy, planted, { checkOnly: true })).resolves.toBeUndefined();
  });

  it('turn every scenario red', () => {
    const faults = plantedFaults();
    const planted = new Set(faults.filter((one) => !isFileOfTests(one)).map(({ scenario }) => scenario));
    expect(SCENARIOS.map(({ name }) => name).filter((name) => !planted.has(name))).toEqual(OF_OTHERS);
    expect([...planted].filter((name) => !SCENARIOS.some((scenario) => scenario.name === name))).toEqual([]);
  });

  it('turn every file of tests in this folder red', () => {
    const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.int.test.ts'));
    const planted = new Set(
      plantedFaults()
        .filter(isFileOfTests)
        .map(({ scenario }) => scenario),
    );
    expect([...planted].toSorted()).toEqual(files.toSorted());
  });
});
