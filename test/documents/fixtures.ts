import {
  canonicalBytes,
  type Digest,
  digestBytes,
  digestHex,
  digestJson,
  type Envelope,
  fromHex,
  type PrivateKey,
  privateKeyFromSeed,
  publicKeyToBase64,
  toBase64,
} from '../../core/canon/index.ts';
import {
  type AcknowledgementStatement,
  type AbstentionStatement,
  type ApprovalStatement,
  type CancellationStatement,
  type ClaimStatement,
  type ConditionStatement,
  type DelegationStatement,
  type ExtensionStatement,
  type NudgeStatement,
  type ReassignmentStatement,
  type EndorsementStatement,
  type EvaluationStatement,
  type EvidenceStatement,
  type AnchorStatement,
  type CaptureStatement,
  type FreezeStatement,
  type LiftingStatement,
  type OverrideStatement,
  type PermitStatement,
  type PossessionStatement,
  type ReceiptStatement,
  type ReevaluationStatement,
  type RejectionStatement,
  type RequestStatement,
  type ReviewStatement,
  type BackoutStatement,
  type RevocationStatement,
  type StatementKind,
  statementType,
  type WaiverStatement,
} from '../../core/domain/statements.ts';
import { CANDIDATE_MANIFEST_TYPE, type CandidateManifest } from '../../documents/candidate-manifest.ts';
import { EVIDENCE_PACKET_TYPE, type EvidencePacket } from '../../documents/evidence.ts';
import { type Grant, ROSTER_TYPE, type Roster, type RosterKey } from '../../documents/roster.ts';
import { indexRoster, type RosterIndex, readRoster } from '../../documents/roster-reader.ts';
import {
  decisionIdFor,
  type ReadStatement,
  readStatement,
  type StatementOf,
  signStatement,
} from '../../documents/statements.ts';
import { TRUST_TYPE, type Trust, type TrustKey, type TrustTenant } from '../../documents/trust.ts';
import { readTrustFile, type TrustFile } from '../../documents/trust-reader.ts';

/**
 * One small world: an installation, a tenant, its people, their keys and what they sign. All of it from fixed seeds, so
 * that the same statement has the same digest in every test and on every page of the specification.
 */

export const ORIGIN = 'countersign.example';
export const TENANT = 'acme';

/** The day of the fixtures; each constant a moment on it. */
export const T = {
  rosterIssued: '2026-01-05T09:00:00.000Z',
  packed: '2026-02-23T16:00:00.000Z',
  requested: '2026-02-24T20:12:21.000Z',
  approved: '2026-02-24T20:14:02.000Z',
  approvalEnds: '2026-02-24T21:14:02.000Z',
  claimed: '2026-02-24T20:17:00.000Z',
  cleared: '2026-02-24T20:17:01.000Z',
  started: '2026-02-24T20:17:40.000Z',
  finished: '2026-02-24T20:18:10.000Z',
  permitEnds: '2026-02-24T20:27:01.000Z',
  confirmBy: '2026-02-24T21:17:01.000Z',
} as const;

/** Actors of the fixture roster. `p-` persons, `w-` workloads. */
export const ACTORS = {
  requester: 'p-quill',
  creator: 'p-maker',
  author: 'p-scribe',
  modelOwner: 'p-amber',
  securityOwner: 'p-birch',
  releaseOwner: 'p-cedar',
  executive: 'p-dune',
  secondExecutive: 'p-ember',
  pipeline: 'w-pipeline',
  deployer: 'w-deployer',
} as const;

/** Holders of the fixture trust file's keys. */
export const HOLDERS = {
  governance: ['g-one', 'g-two', 'g-three'],
  policy: ['k-policy-one', 'k-policy-two', 'k-policy-three'],
  roster: ['k-roster-one', 'k-roster-two', 'k-roster-three'],
  emergency: 'e-one',
  permit: 's-permit',
  acknowledgement: 's-acknowledgement',
  seal: 's-seal',
} as const;

/** A witness; the fixture trust file names none. */
export const WITNESS = 'n-one';

/** A signing key that depends on its label only. */
export function keyFrom(label: string): PrivateKey {
  return privateKeyFromSeed(fromHex(digestHex(digestJson(['countersign test key', label]))));
}

const KEYED_ACTORS = [...Object.values(ACTORS), ...Object.values(HOLDERS).flat(), WITNESS];

/** Key of each actor and holder, by id. */
export const fixtureKeys: Readonly<Record<string, PrivateKey>> = Object.fromEntries(
  KEYED_ACTORS.map((id) => [id, keyFrom(id)]),
);

export function keyOfActor(id: string): PrivateKey {
  const key = fixtureKeys[id];
  if (key === undefined) throw new TypeError(`no fixture key for ${id}`);
  return key;
}

/** A digest that depends on its label only; also serves as a commitment. */
export function digestOf(label: string): Digest {
  return digestJson(['countersign test digest', label]);
}

/** Sixteen bytes that depend on their label only. */
export function nonceOf(label: string): string {
  return toBase64(fromHex(digestHex(digestOf(label)).slice(0, 32)));
}

type Draft<K extends StatementKind> = Partial<Omit<StatementOf<K>, '_type'>>;

function header<K extends StatementKind>(kind: K, signer: string, signed_at: string) {
  return {
    _type: statementType(kind),
    origin: ORIGIN,
    tenant: TENANT,
    signer,
    signed_at,
    nonce: nonceOf(`${kind} ${signer}`),
  };
}

// Roster

export function possession(actorId: string, key: PrivateKey, overrides: Draft<'possession'> = {}): Envelope {
  const statement: PossessionStatement = {
    ...header('possession', actorId, T.rosterIssued),
    public_key: publicKeyToBase64(key.publicKey),
    ...overrides,
  };
  return signStatement(statement, key);
}

/** A roster entry for a key, with its proof. */
export function rosterKey(
  actorId: string,
  key: PrivateKey = keyOfActor(actorId),
  overrides: Partial<RosterKey> = {},
): RosterKey {
  const proof = possession(actorId, key);
  return {
    scheme: 'ed25519',
    public_key: publicKeyToBase64(key.publicKey),
    valid_from: T.rosterIssued,
    valid_until: null,
    proof: { ...proof, signatures: [{ ...proof.signatures[0] }] },
    ...overrides,
  };
}

/** A grant everywhere, from the day of the roster, unless told. */
export function grant(role: string, overrides: Partial<Grant> = {}): Grant {
  return { role, environments: '*', actions: '*', valid_from: T.rosterIssued, valid_until: null, ...overrides };
}

/** Eight persons, two workloads; every one of them with one key. */
export function fixtureRoster(overrides: Partial<Roster> = {}): Roster {
  const person = (actor_id: string, ...grants: Grant[]) => ({ actor_id, keys: [rosterKey(actor_id)], grants });
  return {
    _type: ROSTER_TYPE,
    origin: ORIGIN,
    tenant: TENANT,
    serial: 1,
    predecessor: 'GENESIS',
    issued_at: T.rosterIssued,
    persons: [
      person(ACTORS.requester, grant('operator')),
      person(ACTORS.creator),
      person(ACTORS.author, grant('evidence_author')),
      person(ACTORS.modelOwner, grant('model_owner')),
      person(ACTORS.securityOwner, grant('security_owner')),
      person(ACTORS.releaseOwner, grant('release_owner'), grant('model_owner', { environments: ['dev', 'staging'] })),
      person(ACTORS.executive, grant('executive', { actions: ['deploy.change'] })),
      person(ACTORS.secondExecutive, grant('executive')),
    ],
    workloads: [
      {
        actor_id: ACTORS.pipeline,
        title: 'Release pipeline of the gateway',
        controlled_by: [ACTORS.requester],
        keys: [rosterKey(ACTORS.pipeline)],
        grants: [grant('operator')],
      },
      {
        actor_id: ACTORS.deployer,
        title: 'Deployer of the production gateway',
        controlled_by: [ACTORS.releaseOwner],
        keys: [rosterKey(ACTORS.deployer)],
        grants: [grant('executor', { environments: ['production'] })],
      },
    ],
    ...overrides,
  };
}

export function rosterBytes(roster: Roster = fixtureRoster()): Uint8Array {
  return canonicalBytes(roster);
}

export function rosterDigest(roster: Roster = fixtureRoster()): Digest {
  return digestJson(roster);
}

export function fixtureRosterIndex(roster: Roster = fixtureRoster()): RosterIndex {
  return indexRoster(readRoster(rosterBytes(roster), { proofs: 'on_use' }));
}

// Trust file

export function trustKeyEntry(use: TrustKey['use'], holder: string, overrides: Partial<TrustKey> = {}): TrustKey {
  return {
    use,
    holder,
    tenant: null,
    scheme: 'ed25519',
    public_key: publicKeyToBase64((fixtureKeys[holder] ?? keyFrom(holder)).publicKey),
    pem: null,
    valid_from: T.rosterIssued,
    valid_until: null,
    ...overrides,
  };
}

export function fixtureTenant(): TrustTenant {
  return {
    tenant: TENANT,
    policy_threshold: 2,
    roster_threshold: 2,
    minimum_policy_serial: 1,
    minimum_roster_serial: 1,
    minimum_approvers: { low: 0, medium: 0, high: 1, critical: 2 },
  };
}

/** Governance 2 of 3, policy and roster 2 of 3 for the tenant, one key each for the service's uses. */
export function fixtureTrustDocument(overrides: Partial<Trust> = {}): Trust {
  return {
    _type: TRUST_TYPE,
    origin: ORIGIN,
    serial: 1,
    predecessor: 'GENESIS',
    issued_at: T.rosterIssued,
    governance_threshold: 2,
    tenants: [fixtureTenant()],
    keys: [
      ...HOLDERS.governance.map((holder) => trustKeyEntry('governance', holder)),
      ...HOLDERS.policy.map((holder) => trustKeyEntry('policy', holder, { tenant: TENANT })),
      ...HOLDERS.roster.map((holder) => trustKeyEntry('roster', holder, { tenant: TENANT })),
      trustKeyEntry('emergency', HOLDERS.emergency, { tenant: TENANT }),
      trustKeyEntry('permit', HOLDERS.permit),
      trustKeyEntry('acknowledgement', HOLDERS.acknowledgement),
      trustKeyEntry('seal', HOLDERS.seal),
    ],
    ...overrides,
  };
}

export function signedEndorsement(
  holder: string,
  document: Pick<EndorsementStatement, 'document_kind' | 'document'> & Partial<EndorsementStatement>,
  key: PrivateKey = fixtureKeys[holder] ?? keyFrom(holder),
): Envelope {
  const statement: EndorsementStatement = {
    ...header('endorsement', holder, T.rosterIssued),
    serial: 1,
    predecessor: 'GENESIS',
    ...document,
  };
  return signStatement(statement, key);
}

/** What `trust.json` holds: the document and the endorsements of these governance holders, two unless told. */
export function trustFileValue(
  trust: Trust = fixtureTrustDocument(),
  holders: readonly string[] = HOLDERS.governance.slice(0, 2),
): { trust: Trust; endorsements: Envelope[] } {
  const { origin, serial, predecessor } = trust;
  const document = {
    document_kind: 'trust',
    document: digestJson(trust),
    origin,
    tenant: origin,
    serial,
    predecessor,
  } as const;
  return { trust, endorsements: holders.map((holder) => signedEndorsement(holder, document)) };
}

/** As people keep it: indented JSON. */
export function trustFileBytes(value: unknown = trustFileValue()): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

export function fixtureTrust(trust: Trust = fixtureTrustDocument(), holders?: readonly string[]): TrustFile {
  return readTrustFile(trustFileBytes(trustFileValue(trust, holders)));
}

/** Endorsements of a roster by two of its keys. */
export function rosterEndorsements(
  roster: Roster = fixtureRoster(),
  holders: readonly string[] = HOLDERS.roster.slice(0, 2),
): Envelope[] {
  const { serial, predecessor } = roster;
  return holders.map((holder) =>
    signedEndorsement(holder, { document_kind: 'roster', document: rosterDigest(roster), serial, predecessor }),
  );
}

/** Endorsements of a policy, by its digest, by two of its keys. */
export function policyEndorsements(
  policy: { readonly digest: Digest; readonly serial: number; readonly predecessor: string },
  holders: readonly string[] = HOLDERS.policy.slice(0, 2),
): Envelope[] {
  const { digest, serial, predecessor } = policy;
  return holders.map((holder) =>
    signedEndorsement(holder, { document_kind: 'policy', document: digest, serial, predecessor }),
  );
}

// Evidence

export const CANDIDATE = {
  name: 'gateway-router',
  version: '2.4.0',
  digest: digestOf('candidate gateway-router 2.4.0'),
} as const;

export function referenceTo(label: string, media_type = 'application/json') {
  return { uri: `https://evidence.example/${label}`, digest: digestOf(label), media_type, size: 2048 };
}

/** A complete packet: nothing that any policy demands is missing from it. */
export function fixtureEvidence(overrides: Partial<EvidencePacket> = {}): EvidencePacket {
  return {
    _type: EVIDENCE_PACKET_TYPE,
    origin: ORIGIN,
    tenant: TENANT,
    subject: CANDIDATE.digest,
    created_at: T.packed,
    sections: {
      candidate: {
        digest: CANDIDATE.digest,
        manifest: referenceTo('manifest'),
        owner: ACTORS.modelOwner,
        lifecycle_state: 'offline_gate',
      },
      lineage: {
        parents: [{ name: 'gateway-router', digest: digestOf('candidate gateway-router 2.3.1') }],
        operator: { name: 'distill', version: '1.8.0', config_digest: digestOf('operator config') },
        data_sources: [referenceTo('data-manifest')],
        teacher_models: [],
      },
      evaluation: {
        suite: { name: 'routing-suite', version: '3.1.0', digest: digestOf('suite') },
        evaluator: ACTORS.author,
        data_manifest: referenceTo('evaluation-data'),
        runtime: { name: 'evaluator-runtime', version: '1.0.4', digest: digestOf('runtime') },
        scorecards: [
          { metric: 'route_accuracy', value: 0.9731, threshold: 0.97, direction: 'at_least', passed: true },
          {
            metric: 'cost_per_request',
            value: '0.000012 EUR',
            threshold: '0.00002 EUR',
            direction: 'at_most',
            passed: true,
          },
        ],
        failure_slices: [
          {
            slice: 'long-context',
            metric: 'route_accuracy',
            value: 0.9412,
            cases: 57,
            detail: referenceTo('slice-long-context'),
          },
        ],
        calibration: { method: 'isotonic', expected_calibration_error: 0.0213, report: null },
      },
      resource_profile: {
        memory_mib: 1536,
        latency_ms: { p50: 4.2, p95: 9.1, p99: 14.75 },
        compute_core_ms_per_request: 3.1,
        energy_joules_per_request: 0.04,
        storage_mib: 820,
      },
      safety_and_security: {
        scans: [
          {
            tool: 'artifact-scan',
            version: '5.2.1',
            finished_at: '2026-02-23T15:10:00.000Z',
            open_findings: { critical: 0, high: 0, medium: 1, low: 4 },
            report: referenceTo('scan'),
          },
        ],
        red_team_notes: [
          {
            open_findings: { critical: 0, high: 0, medium: 0, low: 2 },
            report: referenceTo('red-team', 'text/markdown'),
            note: digestOf('red team note'),
          },
        ],
        permission_diff: { added: [], removed: ['metrics:write'] },
        hard_gates: [
          { id: 'no-training-on-test', passed: true },
          { id: 'licence-clear', passed: true },
        ],
      },
      release_plan: {
        shadow: { mirrored_traffic_percent: 10, duration_s: 86_400 },
        canary: { max_traffic_percent: 5, max_duration_s: 14_400, max_cost: { amount: 250, currency: 'EUR' } },
        success_criteria: [{ metric: 'route_accuracy', direction: 'at_least', threshold: 0.97 }],
        stop_conditions: [
          {
            metric: 'latency_p99_ms',
            direction: 'at_most',
            threshold: 20,
            sustained_s: 300,
            action: 'reduce_traffic_or_abort',
          },
        ],
      },
      rollback: {
        package: referenceTo('rollback-package', 'application/vnd.oci.image.manifest.v1+json'),
        target: digestOf('candidate gateway-router 2.3.1'),
        procedure: referenceTo('rollback-procedure', 'text/markdown'),
        owner: ACTORS.releaseOwner,
        tested_at: '2026-02-22T11:30:00.000Z',
        covers: {
          model: 'covered',
          router: 'covered',
          prompts: 'not_applicable',
          policy: 'covered',
          retrieval: 'not_applicable',
          cache: 'covered',
          memory_schema: 'not_applicable',
        },
      },
    },
    ...overrides,
  };
}

/** The manifest of the candidate's one parent. */
export function fixtureParentManifest(overrides: Partial<CandidateManifest> = {}): CandidateManifest {
  const digest = digestOf('candidate gateway-router 2.3.1');
  return {
    _type: CANDIDATE_MANIFEST_TYPE,
    name: 'gateway-router',
    version: '2.3.1',
    kind: 'software',
    package: { kind: 'oci', digest, entries: null, layers: null },
    entry_point: 'usr/bin/gateway-router',
    permissions: ['metrics:read', 'metrics:write', 'routes:write'],
    runtimes: [
      { name: 'gateway-runtime', version: '4.1.2', digest: digestOf('gateway-runtime 4.1.2'), verified_on: digest },
    ],
    licences: { ids: ['Apache-2.0'], obligations: ['attribution', 'state-changes'] },
    data_restrictions: ['no-use-outside-routing'],
    known_vulnerabilities: [
      { id: 'CVE-2025-20417', severity: 'high', fixed: null },
      { id: 'CVE-2026-10001', severity: 'low', fixed: null },
    ],
    parents: [],
    ...overrides,
  };
}

/** A manifest that holds: to the candidate, to {@link fixtureEvidence}, and to what it inherits. */
export function fixtureManifest(overrides: Partial<CandidateManifest> = {}): CandidateManifest {
  return {
    _type: CANDIDATE_MANIFEST_TYPE,
    name: CANDIDATE.name,
    version: CANDIDATE.version,
    kind: 'software',
    package: {
      kind: 'oci',
      digest: CANDIDATE.digest,
      entries: null,
      layers: [
        {
          media_type: 'application/vnd.oci.image.layer.v1.tar+gzip',
          digest: digestOf('layer of gateway-router 2.4.0'),
          size: 8_912_044,
        },
      ],
    },
    entry_point: 'usr/bin/gateway-router',
    permissions: ['metrics:read', 'routes:write'],
    runtimes: [
      {
        name: 'gateway-runtime',
        version: '4.2.0',
        digest: digestOf('gateway-runtime 4.2.0'),
        verified_on: CANDIDATE.digest,
      },
    ],
    licences: { ids: ['Apache-2.0', 'CC-BY-4.0'], obligations: ['attribution', 'state-changes'] },
    data_restrictions: ['no-use-outside-routing'],
    known_vulnerabilities: [
      { id: 'CVE-2025-20417', severity: 'high', fixed: digestOf('scan that no longer finds it') },
      { id: 'CVE-2026-10001', severity: 'low', fixed: null },
    ],
    parents: [
      {
        name: 'gateway-router',
        digest: digestOf('candidate gateway-router 2.3.1'),
        manifest: digestJson(fixtureParentManifest()),
      },
    ],
    ...overrides,
  };
}

/** A packet whose candidate section names this manifest. */
export function naming(manifest: object, packet: EvidencePacket = fixtureEvidence()): EvidencePacket {
  const bytes = canonicalBytes(manifest);
  const { candidate } = packet.sections;
  if (candidate === undefined) throw new TypeError('the packet has no candidate section');
  const reference = {
    uri: 'https://evidence.example/manifest.json',
    digest: digestBytes(bytes),
    media_type: CANDIDATE_MANIFEST_TYPE,
    size: bytes.length,
  };
  return { ...packet, sections: { ...packet.sections, candidate: { ...candidate, manifest: reference } } };
}

/** A packet whose evaluation and safety case say that they are about the candidate, or about something else. */
export function about(packet: EvidencePacket, subject: string = packet.subject): EvidencePacket {
  const { evaluation, safety_and_security: safety } = packet.sections;
  return {
    ...packet,
    sections: {
      ...packet.sections,
      ...(evaluation === undefined ? {} : { evaluation: { ...evaluation, subject } }),
      ...(safety === undefined ? {} : { safety_and_security: { ...safety, subject } }),
    },
  };
}

export function evidenceBytes(packet: EvidencePacket = fixtureEvidence()): Uint8Array {
  return canonicalBytes(packet);
}

export function evidenceDigest(packet: EvidencePacket = fixtureEvidence()): Digest {
  return digestBytes(evidenceBytes(packet));
}

// Statements. Each builder takes overrides of any member, and signs with the signer's key unless another is given.

function sign<K extends StatementKind>(statement: StatementOf<K>, key?: PrivateKey): Envelope {
  return signStatement(statement, key ?? keyOfActor(statement.signer));
}

export function signedEvidence(overrides: Draft<'evidence'> = {}, key?: PrivateKey): Envelope {
  const statement: EvidenceStatement = {
    ...header('evidence', ACTORS.author, T.packed),
    subject: CANDIDATE.digest,
    packet: evidenceDigest(),
    valid_until: '2026-03-25T16:00:00.000Z',
    ...overrides,
  };
  return sign<'evidence'>(statement, key);
}

/** The card of the evaluation that the fixture's packet repeats; the author of the packet made it. */
export function signedEvaluation(overrides: Draft<'evaluation'> = {}, key?: PrivateKey): Envelope {
  const { evaluation } = fixtureEvidence().sections;
  if (!evaluation?.suite || !evaluation.runtime || !evaluation.data_manifest || !evaluation.failure_slices)
    throw new TypeError('the fixture has a whole evaluation');
  const { suite, runtime, data_manifest, scorecards, failure_slices, calibration } = evaluation;
  if (!calibration) throw new TypeError('the fixture has a calibration');
  const statement: EvaluationStatement = {
    ...header('evaluation', ACTORS.author, T.packed),
    subject: CANDIDATE.digest,
    suite,
    data_manifest: data_manifest.digest,
    runtime,
    policy: { version: '1.2.0', digest: digestOf('policy 1.2.0') },
    results: digestOf('results'),
    scorecards,
    failure_slices,
    calibration,
    started_at: '2026-02-23T13:00:00.000Z',
    finished_at: '2026-02-23T15:00:00.000Z',
    ...overrides,
  };
  return sign<'evaluation'>(statement, key);
}

/** The packet as an honest author makes it of a card: it names and repeats it. */
export function carded(card: Envelope, packet: EvidencePacket = fixtureEvidence()): EvidencePacket {
  const { statement, digest } = readStatement(card, 'evaluation');
  const { signer: evaluator, subject, finished_at } = statement;
  const evaluation = { ...packet.sections.evaluation!, evaluator, subject, finished_at, card: digest };
  return { ...packet, sections: { ...packet.sections, evaluation } };
}

export function signedWaiver(overrides: Draft<'waiver'> = {}, key?: PrivateKey): Envelope {
  const statement: WaiverStatement = {
    ...header('waiver', overrides.signer ?? ACTORS.releaseOwner, T.packed),
    policy: digestOf('policy 1.2.0'),
    gate: 'GATE-CANARY',
    candidate: CANDIDATE.digest,
    action: 'deploy.change',
    target: 'prod-gateway-01',
    role: 'release_owner',
    owner: ACTORS.creator,
    controls: ['pager-watch'],
    reason: digestOf('reason'),
    expires_at: '2026-02-25T12:00:00.000Z',
    ...overrides,
  };
  return sign<'waiver'>(statement, key);
}

export const IDEMPOTENCY_KEY = 'release-2026-02-24/gateway-router';

/** Id of the decision that {@link signedRequest} opens. */
export const DECISION_ID = decisionIdFor({
  origin: ORIGIN,
  tenant: TENANT,
  requester: ACTORS.pipeline,
  idempotencyKey: IDEMPOTENCY_KEY,
});

/** The decision id follows signer, origin, tenant and idempotency key, unless overridden itself. */
export function signedRequest(overrides: Draft<'request'> = {}, key?: PrivateKey): Envelope {
  const { origin = ORIGIN, tenant = TENANT, signer = ACTORS.pipeline, idempotency_key = IDEMPOTENCY_KEY } = overrides;
  const statement: RequestStatement = {
    ...header('request', signer, T.requested),
    decision_id: decisionIdFor({ origin, tenant, requester: signer, idempotencyKey: idempotency_key }),
    idempotency_key,
    role: 'operator',
    action: 'deploy.change',
    target: 'prod-gateway-01',
    candidate: CANDIDATE,
    creators: [ACTORS.creator],
    evidence: { packet: evidenceDigest(), statement: readStatement(signedEvidence()).digest },
    policy: { version: '1.2.0', digest: digestOf('policy 1.2.0') },
    context: { environment: 'production', system: 'gateway', change_type: 'config_update', ticket: 'CHG-1042' },
    summary: digestOf('summary'),
    ...overrides,
  };
  return sign<'request'>(statement, key);
}

export const BASIS = digestOf('basis');
/** Hash that stands for the `authority.routed` event. */
export const ROUTED = digestOf('authority.routed');

export function signedApproval(overrides: Draft<'approval'> = {}, key?: PrivateKey): Envelope {
  const statement: ApprovalStatement = {
    ...header('approval', overrides.signer ?? ACTORS.executive, T.approved),
    decision_id: DECISION_ID,
    basis: BASIS,
    routed: ROUTED,
    roles: ['executive'],
    scope: 'full',
    brief: digestOf('brief'),
    rationale: digestOf('rationale'),
    expires_at: T.approvalEnds,
    ...overrides,
  };
  return sign<'approval'>(statement, key);
}

export function signedRejection(overrides: Draft<'rejection'> = {}, key?: PrivateKey): Envelope {
  const statement: RejectionStatement = {
    ...header('rejection', overrides.signer ?? ACTORS.securityOwner, T.approved),
    decision_id: DECISION_ID,
    basis: BASIS,
    routed: ROUTED,
    roles: ['security_owner'],
    brief: digestOf('brief'),
    reason: digestOf('reason'),
    ...overrides,
  };
  return sign<'rejection'>(statement, key);
}

export function signedOverride(overrides: Draft<'override'> = {}, key?: PrivateKey): Envelope {
  const statement: OverrideStatement = {
    ...header('override', overrides.signer ?? ACTORS.securityOwner, T.approved),
    decision_id: DECISION_ID,
    basis: BASIS,
    routed: ROUTED,
    brief: digestOf('brief'),
    role: 'breakglass_officer',
    owner: ACTORS.securityOwner,
    controls: ['pager-watch'],
    reason: digestOf('reason'),
    expires_at: T.approvalEnds,
    ...overrides,
  };
  return sign<'override'>(statement, key);
}

export function signedReview(overrides: Draft<'review'> = {}, key?: PrivateKey): Envelope {
  const statement: ReviewStatement = {
    ...header('review', overrides.signer ?? ACTORS.securityOwner, T.finished),
    decision_id: DECISION_ID,
    cleared: digestOf('execution.cleared'),
    verdict: 'justified',
    findings: digestOf('findings'),
    ...overrides,
  };
  return sign<'review'>(statement, key);
}

export function signedBackout(overrides: Draft<'backout'> = {}, key?: PrivateKey): Envelope {
  const statement: BackoutStatement = {
    ...header('backout', overrides.signer ?? ACTORS.deployer, T.finished),
    decision_id: DECISION_ID,
    cleared: digestOf('execution.cleared'),
    candidate: { ...CANDIDATE, version: '2.3.1', digest: digestOf('candidate gateway-router 2.3.1') },
    target: 'prod-gateway-01',
    tool: 'gateway.apply_config',
    command: digestOf('command'),
    started_at: T.started,
    finished_at: T.finished,
    result: 'success',
    exit_code: 0,
    reason: digestOf('reason'),
    ...overrides,
  };
  return sign<'backout'>(statement, key);
}

export function signedRevocation(overrides: Draft<'revocation'> = {}, key?: PrivateKey): Envelope {
  const statement: RevocationStatement = {
    ...header('revocation', overrides.signer ?? ACTORS.executive, T.approved),
    decision_id: DECISION_ID,
    approval: readStatement(signedApproval()).digest,
    reason: digestOf('reason'),
    ...overrides,
  };
  return sign<'revocation'>(statement, key);
}

export function signedAbstention(overrides: Draft<'abstention'> = {}, key?: PrivateKey): Envelope {
  const statement: AbstentionStatement = {
    ...header('abstention', overrides.signer ?? ACTORS.securityOwner, T.approved),
    decision_id: DECISION_ID,
    basis: BASIS,
    routed: ROUTED,
    roles: ['security_owner'],
    brief: digestOf('brief'),
    reason: digestOf('reason'),
    ...overrides,
  };
  return sign<'abstention'>(statement, key);
}

export function signedDelegation(overrides: Draft<'delegation'> = {}, key?: PrivateKey): Envelope {
  const statement: DelegationStatement = {
    ...header('delegation', overrides.signer ?? ACTORS.executive, T.approved),
    decision_id: DECISION_ID,
    basis: BASIS,
    routed: ROUTED,
    brief: digestOf('brief'),
    delegate: ACTORS.securityOwner,
    role: 'executive',
    reason: digestOf('reason'),
    expires_at: T.approvalEnds,
    ...overrides,
  };
  return sign<'delegation'>(statement, key);
}

/** What acts on the waiting say; by the executive, who is one of the operators of the fixture. */
const acting = { decision_id: DECISION_ID, basis: BASIS, routed: ROUTED, reason: digestOf('reason') } as const;

export function signedNudge(overrides: Draft<'nudge'> = {}, key?: PrivateKey): Envelope {
  const statement: NudgeStatement = {
    ...header('nudge', overrides.signer ?? ACTORS.executive, T.approved),
    ...acting,
    ...overrides,
  };
  return sign<'nudge'>(statement, key);
}

export function signedExtension(overrides: Draft<'extension'> = {}, key?: PrivateKey): Envelope {
  const statement: ExtensionStatement = {
    ...header('extension', overrides.signer ?? ACTORS.executive, T.approved),
    ...acting,
    actor_role: 'executive',
    until: T.approvalEnds,
    ...overrides,
  };
  return sign<'extension'>(statement, key);
}

export function signedReassignment(overrides: Draft<'reassignment'> = {}, key?: PrivateKey): Envelope {
  const statement: ReassignmentStatement = {
    ...header('reassignment', overrides.signer ?? ACTORS.executive, T.approved),
    ...acting,
    role: 'executive',
    from: ACTORS.executive,
    to: ACTORS.releaseOwner,
    ...overrides,
  };
  return sign<'reassignment'>(statement, key);
}

export function signedCondition(overrides: Draft<'condition'> = {}, key?: PrivateKey): Envelope {
  const statement: ConditionStatement = {
    ...header('condition', overrides.signer ?? ACTORS.releaseOwner, T.approved),
    decision_id: DECISION_ID,
    approval: readStatement(signedApproval()).digest,
    condition: 'alarm',
    verdict: 'discharged',
    findings: digestOf('findings'),
    ...overrides,
  };
  return sign<'condition'>(statement, key);
}

export function signedCancellation(overrides: Draft<'cancellation'> = {}, key?: PrivateKey): Envelope {
  const statement: CancellationStatement = {
    ...header('cancellation', overrides.signer ?? ACTORS.pipeline, T.approved),
    decision_id: DECISION_ID,
    reason: digestOf('reason'),
    ...overrides,
  };
  return sign<'cancellation'>(statement, key);
}

export function signedReevaluation(overrides: Draft<'reevaluation'> = {}, key?: PrivateKey): Envelope {
  const { policy, evidence } = readStatement(signedRequest(), 'request').statement;
  const statement: ReevaluationStatement = {
    ...header('reevaluation', overrides.signer ?? ACTORS.pipeline, T.approved),
    decision_id: DECISION_ID,
    basis: BASIS,
    policy,
    evidence,
    ...overrides,
  };
  return sign<'reevaluation'>(statement, key);
}

export function signedClaim(overrides: Draft<'claim'> = {}, key?: PrivateKey): Envelope {
  const statement: ClaimStatement = {
    ...header('claim', overrides.signer ?? ACTORS.deployer, T.claimed),
    decision_id: DECISION_ID,
    basis: BASIS,
    target: 'prod-gateway-01',
    ...overrides,
  };
  return sign<'claim'>(statement, key);
}

export function signedPermit(overrides: Draft<'permit'> = {}, key?: PrivateKey): Envelope {
  const statement: PermitStatement = {
    ...header('permit', HOLDERS.permit, T.cleared),
    decision_id: DECISION_ID,
    claim: readStatement(signedClaim()).digest,
    cleared: digestOf('execution.cleared'),
    basis: BASIS,
    subject: CANDIDATE.digest,
    target: 'prod-gateway-01',
    executor: ACTORS.deployer,
    not_after: T.permitEnds,
    confirm_by: T.confirmBy,
    ...overrides,
  };
  return sign<'permit'>(statement, key);
}

export function signedReceipt(overrides: Draft<'receipt'> = {}, key?: PrivateKey): Envelope {
  const statement: ReceiptStatement = {
    ...header('receipt', overrides.signer ?? ACTORS.deployer, T.finished),
    decision_id: DECISION_ID,
    receipt_id: 'rcpt-7f8c-1042',
    claim: readStatement(signedClaim()).digest,
    permit: readStatement(signedPermit()).digest,
    subject: CANDIDATE.digest,
    tool: 'gateway.apply_config',
    target: 'prod-gateway-01',
    command: digestJson(['gateway', 'apply', 'router.json']),
    started_at: T.started,
    finished_at: T.finished,
    result: 'success',
    exit_code: 0,
    ...overrides,
  };
  return sign<'receipt'>(statement, key);
}

export function signedAcknowledgement(overrides: Draft<'acknowledgement'> = {}, key?: PrivateKey): Envelope {
  const statement: AcknowledgementStatement = {
    ...header('acknowledgement', HOLDERS.acknowledgement, T.approved),
    decision_id: DECISION_ID,
    statement: readStatement(signedApproval()).digest,
    verdict: 'accepted',
    code: null,
    event: digestOf('authority.approved'),
    sequence: 5,
    ...overrides,
  };
  return sign<'acknowledgement'>(statement, key);
}

export function signedFreeze(overrides: Draft<'freeze'> = {}, key?: PrivateKey): Envelope {
  const statement: FreezeStatement = {
    ...header('freeze', HOLDERS.emergency, T.approved),
    environments: ['production'],
    actions: '*',
    incident: 'INC-2041',
    until: '2026-02-25T20:00:00.000Z',
    ...overrides,
  };
  return sign<'freeze'>(statement, key);
}

export function signedLifting(overrides: Draft<'lifting'> = {}, key?: PrivateKey): Envelope {
  const statement: LiftingStatement = {
    ...header('lifting', ACTORS.securityOwner, T.approved),
    restrictions: [digestOf('restriction')],
    incident: 'INC-2042',
    ...overrides,
  };
  return sign<'lifting'>(statement, key);
}

export function signedAnchor(overrides: Draft<'anchor'> = {}, key: PrivateKey = keyFrom(WITNESS)): Envelope {
  const statement: AnchorStatement = {
    ...header('anchor', WITNESS, T.cleared),
    decision_id: DECISION_ID,
    sequence: 6,
    head: digestOf('execution.cleared'),
    log: { index: 12, previous: digestOf('entry 11') },
    ...overrides,
  };
  return sign<'anchor'>(statement, key);
}

export function signedCapture(overrides: Draft<'capture'> = {}, key?: PrivateKey): Envelope {
  const statement: CaptureStatement = {
    ...header('capture', ACTORS.securityOwner, T.approved),
    incident: 'INC-2041',
    manifest: digestOf('incident evidence'),
    ...overrides,
  };
  return sign<'capture'>(statement, key);
}

/** One signed statement of each kind, as the specification shows them. */
export const signedStatements: { readonly [K in StatementKind]: () => Envelope } = {
  request: () => signedRequest(),
  evidence: () => signedEvidence(),
  evaluation: () => signedEvaluation(),
  waiver: () => signedWaiver(),
  approval: () => signedApproval(),
  rejection: () => signedRejection(),
  override: () => signedOverride(),
  review: () => signedReview(),
  backout: () => signedBackout(),
  revocation: () => signedRevocation(),
  abstention: () => signedAbstention(),
  delegation: () => signedDelegation(),
  condition: () => signedCondition(),
  cancellation: () => signedCancellation(),
  reevaluation: () => signedReevaluation(),
  nudge: () => signedNudge(),
  extension: () => signedExtension(),
  reassignment: () => signedReassignment(),
  claim: () => signedClaim(),
  permit: () => signedPermit(),
  receipt: () => signedReceipt(),
  acknowledgement: () => signedAcknowledgement(),
  endorsement: () => rosterEndorsements()[0] as Envelope,
  freeze: () => signedFreeze(),
  lifting: () => signedLifting(),
  capture: () => signedCapture(),
  anchor: () => signedAnchor(),
  possession: () => possession(ACTORS.executive, keyOfActor(ACTORS.executive)),
};

/** Reads what a builder signed; the signature stays unverified. */
export function read<K extends StatementKind = StatementKind>(envelope: Envelope, kind?: K): ReadStatement<K> {
  return readStatement(envelope, kind);
}

/** Signs any payload under any type, past the form that `signStatement` asks for: to be refused by readers. */
export { signEnvelope as signAnything } from '../../core/canon/index.ts';

/** A plain copy to be changed in a test. */
export function copy<T>(value: T): Mutable<T> {
  return structuredClone(value) as Mutable<T>;
}

type Mutable<T> = T extends readonly (infer E)[]
  ? Mutable<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T;
