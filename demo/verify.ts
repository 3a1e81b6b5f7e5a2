import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectEqual, UnexpectedError } from './expect.ts';
import type { ClosedDecision } from './packs.ts';
import { bareEnvironment, countersign, type Finished } from './processes.ts';
import { blank, quote, shown, step } from './print.ts';

/** Verifies every pack in a process of its own, whose environment names no server; then shows that one bit is enough. */
export async function verifyAll(
  cleanup: AsyncDisposableStack,
  out: string,
  decisions: readonly ClosedDecision[],
): Promise<void> {
  const trust = join(out, 'trust', 'trust.json');
  for (const [at, { folder, outcome, subject }] of decisions.entries()) {
    const wanted = ['--subject', subject, ...(outcome === 'executed' ? [] : ['--expect', outcome])];
    step(`countersign verify ${shown(folder)} --trust ${shown(trust)} ${wanted.join(' ')}`);
    const verified = await verify(cleanup, folder, trust, wanted);
    show(verified, at === 0 ? [] : CAVEATS);
    expectEqual(`the exit code of the verifier for ${shown(folder)}`, verified.code, 0);
  }
  const [first] = decisions;
  if (first !== undefined) await verifyTampered(cleanup, first, trust);
}

const HONEST = '"risk_score":0.86';
const TAMPERED = '"risk_score":0.87';

/** `6` and `7` differ in one bit. The first place in the canonical text is in the event, whose chain comes before the summary. */
async function verifyTampered(
  cleanup: AsyncDisposableStack,
  { folder, subject }: ClosedDecision,
  trust: string,
): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'countersign-tampered-'));
  cleanup.defer(() => rmSync(copy, { recursive: true, force: true }));
  cpSync(folder, copy, { recursive: true });
  const path = join(copy, 'pack.json');
  const text = readFileSync(path, 'utf8');
  expectEqual('that the pack shows the score', text.includes(HONEST), true);
  writeFileSync(path, text.replace(HONEST, TAMPERED));

  step(`one byte of a copy of ${shown(join(folder, 'pack.json'))} is flipped, in event 3: 0.86 becomes 0.87`);
  const verified = await verify(cleanup, copy, trust, ['--subject', subject]);
  show(verified, CAVEATS);
  const { code, stdout } = verified;
  expectEqual('the exit code for the tampered copy', code, 1);
  for (const named of ['event 3 risk.evaluated', 'risk_score']) {
    if (!stdout.includes(named)) throw new UnexpectedError('the verifier did not name what was changed', named, stdout);
  }
}

/** What a report says beside its verdict; the first one is shown with it, the others without. */
const CAVEATS = ['trust: ', 'not reached: ', 'rests on others: '];

function show({ code, stdout, stderr }: Finished, leftOut: readonly string[]): void {
  const lines = `${stdout}${stderr}`.trimEnd().split('\n');
  const kept = lines.filter((text) => !leftOut.some((start) => text.startsWith(start)));
  const left = lines.length - kept.length;
  quote([...kept, ...(left > 0 ? [`(${left} lines left out)`] : []), `exit code ${code}`].join('\n'), 2);
  blank();
}

function verify(
  cleanup: AsyncDisposableStack,
  folder: string,
  trust: string,
  wanted: readonly string[],
): Promise<Finished> {
  return countersign(cleanup, {
    words: ['verify', shown(folder), '--trust', shown(trust), ...wanted],
    env: bareEnvironment(),
  });
}
