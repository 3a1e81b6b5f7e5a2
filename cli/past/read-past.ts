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

export interface PastDecisions {
  /** One a decision, in the order in which they were given. */
  readonly decisions: readonly PastDecision[];
  /** Packs that do not hold, or are another tenant's: nothing is read out of them. */
  readonly unverified: readonly string[];
}

/**
 * The decisions of several packs; one that was given twice counts once.
 *
 * @param of whose they have to be; the first one's where that is left out
 * @throws as {@link readPast}
 */
export function readPasts(
  packs: readonly string[],
  trustPath: string,
  of?: { readonly origin: string; readonly tenant: string },
): PastDecisions {
  const read = packs.map((pack) => ({ pack, past: readPast(pack, trustPath) }));
  const house = of ?? read.find(({ past }) => past !== null)?.past?.core;
  const isOurs = (past: PastDecision | null): past is PastDecision =>
    past !== null && past.core.origin === house?.origin && past.core.tenant === house.tenant;
  const decisions = new Map(
    read.flatMap(({ past }): [string, PastDecision][] => (isOurs(past) ? [[past.core.decision_id, past]] : [])),
  );
  return {
    decisions: [...decisions.values()],
    unverified: read.filter(({ past }) => !isOurs(past)).map(({ pack }) => pack),
  };
}
