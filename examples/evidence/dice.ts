import { createHash } from 'node:crypto';

/**
 * Numbers that look measured: the same for the same seed on every machine. For facts only; keys, salts and ids come
 * from real randomness.
 */
export interface Dice {
  /** In [low, high], with so many decimals. */
  between(low: number, high: number, decimals?: number): number;
  /** Bytes that do not compress, as weights and images do not. */
  bytes(length: number): Uint8Array;
  /** Lower-case hex digits. */
  hex(digits: number): string;
  pick<T>(from: readonly T[]): T;
}

export function createDice(seed: string): Dice {
  let block = 0;
  let stock = Buffer.alloc(0);

  function bytes(length: number): Uint8Array {
    const parts = [stock];
    for (let held = stock.length; held < length; held += 32) {
      parts.push(createHash('sha256').update(`${seed}/${block}`).digest());
      block += 1;
    }
    const all = Buffer.concat(parts);
    stock = all.subarray(length);
    return Uint8Array.from(all.subarray(0, length));
  }

  function between(low: number, high: number, decimals = 0): number {
    const scale = 10 ** decimals;
    const steps = Math.round((high - low) * scale) + 1;
    const drawn = Buffer.from(bytes(6)).readUIntBE(0, 6) % steps;
    return Math.round(low * scale + drawn) / scale;
  }

  return {
    between,
    bytes,
    hex: (digits) =>
      Buffer.from(bytes(Math.ceil(digits / 2)))
        .toString('hex')
        .slice(0, digits),
    pick(from) {
      const picked = from[between(0, from.length - 1)];
      if (picked === undefined) throw new RangeError('nothing to pick from');
      return picked;
    },
  };
}
