import type { EvaluationInput } from '../../evaluation/index.ts';
import { openStatement, type PackCore, readBundle } from '../../pack/index.ts';
import { verify } from '../../verifier/index.ts';
import { readPack } from '../verify/read-pack.ts';
import { trustFiles } from '../verify/trust-files.ts';
import { pastDecision } from './past-decision.ts';

/** A decision of the past out of its pack, which has been verified. */
export interface PastDecision {
  readonly pack: string;
  readonly core: PackCore;
  /** Null where it ended before anybody evaluated it. */
  readonly evaluated: EvaluationInput | null;
}

/**
 * Null where the pack does not hold under this trust file: then nothing is read out of it.
 *
 * @throws CliError `file.unreadable`, `verify.nothing`
 */
export function readPast(pack: string, trustPath: string): PastDecision | null {
  const { bundle, view, disclosures } = readPack(pack);
  const files = { bundle, view, disclosures, ...trustFiles(trustPath) };
  const report = verify({ ...files, trustName: trustPath, options: { require: 'C1', expect: 'executed' } });
  if (report.evidence !== 'holds' || bundle === null) return null;
  const core = openStatement(readBundle(bundle).envelope.payload);
  return { pack, core, evaluated: pastDecision(core) };
}
