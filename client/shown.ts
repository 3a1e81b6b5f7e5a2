import type { CauseTree, DecisionView, Shown } from '../core/contracts/messages.ts';
import { STAGES } from '../core/domain/state.ts';

/** Members of a view that decisions did not show at first. */
export const LATER_MEMBERS = { approvals: [], overrides: [], breakglass: null, withdrawn: {}, cleared: null } as const;

/** What is of the form of a {@link Shown}: anybody who may start workflows could have put something else there. */
export function shownIn(value: unknown): Shown | null {
  const { view, why } = membersOf(value);
  const tree = membersOf(why);
  const lists = [tree['waiting'], tree['failing'], tree['next']];
  if (!isStage(tree['stage']) || !lists.every((list) => Array.isArray(list))) return null;
  if (view === null) return value as Shown;
  const members = { ...LATER_MEMBERS, ...membersOf(view) };
  const { decisionId, request, stage, head } = members as Readonly<Record<string, unknown>>;
  const texts = [decisionId, request].every((text) => typeof text === 'string');
  if (!texts || !isStage(stage) || typeof membersOf(head)['sequence'] !== 'number') return null;
  return { view: members as unknown as DecisionView, why: why as CauseTree };
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function isStage(value: unknown): boolean {
  return STAGES.some((stage) => stage === value);
}
