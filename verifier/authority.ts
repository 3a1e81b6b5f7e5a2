import { digestJson } from '../core/canon/index.ts';
import type { Assignment, DecisionEvent, Slot } from '../core/domain/events.ts';
import { checkAssignment } from '../core/domain/matching.ts';
import { BANDS, GATE_RESULTS } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import {
  authenticate,
  type ReadStatement,
  type RosterIndex,
  rolesAt,
  tenantOf,
  type TrustFile,
  withoutKeys,
} from '../documents/index.ts';
import { basisDocument } from '../evaluation/basis.ts';
import { dutiesUnder } from '../evaluation/duties.ts';
import { leastApprovers } from '../evaluation/floors.ts';
import { dutiesOfKey, type Matter } from '../evaluation/admission.ts';
import { memberOf, type PackedChain } from '../pack/index.ts';
import type { Contents } from './contents.ts';
import type { EventPlace, Findings } from './findings.ts';
import { widerRoles } from './escalation.ts';
import { unmetAt } from './conditions.ts';
import { type Given, delegationOf, refusedByRules } from './delegation.ts';
import { isSameRoute, type Routing, routingBefore, routingsOf } from './routings.ts';
import { assignmentIn, overrideIn, referenceIn, textIn } from './shapes.ts';
import { soleEndorserIn } from './signers.ts';
import { standingIn } from './standing.ts';
import { isWaived } from './waivers.ts';

/**
 * Authority at the clearance, a second time and without `decide`: a list of what must be true of the people who are
 * counted, read from their statements, the rosters and the policy. A fault in the state machine, or in how this
 * verifier drives it, would have to be made here once more to go unseen.
 */
export function checkAuthority(pack: PackedChain, contents: Contents, trust: TrustFile, findings: Findings): void {
  const { events } = pack;
  const clearedAt = events.findIndex((event) => event.event_type === 'execution.cleared');
  const cleared = events[clearedAt];
  const routings = routingsOf(pack, contents);
  for (const routing of routings) checkBasis(pack, routing, contents, findings);
  if (cleared === undefined) return;

  const place: EventPlace = { chain: 'events', index: clearedAt, event: cleared };
  const assignment = assignmentIn(cleared);
  const opening = contents.roster(referenceIn(events[0], 'roster')?.digest);
  const routing = routingBefore(routings, clearedAt);
  const frozen = routings
    .filter(({ index }) => index < clearedAt)
    .flatMap((each) => {
      const roster = contents.roster(referenceIn(each.event, 'roster')?.digest);
      return roster === null ? [] : [{ ...each, roster }];
    });
  const inForce = rosterInForce(cleared, contents);
  const known = opening !== null && inForce !== null && frozen.at(-1)?.index === routing?.index;
  if (routing === undefined || assignment === null || !known) {
    findings.add(
      'authority.missing',
      {
        path: '$.assignment',
        expected: 'a route, and people counted under the rosters at opening, routing and clearance',
        got: 'less than that',
      },
      place,
    );
    return;
  }
  const { matter } = routing;
  const overriding = overridesOf(matter, contents, cleared, place, findings);
  checkSlots(matter, contents, routing.event, assignment, overriding.waived, place, findings);
  checkFloor(pack, routing, contents, trust, [...assignment, ...overriding.overrides], place, findings);
  checkDistinct([...assignment, ...overriding.overrides], contents, place, findings);
  const scene = { trust, routing, cleared, clearedAt, opening, frozen, inForce, place };
  for (const [index, filled] of assignment.entries())
    new Counted(pack, matter, contents, scene, 'approval', filled, `$.assignment[${index}]`, findings).check();
  for (const [index, filled] of overriding.overrides.entries())
    new Counted(pack, matter, contents, scene, 'override', filled, `$.override.statements[${index}]`, findings).check();
}

/** The roster in force at the clearance, without the keys that the standing revokes. */
function rosterInForce(cleared: unknown, contents: Contents): RosterIndex | null {
  const roster = contents.roster(referenceIn(cleared, 'roster')?.digest);
  return roster && withoutKeys(roster, standingIn(cleared, contents)?.document.revoked_keys ?? []);
}

interface Overriding {
  readonly waived: readonly Slot[];
  /** Who broke glass, in the role that the policy names for it. */
  readonly overrides: readonly Assignment[];
}

/** What the clearance says was waived, and by whom, as far as the policy lets anybody (R57-R61, ruling 11). */
function overridesOf(
  { request }: Matter,
  contents: Contents,
  cleared: unknown,
  place: EventPlace,
  findings: Findings,
): Overriding {
  if (memberOf(cleared, 'override') === undefined) return { waived: [], overrides: [] };
  const override = overrideIn(cleared);
  const policy = contents.policy(request.policy.digest);
  const rules = policy?.succession?.action === request.action ? undefined : policy?.breakglass;
  if (override === null || rules === undefined || override.review_role !== rules.review_role) {
    const expected =
      rules === undefined ? 'no override, as the policy knows none' : `one that ${rules.review_role} reviews`;
    findings.add(
      'authority.override',
      { path: '$.override', expected, got: override?.review_role ?? 'another' },
      place,
    );
    return { waived: [], overrides: [] };
  }
  const overrides = override.statements.map((statement): Assignment => {
    const actor_id = contents.statement(statement, 'override')?.statement.signer ?? 'nobody';
    return { role: rules.role, actor_id, statement };
  });
  return { waived: override.waived, overrides };
}

/** The digest that people signed, from the request itself. */
function checkBasis(
  pack: PackedChain,
  { index, event, matter: { request }, risk: assessed }: Routing,
  contents: Contents,
  findings: Findings,
): void {
  const place: EventPlace = { chain: 'events', index, event };
  const policy = contents.policy(request.policy.digest);
  const packet = contents.packet(request.evidence.packet);
  const score = memberOf(assessed, 'risk_score');
  const band = BANDS.find((each) => each === memberOf(assessed, 'risk_band'));
  const action = policy?.actions.find(({ id }) => id === request.action);
  const got = textIn(place.event, 'basis_digest') ?? 'nothing';
  if (typeof score !== 'number' || band === undefined || !action || !packet) {
    findings.add(
      'basis.differs',
      { path: '$.basis_digest', expected: 'a request, policy, packet and risk to derive it from', got },
      place,
    );
    return;
  }
  const expected = digestJson(
    basisDocument({
      origin: pack.origin,
      tenant: pack.tenant,
      decision_id: pack.decision_id,
      request: textIn(pack.events[0], 'request') ?? '',
      candidate: request.candidate,
      action: request.action,
      target: request.target,
      evidence: request.evidence,
      policy: request.policy,
      risk_score: score,
      risk_band: band,
      rollback_target: action.evidence.includes('rollback') ? (packet.sections.rollback?.target ?? null) : null,
    }),
  );
  if (expected !== got) findings.add('basis.differs', { path: '$.basis_digest', expected, got }, place);
}

/** The slots are the policy's, not the event's. */
function checkSlots(
  { request }: Matter,
  contents: Contents,
  routed: unknown,
  assignment: readonly Assignment[],
  waived: readonly Slot[],
  place: EventPlace,
  findings: Findings,
): void {
  const policy = contents.policy(request.policy.digest);
  const route = policy?.routes.find(({ id }) => id === memberOf(routed, 'route'));
  if (route && checkAssignment(without(route.slots, waived), assignment)) return;
  const expected = route
    ? without(route.slots, waived)
        .map(({ role, signatures }) => `${signatures} ${role}`)
        .join(', ') || 'nobody'
    : 'a route of the policy';
  findings.add(
    'authority.missing',
    { path: '$.assignment', expected, got: assignment.map(({ role, actor_id }) => `${role} ${actor_id}`).join(', ') },
    place,
  );
}

/** The slots that have to be filled in spite of an override; a role that it waives and that is not asked for stays. */
function without(slots: readonly Slot[], waived: readonly Slot[]): readonly Slot[] {
  return slots.map(({ role, signatures }) => {
    const less = waived.find((slot) => slot.role === role)?.signatures ?? 0;
    return { role, signatures: Math.max(0, signatures - less) };
  });
}

/** Ruling 8, and what the verifier's owner adds to it. */
function checkFloor(
  pack: PackedChain,
  { matter: { request }, risk, policy: evaluated }: Routing,
  contents: Contents,
  trust: TrustFile,
  counted: readonly Assignment[],
  place: EventPlace,
  findings: Findings,
): void {
  const policy = contents.policy(request.policy.digest);
  // Unknown is the worst case: a band or result that cannot be read demands most.
  const band = BANDS.find((each) => each === memberOf(risk, 'risk_band')) ?? 'critical';
  const said = GATE_RESULTS.find((each) => each === memberOf(evaluated, 'result')) ?? 'escalate';
  const result = isWaived(evaluated) ? 'escalate' : said;
  const environment = policy?.targets.find(({ id }) => id === request.target)?.environment ?? 'production';
  const effects = policy?.actions.find(({ id }) => id === request.action)?.effects ?? ['promotion'];
  // A tenant that the trust file does not know has its own finding.
  const owners = tenantOf(trust, pack.tenant)?.minimum_approvers[band] ?? 0;
  const least = Math.max(leastApprovers({ band, environment, effects }, result), owners);
  const persons = new Set(counted.map(({ actor_id }) => actor_id)).size;
  if (persons >= least) return;
  findings.add(
    'authority.floor',
    { path: '$.assignment', expected: `${least} persons: band ${band}, ${environment}`, got: `${persons}` },
    place,
  );
}

function checkDistinct(
  assignment: readonly Assignment[],
  contents: Contents,
  place: EventPlace,
  findings: Findings,
): void {
  const seen = new Map<string, number>();
  for (const [index, { actor_id, statement }] of assignment.entries()) {
    const read = contents.statement(statement, ['approval', 'override']);
    const key = read === null ? [] : [`key ${read.keyId}`];
    // Who delegated has spent their slot on it: they fill no other, and neither does a second delegate of theirs.
    const delegation = delegationOf(read, contents);
    const behind = delegation === null ? [] : [`person ${delegation.statement.signer}`, `key ${delegation.keyId}`];
    for (const mark of [`person ${actor_id}`, `statement ${statement}`, ...key, ...behind]) {
      const first = seen.get(mark);
      if (first === undefined) seen.set(mark, index);
      else
        findings.add(
          'authority.not_distinct',
          { path: `$.assignment[${index}]`, expected: 'each person and key once', got: `${mark}, also at ${first}` },
          place,
        );
    }
  }
}

interface Frozen extends Routing {
  readonly roster: RosterIndex;
}

interface Scene {
  readonly trust: TrustFile;
  readonly routing: Routing;
  readonly cleared: DecisionEvent;
  readonly clearedAt: number;
  readonly opening: RosterIndex;
  /** Every routing before the clearance, with the roster that it froze. */
  readonly frozen: readonly Frozen[];
  readonly inForce: RosterIndex;
  readonly place: EventPlace;
}

/** One person who is counted for one slot. */
class Counted {
  readonly #pack: PackedChain;
  readonly #matter: Matter;
  readonly #contents: Contents;
  readonly #scene: Scene;
  readonly #kind: 'approval' | 'override';
  readonly #filled: Assignment;
  readonly #path: string;
  readonly #findings: Findings;
  readonly #approval: ReadStatement<'approval' | 'override'> | null;

  constructor(
    pack: PackedChain,
    matter: Matter,
    contents: Contents,
    scene: Scene,
    kind: 'approval' | 'override',
    filled: Assignment,
    path: string,
    findings: Findings,
  ) {
    this.#pack = pack;
    this.#matter = matter;
    this.#contents = contents;
    this.#scene = scene;
    this.#kind = kind;
    this.#filled = filled;
    this.#path = path;
    this.#findings = findings;
    this.#approval = contents.statement(filled.statement, kind);
  }

  check(): void {
    const approval = this.#approval;
    const { role, actor_id, statement } = this.#filled;
    const held = approval === null ? [] : this.#roles(approval);
    if (approval === null || approval.statement.signer !== actor_id || held.length === 0) {
      const got =
        approval === null
          ? `no ${this.#kind} ${statement}`
          : `${approval.statement.signer} for ${offeredBy(approval).join(', ')}`;
      this.#findings.add(
        'authority.statement',
        { path: this.#path, expected: `an ${this.#kind} by ${actor_id} for ${role}`, got },
        this.#scene.place,
      );
      return;
    }
    const approvedAt = this.#order(approval);
    // In somebody's place it takes no role of one's own: whoever delegated has to hold it.
    const inPlace = approval.kind === 'approval' && approval.statement.delegation !== undefined;
    this.#checkGiven(approval, approvedAt, inPlace ? [] : held);
    if (inPlace) this.#delegation(approval);
    this.#conditions(approval);
    const { expires_at } = approval.statement;
    // A permit ends with the first of what it rests on (ruling 9).
    const notAfter = textIn(this.#scene.cleared, 'not_after') ?? '';
    if (expires_at < notAfter) this.#add('authority.expired', `not before the permit ends, ${notAfter}`, expires_at);
  }

  /**
   * Offered roles by which the slot may be filled: its own, and those that the policy's escalation had let in when the
   * approval was accepted. Empty where there are none.
   */
  #roles(approval: ReadStatement<'approval' | 'override'>): readonly string[] {
    const { role } = this.#filled;
    const offered = offeredBy(approval);
    const inPlace = approval.kind === 'approval' && approval.statement.delegation !== undefined;
    if (inPlace) return offered.filter((one) => one === role);
    if (offered.includes(role) || approval.kind === 'override') return offered.filter((one) => one === role);
    const policy = this.#contents.policy(this.#matter.request.policy.digest);
    if (policy === null) return [];
    const accepted = this.#accepted(approval);
    const { ever, before } = widerRoles(policy, this.#asking(accepted), role, this.#pack, accepted);
    const now = offered.filter((one) => before.includes(one));
    if (now.length > 0) return now;
    const wider = offered.filter((one) => ever.includes(one));
    if (wider.length > 0) this.#add('authority.not_escalated', `an approval as ${role}`, `as ${wider.join(', ')}`);
    return wider;
  }

  /** What holds of an approval, of an override, and of the delegation that an approval rests on. */
  #checkGiven(given: Given, acceptedAt: string, roles: readonly string[]): void {
    this.#unrevoked(given);
    this.#binding(given);
    this.#frozen(given, roles, acceptedAt);
    this.#standing(given, roles, this.#scene.inForce, this.#clearedTime, 'authority.not_in_force');
    this.#duties(given.statement.signer, given.keyId);
    const { expires_at } = given.statement;
    if (expires_at <= this.#clearedTime) this.#add('authority.expired', `after ${this.#clearedTime}`, expires_at);
  }

  /** The holder of the role had let its signer approve, before they did, as the policy lets them. */
  #delegation(approval: ReadStatement<'approval' | 'override'>): void {
    const { role, actor_id } = this.#filled;
    const delegation = delegationOf(approval, this.#contents);
    if (delegation === null || delegation.statement.delegate !== actor_id || delegation.statement.role !== role) {
      const got =
        delegation === null ? 'none' : `one to ${delegation.statement.delegate} for ${delegation.statement.role}`;
      this.#add('authority.delegation', `a delegation to ${actor_id} for ${role}`, got);
      return;
    }
    const accepted = this.#accepted(delegation);
    const before = this.#accepted(approval);
    if (accepted < 0 || accepted > before)
      this.#add('authority.delegation', `a delegation before sequence ${before + 1}`, placeText(accepted));
    const acceptedAt = textIn(this.#pack.events[accepted], 'timestamp') ?? this.#clearedTime;
    this.#checkGiven(delegation, acceptedAt, [role]);
    const { expires_at } = delegation.statement;
    if (expires_at < approval.statement.expires_at)
      this.#add('authority.expired', `an approval that ends by ${expires_at}`, approval.statement.expires_at);
    const rules = this.#contents.policy(this.#matter.request.policy.digest)?.delegation;
    const expected = refusedByRules(delegation.statement, acceptedAt, rules);
    if (expected !== null) this.#add('authority.delegation', expected, `${role} until ${expires_at}`);
  }

  #conditions(approval: ReadStatement<'approval' | 'override'>): void {
    const before = this.#pack.events.slice(0, this.#scene.clearedAt);
    for (const { expected, got } of unmetAt(this.#clearedTime, approval, before, this.#matter, this.#contents, {
      opening: this.#scene.opening,
      inForce: this.#scene.inForce,
      frozenAt: (index) => this.#routingAt(index)?.roster,
      aloneAt: (index) => {
        const { policy, event } = this.#routingAt(index) ?? this.#scene.routing;
        return [this.#soleEndorser(policy, 'policy'), this.#soleEndorser(event, 'roster')];
      },
    }))
      this.#add('authority.condition', expected, got);
  }

  get #clearedTime(): string {
    return textIn(this.#scene.cleared, 'timestamp') ?? '';
  }

  #add(code: Parameters<Findings['add']>[0], expected: string, got: string): void {
    this.#findings.add(
      code,
      { path: this.#path, expected, got: `${this.#filled.actor_id}: ${got}` },
      this.#scene.place,
    );
  }

  /** @returns when it was admitted: the time of the event that accepted it. */
  #order(approval: ReadStatement<'approval' | 'override'>): string {
    const { events } = this.#pack;
    const index = this.#accepted(approval);
    if (index < 0 || index > this.#scene.clearedAt) {
      this.#add('authority.order', `an ${this.#kind} before sequence ${this.#scene.clearedAt + 1}`, placeText(index));
    }
    return textIn(events[index], 'timestamp') ?? this.#clearedTime;
  }

  /** Where it was accepted; -1 where it was not. */
  #accepted({ digest, kind }: Given): number {
    const type = ACCEPTED_BY[kind];
    return this.#pack.events.findIndex((event) => event.event_type === type && memberOf(event, 'statement') === digest);
  }

  /** Nobody is counted who took it back; and after a change of mind, only for an approval that knows of it. */
  #unrevoked(given: Given): void {
    const { events } = this.#pack;
    const accepted = this.#accepted(given);
    let before: unknown;
    for (const [index, event] of events.slice(0, this.#scene.clearedAt).entries()) {
      const type = event.event_type;
      if (type !== 'authority.revoked' && type !== 'authority.abstained') continue;
      if (memberOf(event, 'actor_id') !== given.statement.signer) continue;
      if (index > accepted && type === 'authority.revoked')
        this.#add(
          'authority.revoked',
          `${NAMED[given.kind]} that stood until the clearance`,
          `taken back at ${index + 1}`,
        );
      if (index < accepted) before = memberOf(event, 'statement');
    }
    if (given.statement.supersedes === before) return;
    const said = given.statement.supersedes ?? 'nothing';
    this.#add('authority.revoked', `${NAMED[given.kind]} that supersedes ${textOf(before)}`, `supersedes ${said}`);
  }

  #binding({ statement }: Given): void {
    const { routing, frozen } = this.#scene;
    const basis = textIn(routing.event, 'basis_digest');
    // Signed under an earlier routing, it counts under this one where both have the same basis (ruling 4).
    const seen = frozen.find(
      ({ event }) => textIn(event, 'integrity_hash') === statement.routed && textIn(event, 'basis_digest') === basis,
    );
    const routed = (seen ?? routing).event;
    const bound: [string, string, string | null][] = [
      ['decision', statement.decision_id, this.#pack.decision_id],
      ['basis', statement.basis, basis],
      ['routed', statement.routed, textIn(routed, 'integrity_hash')],
      ['brief', statement.brief, textIn(routed, 'brief')],
    ];
    for (const [what, got, expected] of bound) {
      if (got !== expected) this.#add('authority.basis', `${what} ${expected ?? 'nothing'}`, `${what} ${got}`);
    }
  }

  /** Under the roster that was frozen when it was accepted, and under each that a routing has frozen since. */
  #frozen(given: Given, roles: readonly string[], acceptedAt: string): void {
    const { frozen } = this.#scene;
    const first = this.#routingAt(this.#accepted(given));
    for (const { index, event, roster } of frozen) {
      if (index < (first?.index ?? 0)) continue;
      const at = index === first?.index ? acceptedAt : (textIn(event, 'timestamp') ?? acceptedAt);
      this.#standing(given, roles, roster, at, 'authority.role_not_held');
    }
  }

  /** The routing in force at an event, with the roster that it froze. */
  #routingAt(index: number): Frozen | undefined {
    const { frozen } = this.#scene;
    return frozen.findLast((routing) => routing.index < index) ?? frozen[0];
  }

  /**
   * The routing in force at an event, and where its instants begin to count: with the first of those that have followed
   * one another on one basis and one route, since what has come under it has come.
   */
  #asking(index: number): { readonly event: DecisionEvent; readonly since: number } {
    const at = this.#routingAt(index) ?? this.#scene.routing;
    const before = this.#scene.frozen.filter((routing) => routing.index < at.index);
    const other = before.findLastIndex(({ event }) => !isSameRoute(event, at.event));
    return { event: at.event, since: (before[other + 1] ?? at).index };
  }

  /** Signature, person and role under one roster at one time. */
  #standing(
    given: Given,
    roles: readonly string[],
    roster: RosterIndex,
    at: string,
    missing: 'authority.role_not_held' | 'authority.not_in_force',
  ): void {
    const { origin, tenant, decision_id: decisionId } = this.#pack;
    try {
      const { kind } = authenticate(given, roster, { origin, tenant, decisionId, at });
      if (kind !== 'person') this.#add('authority.not_a_person', 'a person', kind);
    } catch (error) {
      if (!hasCode(error)) throw error;
      this.#add(missing, `the signer's key in roster ${roster.roster.serial} at ${at}`, error.code);
      return;
    }
    const { environment, request } = this.#matter;
    const held = rolesAt(roster, given.statement.signer, { environment, action: request.action, at });
    if (roles.length > 0 && !roles.some((one) => held.includes(one)))
      this.#add(missing, roles.join(', '), held.join(', ') || 'no role');
  }

  /** Who had a duty at any of the three times has it: control of a workload that was handed on does not wash off. */
  #duties(actorId: string, keyId: string): void {
    const { opening, frozen, inForce, routing, cleared } = this.#scene;
    const duties = [
      // Whoever vouched for what a decision was evaluated from before it was evaluated anew stays out of it.
      ...frozen.flatMap(({ matter, roster }) => dutiesUnder(actorId, matter.origins, [opening, roster])),
      ...dutiesUnder(actorId, this.#matter.origins, [opening, ...frozen.map(({ roster }) => roster), inForce]),
      ...dutiesOfKey(keyId, this.#matter),
      ...(actorId === this.#soleEndorser(routing.policy, 'policy') ? ['policy_signer'] : []),
      ...([routing.event, cleared].some((event) => actorId === this.#soleEndorser(event, 'roster'))
        ? ['roster_signer']
        : []),
    ];
    const found = [...new Set(duties)].join(', ');
    if (duties.length > 0) this.#add('authority.barred', 'nobody with a duty in this decision', found);
  }

  #soleEndorser(event: DecisionEvent | undefined, kind: 'policy' | 'roster'): string | null {
    const { tenant } = this.#pack;
    return soleEndorserIn(event, kind, { contents: this.#contents, trust: this.#scene.trust, tenant });
  }
}

function offeredBy(read: ReadStatement<'approval' | 'override'>): readonly string[] {
  return read.kind === 'approval' ? read.statement.roles : [read.statement.role];
}

const ACCEPTED_BY = {
  approval: 'authority.approved',
  override: 'override.breakglass',
  delegation: 'authority.delegated',
} as const satisfies Record<Given['kind'], string>;

const NAMED: Record<Given['kind'], string> = {
  approval: 'an approval',
  override: 'an override',
  delegation: 'a delegation',
};

function placeText(index: number): string {
  return index < 0 ? 'none' : `at ${index + 1}`;
}

function textOf(digest: unknown): string {
  return typeof digest === 'string' ? digest : 'nothing';
}
