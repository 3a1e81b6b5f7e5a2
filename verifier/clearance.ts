import { type Digest, parseDigest } from '../core/canon/index.ts';
import { instant, type Timestamp } from '../core/domain/vocabulary.ts';
import { CLOCK_TOLERANCE_MS, type ReadStatement, readStatement } from '../documents/index.ts';
import { type ClearancePack, readClearancePack } from '../pack/index.ts';
import { checkPermit } from './execution.ts';
import { type EventPlace, type Finding, Findings } from './findings.ts';
import { restsOnService } from './levels.ts';
import { checkOwnGovernance, type OwnGovernance } from './own-governance.ts';
import type { TrustUsed } from './report.ts';
import { isTimestamp, textIn } from './shapes.ts';
import { openTrust } from './trust.ts';
import { verifyChainOf } from './verify-chain.ts';

/** What an executor checks before it runs anything, with its own trust file and its own clock. */
export interface ClearanceInput {
  /** Bytes of the clearance pack. */
  readonly pack: Uint8Array;
  /** Statement digest of the permit that the service named. */
  readonly permit: string;
  readonly trust: Uint8Array;
  readonly trustName: string;
  /** The executor's clock. */
  readonly at: Timestamp;
  /** Actor id of the executor that asks. */
  readonly executor: string;
  /** What the executor was given of governance, by another way than the service. */
  readonly governance?: OwnGovernance;
  /** Digest that it measured, where it has measured already. */
  readonly subject?: Digest;
}

export interface ClearanceReport {
  readonly trust: TrustUsed;
  /** True: cleared for this executor, now. Anything else: run nothing. */
  readonly holds: boolean;
  readonly decision_id: string | null;
  /** From the permit; null unless it holds. */
  readonly permit: {
    readonly digest: Digest;
    readonly claim: string;
    readonly subject: Digest;
    readonly target: string;
    readonly not_after: Timestamp;
    readonly confirm_by: Timestamp;
  } | null;
  readonly findings: readonly Finding[];
  /** Those of them that come from what the executor knows of governance, and not from the pack: tomorrow may differ. */
  readonly stops: readonly Finding[];
  readonly rests_on_service: readonly string[];
}

/** The same checks as an audit pack's, and the permit's own. Total, as `verify` is. */
export function verifyClearance(input: ClearanceInput): ClearanceReport {
  const findings = new Findings();
  const stops = new Findings();
  const trust = openTrust(input.trust, {}, findings);
  const used: TrustUsed = {
    name: input.trustName,
    digest: trust?.digest ?? null,
    origin: trust?.trust.origin ?? null,
    serial: trust?.trust.serial ?? null,
  };
  const pack = trust === null ? null : openPack(input.pack, findings);
  if (trust === null || pack === null) return reported(used, null, null, findings, stops);

  const { matter, contents } = verifyChainOf(pack, trust, findings);
  const index = pack.events.length - 1;
  const place: EventPlace = { chain: 'events', index, event: pack.events[index] };
  if (textIn(place.event, 'event_type') !== 'execution.cleared') {
    findings.add(
      'pack.outline',
      {
        path: '$.event_type',
        expected: 'execution.cleared, the last event',
        got: textIn(place.event, 'event_type') ?? 'nothing',
      },
      place,
    );
  }
  if (matter !== null && isTimestamp(input.at))
    checkOwnGovernance(input.governance ?? {}, { pack, matter, contents, trust, at: input.at, place }, stops);
  const permit = openPermit(pack, findings);
  if (permit !== null) {
    checkPermit(permit, pack, trust, place, findings);
    checkGiven(permit, input, findings);
  }
  return reported(used, pack, permit, findings, stops);
}

function openPack(bytes: Uint8Array, findings: Findings): ClearancePack | null {
  try {
    return readClearancePack(bytes);
  } catch (error) {
    findings.refused('pack.shape', error);
    return null;
  }
}

function openPermit(pack: ClearancePack, findings: Findings): ReadStatement<'permit'> | null {
  try {
    return readStatement(pack.permit, 'permit', '$.permit');
  } catch (error) {
    findings.refused('statement.unreadable', error);
    return null;
  }
}

function checkGiven(
  { digest, statement }: ReadStatement<'permit'>,
  { permit, executor, subject, at }: ClearanceInput,
  findings: Findings,
): void {
  const demands: [member: string, expected: string, got: string][] = [
    ['digest', permit, digest],
    ['executor', executor, statement.executor],
    ...(subject === undefined ? [] : [['subject', subject, statement.subject] as [string, string, string]]),
  ];
  for (const [member, expected, got] of demands) {
    if (got !== expected) findings.add('permit.differs', { path: `$.permit.${member}`, expected, got });
  }
  // Both comparisons below are void for a time that is spelt otherwise, and a void comparison must not clear.
  if (!isTimestamp(at)) {
    findings.add('permit.expired', {
      path: '$.permit.not_after',
      expected: 'a time in RFC 3339 UTC with milliseconds',
      got: at,
    });
    return;
  }
  if (at >= statement.not_after)
    findings.add('permit.expired', { path: '$.permit.not_after', expected: `after ${at}`, got: statement.not_after });
  if (instant(at) < instant(statement.signed_at) - CLOCK_TOLERANCE_MS) {
    findings.add('permit.expired', {
      path: '$.permit.signed_at',
      expected: `at most five minutes after ${at}`,
      got: statement.signed_at,
    });
  }
}

function reported(
  trust: TrustUsed,
  pack: ClearancePack | null,
  permit: ReadStatement<'permit'> | null,
  findings: Findings,
  stops: Findings,
): ClearanceReport {
  const holds = pack !== null && permit !== null && findings.errors.length === 0 && stops.errors.length === 0;
  return {
    trust,
    holds,
    decision_id: pack?.decision_id ?? null,
    permit:
      holds && permit
        ? {
            digest: permit.digest,
            claim: permit.statement.claim,
            subject: parseDigest(permit.statement.subject),
            target: permit.statement.target,
            not_after: permit.statement.not_after,
            confirm_by: permit.statement.confirm_by,
          }
        : null,
    findings: [...findings.all, ...stops.all],
    stops: stops.errors,
    rests_on_service: restsOnService(pack, findings),
  };
}
