import { compare } from '../core/domain/replay.ts';
import type { DigestText, ExecutionResult, Timestamp } from '../core/domain/vocabulary.ts';
import type { Policy } from '../documents/policy.ts';
import { holdersOf, rolesAt, type RosterIndex } from '../documents/roster-reader.ts';
import { type EvaluationInput, evaluate } from './evaluate.ts';
import { simulate } from './simulate.ts';

/** What an earlier decision says of a target, out of a pack that was verified. */
export interface Decided {
  readonly decisionId: string;
  readonly action: string;
  readonly target: string;
  readonly candidate: DigestText;
  /** Who rejected it. */
  readonly rejectedBy: readonly string[];
  /** Null where it was not cleared. */
  readonly cleared: {
    readonly approvals: readonly { readonly actor_id: string; readonly role: string }[];
    /** Who broke glass for it. */
    readonly overrides: readonly { readonly actor_id: string; readonly role: string }[];
  } | null;
  /**
   * When it was over, by executor and service, whichever says earlier: neither can put it off to hide what came later.
   * `subject_differs`: something else ran than was approved. Null where it was never cleared.
   */
  readonly executed: { readonly at: Timestamp; readonly result: ExecutionResult | 'subject_differs' } | null;
  /** Null where it ended before anybody evaluated it. */
  readonly evaluated: EvaluationInput | null;
}

/** What counts and runs today. */
export interface Today {
  readonly at: Timestamp;
  readonly policy: Policy;
  readonly roster: RosterIndex;
  /** Digest of what runs, by target; of those that somebody looked at. */
  readonly running: ReadonlyMap<string, DigestText>;
}

/**
 * - `running`: something else runs than was executed last, or nobody knows what;
 * - `environment`: the policy's table says something else of the target;
 * - `policy`: the same request would come out otherwise;
 * - `authority`: an approver who was counted could not be any more;
 * - `waiver`: what runs was let past a gate by a waiver that has ended since;
 * - `verdict`: the same candidate was cleared here and rejected there.
 */
export type DriftKind = 'running' | 'environment' | 'policy' | 'authority' | 'waiver' | 'verdict';

export interface Drift {
  readonly kind: DriftKind;
  readonly target: string;
  /** Decision that said otherwise; null where none did. */
  readonly decision: string | null;
  readonly what: string;
  readonly then: string;
  readonly now: string;
}

/** How far today has moved away from what was decided (R107). The decision that counts of a target is its last success. */
export function driftOf(decided: readonly Decided[], today: Today): readonly Drift[] {
  const inForce = lastSuccesses(decided);
  return [
    ...inForce.flatMap((one) => [
      ...environment(one, today),
      ...policy(one, today),
      ...authority(one, today),
      ...waivers(one, today),
    ]),
    ...running(decided, inForce, today),
    ...verdicts(decided),
  ];
}

/** The decision whose candidate should run, of each target, by target. */
export function lastSuccesses(decided: readonly Decided[]): readonly Decided[] {
  const last = new Map<string, Decided>();
  for (const one of inOrder(decided)) if (one.executed?.result === 'success') last.set(one.target, one);
  return [...last.values()].toSorted((a, b) => (a.target < b.target ? -1 : 1));
}

/** Those that were executed, by when their executor ended; of one instant by id. */
function inOrder(decided: readonly Decided[]): readonly Decided[] {
  const key = ({ executed, decisionId }: Decided): string => `${executed?.at} ${decisionId}`;
  return decided.filter(({ executed }) => executed !== null).toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function running(decided: readonly Decided[], inForce: readonly Decided[], { running: runs }: Today): Drift[] {
  const counted = new Map(inForce.map((one) => [one.target, one]));
  const differing = [...runs].flatMap(([target, now]): Drift[] => {
    const one = counted.get(target);
    if (one?.candidate === now) return [];
    return [
      {
        kind: 'running',
        target,
        decision: one?.decisionId ?? null,
        what: 'digest',
        then: one?.candidate ?? 'nothing',
        now,
      },
    ];
  });
  // What was begun afterwards and is not known to have succeeded may have changed the target, or half of it.
  const since = inOrder(decided).flatMap(({ decisionId, target, executed }): Drift[] => {
    const last = counted.get(target);
    if (executed === null || executed.at < (last?.executed?.at ?? '') || runs.has(target)) return [];
    if (executed.result === 'success' || executed.result === 'not_executed') return [];
    return [{ kind: 'running', target, decision: decisionId, what: 'outcome', then: 'success', now: executed.result }];
  });
  return [...differing, ...since];
}

function environment({ decisionId, target, evaluated }: Decided, { policy: today }: Today): Drift[] {
  const entryIn = ({ targets }: Policy) => targets.find(({ id }) => id === target);
  const then = evaluated === null ? undefined : entryIn(evaluated.policy.document);
  if (then === undefined) return [];
  return compare('$', then, entryIn(today)).map(({ path, expected, got }) => {
    return {
      kind: 'environment',
      target,
      decision: decisionId,
      what: path.slice(2) || 'entry',
      then: expected,
      now: got,
    };
  });
}

function policy({ decisionId, target, evaluated }: Decided, { policy: today }: Today): Drift[] {
  if (evaluated === null) return [];
  return simulate(evaluated, today).map(({ path, expected, got }) => {
    return { kind: 'policy', target, decision: decisionId, what: path.slice(2), then: expected, now: got };
  });
}

function authority({ decisionId, target, action, cleared, evaluated }: Decided, today: Today): Drift[] {
  const table = [...today.policy.targets, ...(evaluated?.policy.document.targets ?? [])];
  const environmentOf = table.find(({ id }) => id === target)?.environment;
  if (cleared === null || environmentOf === undefined) return [];
  const scope = { environment: environmentOf, action, at: today.at };
  const approve = cleared.approvals.filter(
    ({ actor_id, role }) => !holdersOf(today.roster, role, scope).includes(actor_id),
  );
  // Theirs is a key that approves nothing, so only the role is asked for.
  const override = cleared.overrides.filter(
    ({ actor_id, role }) => !rolesAt(today.roster, actor_id, scope).includes(role),
  );
  return [...approve, ...override].map(({ actor_id, role }) => {
    return { kind: 'authority', target, decision: decisionId, what: actor_id, then: role, now: 'does not hold it' };
  });
}

/** Its owner answers for it until it ends, and no longer: what it let past is still there. */
function waivers({ decisionId, target, evaluated }: Decided, { at }: Today): Drift[] {
  if (evaluated === null) return [];
  const used = evaluate(evaluated).evaluation.policy?.waivers?.filter((waiver) => waiver.used) ?? [];
  return used
    .filter(({ expires_at }) => expires_at <= at)
    .map(({ gate, owner, expires_at }) => {
      const then = `waived until ${expires_at}, owner ${owner}`;
      return { kind: 'waiver', target, decision: decisionId, what: gate, then, now: 'ended' };
    });
}

function verdicts(decided: readonly Decided[]): Drift[] {
  const cleared = decided.filter((one) => one.cleared !== null);
  return decided
    .filter(({ rejectedBy }) => rejectedBy.length > 0)
    .flatMap((rejected) =>
      cleared
        .filter(
          ({ action, target, candidate }) =>
            action === rejected.action && target === rejected.target && candidate === rejected.candidate,
        )
        .map((other): Drift => {
          const { decisionId, target, candidate, rejectedBy } = rejected;
          const then = `rejected by ${rejectedBy.join(', ')}`;
          return {
            kind: 'verdict',
            target,
            decision: decisionId,
            what: candidate,
            then,
            now: `cleared in ${other.decisionId}`,
          };
        }),
    );
}
