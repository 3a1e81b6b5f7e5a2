import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Typed {
  readonly came: string;
  readonly exit: number;
}

const WITHIN_MS = 90_000;
const POLL_MS = 20;

/** One terminal: a shell that keeps its folder and variables from one block to the next. */
export class Terminal {
  readonly #shell: ChildProcess;
  #came = '';

  constructor(cwd: string, env: Readonly<Record<string, string>>) {
    // A group of its own, as a terminal has: Ctrl-C reaches all of it, and nothing else.
    this.#shell = spawn('bash', ['--norc', '--noprofile'], { cwd, env, detached: true, stdio: 'pipe' });
    for (const stream of [this.#shell.stdout, this.#shell.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#came += text));
    }
    this.#shell.stdin?.on('error', () => undefined);
    // Both streams in the order in which a person sees them; jobs are told apart by nobody.
    this.#write('exec 2>&1\n');
  }

  /** Types a block, and waits for its end. A block fails where any of its commands does. @throws Error where none comes */
  async type(block: string): Promise<Typed> {
    const mark = `end-of-block-${randomBytes(8).toString('hex')}`;
    const before = this.#came.length;
    this.#write(
      `__failed=0; trap '__failed=$?' ERR\n{\n${block}\n} < /dev/null\ntrap - ERR\necho "${mark} $__failed"\n`,
    );
    const end = new RegExp(`${mark} (\\d+)\\n`);
    await this.#until(() => end.test(this.#came.slice(before)), block);
    const [text = ''] = this.#came.slice(before).split(mark);
    return { came: text, exit: Number(end.exec(this.#came.slice(before))?.[1]) };
  }

  /** Types a block that goes on running, and waits until `ready` is content with what it shows. */
  async start(block: string, ready: (came: string) => boolean): Promise<string> {
    const before = this.#came.length;
    this.#write(`${block}\n`);
    await this.#until(() => ready(this.#came.slice(before)), block);
    return this.#came.slice(before);
  }

  /** Ctrl-C, and the end of the shell. @returns false where it had to be killed */
  async interrupt(): Promise<boolean> {
    if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) return true;
    const ended = new Promise<true>((resolve) => this.#shell.once('exit', () => resolve(true)));
    this.#signal('SIGINT');
    this.#shell.stdin?.end();
    const byItself = await Promise.race([ended, sleep(20_000, false)]);
    if (byItself) return true;
    this.#signal('SIGKILL');
    await ended;
    return false;
  }

  #write(text: string): void {
    this.#shell.stdin?.write(text);
  }

  #signal(name: NodeJS.Signals): void {
    try {
      process.kill(-(this.#shell.pid ?? 0), name);
    } catch {
      // Gone already.
    }
  }

  async #until(come: () => boolean, block: string): Promise<void> {
    const end = Date.now() + WITHIN_MS;
    while (!come()) {
      const why =
        this.#shell.exitCode !== null ? 'the shell ended' : Date.now() > end ? 'nothing more came in time' : undefined;
      if (why !== undefined) throw new Error(`${why}, after:\n${block}\nwhich showed:\n${this.#came}`);
      await sleep(POLL_MS);
    }
  }
}
