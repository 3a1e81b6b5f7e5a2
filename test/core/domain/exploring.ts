import type { Command } from '../../../core/domain/commands.ts';
import { decide } from '../../../core/domain/decide.ts';
import { type DecisionEvent, EVENT_SCHEMA_VERSION, type EventDraft } from '../../../core/domain/events.ts';
import { evolve, fold } from '../../../core/domain/evolve.ts';
import type { DecisionState } from '../../../core/domain/state.ts';
import type { Band, DigestText } from '../../../core/domain/vocabulary.ts';
import { accountOf } from './account.ts';
import { linked } from './specification.ts';
import {
  type Act,
  type Actor,
  CHAINS,
  DECISION,
  type DraftOf,
  riskEvaluated,
  ROSTER_AT_OPENING,
  s,
  tick,
} from './world.ts';

/**
 * Goes through every interleaving of the moves of a small world, at fixed instants, breadth first. States that differ in
 * nothing that could matter later are one. All that ends of itself ends at one of the instants, so that there are only so
 * many of them.
 */

export interface Interleavings {
  readonly name: string;
  readonly band: Band;
  readonly route: DraftOf<'authority.routed'>;
  /** Seconds into the decision, ascending. At each, a worker may come to what is due by then, or be late for it. */
  readonly instants: readonly number[];
  readonly moves: readonly Move[];
}

export interface Move {
  readonly name: string;
  /** Null where nobody could do it: the signer's statement would not be admitted. */
  readonly act?: (seconds: number, statement: DigestText, node: Node) => Act | null;
  /** Who leaves the roster that is in force; the one that was frozen at routing still has them. */
  readonly leaves?: Actor;
  /** With a claim: whose word counts no more by then, though the roster is the same. */
  readonly without?: Actor;
  /** Whatever came before, it is not to be accepted. */
  readonly never?: true;
  /** Whoever does it changes their mind: it is tried until they have once, else there would be no end of it. */
  readonly once?: Actor;
}

export interface Node {
  /** The same for all that come to the same. */
  readonly key: string;
  /** What the account makes of it: where that differs, it is not the same, whatever the state says. */
  readonly account: string;
  readonly state: DecisionState;
  /** Index of the instant. */
  readonly at: number;
  /** Who has left the roster in force since the decision was routed first. */
  readonly gone: Actor | null;
  /** The route and everything that was decided since, for an account that does without the state. */
  readonly said: readonly EventDraft[];
  /** How it came there, for whoever reads a failure. */
  readonly path: readonly string[];
}

export interface Edge {
  readonly from: Node;
  readonly to: Node;
  readonly move: Move;
  /** Null where nobody did anything: time went on, or somebody left. */
  readonly command: Command | null;
  readonly drafts: readonly EventDraft[];
  /** What the same command makes of what it has led to: of a crash, that brings it a second time. */
  readonly again: readonly EventDraft[];
}

export interface Explored extends Interleavings {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

/** More than any of these worlds has: state and account have parted, and go on doing so. */
const MOST = 20_000;

/** Comes to whatever is due. */
const TIME: Move = { name: 'time' };
/** The next instant, and nobody has come to what was due. */
const LATE: Move = { name: 'late' };

export function explore(world: Interleavings): Explored {
  const chain = [...CHAINS.policy_evaluated, riskEvaluated({ risk_band: world.band }), world.route];
  const begun = { state: fold(linked(chain)), at: 0, gone: null };
  const said = [world.route];
  const account = tellingOf(said, begun, world);
  const first: Node = { ...begun, key: `${keyOf(begun)} ${account}`, account, said, path: [] };
  const known = new Map([[first.key, first]]);
  const edges: Edge[] = [];
  const queue = [first];
  for (let from = queue.shift(); from !== undefined; from = queue.shift()) {
    for (const { move, command, ...then } of stepsFrom(from, world, edges.length)) {
      const drafts = command === null ? [] : decide(command, from.state);
      const state = after(from.state, drafts);
      const place = { state, at: from.at, gone: from.gone, ...then };
      const isTold = drafts.some(({ event_type }) => event_type !== 'statement.refused');
      const said = isTold ? [...from.said, ...drafts] : from.said;
      const account = isTold || command === null ? tellingOf(said, place, world) : from.account;
      const key = `${keyOf(place)} ${account}`;
      let to = known.get(key);
      if (to === undefined) {
        to = { ...place, key, account, said: [...from.said, ...drafts], path: [...from.path, move.name] };
        known.set(key, to);
        if (known.size > MOST) throw new RangeError(`there is no end of it: ${to.path.join(', ')}`);
        if (state.stage !== 'closed') queue.push(to);
      }
      edges.push({ from, to, move, command, drafts, again: command === null ? [] : decide(command, state) });
    }
  }
  return { ...world, nodes: [...known.values()], edges };
}

function tellingOf(
  said: readonly EventDraft[],
  { state, at, gone }: Pick<Node, 'state' | 'at' | 'gone'>,
  { instants, band }: Interleavings,
): string {
  if (!('approvals' in state)) return '';
  // By the frozen roster: whoever has left the one in force is left out of it at each claim.
  const unknown = state.routing.roster.digest === ROSTER_AT_OPENING.digest ? null : gone;
  const { people, glass, delegators, deadline } = accountOf(said, s(instants[at] ?? 0), unknown, band);
  const told = people.map(({ actor_id, roles, ends, unmet, breached }) => [actor_id, roles, ends, unmet, breached]);
  const others = [glass.map(({ actor_id, expires_at }) => [actor_id, expires_at]), delegators, [deadline]];
  return JSON.stringify([told, ...others].map((all) => all.map(String).sort()));
}

interface Step extends Partial<Pick<Node, 'at' | 'gone'>> {
  readonly move: Move;
  readonly command: Command | null;
}

function* stepsFrom(from: Node, { moves, instants }: Interleavings, step: number): Generator<Step> {
  const { state, at, gone } = from;
  const seconds = instants[at] ?? 0;
  for (const [index, move] of moves.entries()) {
    if (move.once !== undefined && 'withdrawn' in state && state.withdrawn[move.once] !== undefined) continue;
    if (move.leaves !== undefined) {
      if (gone === null) yield { move, command: null, gone: move.leaves };
      continue;
    }
    const act = move.act?.(seconds, statementNumbered(step + index), from);
    if (act) yield { move, command: act(state) };
  }
  yield { move: TIME, command: tick(seconds)(state) };
  if (at + 1 < instants.length) yield { move: LATE, command: null, at: at + 1 };
}

/** No step has sent this statement before. */
function statementNumbered(step: number): DigestText {
  return `sha256:${step.toString(16).padStart(64, '0')}`;
}

/** Stores what was decided and folds it, as the ledger and every reader do. Hashes need only differ. */
export function after(state: DecisionState, drafts: readonly EventDraft[]): DecisionState {
  return drafts.reduce((before, draft) => {
    const sequence = before.head.sequence + 1;
    hashed += 1;
    const header = {
      event_id: `${sequence}`,
      schema_version: EVENT_SCHEMA_VERSION,
      decision_id: DECISION,
      sequence,
      previous_hash: before.head.hash,
      integrity_hash: `sha256:${hashed.toString(16).padStart(64, 'e')}`,
    };
    return evolve(before, { ...draft, ...header } as DecisionEvent);
  }, state);
}

let hashed = 0;

/** What of a node matters to anything that may still come. */
function keyOf({ state, at, gone }: Pick<Node, 'state' | 'at' | 'gone'>): string {
  if (state.stage === 'closed') return `closed ${state.outcome} ${state.ending}`;
  if (state.stage === 'cleared') return `cleared ${at} ${gone} ${state.clearance.confirm_by}`;
  if (!('approvals' in state)) return state.stage;
  const author = new Map(state.delegations.map((one) => [one.statement, one.actor_id]));
  const approvals = state.approvals.map((one) => {
    const { actor_id, roles, fills, delegation, conditions = [], expires_at } = one;
    return [
      actor_id,
      roles,
      fills,
      delegation && (author.get(delegation) ?? 'ended'),
      conditions[0]?.verdict,
      expires_at,
    ];
  });
  const others = [...state.delegations, ...state.overrides].map((one) => {
    return [one.actor_id, 'delegate' in one ? one.delegate : 'glass', one.expires_at];
  });
  const withdrawn = Object.entries(state.withdrawn).map(([who, { by, superseded }]) => [who, by, superseded]);
  const { reminded, escalated, routing, reevaluated, outdated, operations = {}, since } = state;
  const ahead = state.stage === 'routed' && routing.reminders?.filter((instant) => instant >= since).length;
  return JSON.stringify([
    [state.stage, at, gone, reminded, escalated, ahead],
    [routing.basis_digest, routing.roster.digest, reevaluated?.asked.evidence.packet, outdated?.code],
    { ...operations, count: null },
    [approvals, others, withdrawn].map((all) => all.map(String).sort()),
  ]);
}

export const isPending = ({ state }: Pick<Node, 'state'>): boolean =>
  state.stage === 'routed' || state.stage === 'authorized';

/** The time at a node. */
export const timeAt = ({ instants }: Interleavings, { at }: Node): string => s(instants[at] ?? 0);

/** What somebody did, and everything before it. */
export const storyOf = ({ from, move }: Edge): string => [...from.path, move.name].join(', ');
