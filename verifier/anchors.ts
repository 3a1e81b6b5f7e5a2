import { instant, type Timestamp } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import {
  authenticateService,
  CLOCK_TOLERANCE_MS,
  readAnchors,
  type ReadStatement,
  type TrustFile,
} from '../documents/index.ts';
import type { PackCore } from '../pack/index.ts';
import type { Findings } from './findings.ts';
import { textIn } from './shapes.ts';

/** A head that somebody else than the service has seen. */
export interface AnchoredHead {
  /** Holder of the witness's key, as the trust file has it. */
  readonly witness: string;
  /** How many events it covers. */
  readonly sequence: number;
  /** By the witness's clock: these events stood by then. */
  readonly seen_at: Timestamp;
  /** What the service says of the last of them. */
  readonly recorded_at: string;
}

export const ANCHORED_POINTS = ['request', 'clearance', 'close'] as const;
export type AnchoredPoint = (typeof ANCHORED_POINTS)[number];

/** The earliest anchor of each point; null where there is none. A point that the chain does not have is left out. */
export type Anchored = Readonly<Partial<Record<AnchoredPoint, AnchoredHead | null>>>;

/** Of a verification that was given no anchors. */
export const UNANCHORED: Anchored = { request: null, clearance: null, close: null };

const SERVICE_USES: ReadonlySet<string> = new Set(['permit', 'acknowledgement', 'seal']);

/**
 * What witnesses of the trust file have seen of this chain. An anchor that none of them signed proves nothing and takes
 * nothing away; one that they signed and the chain contradicts says that its tail was cut off, or that it was rewritten.
 */
export function checkAnchors(
  files: readonly Uint8Array[],
  core: PackCore,
  trust: TrustFile,
  findings: Findings,
): Anchored {
  const heads = files
    .flatMap((bytes) => openAnchors(bytes, findings))
    .filter(({ statement }) => statement.decision_id === core.decision_id)
    .filter((anchor) => isWitnessed(anchor, core, trust, findings))
    .flatMap((anchor) => headOf(anchor, core, findings));
  return pointsOf(core, heads);
}

function openAnchors(bytes: Uint8Array, findings: Findings): readonly ReadStatement<'anchor'>[] {
  try {
    return readAnchors(bytes);
  } catch (error) {
    findings.refused('anchor.unreadable', error);
    return [];
  }
}

function isWitnessed(
  anchor: ReadStatement<'anchor'>,
  { origin, tenant }: PackCore,
  trust: TrustFile,
  findings: Findings,
): boolean {
  const { signer, signed_at: at } = anchor.statement;
  try {
    authenticateService(anchor, trust, 'witness', { origin, tenant, at });
  } catch (error) {
    if (!hasCode(error)) throw error;
    findings.add('anchor.passed_over', {
      path: '$.anchors',
      expected: error.expected,
      got: `${error.code}: ${error.got}`,
    });
    return false;
  }
  const own = [...trust.keys.values()].find(({ entry }) => entry.holder === signer && SERVICE_USES.has(entry.use));
  if (own === undefined) return true;
  const expected = 'a witness who holds no key of the service';
  findings.add('anchor.passed_over', { path: '$.anchors', expected, got: `${signer}, with a ${own.entry.use} key` });
  return false;
}

function headOf({ statement }: ReadStatement<'anchor'>, { events }: PackCore, findings: Findings): AnchoredHead[] {
  const { signer, sequence, head, signed_at } = statement;
  const event = events[sequence - 1];
  const seen = `${head}, seen by ${signer} at ${signed_at}`;
  if (event === undefined) {
    const got = `a chain of ${events.length} events`;
    findings.add('anchor.beyond', { path: '$.events', expected: `event ${sequence}: ${seen}`, got });
    return [];
  }
  const place = { chain: 'events', index: sequence - 1, event } as const;
  if (event.integrity_hash !== head) {
    findings.add('anchor.differs', { path: '$.integrity_hash', expected: seen, got: `${event.integrity_hash}` }, place);
    return [];
  }
  const recorded_at = textIn(event, 'timestamp') ?? '';
  if (isAfter(recorded_at, signed_at)) {
    findings.add('anchor.time', { path: '$.timestamp', expected: `not after ${signed_at}`, got: recorded_at }, place);
    return [];
  }
  return [{ witness: signer, sequence, seen_at: signed_at, recorded_at }];
}

/** By more than clocks differ. */
function isAfter(later: string, earlier: string): boolean {
  const [a, b] = [instant(later), instant(earlier)];
  return Number.isNaN(a) || a > b + CLOCK_TOLERANCE_MS;
}

/**
 * A head counts for the last point that it covers, and only where it was seen before the next one is said to have
 * happened: one anchor at the end would leave the service free to say when everything before it was.
 */
function pointsOf({ events }: PackCore, heads: readonly AnchoredHead[]): Anchored {
  const cleared = events.findIndex(({ event_type }) => event_type === 'execution.cleared') + 1;
  const close = events.length;
  const earliest = (from: number, before: number): AnchoredHead | null => {
    const next = textIn(events[before - 1], 'timestamp');
    const [first] = heads
      .filter(({ sequence }) => sequence >= from && sequence < before)
      .filter(({ seen_at }) => next === null || !isAfter(seen_at, next))
      .toSorted((a, b) => (a.seen_at < b.seen_at ? -1 : Number(a.seen_at > b.seen_at)));
    return first ?? null;
  };
  return {
    request: earliest(1, cleared === 0 ? close : cleared),
    ...(cleared === 0 ? {} : { clearance: earliest(cleared, close) }),
    close: earliest(close, close + 1),
  };
}

/** Points that the chain has and nobody anchored. */
export function unanchored(anchored: Anchored): readonly AnchoredPoint[] {
  return ANCHORED_POINTS.filter((point) => anchored[point] === null);
}

/** For people: who saw which point, and when. */
export function anchoredText(anchored: Anchored): string {
  return ANCHORED_POINTS.flatMap((point) => {
    const head = anchored[point];
    if (head === undefined) return [];
    if (head === null) return [`${point} NOT anchored`];
    return [`${point} stood by ${head.seen_at} (${head.witness}; recorded ${head.recorded_at})`];
  }).join('; ');
}
