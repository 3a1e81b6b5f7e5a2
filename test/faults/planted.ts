import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '../../scripts/servers/index.ts';

/**
 * Faults planted into the product itself, as patches: each takes one safeguard out, and says which scenario then turns
 * red, by which finding. A checker that never saw red proves nothing.
 */
export interface Planted {
  readonly name: string;
  readonly file: string;
  /** A scenario of `test:faults`, or a file of tests in this folder that turns red. */
  readonly scenario: string;
  /** Code of the checker's finding; in words where the scenario is a file of tests. */
  readonly finding: string;
}

export function isFileOfTests({ scenario }: Planted): boolean {
  return scenario.endsWith('.int.test.ts');
}

export const PLANTED_FOLDER = join(PROJECT_ROOT, 'test', 'faults', 'planted');

/** Rooms that a scenario needs; the rest of a checkout stays where it is. */
const LEFT_OUT = new Set(['.git', '.countersign', 'node_modules', '.venv', 'dist', 'demo-out', 'bench-out', 'docs']);

export function plantedFaults(): readonly Planted[] {
  const files = readdirSync(PLANTED_FOLDER).filter((name) => name.endsWith('.patch'));
  return files.toSorted().map((name) => readHeader(join(PLANTED_FOLDER, name)));
}

/** The lines above the first `diff` are the header. @throws Error where it does not say what it must. */
function readHeader(file: string): Planted {
  const [header = ''] = readFileSync(file, 'utf8').split(/^diff /mu);
  const said = (what: string): string => {
    const value = new RegExp(`^${what}: (.+)$`, 'mu').exec(header)?.[1];
    if (value === undefined) throw new Error(`${basename(file)} does not say its ${what}`);
    return value;
  };
  return { name: basename(file, '.patch'), file, scenario: said('scenario'), finding: said('finding') };
}

const run = promisify(execFile);

/** A copy of the sources, without history; what is installed is shared. */
export function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'countersign-planted-'));
  for (const name of readdirSync(PROJECT_ROOT)) {
    if (!LEFT_OUT.has(name)) cpSync(join(PROJECT_ROOT, name), join(copy, name), { recursive: true });
  }
  for (const name of ['node_modules', '.venv']) symlinkSync(join(PROJECT_ROOT, name), join(copy, name));
  return copy;
}

/** @throws where the patch does not apply */
export async function apply(copy: string, { file }: Planted, { checkOnly = false } = {}): Promise<void> {
  // Outside of any repository, so that a checkout around the copy changes nothing.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() };
  await run('git', ['apply', ...(checkOnly ? ['--check'] : []), file], { cwd: copy, env });
}

export interface Seen {
  readonly red: boolean;
  readonly codes: readonly string[];
  /** What went wrong where there was no report at all. */
  readonly trouble: string;
}

/** Runs its scenario in a copy with the fault in it; gives the findings. */
export async function plant(planted: Planted, seed: number): Promise<Seen> {
  const copy = copyTree();
  try {
    await apply(copy, planted);
    if (isFileOfTests(planted)) return await testsTurnRed(copy, planted);
    const main = join(copy, 'test', 'faults', 'main.ts');
    const args = [main, '--scenario', planted.scenario, '--seed', String(seed), '--json'];
    const options = { cwd: copy, maxBuffer: 1 << 26, timeout: 600_000 };
    const { stdout, trouble } = await run(execPath, args, options).then(
      (done) => ({ stdout: done.stdout, trouble: '' }),
      (error: { stdout?: string; message: string }) => ({ stdout: error.stdout ?? '', trouble: error.message }),
    );
    const report = stdout.split('\n').find((line) => line.startsWith('{"name"'));
    if (report === undefined) return { red: false, codes: [], trouble: trouble.slice(0, 500) };
    const { findings } = JSON.parse(report) as { findings: readonly { code: string }[] };
    const codes = [...new Set(findings.map(({ code }) => code))].toSorted();
    return { red: codes.includes(planted.finding), codes, trouble: '' };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** The names of the tests that failed; a run that failed before its first test shows nothing. */
async function testsTurnRed(copy: string, { scenario }: Planted): Promise<Seen> {
  const report = join(copy, 'report.json');
  const vitest = join(copy, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', join('test', 'faults', scenario), '--reporter=json', `--outputFile=${report}`];
  const trouble = await run(execPath, args, { cwd: copy, maxBuffer: 1 << 26, timeout: 600_000 }).then(
    () => '',
    (error: { message: string }) => error.message,
  );
  if (!existsSync(report)) return { red: false, codes: [], trouble: trouble.slice(0, 500) };
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: readonly { assertionResults: readonly { status: string; title: string }[] }[];
  };
  const failed = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ title }) => title),
  );
  return { red: failed.length > 0, codes: failed, trouble: failed.length > 0 ? '' : trouble.slice(0, 500) };
}
