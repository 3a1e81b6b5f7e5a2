import { hasCode } from '../core/errors.ts';
import type { Restrictions } from '../registry/index.ts';
import type { Config } from './config.ts';
import { withRestrictions } from './publish.ts';
import { now } from './workplace.ts';

/** A decision that could not be read, and the code of what is wrong with it. */
export interface Damaged {
  readonly decisionId: string;
  readonly code: string;
}

/**
 * What an operator's command has found wrong with stored chains restricts the tenant, as what a worker finds does (ruling
 * 12). The command goes on: where that cannot be entered, the next round of the patrol enters it.
 *
 * @returns decisions for which the tenant is restricted
 */
export async function restrictFor(config: Config, damaged: readonly Damaged[]): Promise<readonly string[]> {
  if (damaged.length === 0) return [];
  return withRestrictions(config, async (restrictions) => {
    const entered: string[] = [];
    for (const { decisionId, code } of damaged)
      if (await entersFor(restrictions, decisionId, code)) entered.push(decisionId);
    return entered;
  });
}

async function entersFor(restrictions: Restrictions, decisionId: string, code: string): Promise<boolean> {
  try {
    return await restrictions.found({ decisionId, code, at: now() });
  } catch (error) {
    if (hasCode(error)) return false;
    throw error;
  }
}

/** A line for each, under what the command itself says. */
export function restrictedLines(entered: readonly string[]): readonly string[] {
  return entered.map(
    (decisionId) => `RESTRICTED for ${decisionId}: nothing is cleared; see countersign restriction list`,
  );
}
