import type { Timestamp } from '../core/domain/vocabulary.ts';
import { tenantRegistry } from './names.ts';
import type { RegistryDependencies } from './registry.ts';

/** A clearance that rests on an override, whose review is due. */
export interface OwedReview {
  readonly decisionId: string;
  /** By when. */
  readonly reviewBy: Timestamp;
}

/** Reviews that overrides of a tenant owe: while one is overdue, no other glass is broken (ruling 11). */
export interface Reviews {
  /** Notes that a review is due; what was noted first stands. @throws LedgerError */
  due(review: OwedReview): Promise<void>;
  /** Notes that it was made, by which addendum. @throws LedgerError */
  made(decisionId: string, addendumId: string): Promise<void>;
  /** All that were not made yet, the one that is due first in front. One whose chain does not hold owes none. @throws LedgerError */
  outstanding(): Promise<readonly OwedReview[]>;
  /** The one that has been overdue for longest at `at`; null where none is. @throws LedgerError */
  overdueAt(at: Timestamp): Promise<OwedReview | null>;
}

export function createReviews({ ledger, tenant }: Pick<RegistryDependencies, 'ledger' | 'tenant'>): Reviews {
  const due = tenantRegistry('override-due', tenant);
  const made = tenantRegistry('override-reviewed', tenant);

  async function owed(matters: (reviewBy: Timestamp) => boolean): Promise<readonly OwedReview[]> {
    const asked = [...(await ledger.bindings(due))].filter(([, reviewBy]) => matters(reviewBy));
    if (asked.length === 0) return [];
    const reviewed = await ledger.bindings(made);
    // A chain that does not hold can be reviewed by nobody any more; an integrity officer judges it instead.
    const broken = await ledger.bindings(tenantRegistry('restriction', tenant));
    return asked
      .filter(([decisionId]) => !reviewed.has(decisionId) && !broken.has(decisionId))
      .toSorted(([a, byA], [b, byB]) => (byA < byB || (byA === byB && a < b) ? -1 : 1))
      .map(([decisionId, reviewBy]) => ({ decisionId, reviewBy }));
  }

  return {
    async due({ decisionId, reviewBy }) {
      await ledger.bind(due, decisionId, reviewBy);
    },
    async made(decisionId, addendumId) {
      await ledger.bind(made, decisionId, addendumId);
    },
    outstanding: () => owed(() => true),
    async overdueAt(at) {
      return (await owed((reviewBy) => reviewBy < at))[0] ?? null;
    },
  };
}
