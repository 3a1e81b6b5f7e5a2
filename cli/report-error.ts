import { sentenceOf } from '../client/sentence.ts';
import type { JsonObject } from '../core/canon/index.ts';
import { canonicalize } from '../core/canon/json-write.ts';
import { hasCode } from '../core/errors.ts';
import type { CliErrorCode } from './errors.ts';
import { printable } from './printable.ts';

/** An error as one line, `code: path: message (expected …, got …)`: no stack, whatever it was. */
export function errorLine(error: unknown): string {
  const { code, path, message, expected, got } = described(error);
  const place = path === '' ? '' : `${path}: `;
  const wanted = [expected === '' ? '' : `expected ${expected}`, got === '' ? '' : `got ${got}`].filter(
    (part) => part !== '',
  );
  return printable(`${code}: ${place}${message}${wanted.length === 0 ? '' : ` (${wanted.join(', ')})`}`);
}

/** Where more about it stands, for people at a terminal; empty where the message says it all, or is for a program. */
export function hintLine(error: unknown, reader: { readonly terminal: boolean; readonly json: boolean }): string {
  const { code } = described(error);
  if (reader.json || !reader.terminal || code === 'cli.usage') return '';
  return printable(`countersign explain ${code} says what to do`);
}

/** The same members as one JSON object, with every problem of a document where it has several. */
export function errorJson(error: unknown): string {
  const { problems } = error as { problems?: unknown };
  const every = Array.isArray(problems) ? { problems: problems as JsonObject[] } : {};
  return canonicalize({ error: { ...described(error), ...every } });
}

interface Described {
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly expected: string;
  readonly got: string;
}

function described(error: unknown): Described {
  if (!hasCode(error)) {
    // A fault of this program. Its first line says what; COUNTERSIGN_DEBUG=1 shows where.
    const told = error instanceof Error ? `${error.name}: ${error.message.split('\n', 1)[0]}` : String(error);
    return { code: 'internal' satisfies CliErrorCode, path: '', message: told, expected: '', got: '' };
  }
  const { serverCode } = error as { serverCode?: string | null };
  const { path, expected, got } = error;
  return { code: serverCode || error.code, path, message: sentenceOf(error), expected, got };
}
