import type { GrowthRow } from './growth.ts';
import type { HistorySize } from './history-size.ts';
import type { LedgerRate } from './ledger-rate.ts';
import type { Quantiles } from './measure.ts';
import type { ThroughputRow } from './throughput.ts';
import type { VerificationRate } from './verification.ts';
import type { WaitingRow } from './waiting.ts';

export interface BenchResults {
  readonly at: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string; readonly memoryGiB: number };
  readonly throughput: readonly ThroughputRow[];
  readonly history: Readonly<Record<string, HistorySize>> | null;
  readonly ledger: readonly LedgerRate[];
  readonly verification: VerificationRate | null;
  readonly waiting: readonly WaitingRow[];
  readonly growth: readonly GrowthRow[];
  readonly workerMiB: number | null;
}

/** The results as Markdown, as `docs/performance.md` has them. */
export function renderResults(results: BenchResults): string {
  const { machine } = results;
  const lines = [
    `${results.at}; ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; Node ${machine.node}`,
    '',
    ...table(
      [
        'in flight',
        'full/s',
        'floor/s',
        'naive/s',
        'full to floor',
        'full to naive',
        'open to routed',
        'approval to acknowledged',
      ],
      results.throughput.map((row) => [
        row.inFlight,
        row.full,
        row.floor,
        row.naive,
        row.fullToFloor,
        row.fullToNaive,
        spread(row.openToRouted),
        spread(row.approvalToAcknowledged),
      ]),
    ),
    ...table(
      ['history of a decision', 'events', 'bytes'],
      Object.entries(results.history ?? {}).map(([name, { events, bytes }]) => [name, events, bytes]),
    ),
    ...table(
      ['appends in flight', 'appends/s', 'bare XADD/s', 'ratio'],
      results.ledger.map((row) => [row.inFlight, row.appends, row.raw, row.ratio]),
    ),
    ...verificationLines(results.verification),
    ...table(
      ['decisions waiting', 'approval', 'processor ms: worker / Temporal / Valkey', 'worker MiB', 'Valkey MiB'],
      results.waiting.map(({ waiting, approval, processor, workerMiB, valkeyMiB }) => [
        waiting,
        spread(approval),
        [processor.worker, processor.temporal, processor.valkey].map((ms) => ms ?? '-').join(' / '),
        workerMiB,
        valkeyMiB,
      ]),
    ),
    ...table(
      ['with', 'so many', 'open to routed, ms', 'approval, ms', 'verification, ms', 'pack, bytes'],
      results.growth.map((row) => [
        row.what,
        row.size,
        row.openToRouted,
        row.approval,
        row.verification,
        row.packBytes,
      ]),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function verificationLines(rate: VerificationRate | null): string[] {
  if (rate === null) return [];
  return table(
    ['verification', 'value'],
    [
      ['pack, bytes', rate.packBytes],
      ['warm, ms', rate.warm],
      ['canonicalize and hash alone, ms', rate.canonicalizeAndHash],
      ['warm to that', rate.warmToBare],
      ['cold process, ms', rate.cold],
      ['of which Node doing nothing, ms', rate.coldBare],
      ['peak memory of the cold process, MiB', rate.coldPeakMiB],
    ],
  );
}

/** p50, p95, p99 in milliseconds. */
function spread({ p50, p95, p99 }: Quantiles): string {
  return `${p50} / ${p95} / ${p99}`;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}
