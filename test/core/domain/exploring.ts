import { type DecisionEvent, EVENT_SCHEMA_VERSION, type EventDraft } from '../../../core/domain/events.ts';
import { evolve } from '../../../core/domain/evolve.ts';
import type { DecisionState } from '../../../core/domain/state.ts';
import { type Act, DECISION, digest } from './world.ts';

/** What the explorations of all interleavings share. */

export interface Move {
  readonly name: string;
  readonly act: (seconds: number, step: number) => Act;
}

/** A statement that no other step has sent before. */
export function move(name: string, act: (seconds: number, statement: string) => Act): Move {
  return { name, act: (seconds, step) => act(seconds, digest(`${name} ${step}`)) };
}

/** Stores what was decided and folds it, as the ledger and every reader do. */
export function after(state: DecisionState, drafts: readonly EventDraft[]): DecisionState {
  return drafts.reduce((before, draft) => {
    const sequence = before.head.sequence + 1;
    const header = {
      event_id: `${sequence}`,
      schema_version: EVENT_SCHEMA_VERSION,
      decision_id: DECISION,
      sequence,
      previous_hash: before.head.hash,
      integrity_hash: digest(`${before.head.hash} ${JSON.stringify(draft)}`),
    };
    return evolve(before, { ...draft, ...header } as DecisionEvent);
  }, state);
}

/** A second account of authority, which shares nothing with the matching: every way to put people into positions. */
export function sufficesFor(
  positions: readonly string[],
  people: readonly { readonly actor_id: string; readonly roles: readonly string[] }[],
): boolean {
  const fill = (at: number, used: ReadonlySet<string>): boolean =>
    at === positions.length ||
    people.some(
      ({ actor_id, roles }) =>
        !used.has(actor_id) && roles.includes(positions[at] ?? '') && fill(at + 1, new Set([...used, actor_id])),
    );
  return fill(0, new Set());
}
