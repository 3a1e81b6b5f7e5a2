import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { verifierFile } from '../../scripts/build/verifier-file.ts';
import { PROJECT_ROOT } from '../../scripts/servers/index.ts';
import { raiseBenchHouse } from './bench-house.ts';
import { growth } from './growth.ts';
import { historySizes } from './history-size.ts';
import { ledgerRate } from './ledger-rate.ts';
import { rounded } from './measure.ts';
import { residentMiB } from './processes.ts';
import { type BenchResults, renderResults } from './report.ts';
import { throughput } from './throughput.ts';
import { floorDecision, fullDecision } from './variants.ts';
import { verificationRate, WARM_UP } from './verification.ts';
import { approvalsAmong } from './waiting.ts';

/**
 * `npm run bench`: every figure of docs/performance.md, in one run, on servers of its own. `-- --quick` takes less of
 * everything and shows that the bench works; its figures mean little.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    waiting: { type: 'string', default: '100,10000' },
  },
});
const SECTIONS = ['throughput', 'history', 'ledger', 'verification', 'waiting', 'growth'] as const;
type Section = (typeof SECTIONS)[number];
const wanted = (section: Section): boolean => values.only === undefined || values.only.includes(section);
const size = values.quick
  ? { rounds: 1, seconds: 3, warmUp: 3, inFlight: [1, 5], waiting: [10, 40], coldRuns: 3 }
  : {
      rounds: 3,
      seconds: 8,
      warmUp: 60,
      inFlight: [1, 10, 50],
      waiting: values.waiting.split(',').map(Number),
      coldRuns: 31,
    };
const sizes = values.quick
  ? { evidenceKib: [16], rosterPeople: [50], policyGates: [50], refusals: [5] }
  : { evidenceKib: [4, 16, 64, 256], rosterPeople: [0, 100, 400], policyGates: [15, 500], refusals: [0, 30] };

const OUT = join(PROJECT_ROOT, 'bench-out');
const say = (line: string): void => void process.stderr.write(`${line}\n`);
await using cleanup = new AsyncDisposableStack();
say('starting Temporal, Valkey and three workers');
const house = await raiseBenchHouse(cleanup);

say('warming up');
for (let i = 0; i < size.warmUp; i += 1) {
  await Promise.all([
    fullDecision(house.real),
    fullDecision(house.naive),
    floorDecision(house.temporal, house.floorQueue),
  ]);
}

/** Half an hour is long: what has been measured stays, also where a later section fails. */
function keep(section: Section, measured: unknown): void {
  mkdirSync(OUT, { recursive: true });
  writeFileSync(join(OUT, `${section}.json`), `${JSON.stringify(measured, null, 2)}\n`);
}

async function each<In, Out>(
  section: Section,
  inputs: readonly In[],
  run: (input: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  if (!wanted(section)) return results;
  for (const input of inputs) {
    say(`${section} ${JSON.stringify(input)}`);
    results.push(await run(input));
    keep(section, results);
  }
  return results;
}

// A decision takes the longer the more are in flight: a window has to hold several of them, one after the other.
const rows = await each('throughput', size.inFlight, (inFlight) =>
  throughput(house, inFlight, { ...size, seconds: Math.max(size.seconds, inFlight) }),
);
const workerMiB = rounded(residentMiB(house.pids.worker), 0);
const [history] = await each('history', [null], () => historySizes(house));
const [verification] = await each('verification', [null], async () => {
  const packs = async function* () {
    for (let i = 0; i < size.coldRuns + WARM_UP; i += 1) {
      const { decisionId } = await fullDecision(house.real);
      yield house.real.client.export(decisionId);
    }
  };
  mkdirSync(OUT, { recursive: true });
  const program = join(OUT, 'verify.mjs');
  writeFileSync(program, await verifierFile());
  return verificationRate(packs(), house.real.house.trustFile, [program], size.coldRuns);
});
const [waiting] = await each('waiting', [size.waiting], (targets) => approvalsAmong(house, targets));
const [grown] = await each('growth', [sizes], (given) => growth(house.servers, given));

// Last, since what it appends stays in Valkey's memory.
const ledger = await each('ledger', size.inFlight, (inFlight) => ledgerRate(house.valkey, inFlight, size));

const results: BenchResults = {
  at: new Date().toISOString(),
  machine: {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    memoryGiB: rounded(totalmem() / 2 ** 30, 0),
  },
  throughput: rows,
  history: history ?? null,
  ledger,
  verification: verification ?? null,
  waiting: waiting ?? [],
  growth: grown ?? [],
  workerMiB,
};
mkdirSync(OUT, { recursive: true });
writeFileSync(join(OUT, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
process.stdout.write(renderResults(results));
say(`written to ${join('bench-out', 'results.json')}`);
