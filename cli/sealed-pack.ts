import { ClientError } from '../client/errors.ts';
import { type ExportedPack, packFiles } from '../client/export.ts';
import { parseDigest } from '../core/canon/index.ts';
import { packRegistryOf } from '../core/contracts/names.ts';
import { createDirectoryStore, createDisclosureStore } from '../store/index.ts';
import type { Config } from './config.ts';
import { withLedger } from './open-ledger.ts';

/**
 * The sealed pack that the ledger names, for a decision that Temporal has forgotten. The binding is believed for its
 * seal, so this needs the workers' sealing key; the pack itself is verified by whoever reads it.
 *
 * @throws ClientError `decision.not_sealed`; LedgerError, StoreError, PackError, CanonError.
 */
export async function sealedPackOf(config: Config, decisionId: string): Promise<ExportedPack> {
  return withLedger(config, async (ledger) => {
    const pack = await ledger.binding(packRegistryOf(decisionId), decisionId);
    if (pack === undefined) {
      throw new ClientError('decision.not_sealed', {
        message: 'the ledger names no sealed pack of this decision',
        path: decisionId,
        expected: 'a closed decision',
        got: 'none',
      });
    }
    const store = createDirectoryStore({ directory: config.store });
    const disclosures = createDisclosureStore({ directory: config.disclosures });
    return packFiles({ store, disclosures }, decisionId, parseDigest(pack));
  });
}
