import {
  canonicalBytes,
  digestJson,
  type Envelope,
  eventIdOf,
  IN_TOTO_PAYLOAD_TYPE,
  type JsonObject,
  linkEvent,
  type PreviousHash,
  type PrivateKey,
  privateKeyFromSeed,
  publicKeyToPem,
  readCanonical,
  signEnvelope,
  toBase64,
} from '../../core/canon/index.ts';
import type { Assignment, DecisionEvent, EndorsedReference, EventDraft, Slot } from '../../core/domain/events.ts';
import { fold } from '../../core/domain/evolve.ts';
import { countingIn } from '../../core/domain/state.ts';
import { decideApproval } from '../../core/domain/stages/authority.ts';
import { settled } from '../../core/domain/stages/condition.ts';
import { decideDelegation } from '../../core/domain/stages/delegation.ts';
import { decideExtension } from '../../core/domain/stages/operation.ts';
import { decideOverride } from '../../core/domain/stages/override.ts';
import type { ApprovalStatement } from '../../core/domain/statements.ts';
import { readStatement } from '../../documents/statements.ts';
import type { Trust } from '../../documents/trust.ts';
import type { Policy } from '../../documents/policy.ts';
import type { Roster } from '../../documents/roster.ts';
import type { Standing } from '../../documents/standing.ts';
import { basisDocument } from '../../evaluation/basis.ts';
import { BRIEF_TYPE } from '../../evaluation/brief.ts';
import { evaluate } from '../../evaluation/evaluate.ts';
import type { Zones } from '../../evaluation/zones.ts';
import { NO_STANDING } from '../../evaluation/standing.ts';
import {
  BUNDLE_MEDIA_TYPE,
  DECISION_PREDICATE_TYPE,
  type PackCore,
  sealedStatement,
  sealPack,
} from '../../pack/index.ts';
import type { VerifierCode } from '../../verifier/index.ts';
import {
  ACTORS,
  digestOf,
  fixtureTrustDocument,
  grant,
  HOLDERS,
  keyFrom,
  keyOfActor,
  rosterKey,
  signedEndorsement,
  signedApproval,
  signedClaim,
  signedFreeze,
  signedReceipt,
  signedRevocation,
  T,
  trustKeyEntry,
} from '../documents/fixtures.ts';
import {
  BREAKGLASS,
  breakable,
  breakablePastGate,
  GLASS,
  cancelled,
  committed,
  delegable,
  denied,
  deniedEarly,
  type Endorsed,
  endorsedPolicy,
  endorsedRoster,
  endorsedStanding,
  executed,
  filesOf,
  fixturePolicy,
  ESCALATED,
  escalated,
  REMINDED,
  waiting,
  WAITING_TIMES,
  windowed,
  fixtureStanding,
  gateDenied,
  MiniatureService,
  nextRoster,
  notedEvidence,
  OPERATED_S,
  operable,
  OPERATION,
  promoted,
  ROSTER,
  SEAL_KEY,
  shift,
  trustBytes,
} from './fixture-pack.ts';

/**
 * Attacks on a pack, most of them by an operator who holds every key of the service: he can write any event, hash the
 * chain anew, sign permits and seal. Each says which findings must name it; others may stand beside them.
 */
export interface Attack {
  readonly name: string;
  readonly says: string;
  readonly codes: readonly VerifierCode[];
  readonly build: () => Attempt;
}

export interface Attempt {
  readonly bundle: Uint8Array | null;
  readonly view?: Uint8Array;
  readonly disclosures?: Uint8Array;
  /** The fixture's trust file unless given. */
  readonly trust?: Uint8Array;
  readonly pems?: Readonly<Record<string, Uint8Array>>;
}

type Event = Record<string, unknown>;

/** A core as a test edits it. */
interface Draft {
  events: Event[];
  outcome: string;
  readonly statements: Record<string, unknown>;
  readonly documents: Record<string, { media_type: unknown; size: number; content: Event }>;
}

/** Seals whatever it is given, as `sealPack` would. */
export function reseal(core: unknown, key: PrivateKey = SEAL_KEY): Uint8Array {
  return sealPack(core as PackCore, key);
}

/** Links and numbers events anew, so that the chain holds again, and sets the head. Ids are the ones of the place unless kept. */
export function rehash(core: PackCore, ids: 'of the place' | 'kept' = 'of the place'): PackCore {
  let previous: PreviousHash = 'GENESIS';
  const events = core.events.map((event, index) => {
    const { previous_hash: _p, integrity_hash: _h, ...body } = event as unknown as JsonObject;
    const sequence = index + 1;
    const id = ids === 'kept' ? {} : { event_id: eventIdOf(core.decision_id, sequence, previous) };
    const linked = linkEvent({ ...body, ...id, sequence }, previous);
    previous = linked.integrity_hash;
    return linked as unknown as DecisionEvent;
  });
  return { ...core, events, head: { sequence: events.length, hash: previous } };
}

function edit(core: PackCore, change: (core: Draft) => void): PackCore {
  const copy = structuredClone(core) as unknown as Draft;
  change(copy);
  return copy as unknown as PackCore;
}

function eventOf(core: Draft, type: string): Event {
  const found = core.events.find((event) => event['event_type'] === type);
  if (!found) throw new TypeError(`no ${type}`);
  return found;
}

/** Changed, and hashed anew, and sealed. */
export function rewritten(core: PackCore, change: (core: Draft) => void): Attempt {
  return { bundle: reseal(rehash(edit(core, change))) };
}

function bundleOf(statement: unknown, key: PrivateKey = SEAL_KEY, material: object = {}): Uint8Array {
  const { payloadType, payload, signatures } = signEnvelope(IN_TOTO_PAYLOAD_TYPE, statement as JsonObject, key);
  return canonicalBytes({
    mediaType: BUNDLE_MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: key.publicKey.keyId }, tlogEntries: [], ...material },
    dsseEnvelope: { payloadType, payload, signatures: [{ keyid: '', sig: signatures[0].sig }] },
  });
}

export function sealed(service: MiniatureService): Attempt {
  return { bundle: reseal(service.core()) };
}

/** Records an approval as if it had been accepted, whatever `decide` thinks of it. */
export function forceApproval(
  service: MiniatureService,
  envelope: Envelope,
  at: string = T.approved,
  change: (draft: EventDraft) => EventDraft = (draft) => draft,
): MiniatureService {
  const read = readStatement(service.keep(envelope), 'approval');
  const statement: ApprovalStatement = read.statement;
  const state = service.state;
  if (state.stage !== 'routed' && state.stage !== 'authorized') throw new TypeError(state.stage);
  const signer = { kind: 'person', roles: statement.roles, duties: [] } as const;
  service.append(decideApproval({ digest: read.digest, statement, signer }, state, at).map(change));
  return service;
}

const BY_WIDER = { signer: ACTORS.securityOwner, roles: ['security_owner'] } as const;

/** An approval in the wider role, whether it was let in or not. */
function byWider(service: MiniatureService, overrides: Parameters<typeof signedApproval>[0] = {}): Envelope {
  return service.approval({ ...BY_WIDER, ...overrides }, keyOfActor(ACTORS.securityOwner));
}

function escalation(timestamp: string): EventDraft {
  const widened = [{ role: 'executive', by: ['security_owner'] }];
  const candidates = [
    { role: 'executive', count: 3, actor_ids: [ACTORS.securityOwner, ACTORS.executive, ACTORS.secondExecutive] },
  ];
  const system = { timestamp, actor_id: 'SYSTEM', due: ESCALATED } as const;
  return { event_type: 'authority.escalated', ...system, step: 1, widened, candidates };
}

/** Says that the approval completes the route. */
const fills = (draft: EventDraft): EventDraft => ({ ...draft, role: 'executive', satisfied: true }) as EventDraft;

/** A clearance that counts an approval for the executive's. */
const FILLED = (envelope: Envelope): Event => {
  const { statement, digest } = readStatement(envelope, 'approval');
  return { assignment: [{ role: 'executive', actor_id: statement.signer, statement: digest }] };
};

/** The last event of a type, to be appended again. */
function draftOf(service: MiniatureService, type: string): EventDraft {
  const event = service.events.findLast((one) => one.event_type === type);
  const { event_id, schema_version, decision_id, sequence, previous_hash, integrity_hash, ...draft } =
    event as DecisionEvent;
  return draft as EventDraft;
}

/** Takes a delegation as if it had been accepted. */
function forceDelegation(service: MiniatureService, envelope: Envelope): MiniatureService {
  const { statement, digest } = readStatement(service.keep(envelope), 'delegation');
  const signer = { kind: 'person', roles: [statement.role], duties: [] } as const;
  service.append(decideDelegation({ digest, statement, signer }, T.approved));
  return service;
}

/** Executed on an approval that rests on this delegation, whatever is wrong with it. */
function delegatedBy(
  overrides: Parameters<MiniatureService['delegation']>[0],
  roster: Roster = ROSTER,
  service: MiniatureService = delegable(1, roster),
): Attempt {
  const delegation = service.delegation(overrides);
  const approved = forceApproval(forceDelegation(service, delegation), service.standingIn(delegation));
  return sealed(forceReceipt(forceClearance(approved)));
}

/** Executed after the deadline, which these extensions had moved, whatever is wrong with them. */
function extendedBy(
  extensions: readonly (Parameters<MiniatureService['extending']>[0] & { readonly at?: string })[],
  service: MiniatureService = operable(),
  change: (draft: EventDraft) => EventDraft = (draft) => draft,
  key?: PrivateKey,
): Attempt {
  for (const { at = shift(T.requested, 30), ...overrides } of extensions) {
    const { statement, digest } = readStatement(service.extending({ signed_at: at, ...overrides }, key), 'extension');
    const state = service.state;
    if (state.stage !== 'routed' && state.stage !== 'authorized') throw new TypeError(state.stage);
    const signer = { kind: 'person', roles: [statement.actor_role], duties: [] } as const;
    service.append(decideExtension({ digest, statement, signer }, state, at).map(change));
  }
  return sealed(forceReceipt(forceClearance(forceApproval(service, service.approval()))));
}

/** Cleared on an approval that asks for an alarm, after this word of it, whatever it is worth. */
function clearedIf(
  asked: Parameters<MiniatureService['approveIf']>[0],
  word?: Parameters<MiniatureService['word']>[0],
  roster: Roster = ROSTER,
): Attempt {
  const service = openService({ roster: endorsedRoster(roster) }).approveIf(asked);
  if (word !== undefined) {
    const { statement, digest } = readStatement(service.word(word), 'condition');
    service.append([settled(digest, statement, undefined, T.claimed)]);
  }
  return sealed(forceReceipt(forceClearance(service)));
}

/** What a clearance would say of an override. */
function overrideFor(statement: string, waived: readonly Slot[]): JsonObject {
  const { review_role, review_s } = BREAKGLASS;
  return {
    statements: [statement],
    waived: waived.map(({ role, signatures }) => ({ role, signatures })),
    review_role,
    review_by: shift(T.cleared, review_s),
  };
}

/** Takes an override, and clears on it, whatever admission thinks of it. */
export function forceOverride(service: MiniatureService, envelope: Envelope): MiniatureService {
  const { statement, digest } = readStatement(envelope, 'override');
  const state = service.state;
  if (state.stage !== 'routed') throw new TypeError(state.stage);
  const signer = { kind: 'person', roles: [statement.role], duties: [] } as const;
  service.append(decideOverride({ digest, statement, signer }, state, T.approved));
  return forceClearance(service, { assignment: [], override: overrideFor(digest, state.routing.slots) });
}

const STANDING = fixtureStanding();
/** What the fixture's candidate goes back to. */
const ROLLBACK_TARGET = notedEvidence().packet.sections.rollback?.target ?? '';

function nextStanding(changes: Partial<Standing>): Endorsed<Standing> {
  return endorsedStanding({ ...STANDING, serial: 2, predecessor: digestJson(STANDING), ...changes });
}

/** Routed and approved under one standing, then cleared under another whatever it says, and executed. */
function clearedUnder(standing: Endorsed<Standing>, overrides: Event = {}): Attempt {
  const service = openService({ standing: endorsedStanding(STANDING) }).approve();
  return sealed(forceReceipt(forceClearance(service, { standing: service.keepEndorsed(standing), ...overrides })));
}

/** The fixture's trust file, where it demands a standing. */
function demanding(): Uint8Array {
  return trustBytes((trust) => ({
    ...trust,
    tenants: trust.tenants.map((tenant) => {
      return { ...tenant, standing: { minimum_serial: 1, demanded_from: T.rosterIssued } };
    }),
  }));
}

/** A claim that is refused for a freeze which somebody signed, and a decision that goes on afterwards. */
function refusedFor(freeze: Envelope): Attempt {
  const service = openService().approve();
  service.claim({ nonce: OTHER_NONCE }, T.claimed, undefined, { freezes: [freeze] });
  return sealed(service.claim().confirm());
}

/** A house in which nobody operates, and nothing is cleared in time. */
function operableWithout(): MiniatureService {
  const times = { ...fixturePolicy().times, decision_s: OPERATED_S };
  return openService({ policy: endorsedPolicy(fixturePolicy({ times })) });
}

function openService(setup: ConstructorParameters<typeof MiniatureService>[0] = {}): MiniatureService {
  return new MiniatureService(setup).open().evaluate();
}

/** Clears, whatever `decide` thinks of it. */
export function forceClearance(
  service: MiniatureService,
  overrides: Event = {},
  at: string = T.cleared,
  claim?: Envelope,
): MiniatureService {
  const envelope = service.keep(
    claim ?? signedClaim({ decision_id: service.decisionId, basis: service.routing.basis_digest }),
  );
  const { statement, digest } = readStatement(envelope, 'claim');
  const live = 'assignment' in service.state ? service.state.assignment : [];
  const draft = {
    event_type: 'execution.cleared',
    timestamp: at,
    actor_id: statement.signer,
    claim: digest,
    subject: service.request.statement.candidate.digest,
    target: 'prod-gateway-01',
    assignment: live,
    roster: service.rosterReference,
    not_after: shift(at, 600),
    bounded_by: 'permit_life_s',
    confirm_by: shift(at, 3600),
    ...overrides,
  };
  service.append([draft as unknown as EventDraft]);
  service.permit = service.keep(service.permitFor());
  return service;
}

/** Confirms with any receipt, whatever `decide` thinks of it. */
export function forceReceipt(
  service: MiniatureService,
  overrides: Parameters<typeof signedReceipt>[0] = {},
  event: Event = {},
): MiniatureService {
  if (service.permit === null) throw new TypeError('no permit');
  const permit = digestJson(service.permit);
  const envelope = service.keep(
    signedReceipt({ decision_id: service.decisionId, claim: service.clearance.claim, permit, ...overrides }),
  );
  const { statement, digest } = readStatement(envelope, 'receipt');
  const { tool, target, result, receipt_id } = statement;
  service.append([
    {
      event_type: 'execution.confirmed',
      timestamp: shift(T.finished, 1),
      actor_id: service.clearance.executor,
      receipt: digest,
      permit,
      execution: { tool, target, result, receipt_id },
      subject: statement.subject,
      subject_matches: statement.subject === service.clearance.subject,
      command: statement.command,
      started_at: statement.started_at,
      finished_at: statement.finished_at,
      late: false,
      ...event,
    } as EventDraft,
  ]);
  return service;
}

/** The same chain, its last event with other members. */
function withLast(service: MiniatureService, change: Event): MiniatureService {
  const last = service.events.pop();
  if (last === undefined) throw new TypeError('no event');
  service.state = fold(service.events);
  const { event_id: _i, schema_version: _v, decision_id: _d, sequence: _s, ...rest } = last;
  const { previous_hash: _p, integrity_hash: _h, ...draft } = rest;
  service.append([{ ...draft, ...change } as EventDraft]);
  return service;
}

/** Puts another roster in the place of the one that was in force at opening, endorsements and all. */
function openedUnder(core: Draft, { document, endorsements }: Endorsed<Roster>): void {
  const requested = eventOf(core, 'decision.requested');
  const before = requested['roster'] as EndorsedReference;
  delete core.documents[before.digest];
  for (const endorsement of before.endorsements) delete core.statements[endorsement];
  const digest = digestJson(document);
  const { length: size } = canonicalBytes(document);
  core.documents[digest] = { media_type: document._type, size, content: document as unknown as Event };
  for (const envelope of endorsements) core.statements[digestJson(envelope)] = envelope;
  const { serial } = document;
  requested['roster'] = { serial, digest, endorsements: endorsements.map((each) => digestJson(each)).sort() };
}

/** Denied because this policy is in force, which is not the one that was asked for. */
function deniedUnder(policy: Endorsed<Policy>): MiniatureService {
  const asked = { version: '1.1.0', digest: digestOf('the policy before') };
  return new MiniatureService({ policy, request: { policy: asked } }).open().evaluate();
}

const OTHER_NONCE = 'AAAAAAAAAAAAAAAAAAAAAA==';

export function withGrants(actor: string, ...roles: string[]): Roster {
  const roster = ROSTER;
  return {
    ...roster,
    persons: roster.persons.map((person) =>
      person.actor_id === actor
        ? { ...person, grants: [...person.grants, ...roles.map((role) => grant(role))] }
        : person,
    ),
  };
}

/** A roster in which this holder of a key of the trust file is an executive too, with a key for that. */
function withExecutive(holder: string): Roster {
  const entry = {
    actor_id: holder,
    keys: [rosterKey(holder, keyFrom(`${holder} approves`))],
    grants: [grant('executive')],
  };
  return { ...ROSTER, persons: [...ROSTER.persons, entry].toSorted((a, b) => (a.actor_id < b.actor_id ? -1 : 1)) };
}

/** Ends this holder's keys before anything was asked for. */
function ending(holder: string): (trust: Trust) => Trust {
  return (trust) => ({
    ...trust,
    keys: trust.keys.map((key) => (key.holder === holder ? { ...key, valid_until: shift(T.requested, -3600) } : key)),
  });
}

/** The trust file where one signature makes a policy, and one a roster. */
function oneSignerEach(change: (trust: Trust) => Trust = (trust) => trust): Uint8Array {
  return trustBytes((trust) => ({
    ...change(trust),
    tenants: trust.tenants.map((tenant) => ({ ...tenant, policy_threshold: 1, roster_threshold: 1 })),
  }));
}

const twoExecutives: Policy = fixturePolicy({
  routes: [
    { id: 'executive', when: 'request.action == "deploy.change"', slots: [{ role: 'executive', signatures: 2 }] },
  ],
});

/** A policy that asks for nobody; the floor would deny it, and the operator goes on all the same. */
function belowTheFloor(): MiniatureService {
  const policy = fixturePolicy({ routes: [{ id: 'nobody', when: 'true', slots: [] }] });
  const service = new MiniatureService({ policy: endorsedPolicy(policy) }).open();
  const like = openService();
  const { request } = service;
  const reference = service.rosterReference;
  const policyReference = {
    serial: 1,
    digest: digestJson(policy),
    endorsements: endorsedPolicy(policy)
      .endorsements.map((each) => digestJson(each))
      .sort(),
  };
  const packet = readCanonical(
    service.documents.get(request.statement.evidence.packet) as Uint8Array,
  ) as unknown as Parameters<typeof evaluate>[0]['packet'];
  const evidence = readStatement(service.statements.get(request.statement.evidence.statement), 'evidence');
  const { evaluation } = evaluate({
    decisionId: service.decisionId,
    requestedAt: T.requested,
    at: shift(T.requested, 3),
    request: request.statement,
    requestDigest: request.digest,
    policy: { document: policy, reference: policyReference },
    openingRoster: service.opening.index,
    roster: { index: service.roster, reference },
    standing: NO_STANDING,
    packet,
    packetDigest: request.statement.evidence.packet,
    evidenceStatement: evidence.statement,
  });
  if (!evaluation.policy || !evaluation.risk || evaluation.denial?.code !== 'route.below_floor')
    throw new TypeError('the floor did not deny');
  const { candidate, action, target, policy: asked } = request.statement;
  const basis = service.keepDocument(
    basisDocument({
      origin: request.statement.origin,
      tenant: request.statement.tenant,
      decision_id: service.decisionId,
      request: request.digest,
      candidate,
      action,
      target,
      evidence: request.statement.evidence,
      policy: asked,
      risk_score: evaluation.risk.risk_score,
      risk_band: evaluation.risk.risk_band,
      rollback_target: packet.sections.rollback?.target ?? null,
    }),
  );
  const brief = service.keepDocument({ _type: BRIEF_TYPE });
  const { hash: _hash, at: _at, ...routing } = like.routing;
  const system = { timestamp: shift(T.requested, 3), actor_id: 'SYSTEM' };
  service.append([
    { event_type: 'policy.evaluated', ...system, ...evaluation.policy },
    { event_type: 'risk.evaluated', ...system, ...evaluation.risk },
    {
      event_type: 'authority.routed',
      ...system,
      ...routing,
      route: 'nobody',
      slots: [],
      required_roles: [],
      candidates: [],
      basis_digest: basis,
      brief,
      satisfied: true,
    },
  ]);
  return service.claim().confirm();
}

function mislabelled(label: object): Attempt {
  const service = executed();
  const { brief } = service.routing;
  return { bundle: reseal(edit(service.core(), ({ documents }) => Object.assign(documents[brief] ?? {}, label))) };
}

/** The trust file names a PEM for its seal key, and this lies beside it under that name. */
function withPem(pem: string): Attempt {
  const named = trustKeyEntry('seal', HOLDERS.seal, { pem: 'seal.pem' });
  return {
    bundle: reseal(executed().core()),
    trust: trustBytes((trust) => ({ ...trust, keys: [...trust.keys.filter((key) => key.use !== 'seal'), named] })),
    pems: { 'seal.pem': bytes(pem) },
  };
}

function unsealedBy(key: PrivateKey): Attempt {
  return { bundle: reseal(executed().core(), key) };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

export const ATTACKS: readonly Attack[] = [
  {
    name: 'event-changed',
    says: 'a field of one event is changed, and nothing else',
    codes: ['chain.hash', 'replay.differs'],
    build: () => ({
      bundle: reseal(
        edit(executed().core(), (core) => {
          eventOf(core, 'risk.evaluated')['risk_score'] = 0.1;
        }),
      ),
    }),
  },
  {
    name: 'chain-rehashed',
    says: 'a field is changed, and the whole chain hashed anew and sealed (oxdeai#303)',
    codes: ['replay.differs', 'authority.basis', 'execution.permit'],
    build: () =>
      rewritten(executed().core(), (core) => {
        eventOf(core, 'risk.evaluated')['risk_band'] = 'low';
      }),
  },
  {
    name: 'tail-cut',
    says: 'the last event is cut off and the rest sealed (cmcp#427)',
    codes: ['pack.outline', 'pack.foreign'],
    build: () =>
      rewritten(executed().core(), (core) => {
        core.events.pop();
      }),
  },
  {
    name: 'denial-cut',
    says: 'a rejection whose denial is cut off',
    codes: ['replay.unfinished', 'pack.outline'],
    build: () =>
      rewritten(denied().core(), (core) => {
        core.events.pop();
      }),
  },
  {
    name: 'refusal-removed',
    says: 'a refused statement disappears from the record, and the chain is hashed anew (temporal proposals#53)',
    codes: ['execution.permit'],
    build: () => {
      const core = promoted().core();
      const refused = core.events.find((event) => event.event_type === 'statement.refused');
      if (refused?.event_type !== 'statement.refused') throw new TypeError('nothing was refused');
      return rewritten(core, (copy) => {
        copy.events = copy.events.filter((event) => event['event_type'] !== 'statement.refused');
        delete copy.statements[refused.statement];
      });
    },
  },
  {
    name: 'event-doubled',
    says: 'an approval stands twice',
    codes: ['chain.duplicate_event', 'event.id', 'replay.illegal'],
    build: () => {
      const doubled = edit(executed().core(), (core) => {
        core.events.splice(5, 0, structuredClone(eventOf(core, 'authority.approved')));
      });
      return { bundle: reseal(rehash(doubled, 'kept')) };
    },
  },
  {
    name: 'event-id-chosen',
    says: "the last event has an id of the operator's choice, which could carry a message",
    codes: ['event.id'],
    build: () => {
      const chosen = edit(executed().core(), (core) => {
        eventOf(core, 'execution.confirmed')['event_id'] = '6d657373-6167-8520-a820-68696464656e';
      });
      return { bundle: reseal(rehash(chosen, 'kept')) };
    },
  },
  {
    name: 'events-reordered',
    says: 'the clearance is put before the approval',
    codes: ['authority.order', 'replay.differs'],
    build: () =>
      rewritten(executed().core(), (core) => {
        const [approved, cleared] = [core.events[4], core.events[5]];
        core.events.splice(4, 2, cleared as Event, approved as Event);
      }),
  },
  {
    name: 'links-broken',
    says: 'numbers, links, ids and the decision of events are overwritten',
    codes: ['chain.genesis', 'chain.previous', 'chain.sequence', 'chain.event_id', 'chain.decision'],
    build: () => ({
      bundle: reseal(
        edit(executed().core(), ({ events }) => {
          Object.assign(events[0] as Event, { previous_hash: digestOf('no genesis') });
          Object.assign(events[1] as Event, { previous_hash: digestOf('elsewhere'), sequence: 9 });
          Object.assign(events[2] as Event, { event_id: '' });
          Object.assign(events[3] as Event, { decision_id: 'another' });
        }),
      ),
    }),
  },
  {
    name: 'placeholder-hashes',
    says: 'hashes are placeholders, as in the example of the source',
    codes: ['chain.placeholder'],
    build: () => ({
      bundle: reseal(
        edit(executed().core(), ({ events }) => {
          Object.assign(events[0] as Event, { integrity_hash: `sha256:${'1'.repeat(64)}` });
        }),
      ),
    }),
  },
  {
    name: 'hash-removed',
    says: 'an event has no hash, so the next has nothing to follow and no place for an id',
    codes: ['chain.hash', 'chain.previous', 'event.id'],
    build: () => ({
      bundle: reseal(
        edit(executed().core(), ({ events }) => {
          delete events[2]?.['integrity_hash'];
        }),
      ),
    }),
  },
  {
    name: 'event-of-the-future',
    says: 'an event of an unknown type, of another schema and of no time',
    codes: ['event.malformed'],
    build: () =>
      rewritten(executed().core(), ({ events }) => {
        Object.assign(events[1] as Event, { event_type: 'policy.waived' });
        Object.assign(events[2] as Event, { schema_version: '2.0.0' });
        Object.assign(events[3] as Event, { timestamp: '2026-02-30T00:00:00.000Z' });
      }),
  },
  {
    name: 'outcome-lied',
    says: 'a refusal is said to have been executed, and sealed as a decision',
    codes: ['pack.outline'],
    build: () => ({
      bundle: reseal(
        edit(denied().core(), (core) => {
          core.outcome = 'executed';
        }),
      ),
    }),
  },
  {
    name: 'refusal-as-decision',
    says: 'a refusal is sealed under the predicate type of decisions (ruling 19)',
    codes: ['pack.statement'],
    build: () => ({
      bundle: bundleOf({ ...sealedStatement(denied().core()), predicateType: DECISION_PREDICATE_TYPE }),
    }),
  },
  {
    name: 'other-subject',
    says: 'the in-toto statement names another artifact than the decision',
    codes: ['pack.statement'],
    build: () => ({
      bundle: bundleOf({
        ...sealedStatement(executed().core()),
        subject: [{ name: 'evil@1.0.0', digest: { sha256: 'e'.repeat(64) } }],
      }),
    }),
  },
  {
    name: 'core-of-another-form',
    says: 'the core has a member that nobody knows',
    codes: ['pack.shape'],
    build: () => ({
      bundle: bundleOf({
        ...sealedStatement(executed().core()),
        predicate: { ...executed().core(), waived: ['POL-RISK-008'] },
      }),
    }),
  },
  {
    name: 'sealed-by-nobody',
    says: 'the seal is of a key that the trust file does not know',
    codes: ['signer.seal'],
    build: () => unsealedBy(keyFrom('nobody')),
  },
  {
    name: 'sealed-by-permit-key',
    says: 'a key is used for what it is not for',
    codes: ['signer.seal'],
    build: () => unsealedBy(keyOfActor(HOLDERS.permit)),
  },
  {
    name: 'sealed-after-the-window',
    says: 'the seal key was no longer in force',
    codes: ['signer.seal'],
    build: () => ({
      bundle: reseal(executed().core()),
      trust: trustBytes((trust) => ({
        ...trust,
        keys: trust.keys.map((key) => (key.use === 'seal' ? { ...key, valid_until: T.approved } : key)),
      })),
    }),
  },
  {
    name: 'seal-of-another-key',
    says: 'the hint names the seal key, and another key signed',
    codes: ['seal.signature'],
    build: () => {
      const forged = JSON.parse(text(reseal(executed().core(), keyFrom('nobody')))) as {
        verificationMaterial: { publicKey: { hint: string } };
      };
      forged.verificationMaterial.publicKey.hint = SEAL_KEY.publicKey.keyId;
      return { bundle: canonicalBytes(forged) };
    },
  },
  {
    name: 'signature-missing',
    says: 'there is no signature at all (chainloop#3217)',
    codes: ['bundle.unreadable'],
    build: () => {
      const bundle = JSON.parse(text(reseal(executed().core()))) as { dsseEnvelope: { signatures: unknown[] } };
      bundle.dsseEnvelope.signatures = [];
      return { bundle: canonicalBytes(bundle) };
    },
  },
  {
    name: 'two-texts-one-meaning',
    says: 'the same bundle, written with spaces (agent-governance-toolkit#3507)',
    codes: ['bundle.unreadable'],
    build: () => ({ bundle: bytes(JSON.stringify(JSON.parse(text(reseal(executed().core()))), null, 1)) }),
  },
  {
    name: 'bundle-brings-certificate',
    says: 'a certificate travels in the bundle',
    codes: ['pack.carries_trust'],
    build: () => ({
      bundle: bundleOf(sealedStatement(executed().core()), SEAL_KEY, { certificate: { rawBytes: 'AAAA' } }),
    }),
  },
  {
    name: 'pack-brings-trust',
    says: 'a trust document lies among the documents',
    codes: ['pack.carries_trust', 'pack.foreign'],
    build: () => {
      const trust = fixtureTrustDocument() as unknown as JsonObject;
      return {
        bundle: reseal(
          edit(executed().core(), ({ documents }) => {
            documents[digestJson(trust)] = {
              media_type: trust['_type'],
              size: canonicalBytes(trust).length,
              content: trust,
            };
          }),
        ),
      };
    },
  },
  {
    name: 'statement-withheld',
    says: 'the approval that an event names is not there',
    codes: ['pack.incomplete', 'replay.illegal', 'authority.statement'],
    build: () => {
      const service = executed();
      const approved = service.events.find((event) => event.event_type === 'authority.approved');
      return {
        bundle: reseal(
          edit(service.core(), ({ statements }) => {
            delete statements[(approved as { statement: string }).statement];
          }),
        ),
      };
    },
  },
  {
    name: 'envelope-written-anew',
    says: 'an envelope is respelled under the digest of the old one',
    codes: ['statement.digest'],
    build: () => {
      const service = executed();
      const key = service.request.digest;
      const other = signedApproval({ decision_id: service.decisionId });
      return {
        bundle: reseal(
          edit(service.core(), ({ statements }) => {
            statements[key] = other;
          }),
        ),
      };
    },
  },
  {
    name: 'envelope-loose-base64',
    says: 'an envelope whose base64 has a line break',
    codes: ['statement.unreadable'],
    build: () => {
      const service = executed();
      const key = service.request.digest;
      return {
        bundle: reseal(
          edit(service.core(), ({ statements }) => {
            const envelope = statements[key] as { payload: string } | undefined;
            if (envelope) envelope.payload = `${envelope.payload.slice(0, 64)}\n${envelope.payload.slice(64)}`;
          }),
        ),
      };
    },
  },
  {
    name: 'document-swapped',
    says: 'a document is changed under the digest of the old one, to the same length',
    codes: ['document.digest'],
    build: () => {
      const service = executed();
      const key = service.routing.brief;
      return {
        bundle: reseal(
          edit(service.core(), ({ documents }) => {
            Object.assign(documents[key]?.content ?? {}, { evaluated_at: '2026-02-24T20:12:25.000Z' });
          }),
        ),
      };
    },
  },
  {
    name: 'document-mislabelled',
    says: 'a document is said to be of another type than it is',
    codes: ['document.digest'],
    build: () => mislabelled({ media_type: 'application/json' }),
  },
  {
    name: 'document-missized',
    says: 'a document is said to be of another size than it is',
    codes: ['document.digest'],
    build: () => mislabelled({ size: 2 }),
  },
  {
    name: 'document-of-another-kind',
    says: 'the policy is a document that is no policy',
    codes: ['document.unreadable'],
    build: () => {
      const service = executed();
      const stranger = { _type: 'application/vnd.countersign.policy.v1+json', origin: 'nowhere' };
      return rewritten(service.core(), (core) => {
        const digest = digestJson(stranger);
        const requested = eventOf(core, 'decision.requested');
        delete core.documents[requested['policy_digest'] as string];
        core.documents[digest] = {
          media_type: stranger._type,
          size: canonicalBytes(stranger).length,
          content: stranger,
        };
        requested['policy_digest'] = digest;
        (eventOf(core, 'policy.evaluated')['policy'] as Event)['digest'] = digest;
      });
    },
  },
  {
    name: 'approval-of-another-decision',
    says: 'an approval of B is used for A (hatchet#4714)',
    codes: ['statement.foreign', 'authority.basis'],
    build: () => {
      const service = openService();
      return sealed(
        forceReceipt(
          forceClearance(
            forceApproval(service, service.approval({ decision_id: promoted().decisionId.replace(/^./, '0') })),
          ),
        ),
      );
    },
  },
  {
    name: 'approval-of-another-basis',
    says: 'the approver saw something else',
    codes: ['replay.differs', 'authority.basis'],
    build: () => {
      const service = openService();
      return sealed(
        forceApproval(service, service.approval({ basis: digestOf('another basis') }))
          .claim()
          .confirm(),
      );
    },
  },
  {
    name: 'basis-changed',
    says: 'the routing carries another basis than the request has',
    codes: ['basis.differs', 'replay.differs'],
    build: () =>
      rewritten(executed().core(), (core) => {
        eventOf(core, 'authority.routed')['basis_digest'] = digestOf('another basis');
      }),
  },
  {
    name: 'approved-by-requester',
    says: 'the requester is in the group of approvers (vault#19214)',
    codes: ['authority.barred', 'replay.differs'],
    build: () => {
      const roster = withGrants(ACTORS.requester, 'executive');
      const service = openService({ roster: endorsedRoster(roster), request: { signer: ACTORS.requester } });
      return sealed(
        forceReceipt(forceClearance(forceApproval(service, service.approval({ signer: ACTORS.requester })))),
      );
    },
  },
  {
    name: 'approved-by-controller',
    says: 'the approver controls the workload that asked',
    codes: ['authority.barred', 'replay.differs'],
    build: () => {
      const service = openService({ roster: endorsedRoster(withGrants(ACTORS.requester, 'executive')) });
      return sealed(
        forceReceipt(forceClearance(forceApproval(service, service.approval({ signer: ACTORS.requester })))),
      );
    },
  },
  {
    name: 'approved-by-former-controller',
    says: 'the approver controlled the workload when it asked, and handed the control on before the route',
    codes: ['authority.barred', 'replay.differs'],
    build: () => {
      const workloads = ROSTER.workloads.map((workload) => ({ ...workload, controlled_by: [ACTORS.executive] }));
      const service = openService({
        opening: endorsedRoster({ ...ROSTER, workloads }),
        roster: endorsedRoster(nextRoster()),
      });
      return sealed(forceReceipt(forceClearance(forceApproval(service, service.approval()))));
    },
  },
  ...(['policy', 'roster'] as const).map(
    (kind): Attack => ({
      name: `approved-by-sole-signer-of-${kind}`,
      says: `the approver alone endorsed the ${kind} under which they approve`,
      codes: ['authority.barred', 'replay.differs'],
      build: () => {
        const [holder] = HOLDERS[kind];
        const roster = withExecutive(holder);
        const service = openService({
          policy: endorsedPolicy(fixturePolicy(), kind === 'policy' ? [holder] : undefined),
          roster: endorsedRoster(roster, kind === 'roster' ? [holder] : undefined),
        });
        forceApproval(service, service.approval({ signer: holder }, keyFrom(`${holder} approves`)));
        return { ...sealed(forceReceipt(forceClearance(service))), trust: oneSignerEach() };
      },
    }),
  ),
  ...(['policy', 'roster'] as const).map(
    (kind): Attack => ({
      name: `approved-by-sole-signer-of-${kind}-beside-an-ended-key`,
      says: `the approver endorsed the ${kind} with nobody but the thief of a key that had ended, which the service names`,
      codes: ['authority.barred'],
      build: () => {
        const [holder, ended] = HOLDERS[kind];
        const service = openService({
          policy: endorsedPolicy(fixturePolicy(), kind === 'policy' ? [holder, ended] : undefined),
          roster: endorsedRoster(withExecutive(holder), kind === 'roster' ? [holder, ended] : undefined),
        });
        service.submit(service.approval({ signer: holder }, keyFrom(`${holder} approves`)), T.approved);
        return { ...sealed(service.claim().confirm()), trust: oneSignerEach(ending(ended)) };
      },
    }),
  ),
  {
    name: 'approved-by-sole-signer-until-later',
    says: 'the approver alone endorsed the policy, and another holder did so only after it had been cleared',
    codes: ['authority.barred'],
    build: () => {
      const [holder, later] = HOLDERS.policy;
      const policy = fixturePolicy();
      const named = { document_kind: 'policy', document: digestJson(policy), signed_at: T.finished } as const;
      const { document, endorsements } = endorsedPolicy(policy, [holder]);
      const service = openService({
        policy: { document, endorsements: [...endorsements, signedEndorsement(later, named)] },
        roster: endorsedRoster(withExecutive(holder)),
      });
      service.submit(service.approval({ signer: holder }, keyFrom(`${holder} approves`)), T.approved);
      return { ...sealed(service.claim().confirm()), trust: oneSignerEach() };
    },
  },
  {
    name: 'approved-by-sole-signer-of-later-roster',
    says: 'the approver alone endorsed the roster that is in force at the clearance',
    codes: ['authority.barred', 'replay.differs'],
    build: () => {
      const [holder] = HOLDERS.roster;
      const service = openService({ roster: endorsedRoster(withExecutive(holder)) });
      service.submit(service.approval({ signer: holder }, keyFrom(`${holder} approves`)), T.approved);
      const later = endorsedRoster(
        { ...withExecutive(holder), serial: 2, predecessor: digestJson(withExecutive(holder)) },
        [holder],
      );
      const roster = service.keepEndorsed(later);
      return { ...sealed(forceReceipt(forceClearance(service, { roster }))), trust: oneSignerEach() };
    },
  },
  {
    name: 'same-person-twice',
    says: 'two approvals of one person fill two positions (php-tuf#154)',
    codes: ['authority.not_distinct', 'authority.missing', 'replay.differs'],
    build: () => {
      const service = openService({ policy: endorsedPolicy(twoExecutives) });
      const first = service.approval();
      const second = service.approval({ nonce: toBase64(new Uint8Array(16).fill(7)) });
      service.submit(first, T.approved);
      const twice: Assignment[] = [first, second].map((each) => ({
        role: 'executive',
        actor_id: ACTORS.executive,
        statement: digestJson(each),
      }));
      forceApproval(
        service,
        second,
        shift(T.approved, 1),
        (draft) => ({ ...draft, assignment: twice, satisfied: true }) as EventDraft,
      );
      return sealed(forceReceipt(forceClearance(service)));
    },
  },
  {
    name: 'one-person-two-roles',
    says: 'one approval fills two roles (gitlab#425759)',
    codes: ['authority.not_distinct', 'replay.differs'],
    build: () => {
      const roster = withGrants(ACTORS.modelOwner, 'release_owner', 'security_owner');
      const service = openService({ roster: endorsedRoster(roster), request: { action: 'model.promote' } });
      const roles = ['model_owner', 'release_owner', 'security_owner'];
      const approval = service.approval({ signer: ACTORS.modelOwner, roles });
      const assignment = roles.map((role) => ({ role, actor_id: ACTORS.modelOwner, statement: digestJson(approval) }));
      forceApproval(
        service,
        approval,
        T.approved,
        (draft) => ({ ...draft, assignment, satisfied: true }) as EventDraft,
      );
      return sealed(forceReceipt(forceClearance(service)));
    },
  },
  {
    name: 'key-of-another-person',
    says: "an approval in one person's name under another's key",
    codes: ['signer.unknown', 'authority.role_not_held'],
    build: () => {
      const service = openService();
      return sealed(
        forceReceipt(forceClearance(forceApproval(service, service.approval({}, keyOfActor(ACTORS.secondExecutive))))),
      );
    },
  },
  {
    name: 'signature-of-nobody',
    says: "the approval names the approver's key, and another key signed",
    codes: ['statement.signature'],
    build: () => {
      const service = openService();
      const forged = structuredClone(
        service.approval({}, privateKeyFromSeed(new Uint8Array(32).fill(9))),
      ) as unknown as { signatures: [{ keyid: string }] };
      forged.signatures[0].keyid = keyOfActor(ACTORS.executive).publicKey.keyId;
      return sealed(forceReceipt(forceClearance(forceApproval(service, forged as unknown as Envelope))));
    },
  },
  {
    name: 'request-of-nobody',
    says: "the request is in the requester's name, under a key that is not theirs",
    codes: ['signer.unknown'],
    build: () => sealed(executed({ requestKey: keyFrom('nobody') })),
  },
  {
    name: 'request-of-another-decision',
    says: 'the request belongs to another decision than the chain',
    codes: ['statement.foreign'],
    build: () => sealed(executed({ request: { decision_id: promoted().decisionId.replace(/^./, '0') } })),
  },
  {
    name: 'requester-removed-before',
    says: 'the requester stood no longer in the roster in force at opening, and stands again in the one at routing',
    codes: ['signer.unknown'],
    build: () => {
      const workloads = ROSTER.workloads.filter(({ actor_id }) => actor_id !== ACTORS.pipeline);
      return sealed(
        executed({ opening: endorsedRoster({ ...ROSTER, workloads }), roster: endorsedRoster(nextRoster()) }),
      );
    },
  },
  {
    name: 'cancelled-by-one-who-came-later',
    says: 'a cancellation before routing, signed by nobody whom the roster in force at opening knows',
    codes: ['signer.unknown'],
    build: () => {
      const service = new MiniatureService().open().cancel({ signer: ACTORS.requester });
      const without: Roster = {
        ...ROSTER,
        persons: ROSTER.persons.filter(({ actor_id }) => actor_id !== ACTORS.requester),
        workloads: ROSTER.workloads.map((workload) => ({ ...workload, controlled_by: [ACTORS.executive] })),
      };
      return rewritten(service.core(), (core) => openedUnder(core, endorsedRoster(without)));
    },
  },
  {
    name: 'denial-without-grounds',
    says: 'a denial before any gate ran says nothing of what it was evaluated under',
    codes: ['replay.illegal'],
    build: () => sealed(withLast(deniedEarly(), { policy: null, roster: null })),
  },
  {
    name: 'denial-of-another-code',
    says: 'a denial before any gate ran has another reason than policy and evidence lead to',
    codes: ['replay.differs'],
    build: () => sealed(withLast(deniedEarly(), { code: 'evidence.stale' })),
  },
  {
    name: 'denial-under-a-policy-of-nobody',
    says: 'a denial names a policy that nobody endorsed',
    codes: ['signer.policy'],
    build: () => sealed(deniedUnder({ document: fixturePolicy({ title: 'Strict' }), endorsements: [] })),
  },
  {
    name: 'denial-grounds-withheld',
    says: 'the policy that a denial names is not in the pack',
    codes: ['pack.incomplete', 'replay.illegal'],
    build: () => {
      const service = deniedEarly();
      const { policy } = service.events.at(-1) as unknown as { policy: { digest: string } };
      return {
        bundle: reseal(
          edit(service.core(), ({ documents }) => {
            delete documents[policy.digest];
          }),
        ),
      };
    },
  },
  {
    name: 'claim-refused-at-will',
    says: 'a claim is refused as not by an executor, though the roster in force knows it',
    codes: ['replay.differs'],
    build: () => {
      const service = openService();
      service.claim({ nonce: OTHER_NONCE }, T.approved);
      return sealed(withLast(service, { code: 'claim.not_executor' }).cancel());
    },
  },
  {
    name: 'claim-refused-under-no-roster',
    says: 'the refusal of a claim does not say under which roster it was judged',
    codes: ['replay.illegal'],
    build: () => {
      const service = openService();
      service.claim({ nonce: OTHER_NONCE, target: 'prod-gateway-02' }, T.approved);
      return sealed(withLast(service, { roster: null }).cancel());
    },
  },
  {
    name: 'endorsements-reordered',
    says: 'the same endorsements in another spelling, in an event that nothing else holds fast',
    codes: ['replay.illegal'],
    build: () => {
      const service = deniedEarly();
      const { roster } = service.events.at(-1) as unknown as { roster: { endorsements: string[] } };
      return sealed(withLast(service, { roster: { ...roster, endorsements: roster.endorsements.toReversed() } }));
    },
  },
  {
    name: 'evidence-of-nobody',
    says: "the evidence is vouched for in its author's name, under a key that is not theirs",
    codes: ['signer.unknown'],
    build: () => sealed(executed({ evidenceKey: keyFrom('nobody') })),
  },
  {
    name: 'approval-from-the-future',
    says: 'the approval was signed after it was counted',
    codes: ['statement.time'],
    build: () => {
      const service = openService();
      return sealed(
        forceReceipt(forceClearance(forceApproval(service, service.approval({ signed_at: shift(T.approved, 600) })))),
      );
    },
  },
  {
    name: 'expired-approval',
    says: 'the approval had expired before the clearance',
    codes: ['authority.expired', 'replay.differs'],
    build: () => {
      const service = openService().approve({ expires_at: shift(T.approved, 30) });
      return sealed(forceReceipt(forceClearance(service)));
    },
  },
  {
    name: 'override-of-no-policy',
    says: 'the clearance says that glass was broken, and the policy lets nobody',
    codes: ['authority.override', 'authority.missing', 'replay.differs'],
    build: () => {
      const service = openService().approve();
      const envelope = service.overriding({ signer: ACTORS.securityOwner }, keyOfActor(ACTORS.securityOwner));
      const override = overrideFor(digestJson(envelope), service.routing.slots);
      return sealed(forceReceipt(forceClearance(service, { assignment: [], override })));
    },
  },
  {
    name: 'override-past-a-hard-gate',
    says: 'glass is broken past a hard gate that denies, by a service that records that it did not',
    codes: ['replay.differs'],
    build: () => sealed(breakablePastGate().override().claim().confirm()),
  },
  {
    name: 'override-waives-more',
    says: 'the clearance waives a position that somebody fills',
    codes: ['authority.missing', 'replay.differs'],
    build: () => {
      const service = breakable().override();
      const [statement] = service.state.stage === 'authorized' ? service.state.overrides : [];
      const slots = [{ role: 'executive', signatures: 1 }];
      const filled = [{ role: 'executive', actor_id: GLASS, statement: statement?.statement ?? '' }];
      const override = overrideFor(statement?.statement ?? '', slots);
      return sealed(forceReceipt(forceClearance(service, { assignment: filled, override })));
    },
  },
  {
    name: 'override-under-an-ordinary-key',
    says: 'whoever took the key for approvals breaks glass with it',
    codes: ['authority.not_in_force', 'authority.role_not_held', 'replay.differs', 'signer.unknown'],
    build: () => {
      const service = breakable();
      return sealed(forceReceipt(forceOverride(service, service.overriding({}, keyFrom(GLASS)))));
    },
  },
  {
    name: 'override-by-another-role',
    says: 'a person who may approve breaks glass',
    codes: ['authority.not_in_force', 'authority.role_not_held', 'replay.differs', 'signer.unknown'],
    build: () => {
      const service = breakable();
      const envelope = service.overriding({ signer: ACTORS.executive }, keyOfActor(ACTORS.executive));
      return sealed(forceReceipt(forceOverride(service, envelope)));
    },
  },
  {
    name: 'override-expired',
    says: 'the override had ended before the clearance',
    codes: ['authority.expired', 'replay.differs'],
    build: () => {
      const service = breakable();
      return sealed(forceReceipt(forceOverride(service, service.overriding({ expires_at: shift(T.approved, 30) }))));
    },
  },
  {
    name: 'permit-outlives-override',
    says: 'the permit ends after the override that it rests on',
    codes: ['authority.expired', 'replay.differs'],
    build: () => {
      const service = breakable();
      const envelope = service.overriding({ expires_at: shift(T.cleared, 60) });
      return sealed(forceReceipt(forceOverride(service, envelope)));
    },
  },
  {
    name: 'one-override-twice',
    says: 'one override is counted for two',
    codes: ['authority.not_distinct', 'replay.differs'],
    build: () => {
      const service = breakable().override();
      const [statement = ''] = countingIn(service.state);
      const override = { ...overrideFor(statement, service.routing.slots), statements: [statement, statement] };
      return sealed(forceReceipt(forceClearance(service, { assignment: [], override })));
    },
  },
  {
    name: 'escalation-early',
    says: 'the wider role was let in before its time',
    codes: ['notice.early', 'replay.illegal', 'authority.not_escalated'],
    build: () => {
      const service = waiting().tick(REMINDED);
      service.append([escalation(shift(ESCALATED, -1))]);
      return sealed(forceReceipt(forceClearance(forceApproval(service, byWider(service)))));
    },
  },
  {
    name: 'escalation-forged',
    says: 'a policy that escalates nothing, and an event that does',
    codes: ['notice.early', 'replay.illegal', 'authority.statement'],
    build: () => {
      const service = openService();
      service.append([escalation(ESCALATED)]);
      const filled = service.approval(BY_WIDER, keyOfActor(ACTORS.securityOwner));
      return sealed(forceReceipt(forceClearance(forceApproval(service, filled, T.approved, fills), FILLED(filled))));
    },
  },
  {
    name: 'escalation-of-another-role',
    says: 'the step lets in whom the policy does not',
    codes: ['replay.differs', 'authority.statement'],
    build: () => {
      const service = waiting().tick(REMINDED);
      const widened = [{ role: 'executive', by: ['release_owner'] }];
      service.append([{ ...escalation(ESCALATED), widened } as EventDraft]);
      const wish = { signer: ACTORS.releaseOwner, roles: ['release_owner'] };
      const filled = service.approval(wish, keyOfActor(ACTORS.releaseOwner));
      return sealed(forceReceipt(forceClearance(forceApproval(service, filled, T.approved, fills), FILLED(filled))));
    },
  },
  {
    name: 'wider-role-before-escalation',
    says: 'somebody of the wider role approved before it was let in, and is counted once it was',
    codes: ['authority.not_escalated', 'replay.differs'],
    build: () => {
      const service = waiting().tick(REMINDED);
      const filled = byWider(service, { signed_at: REMINDED });
      forceApproval(service, filled, shift(REMINDED, 1), (draft) => ({ ...draft, satisfied: false }) as EventDraft);
      service.tick(ESCALATED);
      service.append([
        {
          ...draftOf(service, 'authority.approved'),
          timestamp: T.approved,
          assignment: [],
          satisfied: true,
        } as EventDraft,
      ]);
      return sealed(forceReceipt(forceClearance(service, FILLED(filled))));
    },
  },
  {
    name: 'reminder-withheld',
    says: 'a reminder was due, and the chain goes on without it',
    codes: ['notice.missing', 'replay.differs'],
    build: () => {
      const service = waiting();
      return sealed(forceReceipt(forceClearance(forceApproval(service, service.approval()))));
    },
  },
  {
    name: 'reminder-withheld-in-added-time',
    says: 'a reminder was due, and what came next came after the first deadline and before the one it was moved to',
    codes: ['notice.missing', 'replay.differs'],
    build: () =>
      extendedBy([{ at: shift(T.requested, 10) }], operable({ times: { ...WAITING_TIMES, decision_s: 90 } })),
  },
  {
    name: 'escalation-withheld',
    says: 'an escalation was due, and the chain goes on without it',
    codes: ['notice.missing', 'replay.differs'],
    build: () => {
      const service = waiting().tick(REMINDED);
      return sealed(forceReceipt(forceClearance(forceApproval(service, service.approval()))));
    },
  },
  {
    name: 'reminded-twice',
    says: 'a reminder that went out goes out again',
    codes: ['notice.early', 'replay.illegal'],
    build: () => {
      const service = waiting().tick(REMINDED);
      service.append([draftOf(service, 'authority.reminded')]);
      return sealed(service.tick(ESCALATED).approve().claim().confirm());
    },
  },
  {
    name: 'escalated-role-lost',
    says: 'who signed in the wider role does not hold it in the roster in force at clearance',
    codes: ['authority.not_in_force', 'replay.differs'],
    build: () => {
      const service = escalated();
      const persons = ROSTER.persons.map((one) =>
        one.actor_id === ACTORS.securityOwner ? { ...one, grants: [grant('auditor')] } : one,
      );
      const next = endorsedRoster({ ...nextRoster(), persons });
      return sealed(forceReceipt(forceClearance(service, { roster: service.keepEndorsed(next) })));
    },
  },
  {
    name: 'cleared-outside-window',
    says: 'the target was closed at the clearance',
    codes: ['window.outside', 'replay.differs'],
    build: () => sealed(forceReceipt(forceClearance(windowed('09:00', '10:00').evaluate().approve()))),
  },
  {
    name: 'permit-outlives-window',
    says: 'the permit ends after the window in which it was cleared',
    codes: ['window.outside', 'replay.differs'],
    build: () => sealed(forceReceipt(forceClearance(windowed('21:00', '21:20').evaluate().approve()))),
  },
  {
    name: 'window-forged',
    says: 'the route names a window that the policy does not',
    codes: ['window.outside', 'replay.differs'],
    build: () => {
      const service = windowed('09:00', '10:00').evaluate().approve();
      const windows = [{ opens: T.requested, closes: shift(T.requested, 3600) }];
      return rewritten(forceReceipt(forceClearance(service)).core(), (core) => {
        eventOf(core, 'authority.routed')['windows'] = windows;
      });
    },
  },
  {
    name: 'offsets-from-another-time',
    says: 'the offsets of a zone do not begin with the request',
    codes: ['replay.differs'],
    build: () => {
      const before: Zones = () => [{ from: shift(T.requested, -1), offset_s: 3600 }];
      return sealed(windowed('21:00', '22:00').evaluate(shift(T.requested, 3), before).approve().claim().confirm());
    },
  },
  {
    name: 'offsets-beyond-measure',
    says: 'the clocks of a zone are further from UTC than any ever were',
    codes: ['replay.differs'],
    build: () => {
      const far: Zones = (_, from) => [{ from, offset_s: -(18 * 3600 + 1) }];
      const service = windowed('00:00', '24:00').evaluate(shift(T.requested, 3), far).approve();
      return sealed(forceReceipt(forceClearance(service)));
    },
  },
  {
    name: 'standing-ended',
    says: 'cleared under a standing that no longer spoke',
    codes: ['standing.ended', 'replay.differs'],
    build: () => clearedUnder(nextStanding({ not_after: T.cleared })),
  },
  {
    name: 'permit-outlives-standing',
    says: 'the permit ends after the standing that it rests on',
    codes: ['standing.ended', 'replay.differs'],
    build: () => clearedUnder(nextStanding({ not_after: shift(T.cleared, 60) })),
  },
  {
    name: 'standing-names-another-policy',
    says: 'the policy of the decision counts no more',
    codes: ['standing.other', 'replay.differs'],
    build: () => clearedUnder(nextStanding({ policy: { serial: 2, digest: digestOf('the policy after') } })),
  },
  {
    name: 'standing-names-another-roster',
    says: 'cleared under a roster that governance has replaced',
    codes: ['standing.other'],
    build: () => clearedUnder(nextStanding({ roster: { serial: 2, digest: digestOf('the roster after') } })),
  },
  {
    name: 'standing-of-the-policy-holders',
    says: 'the standing is endorsed by keys that endorse policies',
    codes: ['signer.standing'],
    build: () => clearedUnder(endorsedStanding(nextStanding({}).document, HOLDERS.policy.slice(0, 2))),
  },
  {
    name: 'standing-by-one-of-two',
    says: 'the standing has too few endorsements',
    codes: ['signer.standing'],
    build: () => clearedUnder(endorsedStanding(nextStanding({}).document, HOLDERS.governance.slice(0, 1))),
  },
  {
    name: 'standing-goes-back',
    says: 'cleared under an older standing than the one that the decision was routed under',
    codes: ['in_force.older'],
    build: () => {
      const service = openService({ standing: nextStanding({}) }).approve();
      const older = service.keepEndorsed(endorsedStanding(STANDING));
      return sealed(forceReceipt(forceClearance(service, { standing: older })));
    },
  },
  {
    name: 'candidate-revoked',
    says: 'governance had revoked what the candidate goes back to',
    codes: ['standing.revoked', 'replay.differs'],
    build: () => clearedUnder(nextStanding({ revoked_digests: [ROLLBACK_TARGET] })),
  },
  {
    name: 'approved-by-a-revoked-key',
    says: "governance had revoked the approver's key, and the approval is counted all the same",
    codes: ['standing.revoked', 'authority.not_in_force', 'replay.differs'],
    build: () => clearedUnder(nextStanding({ revoked_keys: [keyOfActor(ACTORS.executive).publicKey.keyId] })),
  },
  {
    name: 'asked-with-a-revoked-key',
    says: "governance had revoked the requester's key",
    codes: ['standing.revoked', 'replay.differs'],
    build: () => clearedUnder(nextStanding({ revoked_keys: [keyOfActor(ACTORS.pipeline).publicKey.keyId] })),
  },
  {
    name: 'cleared-while-frozen',
    says: 'a freeze of the standing lay over the clearance',
    codes: ['standing.frozen', 'replay.differs'],
    build: () =>
      clearedUnder(
        nextStanding({
          freezes: [{ id: 'q4', environments: ['production'], actions: '*', from: T.approved, until: null }],
        }),
      ),
  },
  {
    name: 'standing-dropped',
    says: 'the clearance names no standing, where the trust file demands one',
    codes: ['standing.missing', 'replay.differs'],
    build: () => {
      const service = openService({ standing: endorsedStanding(STANDING) }).approve();
      return { ...sealed(forceReceipt(forceClearance(service))), trust: demanding() };
    },
  },
  {
    name: 'standing-forgotten',
    says: 'routed under a standing, and cleared as if there had never been one',
    codes: ['standing.missing'],
    build: () => {
      const service = openService({ standing: endorsedStanding(STANDING) }).approve();
      return sealed(forceReceipt(forceClearance(service)));
    },
  },
  {
    name: 'standing-forgotten-after-a-refusal',
    says: 'a claim was refused under a standing that revokes the candidate, and the next one names none',
    codes: ['standing.missing'],
    build: () => {
      const service = openService().approve();
      const revoking = nextStanding({ revoked_digests: [service.request.statement.candidate.digest] });
      service.claim({ nonce: OTHER_NONCE }, T.claimed, undefined, { standing: revoking });
      return sealed(forceReceipt(forceClearance(service)));
    },
  },
  {
    name: 'routed-without-a-standing',
    says: 'the route names no standing, where the trust file demands one',
    codes: ['standing.missing', 'replay.differs'],
    build: () => {
      const service = openService().approve();
      const standing = service.keepEndorsed(endorsedStanding(STANDING));
      return { ...sealed(forceReceipt(forceClearance(service, { standing }))), trust: demanding() };
    },
  },
  {
    name: 'freeze-by-a-stranger',
    says: 'a claim was refused for a freeze that no emergency key signed',
    codes: ['signer.freeze'],
    build: () => refusedFor(signedFreeze({ signed_at: T.approved }, keyFrom('stranger'))),
  },
  {
    name: 'freeze-by-governance',
    says: 'a claim was refused for a freeze that a governance key signed',
    codes: ['signer.freeze'],
    build: () => refusedFor(signedFreeze({ signed_at: T.approved, signer: 'g-one' }, keyOfActor('g-one'))),
  },
  {
    name: 'revoked-approval',
    says: 'an approval that its author took back is counted',
    codes: ['authority.revoked', 'replay.differs'],
    build: () => {
      const service = openService().approve();
      const counted = 'assignment' in service.state ? service.state.assignment : [];
      const lying = withLast(service.revoke(), { assignment: counted, satisfied: true });
      return sealed(forceReceipt(forceClearance(lying, { assignment: counted })));
    },
  },
  {
    name: 'held-back-approval',
    says: 'an approval that was signed before its author changed their mind, held back, and brought afterwards',
    codes: ['authority.revoked', 'replay.differs'],
    build: () => {
      const service = openService();
      const heldBack = service.approval({ nonce: OTHER_NONCE });
      return sealed(forceReceipt(forceClearance(forceApproval(service.approve().revoke(), heldBack))));
    },
  },
  {
    name: 'approval-of-who-abstained',
    says: 'an approval that was signed before its author abstained, and brought afterwards',
    codes: ['authority.revoked', 'replay.differs'],
    build: () => {
      const service = openService();
      const heldBack = service.approval();
      return sealed(forceReceipt(forceClearance(forceApproval(service.abstain(), heldBack))));
    },
  },
  {
    name: 'cleared-after-the-deadline',
    says: 'nobody had moved the deadline, and the decision was cleared after it',
    codes: ['authority.deadline', 'replay.differs'],
    build: () => extendedBy([]),
  },
  {
    name: 'cleared-after-the-deadline-for-no-time',
    says: 'cleared after the deadline, under a permit that ends by it',
    codes: ['authority.deadline', 'replay.differs'],
    build: () => {
      const service = operableWithout();
      forceApproval(service, service.approval());
      return sealed(forceReceipt(forceClearance(service, { not_after: shift(T.requested, OPERATED_S) })));
    },
  },
  {
    name: 'cleared-after-the-deadline-of-a-shorter-policy',
    says: 'evaluated anew under a policy with less time, and cleared in the time of the policy before',
    codes: ['authority.deadline', 'replay.differs'],
    build: () => {
      const before = fixturePolicy({ operation: OPERATION });
      const service = openService({ policy: endorsedPolicy(before) });
      const issued = {
        version: '1.3.0',
        serial: 2,
        predecessor: digestJson(before),
        issued_at: shift(T.requested, 20),
      };
      const times = { ...before.times, decision_s: OPERATED_S };
      service.reevaluate({ policy: endorsedPolicy({ ...before, ...issued, times }) }, shift(T.requested, 30));
      return sealed(forceReceipt(forceClearance(forceApproval(service, service.approval()))));
    },
  },
  {
    name: 'permit-outlives-the-deadline',
    says: 'the permit ends after the deadline that an extension had moved',
    codes: ['authority.deadline', 'replay.differs'],
    build: () => extendedBy([{ until: shift(T.cleared, 60) }]),
  },
  {
    name: 'extended-beyond-the-policy',
    says: 'the deadline was moved a second further than the policy lets anybody',
    codes: ['authority.extension', 'authority.deadline', 'replay.differs'],
    build: () => extendedBy([{ until: shift(T.requested, OPERATED_S + OPERATION.extend_s + 1) }]),
  },
  {
    name: 'extended-beyond-the-policy-in-steps',
    says: 'two extensions, each within what the policy lets anybody, add up past it',
    codes: ['authority.extension', 'replay.differs'],
    build: () =>
      extendedBy([
        { until: shift(T.requested, OPERATED_S + 1200) },
        { until: shift(T.requested, OPERATED_S + 2400), nonce: OTHER_NONCE },
      ]),
  },
  {
    name: 'extended-by-the-requester',
    says: 'whoever controls what asked holds the role, and gives the decision more time',
    codes: ['authority.extension', 'authority.deadline', 'replay.differs'],
    build: () =>
      extendedBy([{ signer: ACTORS.requester }], operable({}, withGrants(ACTORS.requester, 'release_owner'))),
  },
  {
    name: 'extended-by-the-creator',
    says: 'who made the candidate holds the role, and gives the decision more time',
    codes: ['authority.extension', 'authority.deadline', 'replay.differs'],
    build: () => extendedBy([{ signer: ACTORS.creator }], operable({}, withGrants(ACTORS.creator, 'release_owner'))),
  },
  ...(['policy', 'roster'] as const).map(
    (kind): Attack => ({
      name: `extended-by-sole-signer-of-${kind}`,
      says: `whoever alone endorsed the ${kind} moves the deadline under it`,
      codes: ['authority.extension', 'authority.deadline', 'replay.differs'],
      build: () => {
        const [holder] = HOLDERS[kind];
        const times = { ...fixturePolicy().times, decision_s: OPERATED_S };
        const service = openService({
          policy: endorsedPolicy(
            fixturePolicy({ operation: { ...OPERATION, roles: ['executive'] }, times }),
            kind === 'policy' ? [holder] : undefined,
          ),
          roster: endorsedRoster(withExecutive(holder), kind === 'roster' ? [holder] : undefined),
        });
        const by = { signer: holder, actor_role: 'executive' };
        return { ...extendedBy([by], service, undefined, keyFrom(`${holder} approves`)), trust: oneSignerEach() };
      },
    }),
  ),
  {
    name: 'extended-by-sole-signer-beside-an-ended-key',
    says: 'whoever endorsed the policy with nobody but the thief of a key that had ended moves the deadline under it',
    codes: ['authority.extension', 'authority.deadline'],
    build: () => {
      const [holder, ended] = HOLDERS.policy;
      const times = { ...fixturePolicy().times, decision_s: OPERATED_S };
      const policy = fixturePolicy({ operation: { ...OPERATION, roles: ['executive'] }, times });
      const service = openService({
        policy: endorsedPolicy(policy, [holder, ended]),
        roster: endorsedRoster(withExecutive(holder)),
      });
      const by = { signer: holder, actor_role: 'executive' };
      const attempt = extendedBy([by], service, undefined, keyFrom(`${holder} approves`));
      return { ...attempt, trust: oneSignerEach(ending(ended)) };
    },
  },
  {
    name: 'extended-without-the-role',
    says: 'the deadline was moved by somebody who does not hold the role that they name',
    codes: ['authority.extension', 'authority.deadline', 'replay.differs'],
    build: () => extendedBy([{ signer: ACTORS.securityOwner }]),
  },
  {
    name: 'extended-in-another-role',
    says: 'the deadline was moved in a role that the policy does not name for it',
    codes: ['authority.extension', 'authority.deadline', 'replay.differs'],
    build: () => extendedBy([{ signer: ACTORS.executive, actor_role: 'executive' }]),
  },
  {
    name: 'extended-by-a-workload',
    says: 'a workload that holds the role moved the deadline',
    codes: ['authority.extension', 'authority.deadline', 'replay.differs'],
    build: () => {
      const workloads = ROSTER.workloads.map((workload) =>
        workload.actor_id === ACTORS.deployer
          ? { ...workload, grants: [...workload.grants, grant('release_owner')] }
          : workload,
      );
      return extendedBy([{ signer: ACTORS.deployer }], operable({}, { ...ROSTER, workloads }));
    },
  },
  {
    name: 'extended-under-a-policy-without-operators',
    says: 'the policy lets nobody move a deadline',
    codes: ['authority.extension', 'authority.deadline', 'replay.differs'],
    build: () => extendedBy([{}], operableWithout()),
  },
  {
    name: 'extended-too-late',
    says: 'the deadline was moved when it had come',
    codes: ['authority.extension', 'authority.deadline', 'replay.differs'],
    build: () => {
      const times = { ...fixturePolicy().times, decision_s: 60 };
      return extendedBy([{ at: shift(T.requested, 60) }], operable({ times }));
    },
  },
  {
    name: 'extension-of-another-basis',
    says: 'an extension that was signed on another basis moves the deadline',
    codes: ['authority.extension', 'authority.deadline', 'replay.differs'],
    build: () => extendedBy([{ basis: digestOf('another') }]),
  },
  {
    name: 'extension-of-another-routing',
    says: 'an extension that names no routing of this decision moves the deadline',
    codes: ['authority.extension', 'authority.deadline', 'replay.differs'],
    build: () => extendedBy([{ routed: digestOf('another') }]),
  },
  {
    name: 'extension-stretched',
    says: 'the event moves the deadline further than its statement does',
    codes: ['authority.extension', 'authority.deadline', 'replay.differs'],
    build: () =>
      extendedBy(
        [{ until: shift(T.requested, OPERATED_S + 10) }],
        operable(),
        (draft) => ({ ...draft, until: shift(T.requested, OPERATED_S + 1200) }) as EventDraft,
      ),
  },
  {
    name: 'delegator-and-delegate',
    says: 'who delegated is counted beside the delegate: one person, two of two positions',
    codes: ['authority.not_distinct', 'replay.differs'],
    build: () => {
      const service = delegable(2);
      const delegation = service.delegation();
      const inPlace = forceApproval(forceDelegation(service, delegation), service.standingIn(delegation));
      return sealed(forceReceipt(forceClearance(forceApproval(inPlace, service.approval()))));
    },
  },
  {
    name: 'delegated-twice',
    says: 'one person delegates to two, and both are counted',
    codes: ['authority.not_distinct', 'replay.differs'],
    build: () => {
      const service = delegable(2);
      const first = service.delegation();
      const second = service.delegation({ nonce: OTHER_NONCE, delegate: ACTORS.releaseOwner });
      forceDelegation(forceDelegation(service, first), second);
      forceApproval(service, service.standingIn(first));
      forceApproval(service, service.standingIn(second, { signer: ACTORS.releaseOwner }));
      return sealed(forceReceipt(forceClearance(service)));
    },
  },
  {
    name: 'delegated-by-requester',
    says: 'whoever controls the requester holds the role, and lets another approve in their place',
    codes: ['authority.barred', 'replay.differs'],
    build: () => delegatedBy({ signer: ACTORS.requester }, withGrants(ACTORS.requester, 'executive')),
  },
  {
    name: 'delegated-to-creator',
    says: 'the candidate is approved by who made it, in the place of somebody who may approve',
    codes: ['authority.barred', 'replay.differs'],
    build: () => {
      const service = delegable();
      const delegation = service.delegation({ delegate: ACTORS.creator });
      const approval = service.standingIn(delegation, { signer: ACTORS.creator });
      return sealed(forceReceipt(forceClearance(forceApproval(forceDelegation(service, delegation), approval))));
    },
  },
  {
    name: 'delegation-taken-back',
    says: 'an approval on a delegation that its author had taken back before',
    codes: ['authority.revoked', 'replay.differs'],
    build: () => {
      const service = delegable();
      const delegation = service.delegation();
      service.submit(delegation, T.approved);
      const revoked = { signer: ACTORS.executive, approval: digestJson(delegation) };
      service.submit(signedRevocation({ decision_id: service.decisionId, ...revoked }), T.approved);
      return sealed(forceReceipt(forceClearance(forceApproval(service, service.standingIn(delegation)))));
    },
  },
  {
    name: 'delegation-taken-back-after',
    says: 'an approval is counted though the delegation that it rests on was taken back after it',
    codes: ['authority.revoked', 'replay.differs'],
    build: () => {
      const service = delegable();
      const delegation = service.delegation();
      service.submit(delegation, T.approved).submit(service.standingIn(delegation), T.approved);
      const assignment = 'assignment' in service.state ? service.state.assignment : [];
      const revoked = { signer: ACTORS.executive, approval: digestJson(delegation) };
      service.submit(signedRevocation({ decision_id: service.decisionId, ...revoked }), T.approved);
      return sealed(forceReceipt(forceClearance(withLast(service, { assignment, satisfied: true }), { assignment })));
    },
  },
  {
    name: 'delegation-of-another-decision',
    says: 'an approval rests on a delegation for another decision',
    codes: ['authority.basis', 'replay.differs'],
    build: () => delegatedBy({ decision_id: '5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d', basis: digestOf('another') }),
  },
  {
    name: 'delegation-passed-on',
    says: 'a delegate lets a third person approve in the place of who had delegated to them',
    codes: ['authority.role_not_held', 'replay.differs'],
    build: () => {
      const service = delegable();
      forceDelegation(service, service.delegation());
      const second = service.delegation({ signer: ACTORS.securityOwner, delegate: ACTORS.releaseOwner });
      const approval = service.standingIn(second, { signer: ACTORS.releaseOwner });
      return sealed(forceReceipt(forceClearance(forceApproval(forceDelegation(service, second), approval))));
    },
  },
  {
    name: 'delegation-ended',
    says: 'the delegation that an approval rests on had ended before the clearance',
    codes: ['authority.expired', 'replay.differs'],
    build: () => delegatedBy({ expires_at: T.claimed }),
  },
  {
    name: 'delegation-of-another-role',
    says: 'the delegation is for another role than the one that is filled',
    codes: ['authority.delegation', 'replay.differs'],
    build: () => delegatedBy({ role: 'security_owner' }),
  },
  {
    name: 'delegated-to-another',
    says: 'an approval rests on a delegation to somebody else',
    codes: ['authority.delegation', 'replay.differs'],
    build: () => delegatedBy({ delegate: ACTORS.releaseOwner }),
  },
  {
    name: 'delegation-unknown-to-policy',
    says: 'the policy lets nobody delegate',
    codes: ['authority.delegation', 'replay.differs'],
    build: () => delegatedBy({}, ROSTER, openService()),
  },
  {
    name: 'delegation-of-a-role-that-is-none',
    says: 'the policy lets other roles be delegated, and not this one',
    codes: ['authority.delegation', 'replay.differs'],
    build: () => delegatedBy({}, ROSTER, delegable(1, ROSTER, ['security_owner'])),
  },
  {
    name: 'approval-outlives-delegation',
    says: 'an approval counts for longer than the delegation that it rests on',
    codes: ['authority.expired', 'replay.differs'],
    build: () => delegatedBy({ expires_at: shift(T.approvalEnds, -60) }),
  },
  {
    name: 'delegation-too-long',
    says: 'the delegation lives longer than the policy lets it',
    codes: ['authority.delegation', 'replay.differs'],
    build: () => delegatedBy({ expires_at: shift(T.approved, 3601) }),
  },
  {
    name: 'delegation-after-approval',
    says: 'the delegation stands after the approval that rests on it',
    codes: ['authority.delegation', 'replay.differs'],
    build: () => {
      const service = delegable();
      const delegation = service.delegation();
      forceApproval(service, service.standingIn(delegation));
      return sealed(forceReceipt(forceClearance(forceDelegation(service, delegation))));
    },
  },
  {
    name: 'delegated-by-a-revoked-key',
    says: "governance had revoked the delegator's key, and the approval in their place is counted",
    codes: ['standing.revoked', 'authority.not_in_force', 'replay.differs'],
    build: () => {
      const service = delegable();
      const delegation = service.delegation();
      service.submit(delegation, T.approved).submit(service.standingIn(delegation), T.approved);
      const revoking = nextStanding({ revoked_keys: [keyOfActor(ACTORS.executive).publicKey.keyId] });
      return sealed(forceReceipt(forceClearance(service, { standing: service.keepEndorsed(revoking) })));
    },
  },
  {
    name: 'delegator-left',
    says: 'who delegated holds the role no more in the roster in force at clearance',
    codes: ['authority.not_in_force', 'replay.differs'],
    build: () => {
      const service = delegable();
      const delegation = service.delegation();
      service.submit(delegation, T.approved).submit(service.standingIn(delegation), T.approved);
      const persons = ROSTER.persons.map((person) =>
        person.actor_id === ACTORS.executive ? { ...person, grants: [] } : person,
      );
      const roster = service.keepEndorsed(endorsedRoster({ ...nextRoster(), persons }));
      return sealed(forceReceipt(forceClearance(service, { roster })));
    },
  },
  {
    name: 'condition-open',
    says: 'cleared though a condition was to be discharged before',
    codes: ['authority.condition', 'replay.differs'],
    build: () => clearedIf({ before: 'clearance' }),
  },
  {
    name: 'condition-overdue',
    says: 'cleared though a condition was overdue',
    codes: ['authority.condition', 'replay.differs'],
    build: () => clearedIf({ due: T.claimed }),
  },
  {
    name: 'condition-breached',
    says: 'cleared though a condition had not been kept',
    codes: ['authority.condition', 'replay.differs'],
    build: () => clearedIf({}, { verdict: 'breached' }),
  },
  {
    name: 'condition-discharged-by-requester',
    says: 'whoever controls the requester holds the role, and says that it was done',
    codes: ['authority.condition', 'replay.differs'],
    build: () =>
      clearedIf({ before: 'clearance' }, { signer: ACTORS.requester }, withGrants(ACTORS.requester, 'release_owner')),
  },
  {
    name: 'condition-discharged-by-workload',
    says: 'a workload says that it was done',
    codes: ['authority.condition', 'replay.differs'],
    build: () => {
      const workloads = ROSTER.workloads.map((workload) =>
        workload.actor_id === ACTORS.deployer ? { ...workload, grants: [grant('release_owner')] } : workload,
      );
      return clearedIf({ before: 'clearance' }, { signer: ACTORS.deployer }, { ...ROSTER, workloads });
    },
  },
  {
    name: 'condition-discharged-without-the-role',
    says: 'somebody without the role of the condition says that it was done',
    codes: ['authority.condition', 'replay.differs'],
    build: () => clearedIf({ before: 'clearance' }, { signer: ACTORS.securityOwner }),
  },
  {
    name: 'condition-discharged-elsewhere',
    says: 'the discharge is of another decision',
    codes: ['authority.condition', 'statement.foreign'],
    build: () => clearedIf({ before: 'clearance' }, { decision_id: '5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d' }),
  },
  {
    name: 'other-condition-discharged',
    says: 'the discharge is of another condition',
    codes: ['authority.condition', 'replay.differs'],
    build: () => clearedIf({ before: 'clearance' }, { condition: 'other' }),
  },
  {
    name: 'condition-of-an-unknown-stop',
    says: 'a condition stops by what the release plan does not know',
    codes: ['authority.condition', 'replay.differs'],
    build: () => {
      const service = openService();
      const { commitment: what } = committed('what', '$.conditions[0].what', 'An alarm.');
      const one = { id: 'alarm', what, due: shift(T.approved, 1800), role: 'release_owner', stops: 'nothing_known' };
      const approved = forceApproval(service, service.approval({ conditions: [one] }));
      return sealed(forceReceipt(forceClearance(approved)));
    },
  },
  {
    name: 'role-not-held',
    says: 'the approver does not hold the role',
    codes: ['authority.role_not_held', 'replay.differs'],
    build: () => {
      const service = openService();
      return sealed(
        forceReceipt(forceClearance(forceApproval(service, service.approval({ signer: ACTORS.securityOwner })))),
      );
    },
  },
  {
    name: 'approved-by-workload',
    says: 'a workload approves',
    codes: ['authority.not_a_person', 'replay.differs'],
    build: () => {
      const base = ROSTER;
      const bot = {
        actor_id: 'w-bot',
        title: 'Approves',
        controlled_by: [ACTORS.executive],
        keys: [rosterKey('w-bot', keyFrom('w-bot'))],
        grants: [grant('executive')],
      };
      const service = openService({ roster: endorsedRoster({ ...base, workloads: [...base.workloads, bot] }) });
      return sealed(
        forceReceipt(forceClearance(forceApproval(service, service.approval({ signer: 'w-bot' }, keyFrom('w-bot'))))),
      );
    },
  },
  {
    name: 'approver-revoked',
    says: 'the approver is no longer in the roster in force at clearance (mcp-hangar#674)',
    codes: ['authority.not_in_force', 'replay.differs'],
    build: () => {
      const next: Roster = {
        ...ROSTER,
        serial: 2,
        predecessor: digestJson(ROSTER),
        persons: ROSTER.persons.filter((person) => person.actor_id !== ACTORS.executive),
      };
      const service = openService().approve();
      const roster = service.keepEndorsed(endorsedRoster(next));
      return sealed(forceReceipt(forceClearance(service, { roster })));
    },
  },
  {
    name: 'roster-older',
    says: 'an older roster at clearance brings back whoever the newer one removed',
    codes: ['in_force.older'],
    build: () => {
      const service = openService({ roster: endorsedRoster(nextRoster()) }).approve();
      return sealed(service.claim({}, T.cleared, endorsedRoster(ROSTER)).confirm());
    },
  },
  {
    name: 'roster-older-at-routing',
    says: 'an older roster is frozen at routing than the one under which the request was taken',
    codes: ['in_force.older'],
    build: () => sealed(executed({ opening: endorsedRoster(nextRoster()), roster: endorsedRoster(ROSTER) })),
  },
  {
    name: 'roster-older-in-a-refusal',
    says: 'a claim is refused under an older roster than the frozen one',
    codes: ['in_force.older'],
    build: () => {
      const service = openService({ roster: endorsedRoster(nextRoster()) });
      return sealed(service.claim({ nonce: OTHER_NONCE }, T.approved, endorsedRoster(ROSTER)).cancel());
    },
  },
  {
    name: 'roster-of-the-same-serial',
    says: 'another roster of the same serial at clearance',
    codes: ['in_force.older'],
    build: () => {
      const other = endorsedRoster({ ...ROSTER, issued_at: shift(T.rosterIssued, 1) });
      return sealed(openService().approve().claim({}, T.cleared, other).confirm());
    },
  },
  {
    name: 'policy-of-the-same-serial',
    says: 'the denial names another policy of the serial that was evaluated',
    codes: ['in_force.older', 'replay.differs'],
    build: () => {
      const service = gateDenied();
      const other = service.keepEndorsed(endorsedPolicy(fixturePolicy({ title: 'Lenient' })));
      return sealed(withLast(service, { policy: other }));
    },
  },
  {
    name: 'nobody-approved',
    says: 'the clearance counts nobody',
    codes: ['authority.missing', 'authority.floor', 'replay.differs'],
    build: () => sealed(forceReceipt(forceClearance(openService().approve(), { assignment: [] }))),
  },
  {
    name: 'rejection-counted',
    says: "what is counted is another person's statement",
    codes: ['authority.statement', 'replay.differs'],
    build: () => {
      const service = openService().approve();
      const approved = service.events.at(-1) as { statement: string };
      const assignment = [{ role: 'executive', actor_id: ACTORS.secondExecutive, statement: approved.statement }];
      return sealed(forceReceipt(forceClearance(service, { assignment })));
    },
  },
  {
    name: 'policy-endorsed-by-nobody',
    says: 'a more lenient policy that nobody signed',
    codes: ['signer.policy'],
    build: () => sealed(executed({ policy: { document: fixturePolicy({ title: 'Lenient' }), endorsements: [] } })),
  },
  {
    name: 'policy-endorsed-by-strangers',
    says: 'a policy signed by keys that are not for policies',
    codes: ['signer.policy'],
    build: () =>
      sealed(executed({ policy: endorsedPolicy(fixturePolicy({ title: 'Lenient' }), HOLDERS.roster.slice(0, 2)) })),
  },
  {
    name: 'policy-too-old',
    says: 'a policy that the trust file no longer accepts',
    codes: ['signer.policy'],
    build: () => ({
      bundle: reseal(executed().core()),
      trust: trustBytes((trust) => ({
        ...trust,
        tenants: trust.tenants.map((tenant) => ({ ...tenant, minimum_policy_serial: 2 })),
      })),
    }),
  },
  {
    name: 'roster-endorsed-by-one',
    says: 'a roster with one signature where two are needed',
    codes: ['signer.roster'],
    build: () =>
      sealed(
        executed({ roster: endorsedRoster(withGrants(ACTORS.securityOwner, 'executive'), HOLDERS.roster.slice(0, 1)) }),
      ),
  },
  {
    name: 'roster-with-a-service-key',
    says: "an approver's key in the roster is a key of the service in the trust file",
    codes: ['signer.roster'],
    build: () => {
      const base = ROSTER;
      const persons = base.persons.map((person) =>
        person.actor_id === ACTORS.executive ? { ...person, keys: [rosterKey(ACTORS.executive, SEAL_KEY)] } : person,
      );
      const service = openService({ roster: endorsedRoster({ ...base, persons }) });
      return sealed(service.approve({}, SEAL_KEY).claim().confirm());
    },
  },
  {
    name: 'policy-key-ended',
    says: 'a key that endorsed the policy was no longer in force when the decision relied on it',
    codes: ['signer.policy'],
    build: () => ({
      bundle: reseal(executed().core()),
      trust: trustBytes((trust) => ({
        ...trust,
        keys: trust.keys.map((key) => (key.holder === HOLDERS.policy[0] ? { ...key, valid_until: T.requested } : key)),
      })),
    }),
  },
  {
    name: 'roster-key-ended',
    says: 'a key that endorsed the roster ended between routing and clearance',
    codes: ['signer.roster'],
    build: () => ({
      bundle: reseal(executed().core()),
      trust: trustBytes((trust) => ({
        ...trust,
        keys: trust.keys.map((key) => (key.holder === HOLDERS.roster[0] ? { ...key, valid_until: T.claimed } : key)),
      })),
    }),
  },
  {
    name: 'floor-lowered-by-policy',
    says: 'a policy, endorsed as it must be, asks for nobody in production (ruling 8)',
    codes: ['authority.floor', 'replay.differs'],
    build: () => ({
      bundle: reseal(belowTheFloor().core()),
      // The owner asks for nobody either: the floor in the code stands all the same.
      trust: trustBytes((trust) => ({
        ...trust,
        tenants: trust.tenants.map((tenant) => ({
          ...tenant,
          minimum_approvers: { low: 0, medium: 0, high: 0, critical: 2 },
        })),
      })),
    }),
  },
  {
    name: 'floor-raised-by-owner',
    says: 'the owner of the trust file asks for two approvers in the high band',
    codes: ['authority.floor'],
    build: () => ({
      bundle: reseal(executed().core()),
      trust: trustBytes((trust) => ({
        ...trust,
        tenants: trust.tenants.map((tenant) => ({
          ...tenant,
          minimum_approvers: { ...tenant.minimum_approvers, high: 2 },
        })),
      })),
    }),
  },
  {
    name: 'another-tenant',
    says: 'the trust file does not speak for this tenant (openbao#3841)',
    codes: ['signer.tenant'],
    build: () => ({
      bundle: reseal(executed().core()),
      trust: trustBytes((trust) => ({
        ...trust,
        tenants: trust.tenants.map((tenant) => ({ ...tenant, tenant: 'other' })),
        keys: trust.keys.map((key) => (key.tenant === null ? key : { ...key, tenant: 'other' })),
      })),
    }),
  },
  {
    name: 'claimed-by-another',
    says: 'who claims is no executor of the target',
    codes: ['execution.claim', 'replay.differs'],
    build: () => {
      const service = openService().approve();
      const claim = signedClaim({
        decision_id: service.decisionId,
        basis: service.routing.basis_digest,
        signer: ACTORS.pipeline,
      });
      return sealed(forceReceipt(forceClearance(service, {}, T.cleared, claim), { signer: ACTORS.pipeline }));
    },
  },
  {
    name: 'permit-forged',
    says: 'the permit is signed by a key that is not for permits',
    codes: ['signer.permit', 'replay.differs'],
    build: () => {
      const service = openService().approve().claim();
      service.permit = service.keep(service.permitFor({ signer: HOLDERS.seal }, SEAL_KEY));
      return sealed(forceReceipt(service));
    },
  },
  {
    name: 'permit-of-another-clearance',
    says: 'a permit of another clearance is used',
    codes: ['execution.permit', 'replay.differs'],
    build: () => {
      const service = openService().approve().claim();
      service.permit = service.keep(service.permitFor({ cleared: digestOf('another clearance') }));
      return sealed(forceReceipt(service));
    },
  },
  {
    name: 'permit-prolonged',
    says: 'the permit lasts longer than the clearance says',
    codes: ['execution.permit'],
    build: () => {
      const service = openService().approve().claim();
      service.permit = service.keep(service.permitFor({ not_after: shift(T.cleared, 86_400) }));
      return sealed(service.confirm());
    },
  },
  {
    name: 'receipt-before-clearance',
    says: 'the executor swears to have started before it was cleared',
    codes: ['execution.started_early'],
    build: () =>
      sealed(
        openService()
          .approve()
          .claim()
          .confirm({ started_at: shift(T.cleared, -600) }),
      ),
  },
  {
    name: 'receipt-before-claim',
    says: 'the executor swears to have started before it had even claimed, if only by seconds',
    codes: ['execution.started_early'],
    build: () =>
      sealed(
        openService()
          .approve()
          .claim()
          .confirm({ started_at: shift(T.claimed, -1) }),
      ),
  },
  {
    name: 'claim-far-ahead',
    says: 'a claim signed long before, and a run that began long before the clearance',
    codes: ['execution.started_early'],
    build: () =>
      sealed(
        openService()
          .approve()
          .claim({ signed_at: shift(T.cleared, -900) })
          .confirm({ started_at: shift(T.cleared, -600) }),
      ),
  },
  {
    name: 'receipt-after-permit',
    says: 'the executor swears to have started after the permit had ended',
    codes: ['execution.started_late'],
    build: () =>
      sealed(
        openService()
          .approve()
          .claim()
          .confirm(
            { started_at: shift(T.cleared, 700), finished_at: shift(T.cleared, 710), signed_at: shift(T.cleared, 720) },
            shift(T.cleared, 720),
          ),
      ),
  },
  {
    name: 'receipt-for-another-subject',
    says: 'another artifact ran, and the event says that it was the one',
    codes: ['execution.subject', 'replay.differs'],
    build: () =>
      sealed(
        forceReceipt(
          openService().approve().claim(),
          { subject: digestOf('another artifact') },
          { subject_matches: true },
        ),
      ),
  },
  {
    name: 'receipt-of-another-executor',
    says: 'somebody else confirms',
    codes: ['execution.receipt', 'replay.differs'],
    build: () => sealed(forceReceipt(openService().approve().claim(), { signer: ACTORS.pipeline })),
  },
  {
    name: 'count-in-the-middle',
    says: 'a count of discarded statements stands where none may',
    codes: ['replay.illegal'],
    build: () => {
      const service = openService();
      service.append([
        {
          event_type: 'statements.discarded',
          timestamp: T.approved,
          actor_id: 'SYSTEM',
          counts: { 'statement.signature': 3 },
        },
      ]);
      return sealed(service.approve().claim().confirm());
    },
  },
  {
    name: 'gate-waived',
    says: 'a hard gate that denied disappears from the record (microcosm#381)',
    codes: ['replay.differs'],
    build: () =>
      rewritten(gateDenied().core(), (core) => {
        (eventOf(core, 'policy.evaluated')['gates'] as unknown[]).pop();
      }),
  },
  {
    name: 'cancelled-by-anyone',
    says: 'a cancellation by someone who may not cancel is recorded as one',
    codes: ['replay.differs'],
    build: () =>
      rewritten(cancelled().core(), (core) => {
        eventOf(core, 'decision.cancelled')['actor_id'] = ACTORS.executive;
      }),
  },
  {
    name: 'no-bundle-no-view',
    says: 'there is nothing to verify',
    codes: ['bundle.missing'],
    build: () => ({ bundle: null }),
  },
  {
    name: 'view-without-seal',
    says: 'a view, without the seal beside it',
    codes: ['view.without_seal'],
    build: () => ({ bundle: null, view: filesOf(executed()).view }),
  },
  {
    name: 'view-of-no-events',
    says: 'a view whose chain holds something else than events',
    codes: ['view.without_seal', 'chain.event'],
    build: () => ({ bundle: null, view: canonicalBytes({ event_chain: ['decision.requested'] }) }),
  },
  {
    name: 'view-changed',
    says: 'the view shows another score than was sealed (immudb#2063)',
    codes: ['view.differs', 'chain.hash'],
    build: () => {
      const files = filesOf(executed());
      return { ...files, view: bytes(text(files.view).replaceAll('"risk_score":0.86', '"risk_score":0.16')) };
    },
  },
  {
    name: 'view-not-canonical',
    says: 'the view is written with spaces',
    codes: ['view.unreadable'],
    build: () => {
      const files = filesOf(executed());
      return { ...files, view: bytes(`${text(files.view)}\n`) };
    },
  },
  {
    name: 'text-exchanged',
    says: 'a disclosure shows another text than was committed to',
    codes: ['disclosure.mismatch', 'view.differs'],
    build: () => {
      const files = filesOf(executed());
      return { ...files, disclosures: bytes(text(files.disclosures).replace('Deploy update', 'Delete update')) };
    },
  },
  {
    name: 'disclosures-unreadable',
    says: 'the disclosures are no JSON',
    codes: ['disclosure.unreadable'],
    build: () => ({ ...filesOf(executed()), disclosures: bytes('{') }),
  },
  {
    name: 'trust-unreadable',
    says: 'the trust file is not signed by its governance keys',
    codes: ['trust.unreadable'],
    build: () => ({ bundle: reseal(executed().core()), trust: bytes('{"trust":{},"endorsements":[]}') }),
  },
  {
    name: 'pem-exchanged',
    says: 'the PEM beside the trust file is another key than the file names',
    codes: ['trust.pem'],
    build: () => withPem(publicKeyToPem(keyFrom('nobody').publicKey)),
  },
  {
    name: 'pem-broken',
    says: 'the PEM beside the trust file is no key',
    codes: ['trust.pem'],
    build: () => withPem('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'),
  },
];
