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
  readonly after: Reply | undefined;
}

/** Runs a script of one key between other commands, in one exchange; sends its source where the server lacks it. */
export async function runScript(
  connection: RedisConnection,
  { source, sha1 }: Script,
  [key, ...args]: readonly [key: string, ...args: (string | number | Uint8Array)[]],
  { before = [], after }: { readonly before?: readonly Command[]; readonly after: Command },
  generation: Generation,
  deadline: Deadline,
): Promise<ScriptReplies> {
  const send = async (script: Command): Promise<ScriptReplies> => {
    const replies = await connection.send([...before, script, after], generation, deadline, true);
    return { before: replies.slice(0, before.length), script: replies.at(-2), after: replies.at(-1) };
  };
  const replies = await send(['EVALSHA', sha1, 1, key, ...args]);
  return isRefused(replies.script, 'NOSCRIPT') ? send(['EVAL', source, 1, key, ...args]) : replies;
}

export function isRefused(reply: Reply | undefined, word: string, text = ''): boolean {
  return reply !== undefined && 'refusal' in reply && reply.refusal.word === word && reply.refusal.text.includes(text);
}
