import { describe, expect, it } from 'vitest';
import type { Command } from '../../../core/domain/commands.ts';
import { nextInstant } from '../../../core/domain/deadline.ts';
import { decide } from '../../../core/domain/decide.ts';
import type { EventDraft } from '../../../core/domain/events.ts';
import { fold } from '../../../core/domain/evolve.ts';
import type { DecisionState, Stage } from '../../../core/domain/state.ts';
import type { Band } from '../../../core/domain/vocabulary.ts';
import { after, type Move, move, sufficesFor } from './exploring.ts';
import { linked } from './specification.ts';
import {
  type Actor,
  abstention,
  approval,
  BREAKGLASS,
  cancellation,
  CHAINS,
  claim,
  digest,
  HOUR,
  override,
  PEOPLE,
  receipt,
  rejection,
  restored,
  revocation,
  riskEvaluated,
  routed,
} from './world.ts';

/**
 * Every interleaving of approve, revoke, abstain, reject, cancel, override, claim, drift, crash, receipt and timeout, by a
 * small roster: not a sample of them. States that differ only in digests and in the time that has passed alike are one.
 */

const SLOTS = routed().slots;
const BARRED = new Set(routed().barred.map(({ actor_id }) => actor_id));
const START = Date.parse('2026-03-02T09:00:00.000Z');

const SIGNERS = ['p-ann', 'p-bob', 'p-cyd', 'p-kit'] as const satisfies readonly Actor[];
const GLASS = 'p-axe';
/** Minds change without end; here each does once. */
const MOST_CHANGES = 1;

const moves: readonly Move[] = [
  ...SIGNERS.map((who) => move(`approve ${who}`, (at, d) => approval(who, at, { digest: d }))),
  ...(['p-ann', GLASS] as const).map((who) => move(`revoke ${who}`, (at, d) => revocation(who, at, { digest: d }))),
  move('abstain p-cyd', (at, d) => abstention('p-cyd', at, { digest: d })),
  move('override', (at, d) => override(GLASS, at, { digest: d })),
  move('override by an approver', (at, d) => override('p-ann', at, { digest: d })),
  move('reject', (at, d) => rejection('p-bob', at, { digest: d })),
  move('reject by somebody barred', (at, d) => rejection('p-kit', at, { digest: d })),
  move('cancel', (at, d) => cancellation('w-pipeline', at, { digest: d })),
  move('claim', (at, d) => claim('w-deployer', at, { digest: d })),
  move('claim under a freeze', (at, d) =>
    claim('w-deployer', at, { digest: d, inForce: { obstacle: { code: 'claim.frozen' } } }),
  ),
  // Whoever stands first in the list holds the role no more in the roster in force.
  move('claim after drift', (at, d) => (state) => {
    const standing = 'approvals' in state ? [...state.approvals, ...state.overrides] : [];
    const ineligible = standing.slice(0, 1).map(({ statement }) => statement);
    return claim('w-deployer', at, { digest: d, inForce: { ineligible } })(state);
  }),
  move('claim by somebody else', (at, d) => claim('w-pipeline', at, { digest: d })),
  move('receipt', (at, d) => receipt('w-deployer', at, { digest: d })),
  move('receipt of a failure', (at, d) =>
    receipt('w-deployer', at, { digest: d, statement: { result: 'failure', exit_code: 1 } }),
  ),
  move('receipt of another subject', (at, d) =>
    receipt('w-deployer', at, { digest: d, statement: { subject: digest('another') } }),
  ),
  { name: 'crash', act: (seconds) => restored(seconds) },
];

interface Node {
  readonly state: DecisionState;
  /** Seconds since the decision began. */
  readonly seconds: number;
  /** How it came there, for whoever reads a failure. */
  readonly path: readonly string[];
}

interface Edge {
  readonly from: Node;
  readonly to: Node;
  readonly name: string;
  readonly drafts: readonly EventDraft[];
}

/** What is left of a state once digests and the absolute time are taken away. */
function keyOf({ state, seconds }: Node): string {
  if (state.stage === 'empty') return 'empty';
  if (state.stage === 'closed') return `closed ${state.outcome} ${state.ending}`;
  const left = (at: string): number => Date.parse(at) - START - seconds * 1000;
  if (state.stage === 'cleared') return `cleared ${left(state.clearance.confirm_by)}`;
  if (state.stage !== 'routed' && state.stage !== 'authorized') return state.stage;
  const live = (all: typeof state.overrides): string =>
    all
      .map((one) => `${one.actor_id} ${left(one.expires_at)}`)
      .sort()
      .join();
  const withdrawn = Object.entries(state.withdrawn).map(([who, { by, times, superseded }]) =>
    [who, by, times, superseded].join(' '),
  );
  const deadline = left(state.routing.limits.decision_deadline);
  return [state.stage, live(state.approvals), live(state.overrides), withdrawn.sort().join(), deadline].join(' | ');
}

interface Explored {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

function explore(band: Band): Explored {
  const limits = { ...routed().limits, decision_deadline: new Date(START + 2 * HOUR * 1000).toISOString() };
  const chain = [
    ...CHAINS.policy_evaluated,
    riskEvaluated({ risk_band: band }),
    routed({ limits, breakglass: BREAKGLASS }),
  ];
  const first: Node = { state: fold(linked(chain)), seconds: 60, path: [] };
  const known = new Map([[keyOf(first), first]]);
  const edges: Edge[] = [];
  const queue = [first];
  let step = 0;
  for (let from = queue.shift(); from !== undefined; from = queue.shift()) {
    for (const { name, seconds, command } of commandsAt(from, (step += 1))) {
      const drafts = decide(command, from.state);
      const reached: Node = { state: after(from.state, drafts), seconds, path: [...from.path, name] };
      const to = known.get(keyOf(reached)) ?? reached;
      edges.push({ from, to, name, drafts });
      if (to !== reached || from.state.stage === 'closed') continue;
      known.set(keyOf(reached), reached);
      queue.push(reached);
    }
  }
  return { nodes: [...known.values()], edges };
}

function commandsAt({ state, seconds }: Node, step: number) {
  const commands: { readonly name: string; readonly seconds: number; readonly command: Command }[] = [];
  const settled = (who: string): boolean => 'withdrawn' in state && (state.withdrawn[who]?.times ?? 0) >= MOST_CHANGES;
  for (const { name, act } of moves) {
    const [verb, who = ''] = name.split(' ');
    if ((verb === 'revoke' || verb === 'abstain') && settled(who)) continue;
    commands.push({ name, seconds, command: act(seconds, step)(state) });
  }
  const next = nextInstant(state);
  if (next !== null) {
    const then = (Date.parse(next.at) - START) / 1000;
    const at = new Date(Date.parse(next.at)).toISOString();
    commands.push({ name: 'time', seconds: then, command: { type: 'tick', id: `tick ${next.at}`, at } });
  }
  return commands;
}

/** Whether these people fill every position of the route. */
function suffices(people: readonly { readonly actor_id: string; readonly roles: readonly string[] }[]): boolean {
  return sufficesFor(
    SLOTS.flatMap(({ role, signatures }) => Array.from({ length: signatures }, () => role)),
    people,
  );
}

describe.each(['high', 'critical'] as const)('every interleaving under the band %s', (band) => {
  const { nodes, edges } = explore(band);
  const stageOf = ({ state }: Node): Stage => state.stage;
  const to = (stage: Stage): readonly Edge[] =>
    edges.filter((edge) => stageOf(edge.from) !== stage && stageOf(edge.to) === stage);

  it('is many, and comes to every stage and end', () => {
    expect(nodes.length).toBeGreaterThan(1_000);
    expect(new Set(nodes.map(stageOf))).toEqual(new Set(['routed', 'authorized', 'cleared', 'closed']));
    const ends = nodes.flatMap(({ state }) => (state.stage === 'closed' ? [state.outcome] : []));
    const all = ['executed', 'execution_failed', 'unconfirmed', 'denied', 'expired', 'cancelled'];
    expect(new Set(ends)).toEqual(new Set(all));
  });

  // shows: R19, R59
  it('clears nothing without authority: distinct people, not barred, live, and eligible, or glass that was broken', () => {
    const cleared = to('cleared');
    expect(cleared.length).toBeGreaterThan(10);
    for (const { from, name, drafts } of cleared) {
      const { state, seconds } = from;
      const [event] = drafts;
      if (event?.event_type !== 'execution.cleared' || !('approvals' in state)) throw new Error(`cleared by ${name}`);
      const at = new Date(START + seconds * 1000).toISOString();
      const drifted = name === 'claim after drift' ? [...state.approvals, ...state.overrides][0]?.statement : undefined;
      const counts = (one: { readonly expires_at: string; readonly statement: string }): boolean =>
        one.expires_at > at && one.statement !== drifted;
      const people = state.approvals.filter(counts);
      const glass = state.overrides.filter(counts);
      const path = from.path.join(', ');
      expect(
        people.filter(({ actor_id }) => BARRED.has(actor_id)),
        path,
      ).toEqual([]);
      const hands = new Set([...people, ...glass].map(({ actor_id }) => actor_id));
      const least = band === 'critical' ? 2 : 1;
      expect(suffices(people) || (glass.length > 0 && hands.size >= least), path).toBe(true);
      expect(event.override === undefined, path).toBe(suffices(people));
      for (const { actor_id, role } of event.assignment) {
        expect(
          people.some((one) => one.actor_id === actor_id && one.roles.includes(role)),
          path,
        ).toBe(true);
      }
      const lives = people.filter(({ statement }) => event.assignment.some((one) => one.statement === statement));
      for (const { expires_at } of lives) expect(event.not_after <= expires_at, path).toBe(true);
    }
  });

  it('refuses a claim exactly where authority is missing, or something stands in the way', () => {
    for (const { from, name, drafts } of edges) {
      if (name !== 'claim' || !('approvals' in from.state)) continue;
      const people = from.state.approvals;
      const glass = from.state.overrides;
      const hands = new Set([...people, ...glass].map(({ actor_id }) => actor_id));
      const may = suffices(people) || (glass.length > 0 && hands.size >= (band === 'critical' ? 2 : 1));
      const type = drafts[0]?.event_type;
      if (from.state.stage === 'routed' || from.state.stage === 'authorized')
        expect(type, from.path.join(', ')).toBe(may ? 'execution.cleared' : 'statement.refused');
    }
    const frozen = edges.filter(({ name, from }) => name === 'claim under a freeze' && stageOf(from) === 'authorized');
    expect(frozen.every(({ to: reached }) => stageOf(reached) === 'authorized')).toBe(true);
    expect(frozen.length).toBeGreaterThan(10);
  });

  it('never goes back: what is cleared is cleared once, and what has ended stays ended', () => {
    const order: readonly Stage[] = ['routed', 'authorized', 'cleared', 'closed'];
    for (const { from, to: reached, name } of edges) {
      const [before, now] = [order.indexOf(stageOf(from)), order.indexOf(stageOf(reached))];
      const undone = stageOf(from) === 'authorized' && stageOf(reached) === 'routed';
      expect(now >= before || undone, `${name} after ${from.path.join(', ')}`).toBe(true);
      if (stageOf(from) === 'closed') expect(keyOf(reached)).toBe(keyOf(from));
    }
  });

  it('lets time approve nothing, and end everything', () => {
    const byTime = edges.filter(({ name }) => name === 'time');
    for (const { from, to: reached, drafts } of byTime) {
      const path = from.path.join(', ');
      expect(stageOf(reached) === 'cleared' && stageOf(from) !== 'cleared', path).toBe(false);
      expect(stageOf(reached) === 'authorized' && stageOf(from) === 'routed', path).toBe(false);
      expect(drafts.length, path).toBeGreaterThan(0);
    }
    const next = new Map(byTime.map(({ from, to: reached }) => [keyOf(from), reached]));
    for (const node of nodes) {
      let at: Node | undefined = node;
      for (let hops = 0; at !== undefined && stageOf(at) !== 'closed'; hops += 1) {
        expect(hops, `no end after ${node.path.join(', ')}`).toBeLessThan(20);
        at = next.get(keyOf(at));
      }
      expect(at, `no end after ${node.path.join(', ')}`).toBeDefined();
    }
  });

  it('has nobody approve who may not, whatever came before', () => {
    for (const { from, name, drafts } of edges) {
      if (name !== 'approve p-kit' && name !== 'override by an approver' && name !== 'claim by somebody else') continue;
      const accepted = drafts.some(({ event_type }) =>
        ['authority.approved', 'override.breakglass', 'execution.cleared'].includes(event_type),
      );
      expect(accepted, `${name} after ${from.path.join(', ')}`).toBe(false);
    }
  });
});

it('has people enough for every way to fill the route', () => {
  expect(suffices([{ actor_id: 'p-cyd', roles: PEOPLE['p-cyd'].roles }])).toBe(false);
  expect(
    suffices([
      { actor_id: 'p-cyd', roles: PEOPLE['p-cyd'].roles },
      { actor_id: 'p-ann', roles: PEOPLE['p-ann'].roles },
    ]),
  ).toBe(true);
});
