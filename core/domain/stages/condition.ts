import type { RefusalCode } from '../errors.ts';
import type { DecisionEvent, EventDraft } from '../events.ts';
import type { Condition, LiveApproval, OpenState, StateAt } from '../state.ts';
import type { ApprovalCondition, ApprovalStatement, ConditionStatement } from '../statements.ts';
import type { SignerFacts } from '../commands.ts';
import { type DigestText, DUTIES, type Timestamp } from '../vocabulary.ts';
import { type Admitted, isBarred, liveAt, type Pending } from './pending.ts';

/**
 * What an approval asks for besides. It counts all the same, except that nothing is cleared while one that is to hold
 * before that, or is due by now, is open, or while one was not kept. A condition lives and dies with its approval.
 */

type Conditional = Pending | StateAt<'cleared'>;

/** The member of a live approval for what its statement asks besides. */
export function conditionsOf({ conditions }: { readonly conditions?: readonly ApprovalCondition[] }): {
  readonly conditions?: readonly Condition[];
} {
  return conditions === undefined ? {} : { conditions: conditions.map(({ what: _, ...condition }) => condition) };
}

/** One that was due before it was given, or would stop a release by what its plan does not know, is no condition. */
export function refuseConditions(
  { conditions = [] }: ApprovalStatement,
  known: readonly string[] | undefined,
  at: Timestamp,
): RefusalCode | undefined {
  const holds = conditions.every(
    ({ due, stops }) => due > at && (stops === undefined || known?.includes(stops) === true),
  );
  return holds ? undefined : 'approval.condition';
}

/** Why nothing is cleared on these approvals yet. */
export function unmetIn(
  approvals: readonly Pick<LiveApproval, 'conditions'>[],
  at: Timestamp,
  ineligible: readonly DigestText[] = [],
): Extract<RefusalCode, `claim.condition_${string}`> | undefined {
  const conditions = approvals.flatMap(({ conditions = [] }) => conditions);
  if (conditions.some(({ verdict }) => verdict === 'breached')) return 'claim.condition_breached';
  const isOpen = ({ verdict, said, ...condition }: Condition): boolean =>
    blocks(
      verdict === undefined || (said !== undefined && ineligible.includes(said))
        ? condition
        : { ...condition, verdict },
      at,
    );
  return conditions.some(isOpen) ? 'claim.condition_open' : undefined;
}

/** Undischarged, and to hold before the clearance, or due by now. */
export function blocks({ verdict, before, due }: Condition, at: Timestamp): boolean {
  return verdict === undefined && (before === 'clearance' || due < at);
}

/** Approvals whose conditions still mean something: after the clearance, those that it counted. */
function carrying(state: Conditional, at: Timestamp): readonly LiveApproval[] {
  if (state.stage !== 'cleared') return liveAt(state.approvals, at);
  const counted = new Set(state.clearance.assignment.map(({ statement }) => statement));
  return state.approvals.filter(({ statement }) => counted.has(statement));
}

export function refuseSettlement(
  { statement, signer }: Admitted<ConditionStatement>,
  state: Conditional,
  at: Timestamp,
): RefusalCode | undefined {
  const approval = carrying(state, at).find((live) => live.statement === statement.approval);
  const condition = approval?.conditions?.find(({ id }) => id === statement.condition);
  const barred = DUTIES.some((duty) => isBarred(duty, statement.signer, signer.duties, state));
  return judgeSettlement(condition, statement, signer, barred);
}

/** What its role says of a condition: not that it was done by who asked for the decision, and nothing twice. */
export function judgeSettlement(
  condition: Condition | undefined,
  { verdict }: ConditionStatement,
  { kind, roles }: Pick<SignerFacts, 'kind' | 'roles'>,
  barred: boolean,
): RefusalCode | undefined {
  if (condition === undefined) return 'condition.unknown';
  if (!roles.includes(condition.role)) return 'condition.role';
  // Whoever is barred, and a workload, may say that it was not kept: that gives nobody anything.
  if (verdict === 'discharged' && (kind !== 'person' || barred)) return 'condition.involved';
  if (condition.verdict === 'breached' || condition.verdict === verdict) return 'condition.settled';
  return undefined;
}

export function decideSettlement(
  { digest, statement }: Admitted<ConditionStatement>,
  state: Conditional,
  at: Timestamp,
): readonly EventDraft[] {
  const approval = state.approvals.find((live) => live.statement === statement.approval);
  const condition = approval?.conditions?.find(({ id }) => id === statement.condition);
  return [settled(digest, statement, condition, at)];
}

export function settled(
  digest: string,
  statement: ConditionStatement,
  condition: Pick<Condition, 'due' | 'stops'> | undefined,
  at: Timestamp,
): Extract<EventDraft, { event_type: 'condition.settled' }> {
  const { signer, approval, verdict, findings } = statement;
  const fires = verdict === 'breached' ? condition?.stops : undefined;
  return {
    event_type: 'condition.settled',
    timestamp: at,
    actor_id: signer,
    statement: digest,
    approval,
    condition: statement.condition,
    verdict,
    findings,
    late: at > (condition?.due ?? at),
    ...(fires === undefined ? {} : { fires }),
  };
}

export function evolveSettled<S extends Conditional>(
  state: S,
  { approval, condition, verdict, statement }: Extract<DecisionEvent, { event_type: 'condition.settled' }>,
): S {
  const approvals = state.approvals.map((live) => {
    if (live.statement !== approval || live.conditions === undefined) return live;
    return {
      ...live,
      conditions: live.conditions.map((one) => (one.id === condition ? { ...one, verdict, said: statement } : one)),
    };
  });
  return { ...state, approvals };
}

/** What a closed decision keeps of its approvals: those with conditions that carried it, or stood at its end. */
export function conditionalIn(state: OpenState): { readonly conditional?: readonly LiveApproval[] } {
  if (!('approvals' in state)) return {};
  const conditional = carrying(state, state.lastAt).filter(({ conditions }) => conditions !== undefined);
  return conditional.length === 0 ? {} : { conditional };
}
