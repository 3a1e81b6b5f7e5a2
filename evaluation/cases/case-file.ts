import * as z from 'zod';
import { BANDS, GATE_RESULTS, VIABILITY_VERDICTS } from '../../core/domain/vocabulary.ts';
import { LADDER_STAGES } from '../../documents/policy.ts';
import { actorId, line, name, pinnedVersion, timestampText, unitInterval } from '../../documents/primitives.ts';
import { WAIVERS_AT_ONCE } from '../../documents/statements.ts';
import { DENIAL_CODES } from '../errors.ts';

/** A policy's own cases: what is asked, on which evidence, and what must come of it. See docs/spec/policy-cases.md. */

const person = z.strictObject({
  id: actorId,
  /** Held for every action in every environment. */
  roles: z.array(name).max(64),
  /** Makes it a workload of these persons. */
  controlled_by: z.array(actorId).min(1).max(64).optional(),
});

/** The decision that a case goes on from: about the same candidate, on a target of the same system. */
const followed = z.strictObject({
  stage: z.enum(LADDER_STAGES),
  exposure: z.record(name, z.union([z.number(), z.string()])).optional(),
  /** Unless told, it was executed. */
  executed: z.boolean().optional(),
});

/** What a gate says; `silent`: it does not trigger; `waived`: it denies, and somebody has let it pass. */
const gateSays = z.enum([...GATE_RESULTS, 'silent', 'waived']);

/** Signed by a person of the file, in a role, just before the request; it lives as long as the policy lets it unless told. */
const waiver = z.strictObject({
  gate: name,
  by: actorId,
  role: name,
  owner: actorId.optional(),
  expires_at: timestampText.optional(),
});

const expectation = z
  .strictObject({
    /** Of all gates together. */
    result: z.enum(GATE_RESULTS).optional(),
    gates: z.record(name, gateSays).optional(),
    viability: z.enum(VIABILITY_VERDICTS).optional(),
    score: unitInterval.optional(),
    band: z.enum(BANDS).optional(),
    /** Values by factor. */
    factors: z.record(name, unitInterval).optional(),
    route: name.optional(),
    /** Signatures by role: exactly the route's slots. */
    slots: z.record(name, z.int().min(1).max(16)).optional(),
    denial: z.enum(DENIAL_CODES).optional(),
  })
  .refine(
    ({ gates, factors, ...others }) =>
      Object.keys(others).length > 0 || Object.keys({ ...gates, ...factors }).length > 0,
    { error: 'expected something that the case expects' },
  );

const asked = {
  /** The evaluation's clock. */
  at: timestampText,
  requester: actorId,
  role: name,
  creators: z.array(actorId).max(64),
  /** Vouches for the evidence. */
  author: actorId,
  /** Signs the evaluation card. */
  evaluator: actorId.optional(),
  candidate: z.strictObject({ name, version: pinnedVersion }),
  context: z.record(name, line),
  /** One of `packets`. */
  evidence: name,
} as const;

const changes = {
  /** Values by JSON path into the packet. */
  changes: z.record(z.string().max(500), z.unknown()).optional(),
  /** JSON paths into the packet, whose members are left out. */
  without: z.array(z.string().max(500)).max(64).optional(),
  /** Values by JSON path into the evaluation card, which says what the packet says otherwise; or that there is none. */
  card: z.union([z.literal('none'), z.record(z.string().max(500), z.unknown())]).optional(),
};

const one = z.strictObject({
  name: line,
  action: name,
  target: name,
  ...z.object(asked).partial().shape,
  ...changes,
  follows: followed.optional(),
  waivers: z.array(waiver).min(1).max(WAIVERS_AT_ONCE).optional(),
  expect: expectation,
});

export const caseFileSchema = z
  .strictObject({
    /** A roster file, relative to this one; or, instead, who there is. */
    roster: z.string().min(1).max(500).optional(),
    people: z.array(person).min(1).max(1000).optional(),
    /** Files of evidence packets, relative to this one, by the names that cases use. */
    packets: z.record(name, z.string().min(1).max(500)),
    /** Files of candidate manifests, relative to this one, for those that packets name. */
    manifests: z.array(z.string().min(1).max(500)).max(64).optional(),
    /** What a case that does not say otherwise is asked with. */
    defaults: z.strictObject(asked).partial().optional(),
    cases: z.array(one).min(1).max(10_000),
  })
  .refine(({ roster, people }) => (roster === undefined) !== (people === undefined), {
    error: 'expected either roster or people',
  });

export type CaseFile = z.infer<typeof caseFileSchema>;
export type CasePerson = NonNullable<CaseFile['people']>[number];
export type Expectation = CaseFile['cases'][number]['expect'];
type Asked = { readonly [Member in keyof typeof asked]: z.infer<(typeof asked)[Member]> };

/** A case with its defaults filled in. */
export interface PolicyCase extends Asked {
  readonly name: string;
  readonly action: string;
  readonly target: string;
  readonly changes: Readonly<Record<string, unknown>>;
  readonly without: readonly string[];
  readonly card: 'none' | Readonly<Record<string, unknown>>;
  readonly follows: CaseFile['cases'][number]['follows'];
  readonly waivers: readonly z.infer<typeof waiver>[];
  readonly expect: Expectation;
  /** JSON path into the case file. */
  readonly path: string;
}
