import { describe, expect, it } from 'vitest';
import type { Command } from '../../../core/domain/commands.ts';
import { decide } from '../../../core/domain/decide.ts';
import type { EventDraft } from '../../../core/domain/events.ts';
import { fold } from '../../../core/domain/evolve.ts';
import type { DecisionState } from '../../../core/domain/state.ts';
import { after, type Move, move, sufficesFor } from './exploring.ts';
import { linked } from './specification.ts';
import {
  approval,
  asking,
  BREAKGLASS,
  CHAINS,
  claim,
  condition,
  DELEGABLE,
  delegation,
  digest,
  HOUR,
  MINUTE,
  override,
  revocation,
  riskEvaluated,
  routed,
  s,
  standIn,
  tick,
} from './world.ts';

/**
 * Every interleaving of people who stand in for others, of conditions, of a step that lets others sign, of a change window
 * and of broken glass, with workers that come late to any of it. All that ends, ends at a fixed instant, so that states
 * differ only in what was said and in the instant at which they are looked at.
 */

const [BEGIN, OPENS, WIDENS, DELEGATIONS_END, CLOSES, APPROVALS_END, DEADLINE] = [
  1 * MINUTE,
  20 * MINUTE,
  40 * MINUTE,
  60 * MINUTE,
  80 * MINUTE,
  90 * MINUTE,
  120 * MINUTE,
] as const;
const OVERRIDES_END = CLOSES;
const INSTANTS = [BEGIN, OPENS, WIDENS, DELEGATIONS_END, CLOSES, APPROVALS_END, DEADLINE];

const ROUTE = asking(
  { release_owner: 1, security_owner: 1 },
  {
    limits: { ...routed().limits, approval_life_s: 2 * HOUR, decision_deadline: s(DEADLINE) },
    breakglass: { ...BREAKGLASS, life_s: 2 * HOUR },
    delegation: DELEGABLE,
    reminders: [s(OPENS)],
    escalation: [
      {
        at: s(WIDENS),
        widened: [{ role: 'security_owner', by: ['incident_lead'] }],
        candidates: [{ role: 'security_owner', count: 4, actor_ids: ['p-bob', 'p-cyd', 'p-dee', 'p-lea'] }],
      },
    ],
    windows: [{ opens: s(OPENS), closes: s(CLOSES) }],
  },
);
const POSITIONS = ['release_owner', 'security_owner'];
const BARRED = new Set(ROUTE.barred.map(({ actor_id }) => actor_id));

const lives = { expires_at: s(APPROVALS_END) };
const inPlace = { expires_at: s(DELEGATIONS_END) };
/** Overdue once the step has come. */
const DUE = { id: 'alarm', what: digest('what'), due: s(WIDENS), role: 'auditor' };
const BEFORE = { id: 'alarm', what: digest('what'), due: s(DEADLINE), role: 'auditor', before: 'clearance' } as const;
const AUDITOR = { roles: ['auditor'] };

/** Who may not, whatever came before; none of these is ever accepted. */
const REFUSED: readonly Move[] = [
  move('approve p-kit in a wider role', (at, d) => {
    const wider = { roles: ['incident_lead'] };
    return approval('p-kit', at, { digest: d, signer: wider, statement: { ...lives, ...wider } });
  }),
  move('delegate p-kit', (at, d) => delegation('p-kit', 'p-out', at, { digest: d, statement: inPlace })),
  move('delegate p-cyd to somebody barred', (at, d) =>
    delegation('p-cyd', 'p-kit', at, { digest: d, statement: inPlace }),
  ),
  move('delegate p-bob', (at, d) =>
    delegation('p-bob', 'p-out', at, { digest: d, statement: { ...inPlace, role: 'security_owner' } }),
  ),
  move('stand in p-kit', (at, d) => standIn('p-kit', at, { digest: d, statement: inPlace })),
  move('stand in p-out for longer', (at, d) => standIn('p-out', at, { digest: d, statement: lives })),
  move('discharge by somebody barred', (at, d) => condition('p-kit', at, { digest: d, signer: AUDITOR })),
];

const SHARED: readonly Move[] = [
  move('approve p-bob', (at, d) => approval('p-bob', at, { digest: d, statement: lives })),
  move('delegate p-ann', (at, d) => delegation('p-ann', 'p-out', at, { digest: d, statement: inPlace })),
  move('revoke p-ann', (at, d) => revocation('p-ann', at, { digest: d })),
  move('override', (at, d) => override('p-axe', at, { digest: d, statement: { expires_at: s(OVERRIDES_END) } })),
  move('claim', (at, d) => claim('w-deployer', at, { digest: d })),
  move(
    'claim without a delegator',
    (at, d) => (state) => claim('w-deployer', at, { digest: d, inForce: gone(state) })(state),
  ),
  ...REFUSED,
];

const WIDER: readonly Move[] = [
  ...SHARED,
  move('approve p-ann', (at, d) => approval('p-ann', at, { digest: d, statement: lives })),
  // Holds a role of the route, and the one that is let in later.
  move('approve p-lea', (at, d) => {
    const both = { roles: ['incident_lead', 'release_owner'] };
    return approval('p-lea', at, { digest: d, signer: both, statement: { ...lives, ...both } });
  }),
  move('delegate p-cyd', (at, d) => delegation('p-cyd', 'p-bob', at, { digest: d, statement: inPlace })),
  ...(['p-out', 'p-bob'] as const).map((who) =>
    move(`stand in ${who}`, (at, d) => standIn(who, at, { digest: d, statement: inPlace })),
  ),
];

const CONDITIONAL: readonly Move[] = [
  ...SHARED,
  move('approve p-ann', (at, d) => approval('p-ann', at, { digest: d, statement: { ...lives, conditions: [DUE] } })),
  move('stand in p-out', (at, d) =>
    standIn('p-out', at, { digest: d, statement: { ...inPlace, conditions: [BEFORE] } }),
  ),
  move('approve p-cyd', (at, d) => approval('p-cyd', at, { digest: d, statement: lives })),
  move('discharge', (at, d) => condition('p-lea', at, { digest: d, signer: AUDITOR })),
  move('breach', (at, d) => condition('p-lea', at, { digest: d, signer: AUDITOR, statement: { verdict: 'breached' } })),
];

function gone(state: DecisionState) {
  const [first] = 'delegations' in state ? state.delegations : [];
  return { ineligible: first === undefined ? [] : [first.statement] };
}

interface Node {
  readonly state: DecisionState;
  /** Index of the instant. */
  readonly at: number;
  /** Everything that was decided, for an account that does without the state. */
  readonly said: readonly EventDraft[];
  readonly path: readonly string[];
}

interface Edge {
  readonly from: Node;
  readonly to: Node;
  readonly name: string;
  readonly drafts: readonly EventDraft[];
}

function keyOf(state: DecisionState, at: number): string {
  if (state.stage === 'closed' || state.stage === 'cleared') return state.stage;
  if (!('approvals' in state)) return 'empty';
  const author = new Map(state.delegations.map((one) => [one.statement, one.actor_id]));
  const approvals = state.approvals.map(({ actor_id, fills, delegation: rests, conditions = [], expires_at }) =>
    [actor_id, fills, rests && (author.get(rests) ?? 'ended'), conditions[0]?.verdict, expires_at].join(' '),
  );
  const delegations = state.delegations.map(({ actor_id, delegate }) => `${actor_id} ${delegate}`);
  const withdrawn = Object.entries(state.withdrawn).map(([who, { by, superseded }]) => [who, by, superseded].join(' '));
  const { reminded, escalated, overrides } = state;
  const waits = state.stage === 'routed' && state.since > s(OPENS);
  return JSON.stringify([
    [state.stage, at, reminded, escalated, overrides.length, waits],
    [approvals.sort(), delegations.sort(), withdrawn.sort()],
  ]);
}

function explore(moves: readonly Move[]) {
  const chain = [...CHAINS.policy_evaluated, riskEvaluated({ risk_band: 'critical' }), ROUTE];
  const first: Node = { state: fold(linked(chain)), at: 0, said: [], path: [] };
  const known = new Map([[keyOf(first.state, 0), first]]);
  const edges: Edge[] = [];
  const queue = [first];
  let step = 0;
  for (let from = queue.shift(); from !== undefined; from = queue.shift()) {
    for (const { name, at, command } of commandsAt(from, moves, (step += 1))) {
      const drafts = command === null ? [] : decide(command, from.state);
      const state = after(from.state, drafts);
      const key = keyOf(state, at);
      const to = known.get(key) ?? { state, at, said: [...from.said, ...drafts], path: [...from.path, name] };
      edges.push({ from, to, name, drafts });
      if (known.has(key)) continue;
      known.set(key, to);
      if (state.stage === 'routed' || state.stage === 'authorized') queue.push(to);
    }
  }
  return { nodes: [...known.values()], edges };
}

function commandsAt({ state, at }: Node, moves: readonly Move[], step: number) {
  const commands: { readonly name: string; readonly at: number; readonly command: Command | null }[] = [];
  const seconds = INSTANTS[at] ?? 0;
  for (const { name, act } of moves) {
    const [verb, who = ''] = name.split(' ');
    // Minds change without end; here each does once.
    if ('withdrawn' in state && state.withdrawn[who] !== undefined && verb === 'revoke') continue;
    commands.push({ name, at, command: act(seconds, step)(state) });
  }
  commands.push({ name: 'time', at, command: tick(seconds)(state) });
  // Nobody came to what was due.
  if (at + 1 < INSTANTS.length) commands.push({ name: 'late', at: at + 1, command: null });
  return commands;
}

interface Standing {
  readonly actor_id: string;
  readonly roles: readonly string[];
  readonly unmet: boolean;
  readonly breached: boolean;
}

/** What stands at an instant, from the events alone: who may fill what, and who broke glass. */
function standingAt(said: readonly EventDraft[], at: string, without: readonly string[]) {
  const taken = (who: string, index: number): boolean =>
    said.slice(index).some((event) => event.event_type === 'authority.revoked' && event.actor_id === who);
  const delegations = said.flatMap((event, index) =>
    event.event_type === 'authority.delegated' && event.expires_at > at && !taken(event.actor_id, index) ? [event] : [],
  );
  const people = said.flatMap((event, index): Standing[] => {
    if (event.event_type !== 'authority.approved' || event.expires_at <= at || taken(event.actor_id, index)) return [];
    const rests = delegations.find(({ statement }) => statement === event.delegation);
    if (event.delegation !== undefined && (rests?.delegate !== event.actor_id || without.includes(rests.statement)))
      return [];
    const widened = said.slice(0, index).some(({ event_type }) => event_type === 'authority.escalated');
    const wider = widened && event.roles.includes('incident_lead') ? ['security_owner'] : [];
    const verdicts = said.flatMap((one) =>
      one.event_type === 'condition.settled' && one.approval === event.statement ? [one.verdict] : [],
    );
    const asked = event.conditions?.[0];
    const needed = asked !== undefined && (asked.before === 'clearance' || asked.due < at);
    return [
      {
        actor_id: event.actor_id,
        roles: rests === undefined ? [...event.roles, ...wider] : [rests.role],
        unmet: needed && !verdicts.includes('discharged'),
        breached: verdicts.includes('breached'),
      },
    ];
  });
  const glass = said.filter((event) => event.event_type === 'override.breakglass' && event.expires_at > at);
  return { people, glass, delegators: delegations.map(({ actor_id }) => actor_id) };
}

/** Why a claim would be refused then; undefined where it is cleared. */
function refusalOf({ said, state, at: index }: Node, name: string, also: readonly EventDraft[]): string | undefined {
  const at = s(INSTANTS[index] ?? 0);
  const without = name === 'claim' ? [] : gone(state).ineligible;
  const { people, glass } = standingAt([...said, ...also], at, without);
  const hands = new Set([...people, ...glass].map(({ actor_id }) => actor_id));
  if (!sufficesFor(POSITIONS, people) && !(glass.length > 0 && hands.size >= 2)) return 'claim.authority_missing';
  if (people.some(({ breached }) => breached)) return 'claim.condition_breached';
  if (people.some(({ unmet }) => unmet)) return 'claim.condition_open';
  return at >= s(OPENS) && at < s(CLOSES) ? undefined : 'claim.outside_window';
}

const isPending = ({ state }: Node): boolean => state.stage === 'routed' || state.stage === 'authorized';
const nameOf = ({ from, name }: Edge): string => [...from.path, name].join(', ');

describe.each([
  ['delegation, escalation, windows and broken glass', WIDER, 'authority.escalated'],
  ['delegation, conditions, windows and broken glass', CONDITIONAL, 'condition.settled'],
] as const)('every interleaving of %s', (_, moves, type) => {
  const { nodes, edges } = explore(moves);

  it('is many, and comes to clearances of every kind', () => {
    expect(nodes.length).toBeGreaterThan(1_000);
    const cleared = edges.filter(({ to, from }) => to.state.stage === 'cleared' && isPending(from));
    expect(cleared.length).toBeGreaterThan(100);
    const rests = new Set(cleared.flatMap(({ from }) => from.said.map((event) => event.event_type)));
    expect([...rests]).toEqual(expect.arrayContaining(['authority.delegated', 'override.breakglass', type]));
  });

  it('clears exactly where an account from the events alone says so, and says why it does not', () => {
    for (const edge of edges.filter(({ name, from }) => name.startsWith('claim') && isPending(from))) {
      const last = edge.drafts.at(-1);
      const got = last?.event_type === 'statement.refused' ? last.code : undefined;
      const due = edge.drafts.slice(0, -1);
      const wanted = refusalOf(edge.from, edge.name, due);
      if (got !== wanted) expect(got, nameOf(edge)).toBe(wanted);
      if (got === undefined) expect(last?.event_type, nameOf(edge)).toBe('execution.cleared');
    }
  });

  it('has nobody act whom a duty bars or who may not, and counts nobody who gave their place away', () => {
    const barred = new Set(REFUSED.map(({ name }) => name));
    for (const edge of edges) {
      const last = edge.drafts.at(-1);
      if (barred.has(edge.name) && last?.event_type !== 'statement.refused')
        expect(last?.event_type, nameOf(edge)).toBeUndefined();
      if (last?.event_type !== 'execution.cleared') continue;
      const { people, glass, delegators } = standingAt([...edge.from.said, ...edge.drafts], last.timestamp, []);
      const hands = [...last.assignment, ...people, ...glass].map(({ actor_id }) => actor_id);
      const wrong = hands.filter((who) => BARRED.has(who) || delegators.includes(who));
      if (wrong.length > 0) expect(wrong, nameOf(edge)).toEqual([]);
      expect(new Set(last.assignment.map(({ actor_id }) => actor_id)).size).toBe(last.assignment.length);
      if (last.not_after > s(CLOSES)) expect(last.not_after, nameOf(edge)).toBe(s(CLOSES));
    }
  });

  it('lets time approve nothing, and end everything', () => {
    for (const edge of edges.filter(({ name }) => name === 'time' || name === 'late')) {
      const [before, now] = [edge.from.state.stage, edge.to.state.stage];
      const gained = now === 'cleared' || (now === 'authorized' && before === 'routed');
      if (gained) expect(now, nameOf(edge)).toBe(before);
      if (edge.name === 'time' && edge.from.at === INSTANTS.length - 1)
        expect(edge.drafts.map(({ event_type }) => event_type)).toEqual(['decision.expired']);
    }
  });

  it('comes to the same, whether a worker came to what was due before a statement or with it', () => {
    const outcome = new Map(edges.map((edge) => [`${keyOf(edge.from.state, edge.from.at)} ${edge.name}`, edge]));
    const said = (edge: Edge | undefined): unknown => {
      const last = edge?.drafts.at(-1);
      return [last?.event_type, last && 'code' in last && last.code, last && 'satisfied' in last && last.satisfied];
    };
    let compared = 0;
    for (const first of edges.filter(({ name, drafts, to }) => name === 'time' && drafts.length > 0 && isPending(to))) {
      for (const { name } of moves) {
        // Of whatever condition the world's people speak, what has ended is not there any more.
        if (name.startsWith('discharge') || name === 'breach') continue;
        const late = outcome.get(`${keyOf(first.from.state, first.from.at)} ${name}`);
        const then = outcome.get(`${keyOf(first.to.state, first.to.at)} ${name}`);
        if (late === undefined || then === undefined) continue;
        compared += 1;
        if (String(said(late)) !== String(said(then))) expect(said(late), nameOf(late)).toEqual(said(then));
      }
    }
    expect(compared).toBeGreaterThan(1_000);
  });
});
