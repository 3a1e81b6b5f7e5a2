import { temporalKilled } from './scenarios/temporal-killed.ts';
import { workerFrozen } from './scenarios/worker-frozen.ts';
import { temporalOlder } from './scenarios/temporal-older.ts';
import { run } from './scenario.ts';
const all = [temporalKilled, workerFrozen, temporalOlder];
const r = await run(all.find((s) => s.name === process.argv[2])!, Number(process.argv[3] ?? 1));
console.log(JSON.stringify(r, null, 1));
