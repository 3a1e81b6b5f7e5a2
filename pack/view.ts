import {
  canonicalBytes,
  digestJson,
  type JsonObject,
  type JsonValue,
  parseDigest,
  uuidFromDigest,
} from '../core/canon/index.ts';
import type { Assignment, DecisionEvent, EventType } from '../core/domain/events.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';
import { EVIDENCE_SECTIONS } from '../documents/policy.ts';
import { askedLast } from './asked.ts';
import { asJson, type PackCore } from './core.ts';
import { committedTexts, type Disclosures, type OpenedTexts, openTexts } from './disclosures.ts';
import { memberOf } from './reachable.ts';

/**
 * What people read: the source example's shape (ruling 5), derived from the core and the disclosures, and from nothing
 * else. The verifier derives it again and compares every member. See docs/spec/audit-pack.md.
 */

const PACK_ID_TYPE = 'application/vnd.countersign.pack-id.v1+json';

export const VERIFICATION_METHOD =
  'recompute(Hn) from payload + previous_hash; validate continuity; replay the decision from its statements';
export const VIEW_NOTES =
  'Derived from the sealed core in pack.sigstore.json and the texts in disclosures.json. Without its seal it proves nothing.';

/** Id of the pack of a chain that ends in this hash. */
export function packIdOf(head: DigestText): string {
  return uuidFromDigest(digestJson({ _type: PACK_ID_TYPE, head: parseDigest(head) }));
}

/**
 * The view of a core. Members that never came, because the decision ended before, are null; so are texts that are not
 * disclosed, and `export.redactions` lists those.
 *
 * @param core as `buildCore` made it, or as the verifier has replayed it; not one that was only read.
 * @throws PackError `pack.disclosure`, `pack.redaction`.
 */
export function buildView(core: PackCore, disclosures: Disclosures | null): JsonObject {
  const texts = disclosures === null ? new Map<string, JsonValue>() : openTexts(core, disclosures);
  return asJson({
    pack_id: packIdOf(core.head.hash),
    standard: core.standard,
    decision: decision(core, texts),
    risk: risk(core, texts),
    authority: authority(core, texts),
    execution: execution(core, texts),
    evidence: evidence(core, texts),
    release: release(core),
    event_chain: core.events,
    integrity: {
      hash_algorithm: core.hash_algorithm,
      chain_integrity_verified: true,
      verified_at: core.export.exported_at,
      verification_method: VERIFICATION_METHOD,
      anchor: core.anchor,
    },
    export: {
      exported_at: core.export.exported_at,
      exported_by: core.export.exported_by,
      redactions: committedTexts(core)
        .filter(({ path }) => !texts.has(path))
        .map(({ path, commitment }) => ({
          path,
          commitment,
          reason: disclosures?.redactions.find((redaction) => redaction.path === path)?.reason ?? null,
        })),
      notes: VIEW_NOTES,
    },
  }) as JsonObject;
}

/** Canonical bytes of `pack.json`. */
export function viewBytes(view: JsonObject): Uint8Array {
  return canonicalBytes(view);
}

function decision({ events }: PackCore, texts: OpenedTexts): object {
  const requested = the(events, 'decision.requested');
  return {
    decision_id: requested?.decision_id ?? null,
    schema_version: requested?.schema_version ?? null,
    policy_version: askedLast(events)?.policy.version || null,
    submitted_at: requested?.timestamp ?? null,
    request: {
      actor_id: requested?.actor_id ?? null,
      actor_role: requested?.actor_role ?? null,
      intent: requested?.action ?? null,
      summary: textAt(texts, '$.decision.request.summary'),
      context: requested?.context ?? null,
    },
    ...(requested?.linked === undefined ? {} : { linked: requested.linked }),
  };
}

function risk({ events }: PackCore, texts: OpenedTexts): object {
  const evaluated = theLast(events, 'risk.evaluated');
  const policy = theLast(events, 'policy.evaluated');
  return {
    evaluated_at: evaluated?.timestamp ?? null,
    risk_score: evaluated?.risk_score ?? null,
    risk_band: evaluated?.risk_band ?? null,
    thresholds: evaluated?.thresholds ?? null,
    policy_triggers: policy?.gates ?? null,
    ...unlessEmpty(
      'waivers',
      (policy?.waivers ?? []).map((waiver, index) => ({
        ...waiver,
        reason: textAt(texts, `$.risk.waivers[${index}].reason`),
      })),
    ),
    ...(policy?.viability === undefined ? {} : { viability: policy.viability }),
  };
}

function authority({ events }: PackCore, texts: OpenedTexts): object {
  const routed = theLast(events, 'authority.routed');
  const assignment = events.findLast(hasAssignment)?.assignment;
  return {
    routed_at: routed?.timestamp ?? null,
    required_roles: routed?.required_roles ?? null,
    approvals: all(events, 'authority.approved').map(
      ({ actor_id, statement, approved_at, scope, expires_at, delegation, conditions = [] }, index) => ({
        actor_id,
        // The role it fills in the last assignment; null where it fills none, because it expired or was not needed.
        actor_role: assignment?.find((filled) => filled.statement === statement)?.role ?? null,
        approved_at,
        scope,
        expires_at,
        ...(delegation === undefined ? {} : { delegation }),
        ...unlessEmpty(
          'conditions',
          conditions.map((condition, at) => ({
            ...condition,
            what: textAt(texts, `$.authority.approvals[${index}].conditions[${at}].what`),
          })),
        ),
        notes: textAt(texts, `$.authority.approvals[${index}].notes`),
      }),
    ),
    ...unlessEmpty(
      'overrides',
      all(events, 'override.breakglass').map(
        ({ actor_id, role, owner, controls, overridden_at, expires_at, waived }, index) => ({
          actor_id,
          actor_role: role,
          owner,
          controls,
          overridden_at,
          expires_at,
          waived,
          reason: textAt(texts, `$.authority.overrides[${index}].reason`),
        }),
      ),
    ),
    ...review(the(events, 'execution.cleared')?.override),
    ...delegations(events, texts),
    ...settlements(events, texts),
    ...operations(events, texts),
    ...unlessEmpty(
      'reminders',
      all(events, 'authority.reminded').map(({ timestamp, due, waiting_for }) => ({
        reminded_at: timestamp,
        due,
        waiting_for,
      })),
    ),
    ...unlessEmpty(
      'escalations',
      all(events, 'authority.escalated').map(({ timestamp, due, step, widened }) => ({
        escalated_at: timestamp,
        due,
        step,
        widened,
      })),
    ),
    ...unlessEmpty(
      'revocations',
      all(events, 'authority.revoked').map(({ actor_id, timestamp, revoked }, index) => ({
        actor_id,
        revoked_at: timestamp,
        approvals: revoked,
        reason: textAt(texts, `$.authority.revocations[${index}].reason`),
      })),
    ),
    ...unlessEmpty(
      'reevaluations',
      all(events, 'decision.reevaluated').map(({ actor_id, timestamp, asked, basis, changed, ended }) => ({
        actor_id,
        reevaluated_at: timestamp,
        policy_version: asked.policy.version,
        evidence: asked.evidence,
        basis,
        changed,
        ended,
      })),
    ),
    ...unlessEmpty(
      'abstentions',
      all(events, 'authority.abstained').map(({ actor_id, timestamp, roles }, index) => ({
        actor_id,
        abstained_at: timestamp,
        roles,
        reason: textAt(texts, `$.authority.abstentions[${index}].reason`),
      })),
    ),
  };
}

function delegations(events: readonly DecisionEvent[], texts: OpenedTexts): object {
  const list = all(events, 'authority.delegated').map(
    ({ actor_id, statement, delegate, role, delegated_at, expires_at }, index) => ({
      actor_id,
      statement,
      delegate,
      role,
      delegated_at,
      expires_at,
      reason: textAt(texts, `$.authority.delegations[${index}].reason`),
    }),
  );
  return unlessEmpty('delegations', list);
}

/** What was said of conditions until the end; what is said afterwards stands in addenda. */
function settlements(events: readonly DecisionEvent[], texts: OpenedTexts): object {
  const list = all(events, 'condition.settled').map(
    ({ actor_id, timestamp, approval, condition, verdict, late, fires }, index) => ({
      actor_id,
      settled_at: timestamp,
      approval,
      condition,
      verdict,
      late,
      ...(fires === undefined ? {} : { fires }),
      findings: textAt(texts, `$.authority.settlements[${index}].findings`),
    }),
  );
  return unlessEmpty('settlements', list);
}

/** Nudges, extensions and reassignments: what was done about the waiting, and filled nothing. */
function operations(events: readonly DecisionEvent[], texts: OpenedTexts): object {
  const list = events.filter(isOperation).map((event, index) => {
    const { actor_id, actor_role = null, timestamp } = event;
    const reason = textAt(texts, `$.authority.operations[${index}].reason`);
    return { actor_id, actor_role, acted_at: timestamp, ...actOf(event), reason };
  });
  return unlessEmpty('operations', list);
}

type OperationEvent = Extract<DecisionEvent, { event_type: `operation.${string}` }>;

function isOperation(event: DecisionEvent): event is OperationEvent {
  return event.event_type.startsWith('operation.');
}

function actOf(event: OperationEvent): object {
  switch (event.event_type) {
    case 'operation.nudged':
      return { act: 'nudge', waiting_for: event.waiting_for };
    case 'operation.extended':
      return { act: 'extension', before: event.before, until: event.until };
    case 'operation.reassigned':
      return { act: 'reassignment', role: event.role, from: event.from, to: event.to };
  }
}

function hasAssignment<E extends DecisionEvent>(event: E): event is E & { readonly assignment: readonly Assignment[] } {
  return 'assignment' in event;
}

function execution({ events, outcome }: PackCore, texts: OpenedTexts): object {
  const cleared = the(events, 'execution.cleared');
  const confirmed = the(events, 'execution.confirmed');
  const ended = the(events, 'authority.rejected') ?? the(events, 'decision.cancelled');
  const last = events.at(-1);
  return {
    outcome,
    ended_at: last?.timestamp ?? null,
    denial: the(events, 'decision.denied')?.code ?? null,
    ended_by: ended ? { actor_id: ended.actor_id, reason: textAt(texts, '$.execution.ended_by.reason') } : null,
    clearance: cleared
      ? {
          cleared_at: cleared.timestamp,
          executor: cleared.actor_id,
          subject: cleared.subject,
          target: cleared.target,
          not_after: cleared.not_after,
          bounded_by: cleared.bounded_by,
          confirm_by: cleared.confirm_by,
        }
      : null,
    confirmation: confirmed
      ? {
          confirmed_at: confirmed.timestamp,
          ...confirmed.execution,
          subject: confirmed.subject,
          subject_matches: confirmed.subject_matches,
          command: confirmed.command,
          started_at: confirmed.started_at,
          finished_at: confirmed.finished_at,
          late: confirmed.late,
        }
      : null,
  };
}

/** The packet's sections with their texts; null where the packet has no such section, or there is no packet. */
function evidence(core: PackCore, texts: OpenedTexts): object {
  const sections = sectionsOf(core);
  const shown = EVIDENCE_SECTIONS.map((section): [string, JsonValue] => {
    const given = memberOf(sections, section) ?? null;
    return [section, section === 'safety_and_security' ? withNotes(given, texts) : given];
  });
  return Object.fromEntries(shown);
}

function withNotes(section: JsonValue, texts: OpenedTexts): JsonValue {
  const notes = memberOf(section, 'red_team_notes');
  if (!Array.isArray(notes)) return section;
  const opened = (notes as JsonObject[]).map((note, index) => ({
    ...note,
    note: textAt(texts, `$.evidence.safety_and_security.red_team_notes[${index}].note`),
  }));
  return { ...(section as JsonObject), red_team_notes: opened };
}

/** Plan and target. The record that links this pack's digest is outside it. */
function release(core: PackCore): object {
  const requested = the(core.events, 'decision.requested');
  const sections = sectionsOf(core);
  return {
    plan: memberOf(sections, 'release_plan') ?? null,
    target: requested?.target ?? null,
    candidate: requested?.candidate ?? null,
    rollback_target: memberOf(memberOf(sections, 'rollback'), 'target') ?? null,
  };
}

function sectionsOf({ events, documents }: PackCore): JsonValue | undefined {
  const packet = askedLast(events)?.evidence.packet;
  return packet === undefined || packet === ''
    ? undefined
    : memberOf(memberOf(memberOf(documents, packet), 'content'), 'sections');
}

/** A sealed pack never has the review in it: that comes afterwards, in an addendum (ruling 11). */
function review(
  override: NonNullable<Extract<DecisionEvent, { event_type: 'execution.cleared' }>['override']> | undefined,
): object {
  if (override === undefined) return {};
  const { review_role: role, review_by: due } = override;
  return { review: { state: 'OUTSTANDING', role, due } };
}

/** A member that older packs do not have stays away where it says nothing, so that their views derive as they were. */
function unlessEmpty(member: string, list: readonly object[]): object {
  return list.length === 0 ? {} : { [member]: list };
}

function textAt(texts: OpenedTexts, path: string): JsonValue {
  return texts.get(path) ?? null;
}

function the<T extends EventType>(
  events: readonly DecisionEvent[],
  type: T,
): Extract<DecisionEvent, { event_type: T }> | undefined {
  return all(events, type)[0];
}

/** Of several, since it was evaluated anew, the one that counts. */
function theLast<T extends EventType>(
  events: readonly DecisionEvent[],
  type: T,
): Extract<DecisionEvent, { event_type: T }> | undefined {
  return all(events, type).at(-1);
}

function all<T extends EventType>(
  events: readonly DecisionEvent[],
  type: T,
): Extract<DecisionEvent, { event_type: T }>[] {
  return events.filter((event): event is Extract<DecisionEvent, { event_type: T }> => event.event_type === type);
}
