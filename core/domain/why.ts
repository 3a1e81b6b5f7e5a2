import { limitsIn, nextEnd } from './deadline.ts';
import { awaitedIn, type Notice, noticesAhead, widenedIn } from './notices.ts';
import { blocks } from './stages/condition.ts';
import { type DecisionState, type RefusedClaim, type Stage, type StateAt, statusOf } from './state.ts';
import { windowAfter } from './windows.ts';
import type { Status, Timestamp } from './vocabulary.ts';

/** What the workflow knows beside its events: what fails, and when it tries again. */
export interface Trouble {
  /** `ledger`, `store`, `evidence`, `revoked`, `quarantine` or `sealing`; `worker` and `workflow` where Temporal says so. */
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
  /** What ended it: a code, or a limit that ran out. Left out while it is open. */
  readonly ended?: string;
  readonly waiting: readonly Cause[];
  readonly failing: readonly Trouble[];
  /** What time alone will do, soonest first. */
  readonly next: readonly { readonly at: Timestamp; readonly what: string }[];
  /** The last claim that was refused, while nothing is cleared: a freeze, a restriction, a standing that ended. */
  readonly refused?: RefusedClaim;
}

/** Pure, from state alone: it answers at once, also while the ledger is away. */
export function why(state: DecisionState, troubles: readonly Trouble[]): CauseTree {
  const deadline = nextEnd(state);
  const retries = troubles.flatMap(({ what, nextTry }) => (nextTry ? [{ at: nextTry, what: `retry ${what}` }] : []));
  return {
    stage: state.stage,
    status: statusOf(state),
    since: state.stage === 'empty' ? null : state.since,
    ...(state.stage === 'closed' ? { ended: state.ending } : {}),
    waiting: waiting(state, troubles),
    failing: troubles,
    next: [
      ...retries,
      ...(deadline ? [{ at: deadline.at, what: `${deadline.limit} runs out` }] : []),
      ...notices(state),
      ...openings(state),
    ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
    ...refusedIn(state),
  };
}

function refusedIn(state: DecisionState): Pick<CauseTree, 'refused'> {
  if ((state.stage !== 'routed' && state.stage !== 'authorized') || state.refusedClaim === undefined) return {};
  return { refused: state.refusedClaim };
}

/** The next change window that had not opened by the last event. */
function openings(state: DecisionState): CauseTree['next'] {
  if (state.stage !== 'routed' && state.stage !== 'authorized') return [];
  const next = windowAfter(state.routing.windows ?? [], state.lastAt);
  return next === undefined ? [] : [{ at: next.opens, what: `a change window opens, until ${next.closes}` }];
}

/** The next reminder and the next step of the escalation. */
function notices(state: DecisionState): CauseTree['next'] {
  if (state.stage !== 'routed') return [];
  const ahead = noticesAhead(state);
  const kinds: readonly Notice['kind'][] = ['reminder', 'escalation'];
  return kinds.flatMap((kind) => {
    const next = ahead.find((notice) => notice.kind === kind);
    return next === undefined ? [] : [{ at: next.at, what: saidOf(next) }];
  });
}

function saidOf(notice: Notice): string {
  if (notice.kind === 'reminder') return 'reminder to whoever has not signed';
  const widened = notice.what.widened.map(({ role, by }) => `${by.join(', ')} for ${role}`);
  return `escalation: may sign as well: ${widened.join('; ')}`;
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
        cause('approval', missingApprovals(state), state.since, missingRoles(state), [
          ...missing(state),
          ...reassigned(state),
          ...operable(state),
          ...drifted(state),
          ...failing,
        ]),
      ];
    case 'authorized':
      return [...unmet(state), claimed(state, failing)];
    case 'cleared':
      return [
        cause('receipt', 'cleared; its executor has to confirm', state.since, [state.clearance.executor], failing),
      ];
    case 'closed':
      return failing;
  }
}

function claimed(state: StateAt<'authorized'>, failing: readonly Cause[]): Cause {
  const says = `approved; an executor has to claim it${windowed(state)}`;
  const causes = [...operable(state), ...drifted(state), ...failing];
  return cause('clearance', says, state.since, state.routing.executors, causes);
}

/** Conditions for which a claim would be refused. */
function unmet({ approvals, lastAt, since }: StateAt<'authorized'>): readonly Cause[] {
  return approvals.flatMap(({ actor_id, conditions = [] }) =>
    conditions
      .filter((condition) => condition.verdict === 'breached' || blocks(condition, lastAt))
      .map(({ id, role, due, verdict }) => {
        const says = verdict ?? `to be discharged before clearance, due ${due}`;
        return cause(
          'condition',
          `${id} of ${actor_id}: ${says}`,
          since,
          verdict === 'breached' ? [actor_id] : [role],
          [],
        );
      }),
  );
}

/** Who was relieved of it, and who is asked instead. */
function reassigned({ operations }: StateAt<'routed'>): readonly Cause[] {
  return (operations?.reassigned ?? []).map(({ role, from, to }) =>
    cause('reassignment', `${to} is asked for ${role} instead of ${from}`, null, [to], []),
  );
}

/** What somebody could do about the waiting. */
function operable(state: StateAt<'routed' | 'authorized'>): readonly Cause[] {
  const { stage, routing, operations } = state;
  if (routing.operation === undefined) return [];
  const { roles, extend_until } = routing.operation;
  const { decision_deadline: deadline } = limitsIn(state);
  const says = [
    ...(stage === 'routed' ? [`may nudge${operations?.nudged ? ` (last ${operations.nudged})` : ''} or reassign`] : []),
    ...(extend_until !== undefined && deadline < extend_until
      ? [`may move the deadline from ${deadline} to ${extend_until} at most`]
      : []),
  ];
  return says.length === 0 ? [] : [cause('operators', says.join(', and '), null, roles, [])];
}

/** What has changed under it: approvals that ended with another basis, and what a claim was refused for. */
function drifted(state: Extract<DecisionState, { stage: 'routed' | 'authorized' }>): readonly Cause[] {
  const { reevaluated, outdated, requested, routing } = state;
  const causes: Cause[] = [];
  if (state.stage === 'routed' && reevaluated !== undefined && reevaluated.ended.length > 0) {
    const { at, changed, ended } = reevaluated;
    const ends = `${ended.length} signature${ended.length === 1 ? '' : 's'} ended`;
    const says =
      changed.length > 0
        ? `${ends}: the basis changed (${changed.map(({ path }) => path.slice('$.'.length)).join(', ')})`
        : `${ends}: whoever gave them is not eligible under the roster now`;
    causes.push(cause('approvals anew', says, at, [], []));
  }
  if (outdated?.code === 'claim.policy_withdrawn') {
    const says = 'its policy was withdrawn: who asked can have it evaluated anew under the one in force, or ask again';
    causes.push(cause('policy', says, null, [requested.requester], []));
  }
  if (outdated?.code === 'claim.authority_missing') {
    const says = 'a claim was refused: who approved is not eligible in the roster in force; it can be evaluated anew';
    causes.push(cause('roster', says, null, [requested.requester, ...routing.executors], []));
  }
  return causes;
}

type Routed = Extract<DecisionState, { stage: 'routed' }>;

function missingRoles(state: Routed): readonly string[] {
  return missing(state).map((part) => part.what.slice('role '.length));
}

function missingApprovals(state: Routed): string {
  const open = missing(state).map((part) => part.says);
  return `missing signatures: ${open.join('; ')}`;
}

/** Those that have not closed by the last event: whoever reads it knows what time it is. */
function windowed({ routing: { windows }, lastAt }: StateAt<'routed' | 'authorized'>): string {
  if (windows === undefined) return '';
  const open = windows.filter(({ closes }) => closes > lastAt).slice(0, SHOWN_WINDOWS);
  const said = open.map(({ opens, closes }) => `from ${opens} until ${closes}`).join(', ');
  return said === '' ? ', and no change window opens before the deadline' : `, in a change window: ${said}`;
}

const SHOWN_WINDOWS = 3;

/** Each role with those who could sign in it, and those whom an escalation lets in. */
function missing(state: Routed): readonly Cause[] {
  const widened = widenedIn(state);
  return awaitedIn(state).map(({ role, needed, signatures, actor_ids }) => {
    const by = widened.find((one) => one.role === role)?.by ?? [];
    const wider = by.length === 0 ? '' : ` (or ${by.join(', ')}, since it was escalated)`;
    const says =
      signatures > 0
        ? `${signatures} of ${needed} from ${role}${wider}`
        : `or another from ${role}${wider}, who would free a signer of it`;
    return cause(`role ${role}`, says, state.since, actor_ids, []);
  });
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
