import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../core/canon/index.ts';
import { readEntries, type StoredEntry } from '../../ledger/entries.ts';
import { createSealer } from '../../ledger/seal.ts';
import { EMPTY, KEY_A, makeBatch } from './chains.ts';

const sealer = createSealer([KEY_A]);
const entries: StoredEntry[] = makeBatch('decision', EMPTY, 'open', { count: 2 }).events.map((event, index) => ({
  id: `${index + 1}-0`,
  event: canonicalBytes(event),
  commandId: 'open',
  place: `${index + 1}/2`,
  seal: undefined,
}));

describe('stored entries', () => {
  it('are read under the ids that an append gives', () => {
    expect(readEntries('decision', entries, sealer)).toHaveLength(1);
  });

  it.each(['0-0', '2-0', '1-1', '01-0', '1', '1-0 ', ''])('are refused under the id %j, whatever they hold', (id) => {
    const moved = entries.map((entry, index) => (index === 0 ? { ...entry, id } : entry));
    expect(() => readEntries('decision', moved, sealer)).toThrow(expect.objectContaining({ code: 'ledger.corrupt' }));
  });

  it.each(['', '1', '1/', '/2', '0/2', '3/2', '1/1001', '1/02', '+1/2', '1/2 ', '1/2\n', '1.0/2', '1e0/2'])(
    'are refused at the place %j',
    (place) => {
      const moved = entries.map((entry, index) => (index === 0 ? { ...entry, place } : entry));
      expect(() => readEntries('decision', moved, sealer)).toThrow(expect.objectContaining({ code: 'ledger.corrupt' }));
    },
  );

  it('are named in the error, with what was expected there', () => {
    const cut = entries.slice(1);
    const error = expect.objectContaining({ path: 'decision/2-0', expected: '1-0', got: '2-0' });
    expect(() => readEntries('decision', cut, sealer)).toThrow(error);
  });
});
