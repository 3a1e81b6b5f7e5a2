import type { Timestamp } from '../core/domain/vocabulary.ts';
import { tenantRegistry } from './names.ts';
import type { RegistryDependencies } from './registry.ts';

/** A clearance that rests on an override, whose review did not come in time. */
export interface OverdueReview {
  readonly decisionId: string;
  /** When it was due. */
  readonly reviewBy: Timestamp;
}

/** Reviews that overrides of a tenant owe: while one is overdue, no other glass is broken (ruling 11). */
export interface Reviews {
  /** Notes that a review is due; what was noted first stands. @throws LedgerError */
  due(review: OverdueReview): Promise<void>;
  /** Notes that it was made, by which addendum. @throws LedgerError */
  made(decisionId: string, addendumId: string): Promise<void>;
  /** The one that has been overdue for longest at `at`; null where none is. One whose chain does not hold owes none. */
  overdueAt(at: Timestamp): Promise<OverdueReview | null>;
}

export function createReviews({ ledger, tenant }: Pick<RegistryDependencies, 'ledger' | 'tenant'>): Reviews {
  const due = tenantRegistry('override-due', tenant);
  const made = tenantRegistry('override-reviewed', tenant);
  return {
    async due({ decisionId, reviewBy }) {
      await ledger.bind(due, decisionId, reviewBy);
    },
    async made(decisionId, addendumId) {
      await ledger.bind(made, decisionId, addendumId);
    },
    async overdueAt(at) {
      const late = [...(await ledger.bindings(due))].filter(([, reviewBy]) => reviewBy < at);
      if (late.length === 0) return null;
      const reviewed = await ledger.bindings(made);
      // A chain that does not hold can be reviewed by nobody any more; an integrity officer judges it instead.
      const broken = await ledger.bindings(tenantRegistry('restriction', tenant));
      const open = late.filter(([decisionId]) => !reviewed.has(decisionId) && !broken.has(decisionId));
      const [first] = open.toSorted(([a, byA], [b, byB]) => (byA < byB || (byA === byB && a < b) ? -1 : 1));
      return first === undefined ? null : { decisionId: first[0], reviewBy: first[1] };
    },
  };
}
