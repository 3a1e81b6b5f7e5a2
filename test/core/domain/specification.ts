import { expect } from 'vitest';
import { type Digest, eventIdOf, type JsonObject, linkEvent } from '../../../core/canon/index.ts';
import type { Command } from '../../../core/domain/commands.ts';
import { decide } from '../../../core/domain/decide.ts';
import type { DomainErrorCode, RefusalCode } from '../../../core/domain/errors.ts';
import { type DecisionEvent, EVENT_SCHEMA_VERSION, type EventDraft } from '../../../core/domain/events.ts';
import { fold } from '../../../core/domain/evolve.ts';
import { causeIn, differences, triggerOf } from '../../../core/domain/replay.ts';
import { type DecisionState, EMPTY_HEAD, type Head } from '../../../core/domain/state.ts';
import { hasCode } from '../../../core/errors.ts';
import { type Act, DECISION } from './world.ts';

/**
 * given(events).when(command).then(events): a test of the domain reads as what stood, what came and what it made of it.
 * Whatever a command decides is also stored, folded, and decided again from what was stored.
 */

export function given(events: readonly EventDraft[]): Given {
  return new Given(events);
}

class Given {
  /** What stands, without headers: to be given again. */
  readonly drafts: readonly EventDraft[];
  readonly events: readonly DecisionEvent[];
  readonly state: DecisionState;

  constructor(drafts: readonly EventDraft[]) {
    this.drafts = drafts;
    this.events = linked(drafts);
    this.state = fold(this.events);
  }

  when(act: Act): When {
    return new When(this, act(this.state));
  }
}

class When {
  readonly #given: Given;
  readonly #command: Command;

  constructor(before: Given, command: Command) {
    this.#given = before;
    this.#command = command;
  }

  /** What was decided, uncompared. */
  get decided(): readonly EventDraft[] {
    return decide(this.#command, this.#given.state);
  }

  /** Exactly these events, member for member. The chain goes on from there. */
  then(...expected: readonly EventDraft[]): Given {
    expect(this.decided, this.#says).toEqual(expected);
    return this.#stored();
  }

  /** Events of these types; for steps on the way to what a test is about. */
  gives(...types: readonly EventDraft['event_type'][]): Given {
    expect(
      this.decided.map((event) => event.event_type),
      this.#says,
    ).toEqual(types);
    return this.#stored();
  }

  /** One `statement.refused` event that names the statement, its signer and its kind. */
  refuses(code: RefusalCode): Given {
    const command = this.#command;
    if (command.type !== 'submit') throw new TypeError('only statements are refused');
    const { digest, statement } = command.admitted;
    const named = { event_type: 'statement.refused', actor_id: statement.signer, statement: digest, code };
    expect(this.decided, this.#says).toEqual([expect.objectContaining(named)]);
    expect(this.decided[0], this.#says).toMatchObject({ kind: kindNamed(statement._type) });
    return this.#stored();
  }

  nothing(): Given {
    expect(this.decided, this.#says).toEqual([]);
    return this.#given;
  }

  throws(code: DomainErrorCode): void {
    expect(
      codeThrown(() => this.decided),
      this.#says,
    ).toBe(code);
  }

  get #says(): string {
    const { stage, head } = this.#given.state;
    const { type, at } = this.#command;
    return `given ${stage} after ${head.sequence} events, when ${type} ${this.#command.id} at ${at}`;
  }

  #stored(): Given {
    const { drafts, state } = this.#given;
    const { decided } = this;
    expectReplays(this.#command, state, linked(decided, state.head));
    const after = new Given([...drafts, ...decided]);
    expectAnswered(this.#command, after.state);
    return after;
  }
}

/** Whoever submits is answered out of the state: a statement that caused an event stands in it. */
function expectAnswered(command: Command, state: DecisionState): void {
  if (command.type !== 'submit' || state.stage === 'empty') return;
  expect(state.answered, `${command.id} is answered`).toHaveProperty([command.admitted.digest]);
}

/** What an adopting workflow does: turn the event that tells what came back into its command, and decide again. */
export function expectReplays(command: Command, state: DecisionState, batch: readonly DecisionEvent[]): void {
  const [first] = batch;
  if (first === undefined) return;
  const cause = causeIn(batch);
  const trigger = cause && triggerOf(cause);
  expect(trigger?.type, `what brought ${first.event_type} about`).toBe(command.type);
  if (trigger?.type === 'submit' && command.type === 'submit') expect(trigger.statement).toBe(command.admitted.digest);
  if (trigger?.type === 'open' && command.type === 'open') expect(trigger.request).toBe(command.request.request);
  const again = decide({ ...command, at: first.timestamp }, state);
  expect(again.length).toBe(batch.length);
  expect(batch.flatMap((event, i) => differences(again[i] as EventDraft, event))).toEqual([]);
}

/** Drafts as the ledger would hold them: headers, links and hashes. */
export function linked(drafts: readonly EventDraft[], head: Head = EMPTY_HEAD): readonly DecisionEvent[] {
  let previous = head.hash;
  return drafts.map((draft, index) => {
    const sequence = head.sequence + 1 + index;
    const event = linkEvent(
      {
        event_id: eventIdOf(DECISION, sequence, previous as Digest),
        schema_version: EVENT_SCHEMA_VERSION,
        decision_id: DECISION,
        sequence,
        ...draft,
      } as unknown as JsonObject,
      previous as Digest,
    );
    previous = event.integrity_hash;
    return event as unknown as DecisionEvent;
  });
}

/** Code of the error of this project that `action` ends in; undefined where it ends without one. */
export function codeThrown(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (hasCode(error)) return error.code;
    throw error;
  }
  return undefined;
}

function kindNamed(type: string): string | undefined {
  return /^application\/vnd\.countersign\.(\w+)\.v1\+json$/.exec(type)?.[1];
}
