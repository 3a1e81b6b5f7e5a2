import type { PrivateKey } from '../core/canon/index.ts';
import type { TrustFile } from '../documents/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { ConformanceTarget } from '../pack/index.ts';
import type { Registry, Releases, Restrictions, Reviews } from '../registry/index.ts';
import type { Notifier } from './notifier.ts';
import type { Resolver } from '../resolve/index.ts';
import type { DocumentStore } from '../store/index.ts';

/** A signing key of the service, with the holder that the trust file gives it. It creates no authority. */
export interface ServiceKey {
  readonly key: PrivateKey;
  readonly holder: string;
}

export interface ServiceKeys {
  readonly permit: ServiceKey;
  readonly acknowledgement: ServiceKey;
  readonly seal: ServiceKey;
}

/** What activities have effects on. Everything they do goes through these. */
export interface Dependencies {
  readonly ledger: Ledger;
  /** The same ledger, for the patrol: what it finds of others is no error of ours, so nothing of it is counted. */
  readonly chains: Pick<Ledger, 'decisions' | 'read' | 'peek' | 'binding'>;
  readonly store: DocumentStore;
  /** The same documents as they stand on disk now, where `store` may hold what it read before. */
  readonly disk: DocumentStore;
  readonly registry: Registry;
  readonly restrictions: Restrictions;
  readonly reviews: Reviews;
  readonly releases: Releases;
  /** Null where nobody carries notices: then nobody is told. */
  readonly notifier: Notifier | null;
  readonly resolver: Resolver;
  readonly trust: TrustFile;
  readonly tenant: string;
  readonly keys: ServiceKeys;
  /** Between two rounds over all chains, in milliseconds. */
  readonly patrolMs: number;
  /** Level that sealed packs claim; the verifier reports the one it reaches. */
  readonly conformanceTarget: ConformanceTarget;
}
