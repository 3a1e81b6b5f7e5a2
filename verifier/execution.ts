import { instant } from '../core/domain/vocabulary.ts';
import { authenticateService, CLOCK_TOLERANCE_MS, type ReadStatement, type TrustFile } from '../documents/index.ts';
import type { Matter } from '../evaluation/admission.ts';
import { memberOf, type PackedChain } from '../pack/index.ts';
import type { Contents } from './contents.ts';
import type { EventPlace, Findings, VerifierCode } from './findings.ts';
import { textIn } from './shapes.ts';
import { signerCode } from './signers.ts';

type Comparison = readonly [member: string, expected: string | null, got: string | null];

/**
 * Claim, permit and receipt, each against the clearance it speaks of. Hash order proves the sequence; that the run
 * began afterwards is the executor's signed word, and here it is only held to that word (ruling 9).
 */
export function checkExecution(
  pack: PackedChain,
  matter: Matter,
  contents: Contents,
  trust: TrustFile,
  findings: Findings,
): void {
  const { events } = pack;
  const clearedAt = events.findIndex((event) => event.event_type === 'execution.cleared');
  const cleared = events[clearedAt];
  if (cleared === undefined) return;
  const place: EventPlace = { chain: 'events', index: clearedAt, event: cleared };
  const claim = contents.statement(textIn(cleared, 'claim'), 'claim');
  checkClaim(claim, matter, contents, pack, place, findings);

  const confirmedAt = events.findIndex((event) => event.event_type === 'execution.confirmed');
  const confirmed = events[confirmedAt];
  if (confirmed === undefined) return;
  const confirmedPlace: EventPlace = { chain: 'events', index: confirmedAt, event: confirmed };
  const permit = contents.statement(textIn(confirmed, 'permit'), 'permit');
  if (permit === null)
    findings.add('execution.permit', { path: '$.permit', expected: 'a permit', got: 'none' }, confirmedPlace);
  else checkPermit(permit, pack, trust, confirmedPlace, findings);
  const receipt = contents.statement(textIn(confirmed, 'receipt'), 'receipt');
  if (receipt === null)
    findings.add('execution.receipt', { path: '$.receipt', expected: 'a receipt', got: 'none' }, confirmedPlace);
  else checkReceipt(receipt, claim, matter, cleared, confirmed, confirmedPlace, findings);
}

function checkClaim(
  claim: ReadStatement<'claim'> | null,
  { request }: Matter,
  contents: Contents,
  { events, decision_id }: PackedChain,
  place: EventPlace,
  findings: Findings,
): void {
  const routed = events.slice(0, place.index).findLast((event) => event.event_type === 'authority.routed');
  const executors =
    contents.policy(request.policy.digest)?.targets.find(({ id }) => id === request.target)?.executors ?? [];
  const signer = claim?.statement.signer ?? 'nobody';
  if (!executors.includes(signer)) {
    findings.add(
      'execution.claim',
      { path: '$.claim', expected: `one of ${executors.join(', ')}`, got: signer },
      place,
    );
  }
  compareAll('execution.claim', '$.claim', place, findings, [
    ['signer', textIn(place.event, 'actor_id'), signer],
    ['decision', decision_id, claim?.statement.decision_id ?? null],
    ['basis', textIn(routed, 'basis_digest'), claim?.statement.basis ?? null],
    ['target', request.target, claim?.statement.target ?? null],
    ['subject', request.candidate.digest, textIn(place.event, 'subject')],
  ]);
}

/** A permit is order, never authority: it has to fit what was cleared, member by member. */
export function checkPermit(
  permit: ReadStatement<'permit'>,
  pack: PackedChain,
  trust: TrustFile,
  place: EventPlace,
  findings: Findings,
): void {
  const { origin, tenant, decision_id: decisionId, events } = pack;
  const cleared = events.find((event) => event.event_type === 'execution.cleared');
  const routed = events
    .slice(0, cleared === undefined ? events.length : events.indexOf(cleared))
    .findLast((event) => event.event_type === 'authority.routed');
  const { statement } = permit;
  try {
    authenticateService(permit, trust, 'permit', { origin, tenant, decisionId, at: statement.signed_at });
  } catch (error) {
    const code = signerCode(error);
    const reported = code === 'signer.unknown' ? 'signer.permit' : code;
    // The replay reads the same permit for its receipt; one finding is enough.
    if (!findings.has(reported)) findings.refused(reported, error, place, '$.permit');
  }
  compareAll('execution.permit', '$.permit', place, findings, [
    ['signed_at', textIn(cleared, 'timestamp'), statement.signed_at],
    ['claim', textIn(cleared, 'claim'), statement.claim],
    ['cleared', textIn(cleared, 'integrity_hash'), statement.cleared],
    ['basis', textIn(routed, 'basis_digest'), statement.basis],
    ['subject', textIn(cleared, 'subject'), statement.subject],
    ['target', textIn(cleared, 'target'), statement.target],
    ['executor', textIn(cleared, 'actor_id'), statement.executor],
    ['not_after', textIn(cleared, 'not_after'), statement.not_after],
    ['confirm_by', textIn(cleared, 'confirm_by'), statement.confirm_by],
  ]);
}

function checkReceipt(
  { statement }: ReadStatement<'receipt'>,
  claim: ReadStatement<'claim'> | null,
  { request }: Matter,
  cleared: object,
  confirmed: object,
  place: EventPlace,
  findings: Findings,
): void {
  compareAll('execution.receipt', '$.receipt', place, findings, [
    ['signer', textIn(cleared, 'actor_id'), statement.signer],
    ['claim', textIn(cleared, 'claim'), statement.claim],
    ['permit', textIn(confirmed, 'permit'), statement.permit],
    ['target', textIn(cleared, 'target'), statement.target],
  ]);
  // It refused to run: it neither started nor measured.
  if (statement.result === 'not_executed') return;
  const { started_at } = statement;
  const clearedTime = textIn(cleared, 'timestamp') ?? '';
  const claimed = claim?.statement.signed_at ?? clearedTime;
  const tolerated = instant(started_at) >= instant(clearedTime) - CLOCK_TOLERANCE_MS;
  if (started_at < claimed || !tolerated) {
    const expected = `after its claim (${claimed}), and at most five minutes before ${clearedTime}`;
    findings.add('execution.started_early', { path: '$.started_at', expected, got: started_at }, place);
  }
  const notAfter = textIn(cleared, 'not_after') ?? '';
  if (started_at >= notAfter)
    findings.add(
      'execution.started_late',
      { path: '$.started_at', expected: `before ${notAfter}`, got: started_at },
      place,
    );
  // An honest record of a run of something else ends as `execution_failed`, and holds as such.
  const admitted = memberOf(confirmed, 'subject_matches') === false;
  if (!admitted && statement.result === 'success' && statement.subject !== request.candidate.digest) {
    findings.add(
      'execution.subject',
      { path: '$.subject', expected: request.candidate.digest, got: statement.subject ?? 'not measured' },
      place,
    );
  }
}

function compareAll(
  code: VerifierCode,
  path: string,
  place: EventPlace,
  findings: Findings,
  members: readonly Comparison[],
): void {
  for (const [member, expected, got] of members) {
    if (expected === null || got !== expected)
      findings.add(code, { path: `${path}.${member}`, expected: expected ?? 'nothing', got: got ?? 'nothing' }, place);
  }
}
