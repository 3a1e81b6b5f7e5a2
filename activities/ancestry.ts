import { parseDigest } from '../core/canon/index.ts';
import { type Ancestry, readAncestry } from '../documents/index.ts';
import type { Dependencies } from './dependencies.ts';

/** What an event names to stand behind a candidate; null where it names nothing. @throws StoreError `store.not_found` */
export async function loadAncestry(
  { store }: Pick<Dependencies, 'store'>,
  digest: string | null | undefined,
): Promise<Ancestry | null> {
  return digest ? readAncestry(await store.get(parseDigest(digest))) : null;
}
