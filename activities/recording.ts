import {
  type Digest,
  digestJson,
  eventIdOf,
  GENESIS,
  type JsonObject,
  linkEvent,
  parseDigest,
} from '../core/canon/index.ts';
import type {
  Acknowledged,
  LocalActivities,
  RecordedBatch,
  RecordInput,
  RecordResult,
} from '../core/contracts/activities.ts';
import { type DecisionEvent, EVENT_SCHEMA_VERSION } from '../core/domain/events.ts';
import { statementOf } from '../core/domain/evolve.ts';
import type { Answered, Head as DomainHead } from '../core/domain/state.ts';
import { type AcknowledgementStatement, statementType } from '../core/domain/statements.ts';
import { signStatement } from '../documents/index.ts';
import { asDecisionEvents, asStoredEvents, type Head, headOf, LedgerError, type StoredBatch } from '../ledger/index.ts';
import { ServiceError } from '../core/contracts/failures.ts';
import type { Dependencies } from './dependencies.ts';

/** Links, hashes and appends what a command decided. The first stored bytes win: see `Ledger`. */
export function record(dependencies: Dependencies): LocalActivities['record'] {
  const { ledger } = dependencies;
  return async (input): Promise<RecordResult> => {
    const batch = link(input);
    const result = await ledger.append(input.decisionId, asLedgerHead(input.expectedHead), batch);
    // Commit point. A crash from here on loses nothing: whoever records again is told that the batch stands.
    if (result.outcome === 'exists') {
      const { prefix, head } = result;
      const tail = result.tail.map((standing) => ({ ...asRecorded(standing), authentic: standing.authentic }));
      return { outcome: 'exists', prefix, storedSequence: head.sequence, tail };
    }
    const recorded = asRecorded(batch);
    return { outcome: 'appended', batch: recorded, acknowledgements: acknowledgeAll(dependencies, recorded) };
  };
}

/**
 * Writes lost batches again, byte for byte: what was acknowledged once stands again under the same hashes. Batches that
 * stand already are passed over, so another try goes on where the last one stopped.
 */
export function restore({ ledger }: Dependencies): LocalActivities['restore'] {
  return async ({ decisionId, batches }) => {
    const standing = await ledger.read(decisionId);
    let head = headOf(standing);
    for (const [index, batch] of batches.entries()) {
      const stored = standing[index];
      if (stored !== undefined) {
        if (lastHash(stored.events) !== lastHash(batch.events)) throw differs(decisionId, batch.commandId);
        continue;
      }
      const result = await ledger.append(decisionId, head, { ...batch, events: asStoredEvents(batch.events) });
      // Somebody wrote meanwhile; the next try reads what, and goes on or finds the difference.
      if (result.outcome === 'exists')
        throw new LedgerError('ledger.moved', { message: 'the chain grew meanwhile', path: decisionId });
      head = result.head;
    }
    return { head };
  };
}

/** The whole chain as it stands, its seals verified: what a fresh run begins with. */
export function readRecorded({ ledger }: Dependencies): LocalActivities['readChain'] {
  return async ({ decisionId }) => (await ledger.read(decisionId)).map(asRecorded);
}

function lastHash(events: readonly object[]): unknown {
  return (events.at(-1) as { integrity_hash?: unknown } | undefined)?.integrity_hash;
}

function differs(decisionId: string, commandId: string): ServiceError {
  return new ServiceError('ledger.differs', {
    message: 'something else stands in the ledger where a batch belongs',
    path: decisionId,
    expected: `batch ${commandId}`,
  });
}

/** Signs the answer to a statement again. Nothing in it is chosen now, so it is the same answer. */
export function acknowledge(dependencies: Dependencies): LocalActivities['acknowledge'] {
  return async ({ decisionId, statement, answered, signedAt }) =>
    signAcknowledgement(dependencies, { decisionId, statement, answered, signedAt }).envelope;
}

export function link({ decisionId, expectedHead, commandId, drafts }: RecordInput): StoredBatch {
  const events: JsonObject[] = [];
  let previous: Digest | typeof GENESIS = asLedgerHead(expectedHead).hash;
  for (const [index, draft] of drafts.entries()) {
    const sequence = expectedHead.sequence + 1 + index;
    const body = {
      ...draft,
      event_id: eventIdOf(decisionId, sequence, previous),
      schema_version: EVENT_SCHEMA_VERSION,
      decision_id: decisionId,
      sequence,
    };
    const event = linkEvent(body as JsonObject, previous);
    events.push(event);
    previous = parseDigest(event.integrity_hash);
  }
  return { commandId, events };
}

function acknowledgeAll(dependencies: Dependencies, { events }: RecordedBatch): readonly Acknowledged[] {
  return events.flatMap((event): Acknowledged[] => {
    const statement = statementOf(event);
    if (statement === undefined || event.event_type === 'decision.requested') return [];
    return [acknowledgeEvent(dependencies, event, statement)];
  });
}

/** The answer to the statement that an event records, signed as of that event. */
export function acknowledgeEvent(dependencies: Dependencies, event: DecisionEvent, statement: string): Acknowledged {
  const refused = event.event_type === 'statement.refused';
  const answered: Answered = {
    verdict: refused ? 'refused' : 'accepted',
    code: refused ? event.code : null,
    event: event.integrity_hash,
    sequence: event.sequence,
  };
  const { decision_id: decisionId, timestamp: signedAt } = event;
  return signAcknowledgement(dependencies, { decisionId, statement, answered, signedAt });
}

interface ToAcknowledge {
  readonly decisionId: string;
  readonly statement: string;
  readonly answered: Answered;
  readonly signedAt: string;
}

function signAcknowledgement(
  { keys, trust, tenant }: Dependencies,
  { decisionId, statement, answered, signedAt }: ToAcknowledge,
): Acknowledged {
  const payload: AcknowledgementStatement = {
    _type: statementType('acknowledgement'),
    origin: trust.trust.origin,
    tenant,
    decision_id: decisionId,
    signer: keys.acknowledgement.holder,
    signed_at: signedAt,
    nonce: derivedNonce(statement, 'acknowledgement'),
    statement,
    verdict: answered.verdict,
    code: answered.code,
    event: answered.event,
    sequence: answered.sequence,
  };
  return { statement, envelope: signStatement(payload, keys.acknowledgement.key) };
}

/** The service's statements are derived from what they answer: the same answer twice is the same statement. */
export function derivedNonce(statement: string, purpose: string): string {
  const digest = digestJson({ _type: 'application/vnd.countersign.nonce.v1+json', statement, purpose });
  return Buffer.from(digest.slice('sha256:'.length, 'sha256:'.length + 32), 'hex').toString('base64');
}

function asRecorded({ commandId, events }: StoredBatch): RecordedBatch {
  return { commandId, events: asDecisionEvents(events) };
}

export function asLedgerHead({ sequence, hash }: DomainHead): Head {
  return { sequence, hash: hash === GENESIS ? GENESIS : parseDigest(hash) };
}
