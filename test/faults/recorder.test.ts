import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClientError } from '../../client/index.ts';
import { seededRandom } from './random.ts';
import { createRecorder, type Invocation, NOTHING, readHistory } from './recorder.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'countersign-recorder-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const invocation: Invocation = {
  process: 'executive-01',
  kind: 'approve',
  channel: 'update',
  decision: 'd',
  statement: 'sha256:00',
};
const failing = (code: 'worker.silent' | 'submit.discarded') => () =>
  Promise.reject(new ClientError(code, { message: 'planted' }));

describe('the recorder', () => {
  it('tells ok from fail from unknown, and reads the same history from its file', async () => {
    const recorder = createRecorder({ name: 'three', seed: 7, directory });
    const acknowledged = { chain: 'd', sequence: 5, event: 'h', statement: 'sha256:00', verdict: 'accepted' } as const;
    expect(
      await recorder.run(
        invocation,
        async () => 'value',
        () => ({ ...NOTHING, acknowledged }),
      ),
    ).toBe('value');
    expect(await recorder.run(invocation, failing('worker.silent'), () => NOTHING)).toBeUndefined();
    await recorder.run(invocation, failing('submit.discarded'), () => NOTHING);
    await recorder.run(
      invocation,
      () => Promise.reject(new TypeError('bare')),
      () => NOTHING,
    );
    void recorder.run(
      invocation,
      () => new Promise(() => undefined),
      () => NOTHING,
    );

    const outcomes = recorder.operations.map(({ outcome, code }) => [outcome, code]);
    expect(outcomes).toEqual([
      ['ok', null],
      ['unknown', 'worker.silent'],
      ['fail', 'submit.discarded'],
      ['unknown', null],
      ['unknown', null],
    ]);
    expect(recorder.operations[0]).toMatchObject({ acknowledged, index: 0, process: 'executive-01' });
    expect(recorder.operations[4]).toMatchObject({ completedAtMs: null });
    expect(readHistory(recorder.file)).toEqual(recorder.operations);
  });
});

describe('the seeded choices', () => {
  it('are the same for the same seed, and independent by name', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return [random.integer(1000), random.shuffle([1, 2, 3, 4, 5]), random.pick(['a', 'b', 'c']), random.percent(50)];
    };
    expect(draw(42)).toEqual(draw(42));
    expect(draw(42)).not.toEqual(draw(43));
    const one = seededRandom(42);
    const other = seededRandom(42);
    other.integer(10);
    expect(one.fork('faults').integer(1e6)).toBe(other.fork('faults').integer(1e6));
    expect(one.fork('faults').integer(1e6)).not.toBe(one.fork('workload').integer(1e6));
    expect(new Set(Array.from({ length: 200 }, () => one.integer(4)))).toEqual(new Set([0, 1, 2, 3]));
  });
});
