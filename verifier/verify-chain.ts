import { isDigest } from '../core/canon/index.ts';
import type { TrustFile } from '../documents/index.ts';
import type { Matter } from '../evaluation/admission.ts';
import { DEEPEST, type LinkedDecision, linkedDecision } from '../evaluation/linked.ts';
import { memberOf, type PackCore, type PackedChain, packsBehind, reachable } from '../pack/index.ts';
import { checkAuthority } from './authority.ts';
import { checkEvaluators } from './evaluator.ts';
import { openBundle } from './bundle.ts';
import { refuseCarriedTrust } from './carried-trust.ts';
import { checkChain, checkEventIds, checkHeaders, checkOutline } from './chain.ts';
import { type Contents, openContents } from './contents.ts';
import { checkDeadline } from './deadline.ts';
import { checkExecution } from './execution.ts';
import { Findings } from './findings.ts';
import { checkInForce } from './in-force.ts';
import { verdictOf } from './levels.ts';
import { checkNotices } from './notices.ts';
import { replay } from './replay.ts';
import { checkPlace } from './signers.ts';
import { checkWaivers } from './waivers.ts';
import { checkWindows } from './windows.ts';
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
  return verifyAt(pack, trust, findings, 0);
}

function verifyAt(pack: PackedChain | PackCore, trust: TrustFile, findings: Findings, depth: number): Derived {
  refuseCarriedTrust(pack, '$', findings);
  const placed = checkPlace(pack, trust, findings);
  checkChain(pack.events, 'events', findings);
  checkEventIds(pack, findings);
  checkOutline(pack, findings);
  const contents = openContents(pack, reachable(pack.events), findings);
  if (!checkHeaders(pack.events, findings)) return { contents, matter: null };

  if (placed) checkInForce(pack, contents, trust, findings);
  const linked = verifyLinked(pack, contents, trust, findings, depth);
  const { matter } = replay(pack, contents, { trust, linked }, findings);
  if (matter === null) return { contents, matter };
  checkNotices(pack, findings);
  checkAuthority(pack, contents, trust, findings);
  checkDeadline(pack, contents, trust, findings);
  checkEvaluators(pack, contents, findings);
  checkWaivers(pack, contents, findings);
  checkStandings(pack, matter, contents, trust, findings);
  checkWindows(pack, matter, contents, findings);
  checkExecution(pack, matter, contents, trust, findings);
  return { contents, matter };
}

/**
 * The earlier decision that the request names, out of its own sealed pack, verified as any other and with the same trust
 * file. Null where there is none that holds: the route that rests on it is not found again then.
 */
function verifyLinked(
  { events }: PackedChain,
  contents: Contents,
  trust: TrustFile,
  findings: Findings,
  depth: number,
): LinkedDecision | null {
  const named = memberOf(memberOf(events[0], 'linked'), 'pack');
  const bytes = contents.bundle(named);
  if (!isDigest(named) || bytes === null) return null;
  const path = `$.packs["${named}"]`;
  const inner = new Findings();
  if (depth >= DEEPEST) {
    findings.add('linked.pack', { path, expected: `at most ${DEEPEST} decisions, one behind another`, got: 'more' });
    return null;
  }
  const opened = openBundle(bytes, trust, inner);
  if (opened !== null) verifyAt(opened.core, trust, inner, depth + 1);
  const [first] = inner.errors;
  if (first !== undefined) {
    const code = verdictOf(inner) === 'not_trusted' ? 'signer.linked' : 'linked.pack';
    findings.add(code, { path, expected: first.expected, got: `${first.code} at ${first.path}: ${first.got}` });
  }
  // Who signed it may be in doubt, and what it says is not; a pack that does not hold says nothing.
  if (opened === null || verdictOf(inner) === 'does_not_hold') return null;
  const { core } = opened;
  return linkedDecision(named, core.events, core.documents, {
    behind: packsBehind(core, DEEPEST),
    bytes: bytes.length,
  });
}
