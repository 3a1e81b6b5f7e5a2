import { type Digest, GENESIS, linkEvent } from '../../core/canon/index.ts';
import type { Head, StoredBatch, StoredEvent } from '../../ledger/index.ts';

/** Material for tests of the ledger: linked events, and batches that continue a head. */

export const EMPTY: Head = { sequence: 0, hash: GENESIS };

/** Two keys for tests. */
export const KEY_A = new Uint8Array(32).fill(0xa1);
export const KEY_B = new Uint8Array(32).fill(0xb2);

export interface BatchOptions {
  readonly count?: number;
  readonly timestamp?: string;
  readonly note?: string;
}

export function makeBatch(decisionId: string, head: Head, commandId: string, options: BatchOptions = {}): StoredBatch {
  const { count = 1, timestamp = '2026-03-01T12:00:00.000Z', note = '' } = options;
  const events: StoredEvent[] = [];
  let previous = head.hash;
  for (let index = 1; index <= count; index += 1) {
    const sequence = head.sequence + index;
    const body = {
      event_id: `${decisionId}-${commandId}-${sequence}`,
      schema_version: '1.0.0',
      decision_id: decisionId,
      sequence,
      event_type: 'policy.evaluated',
      timestamp,
      actor_id: 'SYSTEM',
      note,
    };
    const event = linkEvent(body, previous);
    previous = event.integrity_hash;
    events.push(event);
  }
  return { commandId, events };
}

export function headAfter(batch: StoredBatch): Head {
  const last = batch.events.at(-1);
  if (last === undefined) throw new Error('an empty batch has no head');
  return { sequence: last['sequence'] as number, hash: last['integrity_hash'] as Digest };
}
