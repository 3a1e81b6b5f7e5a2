/** Quantiles in the unit of the samples, by the nearest-rank method. */
export interface Quantiles {
  readonly samples: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export function quantiles(samples: readonly number[]): Quantiles {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { samples: sorted.length, p50: rounded(at(0.5)), p95: rounded(at(0.95)), p99: rounded(at(0.99)) };
}

export function median(samples: readonly number[]): number {
  return quantiles(samples).p50;
}

export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

export interface Load<T> {
  readonly perSecond: number;
  readonly results: readonly T[];
}

/**
 * Keeps `inFlight` calls under way for `seconds`. Only what both began and ended within that time is counted, so the
 * rate knows neither the start nor the tail.
 */
export async function loaded<T>(inFlight: number, seconds: number, call: () => Promise<T>): Promise<Load<T>> {
  const began = performance.now();
  const end = began + seconds * 1000;
  const results: T[] = [];
  let last = began;
  const loop = async (): Promise<void> => {
    while (performance.now() < end) {
      const result = await call();
      const now = performance.now();
      if (now > end) return;
      last = now;
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  const elapsed = (last - began) / 1000;
  return { perSecond: rounded(results.length / elapsed), results };
}

/** `call` so often, one after the other; milliseconds each. */
export async function timed(times: number, call: () => unknown): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i < times; i += 1) {
    const began = performance.now();
    await call();
    samples.push(performance.now() - began);
  }
  return samples;
}
