import { z } from 'zod';
import { canonicalBytes, type Disclosure, readCanonical } from '../../core/canon/index.ts';
import { hasCode } from '../../core/errors.ts';
import { readShape } from '../../documents/read-document.ts';
import { type ReadStatement, readStatement } from '../../documents/statements.ts';
import type { SignedStatement } from '../../client/statements.ts';
import { CliError } from '../errors.ts';
import { readInput, replaceFile } from '../files.ts';
import { toJson } from '../to-json.ts';

const TYPE = 'application/vnd.countersign.backout-record.v1+json';

const schema = z.strictObject({
  _type: z.literal(TYPE),
  statement: z.unknown(),
  disclosures: z.tuple([
    z.strictObject({ path: z.literal('$.reason'), salt: z.string().max(100), value: z.string().max(10_000) }),
  ]),
});

/** What an executor keeps of having gone back, until there is a service to send it to. */
export interface BackoutRecord {
  readonly read: ReadStatement<'backout'>;
  /** The text of the reason. */
  readonly disclosures: readonly Disclosure[];
}

/** One file a run, replaced whole; mode 0600, because of the reason. Returns when it would survive a crash. */
export function writeRecord(path: string, { envelope, disclosures }: SignedStatement): void {
  replaceFile(
    path,
    canonicalBytes({
      _type: TYPE,
      statement: toJson(envelope),
      disclosures: disclosures.map(({ path: at, salt, value }) => ({ path: at, salt, value })),
    }),
    0o600,
  );
}

/** @throws CliError `file.unreadable`, `backout.record`. */
export function readRecord(path: string): BackoutRecord {
  const bytes = readInput(path);
  try {
    const { statement, disclosures } = readShape(schema, readCanonical(bytes));
    return { read: readStatement(statement, 'backout', '$.statement'), disclosures };
  } catch (error) {
    if (!hasCode(error)) throw error;
    const message = `this is no record of a backout (${error.code} at ${error.path})`;
    throw new CliError('backout.record', { message, path, expected: error.expected, got: error.got }, { cause: error });
  }
}
