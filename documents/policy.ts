import * as z from 'zod';
import { FACT_SOURCES } from '../core/domain/events.ts';
import { BANDS, type Duty, GATE_RESULTS } from '../core/domain/vocabulary.ts';
import { calendar, changeWindows } from './policy-calendar.ts';
import {
  actorId,
  decimal,
  environment,
  line,
  name,
  predecessor,
  seconds,
  semver,
  serial,
  timestampText,
  unit,
  unitInterval,
} from './primitives.ts';

/**
 * One versioned policy bundle. People write it as YAML (core schema; no anchors, tags or duplicate keys); it is
 * hashed and endorsed as canonical JSON. Expressions are CEL of the pinned profile. See docs/spec/policy.md.
 */

export const POLICY_TYPE = 'application/vnd.countersign.policy.v1+json';

export const EVIDENCE_SECTIONS = [
  'candidate',
  'lineage',
  'evaluation',
  'resource_profile',
  'safety_and_security',
  'release_plan',
  'rollback',
] as const;
/** Sections of the evidence packet: ModelBreeder's eight, less the decision, which the ledger holds. */
export type EvidenceSection = (typeof EVIDENCE_SECTIONS)[number];

/** What of the evidence is read, or looked for and measured, where a policy says so, and not only named by digest. */
export const EVIDENCE_CHECKS = [
  'manifest',
  'inheritance',
  'evaluation',
  'package',
  'rollback',
  'lineage',
  'ancestry',
] as const;
export type EvidenceCheck = (typeof EVIDENCE_CHECKS)[number];
/**
 * What an action brings about. Ruling 8: any of these needs a human who is not the requester. `rollback`: it goes back from
 * what an earlier decision let out to what that decision names, and to nothing else; no freeze keeps it.
 */
export const EFFECTS = ['promotion', 'permission_increase', 'evaluator_change', 'rollback'] as const;

/** The release ladder, in its order (R84). What comes before it, an offline gate, is evidence and no decision. */
export const LADDER_STAGES = ['shadow', 'canary', 'progressive', 'champion'] as const;
export type LadderStage = (typeof LADDER_STAGES)[number];

const expression = z.string().min(1).max(2000);

const target = z.strictObject({
  id: name,
  environment,
  system: name,
  /** Drives risk, and comes from here, never from the requester (ruling 13). */
  sensitivity: z.array(z.enum(['pii', 'credentials', 'funds', 'infrastructure'])),
  blast_radius: z.enum(['single', 'multi_system', 'bulk']),
  /** Actor ids that may claim for this target. */
  executors: z.array(actorId).min(1).max(64),
  /** When it may be changed. Left out: always. */
  windows: changeWindows.exactOptional(),
});

const action = z.strictObject({
  id: name,
  /** Corevexa's action classes. */
  class: z.enum(['read', 'write', 'deploy', 'transfer', 'notify']),
  effects: z.array(z.enum(EFFECTS)),
  irreversible: z.boolean(),
  evidence: z.array(z.enum(EVIDENCE_SECTIONS)).min(1),
  /** Left out: nothing is. */
  checks: z.array(z.enum(EVIDENCE_CHECKS)).min(1).exactOptional(),
  /** Where it stands on the release ladder, and what must have been executed before; left out: on none. */
  ladder: z
    .strictObject({ stage: z.enum(LADDER_STAGES), follows: z.array(z.enum(LADDER_STAGES)).max(2) })
    .exactOptional(),
});

const gate = z.strictObject({
  id: name,
  name: line,
  /** Boolean and never weighted, never waived (R78): a hard gate that triggers denies. */
  hard: z.boolean(),
  when: expression,
  result: z.enum(GATE_RESULTS),
  reason: line,
});

const factor = z.strictObject({
  id: name,
  source: z.enum(FACT_SOURCES),
  weight: unitInterval,
  /** First case whose expression is true gives the value. */
  cases: z
    .array(z.strictObject({ when: expression, value: unitInterval, reason: line }))
    .min(1)
    .max(64),
  /** Value where no case holds or an input is unusable; R34 makes it the worst case. */
  otherwise: z.strictObject({ value: unitInterval, reason: line }),
});

const thresholds = z.strictObject({
  band_low_max: unitInterval,
  band_med_max: unitInterval,
  band_high_max: unitInterval,
  band_critical_min: unitInterval,
});

const route = z.strictObject({
  id: name,
  /** First route whose expression is true is taken. */
  when: expression,
  slots: z.array(z.strictObject({ role: name, signatures: z.int().min(1).max(16) })).max(16),
});

/** Longest life of a delegation, whatever a policy says: one that lasts longer is an entry of the roster. */
export const DELEGATION_LONGEST_S = 31 * 86_400;

/** Least time between two nudges, whatever a policy says: each is an event, and somebody is told. */
export const NUDGE_SHORTEST_S = 60;

/** Most by which a deadline may be moved, whatever a policy says: what takes longer is asked for anew. */
export const EXTENSION_LONGEST_S = 31 * 86_400;

/** Longest life of a waiver, whatever a policy says: a check that fails for longer asks for another policy. */
export const WAIVER_LONGEST_S = 90 * 86_400;

const quantity = z.strictObject({ value: decimal, unit });

/** Longest life of an override, whatever a policy says: an emergency that lasts longer has become the ordinary. */
export const BREAKGLASS_LONGEST_S = 86_400;

/** Most reminders, and most steps of an escalation: each is an event, and somebody is told. */
const NOTICES = 16;

/** What a role can be kept from; who controls the requesting workload counts as the requester. */
export const APART_DUTIES = ['requester', 'candidate_creator', 'evidence_author'] as const satisfies readonly Duty[];

export const policySchema = z.strictObject({
  _type: z.literal(POLICY_TYPE),
  origin: name,
  tenant: name,
  title: line,
  version: semver,
  serial,
  predecessor,
  issued_at: timestampText,
  targets: z.array(target).min(1).max(10_000),
  actions: z.array(action).min(1).max(1000),
  gates: z.array(gate).max(2000),
  risk: z.strictObject({
    factors: z.array(factor).min(1).max(256),
    thresholds,
    /** Each factor is recorded with the digests of what was read for it. Left out: it is not. */
    cites: z.literal(true).exactOptional(),
  }),
  routes: z.array(route).min(1).max(1000),
  /** Who may sign evaluation cards, for actions that have them checked. */
  evaluators: z.strictObject({ roles: z.array(name).min(1).max(16) }).exactOptional(),
  /** Bands in which requester, candidate creator and evidence author may be one person; at most `low` (ruling 7). */
  duties: z.strictObject({ may_coincide_in: z.array(z.enum(BANDS)) }),
  /** Roles whose holders must never have had these hands in what is decided (R53). Left out: the duties of ruling 7 alone. */
  apart: z
    .array(z.strictObject({ role: name, never: z.array(z.enum(APART_DUTIES)).min(1).max(APART_DUTIES.length) }))
    .min(1)
    .max(64)
    .exactOptional(),
  cancel_roles: z.array(name).max(16),
  /** Roles whose holders may reject what no slot asks them for. Left out: only those whom a route asks reject. */
  veto_roles: z.array(name).min(1).max(16).exactOptional(),
  /**
   * Who may clear the way past people who are missing, for how long, and who reviews it afterwards (R57-R61). Left out:
   * nobody may.
   */
  breakglass: z
    .strictObject({
      role: name,
      life_s: seconds.max(BREAKGLASS_LONGEST_S),
      review_role: name,
      review_s: seconds.max(90 * 86_400),
    })
    .exactOptional(),
  /**
   * Whether a change is worth making, for the actions that it names, before anybody is asked (R86). Left out: that is
   * for people to say.
   */
  viability: z
    .strictObject({
      actions: z.array(name).min(1).max(1000),
      /** A projected reserve below it is no reserve. */
      minimum_reserve: quantity,
      /** A score at or below it is no reason to change anything. */
      change_threshold: quantity,
      /** All of which a route must ask for where permissions expand. */
      governance_roles: z.array(name).min(1).max(16),
    })
    .exactOptional(),
  /** Roles in which somebody else may approve in a holder's place, and for how long at most. Left out: in none. */
  delegation: z
    .strictObject({ roles: z.array(name).min(1).max(16), life_s: seconds.max(DELEGATION_LONGEST_S) })
    .exactOptional(),
  /**
   * Who may act on a decision that waits: nudge, reassign, and move the deadline by so many seconds in all. None of it can
   * approve. Left out: nobody.
   */
  operation: z
    .strictObject({
      roles: z.array(name).min(1).max(16),
      nudge_every_s: seconds.min(NUDGE_SHORTEST_S),
      /** Left out: nobody moves it. */
      extend_s: seconds.max(EXTENSION_LONGEST_S).exactOptional(),
    })
    .exactOptional(),
  /**
   * The action and the target under which the next policy is decided on, before it can be published. Left out: the
   * endorsements of the policy keys are all that it takes.
   */
  succession: z.strictObject({ action: name, target: name }).exactOptional(),
  /** Gates whose denial may be waived, in which roles, and for how long at most. Left out: none may. */
  waivers: z
    .strictObject({
      roles: z.array(name).min(1).max(16),
      gates: z.array(name).min(1).max(2000),
      life_s: seconds.max(WAIVER_LONGEST_S),
    })
    .exactOptional(),
  times: z.strictObject({
    decision_s: seconds,
    approval_life_s: seconds,
    permit_life_s: seconds,
    confirmation_s: seconds,
    evidence_age_s: seconds,
    rollback_test_age_s: seconds,
    /** For how long an evaluation, each scan and each red team's note count after they ended. Left out: as the packet does. */
    evaluation_age_s: seconds.exactOptional(),
    scan_age_s: seconds.exactOptional(),
    red_team_age_s: seconds.exactOptional(),
    /** What working time is. */
    calendar: calendar.exactOptional(),
    /** `decision_s`, `reminders` and `after_s` count working time. Left out: all time. */
    counted: z.literal('working').exactOptional(),
    /** When whoever has not signed yet is reminded, in seconds after routing. Left out: never. */
    reminders: z.array(seconds).min(1).max(NOTICES).exactOptional(),
    /** After so many seconds without the signatures, wider roles may fill positions of a role as well. Left out: never. */
    escalation: z
      .array(
        z.strictObject({
          after_s: seconds,
          widen: z
            .array(z.strictObject({ role: name, by: z.array(name).min(1).max(16) }))
            .min(1)
            .max(16),
        }),
      )
      .min(1)
      .max(NOTICES)
      .exactOptional(),
  }),
});

export type Policy = z.infer<typeof policySchema>;
export type PolicyTarget = Policy['targets'][number];
export type RoleApart = NonNullable<Policy['apart']>[number];
export type PolicyAction = Policy['actions'][number];
export type PolicyGate = Policy['gates'][number];
export type PolicyFactor = Policy['risk']['factors'][number];
export type PolicyViability = NonNullable<Policy['viability']>;
export type PolicySuccession = NonNullable<Policy['succession']>;
export type PolicyRoute = Policy['routes'][number];
