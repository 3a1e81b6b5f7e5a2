import { LedgerError, unavailable } from './errors.ts';
import { corrupt } from './entries.ts';
import { readScript } from './script.ts';

/** The codes are those of the script's header. */
export const APPEND_SCRIPT = readScript('append-1');

export const APPEND_REPLY = {
  appended: 'APPENDED',
  exists: 'EXISTS',
  corrupt: 'CORRUPT',
  arguments: 'ARGUMENTS',
} as const;

/** The one place where the script's codes become answers or errors. */
export function readAppendReply(decisionId: string, reply: unknown): 'appended' | 'exists' {
  const [code, detail] = Array.isArray(reply) ? reply.map(String) : [];
  switch (code) {
    case APPEND_REPLY.appended:
      return 'appended';
    case APPEND_REPLY.exists:
      return 'exists';
    case APPEND_REPLY.corrupt:
      throw corrupt(decisionId, 'stream', {
        message: 'the stream cannot be a chain: something was deleted, trimmed or written over',
        expected: 'entries 1-0, 2-0, ... and nothing else ever',
        got: String(detail).slice(0, 200),
      });
    case APPEND_REPLY.arguments:
      throw wrongCall(String(detail));
    default:
      // An answer this version does not know may well have written.
      throw unavailable('refused', 'the append script answered with a code that is not its own', 'unknown');
  }
}

function wrongCall(detail: string): LedgerError {
  return new LedgerError('ledger.not_a_batch', {
    message: 'the append script refused its arguments',
    expected: 'the arguments of its header',
    got: detail.slice(0, 200),
  });
}
