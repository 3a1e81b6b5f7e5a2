import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '..', '..');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The demo as a process, with a folder for temporary files that is its own: what it leaves there it has forgotten, and
 * whatever process still has it in its environment was left behind.
 */
export class DemoProcess {
  readonly out: string;
  readonly #tmp: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<Ended>;
  #stdout = '';
  #stderr = '';

  constructor(words: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    this.#tmp = mkdtempSync(join(tmpdir(), 'countersign-demo-test-'));
    this.out = join(mkdtempSync(join(tmpdir(), 'countersign-demo-out-')), 'out');
    this.#child = spawn(process.execPath, [join(ROOT, 'demo', 'main.ts'), '--out', this.out, ...words], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TMPDIR: this.#tmp, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    const closed = once(this.#child, 'close');
    this.#ended = once(this.#child, 'exit').then(async ([code]) => {
      // A process that was left behind holds the pipes open.
      await Promise.race([closed, sleep(2_000)]);
      return { code: code as number | null, stdout: this.#stdout, stderr: this.#stderr };
    });
  }

  get ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Waits until this was said. @throws Error where the demo ends without it */
  async said(text: string): Promise<string> {
    while (!this.#stdout.includes(text)) {
      if (this.#child.exitCode !== null)
        throw new Error(`the demo ended without saying "${text}":\n${this.#stdout}${this.#stderr}`);
      await sleep(20);
    }
    return this.#stdout;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Processes and files that are still there; processes get a moment to go. */
  async leftovers(): Promise<readonly string[]> {
    const deadline = Date.now() + 3_000;
    while (processesWith(this.#tmp).length > 0 && Date.now() < deadline) await sleep(50);
    return [...processesWith(this.#tmp).map(({ command }) => command), ...readdirSync(this.#tmp)];
  }

  async dispose(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.kill('SIGTERM');
    await this.#ended;
    for (const { pid } of processesWith(this.#tmp)) process.kill(pid, 'SIGKILL');
    for (const folder of [this.#tmp, join(this.out, '..')]) rmSync(folder, { recursive: true, force: true });
  }
}

/** A program that ends by itself, in the project's folder. */
export async function run(
  program: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(program, words, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Processes whose environment has this folder for temporary files; none where there is no /proc. */
function processesWith(tmp: string): readonly { readonly pid: number; readonly command: string }[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const environment = readProc(pid, 'environ');
      return environment.split('\0').includes(`TMPDIR=${tmp}`)
        ? [{ pid: Number(pid), command: readProc(pid, 'cmdline').replaceAll('\0', ' ') }]
        : [];
    });
}

/** Empty for a process of somebody else's, and for one that has gone meanwhile. */
function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
