/**
 * How many Updates of one decision this client has in flight at most. A server lets there be ten unless it is set
 * otherwise, and each that it refuses makes it drop the task that a worker is at (ADR 0017): better that they wait here.
 * Two are left for other clients.
 */
const AT_ONCE = 8;

/** Lets so many callers of one decision through at once, in their order. */
export class Gate {
  readonly #crowds = new Map<string, Crowd>();

  /**
   * Runs `call` when there is room.
   *
   * @param end until when to wait, in milliseconds since the epoch
   * @param late what to throw where there was no room until then
   */
  async pass<T>(decision: string, end: number, late: () => unknown, call: () => Promise<T>): Promise<T> {
    const crowd = this.#crowds.get(decision) ?? { inside: 0, waiting: [] };
    this.#crowds.set(decision, crowd);
    if (crowd.inside < AT_ONCE) crowd.inside += 1;
    else await room(crowd, end, late);
    try {
      return await call();
    } finally {
      const next = crowd.waiting.shift();
      if (next) next();
      else crowd.inside -= 1;
      if (crowd.inside === 0) this.#crowds.delete(decision);
    }
  }
}

interface Crowd {
  inside: number;
  readonly waiting: (() => void)[];
}

/** Resolves when somebody inside has given their place. */
function room({ waiting }: Crowd, end: number, late: () => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const enter = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(
      () => {
        waiting.splice(waiting.indexOf(enter), 1);
        reject(late());
      },
      Math.max(0, end - Date.now()),
    );
    waiting.push(enter);
  });
}
