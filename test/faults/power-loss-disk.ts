/** A line of what `power-loss-trace.py` writes down. Data is base64; files and sockets are named by inode. */
export type Step =
  | { readonly op: 'open'; readonly path: string; readonly file: string; readonly truncated: boolean }
  | { readonly op: 'write'; readonly file: string; readonly data: string }
  | { readonly op: 'truncate'; readonly file: string; readonly length: number }
  | { readonly op: 'rename'; readonly old: string; readonly new: string }
  | { readonly op: 'unlink'; readonly path: string }
  | { readonly op: 'sync'; readonly kind: 'file'; readonly file: string }
  | { readonly op: 'sync'; readonly kind: 'folder'; readonly path: string }
  | { readonly op: 'send' | 'receive'; readonly socket: string; readonly data: string }
  | { readonly op: 'unknown'; readonly call: string };

interface File {
  written: readonly Buffer[];
  /** `written` as of the last completed sync. */
  synced: readonly Buffer[];
}

/** What of the bytes after a file's last sync has reached the disk all the same: none of them, unless told otherwise. */
export type Torn = (unsynced: Buffer) => Buffer;

const NOTHING: Torn = () => Buffer.alloc(0);

/**
 * A disk that keeps only what it must, in the manner of a journalling file system with write-back caches: bytes up to
 * the file's last sync; a new name once its file is synced; a renamed or removed one once its folder is.
 */
export class TracedDisk {
  readonly #open = new Map<string, File>();
  readonly #names = new Map<string, File>();
  readonly #kept = new Map<string, File>();
  readonly #created = new Map<string, File>();

  /** @throws where the trace holds what this model does not know: a hole in it would look like a loss, or hide one */
  apply(step: Step): void {
    switch (step.op) {
      case 'open':
        return this.#opened(step.path, step.file, step.truncated);
      case 'write':
        return this.#change(step.file, (written) => [...written, Buffer.from(step.data, 'base64')]);
      case 'truncate':
        return this.#change(step.file, (written) => [Buffer.concat(written).subarray(0, step.length)]);
      case 'rename':
        return this.#renamed(step.old, step.new);
      case 'unlink':
        this.#names.delete(step.path);
        this.#created.delete(step.path);
        return;
      case 'sync':
        return step.kind === 'file' ? this.#fileSynced(step.file) : this.#folderSynced(step.path);
      case 'send':
      case 'receive':
        return;
      case 'unknown':
        throw new Error(`the program changed its files by ${step.call}, which nobody follows`);
    }
  }

  /** The names below `folder` and their bytes, as the next start finds them. */
  afterPowerLoss(folder: string, torn: Torn = NOTHING): ReadonlyMap<string, Buffer> {
    const below = [...this.#kept].filter(([path]) => path.startsWith(`${folder}/`));
    return new Map(
      below.map(([path, file]) => [
        path.slice(folder.length + 1),
        Buffer.concat([...file.synced, torn(unsyncedOf(file))]),
      ]),
    );
  }

  /** How many bytes below `folder` a power loss would take now. */
  unsynced(folder: string): number {
    const files = new Set([...this.#names].filter(([path]) => path.startsWith(`${folder}/`)).map(([, file]) => file));
    return [...files].reduce((sum, file) => sum + unsyncedOf(file).length, 0);
  }

  #opened(path: string, inode: string, truncated: boolean): void {
    const standing = this.#names.get(path);
    if (standing === undefined) {
      const file: File = { written: [], synced: [] };
      this.#names.set(path, file);
      this.#created.set(path, file);
      this.#open.set(inode, file);
      return;
    }
    if (truncated) standing.written = [];
    this.#open.set(inode, standing);
  }

  #change(inode: string, change: (written: readonly Buffer[]) => readonly Buffer[]): void {
    const file = this.#open.get(inode);
    // Opened before the trace began, like the log: nothing of the data lies there.
    if (file !== undefined) file.written = change(file.written);
  }

  #renamed(from: string, to: string): void {
    const file = this.#names.get(from);
    if (file === undefined) throw new Error(`${from} was renamed, and the trace never saw it made`);
    this.#names.delete(from);
    this.#created.delete(from);
    this.#created.delete(to);
    this.#names.set(to, file);
  }

  #fileSynced(inode: string): void {
    const file = this.#open.get(inode);
    if (file === undefined) return;
    file.synced = file.written;
    for (const [path, created] of this.#created) {
      if (created !== file) continue;
      this.#kept.set(path, file);
      this.#created.delete(path);
    }
  }

  #folderSynced(folder: string): void {
    const inside = (path: string): boolean => path.slice(0, path.lastIndexOf('/')) === folder;
    for (const path of this.#kept.keys()) if (inside(path) && !this.#names.has(path)) this.#kept.delete(path);
    for (const [path, file] of this.#names) if (inside(path)) this.#kept.set(path, file);
  }
}

function unsyncedOf({ written, synced }: File): Buffer {
  const kept = synced.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat(written).subarray(kept);
}

/** An append that the server told a client to stand, at the step in which it began to tell it. */
export interface ToldAppend {
  readonly step: number;
  readonly decisionId: string;
  readonly sequence: number;
}

const APPEND =
  /\$(?:4\r\nEVAL|7\r\nEVALSHA)\r\n\$\d+\r\n[^]*?\r\n\$1\r\n1\r\n\$\d+\r\ncs:\{([A-Za-z0-9._-]+)\}:events\r\n/gu;
const ANSWER = /\*2\r\n\$\d+\r\n(APPENDED|EXISTS|CORRUPT|ARGUMENTS)\r\n\$\d+\r\n([^\r]*)\r\n|-NOSCRIPT/gu;

/** From the two directions of each socket: the n-th answer of the append script is that to the n-th call of it. */
export function toldAppends(steps: readonly Step[]): readonly ToldAppend[] {
  const sockets = new Map<string, { asked: string; told: string; calls: string[]; answers: number }>();
  return steps.flatMap((step, index): ToldAppend[] => {
    if (step.op !== 'send' && step.op !== 'receive') return [];
    const state = sockets.get(step.socket) ?? { asked: '', told: '', calls: [], answers: 0 };
    sockets.set(step.socket, state);
    const text = Buffer.from(step.data, 'base64').toString('latin1');
    if (step.op === 'receive') {
      state.asked += text;
      state.calls = [...state.asked.matchAll(APPEND)].map(([, decisionId = '']) => decisionId);
      return [];
    }
    state.told += text;
    const answers = [...state.told.matchAll(ANSWER)];
    const fresh = answers.slice(state.answers);
    state.answers = answers.length;
    return fresh.flatMap(([, code, detail], i) =>
      code === 'APPENDED'
        ? [
            {
              step: index,
              decisionId: state.calls[answers.length - fresh.length + i] ?? '',
              sequence: Number(detail),
            },
          ]
        : [],
    );
  });
}
