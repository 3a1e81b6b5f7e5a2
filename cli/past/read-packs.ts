import { coreOf, type PackCore } from '../../pack/index.ts';
import { verify } from '../../verifier/index.ts';
import { readPack } from '../verify/read-pack.ts';
import { trustFiles } from '../verify/trust-files.ts';

/** A pack as it was given, and what it holds; null where it does not hold under the trust file, so that nothing is read. */
export interface Past {
  readonly pack: string;
  readonly core: PackCore | null;
}

/** Verifies each. @throws CliError `file.unreadable`, `verify.nothing` */
export function readPacks(packs: readonly string[], trustPath: string): readonly Past[] {
  const trust = trustFiles(trustPath);
  return packs.map((pack) => {
    const { bundle, view, disclosures } = readPack(pack);
    const options = { require: 'C1', expect: 'executed' } as const;
    const report = verify({ bundle, view, disclosures, ...trust, trustName: trustPath, options });
    const holds = report.evidence === 'holds' && bundle !== null;
    return { pack, core: holds ? coreOf(bundle) : null };
  });
}

export interface PastDecisions {
  /** One a decision, in the order in which they were given. */
  readonly decisions: readonly PackCore[];
  /** Packs that do not hold, or are another tenant's: nothing is read out of them. */
  readonly unverified: readonly string[];
}

/**
 * The decisions of several packs; one that was given twice counts once.
 *
 * @param of whose they have to be; the first one's where that is left out
 * @throws as {@link readPacks}
 */
export function readDecisions(
  packs: readonly string[],
  trustPath: string,
  of?: { readonly origin: string; readonly tenant: string },
): PastDecisions {
  const read = readPacks(packs, trustPath);
  const house = of ?? read.find(({ core }) => core !== null)?.core;
  const isOurs = (core: PackCore | null): core is PackCore =>
    core !== null && core.origin === house?.origin && core.tenant === house.tenant;
  const ours = read.map(({ core }) => core).filter(isOurs);
  return {
    decisions: [...new Map(ours.map((core) => [core.decision_id, core])).values()],
    unverified: read.filter(({ core }) => !isOurs(core)).map(({ pack }) => pack),
  };
}
