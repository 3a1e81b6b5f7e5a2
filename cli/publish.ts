import type { Envelope } from '../core/canon/index.ts';
import type { EndorsedReference } from '../core/domain/events.ts';
import type { Config } from './config.ts';
import { now, readTrust } from './workplace.ts';

/** Puts an endorsed document in force. Needs the ledger, and the workers' sealing key. @throws as `Registry.publish`. */
export async function publish(
  config: Config,
  kind: 'policy' | 'roster',
  document: Uint8Array,
  endorsements: readonly Envelope[],
): Promise<EndorsedReference> {
  const [{ withLedger }, { createRegistry }, { createDirectoryStore }] = await Promise.all([
    import('./open-ledger.ts'),
    import('../registry/index.ts'),
    import('../store/index.ts'),
  ]);
  const trust = readTrust(config.trust);
  const store = createDirectoryStore({ directory: config.store });
  return withLedger(config, (ledger) =>
    createRegistry({ ledger, store, trust, tenant: config.tenant }).publish(kind, document, endorsements, now()),
  );
}
