import { type Digest, parseDigest } from '../../core/canon/index.ts';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import { indexRoster } from '../../documents/index.ts';
import { type Decided, type Drift, driftOf, lastSuccesses } from '../../evaluation/drift.ts';
import type { PackCore } from '../../pack/index.ts';
import { countedHolders, countedOverrides } from '../../verifier/index.ts';
import { readPolicyFile } from '../policy-file.ts';
import { readRosterFile } from '../roster-file.ts';
import { pastDecision } from './past-decision.ts';
import { readDecisions } from './read-packs.ts';

export interface DriftInput {
  readonly packs: readonly string[];
  readonly trust: string;
  readonly policy: string;
  readonly roster: string;
  readonly running: ReadonlyMap<string, Digest>;
  readonly at: Timestamp;
}

export interface DriftReport {
  /** What should run, by target. */
  readonly targets: readonly {
    readonly target: string;
    readonly decision: string;
    readonly candidate: string;
    /** Null where nobody looked at what runs. */
    readonly running: string | null;
  }[];
  readonly drift: readonly Drift[];
  /** Packs that do not hold: nothing is read out of them. */
  readonly unverified: readonly string[];
}

/**
 * How far today's policy, roster and targets have moved away from what the packs decided. Each is verified first.
 *
 * @throws CliError `file.unreadable`, `verify.nothing`; PolicyError, DocumentError of the files of today
 */
export function driftReport({ packs, trust, policy, roster, running, at }: DriftInput): DriftReport {
  const today = {
    at,
    policy: readPolicyFile(policy).policy,
    roster: indexRoster(readRosterFile(roster).roster),
    running,
  };
  const { decisions, unverified } = readDecisions(packs, trust, today.policy);
  const decided = decisions.flatMap(decidedIn);
  return {
    targets: lastSuccesses(decided).map(({ target, decisionId, candidate }) => {
      return { target, decision: decisionId, candidate, running: running.get(target) ?? null };
    }),
    drift: driftOf(decided, today),
    unverified,
  };
}

function decidedIn(core: PackCore): readonly Decided[] {
  const { decision_id, events } = core;
  const [requested] = events;
  if (requested?.event_type !== 'decision.requested') return [];
  const cleared = events.find((event) => event.event_type === 'execution.cleared');
  return [
    {
      decisionId: decision_id,
      action: requested.action,
      target: requested.target,
      candidate: parseDigest(requested.candidate.digest),
      rejectedBy: events.filter((event) => event.event_type === 'authority.rejected').map(({ actor_id }) => actor_id),
      cleared: cleared === undefined ? null : { approvals: countedHolders(core), overrides: countedOverrides(core) },
      executed: executionOf(core),
      evaluated: pastDecision(core),
    },
  ];
}

/** Without a receipt nobody knows what was run, from the end of its time on. */
function executionOf({ events }: PackCore): Decided['executed'] {
  const confirmed = events.find((event) => event.event_type === 'execution.confirmed');
  const unconfirmed = events.find((event) => event.event_type === 'execution.unconfirmed');
  if (confirmed === undefined)
    return unconfirmed === undefined ? null : { at: unconfirmed.timestamp, result: 'unknown' };
  const { execution, finished_at, timestamp, subject_matches } = confirmed;
  const at = finished_at < timestamp ? finished_at : timestamp;
  const other = execution.result === 'success' && !subject_matches;
  return { at, result: other ? 'subject_differs' : execution.result };
}
