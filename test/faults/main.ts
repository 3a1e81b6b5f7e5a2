import { randomInt } from 'node:crypto';
import { argv, exit, stderr, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { plant, plantedFaults } from './planted.ts';
import { run, type ScenarioReport } from './scenario.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { messagesAtFullScale } from './scenarios/messages.ts';
import { mix } from './scenarios/mix.ts';

/**
 * The long run: seeded rounds of workload and faults until the time is out, the checker at the end of each.
 *
 *   npm run test:faults -- --minutes 30 --seed 42     the same plan again
 *   npm run test:faults -- --scenario temporal-older  one scenario
 *   npm run test:faults -- --planted [--only NAME]    every planted fault, which must turn red
 */
const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    minutes: { type: 'string', default: '30' },
    scenario: { type: 'string' },
    planted: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const seed = number('seed', values.seed);
/** The seeded mix, and now and then a scenario of its own; the one at full scale takes too long for a round. */
const ROUNDS = SCENARIOS.filter((one) => one !== mix && one !== messagesAtFullScale).flatMap((one) => [mix, one]);
const say = (line: string) => stdout.write(`${line}\n`);

const holds = await (values.planted ? plantAll() : values.scenario ? playOne(values.scenario) : playLong());
// A report may be larger than a pipe takes at once; what is written is out before the process ends.
await new Promise<void>((resolve) => stdout.write('', () => resolve()));
exit(holds ? 0 : 1);

async function playLong(): Promise<boolean> {
  const minutes = number('minutes', values.minutes);
  const end = Date.now() + minutes * 60_000;
  say(`seed ${seed}, ${minutes} minutes`);
  const reports: ScenarioReport[] = [];
  for (let round = 0; reports.length === 0 || Date.now() < end; round += 1) {
    const scenario = ROUNDS[round % ROUNDS.length] ?? mix;
    const report = await run(scenario, seed + round);
    reports.push(report);
    tell(report);
  }
  return summarize(reports);
}

async function playOne(name: string): Promise<boolean> {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) {
    stderr.write(`no scenario ${name}; there are ${SCENARIOS.map((one) => one.name).join(', ')}\n`);
    return false;
  }
  const report = await run(scenario, seed);
  if (values.json) say(JSON.stringify(report));
  else tell(report);
  return report.findings.length === 0;
}

async function plantAll(): Promise<boolean> {
  let all = true;
  for (const planted of plantedFaults().filter(({ name }) => values.only === undefined || name === values.only)) {
    const { red, codes, trouble } = await plant(planted, seed);
    all &&= red;
    const seen = codes.length > 0 ? codes.join(', ') : trouble || 'nothing';
    say(`${red ? 'red' : 'NOT RED'}  ${planted.name}: ${planted.scenario} expected ${planted.finding}, found ${seen}`);
  }
  return all;
}

function tell({
  name,
  seed: used,
  findings,
  operations,
  decisions,
  why,
  measured,
  seconds,
  file,
}: ScenarioReport): void {
  const { ok, fail, unknown } = operations;
  say(
    `${findings.length === 0 ? 'holds' : 'FOUND'}  ${name} seed ${used}: ${decisions} decisions, ` +
      `${ok} ok, ${fail} fail, ${unknown} unknown; why ${why.answered} answers, median ${why.medianMs} ms, ` +
      `longest ${why.longestMs} ms, ${why.withinASecond}% within 1 s; ${seconds} s`,
  );
  for (const [what, value] of Object.entries(measured)) say(`       ${what}: ${value}`);
  for (const { code, chain, detail } of findings) say(`       ${code} ${chain}: ${detail}`);
  if (findings.length > 0)
    say(`       again: npm run test:faults -- --scenario ${name} --seed ${used}; history: ${file}`);
}

function summarize(reports: readonly ScenarioReport[]): boolean {
  const sum = (of: (report: ScenarioReport) => number): number => reports.reduce((total, one) => total + of(one), 0);
  const findings = sum((report) => report.findings.length);
  say('');
  say('| rounds | decisions | ok | fail | unknown | why answered | findings |');
  say('|---|---|---|---|---|---|---|');
  const { length } = reports;
  const cells = [
    length,
    sum((report) => report.decisions),
    sum((report) => report.operations.ok),
    sum((report) => report.operations.fail),
    sum((report) => report.operations.unknown),
    sum((report) => report.why.answered),
    findings,
  ];
  say(`| ${cells.join(' | ')} |`);
  return findings === 0;
}

function number(what: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  stderr.write(`--${what} is a number, not ${text}\n`);
  exit(2);
}
