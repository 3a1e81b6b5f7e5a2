import type { Client } from '@temporalio/client';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import type { TrustIndex } from '../documents/index.ts';
import type { DisclosureStore, DocumentStore } from '../store/index.ts';
import type { Gate } from './gate.ts';

/** What every call of the client works with. */
export interface ClientContext {
  readonly temporal: Client;
  /** Where Temporal is, for errors. */
  readonly address: string;
  readonly store: DocumentStore;
  readonly disclosures: DisclosureStore;
  readonly origin: string;
  readonly tenant: string;
  readonly taskQueue: string;
  /** Under which acknowledgements must hold; null where the caller gave none. */
  readonly trust: TrustIndex | null;
  readonly now: () => Timestamp;
  readonly random: (bytes: number) => Uint8Array;
  /** What keeps this client from having more Updates of one decision in flight than the server lets. */
  readonly gate: Gate;
  /** How long one call may take, in milliseconds, before it is given up. */
  readonly callTimeoutMs: number;
}
