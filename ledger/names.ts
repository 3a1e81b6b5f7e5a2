import { createHash } from 'node:crypto';
import { LedgerError } from './errors.ts';

/**
 * Every name the ledger gives to a key, in one place. Names are refused rather than escaped: an id that reaches a key
 * unescaped must not be able to name another key, close the hash tag, or match a pattern of the ACL.
 */
const DECISION_ID = /^[A-Za-z0-9._-]{1,128}$/;
const COMMAND_ID = /^[\x21-\x7e]{1,256}$/;
const REGISTRY = /^[a-z][a-z0-9-]{0,63}$/;
const REGISTRY_TEXT = /^[\x21-\x7e]{1,512}$/;

/** Braces make the decision id the hash tag: in a cluster, a chain lives whole on one shard. */
export function chainKey(decisionId: string): string {
  return `cs:{${decisionId}}:events`;
}

export const DECISION_INDEX_SHARDS = 16;

/** Sixteen sets instead of one, so that no single key of a cluster holds every decision. */
export function decisionIndexKey(shard: number): string {
  return `cs:decisions:${shard}`;
}

export function decisionIndexShard(decisionId: string): number {
  return createHash('sha256').update(decisionId, 'utf8').digest().readUInt8(0) % DECISION_INDEX_SHARDS;
}

export function registryKey(registry: string): string {
  return `cs:registry:${registry}`;
}

export function isDecisionId(text: string): boolean {
  return DECISION_ID.test(text);
}

export function requireDecisionId(decisionId: string): void {
  refuseUnless(DECISION_ID, '$.decision_id', 'decision id', decisionId);
}

export function requireCommandId(commandId: string): void {
  refuseUnless(COMMAND_ID, '$.commandId', 'command id', commandId);
}

export function requireRegistry(registry: string): void {
  refuseUnless(REGISTRY, '$.registry', 'registry name', registry);
}

export function requireBinding(key: string, value: string): void {
  refuseUnless(REGISTRY_TEXT, '$.key', 'registry key', key);
  refuseUnless(REGISTRY_TEXT, '$.value', 'registry value', value);
}

function refuseUnless(pattern: RegExp, path: string, label: string, text: unknown): void {
  if (typeof text === 'string' && pattern.test(text)) return;
  throw new LedgerError('ledger.bad_name', {
    message: `this ${label} cannot be used in the ledger`,
    path,
    expected: `text that matches ${pattern.source}`,
    got: typeof text === 'string' ? JSON.stringify(text.slice(0, 80)) : typeof text,
  });
}
