import type { TrustFile } from '../documents/index.ts';
import type { Matter } from '../evaluation/admission.ts';
import { type PackCore, type PackedChain, reachable, withRoster } from '../pack/index.ts';
import { checkAuthority } from './authority.ts';
import { refuseCarriedTrust } from './carried-trust.ts';
import { checkChain, checkHeaders, checkOutline } from './chain.ts';
import { type Contents, openContents } from './contents.ts';
import { checkExecution } from './execution.ts';
import type { Findings } from './findings.ts';
import { replay } from './replay.ts';
import { referenceIn } from './shapes.ts';
import { checkEndorsed, checkPlace } from './signers.ts';

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
  checkOutline(pack, findings);
  const consulted = referenceIn(pack, 'consulted_roster');
  const contents = openContents(pack, withRoster(reachable(pack.events), consulted), findings);
  if (!checkHeaders(pack.events, findings)) return { contents, matter: null };

  if (placed) {
    for (const [index, event] of pack.events.entries()) {
      const place = { chain: 'events', index, event } as const;
      const policy = event.event_type === 'policy.evaluated' ? referenceIn(event, 'policy') : null;
      const relies = event.event_type === 'authority.routed' || event.event_type === 'execution.cleared';
      const roster = relies ? referenceIn(event, 'roster') : null;
      if (policy)
        checkEndorsed(
          pack,
          { kind: 'policy', reference: policy, at: event.timestamp, place },
          contents,
          trust,
          findings,
        );
      if (roster)
        checkEndorsed(
          pack,
          { kind: 'roster', reference: roster, at: event.timestamp, place },
          contents,
          trust,
          findings,
        );
      if (index === 0 && consulted) {
        checkEndorsed(
          pack,
          { kind: 'roster', reference: consulted, at: event.timestamp, place },
          contents,
          trust,
          findings,
        );
      }
    }
  }
  const { matter } = replay(pack, contents, trust, findings);
  if (matter === null) return { contents, matter };
  checkAuthority(pack, matter, contents, trust, findings);
  checkExecution(pack, matter, contents, trust, findings);
  return { contents, matter };
}
