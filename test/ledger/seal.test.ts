import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type BatchToSeal, createSealer } from '../../ledger/seal.ts';
import { KEY_A, KEY_B } from './chains.ts';

const sealer = createSealer([KEY_A]);
const bytes = (text: string): Uint8Array => Buffer.from(text);
const batch: BatchToSeal = { decisionId: 'ab', commandId: 'cd', firstSequence: 12, events: [bytes('ef'), bytes('gh')] };

describe('the seal of a batch', () => {
  it('is HMAC-SHA256 over domain, decision, command, first sequence and events, each behind its length', () => {
    const parts = ['countersign/ledger/batch/v1', 'ab', 'cd', '12', 'ef', 'gh'];
    const input = Buffer.concat(parts.map((part) => Buffer.from([0, 0, 0, part.length, ...bytes(part)])));
    expect(sealer.sealBatch(batch)).toBe(createHmac('sha256', KEY_A).update(input).digest('hex'));
    expect(sealer.isBatchSealed(batch, sealer.sealBatch(batch))).toBe(true);
  });

  it.each<[string, Partial<BatchToSeal>]>([
    ['another decision', { decisionId: 'ax' }],
    ['another command', { commandId: 'cx' }],
    ['another place', { firstSequence: 13 }],
    ['another event', { events: [bytes('ef'), bytes('gx')] }],
    ['an event less', { events: [bytes('ef')] }],
    ['an event more', { events: [bytes('ef'), bytes('gh'), bytes('')] }],
    ['events in another order', { events: [bytes('gh'), bytes('ef')] }],
    ['a byte moved from one event to the next', { events: [bytes('e'), bytes('fgh')] }],
    ['a byte moved from the decision to the command', { decisionId: 'a', commandId: 'bcd' }],
    ['a digit moved from the sequence to the event', { firstSequence: 1, events: [bytes('2ef'), bytes('gh')] }],
  ])('does not verify for %s', (_, change) => {
    expect(sealer.isBatchSealed({ ...batch, ...change }, sealer.sealBatch(batch))).toBe(false);
  });

  it.each(['', 'x', 'f'.repeat(64), 'F'.repeat(64), 'é'.repeat(64)])('does not verify as %j', (seal) => {
    expect(sealer.isBatchSealed(batch, seal)).toBe(false);
  });

  it('has one spelling', () => {
    expect(sealer.isBatchSealed(batch, sealer.sealBatch(batch).toUpperCase())).toBe(false);
  });

  it('verifies under every key given, and is made with the first', () => {
    const rotated = createSealer([KEY_B, KEY_A]);
    expect(rotated.isBatchSealed(batch, sealer.sealBatch(batch))).toBe(true);
    expect(rotated.sealBatch(batch)).toBe(createSealer([KEY_B]).sealBatch(batch));
  });
});

describe('the seal of a binding', () => {
  const seal = sealer.sealBinding('policies', 'gate@1', 'value');

  it('verifies for what was sealed', () => {
    expect(sealer.isBindingSealed('policies', 'gate@1', 'value', seal)).toBe(true);
  });

  it.each([
    ['rosters', 'gate@1', 'value'],
    ['policies', 'gate@2', 'value'],
    ['policies', 'gate@1', 'other'],
    ['policie', 'sgate@1', 'value'],
    ['policies', 'gate@', '1value'],
  ])('does not verify for %s %s %s', (registry, key, value) => {
    expect(sealer.isBindingSealed(registry, key, value, seal)).toBe(false);
  });

  it('is never that of a batch', () => {
    const twin: BatchToSeal = { decisionId: 'policies', commandId: 'gate@1', firstSequence: 1, events: [] };
    expect(sealer.isBindingSealed('policies', 'gate@1', '1', sealer.sealBatch(twin))).toBe(false);
  });
});
