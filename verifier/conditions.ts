import type { ApprovalCondition } from '../core/domain/statements.ts';
import type { ReadStatement, RosterIndex } from '../documents/index.ts';
import { authenticate, rolesAt } from '../documents/index.ts';
import { dutiesOfKey, type Matter, stopsFor } from '../evaluation/admission.ts';
import { dutiesUnder } from '../evaluation/duties.ts';
import { hasCode } from '../core/errors.ts';
import { memberOf } from '../pack/index.ts';
import type { Contents } from './contents.ts';
import { textIn } from './shapes.ts';

interface Rosters {
  readonly opening: RosterIndex;
  /** At the clearance. */
  readonly inForce: RosterIndex;
  /** The one that the routing in force at an event froze. */
  readonly frozenAt: (index: number) => RosterIndex | undefined;
  /** Who alone endorsed policy or roster of that routing. */
  readonly aloneAt: (index: number) => readonly (string | null)[];
}

/**
 * What was wrong at the clearance with the conditions of an approval that it counts, read from their own statements: one
 * that was not kept; one that was to hold before, or was due, and that nobody of its role had discharged.
 *
 * @param before the events before the clearance
 */
export function unmetAt(
  at: string,
  approval: ReadStatement<'approval' | 'override'>,
  before: readonly unknown[],
  matter: Matter,
  contents: Contents,
  rosters: Rosters,
): readonly { readonly expected: string; readonly got: string }[] {
  if (approval.kind !== 'approval') return [];
  const { stops: known = [] } = stopsFor(approval, contents.packet(matter.request.evidence.packet));
  return (approval.statement.conditions ?? []).flatMap((condition) => {
    const { id, due, stops } = condition;
    const said = before.flatMap((event, index) => {
      const frozen = rosters.frozenAt(index);
      const { opening, inForce } = rosters;
      if (frozen === undefined) return [];
      const alone = rosters.aloneAt(index);
      return saidOf(event, approval, condition, matter, contents, { opening, frozen, inForce, alone, cleared: at });
    });
    if (stops !== undefined && !known.includes(stops))
      return [{ expected: 'a stop condition of the release plan', got: `condition ${id} stops by ${stops}` }];
    if (said.includes('breached')) return [{ expected: `condition ${id} kept`, got: 'it was breached' }];
    if (said.includes('discharged') || !(condition.before === 'clearance' || due < at)) return [];
    return [{ expected: `condition ${id} discharged`, got: `open, due ${due}` }];
  });
}

/** What a signed statement that the chain took says of a condition, by somebody who could say so. */
function saidOf(
  event: unknown,
  approval: ReadStatement<'approval'>,
  { id, role }: ApprovalCondition,
  matter: Matter,
  contents: Contents,
  {
    opening,
    frozen,
    inForce,
    alone,
    cleared,
  }: Pick<Rosters, 'opening' | 'inForce'> & {
    readonly frozen: RosterIndex;
    readonly alone: readonly (string | null)[];
    readonly cleared: string;
  },
): readonly string[] {
  if (memberOf(event, 'event_type') !== 'condition.settled') return [];
  const read = contents.statement(textIn(event, 'statement'), 'condition');
  if (read === null || read.statement.approval !== approval.digest || read.statement.condition !== id) return [];
  const { verdict, signer } = read.statement;
  const { origin, tenant, action } = matter.request;
  const at = textIn(event, 'timestamp') ?? '';
  try {
    const { kind } = authenticate(read, frozen, { origin, tenant, decisionId: matter.decisionId, at });
    // Whose key is gone by the clearance has discharged nothing; that it was not kept stays said.
    if (verdict === 'discharged')
      authenticate(read, inForce, { origin, tenant, decisionId: matter.decisionId, at: cleared });
    if (verdict === 'discharged' && kind !== 'person') return [];
  } catch (error) {
    if (!hasCode(error)) throw error;
    return [];
  }
  if (!rolesAt(frozen, signer, { environment: matter.environment, action, at }).includes(role)) return [];
  const duties = [...dutiesUnder(signer, matter.origins, [opening, frozen]), ...dutiesOfKey(read.keyId, matter)];
  const isBarred = duties.length > 0 || alone.includes(signer);
  return verdict === 'discharged' && isBarred ? [] : [verdict];
}
