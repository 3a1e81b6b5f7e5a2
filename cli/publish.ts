import type { Envelope } from '../core/canon/index.ts';
import type { EndorsedReference } from '../core/domain/events.ts';
import type { PublishedKind } from '../documents/endorsement.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Registry, Releases, Restrictions, Reviews } from '../registry/index.ts';
import type { DocumentStore } from '../store/index.ts';
import type { Config } from './config.ts';
import { now, readTrust } from './workplace.ts';

/**
 * Puts an endorsed document in force; a policy perhaps with the sealed pack of the decision on it. Needs the ledger, and the workers'
 * sealing key. @throws as `Registry.publish`.
 */
export async function publish(
  config: Config,
  kind: PublishedKind,
  document: Uint8Array,
  endorsements: readonly Envelope[],
  pack?: Uint8Array,
): Promise<EndorsedReference> {
  return withRegistry(config, (registry) => registry.publish(kind, document, endorsements, now(), pack));
}

/** Runs `use` with the tenant's registry, whose ledger is closed afterwards. @throws as `withLedger`. */
export function withRegistry<T>(config: Config, use: (registry: Registry) => Promise<T>): Promise<T> {
  return withAll(config, ({ registry }) => use(registry));
}

/** The same with what restricts the tenant. */
export function withRestrictions<T>(config: Config, use: (restrictions: Restrictions) => Promise<T>): Promise<T> {
  return withAll(config, ({ restrictions }) => use(restrictions));
}

/** The same with the histories of its targets. */
export function withReleases<T>(config: Config, use: (releases: Releases) => Promise<T>): Promise<T> {
  return withAll(config, ({ releases }) => use(releases));
}

/** The same with the reviews that overrides owe. */
export function withReviews<T>(config: Config, use: (reviews: Reviews) => Promise<T>): Promise<T> {
  return withAll(config, ({ reviews }) => use(reviews));
}

/** Ledger and store, with what is in force and the histories of the targets. */
export function withStored<T>(
  config: Config,
  use: (stored: Pick<Registries, 'ledger' | 'store' | 'releases' | 'registry'>) => Promise<T>,
): Promise<T> {
  return withAll(config, use);
}

interface Registries {
  readonly ledger: Ledger;
  readonly store: DocumentStore;
  readonly registry: Registry;
  readonly restrictions: Restrictions;
  readonly reviews: Reviews;
  readonly releases: Releases;
}

async function withAll<T>(config: Config, use: (registries: Registries) => Promise<T>): Promise<T> {
  const [
    { withLedger },
    { createRegistry, createReleases, createRestrictions, createReviews },
    { createDirectoryStore },
  ] = await Promise.all([import('./open-ledger.ts'), import('../registry/index.ts'), import('../store/index.ts')]);
  const trust = readTrust(config.trust);
  const store = createDirectoryStore({ directory: config.store });
  const { tenant } = config;
  return withLedger(config, (ledger) => {
    const registry = createRegistry({ ledger, store, trust, tenant });
    const restrictions = createRestrictions({ ledger, store, trust, tenant, registry });
    const releases = createReleases({ ledger, store, trust, tenant });
    return use({ ledger, store, registry, restrictions, releases, reviews: createReviews({ ledger, tenant }) });
  });
}
