import * as z from 'zod';
import type { Candidate, EvidenceStatement } from '../core/domain/statements.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';
import { duplicates } from './duplicates.ts';
import { type Problem, refuseAll, refuseTogether } from './errors.ts';
import {
  calibration,
  direction,
  failureSlice,
  measure,
  pinned,
  QUANTITY,
  reference,
  scorecard,
} from './evaluation-shape.ts';
import { type ItemAge, undatedItems } from './freshness.ts';
import { permission } from './permission.ts';
import { EVIDENCE_SECTIONS, type EvidenceSection, type Policy } from './policy.ts';
import {
  actorId,
  amount,
  commitment,
  currency,
  decimal,
  digest,
  name,
  pinnedVersion,
  seconds,
  timestampText,
  unit,
} from './primitives.ts';
import { readDocument } from './read-document.ts';
import { namesKeyMaterial } from './statements.ts';

/**
 * What a promotion is decided on: ModelBreeder's eight sections less the decision (S0, R70 to R83). Small facts stand
 * here, everything large is a reference by digest, free text a commitment. See docs/spec/evidence-packet.md.
 *
 * `null` says "not given", and blocks where the item is demanded; an empty list says "there is none", and does not.
 * An author can so be honest about what is missing, and an omission is never taken for an absence.
 */

export const EVIDENCE_PACKET_TYPE = 'application/vnd.countersign.evidence-packet.v1+json';

/** Where a candidate stands: the release ladder, then the ways off it. */
export const LIFECYCLE_STATES = [
  'candidate',
  'offline_gate',
  'shadow',
  'canary',
  'progressive',
  'champion',
  'retired',
  'quarantined',
  'revoked',
] as const;

/** What a rollback must bring back (R82). */
export const ROLLBACK_PARTS = ['model', 'router', 'prompts', 'policy', 'retrieval', 'cache', 'memory_schema'] as const;

/** `not_covered` is missing evidence; `not_applicable` is the author's word that the candidate has no such part. */
export const ROLLBACK_COVERAGE = ['covered', 'not_applicable', 'not_covered'] as const;

/** Actions of the abort rules (R85). */
export const STOP_ACTIONS = ['abort_immediately', 'reduce_traffic_or_abort', 'pause_and_review'] as const;

export const percent = z
  .number()
  .min(0)
  .max(100)
  .refine((value) => Math.round(value * 1e4) / 1e4 === value, {
    error: 'expected at most four decimals',
  });

const severities = z.strictObject({
  critical: z.int().min(0),
  high: z.int().min(0),
  medium: z.int().min(0),
  low: z.int().min(0),
});

const list = <Entry extends z.ZodType>(entry: Entry) => z.array(entry).max(1000);

const candidate = z.strictObject({
  digest,
  manifest: reference.nullable(),
  owner: actorId.nullable(),
  lifecycle_state: z.enum(LIFECYCLE_STATES).nullable(),
});

const lineage = z.strictObject({
  /** All direct parents (R74). */
  parents: list(z.strictObject({ name, digest })).nullable(),
  /** What made it of them. */
  operator: z.strictObject({ name, version: pinnedVersion, config_digest: digest }).nullable(),
  /** Data manifests. */
  data_sources: list(reference).nullable(),
  teacher_models: list(z.strictObject({ name, digest })).nullable(),
});

const evaluation = z.strictObject({
  suite: pinned.nullable(),
  /** Statement digest of the evaluator's own card; read where the policy says so. */
  card: digest.exactOptional(),
  /** Who evaluated. */
  evaluator: actorId.nullable(),
  /** What was evaluated; nothing but the candidate supports its promotion (R75). */
  subject: digest.exactOptional(),
  /** When it ended; where the policy limits its age, nothing else is counted from (R77). */
  finished_at: timestampText.exactOptional(),
  data_manifest: reference.nullable(),
  runtime: pinned.nullable(),
  scorecards: list(scorecard),
  /** Slices on which it fell short. */
  failure_slices: list(failureSlice).nullable(),
  calibration: calibration.nullable(),
});

const resourceProfile = z.strictObject({
  memory_mib: amount.nullable(),
  latency_ms: z.strictObject({ p50: amount, p95: amount, p99: amount }).nullable(),
  /** Processor time of a request, all cores together. */
  compute_core_ms_per_request: amount.nullable(),
  energy_joules_per_request: amount.nullable(),
  storage_mib: amount.nullable(),
});

const safetyAndSecurity = z.strictObject({
  /** What was examined. */
  subject: digest.exactOptional(),
  scans: list(
    z.strictObject({
      tool: name,
      version: pinnedVersion,
      finished_at: timestampText,
      open_findings: severities,
      report: reference,
    }),
  ),
  red_team_notes: list(
    z.strictObject({
      finished_at: timestampText.exactOptional(),
      open_findings: severities,
      report: reference,
      note: commitment,
    }),
  ),
  permission_diff: z.strictObject({ added: list(permission), removed: list(permission) }).nullable(),
  /** Boolean, and never averaged (R78). */
  hard_gates: list(z.strictObject({ id: name, passed: z.boolean() })),
});

const condition = { metric: name, direction, threshold: measure };

const exposure = z
  .record(name, z.union([measure, name]))
  .refine((dimensions) => Object.keys(dimensions).length > 0, { error: 'expected at least one dimension' })
  .refine((dimensions) => Object.keys(dimensions).length <= 32, { error: 'expected at most 32 dimensions' })
  // A pack that has such a member is taken for one that brings its own trust, and refused.
  .refine((dimensions) => !Object.keys(dimensions).some(namesKeyMaterial), {
    error: 'expected no names of key material',
  });

const releasePlan = z.strictObject({
  shadow: z.strictObject({ mirrored_traffic_percent: percent, duration_s: seconds }).nullable(),
  /** Hard limits (R83). */
  canary: z
    .strictObject({
      max_traffic_percent: percent,
      max_duration_s: seconds,
      max_cost: z.strictObject({
        amount,
        currency,
      }),
    })
    .nullable(),
  /** What this stage exposes the candidate to, dimension by dimension: traffic, cohort, region, … (R84). */
  exposure: exposure.exactOptional(),
  success_criteria: list(z.strictObject(condition)),
  stop_conditions: list(z.strictObject({ ...condition, sustained_s: z.int().min(0), action: z.enum(STOP_ACTIONS) })),
});

/** What somebody computed beforehand (R86). */
const projection = z.strictObject({
  value: decimal,
  unit,
  /** Who or what computed it. */
  source: name,
  computed_from: reference,
});

const coverage = z.enum(ROLLBACK_COVERAGE);

const rollback = z.strictObject({
  package: reference.nullable(),
  /** What is brought back. */
  target: digest.nullable(),
  procedure: reference.nullable(),
  owner: actorId.nullable(),
  /** When the rollback was last carried out. */
  tested_at: timestampText.nullable(),
  covers: z.strictObject({
    model: coverage,
    router: coverage,
    prompts: coverage,
    policy: coverage,
    retrieval: coverage,
    cache: coverage,
    memory_schema: coverage,
  } satisfies Record<(typeof ROLLBACK_PARTS)[number], typeof coverage>),
});

const sections = {
  candidate: candidate.exactOptional(),
  lineage: lineage.exactOptional(),
  evaluation: evaluation.exactOptional(),
  resource_profile: resourceProfile.exactOptional(),
  safety_and_security: safetyAndSecurity.exactOptional(),
  release_plan: releasePlan.exactOptional(),
  rollback: rollback.exactOptional(),
} satisfies Record<EvidenceSection, z.ZodType>;

export const evidenceSchema = z.strictObject({
  _type: z.literal(EVIDENCE_PACKET_TYPE),
  origin: name,
  tenant: name,
  /** Digest of the candidate that all of it is about. */
  subject: digest,
  created_at: timestampText,
  sections: z.strictObject(sections),
  /** What the change is projected to leave and to bring: for policies that ask whether it is worth making (R86). */
  viability: z.strictObject({ projected_reserve: projection.nullable(), score: projection.nullable() }).exactOptional(),
});

export type EvidencePacket = z.infer<typeof evidenceSchema>;
export type EvidenceReferenceByDigest = z.infer<typeof reference>;
export type Scorecard = z.infer<typeof scorecard>;

/**
 * Reads a packet from its canonical bytes, and holds it to itself. Who vouches for it is for its statement, and
 * whether it suffices for {@link demandEvidence}.
 *
 * @throws CanonError `json.*`.
 * @throws DocumentError `document.type`, `document.shape`, `document.floating_name`, `evidence.subject` (its candidate
 *   is not its subject), `evidence.contradiction` with every place.
 */
export function readEvidencePacket(bytes: Uint8Array): EvidencePacket {
  const packet = parseEvidencePacket(bytes);
  checkEvidencePacket(packet);
  return packet;
}

/** A packet's form alone, for whoever holds it to {@link checkEvidencePacket} together with what is asked of it. @throws as {@link readEvidencePacket} */
export function parseEvidencePacket(bytes: Uint8Array): EvidencePacket {
  return readDocument(evidenceSchema, EVIDENCE_PACKET_TYPE, bytes);
}

/** Holds a packet to itself. @throws DocumentError `evidence.subject`, `evidence.contradiction` */
export function checkEvidencePacket(packet: EvidencePacket): void {
  refuseTogether([
    () => refuseAll('evidence.subject', 'the packet speaks of two candidates', otherSubject(packet, packet.subject)),
    () => refuseAll('evidence.contradiction', 'the packet contradicts itself', contradictions(packet)),
  ]);
}

/** Lists that say nothing where they are empty. */
const NEVER_EMPTY: Readonly<Partial<Record<EvidenceSection, readonly string[]>>> = {
  lineage: ['data_sources'],
  evaluation: ['scorecards'],
  safety_and_security: ['scans', 'red_team_notes', 'hard_gates'],
  release_plan: ['success_criteria', 'stop_conditions'],
};

/** What a policy demands and the packet has not, all of it (R70); empty where nothing is missing. */
export function missingEvidence({ sections }: EvidencePacket, demanded: readonly EvidenceSection[]): Problem[] {
  return EVIDENCE_SECTIONS.filter((section) => demanded.includes(section)).flatMap((section): Problem[] => {
    const path = `$.sections.${section}`;
    const given: Readonly<Record<string, unknown>> | undefined = sections[section];
    if (given === undefined) return [{ path, expected: 'this section', got: 'nothing' }];
    const items = Object.entries(given).flatMap(([item, value]): Problem[] => {
      if (value === null) return [{ path: `${path}.${item}`, expected: 'this item', got: 'null' }];
      if (!Array.isArray(value) || value.length > 0 || !NEVER_EMPTY[section]?.includes(item)) return [];
      return [{ path: `${path}.${item}`, expected: 'at least one entry', got: 'an empty list' }];
    });
    return section === 'rollback' ? [...items, ...uncovered(sections)] : items;
  });
}

/** @throws DocumentError `evidence.incomplete` with all that is missing, times of items whose age is limited included. */
export function demandEvidence(
  packet: EvidencePacket,
  demanded: readonly EvidenceSection[],
  times: Pick<Policy['times'], ItemAge> = {},
): void {
  const missing = [...missingEvidence(packet, demanded), ...undatedItems(packet, times)];
  refuseAll('evidence.incomplete', 'evidence that the policy demands is missing', missing);
}

/** @throws DocumentError `evidence.subject` where the packet is not about this candidate (approval of A used for B, R46). */
export function checkSubject(packet: EvidencePacket, candidate: Pick<Candidate, 'digest'>): void {
  refuseAll('evidence.subject', 'the packet is about another candidate', subjectProblems(packet, candidate.digest));
}

/**
 * Holds a packet to the statement that vouches for it. The statement's signature is for `authenticate`.
 *
 * @param packetDigest digest of the packet's canonical bytes, computed by the caller.
 * @throws DocumentError `document.origin`, `document.tenant`, `evidence.subject`.
 */
export function checkEvidenceStatement(
  statement: EvidenceStatement,
  packet: EvidencePacket,
  packetDigest: DigestText,
): void {
  const differs = (member: string, expected: string, got: string): Problem[] =>
    got === expected ? [] : [{ path: `$.${member}`, expected, got }];
  const another = "the packet is another installation's, or another tenant's";
  refuseTogether([
    () => refuseAll('document.origin', another, differs('origin', statement.origin, packet.origin)),
    () => refuseAll('document.tenant', another, differs('tenant', statement.tenant, packet.tenant)),
    () =>
      refuseAll('evidence.subject', 'the statement vouches for another packet', [
        ...differs('packet', packetDigest, statement.packet),
        ...differs('subject', packet.subject, statement.subject),
      ]),
  ]);
}

/** Sections that may say what they are about, and where. An evaluation of a parent supports nothing (R75). */
const SUBJECTS = [
  ['$.sections.candidate.digest', ({ candidate: given }) => given?.digest],
  ['$.sections.evaluation.subject', ({ evaluation: given }) => given?.subject],
  ['$.sections.safety_and_security.subject', ({ safety_and_security: given }) => given?.subject],
] as const satisfies readonly (readonly [
  path: string,
  of: (sections: EvidencePacket['sections']) => DigestText | undefined,
])[];

function otherSubject({ sections }: EvidencePacket, subject: DigestText): Problem[] {
  return SUBJECTS.flatMap(([path, of]): Problem[] => {
    const got = of(sections) ?? subject;
    return got === subject ? [] : [{ path, expected: subject, got }];
  });
}

/** Every place at which the packet says that it is about something else. */
export function subjectProblems(packet: EvidencePacket, subject: DigestText): readonly Problem[] {
  const own = packet.subject === subject ? [] : [{ path: '$.subject', expected: subject, got: packet.subject }];
  return [...own, ...otherSubject(packet, subject)];
}

/** Sections that are there and do not say what they are about. */
export function missingSubjects({ sections }: EvidencePacket): readonly Problem[] {
  return SUBJECTS.filter(
    ([path, of]) => of(sections) === undefined && Object.hasOwn(sections, path.split('.')[2] ?? ''),
  ).map(([path]) => ({ path, expected: 'the digest of what it is about', got: 'nothing' }));
}

function uncovered({ rollback: given }: EvidencePacket['sections']): Problem[] {
  if (given === undefined) return [];
  return ROLLBACK_PARTS.filter((part) => given.covers[part] === 'not_covered').map((part) => {
    return { path: `$.sections.rollback.covers.${part}`, expected: 'covered or not_applicable', got: 'not_covered' };
  });
}

function contradictions({ subject, created_at, sections }: EvidencePacket): Problem[] {
  const { evaluation: evaluated, resource_profile: resources, safety_and_security: safety, rollback: back } = sections;
  const at = '$.sections';
  const problems: Problem[] = [];
  for (const [index, card] of (evaluated?.scorecards ?? []).entries()) {
    const path = `${at}.evaluation.scorecards[${index}]`;
    const passed = meetsThreshold(card);
    if (passed === undefined) {
      problems.push({ path: `${path}.threshold`, expected: 'the unit of the value', got: `${card.threshold}` });
    } else if (passed !== card.passed) {
      const expected = `${passed}: ${card.value} ${card.direction} ${card.threshold}`;
      problems.push({ path: `${path}.passed`, expected, got: `${card.passed}` });
    }
  }
  const latency = resources?.latency_ms;
  if (latency && !(latency.p50 <= latency.p95 && latency.p95 <= latency.p99)) {
    const got = `${latency.p50}, ${latency.p95}, ${latency.p99}`;
    problems.push({ path: `${at}.resource_profile.latency_ms`, expected: 'p50 <= p95 <= p99', got });
  }
  const gates = (safety?.hard_gates ?? []).map(({ id }, index) => ({
    path: `${at}.safety_and_security.hard_gates[${index}].id`,
    value: id,
  }));
  problems.push(...duplicates(gates));
  const ends = [
    { path: `${at}.evaluation`, finished_at: evaluated?.finished_at },
    ...(safety?.scans ?? []).map(({ finished_at }, index) => {
      return { path: `${at}.safety_and_security.scans[${index}]`, finished_at };
    }),
    ...(safety?.red_team_notes ?? []).map(({ finished_at }, index) => {
      return { path: `${at}.safety_and_security.red_team_notes[${index}]`, finished_at };
    }),
  ];
  for (const { path, finished_at } of ends) {
    if (finished_at === undefined || finished_at <= created_at) continue;
    problems.push({ path: `${path}.finished_at`, expected: `at most ${created_at}`, got: finished_at });
  }
  if (back?.tested_at && back.tested_at > created_at) {
    problems.push({ path: `${at}.rollback.tested_at`, expected: `at most ${created_at}`, got: back.tested_at });
  }
  if (back?.target === subject) {
    problems.push({ path: `${at}.rollback.target`, expected: 'another than the subject', got: subject });
  }
  return problems;
}

/** Whether a value meets its threshold; undefined where the two have not one unit. */
export function meetsThreshold({
  value,
  threshold,
  direction,
}: Pick<Scorecard, 'value' | 'threshold' | 'direction'>): boolean | undefined {
  const [left, right] = [magnitude(value), magnitude(threshold)];
  if (left.unit !== right.unit) return undefined;
  return direction === 'at_least' ? left.number >= right.number : left.number <= right.number;
}

function magnitude(value: number | string): { number: number; unit: string } {
  if (typeof value === 'number') return { number: value, unit: '' };
  const [, number = '', unit = ''] = QUANTITY.exec(value) ?? [];
  return { number: Number(number), unit };
}
