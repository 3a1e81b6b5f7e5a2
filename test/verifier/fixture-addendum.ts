import { digestBytes, type Envelope, eventIdOf, type JsonObject, linkEvent } from '../../core/canon/index.ts';
import type { PreviousHash } from '../../core/canon/index.ts';
import { decideAddendum } from '../../core/domain/addendum.ts';
import type { DecisionEvent, EventDraft } from '../../core/domain/events.ts';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import { readStatement } from '../../documents/statements.ts';
import { addendumIdFor, closedDecision } from '../../evaluation/addendum.ts';
import { type Addendum, buildAddendum, sealAddendum } from '../../pack/index.ts';
import { digestOf, signedBackout, T } from '../documents/fixtures.ts';
import { type MiniatureService, type PackFiles, SEAL_KEY, shift } from './fixture-pack.ts';

/** What the fixtures' packets name as rollback target. */
export const CHAMPION = {
  name: 'gateway-router',
  version: '2.3.1',
  digest: digestOf('candidate gateway-router 2.3.1'),
};

/** When it was recorded: hours after it was done. */
export const RECORDED = shift(T.finished, 4 * 3600);

/** What an executor signs that has gone back from this decision, on its sealed pack or on its clearance pack. */
export function backoutOf(
  service: MiniatureService,
  overrides: Parameters<typeof signedBackout>[0] = {},
  key?: Parameters<typeof signedBackout>[1],
): Envelope {
  const cleared = service.events.find(({ event_type }) => event_type === 'execution.cleared');
  const [started_at, finished_at] = [shift(T.finished, 3600), shift(T.finished, 3660)];
  return signedBackout(
    {
      decision_id: service.decisionId,
      cleared: cleared?.integrity_hash ?? digestOf('no clearance'),
      candidate: CHAMPION,
      started_at,
      finished_at,
      signed_at: finished_at,
      ...overrides,
    },
    key,
  );
}

/** The addendum that the service writes for it; or what an operator with every service key writes in its place. */
export function addendumTo(
  service: MiniatureService,
  files: PackFiles,
  backout: Envelope,
  change: (drafts: readonly EventDraft[]) => readonly EventDraft[] = (drafts) => drafts,
): Addendum {
  const read = readStatement(backout, 'backout');
  const pack = digestBytes(files.bundle);
  const closed = closedDecision(service.events, service.roster, {
    pack,
    documents: files.core.documents,
    signerStands: true,
  });
  if (closed === null) throw new TypeError('the decision has ended');
  const at: Timestamp = RECORDED;
  const signer = { kind: 'workload', roles: [], duties: [] } as const;
  const drafts = change(decideAddendum(closed, { digest: read.digest, statement: read.statement, signer }, at));
  const id = addendumIdFor(service.decisionId, read.digest);
  return buildAddendum({ events: linkedAs(id, drafts), statement: backout, pack });
}

export function linkedAs(id: string, drafts: readonly EventDraft[]): readonly DecisionEvent[] {
  const events: DecisionEvent[] = [];
  for (const [index, draft] of drafts.entries()) {
    const previous = (events[index - 1]?.integrity_hash ?? 'GENESIS') as PreviousHash;
    const header = {
      event_id: eventIdOf(id, index + 1, previous),
      schema_version: '1.0.0',
      decision_id: id,
      sequence: index + 1,
    };
    events.push(linkEvent({ ...draft, ...header } as unknown as JsonObject, previous) as unknown as DecisionEvent);
  }
  return events;
}

export function sealedAddendum(addendum: Addendum, key = SEAL_KEY): Uint8Array {
  return sealAddendum(addendum, key);
}
