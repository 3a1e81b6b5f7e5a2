import type { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../core/contracts/names.ts';

/** `temporal.api.enums.v1.IndexedValueType`. */
const TYPES = { Keyword: 2, Datetime: 6 } as const;

/** gRPC status of a method that a server does not have; Temporal's test server lists no search attributes. */
const UNIMPLEMENTED = 12;

/**
 * Registers the search attributes that decisions set. Without them a decision's first task would fail for ever.
 * Registering twice is no error.
 */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const known = await registered(connection, namespace);
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !known.includes(name));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPES[type]]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}

async function registered(connection: Connection, namespace: string): Promise<readonly string[]> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return Object.keys(customAttributes ?? {});
  } catch (error) {
    if ((error as { code?: unknown }).code === UNIMPLEMENTED) return [];
    throw error;
  }
}
