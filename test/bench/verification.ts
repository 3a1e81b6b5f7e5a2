import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalize, digestBytes, readCanonical } from '../../core/canon/index.ts';
import type { ExportedPack } from '../../client/index.ts';
import { openStatement, readBundle } from '../../pack/index.ts';
import { verify } from '../../verifier/index.ts';
import { median, quantiles, rounded, timed } from './measure.ts';

export interface VerificationRate {
  readonly packBytes: number;
  /** Milliseconds a verification in a process that has verified before. */
  readonly warm: number;
  /** Reading the same core, writing it canonically and hashing it, and nothing else. */
  readonly canonicalizeAndHash: number;
  readonly warmToBare: number;
  /** Milliseconds of a whole process, from start to exit: the command line, Node doing nothing, and peak memory in MiB. */
  readonly cold: number;
  readonly coldBare: number;
  readonly coldPeakMiB: number;
}

/** @param program arguments to Node that verify the pack whose folder and trust file follow */
export async function verificationRate(
  pack: ExportedPack,
  trust: Uint8Array,
  program: readonly string[],
  times: number,
): Promise<VerificationRate> {
  const { bundle, view, disclosures } = pack;
  const report = () =>
    verify({
      bundle,
      view,
      disclosures,
      trust,
      trustName: 'trust.json',
      options: { require: 'C2', expect: 'executed' },
    });
  if (report().evidence !== 'holds') throw new Error('the pack does not hold');
  const { payload } = readBundle(bundle).envelope;
  const core = new TextEncoder().encode(canonicalize(openStatement(payload)));
  await timed(20, report);
  const warm = median(await timed(times, report));
  const bare = median(
    await timed(times, () => digestBytes(new TextEncoder().encode(canonicalize(readCanonical(core))))),
  );
  const cold = coldRuns(pack, trust, program, times);
  return {
    packBytes: bundle.length,
    warm,
    canonicalizeAndHash: bare,
    warmToBare: rounded(warm / bare),
    ...cold,
  };
}

const REPORT_PEAK = fileURLToPath(new URL('./report-peak.mjs', import.meta.url));

function coldRuns(pack: ExportedPack, trust: Uint8Array, program: readonly string[], times: number) {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-bench-pack-'));
  try {
    const files = { 'pack.sigstore.json': pack.bundle, 'pack.json': pack.view, 'disclosures.json': pack.disclosures };
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(directory, name), bytes);
    const trustPath = join(directory, '..', `${directory.split('/').at(-1)}-trust.json`);
    writeFileSync(trustPath, trust);
    const run = (args: readonly string[]): { ms: number; peak: number } => {
      const began = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      const ms = performance.now() - began;
      if (status !== 0) throw new Error(`a cold run ended with ${status}: ${stderr.slice(0, 500)}`);
      return { ms, peak: Number(/peak (\d+)/.exec(stderr)?.[1] ?? Number.NaN) };
    };
    const verifying = [...program, directory, '--trust', trustPath];
    const runs = Array.from({ length: times }, () => run(verifying).ms);
    const bare = Array.from({ length: times }, () => run(['-e', '0']).ms);
    const { peak } = run(['--import', REPORT_PEAK, ...verifying]);
    rmSync(trustPath);
    return { cold: quantiles(runs).p50, coldBare: quantiles(bare).p50, coldPeakMiB: rounded(peak / 1024, 0) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
