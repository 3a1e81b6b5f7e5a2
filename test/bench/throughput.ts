import type { BenchHouse } from './bench-house.ts';
import { type Load, loaded, median, type Quantiles, quantiles, rounded } from './measure.ts';
import { type DecisionTimes, floorDecision, fullDecision } from './variants.ts';

export interface ThroughputRow {
  readonly inFlight: number;
  /** Decisions a second; the median of the rounds. */
  readonly full: number;
  readonly floor: number;
  readonly naive: number;
  /** Medians of the rounds' own ratios: what else the machine did in a round, it did to all three. */
  readonly fullToFloor: number;
  readonly fullToNaive: number;
  /** Milliseconds, of the full variant. */
  readonly openToRouted: Quantiles;
  readonly approvalToAcknowledged: Quantiles;
}

export interface Rounds {
  readonly rounds: number;
  readonly seconds: number;
}

/** The three variants in turn, so that each round is under the same weather. */
export async function throughput(
  house: BenchHouse,
  inFlight: number,
  { rounds, seconds }: Rounds,
): Promise<ThroughputRow> {
  const rates = { full: [] as number[], floor: [] as number[], naive: [] as number[] };
  const times: DecisionTimes[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const full: Load<DecisionTimes> = await loaded(inFlight, seconds, () => fullDecision(house.real));
    times.push(...full.results);
    rates.full.push(full.perSecond);
    rates.floor.push(
      (await loaded(inFlight, seconds, () => floorDecision(house.temporal, house.floorQueue))).perSecond,
    );
    rates.naive.push((await loaded(inFlight, seconds, () => fullDecision(house.naive))).perSecond);
  }
  const ratio = (to: readonly number[]): number =>
    rounded(median(rates.full.map((rate, round) => rate / (to[round] ?? Number.NaN))));
  return {
    inFlight,
    full: median(rates.full),
    floor: median(rates.floor),
    naive: median(rates.naive),
    fullToFloor: ratio(rates.floor),
    fullToNaive: ratio(rates.naive),
    openToRouted: quantiles(times.map((time) => time.openToRouted)),
    approvalToAcknowledged: quantiles(times.flatMap((time) => time.approvalToAcknowledged)),
  };
}
