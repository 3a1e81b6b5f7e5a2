import type { DecisionEvent } from '../core/domain/events.ts';
import { instant } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { authenticate, type ReadStatement, type RosterIndex, rolesAt, withoutKeys } from '../documents/index.ts';
import { dutiesUnder } from '../evaluation/duties.ts';
import { memberOf, type PackedChain } from '../pack/index.ts';
import type { Contents } from './contents.ts';
import type { EventPlace, Findings, VerifierCode } from './findings.ts';
import { type Routing, routingBefore, routingsOf } from './routings.ts';
import { referenceIn, textIn } from './shapes.ts';
import { standingIn } from './standing.ts';

/**
 * Waivers a second time and without `evaluate`: a list of what must be true of each that a routed decision counts, read
 * from the statement, the request, the policy and the rosters. Whether its gate could be evaluated is for the replay.
 */
export function checkWaivers(pack: PackedChain, contents: Contents, findings: Findings): void {
  const { events } = pack;
  const routings = routingsOf(pack, contents);
  const clearedAt = events.findIndex(({ event_type }) => event_type === 'execution.cleared');
  const cleared = events[clearedAt];
  const counting = cleared && routingBefore(routings, clearedAt);
  for (const routing of routings) {
    const under = routing.index === counting?.index ? cleared : undefined;
    for (const [index, record] of waivedIn(routing.policy).entries())
      new Waived(
        pack,
        contents,
        { routing, record, cleared: under, path: `$.gates[${index}].waived` },
        findings,
      ).check();
  }
}

/** The gates that an evaluation says somebody has waived, at their places. */
function waivedIn(evaluated: DecisionEvent | undefined): ReadonlyMap<number, unknown> {
  const gates = memberOf(evaluated, 'gates');
  const list: readonly unknown[] = Array.isArray(gates) ? gates : [];
  return new Map([...list.entries()].filter(([, gate]) => memberOf(gate, 'waived') !== undefined));
}

/** Whether an evaluation says that any gate was waived: then somebody has to have looked (ruling 8). */
export function isWaived(evaluated: DecisionEvent | undefined): boolean {
  return waivedIn(evaluated).size > 0;
}

interface Scene {
  readonly routing: Routing;
  /** Record of the gate. */
  readonly record: unknown;
  /** Undefined where nothing was cleared under this routing. */
  readonly cleared: DecisionEvent | undefined;
  readonly path: string;
}

class Waived {
  readonly #pack: PackedChain;
  readonly #contents: Contents;
  readonly #scene: Scene;
  readonly #findings: Findings;

  constructor(pack: PackedChain, contents: Contents, scene: Scene, findings: Findings) {
    this.#pack = pack;
    this.#contents = contents;
    this.#scene = scene;
    this.#findings = findings;
  }

  check(): void {
    const { routing, record } = this.#scene;
    const { request } = routing.matter;
    const named = textIn(record, 'waived') ?? 'nothing';
    const waiver = this.#contents.statement(named, 'waiver');
    const gateId = textIn(record, 'id') ?? 'no gate';
    if (waiver === null || !(request.waivers ?? []).includes(named)) {
      this.#add('waiver.gate', `a waiver of ${gateId} that the request names`, named);
      return;
    }
    this.#permitted(waiver, gateId);
    this.#bound(waiver);
    const opening = this.#contents.roster(referenceIn(this.#pack.events[0], 'roster')?.digest);
    const frozen = this.#frozen();
    if (opening === null || frozen === null) this.#add('waiver.author', 'rosters that can be read', 'none');
    else this.#author(waiver, opening, frozen);
    this.#times(waiver);
  }

  #permitted({ statement }: ReadStatement<'waiver'>, gateId: string): void {
    const policy = this.#contents.policy(this.#scene.routing.matter.request.policy.digest);
    const gate = policy?.gates.find(({ id }) => id === gateId);
    const rules = policy?.waivers;
    const may = gate !== undefined && !gate.hard && gate.result === 'deny' && rules?.gates.includes(gateId) === true;
    if (!may) this.#add('waiver.gate', 'a gate that the policy lets people waive', gateId);
    if (statement.gate !== gateId) this.#add('waiver.gate', `a waiver of ${gateId}`, `one of ${statement.gate}`);
    if (rules !== undefined && !rules.roles.includes(statement.role))
      this.#add('waiver.gate', `a waiver as ${rules.roles.join(' or ')}`, `as ${statement.role}`);
  }

  #bound({ statement }: ReadStatement<'waiver'>): void {
    const { request } = this.#scene.routing.matter;
    const bound: readonly (readonly [what: string, expected: string, got: string])[] = [
      ['candidate', request.candidate.digest, statement.candidate],
      ['action', request.action, statement.action],
      ['target', request.target, statement.target],
      ['policy', request.policy.digest, statement.policy],
    ];
    for (const [what, expected, got] of bound)
      if (got !== expected) this.#add('waiver.gate', `${what} ${expected}`, `${what} ${got}`);
  }

  /** The roster of this routing, without the keys that its standing revokes. */
  #frozen(): RosterIndex | null {
    const { event } = this.#scene.routing;
    const roster = this.#contents.roster(referenceIn(event, 'roster')?.digest);
    return roster && withoutKeys(roster, standingIn(event, this.#contents)?.document.revoked_keys ?? []);
  }

  #author(waiver: ReadStatement<'waiver'>, opening: RosterIndex, frozen: RosterIndex): void {
    const { event, matter } = this.#scene.routing;
    const { signer, role, owner } = waiver.statement;
    const { origin, tenant } = this.#pack;
    const at = event.timestamp;
    try {
      const { kind } = authenticate(waiver, frozen, { origin, tenant, at });
      if (kind !== 'person') this.#add('waiver.author', 'a person', `${signer}, a ${kind}`);
    } catch (error) {
      if (!hasCode(error)) throw error;
      this.#add('waiver.author', `a key of ${signer} in roster ${frozen.roster.serial} at ${at}`, error.code);
      return;
    }
    const held = rolesAt(frozen, signer, { environment: matter.environment, action: matter.request.action, at });
    if (!held.includes(role))
      this.#add('waiver.author', `${signer} as ${role}`, held.join(', ') || `${signer} without a role`);
    const duties = dutiesUnder(signer, { ...matter.origins, waiverAuthors: [] }, [opening, frozen]);
    const { requester, evidenceAuthor, evaluator } = matter.keys;
    const shared = [requester, evidenceAuthor, evaluator].includes(waiver.keyId) ? ['the same key'] : [];
    if (duties.length + shared.length > 0)
      this.#add('waiver.author', 'nobody with a hand in the request', [signer, ...duties, ...shared].join(', '));
    if (frozen.actors.get(owner)?.kind !== 'person')
      this.#add('waiver.author', 'an owner whom the roster knows as a person', owner);
  }

  #times({ statement: { signed_at, expires_at } }: ReadStatement<'waiver'>): void {
    const { routing, cleared } = this.#scene;
    const at = routing.event.timestamp;
    const lifeS = this.#contents.policy(routing.matter.request.policy.digest)?.waivers?.life_s ?? 0;
    if (expires_at <= at) this.#add('waiver.expired', `after ${at}`, expires_at);
    if (instant(expires_at) - Math.min(instant(signed_at), instant(at)) > lifeS * 1000)
      this.#add('waiver.expired', `at most ${lifeS} s after ${signed_at}`, expires_at);
    if (cleared !== undefined && expires_at <= cleared.timestamp)
      this.#add('waiver.expired', `after the clearance at ${cleared.timestamp}`, expires_at);
    // A permit ends with the first of what it rests on (ruling 9).
    const until = textIn(cleared, 'not_after');
    if (until !== null && expires_at < until)
      this.#add('waiver.expired', `not before the permit ends, ${until}`, expires_at);
  }

  #add(code: VerifierCode, expected: string, got: string): void {
    const { routing, path } = this.#scene;
    const index = this.#pack.events.findIndex((event) => event === routing.policy);
    const place: EventPlace = { chain: 'events', index, event: routing.policy };
    this.#findings.add(code, { path, expected, got }, place);
  }
}
