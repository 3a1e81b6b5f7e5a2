import { describe, expect, it } from 'vitest';
import { mayRun } from '../../cli/live.ts';
import type { ReleaseRecord } from '../../documents/index.ts';
import type { Release } from '../../registry/index.ts';

/** Which links of a target's history may be what runs there; the whole of it in cli.int.test.ts. */

const link = (number: number, outcome: ReleaseRecord['outcome']): Release =>
  ({ digest: `${number}`, record: { number, outcome } }) as Release;
const numbers = (history: readonly Release[]): readonly number[] => mayRun(history).map(({ record }) => record.number);

describe('what may run at a target', () => {
  it('is what was carried out last, and whatever came after it of which nobody knows', () => {
    expect(numbers([link(1, 'executed'), link(2, 'executed')])).toEqual([2]);
    expect(numbers([link(1, 'executed'), link(2, 'unconfirmed'), link(3, 'execution_failed')])).toEqual([1, 2, 3]);
    expect(numbers([link(1, 'execution_failed'), link(2, 'executed')])).toEqual([2]);
  });

  it('is everything where nothing is known to have been carried out, and nothing where there is no history', () => {
    expect(numbers([link(1, 'unconfirmed'), link(2, 'unconfirmed')])).toEqual([1, 2]);
    expect(numbers([])).toEqual([]);
  });
});
