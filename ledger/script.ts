import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Command, Deadline, Generation, RedisConnection, Reply } from './redis-connection.ts';

/** A Lua script of the folder `lua/`; its key count is in the file's name. */
export interface Script {
  readonly source: string;
  readonly sha1: string;
}

export function readScript(name: string): Script {
  const source = readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
  return { source, sha1: createHash('sha1').update(source, 'utf8').digest('hex') };
}

/** Which of the exchange's replies answers what. */
export interface ScriptReplies {
  readonly before: readonly Reply[];
  readonly script: Reply | undefined;
  readonly after: Reply;
}

/**
 * Runs a script of one key, with commands before it in the same exchange; sends its source where the server lacks it.
 *
 * @param after asks on the same connection for what is to be known of the server once the script has run; called as soon
 *   as that has been sent. Where it fails, what the script did is unknown.
 */
export async function runScript(
  connection: RedisConnection,
  { source, sha1 }: Script,
  [key, ...args]: readonly [key: string, ...args: (string | number | Uint8Array)[]],
  { before = [], after }: { readonly before?: readonly Command[]; readonly after: () => Promise<Reply> },
  generation: Generation,
  deadline: Deadline,
): Promise<ScriptReplies> {
  const send = async (script: Command): Promise<ScriptReplies> => {
    const sent = connection.send([...before, script], generation, deadline, true);
    const asked = after();
    asked.catch(() => undefined);
    const replies = await sent;
    return { before: replies.slice(0, -1), script: replies.at(-1), after: await asked };
  };
  const replies = await send(['EVALSHA', sha1, 1, key, ...args]);
  return isRefused(replies.script, 'NOSCRIPT') ? send(['EVAL', source, 1, key, ...args]) : replies;
}

export function isRefused(reply: Reply | undefined, word: string, text = ''): boolean {
  return reply !== undefined && 'refusal' in reply && reply.refusal.word === word && reply.refusal.text.includes(text);
}
