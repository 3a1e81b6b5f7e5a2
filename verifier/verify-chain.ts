import type { TrustFile } from '../documents/index.ts';
import type { Matter } from '../evaluation/admission.ts';
import { type PackCore, type PackedChain, reachable } from '../pack/index.ts';
import { checkAuthority } from './authority.ts';
import { refuseCarriedTrust } from './carried-trust.ts';
import { checkChain, checkEventIds, checkHeaders, checkOutline } from './chain.ts';
import { type Contents, openContents } from './contents.ts';
import { checkExecution } from './execution.ts';
import type { Findings } from './findings.ts';
import { checkInForce } from './in-force.ts';
import { replay } from './replay.ts';
import { checkPlace } from './signers.ts';
import { checkStandings } from './standing.ts';

export interface Derived {
  readonly contents: Contents;
  /** Null where no request could be read, or an event is of no form that could be replayed. */
  readonly matter: Matter | null;
}

/**
 * What audit pack and clearance pack have in common, from the chain outwards: its hashes, what it rests on, who signed
 * that, what it leads to, and whether the people who are counted had the authority.
 */
export function verifyChainOf(pack: PackedChain | PackCore, trust: TrustFile, findings: Findings): Derived {
  refuseCarriedTrust(pack, '$', findings);
  const placed = checkPlace(pack, trust, findings);
  checkChain(pack.events, 'events', findings);
  checkEventIds(pack, findings);
  checkOutline(pack, findings);
  const contents = openContents(pack, reachable(pack.events), findings);
  if (!checkHeaders(pack.events, findings)) return { contents, matter: null };

  if (placed) checkInForce(pack, contents, trust, findings);
  const { matter } = replay(pack, contents, trust, findings);
  if (matter === null) return { contents, matter };
  checkAuthority(pack, matter, contents, trust, findings);
  checkStandings(pack, matter, contents, trust, findings);
  checkExecution(pack, matter, contents, trust, findings);
  return { contents, matter };
}
