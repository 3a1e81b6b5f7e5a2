import { describe, expect, it } from 'vitest';
import { decide } from '../../../core/domain/decide.ts';
import { nextInstant } from '../../../core/domain/deadline.ts';
import type { EventDraft } from '../../../core/domain/events.ts';
import type { DecisionState, Stage } from '../../../core/domain/state.ts';
import { instant } from '../../../core/domain/vocabulary.ts';
import { accountOf, fills, refusalOf } from './account.ts';
import { after, type Edge, explore, isPending, type Node, storyOf, timeAt } from './exploring.ts';
import { ALL } from './interleavings.ts';
import { BASIS, PEOPLE, ROSTER_IN_FORCE, s } from './world.ts';

/** What holds in every interleaving of small worlds: all of them, not a sample. */

const lastOf = ({ drafts }: Edge): EventDraft | undefined => drafts.at(-1);
const stageOf = ({ state }: Node): Stage => state.stage;
const codeOf = (event: EventDraft | undefined) => (event?.event_type === 'statement.refused' ? event.code : undefined);

describe.each(ALL)('every interleaving of $name', { timeout: 60_000 }, (interleavings) => {
  const world = explore(interleavings);
  const { nodes, edges, band, instants } = world;
  const byName = Map.groupBy(edges, ({ move }) => move.name);
  const by = (name: string): readonly Edge[] => byName.get(name) ?? [];
  const accountAt = (edge: Edge, at: string, gone = edge.move.without ?? edge.from.gone) =>
    accountOf([...edge.from.said, ...edge.drafts], at, gone, band);
  const claims = edges.filter(({ move }) => move.name === 'claim' || move.without !== undefined);
  const cleared = edges.filter((edge) => stageOf(edge.from) !== 'cleared' && stageOf(edge.to) === 'cleared');

  it('is many, and comes to every stage, and to clearances in more ways than one', () => {
    expect(nodes.length).toBeGreaterThan(1_000);
    expect(new Set(nodes.map(stageOf))).toEqual(new Set(['routed', 'authorized', 'cleared', 'closed']));
    expect(cleared.length).toBeGreaterThan(30);
    for (const move of world.moves) expect(by(move.name).length, move.name).toBeGreaterThan(0);
    // Each is brought about by something; nothing is explored that never happens.
    const idle = world.moves.filter(({ name, never }) => !never && by(name).every(({ from, to }) => from === to));
    expect(idle.map(({ name }) => name)).toEqual(['crash']);
  });

  // shows: R19, R59
  it('clears exactly where an account from the events alone says so, and says why it does not', () => {
    for (const edge of claims.filter(({ from }) => isPending(from))) {
      const at = timeAt(world, edge.from);
      const wanted = refusalOf(accountAt(edge, at), at);
      const last = lastOf(edge);
      const got = codeOf(last) ?? (last?.event_type === 'execution.cleared' ? undefined : last?.event_type);
      if (got !== wanted) expect(got, storyOf(edge)).toBe(wanted);
    }
    expect(cleared.filter(({ move }) => move.name !== 'claim' && move.without === undefined)).toEqual([]);
  });

  it('counts distinct people for a clearance, none barred, gone or done by another, and lets it end with the first of them', () => {
    for (const edge of cleared) {
      const event = lastOf(edge);
      if (event?.event_type !== 'execution.cleared') throw new TypeError(storyOf(edge));
      const { people, glass, delegators, route, deadline } = accountAt(edge, event.timestamp);
      const filled = event.assignment.map(({ role, actor_id, statement }) => {
        const one = people.find((person) => person.actor_id === actor_id && person.statement === statement);
        return one?.roles.includes(role) ? one : undefined;
      });
      const overrides = event.override === undefined ? [] : glass;
      const hands = [...filled, ...overrides].map((one) => one?.actor_id);
      const ends = [
        ...filled.flatMap((one) => one?.ends ?? []),
        ...overrides.map(({ expires_at }) => expires_at),
        ...(route.windows ?? []).map(({ closes }) => closes).filter((closes) => closes > event.timestamp),
        deadline,
      ].sort();
      const isWrong =
        filled.includes(undefined) ||
        new Set(hands).size !== hands.length ||
        hands.some((who) => who === undefined || delegators.includes(who)) ||
        event.override?.waived.length === 0 ||
        event.not_after !== ends[0];
      if (isWrong) expect({ event, people, glass }, storyOf(edge)).toBeUndefined();
    }
  });

  it('says that the route is satisfied exactly where the account says so', () => {
    let told = 0;
    for (const edge of edges) {
      const event = lastOf(edge);
      if (event === undefined || !('satisfied' in event)) continue;
      told += 1;
      const { roster } = accountAt(edge, event.timestamp).route;
      // Whoever signs is judged by the frozen roster; by the one in force, whoever claims.
      const gone = roster.digest === ROSTER_IN_FORCE.digest ? edge.from.gone : null;
      const { suffices } = accountAt(edge, event.timestamp, gone);
      if (event.satisfied !== suffices) expect(event.satisfied, storyOf(edge)).toBe(suffices);
    }
    expect(told).toBeGreaterThan(1_000);
  });

  it('never goes back: what is cleared is cleared once, and what has ended stays ended', () => {
    const order: readonly Stage[] = ['routed', 'authorized', 'cleared', 'closed'];
    for (const edge of edges) {
      const [before, now] = [order.indexOf(stageOf(edge.from)), order.indexOf(stageOf(edge.to))];
      const undone = stageOf(edge.from) === 'authorized' && stageOf(edge.to) === 'routed';
      if (now < before && !undone) expect(stageOf(edge.to), storyOf(edge)).toBe(stageOf(edge.from));
    }
    for (const { state } of nodes.filter((node) => stageOf(node) === 'closed')) {
      for (const { command } of edges.slice(0, 50)) if (command) expect(decide(command, state)).toEqual([]);
    }
  });

  it('lets time approve nothing', () => {
    for (const edge of [...by('time'), ...by('late')]) {
      const [before, now] = [stageOf(edge.from), stageOf(edge.to)];
      const gained = (now === 'cleared' && before !== 'cleared') || (now === 'authorized' && before === 'routed');
      if (gained) expect(now, storyOf(edge)).toBe(before);
    }
  });

  it('has a way to an end from everywhere, by the instants alone that a worker waits for', () => {
    const ends = new Map<string, string>();
    for (const node of nodes) {
      const outcome = leftAlone(node.state, timeAt(world, node));
      ends.set(node.key, outcome);
      if (!outcome.startsWith('closed')) expect(outcome, `no end after ${node.path.join(', ')}`).toBe('closed');
    }
    expect([...new Set(ends.values())]).toEqual(expect.arrayContaining(['closed expired', 'closed unconfirmed']));
    for (const edge of by('time').filter(({ from }) => isPending(from))) {
      const at = timeAt(world, edge.from);
      if (at < accountAt(edge, at).deadline) continue;
      if (lastOf(edge)?.event_type !== 'decision.expired') expect(lastOf(edge), storyOf(edge)).toBeUndefined();
    }
    expect(nodes.filter((node) => isPending(node) && node.at === instants.length - 1)).not.toEqual([]);
  });

  it('accepts nothing of whoever may not, whatever came before', () => {
    for (const edge of edges.filter(({ move, from }) => move.never && stageOf(from) !== 'closed')) {
      const last = lastOf(edge);
      // Nothing at all where so many were refused that they are only counted.
      if (last !== undefined && last.event_type !== 'statement.refused')
        expect(last.event_type, storyOf(edge)).toBe('statement.refused');
    }
  });

  it('takes each command once, though a crash brings it again, and loses nothing to a ledger that lost its tail', () => {
    // A tick may come to what the one before it has opened: it is no command that anybody sent.
    const sent = edges.filter(({ command }) => command?.type === 'submit' || command?.type === 'reevaluate');
    const taken = sent.filter(({ drafts }) => drafts.length > 0);
    expect(taken.length).toBeGreaterThan(1_000);
    for (const edge of taken) if (edge.again.length > 0) expect(edge.again, storyOf(edge)).toEqual([]);
    for (const edge of by('crash')) if (edge.to.key !== edge.from.key) expect(storyOf(edge)).toBeUndefined();
  });

  it('comes to the same, whether a worker came to what was due before a statement or with it', () => {
    const outcome = new Map(edges.map((edge) => [`${edge.from.key} ${edge.move.name}`, edge]));
    const said = (edge: Edge | undefined): unknown => {
      const last = edge && lastOf(edge);
      return [last?.event_type, codeOf(last), last && 'satisfied' in last && last.satisfied];
    };
    let compared = 0;
    for (const first of by('time').filter(({ drafts, to }) => drafts.length > 0 && isPending(to))) {
      for (const { name } of world.moves) {
        // Of whatever condition the world's people speak, what has ended is not there any more.
        if (name.startsWith('discharge') || name === 'breach') continue;
        const late = outcome.get(`${first.from.key} ${name}`);
        const then = outcome.get(`${first.to.key} ${name}`);
        if (late === undefined || then === undefined) continue;
        compared += 1;
        if (String(said(late)) !== String(said(then))) expect(said(late), storyOf(late)).toEqual(said(then));
      }
    }
    expect(compared).toBeGreaterThan(1_000);
  });

  const anew = edges.filter(({ drafts }) => drafts.some(({ event_type }) => event_type === 'decision.reevaluated'));
  it('counts nothing of the basis before, and is evaluated anew by itself only after a claim found it out of date', () => {
    const has = (move: string): boolean => world.moves.some(({ name }) => name === move);
    const others = anew.filter(({ from, drafts }) => basisOf(from.said) !== basisOf(drafts));
    const itself = by('evaluate anew by itself').filter(({ drafts }) => drafts.length > 0);
    expect(others.length > 100).toBe(has('evaluate anew from newer evidence'));
    expect(itself.length > 10).toBe(has('evaluate anew by itself'));
    for (const edge of others) {
      const { approvals, overrides, delegations } = edge.to.state as Extract<DecisionState, { stage: 'routed' }>;
      const counted = [approvals, overrides, delegations].flat();
      if (counted.length > 0) expect(counted, storyOf(edge)).toEqual([]);
    }
    for (const edge of by('approve p-bob as first shown').filter(({ from }) => isPending(from))) {
      if (basisOf(edge.from.said) !== BASIS && codeOf(lastOf(edge)) !== 'approval.basis_changed')
        expect(lastOf(edge), storyOf(edge)).toBeUndefined();
    }
    for (const { from } of itself) {
      const since = from.said.findLastIndex(({ event_type }) => event_type === 'authority.routed');
      expect(from.said.slice(since).map(codeOf)).toContain('claim.authority_missing');
      expect(from.gone).not.toBeNull();
    }
  });
});

const basisOf = (said: readonly EventDraft[]): string | undefined =>
  said.findLast((event) => event.event_type === 'authority.routed')?.basis_digest;

/** How a decision ends that nobody touches any more, by a worker that comes at each instant it waits for. */
function leftAlone(from: DecisionState, since: string): string {
  let state = from;
  let at = since;
  for (let waits = 0; waits < 20; waits += 1) {
    if (state.stage === 'closed') return `closed ${state.outcome}`;
    const next = nextInstant(state);
    if (next === null) return `waits for nothing in ${state.stage}`;
    if (next.at > at) at = next.at;
    const drafts = decide({ type: 'tick', id: `tick ${at}`, at: s((instant(at) - instant(s(0))) / 1000) }, state);
    if (drafts.length === 0) return `nothing comes at ${next.limit}`;
    state = after(state, drafts);
  }
  return 'waits for ever';
}

it('has an account that puts people into positions, one each', () => {
  const positions = ['release_owner', 'security_owner'];
  const [ann, cyd] = (['p-ann', 'p-cyd'] as const).map((who) => ({ actor_id: who, roles: PEOPLE[who].roles }));
  expect(
    fills(
      positions,
      [cyd, cyd].flatMap((one) => one ?? []),
    ),
  ).toBe(false);
  expect(
    fills(
      positions,
      [cyd, ann].flatMap((one) => one ?? []),
    ),
  ).toBe(true);
});
