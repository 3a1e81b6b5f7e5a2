import { digestBytes, type ParsedEnvelope, verifyEnvelope } from '../core/canon/index.ts';
import { decideAddendum } from '../core/domain/addendum.ts';
import type { DecisionEvent } from '../core/domain/events.ts';
import { differences } from '../core/domain/replay.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { type ReadStatement, readStatement, type TrustFile } from '../documents/index.ts';
import { isInForce } from '../documents/window.ts';
import { addendumIdFor, closedDecision } from '../evaluation/addendum.ts';
import { admitStatement } from '../evaluation/admission.ts';
import { type Addendum, type PackCore, readAddendum } from '../pack/index.ts';
import { checkBackout } from './backout.ts';
import { openBundle } from './bundle.ts';
import { refuseCarriedTrust } from './carried-trust.ts';
import { checkChain, checkEventIds, checkOutline } from './chain.ts';
import { type EventPlace, type Finding, Findings, show } from './findings.ts';
import { verdictOf } from './levels.ts';
import type { EvidenceVerdict } from './report.ts';
import { routingsOf } from './routings.ts';
import { isTimestamp, referenceIn, textIn } from './shapes.ts';
import { signerCode } from './signers.ts';
import { openTrust } from './trust.ts';
import { type Derived, verifyChainOf } from './verify-chain.ts';

/** A sealed addendum, and the sealed pack of the decision that it belongs to. */
export interface AddendumInput {
  readonly addendum: Uint8Array;
  readonly bundle: Uint8Array;
  readonly trust: Uint8Array;
}

export interface AddendumReport {
  readonly evidence: EvidenceVerdict;
  readonly findings: readonly Finding[];
  /** Its two events, and the core of the decision; null unless it holds. */
  readonly proven: { readonly events: readonly DecisionEvent[]; readonly core: PackCore } | null;
}

/**
 * Verifies an addendum together with its decision's pack: the seal of both, that its statement leads to exactly its
 * events, and who signed that. Total, as `verify` is.
 */
export function verifyAddendum(input: AddendumInput): AddendumReport {
  const findings = new Findings();
  const trust = openTrust(input.trust, {}, findings);
  const opened = trust === null ? null : openBundle(input.bundle, trust, findings);
  const addendum = trust === null ? null : openAddendum(input.addendum, trust, findings);
  if (trust === null || opened === null || addendum === null) return { ...reportOf(findings), proven: null };
  const derived = verifyChainOf(opened.core, trust, findings);
  checkBelongs(addendum, opened.core, input.bundle, findings);
  checkAgain(addendum, opened.core, derived, findings);
  const { events } = addendum;
  const proven = findings.errors.length === 0 ? { events, core: opened.core } : null;
  return { ...reportOf(findings), proven };
}

function reportOf(findings: Findings): Omit<AddendumReport, 'proven'> {
  return { evidence: verdictOf(findings), findings: findings.all };
}

function openAddendum(bytes: Uint8Array, trust: TrustFile, findings: Findings): Addendum | null {
  try {
    const { envelope, addendum } = readAddendum(bytes);
    refuseCarriedTrust(addendum, '$', findings);
    checkSeal(envelope, addendum, trust, findings);
    const chain = { ...addendum, documents: {} };
    checkChain(addendum.events, 'events', findings);
    checkEventIds(chain, findings);
    checkOutline(chain, findings);
    return addendum;
  } catch (error) {
    findings.refused('addendum.unreadable', error);
    return null;
  }
}

/** The key comes from the trust file; it seals order, and no authority. */
function checkSeal(envelope: ParsedEnvelope, addendum: Addendum, { keys }: TrustFile, findings: Findings): void {
  const named = keys.get(envelope.keyId);
  const at = textIn(addendum.events[0], 'timestamp');
  const entry = named?.entry;
  const ofTenant = entry?.use === 'seal' && (entry.tenant === null || entry.tenant === addendum.tenant);
  if (named === undefined || !ofTenant || !isTimestamp(at) || !isInForce(named.entry, at as Timestamp)) {
    const expected = `a seal key of the trust file for ${addendum.tenant}, in force then`;
    findings.add('signer.seal', { path: '$.signatures[0].keyid', expected, got: envelope.keyId });
    return;
  }
  try {
    verifyEnvelope(envelope, named.key, '$');
  } catch (error) {
    findings.refused('seal.signature', error);
  }
}

/** Names, head and bytes of the one decision that it is an addendum to. */
function checkBelongs(addendum: Addendum, core: PackCore, bundle: Uint8Array, findings: Findings): void {
  const [first] = addendum.events;
  const claims: readonly [path: string, expected: string, got: unknown][] = [
    ['$.origin', core.origin, addendum.origin],
    ['$.tenant', core.tenant, addendum.tenant],
    ['$.closed_decision', core.decision_id, addendum.closed_decision],
    ['$.pack', digestBytes(bundle), addendum.pack],
    ['$.events[0].closed_decision', core.decision_id, textIn(first, 'closed_decision')],
    ['$.events[0].closed_head', core.head.hash, textIn(first, 'closed_head')],
  ];
  for (const [path, expected, got] of claims) {
    if (expected !== got) findings.add('addendum.pack', { path, expected, got: show(got as string) });
  }
}

/** Its statement, decided again on what the pack says: the events it leads to are exactly those that stand. */
function checkAgain(addendum: Addendum, core: PackCore, { contents }: Derived, findings: Findings): void {
  const [opened, answer] = addendum.events;
  const read = openStatement(addendum, findings);
  const routing = routingsOf(core, contents).at(-1);
  const roster = contents.roster(referenceIn(routing?.event, 'roster')?.digest);
  const at = textIn(opened, 'timestamp');
  if (read === null || routing === undefined || roster === null || !isTimestamp(at)) {
    findings.add('addendum.differs', { expected: 'a statement on a decision that was routed', got: 'something else' });
    return;
  }
  try {
    const admitted = admitStatement(read, roster, routing.matter, at as Timestamp);
    const { documents } = core;
    // That the key counted still when it was recorded is the service's word.
    const closed = closedDecision(core.events, roster, { pack: addendum.pack, documents, signerStands: true });
    const drafts = closed === null ? [] : decideAddendum(closed, admitted, at as Timestamp);
    for (const [index, draft] of drafts.entries()) {
      const event = addendum.events[index];
      if (event === undefined) continue;
      for (const { path, expected, got } of differences(draft, event))
        findings.add('addendum.differs', { path, expected, got }, placeOf(addendum, index));
    }
  } catch (error) {
    findings.refused(signerCode(error), error, placeOf(addendum, 1), `$.${read.kind}`);
  }
  if (textIn(answer, 'event_type') !== 'backout.recorded' || read.kind !== 'backout') return;
  checkBackout(read, { pack: core, contents, bundle: addendum.pack }, at as Timestamp, findings);
}

/** The one that it names, and no other. */
function openStatement({ events, statements }: Addendum, findings: Findings): ReadStatement | null {
  const named = textIn(events[0], 'statement') ?? '';
  const [[key, envelope] = ['', null], ...others] = Object.entries(statements);
  if (key !== named || others.length > 0) {
    const got = Object.keys(statements).join(', ') || 'nothing';
    findings.add('addendum.differs', { path: '$.statements', expected: named, got });
    return null;
  }
  try {
    const read = readStatement(envelope, undefined, `$.statements["${key}"]`);
    const expected = addendumIdFor(textIn(events[0], 'closed_decision') ?? '', read.digest);
    const id = textIn(events[0], 'decision_id') ?? '';
    if (read.digest !== key)
      findings.add('statement.digest', { path: '$.statements', expected: key, got: read.digest });
    else if (id !== expected) findings.add('addendum.pack', { path: '$.decision_id', expected, got: id });
    return read;
  } catch (error) {
    findings.refused('statement.unreadable', error);
    return null;
  }
}

function placeOf({ events }: Addendum, index: number): EventPlace {
  return { chain: 'events', index, event: events[index] };
}
