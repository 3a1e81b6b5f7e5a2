import { readFileSync } from 'node:fs';
import { digestJson } from '../../core/canon/index.ts';
import type {
  EvaluationStatement,
  EvidenceStatement,
  RequestStatement,
  WaiverStatement,
} from '../../core/domain/statements.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import type { Policy } from '../../documents/policy.ts';
import { policyDigest, policyFromYaml } from '../../documents/policy-reader.ts';
import type { Roster } from '../../documents/roster.ts';
import { indexRoster } from '../../documents/roster-reader.ts';
import type { AdmittedCard } from '../../evaluation/card.ts';
import { type EvaluationInput, type GivenWaiver, NO_STANDING } from '../../evaluation/index.ts';

/** The source's example (S1), as a request under the example policy. */

export const EXAMPLE_POLICY = readFileSync(
  new URL('../../examples/policies/production-changes.yaml', import.meta.url),
  'utf8',
);
export const policy: Policy = policyFromYaml(EXAMPLE_POLICY);

export const REQUESTED_AT = '2026-02-24T20:12:21.000Z';
export const AT = '2026-02-24T20:12:24.000Z';

export const digest = (seed: string): string => digestJson({ seed });

type Grants = Roster['persons'][number]['grants'];
type Key = Roster['persons'][number]['keys'][number];

const always = { valid_from: '2026-01-01T00:00:00.000Z', valid_until: null };

/** Not proven, which is for the roster's reader: look-ups by role ask only whether a key is in force. */
const key = (owner: string): Key => ({
  scheme: 'ed25519',
  public_key: owner,
  ...always,
  proof: { payloadType: '', payload: '', signatures: [{ keyid: digest(owner), sig: '' }] },
});

const grants = (...roles: string[]): Grants =>
  roles.map((role) => ({ role, environments: '*', actions: '*', ...always }));

const person = (actor_id: string, ...roles: string[]): Roster['persons'][number] => ({
  actor_id,
  keys: [key(actor_id)],
  grants: grants(...roles),
});

export const roster: Roster = {
  _type: 'application/vnd.countersign.roster.v1+json',
  origin: 'countersign-demo',
  tenant: 'acme',
  serial: 4,
  predecessor: digest('roster 3'),
  issued_at: '2026-02-01T00:00:00.000Z',
  persons: [
    person('operator-1', 'operator'),
    person('builder-1', 'operator', 'executive'),
    person('builder-2', 'operator'),
    person('evaluator-1', 'release_owner'),
    person('executive-1', 'executive'),
    person('executive-2', 'executive'),
    person('model-owner-1', 'model_owner'),
    person('security-1', 'security_owner'),
    person('release-1', 'release_owner'),
    person('software-1', 'software_owner'),
  ],
  workloads: [
    {
      actor_id: 'release-pipeline',
      title: 'Release pipeline',
      controlled_by: ['operator-1', 'release-1'],
      keys: [key('release-pipeline')],
      grants: grants('operator'),
    },
  ],
};

const reference = (seed: string) => ({
  uri: `https://evidence.example/${digest(seed)}`,
  digest: digest(seed),
  media_type: 'application/json',
  size: 1024,
});

export const sections = {
  candidate: {
    digest: digest('candidate'),
    manifest: reference('manifest'),
    owner: 'builder-1',
    lifecycle_state: 'offline_gate',
  },
  lineage: {
    parents: [{ name: 'parent', digest: digest('parent') }],
    operator: { name: 'fine-tune', version: '2.1.0', config_digest: digest('config') },
    data_sources: [reference('data')],
    teacher_models: [],
  },
  evaluation: {
    suite: { name: 'release-suite', version: '4.0.2', digest: digest('suite') },
    evaluator: 'evaluator-1',
    data_manifest: reference('held out'),
    runtime: { name: 'runtime', version: '1.9.0', digest: digest('runtime') },
    scorecards: [
      { metric: 'accuracy', value: 0.94, threshold: 0.9, direction: 'at_least', passed: true },
      { metric: 'refusal_rate', value: 0.01, threshold: 0.02, direction: 'at_most', passed: true },
    ],
    failure_slices: [],
    calibration: { method: 'temperature', expected_calibration_error: 0.02, report: reference('calibration') },
  },
  resource_profile: {
    memory_mib: 4096,
    latency_ms: { p50: 40, p95: 120, p99: 210 },
    compute_core_ms_per_request: 12,
    energy_joules_per_request: 3.5,
    storage_mib: 9000,
  },
  safety_and_security: {
    scans: [
      {
        tool: 'scanner',
        version: '3.1.0',
        finished_at: '2026-02-24T11:00:00.000Z',
        open_findings: { critical: 0, high: 0, medium: 1, low: 4 },
        report: reference('scan'),
      },
    ],
    red_team_notes: [
      {
        open_findings: { critical: 0, high: 1, medium: 0, low: 0 },
        report: reference('red team'),
        note: digest('note'),
      },
    ],
    permission_diff: { added: [], removed: ['tool:shell'] },
    hard_gates: [
      { id: 'no-hidden-test-access', passed: true },
      { id: 'licence-obligations', passed: true },
    ],
  },
  release_plan: {
    shadow: { mirrored_traffic_percent: 10, duration_s: 3600 },
    canary: { max_traffic_percent: 5, max_duration_s: 7200, max_cost: { amount: 50, currency: 'EUR' } },
    success_criteria: [{ metric: 'error_rate', direction: 'at_most', threshold: 0.01 }],
    stop_conditions: [
      { metric: 'error_rate', direction: 'at_least', threshold: 0.05, sustained_s: 0, action: 'abort_immediately' },
      { metric: 'p99_ms', direction: 'at_least', threshold: 250, sustained_s: 300, action: 'reduce_traffic_or_abort' },
    ],
  },
  rollback: {
    package: reference('rollback package'),
    target: digest('champion'),
    procedure: reference('procedure'),
    owner: 'release-1',
    tested_at: '2026-02-20T09:30:00.000Z',
    covers: {
      model: 'not_applicable',
      router: 'covered',
      prompts: 'not_applicable',
      policy: 'covered',
      retrieval: 'not_applicable',
      cache: 'covered',
      memory_schema: 'not_applicable',
    },
  },
} satisfies EvidencePacket['sections'];

export type Section = keyof typeof sections;

export interface Given {
  readonly request?: Partial<RequestStatement>;
  readonly policy?: Policy;
  readonly roster?: Roster;
  /** In force at opening, where it is another. */
  readonly opening?: Roster;
  readonly packet?: Partial<EvidencePacket>;
  readonly statement?: Partial<EvidenceStatement>;
  readonly at?: string;
  /** Applied last: what a caller would get wrong. */
  readonly input?: Partial<EvaluationInput>;
}

const DEMANDED: Readonly<Record<string, readonly Section[]>> = Object.fromEntries(
  policy.actions.map((action) => [action.id, action.evidence]),
);

/** An evaluation's input; digests are consistent whatever is changed, unless `input` says otherwise. */
export function given(changes: Given = {}): EvaluationInput {
  const document = changes.policy ?? policy;
  const action = changes.request?.action ?? 'deploy.change';
  const shown = (DEMANDED[action] ?? ['candidate']).map((section) => [section, sections[section]]);
  const packet: EvidencePacket = {
    _type: 'application/vnd.countersign.evidence-packet.v1+json',
    origin: 'countersign-demo',
    tenant: 'acme',
    subject: digest('candidate'),
    created_at: '2026-02-24T12:00:00.000Z',
    sections: Object.fromEntries(shown) as EvidencePacket['sections'],
    ...changes.packet,
  };
  const packetDigest = digestJson(packet);
  const evidenceStatement: EvidenceStatement = {
    _type: 'application/vnd.countersign.evidence.v1+json',
    origin: 'countersign-demo',
    tenant: 'acme',
    signer: 'evaluator-1',
    signed_at: '2026-02-24T12:05:00.000Z',
    nonce: 'AAAAAAAAAAAAAAAAAAAAAA==',
    subject: packet.subject,
    packet: packetDigest,
    valid_until: '2026-03-01T00:00:00.000Z',
    ...changes.statement,
  };
  const policyReference = {
    serial: document.serial,
    digest: policyDigest(document),
    endorsements: [digest('policy endorsement')],
  };
  const request: RequestStatement = {
    _type: 'application/vnd.countersign.request.v1+json',
    origin: 'countersign-demo',
    tenant: 'acme',
    signer: 'operator-1',
    signed_at: '2026-02-24T20:12:20.000Z',
    nonce: 'AQEBAQEBAQEBAQEBAQEBAQ==',
    decision_id: 'b3b0f0d7-4d7c-8d1f-9f1b-90df1f7e8c2a',
    idempotency_key: 'CHG-1042',
    role: 'operator',
    action,
    target: 'prod-gateway-01',
    candidate: { name: 'gateway-config', version: '2026.02.24', digest: digest('candidate') },
    creators: ['builder-1'],
    evidence: { packet: packetDigest, statement: digestJson(evidenceStatement) },
    policy: { version: document.version, digest: policyReference.digest },
    context: { environment: 'production', system: 'gateway', change_type: 'config_update', ticket: 'CHG-1042' },
    summary: digest('Deploy update to production API gateway config'),
    ...changes.request,
  };
  const people = changes.roster ?? roster;
  return {
    decisionId: request.decision_id,
    requestedAt: REQUESTED_AT,
    at: changes.at ?? AT,
    request,
    requestDigest: digestJson(request),
    policy: { document, reference: policyReference },
    openingRoster: indexRoster(changes.opening ?? people),
    roster: {
      index: indexRoster(people),
      reference: { serial: people.serial, digest: digestJson(people), endorsements: [digest('roster endorsement')] },
    },
    standing: NO_STANDING,
    packet,
    packetDigest,
    evidenceStatement,
    ...changes.input,
  };
}

/** Instant so many seconds after {@link AT}. */
export const after = (seconds: number): string => timestamp(Date.parse(AT) + seconds * 1000);

/** A copy of the example policy with some members replaced. */
export const policyWith = (changes: Partial<Policy>): Policy => ({ ...policy, ...changes });

/** Has the evaluation card read for every action, and lets an evaluation owner sign it. */
export const CARDED = policyWith({
  actions: policy.actions.map((action) => ({
    ...action,
    evidence: [...new Set([...action.evidence, 'evaluation' as const])],
    checks: ['evaluation'],
  })),
  evaluators: { roles: ['evaluation_owner'] },
});

export const EVALUATOR = 'evaluator-2';

/** Everybody, and an evaluation owner beside the author of the evidence. */
export const withEvaluators = (...others: readonly Roster['persons'][number][]): Roster => ({
  ...roster,
  persons: [...roster.persons, person(EVALUATOR, 'evaluation_owner'), ...others],
});

export interface Carded {
  /** What the card says otherwise than the packet. */
  readonly card?: Partial<EvaluationStatement>;
  /** What the packet says otherwise than the card. */
  readonly section?: Partial<NonNullable<EvidencePacket['sections']['evaluation']>>;
  readonly admitted?: Partial<AdmittedCard>;
  readonly by?: string;
}

/** Changes that give an evaluation its card, whole unless told. */
export function withCard(
  { card = {}, section = {}, admitted = {}, by = EVALUATOR }: Carded = {},
  rest: Given = {},
): Given {
  const { suite, runtime, data_manifest, scorecards, failure_slices, calibration } = sections.evaluation;
  const finished_at = '2026-02-24T11:30:00.000Z';
  const document = rest.policy ?? CARDED;
  const statement: EvaluationStatement = {
    _type: 'application/vnd.countersign.evaluation.v1+json',
    origin: 'countersign-demo',
    tenant: 'acme',
    signer: by,
    signed_at: '2026-02-24T11:40:00.000Z',
    nonce: 'AgICAgICAgICAgICAgICAg==',
    subject: digest('candidate'),
    suite,
    data_manifest: data_manifest.digest,
    runtime,
    policy: { version: document.version, digest: policyDigest(document) },
    results: digest('results'),
    scorecards: scorecards as EvaluationStatement['scorecards'],
    failure_slices,
    calibration,
    started_at: '2026-02-24T09:00:00.000Z',
    finished_at,
    ...card,
  };
  const read: AdmittedCard = {
    digest: digestJson(statement),
    statement,
    keyId: digest(`key of ${by}`),
    refused: null,
    ...admitted,
  };
  const whole = {
    ...sections.evaluation,
    subject: digest('candidate'),
    evaluator: by,
    finished_at,
    card: digestJson(statement),
    ...section,
  };
  // What is given as undefined is left out.
  const evaluation = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined));
  return {
    policy: CARDED,
    roster: withEvaluators(),
    ...rest,
    packet: { sections: { ...sections, evaluation } as unknown as EvidencePacket['sections'] },
    input: { card: read, ...rest.input },
  };
}

/** Denies a request without a ticket, and may be waived in {@link waived}. */
export const TICKET = 'POL-CHG-012';

/** The example policy, in which release owners may waive that gate for a week. */
export const WAIVERS: NonNullable<Policy['waivers']> = {
  roles: ['release_owner'],
  gates: [TICKET],
  life_s: 7 * 86_400,
};

export interface Waived extends Given {
  /** One waiver for each, of that gate by a release owner unless changed. */
  readonly waivers?: readonly Partial<WaiverStatement>[];
  readonly rules?: Policy['waivers'] | null;
  /** What its signature is worth. */
  readonly signed?: Partial<GivenWaiver>;
}

/** A request without a ticket, which release-1 has let past. */
export function waived({ waivers = [{}], rules = WAIVERS, signed = {}, ...changes }: Waived = {}): EvaluationInput {
  const document = { ...(changes.policy ?? policy), ...(rules === null ? {} : { waivers: rules }) };
  const named = waivers.map((change): GivenWaiver => {
    const statement: WaiverStatement = {
      _type: 'application/vnd.countersign.waiver.v1+json',
      origin: 'countersign-demo',
      tenant: 'acme',
      signer: 'release-1',
      signed_at: '2026-02-24T18:00:00.000Z',
      nonce: 'AgICAgICAgICAgICAgICAg==',
      policy: policyDigest(document),
      gate: TICKET,
      candidate: digest('candidate'),
      action: changes.request?.action ?? 'deploy.change',
      target: changes.request?.target ?? 'prod-gateway-01',
      role: 'release_owner',
      owner: 'builder-1',
      controls: ['pager-watch'],
      reason: digest('reason'),
      expires_at: '2026-02-25T18:00:00.000Z',
      ...change,
    };
    return { digest: digestJson(statement), statement, unsigned: null, sharesKey: false, ...signed };
  });
  const sorted = named.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
  return given({
    ...changes,
    policy: document,
    request: { context: {}, waivers: sorted.map((waiver) => waiver.digest), ...changes.request },
    input: { waivers: sorted, ...changes.input },
  });
}
