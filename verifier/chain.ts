import {
  type ChainFinding,
  eventIdOf,
  GENESIS,
  type JsonObject,
  type PreviousHash,
  verifyChain,
} from '../core/canon/index.ts';
import { EVENT_SCHEMA_VERSION, EVENT_TYPES, outcomeOf } from '../core/domain/events.ts';
import { isTimestamp, textIn } from './shapes.ts';
import { memberOf, type PackCore, type PackedChain } from '../pack/index.ts';
import { type EventPlace, type Findings, show, type VerifierCode } from './findings.ts';

type ChainName = EventPlace['chain'];

const PLACEHOLDER = /^sha256:([0-9a-f])\1{63}$/;

/** Recomputes every hash (R97). What the pack says of its own integrity is not read. */
export function checkChain(events: readonly unknown[], chain: ChainName, findings: Findings): void {
  for (const finding of verifyChain(events as readonly JsonObject[])) {
    const index = Math.max(0, finding.sequence - 1);
    const event = events[index];
    const { expected, got } = finding;
    const detail = { path: finding.path.replace(/^\$\[\d+\]/, '$'), expected, got };
    findings.add(codeOf(finding, event), detail, { chain, index, event });
  }
}

function codeOf(finding: ChainFinding, event: unknown): VerifierCode {
  switch (finding.code) {
    case 'chain.hash': {
      const hash = memberOf(event, 'integrity_hash');
      return typeof hash === 'string' && PLACEHOLDER.test(hash) ? 'chain.placeholder' : 'chain.hash';
    }
    case 'chain.not_hashable':
    case 'chain.reserved_member':
      return 'chain.hash';
    case 'chain.malformed':
    case 'chain.empty':
      return 'chain.event';
    default:
      return finding.code;
  }
}

/** An id follows from its event's place, so that it can carry no message of whoever writes the chain. */
export function checkEventIds({ events, decision_id }: PackedChain, findings: Findings): void {
  for (const [index, event] of events.entries()) {
    // Where the event before has no hash, no id fits; that it has none is a finding of its own.
    const previous = index === 0 ? GENESIS : (textIn(events[index - 1], 'integrity_hash') ?? '');
    const expected = eventIdOf(decision_id, index + 1, previous as PreviousHash);
    const got = memberOf(event, 'event_id');
    if (got === expected) continue;
    findings.add('event.id', { path: '$.event_id', expected, got: show(got) }, { chain: 'events', index, event });
  }
}

/** What the pack says about its chain, held against the chain: its head, whose it is, and how it ended. */
export function checkOutline(pack: PackedChain | PackCore, findings: Findings): void {
  const { events } = pack;
  const first = events[0];
  const last = events.at(-1);
  const claims: [path: string, expected: unknown, got: unknown][] = [
    ['$.head.sequence', events.length, pack.head.sequence],
    ['$.head.hash', memberOf(last, 'integrity_hash'), pack.head.hash],
    ['$.origin', memberOf(first, 'origin'), pack.origin],
    ['$.tenant', memberOf(first, 'tenant'), pack.tenant],
    ['$.decision_id', memberOf(first, 'decision_id'), pack.decision_id],
  ];
  if ('outcome' in pack) claims.push(['$.outcome', outcomeNamed(last), pack.outcome]);
  for (const [path, expected, got] of claims) {
    if (expected !== got)
      findings.add('pack.outline', { path, expected: show(expected as string), got: show(got as string) });
  }
}

function outcomeNamed(event: unknown): string | undefined {
  const type = memberOf(event, 'event_type');
  if (!EVENT_TYPES.some((known) => known === type)) return undefined;
  if (type === 'execution.confirmed' && memberOf(memberOf(event, 'execution'), 'result') === undefined)
    return undefined;
  return outcomeOf(event as Parameters<typeof outcomeOf>[0]);
}

/** What the replay needs of every event before it can read any: type, time, version. @returns whether all have it. */
export function checkHeaders(events: readonly unknown[], findings: Findings): boolean {
  let usable = true;
  const report = (index: number, member: string, expected: string): void => {
    usable = false;
    const event = events[index];
    findings.add(
      'event.malformed',
      { path: `$.${member}`, expected, got: show(memberOf(event, member)) },
      { chain: 'events', index, event },
    );
  };
  for (const [index, event] of events.entries()) {
    const type = memberOf(event, 'event_type');
    if (!EVENT_TYPES.some((known) => known === type) || type === 'addendum.opened')
      report(index, 'event_type', 'an event of a decision');
    if (memberOf(event, 'schema_version') !== EVENT_SCHEMA_VERSION)
      report(index, 'schema_version', EVENT_SCHEMA_VERSION);
    if (!isTimestamp(memberOf(event, 'timestamp'))) report(index, 'timestamp', 'RFC 3339 UTC with milliseconds');
  }
  return usable;
}
