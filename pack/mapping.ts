import type { EventType } from '../core/domain/events.ts';

/** Names of the same events in the two vocabularies that the sources use. Empty: they have none. */
export interface SourceNames {
  /** Corevexa's event schema. */
  readonly eventSchema: readonly string[];
  /** Corevexa's decision ledger. */
  readonly ledger: readonly string[];
}

const none: SourceNames = { eventSchema: [], ledger: [] };

/** Published in docs/spec/audit-pack.md, so that a reader of either vocabulary finds its way (R14). */
export const VOCABULARY_MAPPING: Readonly<Record<EventType, SourceNames>> = {
  'decision.requested': { eventSchema: ['decision.requested'], ledger: ['decision.created'] },
  'policy.evaluated': { eventSchema: [], ledger: ['policy.gate', 'decision.evaluated'] },
  'risk.evaluated': { eventSchema: ['risk.evaluated'], ledger: ['risk.scored'] },
  'decision.reevaluated': { eventSchema: [], ledger: [] },
  'authority.routed': { eventSchema: [], ledger: ['authority.required'] },
  'authority.approved': { eventSchema: ['authority.approved'], ledger: ['approval.added'] },
  'authority.rejected': { eventSchema: ['authority.rejected'], ledger: ['approval.added'] },
  'override.breakglass': { eventSchema: ['override.breakglass'], ledger: ['override.added'] },
  'authority.revoked': none,
  'authority.abstained': none,
  'authority.delegated': none,
  'condition.settled': none,
  'authority.expired': none,
  'authority.reminded': none,
  'authority.escalated': none,
  'operation.nudged': none,
  'operation.extended': none,
  'operation.reassigned': none,
  'statement.refused': none,
  'statements.discarded': none,
  'execution.cleared': { eventSchema: [], ledger: ['enforcement.result'] },
  'execution.confirmed': { eventSchema: ['execution.confirmed'], ledger: ['decision.executed'] },
  'execution.unconfirmed': none,
  'decision.denied': none,
  'decision.expired': { eventSchema: [], ledger: ['decision.expired'] },
  'decision.cancelled': none,
  'ledger.restored': none,
  'addendum.opened': none,
  'override.reviewed': none,
  'backout.recorded': none,
};
