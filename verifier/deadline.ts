import type { DecisionEvent } from '../core/domain/events.ts';
import { earliest, instant, type Timestamp, timestamp } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { authenticate, type ReadStatement, type RosterIndex, rolesAt, type TrustFile } from '../documents/index.ts';
import { dutiesOfKey } from '../evaluation/admission.ts';
import { dutiesUnder } from '../evaluation/duties.ts';
import { LONGEST_S } from '../evaluation/timing.ts';
import { memberOf, type PackedChain } from '../pack/index.ts';
import type { Contents } from './contents.ts';
import type { EventPlace, Findings } from './findings.ts';
import { type Routing, routingsOf } from './routings.ts';
import { referenceIn, textIn } from './shapes.ts';
import { soleEndorserIn } from './signers.ts';

/**
 * The decision deadline a second time and without `decide`: from the policy, and moved only by the statements of persons who
 * held a role of its operators, had no duty, and kept within its cap. Clearance and permit are held against it.
 */
export function checkDeadline(pack: PackedChain, contents: Contents, trust: TrustFile, findings: Findings): void {
  const { events } = pack;
  const routings = routingsOf(pack, contents);
  let now: Present | undefined;
  for (const [index, event] of events.entries()) {
    const place = { chain: 'events', index, event } as const;
    const routing = routings.find((one) => one.index === index);
    if (routing !== undefined) {
      const { base, cap } = boundsOf(routing, pack, contents);
      // On another route it stays where it was moved to, as far as that route lets it; where nobody had moved it, it is the
      // route's own.
      const kept = now?.moved === true ? earliest(now.deadline, cap) : base;
      now = { routing, deadline: kept > base ? kept : base, moved: kept > base };
    } else if (event.event_type === 'operation.extended' && now !== undefined) {
      const until = new Extended(pack, contents, trust, routings, now, place, findings).check();
      now = until === null ? now : { ...now, deadline: until, moved: true };
    } else if (event.event_type === 'execution.cleared') {
      if (now !== undefined) checkClearance(now.deadline, place, findings);
      return;
    }
  }
}

interface Present {
  readonly routing: Routing;
  readonly deadline: Timestamp;
  /** Whether somebody had moved it here; false where it is where the policy puts it. */
  readonly moved: boolean;
}

function checkClearance(deadline: Timestamp, place: EventPlace, findings: Findings): void {
  const times: [path: string, got: string, holds: (got: string) => boolean][] = [
    ['$.timestamp', textIn(place.event, 'timestamp') ?? '', (got) => got < deadline],
    ['$.not_after', textIn(place.event, 'not_after') ?? '', (got) => got <= deadline],
  ];
  for (const [path, got, holds] of times)
    if (!holds(got)) findings.add('authority.deadline', { path, expected: `by ${deadline}`, got }, place);
}

interface Bounds {
  /** Where the policy puts the deadline. */
  readonly base: Timestamp;
  /** Beyond which nobody moves it. */
  readonly cap: Timestamp;
}

/** Where working time is counted, the route's own instant: it is derived with the route. */
function boundsOf({ event, matter: { request } }: Routing, { events }: PackedChain, contents: Contents): Bounds {
  const policy = contents.policy(request.policy.digest);
  const opened = textIn(events[0], 'timestamp') ?? '';
  const named = textIn(memberOf(event, 'limits'), 'decision_deadline') ?? opened;
  const base = policy && policy.times.counted === undefined ? later(opened, policy.times.decision_s) : named;
  const extend = policy?.operation?.extend_s ?? 0;
  const cap = earliest(later(base, extend), later(opened, LONGEST_S));
  return { base, cap: cap > base ? cap : base };
}

/** One extension, as far as it counts. */
class Extended {
  readonly #pack: PackedChain;
  readonly #contents: Contents;
  readonly #trust: TrustFile;
  readonly #routings: readonly Routing[];
  readonly #now: Present;
  readonly #place: EventPlace;
  readonly #event: DecisionEvent;
  readonly #findings: Findings;

  constructor(
    pack: PackedChain,
    contents: Contents,
    trust: TrustFile,
    routings: readonly Routing[],
    now: Present,
    place: EventPlace & { readonly event: DecisionEvent },
    findings: Findings,
  ) {
    this.#pack = pack;
    this.#contents = contents;
    this.#trust = trust;
    this.#routings = routings;
    this.#now = now;
    this.#place = place;
    this.#event = place.event;
    this.#findings = findings;
  }

  /** @returns the new deadline; null, and findings, where it moves nothing. */
  check(): Timestamp | null {
    const before = this.#findings.all.length;
    const read = this.#contents.statement(memberOf(this.#event, 'statement'), 'extension');
    if (read === null) {
      this.#add('an extension', 'none');
      return null;
    }
    const { statement } = read;
    if (textIn(this.#event, 'actor_id') !== statement.signer)
      this.#add(`an event of ${statement.signer}`, textIn(this.#event, 'actor_id') ?? 'nobody');
    if (textIn(this.#event, 'until') !== statement.until)
      this.#add(`until ${statement.until}`, textIn(this.#event, 'until') ?? 'none');
    this.#binding(read);
    this.#operator(read);
    this.#within(read);
    return this.#findings.all.length === before ? statement.until : null;
  }

  #binding({ statement }: ReadStatement<'extension'>): void {
    const basis = textIn(this.#now.routing.event, 'basis_digest');
    const seen = this.#routings.some(
      ({ index, event }) =>
        index < this.#place.index &&
        textIn(event, 'integrity_hash') === statement.routed &&
        textIn(event, 'basis_digest') === basis,
    );
    if (statement.basis !== basis) this.#add(`basis ${basis ?? 'none'}`, `basis ${statement.basis}`);
    if (!seen) this.#add('a routing with this basis', `routed ${statement.routed}`);
  }

  #operator(read: ReadStatement<'extension'>): void {
    const { matter, event } = this.#now.routing;
    const { signer, actor_role: role } = read.statement;
    const roles = this.#contents.policy(matter.request.policy.digest)?.operation?.roles ?? [];
    if (!roles.includes(role)) this.#add(roles.join(', ') || 'no operators, as the policy names none', role);
    const roster = this.#contents.roster(referenceIn(event, 'roster')?.digest);
    if (roster === null) {
      this.#add('a frozen roster', 'none');
      return;
    }
    if (!this.#holds(read, roster)) this.#add(`a person who holds ${role}`, signer);
    // Who had a duty when it was asked for, or under an earlier routing, has it; not who came to one later.
    const before = this.#routings.filter(({ index }) => index < this.#place.index);
    const named = [this.#pack.events[0], ...before.map((routing) => routing.event)];
    const rosters = named.flatMap((each) => this.#contents.roster(referenceIn(each, 'roster')?.digest) ?? []);
    const governing = { contents: this.#contents, trust: this.#trust, tenant: this.#pack.tenant };
    const alone = [
      ['policy_signer', soleEndorserIn(this.#now.routing.policy, 'policy', governing)],
      ['roster_signer', soleEndorserIn(event, 'roster', governing)],
    ] as const;
    const duties = [
      ...dutiesUnder(signer, matter.origins, rosters),
      ...dutiesOfKey(read.keyId, matter),
      ...alone.flatMap(([duty, by]) => (by === signer ? [duty] : [])),
    ];
    if (duties.length > 0) this.#add('nobody with a duty in this decision', `${signer}: ${duties.join(', ')}`);
  }

  #holds(read: ReadStatement<'extension'>, roster: RosterIndex): boolean {
    const { origin, tenant, decision_id: decisionId } = this.#pack;
    const { environment, request } = this.#now.routing.matter;
    const { timestamp: at } = this.#event;
    const { signer, actor_role } = read.statement;
    try {
      const { kind } = authenticate(read, roster, { origin, tenant, decisionId, at });
      const held = rolesAt(roster, signer, { environment, action: request.action, at });
      return kind === 'person' && held.includes(actor_role);
    } catch (error) {
      if (!hasCode(error)) throw error;
      return false;
    }
  }

  #within({ statement: { until } }: ReadStatement<'extension'>): void {
    const { routing, deadline } = this.#now;
    const { timestamp: at } = this.#event;
    const { cap } = boundsOf(routing, this.#pack, this.#contents);
    if (at >= deadline) this.#add(`before the deadline, ${deadline}`, at);
    if (until <= deadline || until > cap) this.#add(`after ${deadline}, and ${cap} at most`, until);
  }

  #add(expected: string, got: string): void {
    this.#findings.add('authority.extension', { path: '$.statement', expected, got }, this.#place);
  }
}

function later(at: Timestamp, seconds: number): Timestamp {
  const ms = instant(at) + seconds * 1000;
  return Number.isNaN(ms) ? at : timestamp(ms);
}
