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
  /** Milliseconds a verification of a pack that the process has not seen, after twenty others of the same house. */
  readonly warm: number;
  /** Reading the same core, writing it canonically and hashing it, and nothing else. */
  readonly canonicalizeAndHash: number;
  readonly warmToBare: number;
  /** Milliseconds of a whole process, from start to exit: the command line, Node doing nothing, and peak memory in MiB. */
  readonly cold: number;
  readonly coldBare: number;
  readonly coldPeakMiB: number;
}

/** Verified before the first that is timed. */
export const WARM_UP = 20;

/**
 * @param packs so many as `times`, and twenty more: what a process has found good it does not look at again
 * @param program arguments to Node that verify the pack whose folder and trust file follow
 */
export async function verificationRate(
  packs: AsyncIterable<ExportedPack>,
  trust: Uint8Array,
  program: readonly string[],
  times: number,
): Promise<VerificationRate> {
  const exported: ExportedPack[] = [];
  for await (const pack of packs) exported.push(pack);
  const left = [...exported];
  const report = () => {
    const next = left.shift();
    if (next === undefined) throw new Error('there are too few packs');
    const options = { require: 'C2', expect: 'executed' } as const;
    const { evidence } = verify({ ...next, trust, trustName: 'trust.json', options });
    if (evidence !== 'holds') throw new Error('the pack does not hold');
  };
  await timed(WARM_UP, report);
  const warm = median(await timed(times, report));
  const [pack] = exported;
  if (pack === undefined) throw new Error('there is no pack');
  const { bundle } = pack;
  const { payload } = readBundle(bundle).envelope;
  const core = new TextEncoder().encode(canonicalize(openStatement(payload)));
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
