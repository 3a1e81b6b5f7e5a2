import { describe, expect, it } from 'vitest';
import { Gate } from '../../client/gate.ts';

const SOON = () => Date.now() + 60_000;
const LATE = () => new Error('late');
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Calls that stay inside until they are let out, and what began in which order. */
function crowd(gate: Gate, decision: string, size: number) {
  const began: number[] = [];
  const doors: (() => void)[] = [];
  const calls = Array.from({ length: size }, (_, i) =>
    gate.pass(decision, SOON(), LATE, async () => {
      began.push(i);
      await new Promise<void>((resolve) => doors.push(resolve));
      return i;
    }),
  );
  return { began, doors, calls };
}

describe('the gate of a client', () => {
  it('lets eight Updates of a decision through at once, and the others in their order as there is room', async () => {
    const { began, doors, calls } = crowd(new Gate(), 'one', 11);
    await settle();
    expect(began).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    doors[3]?.();
    await settle();
    expect(began.slice(8)).toEqual([8]);
    for (let out = 0; out < doors.length; out += 1) {
      doors[out]?.();
      await settle();
    }
    expect(await Promise.all(calls)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(began).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('counts each decision for itself', async () => {
    const gate = new Gate();
    const one = crowd(gate, 'one', 8);
    const other = crowd(gate, 'other', 1);
    await settle();
    expect(other.began).toEqual([0]);
    for (const door of [...one.doors, ...other.doors]) door();
    await Promise.all([...one.calls, ...other.calls]);
  });

  it('gives the place of one that failed to the next', async () => {
    const gate = new Gate();
    const { doors, calls } = crowd(gate, 'one', 7);
    const failing = gate.pass('one', SOON(), LATE, () => Promise.reject(new Error('away')));
    const next = gate.pass('one', SOON(), LATE, async () => 'in');
    await expect(failing).rejects.toThrow('away');
    expect(await next).toBe('in');
    for (const door of doors) door();
    await Promise.all(calls);
  });

  it('keeps nobody longer than their call may take', async () => {
    const gate = new Gate();
    const { doors, calls } = crowd(gate, 'one', 8);
    await expect(gate.pass('one', Date.now() - 1, LATE, async () => 'in')).rejects.toThrow('late');
    for (const door of doors) door();
    await Promise.all(calls);
    expect(await gate.pass('one', SOON(), LATE, async () => 'in')).toBe('in');
  });
});
