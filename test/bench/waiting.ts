import type { BenchHouse } from './bench-house.ts';
import { type Quantiles, quantiles, rounded } from './measure.ts';
import { processorMs, residentMiB } from './processes.ts';
import { APPROVERS, approveTimed, openWaiting } from './variants.ts';

export interface WaitingRow {
  readonly waiting: number;
  /** Milliseconds of one approval of a decision that waited among the others, one at a time. */
  readonly approval: Quantiles;
  /** Processor milliseconds of each process for an approval; null where the system does not say. */
  readonly processor: Readonly<Record<'worker' | 'temporal' | 'valkey', number | null>>;
  readonly workerMiB: number;
  readonly valkeyMiB: number;
}

const OPENING_AT_ONCE = 20;
const APPROVALS = 200;

/** How an approval fares while so many decisions wait; each row adds to those before. */
export async function approvalsAmong(house: BenchHouse, targets: readonly number[]): Promise<WaitingRow[]> {
  const waiting: string[] = [];
  const rows: WaitingRow[] = [];
  for (const target of targets) {
    let missing = target - waiting.length;
    const open = async (): Promise<void> => {
      while (missing > 0) {
        missing -= 1;
        waiting.push(await openWaiting(house.real));
      }
    };
    await Promise.all(Array.from({ length: OPENING_AT_ONCE }, open));
    const samples: number[] = [];
    const before = used(house);
    // Spread over all that wait, so that most of them are not the ones that were touched last.
    const times = Math.min(APPROVALS, target);
    for (let i = 0; i < times; i += 1) {
      const decisionId = waiting[Math.floor((i * waiting.length) / times)];
      const approver = APPROVERS[rows.length % APPROVERS.length];
      if (decisionId === undefined || approver === undefined) break;
      samples.push(await approveTimed(house.real, decisionId, approver));
    }
    rows.push({
      waiting: waiting.length,
      approval: quantiles(samples),
      processor: perApproval(before, used(house), samples.length),
      workerMiB: rounded(residentMiB(house.pids.worker), 0),
      valkeyMiB: rounded(residentMiB(house.pids.valkey), 0),
    });
  }
  return rows;
}

type Used = WaitingRow['processor'];

function used({ pids }: BenchHouse): Used {
  return {
    worker: processorMs(pids.worker),
    temporal: processorMs(pids.temporal),
    valkey: processorMs(pids.valkey),
  };
}

function perApproval(before: Used, after: Used, approvals: number): Used {
  const each = (name: keyof Used): number | null => {
    const [from, to] = [before[name], after[name]];
    return from === null || to === null ? null : rounded((to - from) / approvals, 1);
  };
  return { worker: each('worker'), temporal: each('temporal'), valkey: each('valkey') };
}
