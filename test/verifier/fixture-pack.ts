import {
  canonicalBytes,
  commit,
  type Disclosure,
  digestBytes,
  digestHex,
  digestJson,
  type Envelope,
  eventIdOf,
  fromHex,
  type JsonObject,
  linkEvent,
  type PreviousHash,
  type PrivateKey,
  toBase64,
} from '../../core/canon/index.ts';
import type { Command, InForceFacts, PermitFacts, ReevaluationFacts, Revocation } from '../../core/domain/commands.ts';
import { decide } from '../../core/domain/decide.ts';
import type {
  AdmittedBy,
  Asked,
  DecisionEvent,
  EndorsedReference,
  EventDraft,
  ResolvedFact,
} from '../../core/domain/events.ts';
import { evolve } from '../../core/domain/evolve.ts';
import { askedSince, type DecisionState, initialState, restingIn } from '../../core/domain/state.ts';
import type { ApprovalCondition } from '../../core/domain/statements.ts';
import { instant, type Timestamp, timestamp } from '../../core/domain/vocabulary.ts';
import type { Ancestry } from '../../documents/ancestry.ts';
import { cardNamed } from '../../documents/evaluation-card.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import { checksOf } from '../../documents/manifests.ts';
import type { Policy } from '../../documents/policy.ts';
import { POLICY_TYPE } from '../../documents/policy.ts';
import type { Roster } from '../../documents/roster.ts';
import { soleSignerOf } from '../../documents/endorsement.ts';
import { indexRoster, type RosterIndex, readRoster, withoutKeys } from '../../documents/roster-reader.ts';
import { STANDING_TYPE, type Standing } from '../../documents/standing.ts';
import { type ReadStatement, readStatement } from '../../documents/statements.ts';
import type { Trust } from '../../documents/trust.ts';
import {
  admitStatement,
  inForceFacts,
  type Matter,
  matterOf,
  permitFacts,
  requestFacts,
  stopsFor,
} from '../../evaluation/admission.ts';
import { basisChanges, type BasisDocument } from '../../evaluation/basis.ts';
import { type AdmittedCard, admitCard } from '../../evaluation/card.ts';
import { evaluate, type UnderRoster } from '../../evaluation/evaluate.ts';
import { DEEPEST, type LinkedDecision, linkedDecision } from '../../evaluation/linked.ts';
import type { Zones } from '../../evaluation/zones.ts';
import { asAsked, reevaluate, type ReevaluationInput, type ReevaluationResult } from '../../evaluation/reevaluation.ts';
import { type Grounds, type InForceStanding, revocationBy, standingFacts } from '../../evaluation/standing.ts';
import { type GivenWaiver, givenWaivers } from '../../evaluation/waivers.ts';
import {
  buildClearancePack,
  buildCore,
  buildView,
  type ClearancePack,
  type ConformanceTarget,
  type Disclosures,
  disclosuresBytes,
  disclosuresFor,
  packsBehind,
  type PackCore,
  reachable,
  sealPack,
  viewBytes,
} from '../../pack/index.ts';
import type { Registry } from '../../registry/index.ts';
import {
  grant,
  rosterKey,
  keyFrom,
  ACTORS,
  digestOf,
  fixtureEvidence,
  fixtureRoster,
  fixtureTrustDocument,
  HOLDERS,
  keyOfActor,
  ORIGIN,
  policyEndorsements,
  rosterEndorsements,
  signedApproval,
  signedAbstention,
  signedCancellation,
  signedClaim,
  signedCondition,
  signedDelegation,
  signedExtension,
  signedNudge,
  signedReassignment,
  signedOverride,
  signedEndorsement,
  signedEvidence,
  signedPermit,
  signedReceipt,
  signedReevaluation,
  signedRejection,
  signedRequest,
  signedRevocation,
  signedWaiver,
  T,
  TENANT,
  trustFileBytes,
  trustFileValue,
} from '../documents/fixtures.ts';

/**
 * A miniature of the service, in memory: real statements, the real `decide` and `evolve`, and no shortcut between
 * them. It makes whole, valid packs, and lets a test play an operator who holds every service key.
 */

/** Text and commitment of one field; the salt depends on its label only. */
export function committed(label: string, path: string, value: string): { commitment: string; disclosure: Disclosure } {
  const salt = toBase64(fromHex(digestHex(digestOf(`salt ${label}`))));
  const disclosure = { salt, path, value };
  return { commitment: commit(disclosure), disclosure };
}

export function fixturePolicy(overrides: Partial<Policy> = {}): Policy {
  return {
    _type: POLICY_TYPE,
    origin: ORIGIN,
    tenant: TENANT,
    title: 'Gateway promotions',
    version: '1.2.0',
    serial: 1,
    predecessor: 'GENESIS',
    issued_at: T.rosterIssued,
    targets: [
      {
        id: 'prod-gateway-01',
        environment: 'production',
        system: 'gateway',
        sensitivity: ['infrastructure'],
        blast_radius: 'multi_system',
        executors: [ACTORS.deployer],
      },
    ],
    actions: [
      {
        id: 'deploy.change',
        class: 'deploy',
        effects: [],
        irreversible: false,
        evidence: ['candidate', 'safety_and_security', 'rollback'],
      },
      {
        id: 'model.promote',
        class: 'deploy',
        effects: ['promotion'],
        irreversible: false,
        evidence: [
          'candidate',
          'lineage',
          'evaluation',
          'resource_profile',
          'safety_and_security',
          'release_plan',
          'rollback',
        ],
      },
    ],
    gates: [
      {
        id: 'POL-RISK-008',
        name: 'Production change requires approval',
        hard: false,
        when: 'target.environment == "production"',
        result: 'escalate',
        reason: 'the target is production',
      },
      {
        id: 'POL-HARD-001',
        name: 'Every hard gate passed',
        hard: true,
        when: 'evidence.safety_and_security.hard_gates.exists(g, g.passed == false)',
        result: 'deny',
        reason: 'a hard gate did not pass',
      },
    ],
    risk: {
      factors: [
        {
          id: 'environment',
          source: 'policy',
          weight: 1,
          cases: [{ when: 'target.environment == "production"', value: 0.86, reason: 'production' }],
          otherwise: { value: 0.9, reason: 'unknown environment' },
        },
      ],
      thresholds: { band_low_max: 0.25, band_med_max: 0.6, band_high_max: 0.85, band_critical_min: 0.9 },
    },
    routes: [
      { id: 'executive', when: 'request.action == "deploy.change"', slots: [{ role: 'executive', signatures: 1 }] },
      {
        id: 'owners',
        when: 'request.action == "model.promote"',
        slots: [
          { role: 'model_owner', signatures: 1 },
          { role: 'security_owner', signatures: 1 },
          { role: 'release_owner', signatures: 1 },
        ],
      },
    ],
    duties: { may_coincide_in: [] },
    cancel_roles: ['security_owner'],
    times: {
      decision_s: 4 * 3600,
      approval_life_s: 2 * 3600,
      permit_life_s: 600,
      confirmation_s: 3600,
      evidence_age_s: 30 * 86_400,
      rollback_test_age_s: 30 * 86_400,
    },
    ...overrides,
  };
}

/** A document with the endorsements that make it count. */
export interface Endorsed<D> {
  readonly document: D;
  readonly endorsements: readonly Envelope[];
}

export function endorsedPolicy(policy: Policy, holders?: readonly string[]): Endorsed<Policy> {
  const { serial, predecessor } = policy;
  return {
    document: policy,
    endorsements: policyEndorsements({ digest: digestJson(policy), serial, predecessor }, holders),
  };
}

export function endorsedRoster(roster: Roster, holders?: readonly string[]): Endorsed<Roster> {
  return { document: roster, endorsements: rosterEndorsements(roster, holders) };
}

/** A standing by two of three governance holders, unless told. */
export function endorsedStanding(
  standing: Standing,
  holders: readonly string[] = HOLDERS.governance.slice(0, 2),
): Endorsed<Standing> {
  const { serial, predecessor } = standing;
  const document = { document_kind: 'standing', document: digestJson(standing), serial, predecessor } as const;
  return { document: standing, endorsements: holders.map((holder) => signedEndorsement(holder, document)) };
}

/** Puts the fixture's policy and roster in force, and the standing that names them. */
export async function publishGovernance(registry: Pick<Registry, 'publish'>, at: Timestamp): Promise<void> {
  for (const [kind, { document, endorsements }] of [
    ['policy', ENDORSED.policy],
    ['roster', ENDORSED.roster],
    ['standing', endorsedStanding(fixtureStanding())],
  ] as const) {
    await registry.publish(kind, canonicalBytes(document), endorsements, at);
  }
}

/** Names the fixture's policy and roster, and speaks for a day from the time of the request. */
export function fixtureStanding(changes: Partial<Standing> = {}): Standing {
  const { policy, roster } = ENDORSED;
  return {
    _type: STANDING_TYPE,
    origin: ORIGIN,
    tenant: TENANT,
    serial: 1,
    predecessor: 'GENESIS',
    issued_at: shift(T.requested, -86_400),
    not_after: shift(T.requested, 86_400),
    policy: { serial: policy.document.serial, digest: digestJson(policy.document) },
    accepted_policies: [],
    roster: { serial: roster.document.serial, digest: digestJson(roster.document) },
    revoked_keys: [],
    revoked_digests: [],
    freezes: [],
    lifted_freezes: [],
    ...changes,
  };
}

export interface Setup {
  /** In force from the routing on; without one the installation has none. */
  readonly standing?: Endorsed<Standing>;
  readonly policy?: Endorsed<Policy>;
  /** The decision that let the policy in. */
  readonly admitted?: AdmittedBy;
  readonly roster?: Endorsed<Roster>;
  /** In force at opening, where it is another than at routing. */
  readonly opening?: Endorsed<Roster>;
  readonly packet?: EvidencePacket;
  /** The evaluation card that the store has. */
  readonly card?: Envelope;
  /** Manifests that the store has. */
  readonly manifests?: readonly object[];
  /** What the service found. */
  readonly resolved?: readonly ResolvedFact[];
  /** What it read to stand behind the candidate. */
  readonly ancestry?: Ancestry;
  readonly request?: Partial<Parameters<typeof signedRequest>[0]>;
  readonly requestKey?: PrivateKey;
  /** What the request names, with the texts that open their reasons. */
  readonly waivers?: readonly Envelope[];
  readonly evidence?: Parameters<typeof signedEvidence>[0];
  readonly evidenceKey?: PrivateKey;
  readonly summary?: string;
  /** An earlier decision that the request goes back to. */
  readonly undoes?: PackFiles;
  /** The decision of the stage before. */
  readonly follows?: PackFiles;
  /** What the service finds of it, where that is something else. */
  readonly linked?: LinkedDecision | null;
}

/** Made once: its proofs of possession are signatures. Not to be written to. */
export const ROSTER = fixtureRoster();
const POLICY = fixturePolicy();
const ENDORSED = { policy: endorsedPolicy(POLICY), roster: endorsedRoster(ROSTER) };

const RED_TEAM_NOTE = 'Two prompts reached a slower route; neither leaked a credential.';

/** The packet of the other fixtures, with a note that opens. */
export function notedEvidence(): { packet: EvidencePacket; disclosure: Disclosure } {
  const packet = fixtureEvidence();
  const { commitment, disclosure } = committed(
    'note',
    '$.sections.safety_and_security.red_team_notes[0].note',
    RED_TEAM_NOTE,
  );
  const safety = packet.sections.safety_and_security;
  const [note] = safety?.red_team_notes ?? [];
  if (!safety || !note) throw new TypeError('the fixture has a note');
  return {
    packet: {
      ...packet,
      sections: {
        ...packet.sections,
        safety_and_security: { ...safety, red_team_notes: [{ ...note, note: commitment }] },
      },
    },
    disclosure,
  };
}

const SECOND = 1000;

function indexOf({ document }: Endorsed<Roster>): RosterIndex {
  return indexRoster(readRoster(canonicalBytes(document), { proofs: 'on_use' }));
}

/** What a decision is evaluated anew from; as before where left out. */
export interface Anew {
  readonly packet?: EvidencePacket;
  readonly policy?: Endorsed<Policy>;
  readonly roster?: Endorsed<Roster>;
  readonly standing?: Endorsed<Standing>;
  readonly statement?: Parameters<typeof signedReevaluation>[0];
  readonly key?: PrivateKey;
  readonly evidence?: Parameters<typeof signedEvidence>[0];
  /** By itself, after a refused claim. */
  readonly itself?: boolean;
  /** As a service would that asks nobody whether it may. */
  readonly forced?: boolean;
  /** By the data of this program unless given. */
  readonly zones?: Zones;
}

function evaluatedAnyway(input: ReevaluationInput): ReevaluationResult {
  const { asked, before, evidence } = input;
  const { statement: request, digest: requestDigest } = asAsked(input.request, asked);
  const evidenceStatement = evidence.statement;
  const given = { ...input, request, requestDigest, evidenceStatement, waivers: [] };
  const { evaluation, basis, brief } = evaluate(given);
  const changed = basis === null ? [] : basisChanges(before, basis);
  return { facts: { refused: null, asked, evaluation, changed, ineligible: [] }, basis, brief, unresolved: null };
}

/** What a claim meets beside its approvals. */
export interface Governing {
  readonly standing?: Endorsed<Standing>;
  readonly freezes?: readonly Envelope[];
  readonly restriction?: object;
  readonly demanded?: boolean;
  /** What a thief of the service's keys makes of the facts. */
  readonly lie?: (facts: InForceFacts) => InForceFacts;
  readonly overtaken?: string;
  /** What it finds at the claim of what the route had found; the same unless given, and null where it does not look. */
  readonly found?: readonly ResolvedFact[] | null;
}

export class MiniatureService {
  readonly events: DecisionEvent[] = [];
  /** All that it was ever given, by digest; a pack takes what its events name. */
  readonly statements = new Map<string, Envelope>();
  readonly documents = new Map<string, Uint8Array>();
  readonly texts = new Map<string, Disclosure[]>();
  /** Sealed bundles of earlier decisions, by digest. */
  readonly packs = new Map<string, Uint8Array>();
  policy: Policy;
  rosterReference: EndorsedReference;
  readonly request: ReadStatement<'request'>;
  state: DecisionState = initialState();
  permit: Envelope | null = null;
  roster: RosterIndex;
  /** In force at opening. */
  readonly opening: { readonly index: RosterIndex; readonly reference: EndorsedReference };
  #standing: InForceStanding | null;
  #evidence: ReadStatement<'evidence'>;
  #policyReference: EndorsedReference;
  #packet: EvidencePacket;
  #asked: Asked;
  #basis: BasisDocument | null = null;
  readonly #linked: LinkedDecision | null;
  readonly #resolved: readonly ResolvedFact[] | undefined;
  readonly #ancestry: Ancestry | null;
  readonly #waivers: readonly ReadStatement<'waiver'>[];
  #salts = 0;

  constructor(setup: Setup = {}) {
    const noted = notedEvidence();
    const policy = setup.policy ?? ENDORSED.policy;
    const roster = setup.roster ?? ENDORSED.roster;
    this.#packet = setup.packet ?? noted.packet;
    const packet = this.keepDocument(this.#packet);
    this.texts.set(packet, [noted.disclosure]);
    this.#resolved = setup.resolved;
    this.#ancestry = setup.ancestry ?? null;
    if (setup.ancestry) this.keepDocument(setup.ancestry);
    for (const manifest of setup.manifests ?? []) this.keepDocument(manifest);
    if (setup.card !== undefined) this.keep(setup.card);
    this.policy = policy.document;
    const { admitted } = setup;
    this.#policyReference = { ...this.keepEndorsed(policy), ...(admitted === undefined ? {} : { admitted }) };
    this.rosterReference = this.keepEndorsed(roster);
    this.roster = indexOf(roster);
    this.#standing = setup.standing ? this.#keepStanding(setup.standing) : null;
    const { opening } = setup;
    this.opening = opening
      ? { index: indexOf(opening), reference: this.keepEndorsed(opening) }
      : { index: this.roster, reference: this.rosterReference };
    this.#evidence = readStatement(
      this.keep(signedEvidence({ packet, subject: this.#packet.subject, ...setup.evidence }, setup.evidenceKey)),
      'evidence',
    );
    const summary = committed(
      'summary',
      '$.summary',
      setup.summary ?? 'Deploy update to production API gateway config',
    );
    this.#waivers = (setup.waivers ?? []).map((waiver) => readStatement(this.keep(waiver), 'waiver'));
    const earlier = setup.undoes ?? setup.follows;
    const relation = setup.undoes ? 'undoes' : 'follows';
    const linked = earlier ? this.#keepPack(earlier) : null;
    this.#linked = setup.linked === undefined ? linked : setup.linked;
    const request = signedRequest(
      {
        ...(linked ? { linked: { relation, decision_id: linked.decision_id, pack: linked.pack } } : {}),
        evidence: { packet, statement: this.#evidence.digest },
        policy: { version: policy.document.version, digest: this.#policyReference.digest },
        summary: summary.commitment,
        ...(this.#waivers.length === 0 ? {} : { waivers: this.#waivers.map(({ digest }) => digest).sort() }),
        ...setup.request,
      },
      setup.requestKey,
    );
    this.request = readStatement(this.keep(request), 'request');
    this.texts.set(this.request.digest, [summary.disclosure]);
    const { evidence, policy: asked } = this.request.statement;
    this.#asked = { evidence, policy: asked };
  }

  get decisionId(): string {
    return this.request.statement.decision_id;
  }

  get matter(): Matter {
    const card = this.#cardOf(this.#packet);
    return matterOf(asAsked(this.request, this.#asked), this.policy, this.#evidence, card, this.#waivers);
  }

  keep(envelope: Envelope): Envelope {
    this.statements.set(digestJson(envelope), envelope);
    return envelope;
  }

  keepDocument(document: object): string {
    const bytes = canonicalBytes(document);
    const digest = digestBytes(bytes);
    this.documents.set(digest, bytes);
    return digest;
  }

  #keepPack({ bundle, core }: PackFiles): LinkedDecision | null {
    const digest = digestBytes(bundle);
    this.packs.set(digest, bundle);
    return linkedDecision(digest, core.events, core.documents, {
      behind: packsBehind(core, DEEPEST),
      bytes: bundle.length,
    });
  }

  #keepStanding(standing: Endorsed<Standing>): InForceStanding {
    return { document: standing.document, reference: this.keepEndorsed(standing) };
  }

  keepEndorsed({ document, endorsements }: Endorsed<Policy | Roster | Standing>): EndorsedReference {
    for (const endorsement of endorsements) this.keep(endorsement);
    return {
      serial: document.serial,
      digest: this.keepDocument(document),
      endorsements: endorsements.map((each) => digestJson(each)).sort(),
    };
  }

  #under(index: RosterIndex, reference: EndorsedReference): UnderRoster {
    return { index, reference, soleSigner: this.#soleSigner(reference) };
  }

  #soleSigner({ endorsements }: EndorsedReference): string | null {
    return soleSignerOf(endorsements.map((each) => readStatement(this.statements.get(each), 'endorsement')));
  }

  /** What a hostile operator makes of each event before it is stored. */
  tamper: (draft: EventDraft) => EventDraft = (draft) => draft;

  /** What a hostile operator makes of an evaluation card before it is evaluated. */
  admitting: (card: AdmittedCard) => AdmittedCard = (card) => card;

  /** Appends drafts as a ledger would, whatever they say. */
  append(drafts: readonly EventDraft[]): void {
    for (const decided of drafts) {
      const draft = this.tamper(decided);
      const sequence = this.events.length + 1;
      const previous = (this.events.at(-1)?.integrity_hash ?? 'GENESIS') as PreviousHash;
      const header = {
        event_id: eventIdOf(this.decisionId, sequence, previous),
        schema_version: '1.0.0',
        decision_id: this.decisionId,
        sequence,
      };
      const event = linkEvent({ ...draft, ...header } as unknown as JsonObject, previous) as unknown as DecisionEvent;
      this.state = evolve(this.state, event);
      this.events.push(event);
    }
  }

  do(command: Command): this {
    this.append(decide(command, this.state));
    return this;
  }

  /** What a service makes of the waivers, in the order in which the request names them; a hostile one, whatever it likes. */
  readWaivers = (roster: RosterIndex, at: Timestamp): readonly GivenWaiver[] => {
    const named = this.request.statement.waivers ?? [];
    const read = named.map((digest) => readStatement(this.statements.get(digest), 'waiver'));
    const keys = { request: this.request.keyId, evidence: this.#evidence.keyId, card: this.#cardOf(this.#packet) };
    return givenWaivers(read, roster, { origin: ORIGIN, tenant: TENANT, at }, keys);
  };

  open(at: Timestamp = T.requested): this {
    return this.do({ type: 'open', id: 'open', at, ...requestFacts(this.request, this.opening.reference) });
  }

  get #grounds(): Grounds {
    return { packet: this.#packet, ancestry: this.#ancestry };
  }

  /** Told that governance has spoken. @param lie what a service makes of it that ends decisions at will */
  stop(given: Endorsed<Standing>, at: Timestamp = T.cleared, lie?: Partial<Revocation>): this {
    const standing = this.#keepStanding(given);
    const found = revocationBy(standing, this.matter, this.#grounds, at);
    const revocation: Revocation | null = lie
      ? { code: 'candidate.revoked', standing: standing.reference, revoked: [], ...found, ...lie }
      : found;
    return revocation === null ? this : this.do({ type: 'stop', id: 'stop', at, revocation });
  }

  /** @param seen the packet as a service that lies would read it; what is named and kept stays what it is. */
  evaluate(at: Timestamp = shift(T.requested, 3), zones?: Zones, seen: EvidencePacket = this.#packet): this {
    const { request } = this;
    const revoked = this.#standing?.document.revoked_keys ?? [];
    const result = evaluate({
      decisionId: this.decisionId,
      requestedAt: this.events[0]?.timestamp ?? at,
      at,
      request: request.statement,
      requestDigest: request.digest,
      policy: {
        document: this.policy,
        reference: this.#policyReference,
        soleSigner: this.#soleSigner(this.#policyReference),
      },
      openingRoster: this.opening.index,
      roster: this.#under(withoutKeys(this.roster, revoked), this.rosterReference),
      standing: { inForce: this.#standing, demanded: false },
      packet: seen,
      packetDigest: digestJson(this.#packet),
      evidenceStatement: this.#evidence.statement,
      waivers: this.readWaivers(withoutKeys(this.roster, revoked), at),
      ...(zones === undefined ? {} : { zones }),
      manifests: this.documents,
      card: this.#admitted(this.#packet, this.policy, withoutKeys(this.roster, revoked), at),
      requestKey: request.keyId,
      linked: this.#linked,
      ...(this.#resolved === undefined ? {} : { resolved: this.#resolved }),
      ancestry: this.#ancestry,
    });
    this.#basis = result.basis;
    if (result.basis) this.keepDocument(result.basis);
    if (result.brief) this.keepDocument(result.brief);
    return this.do({ type: 'evaluate', id: 'evaluate', at, evaluation: result.evaluation });
  }

  /** What the packet names, where the policy has it read and it was ever given. */
  #cardOf(packet: EvidencePacket, policy: Policy = this.policy): ReadStatement<'evaluation'> | null {
    const checks = checksOf(policy, this.request.statement.action);
    const envelope = this.statements.get(cardNamed({ checks, packet }) ?? '');
    return envelope === undefined ? null : readStatement(envelope, 'evaluation');
  }

  #admitted(packet: EvidencePacket, policy: Policy, roster: RosterIndex, at: Timestamp): AdmittedCard | null {
    const card = this.#cardOf(packet, policy);
    return card && this.admitting(admitCard(card, roster, { origin: ORIGIN, tenant: TENANT, at }));
  }

  /**
   * Evaluated anew, as it is asked for, under what is given; by itself, where nobody asks. What was decided is taken up, so
   * that what follows is under it.
   */
  reevaluate(
    {
      packet = this.#packet,
      policy,
      roster,
      standing,
      statement = {},
      key,
      itself = false,
      evidence = {},
      forced = false,
      zones,
    }: Anew = {},
    at: Timestamp = shift(T.approved, 60),
  ): this {
    const before = this.#basis;
    if (before === null) throw new TypeError('not routed');
    const packetDigest = this.keepDocument(packet);
    this.texts.set(packetDigest, [notedEvidence().disclosure]);
    const vouched =
      packet === this.#packet
        ? this.#evidence
        : readStatement(
            this.keep(
              signedEvidence({
                packet: packetDigest,
                subject: packet.subject,
                signed_at: packet.created_at,
                nonce: toBase64(new Uint8Array(16).fill(7)),
                ...evidence,
              }),
            ),
            'evidence',
          );
    const policyReference = policy ? this.keepEndorsed(policy) : this.#policyReference;
    const document = policy?.document ?? this.policy;
    const rosterReference = roster ? this.keepEndorsed(roster) : this.rosterReference;
    const index = roster ? indexOf(roster) : this.roster;
    const inForce = standing ? this.#keepStanding(standing) : this.#standing;
    const asked: Asked = {
      policy: { version: document.version, digest: policyReference.digest },
      evidence: { packet: packetDigest, statement: vouched.digest },
    };
    const input = {
      decisionId: this.decisionId,
      requestedAt: this.events[0]?.timestamp ?? at,
      at,
      request: this.request,
      asked,
      policy: { document, reference: policyReference, soleSigner: this.#soleSigner(policyReference) },
      openingRoster: this.opening.index,
      roster: this.#under(withoutKeys(index, inForce?.document.revoked_keys ?? []), rosterReference),
      standing: { inForce, demanded: false },
      packet,
      packetDigest,
      evidence: vouched,
      before,
      barredBefore: this.routing.barred,
      askedSince: 'approvals' in this.state && this.state.stage !== 'cleared' ? askedSince(this.state) : at,
      manifests: this.documents,
      card: this.#admitted(packet, document, withoutKeys(index, inForce?.document.revoked_keys ?? []), at),
      ...(this.#resolved === undefined ? {} : { resolved: this.#resolved }),
      ancestry: this.#ancestry,
      linked: this.#linked,
      ...(zones === undefined ? {} : { zones }),
      evidenceBefore: { statement: this.#evidence.statement, packet: this.#packet },
      counting: restingIn(this.state).map((one) => readStatement(this.statements.get(one))),
      waivers: this.#waivers,
    };
    const { facts, basis, brief } = forced ? evaluatedAnyway(input) : reevaluate(input);
    if (basis) this.keepDocument(basis);
    if (brief) this.keepDocument(brief);
    const length = this.events.length;
    if (itself) this.do({ type: 'reevaluate', id: 'reevaluate', at, reevaluation: facts });
    else {
      const envelope = signedReevaluation(
        { decision_id: this.decisionId, basis: digestJson(before), signed_at: at, ...asked, ...statement },
        key,
      );
      this.submit(envelope, at, null, null, facts);
    }
    if (this.events[length]?.event_type !== 'decision.reevaluated') return this;
    this.#basis = basis;
    this.#packet = packet;
    this.#evidence = vouched;
    this.#policyReference = policyReference;
    this.policy = document;
    this.rosterReference = rosterReference;
    this.roster = index;
    this.#standing = inForce;
    this.#asked = asked;
    return this;
  }

  /** A statement as it arrives. Not authenticated: throws, as nothing of it is recorded by name. */
  submit(
    envelope: Envelope,
    at: Timestamp,
    inForce: InForceFacts | null = null,
    permit: PermitFacts | null = null,
    reevaluation?: ReevaluationFacts,
  ): this {
    const read = readStatement(this.keep(envelope));
    const routed = 'routing' in this.state && this.state.routing !== null;
    const admitted = {
      ...admitStatement(read, routed ? this.roster : this.opening.index, this.matter, at),
      ...stopsFor(read, this.#packet),
    };
    return this.do({
      type: 'submit',
      id: read.digest,
      at,
      admitted,
      inForce,
      permit,
      ...(reevaluation ? { reevaluation } : {}),
    });
  }

  approve(overrides: Parameters<typeof signedApproval>[0] = {}, key?: PrivateKey, at: Timestamp = T.approved): this {
    const envelope = this.approval(overrides, key);
    return this.submit(envelope, at);
  }

  /** A signed approval of this very decision, not submitted yet. */
  approval(overrides: Parameters<typeof signedApproval>[0] = {}, key?: PrivateKey): Envelope {
    const { basis_digest: basis, hash: routed, brief } = this.routing;
    this.#salts += 1;
    const label = `rationale ${this.#salts}`;
    const rationale = committed(label, '$.rationale', 'Approved after reviewing diff and rollback plan.');
    const envelope = signedApproval(
      { decision_id: this.decisionId, basis, routed, brief, rationale: rationale.commitment, ...overrides },
      key,
    );
    this.texts.set(digestJson(envelope), [rationale.disclosure]);
    return this.keep(envelope);
  }

  reject(overrides: Parameters<typeof signedRejection>[0] = {}, at: Timestamp = T.approved): this {
    const { basis_digest: basis, hash: routed, brief } = this.routing;
    const reason = committed('rejection', '$.reason', 'The rollback was tested on another cluster.');
    const envelope = signedRejection({
      decision_id: this.decisionId,
      basis,
      routed,
      brief,
      signer: ACTORS.executive,
      roles: ['executive'],
      reason: reason.commitment,
      ...overrides,
    });
    this.texts.set(digestJson(envelope), [reason.disclosure]);
    return this.submit(envelope, at);
  }

  /** Breaks glass, under the key of its own unless told. */
  override(overrides: Parameters<typeof signedOverride>[0] = {}, key = GLASS_KEY, at: Timestamp = T.approved): this {
    return this.submit(this.overriding(overrides, key), at);
  }

  /** A signed override of this very decision, not submitted yet. */
  overriding(overrides: Parameters<typeof signedOverride>[0] = {}, key = GLASS_KEY): Envelope {
    const { basis_digest: basis, hash: routed, brief } = this.routing;
    const reason = committed('override', '$.reason', 'Customers cannot log in.');
    const envelope = signedOverride(
      {
        decision_id: this.decisionId,
        basis,
        routed,
        brief,
        signer: GLASS,
        owner: GLASS,
        reason: reason.commitment,
        expires_at: shift(T.approved, 1800),
        ...overrides,
      },
      key,
    );
    this.texts.set(digestJson(envelope), [reason.disclosure]);
    return this.keep(envelope);
  }

  delegate(overrides: Parameters<typeof signedDelegation>[0] = {}, at: Timestamp = T.approved): this {
    return this.submit(this.delegation(overrides), at);
  }

  /** A signed delegation of this very decision, not submitted yet: by the executive, to the security owner. */
  delegation(overrides: Parameters<typeof signedDelegation>[0] = {}): Envelope {
    const { basis_digest: basis, hash: routed, brief } = this.routing;
    const reason = committed('delegation', '$.reason', 'On leave until Monday.');
    const bound = { decision_id: this.decisionId, basis, routed, brief, reason: reason.commitment };
    const envelope = signedDelegation({ ...bound, ...overrides });
    this.texts.set(digestJson(envelope), [reason.disclosure]);
    return this.keep(envelope);
  }

  /** A signed approval by the security owner in the place of whoever signed this delegation. */
  standingIn(delegation: Envelope, overrides: Parameters<typeof signedApproval>[0] = {}): Envelope {
    return this.approval({ signer: ACTORS.securityOwner, delegation: digestJson(delegation), ...overrides });
  }

  /** What every act on the waiting names, and the text behind its reason. */
  #acting(label: string): { readonly bound: object; readonly keep: (envelope: Envelope) => Envelope } {
    const { basis_digest: basis, hash: routed } = this.routing;
    const reason = committed(label, '$.reason', 'She is back on Thursday.');
    const keep = (envelope: Envelope): Envelope => {
      this.texts.set(digestJson(envelope), [reason.disclosure]);
      return this.keep(envelope);
    };
    return { bound: { decision_id: this.decisionId, basis, routed, reason: reason.commitment }, keep };
  }

  /** A signed nudge of this very decision, not submitted yet: by the release owner. */
  nudging(overrides: Parameters<typeof signedNudge>[0] = {}, role: string | null = 'release_owner'): Envelope {
    const { bound, keep } = this.#acting('nudge');
    return keep(signedNudge({ signer: ACTORS.releaseOwner, ...inRole(role), ...bound, ...overrides }));
  }

  /** Likewise, of an extension to well after the clearance. */
  extending(overrides: Parameters<typeof signedExtension>[0] = {}, key?: PrivateKey): Envelope {
    const { bound, keep } = this.#acting('extension');
    const until = shift(T.requested, OPERATED_S + 1200);
    const by = { signer: ACTORS.releaseOwner, actor_role: 'release_owner', until };
    return keep(signedExtension({ ...by, ...bound, ...overrides }, key));
  }

  /** Likewise, of a reassignment from one executive to the other. */
  reassigning(
    overrides: Parameters<typeof signedReassignment>[0] = {},
    role: string | null = 'release_owner',
  ): Envelope {
    const { bound, keep } = this.#acting('reassignment');
    const by = { signer: ACTORS.releaseOwner, ...inRole(role), to: ACTORS.secondExecutive };
    return keep(signedReassignment({ ...by, ...bound, ...overrides }));
  }

  /** Approves and asks for an alarm besides, which the release owner sees to. */
  approveIf(asked: Partial<ApprovalCondition> = {}): this {
    const { commitment, disclosure } = committed('what', '$.conditions[0].what', 'An alarm on the error rate.');
    const due = shift(T.approved, 1800);
    const one = { id: 'alarm', what: commitment, due, role: 'release_owner', ...asked };
    const envelope = this.approval({ conditions: [one] });
    this.texts.get(digestJson(envelope))?.push(disclosure);
    return this.submit(envelope, T.approved);
  }

  /** Word of the alarm, by the release owner. */
  condition(
    overrides: Parameters<typeof signedCondition>[0] = {},
    at: Timestamp = T.claimed,
    key?: Parameters<typeof signedCondition>[1],
  ): this {
    return this.submit(this.word(overrides, key), at);
  }

  /** The same, signed and not submitted yet. */
  word(overrides: Parameters<typeof signedCondition>[0] = {}, key?: Parameters<typeof signedCondition>[1]): Envelope {
    const accepted = this.events.find((event) => event.event_type === 'authority.approved');
    if (accepted?.event_type !== 'authority.approved') throw new TypeError('nobody has approved');
    const { commitment, disclosure } = committed('found', '$.findings', 'It rang.');
    const bound = { decision_id: this.decisionId, approval: accepted.statement, findings: commitment };
    const envelope = signedCondition({ signer: ACTORS.releaseOwner, ...bound, ...overrides }, key);
    this.texts.set(digestJson(envelope), [disclosure]);
    return this.keep(envelope);
  }

  /** Takes back the approval that was accepted last. */
  revoke(overrides: Parameters<typeof signedRevocation>[0] = {}, at: Timestamp = T.approved): this {
    const reason = committed('revocation', '$.reason', 'The canary was red.');
    const accepted = this.events.findLast((event) => event.event_type === 'authority.approved');
    if (accepted?.event_type !== 'authority.approved') throw new TypeError('nobody has approved');
    const envelope = signedRevocation({
      decision_id: this.decisionId,
      signer: accepted.actor_id,
      approval: accepted.statement,
      reason: reason.commitment,
      ...overrides,
    });
    this.texts.set(digestJson(envelope), [reason.disclosure]);
    return this.submit(envelope, at);
  }

  abstain(overrides: Parameters<typeof signedAbstention>[0] = {}, at: Timestamp = T.approved): this {
    const { basis_digest: basis, hash: routed, brief } = this.routing;
    const reason = committed('abstention', '$.reason', 'I wrote the test plan.');
    const envelope = signedAbstention({
      decision_id: this.decisionId,
      basis,
      routed,
      brief,
      signer: ACTORS.executive,
      roles: ['executive'],
      reason: reason.commitment,
      ...overrides,
    });
    this.texts.set(digestJson(envelope), [reason.disclosure]);
    return this.submit(envelope, at);
  }

  cancel(overrides: Parameters<typeof signedCancellation>[0] = {}, at: Timestamp = T.approved): this {
    const reason = committed('cancellation', '$.reason', 'Superseded by CHG-1043.');
    const envelope = signedCancellation({ decision_id: this.decisionId, reason: reason.commitment, ...overrides });
    this.texts.set(digestJson(envelope), [reason.disclosure]);
    return this.submit(envelope, at);
  }

  /** A claim, with this roster in force; and the permit, where it was cleared. */
  claim(
    overrides: Parameters<typeof signedClaim>[0] = {},
    at: Timestamp = T.cleared,
    inForce?: Endorsed<Roster>,
    {
      standing,
      freezes = [],
      restriction,
      demanded = false,
      overtaken,
      found = this.#resolved,
      lie = (facts) => facts,
    }: Governing = {},
  ): this {
    const basis = 'routing' in this.state ? this.routing.basis_digest : digestOf('no basis yet');
    const claim = signedClaim({ decision_id: this.decisionId, basis, ...overrides });
    const index = inForce ? indexOf(inForce) : this.roster;
    const reference = inForce ? this.keepEndorsed(inForce) : this.rosterReference;
    const approvals = restingIn(this.state).map((statement) => readStatement(this.statements.get(statement)));
    const now = standing ? this.#keepStanding(standing) : this.#standing;
    const routed = this.events.findLast((event) => event.event_type === 'authority.routed')?.resolved ?? [];
    const word = {
      inForce: now,
      demanded,
      freezes: freezes.map((each) => readStatement(this.keep(each), 'freeze')),
      restriction: restriction && this.keepDocument(restriction),
      overtaken,
      again: routed.length === 0 ? undefined : { routed, found: found ?? undefined },
    };
    const facts = {
      ...inForceFacts(
        readStatement(claim),
        approvals,
        this.#under(withoutKeys(index, now?.document.revoked_keys ?? []), reference),
        this.matter,
        at,
      ),
      ...standingFacts(word, this.matter, this.#grounds, at),
    };
    this.submit(claim, at, lie(facts));
    if (this.state.stage === 'cleared' && this.permit === null) this.permit = this.keep(this.permitFor());
    return this;
  }

  permitFor(overrides: Parameters<typeof signedPermit>[0] = {}, key?: PrivateKey): Envelope {
    const { clearance } = this;
    return signedPermit(
      {
        decision_id: this.decisionId,
        signed_at: clearance.at,
        claim: clearance.claim,
        cleared: clearance.hash,
        basis: this.routing.basis_digest,
        subject: clearance.subject,
        target: clearance.target,
        executor: clearance.executor,
        not_after: clearance.not_after,
        confirm_by: clearance.confirm_by,
        ...overrides,
      },
      key,
    );
  }

  confirm(overrides: Parameters<typeof signedReceipt>[0] = {}, at: Timestamp = shift(T.finished, 1)): this {
    if (this.permit === null) throw new TypeError('no permit');
    const permit = readStatement(this.permit, 'permit');
    const receipt = signedReceipt({
      decision_id: this.decisionId,
      claim: this.clearance.claim,
      permit: permit.digest,
      ...overrides,
    });
    return this.submit(receipt, at, null, permitFacts(permit));
  }

  tick(at: Timestamp): this {
    return this.do({ type: 'tick', id: `tick ${at}`, at });
  }

  get routing() {
    if (!('routing' in this.state) || this.state.routing === null) throw new TypeError('not routed');
    return this.state.routing;
  }

  get clearance() {
    if (!('clearance' in this.state) || this.state.clearance === null) throw new TypeError('not cleared');
    return this.state.clearance;
  }

  core(conformanceTarget: ConformanceTarget = 'L7GS-C2'): PackCore {
    const named = reachable(this.events);
    return buildCore({
      events: [...this.events],
      statements: pick(this.statements, [...named.statements, ...named.optionalStatements]),
      documents: pick(this.documents, [...named.documents, ...named.optionalDocuments]),
      packs: pick(this.packs, named.packs),
      conformanceTarget,
      exportedAt: shift(this.events.at(-1)?.timestamp ?? T.finished, 60),
      exportedBy: 'countersign',
    });
  }

  clearancePack(permit: Envelope = this.permit ?? this.permitFor()): ClearancePack {
    const end = this.events.findIndex((event) => event.event_type === 'execution.cleared');
    const events = this.events.slice(0, end + 1);
    const named = reachable(events);
    return buildClearancePack({
      events,
      statements: pick(this.statements, named.statements),
      documents: pick(this.documents, named.documents),
      packs: pick(this.packs, named.packs),
      permit,
    });
  }

  disclosures(core: PackCore = this.core()): Disclosures {
    return disclosuresFor(core, this.texts);
  }
}

/** What `verify` is given. */
export interface PackFiles {
  readonly core: PackCore;
  readonly bundle: Uint8Array;
  readonly view: Uint8Array;
  readonly disclosures: Uint8Array;
}

export const SEAL_KEY = keyOfActor(HOLDERS.seal);

export function filesOf(service: MiniatureService, core: PackCore = service.core()): PackFiles {
  const disclosures = service.disclosures(core);
  return {
    core,
    bundle: sealPack(core, SEAL_KEY),
    view: viewBytes(buildView(core, disclosures)),
    disclosures: disclosuresBytes(disclosures),
  };
}

export function executed(setup: Setup = {}): MiniatureService {
  return new MiniatureService(setup).open().evaluate().approve().claim().confirm();
}

export function denied(): MiniatureService {
  return new MiniatureService().open().evaluate().reject();
}

export function expired(): MiniatureService {
  return new MiniatureService()
    .open()
    .evaluate()
    .tick(shift(T.requested, 4 * 3600));
}

export function cancelled(): MiniatureService {
  return new MiniatureService().open().evaluate().cancel();
}

export function unconfirmed(): MiniatureService {
  const service = new MiniatureService().open().evaluate().approve().claim();
  return service.tick(shift(T.cleared, 3600));
}

/** Evidence that a hard gate of the policy denies. */
function gatedEvidence(): EvidencePacket {
  const { packet } = notedEvidence();
  const safety = packet.sections.safety_and_security;
  if (!safety) throw new TypeError('the fixture has the section');
  const sections = {
    ...packet.sections,
    safety_and_security: { ...safety, hard_gates: [{ id: 'licence-clear', passed: false }] },
  };
  return { ...packet, sections };
}

/** Denied by the policy, before any route was taken. */
export function gateDenied(): MiniatureService {
  return new MiniatureService({ packet: gatedEvidence() }).open().evaluate();
}

/** A promotion that its policy finds not worth making, unless changed (R86). */
export function notViable(
  changes: { readonly score?: number; readonly safety?: Partial<SafetySection> } = {},
): MiniatureService {
  const { packet } = notedEvidence();
  const safety = packet.sections.safety_and_security;
  if (!safety) throw new TypeError('the fixture has the section');
  const projection = (value: number, unit: string) => {
    const computed_from = {
      uri: 'https://evidence.example/projection',
      digest: digestOf('projection'),
      media_type: 'text/csv',
      size: 2048,
    };
    return { value, unit, source: 'viability-controller', computed_from };
  };
  const viability = {
    actions: ['model.promote'],
    minimum_reserve: { value: 1000, unit: 'EUR' },
    change_threshold: { value: 0.05, unit: 'points' },
    governance_roles: ['security_owner'],
  };
  return new MiniatureService({
    policy: endorsedPolicy(fixturePolicy({ viability })),
    roster: endorsedRoster(ownersRoster()),
    request: { action: 'model.promote' },
    packet: {
      ...packet,
      sections: { ...packet.sections, safety_and_security: { ...safety, ...changes.safety } },
      viability: { projected_reserve: projection(1250.5, 'EUR'), score: projection(changes.score ?? 0.05, 'points') },
    },
  })
    .open()
    .evaluate();
}

type SafetySection = NonNullable<EvidencePacket['sections']['safety_and_security']>;

/** Denied before any gate ran: another policy is in force than the one that was asked for. */
export function deniedEarly(): MiniatureService {
  const policy = { version: '1.1.0', digest: digestOf('the policy before') };
  return new MiniatureService({ request: { policy } }).open().evaluate();
}

/** Called off before it was routed, under the roster in force at opening. */
export function cancelledEarly(): MiniatureService {
  return new MiniatureService({ opening: ENDORSED.roster, roster: endorsedRoster(nextRoster()) }).open().cancel();
}

/** Claims refused before routing, and while the roster in force did not know the executor; then it came back. */
export function claimsRefused(): MiniatureService {
  const service = new MiniatureService().open();
  service.claim({ nonce: toBase64(new Uint8Array(16).fill(1)) }, shift(T.requested, 1));
  service.evaluate().approve();
  const second = nextRoster();
  const without = endorsedRoster({
    ...second,
    workloads: second.workloads.filter(({ actor_id }) => actor_id !== ACTORS.deployer),
  });
  service.claim({ nonce: toBase64(new Uint8Array(16).fill(2)) }, T.claimed, without);
  const third = { ...second, serial: 3, predecessor: digestJson(without.document) };
  return service.claim({}, T.cleared, endorsedRoster(third)).confirm();
}

/** Between request and route, who tried to call it off left the roster, who approves came into it, and control moved. */
export function rosterChangedEarly(): MiniatureService {
  const without = (roster: Roster, actor: string): Roster => ({
    ...roster,
    persons: roster.persons.filter(({ actor_id }) => actor_id !== actor),
  });
  const before = without(ROSTER, ACTORS.executive);
  const workloads = before.workloads.map((workload) => ({ ...workload, controlled_by: [ACTORS.securityOwner] }));
  const opening = { ...before, workloads };
  const routing = without({ ...nextRoster(), predecessor: digestJson(opening) }, ACTORS.secondExecutive);
  return new MiniatureService({ opening: endorsedRoster(opening), roster: endorsedRoster(routing) })
    .open()
    .cancel({ signer: ACTORS.secondExecutive }, shift(T.requested, 1))
    .evaluate()
    .approve()
    .claim()
    .confirm();
}

/** The roster after the fixture's, which says the same. */
export function nextRoster(): Roster {
  return { ...ROSTER, serial: 2, predecessor: digestJson(ROSTER), issued_at: T.requested };
}

/** A house in which these may delegate, and the route asks for so many executives. */
export function delegable(
  signatures = 1,
  roster: Roster = ROSTER,
  roles: readonly string[] = ['executive', 'security_owner'],
): MiniatureService {
  const [route, ...others] = fixturePolicy().routes;
  if (route === undefined) throw new TypeError('the fixture has a route');
  const routes = [{ ...route, slots: [{ role: 'executive', signatures }] }, ...others];
  const policy = endorsedPolicy(fixturePolicy({ routes, delegation: { roles: [...roles], life_s: 3600 } }));
  return new MiniatureService({ policy, roster: endorsedRoster(roster) }).open().evaluate();
}

/** Executed on an approval in the place of the executive. */
export function delegated(): MiniatureService {
  const service = delegable();
  const delegation = service.delegation();
  return service.submit(delegation, T.approved).submit(service.standingIn(delegation), T.approved).claim().confirm();
}

function inRole(role: string | null): { readonly actor_role?: string } {
  return role === null ? {} : { actor_role: role };
}

/** Seconds that a decision has of itself in a house with operators: too few for its clearance. */
export const OPERATED_S = 240;
export const OPERATION = { roles: ['release_owner'], nudge_every_s: 60, extend_s: 1800 };

/** A house in which the release owner operates, and nothing is cleared in time unless the deadline is moved. */
export function operable(change: Parameters<typeof fixturePolicy>[0] = {}, roster: Roster = ROSTER): MiniatureService {
  const times = { ...fixturePolicy().times, decision_s: OPERATED_S };
  const policy = endorsedPolicy(fixturePolicy({ operation: OPERATION, times, ...change }));
  return new MiniatureService({ policy, roster: endorsedRoster(roster) }).open().evaluate();
}

/** Nudged, given more time and to somebody else, and executed in that time. */
export function operated(): MiniatureService {
  const service = operable();
  for (const act of [service.nudging(), service.extending(), service.reassigning()])
    service.submit(act, shift(T.requested, 30));
  return service.approve().claim().confirm();
}

/** Denies whatever is asked for, and may be waived by a release owner for two days. */
export const CANARY_GATE = 'GATE-CANARY';
const CANARY = {
  id: CANARY_GATE,
  name: 'The canary is bounded',
  hard: false,
  when: 'request.action != "nothing"',
  result: 'deny' as const,
  reason: 'the canary takes more than it may',
};
export const WAIVABLE = fixturePolicy({
  gates: [...fixturePolicy().gates, CANARY],
  waivers: { roles: ['release_owner'], gates: [CANARY_GATE], life_s: 2 * 86_400 },
});

/** A waiver of that gate by the release owner, with the text of its reason in `texts`. */
export function waiverOf(overrides: Parameters<typeof signedWaiver>[0] = {}, key?: PrivateKey): Envelope {
  const reason = committed('waiver', '$.reason', 'The season ends on Thursday.');
  return signedWaiver({ policy: digestJson(WAIVABLE), reason: reason.commitment, ...overrides }, key);
}

/** A decision that is asked for with a waiver, under the policy that lets it be waived. */
export function waiving(setup: Setup = {}, waivers: readonly Envelope[] = [waiverOf()]): MiniatureService {
  const service = new MiniatureService({ policy: endorsedPolicy(WAIVABLE), waivers, ...setup });
  const { disclosure } = committed('waiver', '$.reason', 'The season ends on Thursday.');
  for (const waiver of waivers) service.texts.set(digestJson(waiver), [disclosure]);
  return service.open();
}

/** Who may break glass, and the key for it. */
export const GLASS = 'p-axe';
const GLASS_KEY = keyFrom('break-glass');
export const BREAKGLASS = {
  role: 'breakglass_officer',
  life_s: 3600,
  review_role: 'model_owner',
  review_s: 5 * 86_400,
};

/** The roster with one person more, who may break glass. */
export function rosterWithGlass(): Endorsed<Roster> {
  const keys = [rosterKey(GLASS, keyFrom(GLASS)), rosterKey(GLASS, GLASS_KEY, { use: 'breakglass' })];
  const axe = { actor_id: GLASS, keys, grants: [grant(BREAKGLASS.role)] };
  return endorsedRoster({ ...ROSTER, persons: [...ROSTER.persons, axe] });
}

/** A house in which one person may break glass. */
export function breakable(): MiniatureService {
  return breakableWith({}).open().evaluate();
}

/** The same about evidence that a hard gate denies, by a service that says otherwise. */
export function breakablePastGate(): MiniatureService {
  const service = breakableWith({ packet: gatedEvidence() }).open();
  return service.evaluate(undefined, undefined, notedEvidence().packet);
}

function breakableWith(setup: Setup): MiniatureService {
  const policy = endorsedPolicy(fixturePolicy({ breakglass: BREAKGLASS }));
  return new MiniatureService({ policy, roster: rosterWithGlass(), ...setup });
}

/** Half a minute after routing whoever is waited for is reminded, and after a minute security owners may sign as well. */
export const WAITING_TIMES = {
  ...fixturePolicy().times,
  reminders: [30],
  escalation: [{ after_s: 60, widen: [{ role: 'executive', by: ['security_owner'] }] }],
};
export const REMINDED = shift(T.requested, 33);
export const ESCALATED = shift(T.requested, 63);

/** Routed under a policy that reminds and escalates. */
export function waiting(): MiniatureService {
  return new MiniatureService({ policy: endorsedPolicy(fixturePolicy({ times: WAITING_TIMES })) }).open().evaluate();
}

/** Reminded, escalated, and approved by a security owner in the executive's stead. */
export function escalated(): MiniatureService {
  return waiting()
    .tick(REMINDED)
    .tick(ESCALATED)
    .approve({ signer: ACTORS.securityOwner, roles: ['security_owner'] }, keyOfActor(ACTORS.securityOwner));
}

/** A decision on a target that is open on Tuesdays between these times of Berlin; it is asked for on one, at 21:12. */
export function windowed(from: string, to: string): MiniatureService {
  const windows = { zone: 'Europe/Berlin', weekly: [{ days: ['tue' as const], from, to }], blackouts: [] };
  const targets = fixturePolicy().targets.map((target) => ({ ...target, windows }));
  return new MiniatureService({ policy: endorsedPolicy(fixturePolicy({ targets })) }).open();
}

/** A promotion: three roles; p-cedar holds two of them. The one who controls the requester tries to approve, in vain. */
export function promoted(): MiniatureService {
  const service = new MiniatureService({ roster: endorsedRoster(ownersRoster()), request: { action: 'model.promote' } })
    .open()
    .evaluate();
  service.submit(service.approval({ signer: ACTORS.requester, roles: ['model_owner'] }), shift(T.approved, -60));
  return promotedWith(service);
}

/** Approved by its three owners, cleared and confirmed. */
export function promotedWith(service: MiniatureService): MiniatureService {
  service.submit(
    service.approval({ signer: ACTORS.releaseOwner, roles: ['model_owner', 'release_owner'] }),
    T.approved,
  );
  service.submit(service.approval({ signer: ACTORS.modelOwner, roles: ['model_owner'] }), shift(T.approved, 1));
  service.submit(service.approval({ signer: ACTORS.securityOwner, roles: ['security_owner'] }), shift(T.approved, 2));
  return service.claim().confirm();
}

function ownersRoster(): Roster {
  const roster = ROSTER;
  const grants = [
    {
      role: 'model_owner',
      environments: '*' as const,
      actions: '*' as const,
      valid_from: T.rosterIssued,
      valid_until: null,
    },
    {
      role: 'release_owner',
      environments: '*' as const,
      actions: '*' as const,
      valid_from: T.rosterIssued,
      valid_until: null,
    },
  ];
  return {
    ...roster,
    persons: roster.persons.map((person) => (person.actor_id === ACTORS.releaseOwner ? { ...person, grants } : person)),
  };
}

/** The roster changes between routing and clearance, and the approver stays in it. */
export function rosterChanged(change: (roster: Roster) => Roster = (roster) => roster): MiniatureService {
  const next = change({
    ...fixtureRoster(),
    serial: 2,
    predecessor: digestJson(fixtureRoster()),
    issued_at: T.approved,
  });
  return new MiniatureService().open().evaluate().approve().claim({}, T.cleared, endorsedRoster(next));
}

const TRUST_BYTES = trustFileBytes(trustFileValue());

export function trustBytes(change?: (trust: Trust) => Trust): Uint8Array {
  return change ? trustFileBytes(trustFileValue(change(fixtureTrustDocument()))) : TRUST_BYTES;
}

/** So many seconds later; earlier where negative. */
export function shift(at: Timestamp, seconds: number): Timestamp {
  return timestamp(instant(at) + seconds * SECOND);
}

function pick<V>(from: ReadonlyMap<string, V>, keys: readonly string[]): Map<string, V> {
  return new Map(keys.flatMap((key): [string, V][] => (from.has(key) ? [[key, from.get(key) as V]] : [])));
}
