import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../../core/domain/commands.ts';
import { decide } from '../../../core/domain/decide.ts';
import type { DecisionEvent, EventDraft, Slot } from '../../../core/domain/events.ts';
import { evolve, fold } from '../../../core/domain/evolve.ts';
import { type DecisionState, initialState, type Stage, statusOf } from '../../../core/domain/state.ts';
import { instant, type Outcome, type Status } from '../../../core/domain/vocabulary.ts';
import { codeThrown, expectReplays, linked } from './specification.ts';
import {
  type Act,
  type Actor,
  abstention,
  approval,
  asking,
  cancellation,
  claim,
  DAY,
  DELEGABLE,
  delegation,
  digest,
  evaluated,
  HOUR,
  limited,
  open,
  PEOPLE,
  receipt,
  rejection,
  revocation,
  restored,
  s,
  standIn,
  tick,
} from './world.ts';

/**
 * Random histories, honest and hostile, against a second account of the rules that shares no code with the first: it
 * keeps votes in a list, tries every way to fill the slots, and knows nothing of events.
 */

/** One thing that happens. What is hostile about it, if anything, stands in `lie`. */
interface Step {
  readonly does:
    | 'open'
    | 'evaluate'
    | 'approve'
    | 'revoke'
    | 'abstain'
    | 'delegate'
    | 'stand in'
    | 'reject'
    | 'cancel'
    | 'claim'
    | 'receive'
    | 'tick'
    | 'restore';
  readonly who: Actor;
  /** To whom it is delegated. */
  readonly to: Actor;
  /** Seconds since the step before; negative where the clock was stepped back. */
  readonly after: number;
  readonly lie: (typeof LIES)[number];
  /** Seconds that an approval lives. */
  readonly life: number;
}

const LIES = [
  'none',
  'basis',
  'routed',
  'brief',
  'roles',
  'duty',
  'kind',
  'target',
  'roster',
  'permit',
  'subject',
  'supersedes',
  'again',
] as const;

const APPROVERS: readonly Actor[] = ['p-ann', 'p-bob', 'p-cyd', 'p-dee'];
const often = <T>(first: T, ...rest: readonly T[]) =>
  fc.oneof(
    { weight: 3 + rest.length, arbitrary: fc.constant(first) },
    { weight: 1 + rest.length, arbitrary: fc.constantFrom(first, ...rest) },
  );

const step: fc.Arbitrary<Step> = fc
  .record({
    does: fc.oneof(
      { weight: 6, arbitrary: fc.constant('approve' as const) },
      { weight: 3, arbitrary: fc.constantFrom('claim' as const, 'tick' as const) },
      { weight: 3, arbitrary: fc.constant('receive' as const) },
      { weight: 3, arbitrary: fc.constantFrom('revoke' as const, 'revoke' as const, 'abstain' as const) },
      { weight: 4, arbitrary: fc.constantFrom('delegate' as const, 'stand in' as const) },
      { weight: 1, arbitrary: fc.constantFrom('open', 'evaluate', 'reject', 'reject', 'cancel', 'restore' as const) },
    ),
    anyone: fc.constantFrom(...(Object.keys(PEOPLE) as Actor[])),
    approver: fc.constantFrom(...APPROVERS),
    standIn: fc.constantFrom<Actor>('p-out', 'p-out', 'p-bob', 'p-cyd'),
    usual: fc.integer({ min: 0, max: 9 }),
    after: often(30, -600, 0, 1, 600, HOUR - 30, HOUR, 5 * HOUR, DAY, 8 * DAY),
    lie: often<(typeof LIES)[number]>('none', ...LIES),
    life: often(HOUR, 0, 1, 60, HOUR + 1),
  })
  .map(({ anyone, approver, standIn: other, usual, ...rest }): Step => {
    const fitting: Partial<Record<Step['does'], Actor>> = {
      approve: approver,
      revoke: approver,
      abstain: approver,
      'stand in': other,
      claim: 'w-deployer',
      receive: 'w-deployer',
      cancel: 'w-pipeline',
    };
    const lie = rest.does === 'receive' && usual > 5 ? 'subject' : rest.lie;
    const to = usual === 1 ? anyone : other;
    const life = rest.does === 'stand in' && rest.life === HOUR && usual < 8 ? 600 : rest.life;
    return { ...rest, life, lie, to, who: usual === 0 ? anyone : (fitting[rest.does] ?? approver) };
  });

const route = fc.record({
  slots: fc.constantFrom<Readonly<Record<string, number>>>(
    {},
    { release_owner: 1 },
    { release_owner: 1, security_owner: 1 },
    { release_owner: 1, security_owner: 1 },
    { release_owner: 2, security_owner: 1 },
    { security_owner: 2 },
  ),
  deadline: fc.constantFrom(DAY, 2 * HOUR, 300),
  permitLife: fc.constantFrom(600, 3 * HOUR),
});
type Route = typeof route extends fc.Arbitrary<infer R> ? R : never;

const honest = (does: Step['does'], who: Actor, after = 1): Step => {
  return { does, who, to: 'p-out', after, lie: 'none', life: HOUR };
};
const opening: readonly Step[] = [honest('open', 'w-pipeline', 0), honest('evaluate', 'w-pipeline')];
const approvals: readonly Step[] = APPROVERS.map((who) => honest('approve', who));
const inPlaces: readonly Step[] = [
  honest('delegate', 'p-ann'),
  { ...honest('stand in', 'p-out'), life: 600 },
  ...(['p-bob', 'p-cyd', 'p-dee'] as const).map((who) => honest('approve', who)),
];
const claimed: readonly Step[] = [honest('claim', 'w-deployer')];
const some = (maxLength: number) => fc.array(step, { maxLength });

/** From anywhere to nowhere; and from each stage on, so that as much happens late in a decision as early. */
const story = fc.record({
  route,
  steps: fc.oneof(
    some(8),
    some(16).map((steps) => [...opening, ...steps]),
    some(16).map((steps) => [...opening, ...steps]),
    fc.tuple(some(2), some(10)).map(([before, after]) => [...opening, ...before, ...approvals, ...after]),
    fc.tuple(some(1), some(6)).map(([before, after]) => [...opening, ...approvals, ...before, ...claimed, ...after]),
    fc.tuple(some(1), some(6)).map(([before, after]) => [...opening, ...before, ...approvals, ...claimed, ...after]),
    fc.tuple(some(1), some(2), some(4)).map(([before, between, after]) => {
      return [...opening, ...before, ...inPlaces, ...between, ...claimed, ...after];
    }),
  ),
});

// The second account.

interface Vote {
  readonly who: Actor;
  readonly roles: readonly string[];
  readonly until: number;
  readonly statement: string;
  /** In whose place, where it is in somebody's. */
  readonly of?: Given;
}

interface Given {
  readonly who: Actor;
  readonly to: Actor;
  readonly until: number;
  readonly statement: string;
}

/** `nothing`, `yes`, `no` (refused, and recorded), or `never` (no correct caller asks for it). */
type Answer = 'nothing' | 'yes' | 'no' | 'never';

class Model {
  phase: 'none' | 'asked' | 'pending' | 'cleared' | 'over' = 'none';
  outcome: Outcome | null = null;
  clock = -Infinity;
  asked = 0;
  confirmBy = 0;
  executor: Actor | null = null;
  /** By the sender's clock, which may be behind the chain's. */
  sentAt = 0;
  votes: Vote[] = [];
  given: Given[] = [];
  /** Who took a vote back, or said that they give none, and has not voted since. */
  readonly withdrawn = new Set<Actor>();
  readonly seen = new Set<string>();
  readonly #slots: Readonly<Record<string, number>>;
  readonly #deadline: number;

  constructor({ slots, deadline }: Route) {
    this.#slots = slots;
    this.#deadline = deadline;
  }

  get authorized(): boolean {
    return this.phase === 'pending' && fillable(this.#slots, this.votes);
  }

  take(one: Step, now: number, statement: string | null): Answer {
    const at = Math.max(now, this.clock);
    const answer = this.#answer(one, at, statement);
    if (answer === 'yes' || answer === 'no') this.clock = at;
    if (statement !== null && (answer === 'yes' || answer === 'no')) this.seen.add(statement);
    return answer;
  }

  #answer(one: Step, at: number, statement: string | null): Answer {
    const { phase } = this;
    if (one.does === 'open') {
      if (phase !== 'none') return 'never';
      this.phase = 'asked';
      this.asked = at;
      return 'yes';
    }
    if (phase === 'none') return one.does === 'evaluate' || one.does === 'tick' ? 'nothing' : 'never';
    if (phase === 'over' || (statement !== null && this.seen.has(statement))) return 'nothing';
    const does: Record<Exclude<Step['does'], 'open'>, () => Answer> = {
      evaluate: () => {
        if (phase !== 'asked') return 'nothing';
        this.phase = 'pending';
        return 'yes';
      },
      restore: () => 'yes',
      tick: () => this.#tick(at),
      approve: () => this.#approve(one, at, statement ?? ''),
      revoke: () => this.#revoke(one, at),
      abstain: () => this.#abstain(one, at),
      delegate: () => this.#delegate(one, at, statement ?? ''),
      'stand in': () => this.#standIn(one, at, statement ?? ''),
      reject: () => (phase === 'pending' && this.#mayJudge(one) ? this.#end('denied') : 'no'),
      cancel: () => (phase !== 'cleared' && this.#mayCancel(one.who) ? this.#end('cancelled') : 'no'),
      claim: () => this.#claim(one, at),
      receive: () => {
        if (phase !== 'cleared' || one.who !== this.executor || ['target', 'permit'].includes(one.lie)) return 'no';
        return this.#end(one.lie === 'subject' ? 'execution_failed' : 'executed');
      },
    };
    return does[one.does]();
  }

  #end(outcome: Outcome): Answer {
    this.phase = 'over';
    this.outcome = outcome;
    return 'yes';
  }

  #tick(at: number): Answer {
    if (this.phase === 'cleared') return at >= this.confirmBy ? this.#end('unconfirmed') : 'nothing';
    if (at >= (this.phase === 'asked' ? this.asked + 7 * DAY : this.#deadline)) return this.#end('expired');
    const standing = this.votes.filter((vote) => vote.until > at);
    const given = this.given.filter(({ until }) => until > at);
    if (standing.length === this.votes.length && given.length === this.given.length) return 'nothing';
    this.votes = standing;
    this.given = given;
    return 'yes';
  }

  #mayJudge(one: Step): boolean {
    return this.#maySpeak(one) && one.lie !== 'roles' && offered(one.who).some((role) => role in this.#slots);
  }

  #maySpeak({ who, lie }: Step): boolean {
    return apart(who) && who.startsWith('p-') && !['basis', 'routed', 'brief', 'duty', 'kind'].includes(lie);
  }

  /** What of somebody's stands, for them to take back. */
  standingOf(who: Actor, now: number): string | undefined {
    const at = Math.max(now, this.clock);
    return [...this.votes, ...this.given].find((one) => one.who === who && one.until > at)?.statement;
  }

  #hasGiven(who: Actor, at: number): boolean {
    return this.given.some((one) => one.who === who && one.until > at);
  }

  #delegate(one: Step, at: number, statement: string): Answer {
    const { who, to, lie } = one;
    const holds = lie !== 'roles' && offered(who).includes('release_owner') && 'release_owner' in this.#slots;
    const until = one.life + this.sentAt;
    if (this.phase !== 'pending' || !this.#maySpeak(one) || !holds || until <= at) return 'no';
    const live = this.given.filter((each) => each.until > at);
    const spoken = this.votes.some((vote) => vote.until > at && vote.who === who) || this.#hasGiven(who, at);
    if (spoken || to === who || !apart(to) || !to.startsWith('p-')) return 'no';
    if (live.some((each) => each.to === who || each.who === to) || lie === 'supersedes') return 'no';
    this.given = [...live, { who, to, until, statement }];
    this.withdrawn.delete(who);
    return 'yes';
  }

  #standIn(one: Step, at: number, statement: string): Answer {
    const of = this.given.find(({ to }) => to === one.who);
    const until = one.life + this.sentAt;
    if (this.phase !== 'pending' || !this.#maySpeak(one) || one.lie === 'roles' || of === undefined) return 'no';
    if (of.until <= at || until > of.until || until <= at || until - at > HOUR) return 'no';
    const others = this.votes.filter((vote) => vote.until > at);
    if (others.some((vote) => vote.who === one.who) || one.lie === 'supersedes' || this.#hasGiven(one.who, at))
      return 'no';
    this.votes = [...others, { who: one.who, roles: ['release_owner'], until, statement, of }];
    this.withdrawn.delete(one.who);
    return 'yes';
  }

  #mayCancel(who: Actor): boolean {
    return who === 'w-pipeline' || who === 'p-boss' || (who === 'p-lea' && this.phase === 'pending');
  }

  #approve(one: Step, at: number, statement: string): Answer {
    if (this.phase !== 'pending' || !this.#mayJudge(one)) return 'no';
    const until = one.life + this.sentAt;
    if (until <= at || until - at > HOUR) return 'no';
    const others = this.votes.filter((vote) => vote.until > at);
    if (others.some((vote) => vote.who === one.who) || one.lie === 'supersedes') return 'no';
    if (this.#hasGiven(one.who, at)) return 'no';
    this.votes = [...others, { who: one.who, roles: offered(one.who), until, statement }];
    this.withdrawn.delete(one.who);
    return 'yes';
  }

  #revoke({ who, lie }: Step, at: number): Answer {
    const standing = this.votes.filter((vote) => vote.until > at);
    const has = standing.some((vote) => vote.who === who) || this.#hasGiven(who, at);
    if (this.phase !== 'pending' || lie === 'subject' || !has) return 'no';
    this.votes = standing.filter((vote) => vote.who !== who && vote.of?.who !== who);
    this.given = this.given.filter((one) => one.who !== who);
    this.withdrawn.add(who);
    return 'yes';
  }

  #abstain(one: Step, at: number): Answer {
    const { who } = one;
    const has = this.votes.some((vote) => vote.until > at && vote.who === who) || this.withdrawn.has(who);
    if (this.#hasGiven(who, at)) return 'no';
    if (this.phase !== 'pending' || has || !this.#mayJudge(one)) return 'no';
    this.withdrawn.add(who);
    return 'yes';
  }

  #claim({ who, lie }: Step, at: number): Answer {
    if (this.phase !== 'pending' || !['w-deployer', 'w-spare'].includes(who)) return 'no';
    if (['basis', 'target'].includes(lie) || at >= this.#deadline) return 'no';
    // The lie about the roster: nobody who voted first is what they were.
    const gone = lie === 'roster' ? leaving(this.votes[0]) : undefined;
    const counted = this.votes.filter((vote) => vote.until > at && gone !== leaving(vote));
    if (!fillable(this.#slots, counted)) return 'no';
    this.phase = 'cleared';
    this.executor = who;
    this.confirmBy = at + HOUR;
    return 'yes';
  }
}

/** Where the one leaves whom a vote rests on, it counts no more: who delegated, or else its voter. */
const leaving = (vote: Vote | undefined): string | undefined => vote?.of?.statement ?? vote?.statement;
const apart = (who: Actor): boolean => !['p-boss', 'p-kit', 'p-eve', 'w-pipeline', 'w-sibling'].includes(who);
const offered = (who: Actor): readonly string[] => PEOPLE[who].roles;

/** By trying every choice of a role for every voter. */
function fillable(slots: Readonly<Record<string, number>>, votes: readonly Vote[]): boolean {
  const open = Object.keys(slots).filter((role) => (slots[role] ?? 0) > 0);
  if (open.length === 0) return true;
  const [vote, ...rest] = votes;
  if (vote === undefined) return false;
  if (fillable(slots, rest)) return true;
  return vote.roles.some((role) => open.includes(role) && fillable({ ...slots, [role]: (slots[role] ?? 0) - 1 }, rest));
}

// The first account, driven by the same steps.

function actOf({ does, who, to, lie, life }: Step, now: number, chosen: Route, model: Model): Act {
  const wrong = digest('other');
  const signer = {
    ...(lie === 'duty' && { duties: ['evidence_author' as const] }),
    ...(lie === 'kind' && { kind: 'workload' as const }),
    ...(lie === 'roles' && { roles: [] }),
  };
  const basis = lie === 'basis' && { basis: wrong };
  const verdict = { ...basis, ...(lie === 'routed' && { routed: wrong }), ...(lie === 'brief' && { brief: wrong }) };
  const target = lie === 'target' && { target: 'prod-gateway-02' };
  // The same bytes again: whatever was sent before under this label.
  const again = lie === 'again' && { digest: digest(`${does} ${who}`) };
  switch (does) {
    case 'open':
      return open(now);
    case 'evaluate':
      return evaluated(now, { routing: routingOf(chosen) });
    case 'approve':
      return approval(who, now, {
        ...again,
        signer,
        statement: { ...verdict, expires_at: s(now + life), ...(lie === 'supersedes' && { supersedes: wrong }) },
      });
    case 'revoke': {
      const others = model.votes.find((vote) => vote.who !== who)?.statement ?? wrong;
      const approval = lie === 'subject' ? others : (model.standingOf(who, now) ?? wrong);
      return revocation(who, now, { ...again, statement: { approval } });
    }
    case 'abstain':
      return abstention(who, now, { ...again, signer, statement: verdict });
    case 'delegate': {
      const { kind, duties } = PEOPLE[to];
      const superseding = lie === 'supersedes' && { supersedes: wrong };
      const statement = { ...verdict, expires_at: s(now + life), ...superseding };
      return delegation(who, to, now, { ...again, signer, statement, delegate: { kind, duties } });
    }
    case 'stand in': {
      const roles = lie === 'roles' && { roles: ['release_owner', 'security_owner'] };
      const superseding = lie === 'supersedes' && { supersedes: wrong };
      const statement = { ...verdict, expires_at: s(now + life), ...superseding, ...roles };
      return standIn(who, now, { ...again, signer, statement });
    }
    case 'reject':
      return rejection(who, now, { ...again, signer, statement: verdict });
    case 'cancel':
      return cancellation(who, now, again || {});
    case 'claim': {
      const first = leaving(model.votes[0]);
      const inForce = lie === 'roster' && first !== undefined ? { ineligible: [first] } : {};
      return claim(who, now, { ...again, inForce, statement: { ...basis, ...target } });
    }
    case 'receive':
      return receipt(who, now, {
        ...again,
        ...(lie === 'permit' && { permit: { cleared: wrong } }),
        statement: { ...target, ...(lie === 'subject' && { subject: wrong }) },
      });
    case 'tick':
      return tick(now);
    case 'restore':
      return restored(now);
  }
}

function routingOf({ slots, deadline, permitLife }: Route) {
  const { limits } = limited({ decision_deadline: s(deadline), permit_life_s: permitLife });
  const { event_type, timestamp, actor_id, ...routing } = asking(slots, { limits, delegation: DELEGABLE });
  return routing;
}

function answerOf(command: Command, state: DecisionState): { answer: Answer; drafts: readonly EventDraft[] } {
  let drafts: readonly EventDraft[] = [];
  const code = codeThrown(() => {
    drafts = decide(command, state);
  });
  if (code !== undefined) return { answer: 'never', drafts };
  if (drafts.length === 0) return { answer: 'nothing', drafts };
  return { answer: drafts[0]?.event_type === 'statement.refused' ? 'no' : 'yes', drafts };
}

function stageOf(model: Model): Stage {
  if (model.phase === 'pending') return model.authorized ? 'authorized' : 'routed';
  return ({ none: 'empty', asked: 'requested', cleared: 'cleared', over: 'closed' } as const)[model.phase];
}

function statusFrom(model: Model): Status {
  if (model.phase === 'none' || model.phase === 'asked') return 'draft';
  if (model.phase === 'pending' && !model.authorized) return 'pending_authority';
  if (model.phase !== 'over' || model.outcome === 'unconfirmed' || model.outcome === null) return 'authorized';
  if (model.outcome === 'no_op') return 'denied';
  return model.outcome === 'execution_failed' ? 'executed' : model.outcome;
}

interface Telling {
  readonly events: readonly DecisionEvent[];
  readonly model: Model;
}

function tell({ route: chosen, steps }: { route: Route; steps: readonly Step[] }): Telling {
  const model = new Model(chosen);
  let state = initialState();
  const events: DecisionEvent[] = [];
  let now = 0;
  for (const one of steps) {
    now += one.after;
    const act = actOf(one, now, chosen, model);
    const command = act(state);
    const { answer, drafts } = answerOf(command, state);
    model.sentAt = now;
    const statement = command.type === 'submit' ? command.admitted.digest : null;
    const says = `${one.does} by ${one.who} at ${now}, lie ${one.lie}, after ${events.length} events in ${state.stage}`;
    expect(answer, says).toBe(model.take(one, now, statement));

    const before = state;
    const batch = linked(drafts, before.head);
    expectReplays(command, before, batch);
    state = batch.reduce(evolve, state);
    events.push(...batch);
    expect([state.stage, statusOf(state)], says).toEqual([stageOf(model), statusFrom(model)]);
    if (before.stage === 'closed') expect(state, says).toBe(before);
    if (state.stage === 'closed') expect(state.outcome, says).toBe(model.outcome);
    if (state.stage === 'cleared' && before.stage !== 'cleared') expectAuthority(state, events, chosen);
  }
  expect(fold(events)).toEqual(state);
  return { events, model };
}

/** Whoever is counted: signed an approval that stands, holds the role, is barred by nothing, and fills one place. */
function expectAuthority(
  state: Extract<DecisionState, { stage: 'cleared' }>,
  events: readonly DecisionEvent[],
  { slots }: Route,
): void {
  const { assignment, at, not_after } = state.clearance;
  const counted = assignment.map(({ actor_id }) => actor_id);
  expect(new Set(counted).size).toBe(counted.length);
  const perRole = Object.fromEntries(
    Object.keys(slots).map((role) => [role, assignment.filter((filled) => filled.role === role).length]),
  );
  expect(perRole).toEqual(slots);
  expect(assignment.length).toBe(positions(state.routing.slots));
  for (const { role, actor_id, statement } of assignment) {
    const signed = events.find((event) => event.event_type === 'authority.approved' && event.statement === statement);
    if (signed?.event_type !== 'authority.approved') throw new Error(`nobody signed ${statement}`);
    expect(signed.actor_id).toBe(actor_id);
    expect(signed.roles).toContain(role);
    const holder = signed.delegation === undefined ? actor_id : delegatorOf(signed, counted, events);
    expect(APPROVERS).toContain(holder);
    expect(signed.expires_at > at && signed.expires_at >= not_after).toBe(true);
    const takenBack = events.some(
      (event) => event.event_type === 'authority.revoked' && event.revoked.includes(statement),
    );
    expect(takenBack).toBe(false);
  }
  expect(not_after > at).toBe(true);
}

/** Who let the signer approve, did before, and counts for nothing else. */
function delegatorOf(
  { delegation: named, actor_id, sequence, roles }: Extract<DecisionEvent, { event_type: 'authority.approved' }>,
  counted: readonly string[],
  events: readonly DecisionEvent[],
): string {
  const given = events.find((event) => event.event_type === 'authority.delegated' && event.statement === named);
  if (given?.event_type !== 'authority.delegated') throw new Error(`nobody delegated in ${named}`);
  expect(given.sequence).toBeLessThan(sequence);
  expect([given.delegate, [given.role]]).toEqual([actor_id, roles]);
  expect(counted).not.toContain(given.actor_id);
  const takenBack = events.some(
    (event) => event.event_type === 'authority.revoked' && event.revoked.includes(given.statement),
  );
  expect(takenBack).toBe(false);
  return given.actor_id;
}

const positions = (slots: readonly Slot[]): number => slots.reduce((sum, { signatures }) => sum + signatures, 0);

describe('any history', () => {
  // shows: R10, R18, R19, R21, R44
  it('goes as the second account of the rules says', () => {
    const ends: Record<string, number> = {};
    let clearedInPlace = 0;
    fc.assert(
      fc.property(story, (told) => {
        const { model, events } = tell(told);
        if (
          model.executor !== null &&
          events.some((event) => event.event_type === 'authority.approved' && event.delegation)
        )
          clearedInPlace += 1;
        const end = model.outcome ?? model.phase;
        ends[end] = (ends[end] ?? 0) + 1;
      }),
      { numRuns: 800 },
    );
    expect(clearedInPlace).toBeGreaterThan(10);
    // A property about clearances says nothing where none happens.
    const usual = [
      'executed',
      'execution_failed',
      'unconfirmed',
      'denied',
      'expired',
      'cancelled',
      'pending',
      'cleared',
    ];
    expect(
      usual.filter((end) => (ends[end] ?? 0) === 0),
      JSON.stringify(ends),
    ).toEqual([]);
  });

  // shows: R3
  it('is a dense chain in which time never runs backwards', () => {
    fc.assert(
      fc.property(story, (told) => {
        const { events } = tell(told);
        events.forEach((event, i) => {
          expect(event.sequence).toBe(i + 1);
          expect(event.previous_hash).toBe(i === 0 ? 'GENESIS' : events[i - 1]?.integrity_hash);
          if (i > 0) expect(instant(event.timestamp)).toBeGreaterThanOrEqual(instant(events[i - 1]?.timestamp ?? ''));
        });
      }),
      { numRuns: 300 },
    );
  });
});
