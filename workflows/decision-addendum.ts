import type { AddendumResult } from '../core/contracts/activities.ts';
import { house } from './activities.ts';
import { now } from './clock.ts';
import { persist } from './patience.ts';

/** Records one statement that arrived after its decision had closed, as a chain of its own, linked to that decision. */
export async function decisionAddendum(input: { decisionId: string; envelope: unknown }): Promise<AddendumResult> {
  const at = now();
  return persist(new Map(), 'ledger', () => house.recordAddendum({ ...input, at }));
}
