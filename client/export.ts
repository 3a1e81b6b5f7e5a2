import { type Digest, parseDigest } from '../core/canon/index.ts';
import { buildView, coreOf, disclosuresBytes, disclosuresFor, viewBytes } from '../pack/index.ts';
import type { ClientContext } from './context.ts';
import { ClientError } from './errors.ts';
import { state } from './state.ts';

/** An audit pack as files: what `countersign verify` reads. */
export interface ExportedPack {
  readonly decisionId: string;
  /** `pack.sigstore.json`: the sealed core. The same bytes at each export (R102). */
  readonly bundle: Uint8Array;
  /** `pack.json`: the view, derived from core and disclosures. */
  readonly view: Uint8Array;
  /** `disclosures.json`: the texts behind the commitments, for those who may read them. */
  readonly disclosures: Uint8Array;
}

/**
 * The sealed pack of a closed decision. Reads only; no event is ever written by an export (R95).
 *
 * @throws ClientError `decision.not_sealed`, `decision.not_found`, …; StoreError; PackError; CanonError.
 */
export async function exportPack(context: ClientContext, decisionId: string): Promise<ExportedPack> {
  const view = await state(context, decisionId);
  if (view.pack === null) {
    throw new ClientError('decision.not_sealed', {
      message: `there is no audit pack yet; countersign why ${decisionId} says what it waits for`,
      path: decisionId,
      expected: 'a closed decision',
      got: view.stage,
    });
  }
  return packFiles(context, decisionId, parseDigest(view.pack));
}

/**
 * The files of a sealed pack, by its digest: for whoever knows that from elsewhere, as from the ledger.
 *
 * @throws StoreError; PackError; CanonError.
 */
export async function packFiles(
  { store, disclosures: texts }: Pick<ClientContext, 'store' | 'disclosures'>,
  decisionId: string,
  pack: Digest,
): Promise<ExportedPack> {
  const bundle = await store.get(pack);
  const core = coreOf(bundle);
  const disclosures = disclosuresFor(core, await texts.getDisclosures(decisionId));
  return {
    decisionId,
    bundle,
    view: viewBytes(buildView(core, disclosures)),
    disclosures: disclosuresBytes(disclosures),
  };
}
