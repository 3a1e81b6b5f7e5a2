import { nextInstant } from './deadline.ts';
import { matchSlots } from './matching.ts';
import { type DecisionState, type Stage, statusOf } from './state.ts';
import type { Status, Timestamp } from './vocabulary.ts';

/** What the workflow knows beside its events: what fails, and when it tries again. */
export interface Trouble {
  /** `ledger`, `store`, `evidence`, `quarantine` or `sealing`; `worker` and `workflow` where Temporal says so. */
  readonly what: string;
  readonly code: string;
  readonly detail: string;
  readonly since: Timestamp;
  /** Null where nothing will try again by itself. */
  readonly nextTry: Timestamp | null;
}

export interface Cause {
  /** Machine-readable: `approval`, `clearance`, `receipt`, `evaluation`, `ledger`, … */
  readonly what: string;
  /** One sentence for an operator. */
  readonly says: string;
  readonly since: Timestamp | null;
  /** Actor ids or roles that can end the wait; empty where nobody can. */
  readonly from: readonly string[];
  readonly causes: readonly Cause[];
}

/** Answer to "why has this decision not gone on?": what it waits for, from whom, since when, what fails, what is next. */
export interface CauseTree {
  readonly stage: Stage;
  readonly status: Status;
  readonly since: Timestamp | null;
  readonly waiting: readonly Cause[];
  readonly failing: readonly Trouble[];
  /** What time alone will do, soonest first. */
  readonly next: readonly { readonly at: Timestamp; readonly what: string }[];
}

/** Pure, from state alone: it answers at once, also while the ledger is away. */
export function why(state: DecisionState, troubles: readonly Trouble[]): CauseTree {
  const deadline = nextInstant(state);
  const retries = troubles.flatMap(({ what, nextTry }) => (nextTry ? [{ at: nextTry, what: `retry ${what}` }] : []));
  return {
    stage: state.stage,
    status: statusOf(state),
    since: state.stage === 'empty' ? null : state.since,
    waiting: waiting(state, troubles),
    failing: troubles,
    next: [...retries, ...(deadline ? [{ at: deadline.at, what: `${deadline.limit} runs out` }] : [])].sort((a, b) =>
      a.at < b.at ? -1 : a.at > b.at ? 1 : 0,
    ),
  };
}

function waiting(state: DecisionState, troubles: readonly Trouble[]): readonly Cause[] {
  const failing = troubles.map(
    ({ what, code, detail, since }): Cause => ({ what, says: `${code}: ${detail}`, since, from: [], causes: [] }),
  );
  switch (state.stage) {
    case 'empty':
      return [cause('request', 'the request is being read', null, [], failing)];
    case 'requested':
    case 'policy_evaluated':
    case 'risk_evaluated':
      return [cause('evaluation', 'policy, risk and route are being evaluated', state.since, [], failing)];
    case 'routed':
      return [
        cause('approval', missingApprovals(state), state.since, missingRoles(state), [...missing(state), ...failing]),
      ];
    case 'authorized':
      return [
        cause('clearance', 'approved; an executor has to claim it', state.since, state.routing.executors, failing),
      ];
    case 'cleared':
      return [
        cause('receipt', 'cleared; its executor has to confirm', state.since, [state.clearance.executor], failing),
      ];
    case 'closed':
      return failing;
  }
}

type Routed = Extract<DecisionState, { stage: 'routed' }>;

function missingRoles(state: Routed): readonly string[] {
  return missing(state).map((part) => part.what.slice('role '.length));
}

function missingApprovals(state: Routed): string {
  const open = missing(state).map((part) => part.says);
  return `missing signatures: ${open.join('; ')}`;
}

/**
 * Roles in which one more signature would fill a position: those that are open, and those whose signer could then move
 * to an open one. Each with those who could sign in it; a person whose approval stands cannot sign again.
 */
function missing(state: Routed): readonly Cause[] {
  const { slots, candidates } = state.routing;
  const { assignment, deficient } = matchSlots(slots, state.approvals);
  return (deficient?.roles ?? []).map((role) => {
    const needed = slots.filter((slot) => slot.role === role).reduce((sum, { signatures }) => sum + signatures, 0);
    const left = needed - assignment.filter((filled) => filled.role === role).length;
    const able = candidates.find((one) => one.role === role)?.actor_ids ?? [];
    const unsigned = able.filter((person) => !hasSaid(person, state));
    const says =
      left > 0 ? `${left} of ${needed} from ${role}` : `or another from ${role}, who would free a signer of it`;
    return cause(`role ${role}`, says, state.since, unsigned, []);
  });
}

/** Who has approved cannot sign again, and who has abstained is not waited for. */
function hasSaid(person: string, { approvals, withdrawn }: Routed): boolean {
  const abstained = Object.hasOwn(withdrawn, person) && withdrawn[person]?.by === 'abstention';
  return abstained || approvals.some((approval) => approval.actor_id === person);
}

function cause(
  what: string,
  says: string,
  since: Timestamp | null,
  from: readonly string[],
  causes: readonly Cause[],
): Cause {
  return { what, says, since, from, causes };
}
