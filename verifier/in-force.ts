import type { EndorsedReference } from '../core/domain/events.ts';
import { PUBLISHED_KINDS, type PublishedKind, type TrustFile } from '../documents/index.ts';
import type { PackedChain } from '../pack/index.ts';
import type { Contents } from './contents.ts';
import type { EventPlace, Findings } from './findings.ts';
import { referenceIn } from './shapes.ts';
import { checkEndorsed } from './signers.ts';

/**
 * Every policy, roster and standing that an event says was in force: endorsed by then, and never older than one before
 * it. That it was the newest is the service's word; that it goes back behind one that the same chain shows would be a lie.
 */
export function checkInForce(pack: PackedChain, contents: Contents, trust: TrustFile, findings: Findings): void {
  for (const kind of PUBLISHED_KINDS) {
    let newest: EndorsedReference | null = null;
    for (const [index, event] of pack.events.entries()) {
      const reference = referenceIn(event, kind);
      if (reference === null) continue;
      const place: EventPlace = { chain: 'events', index, event };
      checkEndorsed(pack, { kind, reference, at: event.timestamp, place }, contents, trust, findings);
      if (newest !== null) checkSerial(kind, newest, reference, place, findings);
      if (newest === null || reference.serial > newest.serial) newest = reference;
    }
  }
}

/** An older roster would bring back whoever the newer one removed; so would another one of the same serial. */
function checkSerial(
  kind: PublishedKind,
  newest: EndorsedReference,
  { serial, digest }: EndorsedReference,
  place: EventPlace,
  findings: Findings,
): void {
  if (serial < newest.serial) {
    const expected = `at least ${newest.serial}`;
    findings.add('in_force.older', { path: `$.${kind}.serial`, expected, got: `${serial}` }, place);
  } else if (serial === newest.serial && digest !== newest.digest) {
    const expected = `serial ${serial}: ${newest.digest}`;
    findings.add('in_force.older', { path: `$.${kind}.digest`, expected, got: digest }, place);
  }
}
