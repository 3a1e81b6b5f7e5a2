import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { serverPaths } from '../../scripts/servers/index.ts';

/**
 * Takes a torn tail off, as an operator would: with the server’s own checker, which is the server under another name.
 * It is given the file of commands, not the manifest: the checker of Valkey 9.1.2 takes the base file that its own
 * server writes for damaged. Gives what the checker said.
 */
export function takeTornTailOff(commandFile: string, folder: string): string {
  const checker = join(folder, 'valkey-check-aof');
  if (!existsSync(checker)) symlinkSync(serverPaths().valkey?.path ?? '', checker);
  const { stdout } = spawnSync(checker, ['--fix', commandFile], { input: 'y\n', encoding: 'utf8' });
  return stdout;
}
