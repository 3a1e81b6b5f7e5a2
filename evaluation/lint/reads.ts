import type { Expression, FactPath } from '../expression.ts';
import type { ActionMember, TargetMember } from './partial-facts.ts';

/** What some expressions read of what the policy and the roster settle. */
export interface Reads {
  readonly target: ReadonlySet<TargetMember>;
  readonly action: ReadonlySet<ActionMember>;
  readonly requesterKind: boolean;
}

export function readsOf(expressions: readonly Expression[]): Reads {
  const target = new Set<TargetMember>();
  const action = new Set<ActionMember>();
  let requesterKind = false;
  for (const [root, member] of expressions.flatMap((expression) => expression.reads)) {
    if (root === 'target') target.add(member as TargetMember);
    if (root === 'action') action.add(member as ActionMember);
    if (root !== 'request') continue;
    if (member === 'target') target.add('id');
    if (member === 'action') action.add('id');
    if (member === 'requester_kind') requesterKind = true;
  }
  return { target, action, requesterKind };
}

/** Whether an entry of a list is read by its place, as in `target.sensitivity[0]`. */
export function readsByPlace(expressions: readonly Expression[]): boolean {
  const deep = ([root, , ...rest]: FactPath): boolean => (root === 'target' || root === 'action') && rest.length > 0;
  return expressions.some((expression) => expression.reads.some(deep));
}
