import { CanonError } from '../core/canon/index.ts';
import { hasCode } from '../core/errors.ts';
import type { Asked } from '../core/domain/events.ts';
import { asAsked, type Matter, matterOf } from '../evaluation/index.ts';
import { cardNamed, checksOf, DocumentError, type Policy, type ReadStatement } from '../documents/index.ts';
import type { RequestStatement } from '../core/domain/statements.ts';
import type { Dependencies } from './dependencies.ts';
import { loadStatement } from './stored.ts';
import { loadPacket } from './packets.ts';

/** What the decision is about, from the request statement that opened it, or as it was asked for since. */
export async function loadMatter({ store, registry }: Dependencies, request: string, asked?: Asked): Promise<Matter> {
  const opened = await loadStatement(store, request, 'request');
  const read = asked === undefined ? opened : asAsked(opened, asked);
  const { statement } = read;
  const policy = await unlessMissing<Policy>(registry.policy(statement.policy.digest));
  const evidence = await unlessUnreadable(loadStatement(store, statement.evidence.statement, 'evidence'));
  const waivers = await unlessUnreadable(loadWaivers(store, statement));
  return matterOf(read, policy, evidence, await cardBehind(store, statement, policy), waivers ?? []);
}

/** The card that bars its evaluator; null where the policy has none read. */
async function cardBehind(
  store: Dependencies['store'],
  { action, evidence }: ReadStatement<'request'>['statement'],
  policy: Policy | null,
): Promise<ReadStatement<'evaluation'> | null> {
  const checks = policy === null ? [] : checksOf(policy, action);
  if (!checks.includes('evaluation')) return null;
  const packet = await unlessUnreadable(loadPacket(store, evidence.packet));
  return packet && unlessUnreadable(loadCard(store, { checks, packet }));
}

/** What the packet names as its evaluation card; null where none is read. @throws StoreError, DocumentError, CanonError */
export async function loadCard(
  store: Dependencies['store'],
  asked: Parameters<typeof cardNamed>[0],
): Promise<ReadStatement<'evaluation'> | null> {
  const named = cardNamed(asked);
  return named === undefined ? null : loadStatement(store, named, 'evaluation');
}

/** What a request is asked with, in its order. @throws StoreError `store.not_found` */
export function loadWaivers(
  store: Dependencies['store'],
  { waivers = [] }: Pick<RequestStatement, 'waivers'>,
): Promise<readonly ReadStatement<'waiver'>[]> {
  return Promise.all(waivers.map((waiver) => loadStatement(store, waiver, 'waiver')));
}

/** Null for a document that is not there yet. Everything else that goes wrong with it goes on being wrong. */
export async function unlessMissing<T>(loading: Promise<T>): Promise<T | null> {
  try {
    return await loading;
  } catch (error) {
    if (hasCode(error, 'store.not_found')) return null;
    throw error;
  }
}

/**
 * Null also for a document that is none. Before routing, evidence may turn out to be anything, and whoever asked may
 * call the decision off all the same; a routed one had its evidence read and authenticated.
 */
export async function unlessUnreadable<T>(loading: Promise<T>): Promise<T | null> {
  return unlessNone(unlessMissing(loading));
}

/** Null for a document that is none, and will never be one. */
export async function unlessNone<T>(loading: Promise<T>): Promise<T | null> {
  try {
    return await loading;
  } catch (error) {
    if (error instanceof DocumentError || error instanceof CanonError) return null;
    throw error;
  }
}
