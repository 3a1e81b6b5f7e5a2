import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { env, execPath } from 'node:process';

import { PROJECT_ROOT } from '../servers/paths.ts';

export interface ToolResult {
  readonly code: number;
  readonly output: string;
}

/** Runs the `bin` of an installed package on this very Node, without a terminal and without standard input. */
export async function runTool(
  packageName: string,
  args: readonly string[],
  { show = false }: { show?: boolean } = {},
): Promise<ToolResult> {
  const child = spawn(execPath, [binOf(packageName), ...args], {
    cwd: PROJECT_ROOT,
    env: { ...env, NO_COLOR: '1', FORCE_COLOR: undefined },
    stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  return { code, output };
}

function binOf(packageName: string): string {
  const folder = join(PROJECT_ROOT, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  const path = typeof bin === 'string' ? bin : (bin[packageName.split('/').at(-1) ?? ''] ?? Object.values(bin)[0]);
  if (path === undefined) throw new Error(`${packageName} has no bin`);
  return join(dirname(join(folder, 'package.json')), path);
}
