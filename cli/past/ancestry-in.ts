import { canonicalBytes } from '../../core/canon/index.ts';
import { type Ancestry, readAncestry } from '../../documents/index.ts';
import type { PackCore } from '../../pack/index.ts';

/** What a verified pack holds to stand behind its candidate, as of its last routing; null where nobody had it read. */
export function ancestryIn({ events, documents }: Pick<PackCore, 'events' | 'documents'>): Ancestry | null {
  const named = events.findLast((event) => 'ancestry' in event);
  const digest = named && 'ancestry' in named ? named.ancestry : undefined;
  return digest === undefined ? null : readAncestry(canonicalBytes(documents[digest]?.content ?? null));
}
