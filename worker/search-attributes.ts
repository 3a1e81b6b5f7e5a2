import type { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../core/contracts/names.ts';

/** `temporal.api.enums.v1.IndexedValueType`. */
const TYPES = { Keyword: 2, Datetime: 6 } as const;

/**
 * Registers the search attributes that decisions set. Without them a decision's first task would fail for ever.
 * Registering twice is no error.
 */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !Object.hasOwn(customAttributes ?? {}, name));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPES[type]]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}

