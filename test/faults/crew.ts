import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningHouse, WorkerProcess } from '../support/running-house.ts';

const RESTART_AFTER_MS = 300;

/** Workers under a supervisor, as a house has them: one that ends unasked is started again, for as long as it takes. */
export class Crew {
  readonly #house: RunningHouse;
  readonly #workers = new Set<WorkerProcess>();
  readonly #pending = new Set<Promise<void>>();
  #dismissed = false;
  #hiring = true;
  /** How many ended unasked. */
  deaths = 0;

  constructor(house: RunningHouse) {
    this.#house = house;
  }

  get size(): number {
    return this.#workers.size;
  }

  /** From now on nobody is replaced, until somebody is hired. */
  pauseHiring(): void {
    this.#hiring = false;
  }

  async hire(count: number): Promise<void> {
    this.#hiring = true;
    await Promise.all(Array.from({ length: count }, () => this.#start()));
  }

  /** SIGKILL to one of them; its successor comes by itself. */
  async killOne(pick: <T>(from: readonly T[]) => T): Promise<void> {
    if (this.#workers.size > 0) await pick([...this.#workers]).kill();
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.kill()));
  }

  /** SIGSTOP to one of them for so long; it is not dead, so it has no successor. */
  async freezeOne(pick: <T>(from: readonly T[]) => T, forMs: number): Promise<void> {
    if (this.#workers.size === 0) return;
    const { process: frozen } = pick([...this.#workers]);
    frozen.kill('SIGSTOP');
    await sleep(forMs);
    frozen.kill('SIGCONT');
  }

  async dismiss(): Promise<void> {
    this.#dismissed = true;
    await this.killAll();
    await Promise.allSettled(this.#pending);
    await this.killAll();
  }

  async #start(): Promise<void> {
    const worker = await this.#house.startWorker();
    if (this.#dismissed) return worker.kill();
    this.#workers.add(worker);
    worker.process.once('exit', () => {
      this.#workers.delete(worker);
      if (this.#dismissed || !this.#hiring) return;
      this.deaths += 1;
      const replacing = this.#replace();
      this.#pending.add(replacing);
      void replacing.finally(() => this.#pending.delete(replacing));
    });
  }

  /** A worker does not come up while Temporal or the ledger is away; its supervisor tries again. */
  async #replace(): Promise<void> {
    while (!this.#dismissed) {
      await sleep(RESTART_AFTER_MS);
      try {
        return await this.#start();
      } catch {
        // It has said why on its own standard error.
      }
    }
  }
}
