import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryLedger, type Ledger } from '../../ledger/index.ts';
import { createReviews, type Reviews } from '../../registry/index.ts';
import { tenantRegistry } from '../../registry/names.ts';
import { DECISION_ID, digestOf, T, TENANT } from '../documents/fixtures.ts';
import { shift } from '../verifier/fixture-pack.ts';

/** Which override owes a review, over a ledger in memory; on the real one in client/break-glass.int.test.ts. */

const OTHER_ID = '11111111-2222-8333-8444-555555555555';
const THIRD_ID = '22222222-2222-8333-8444-555555555555';

let ledger: Ledger;
let reviews: Reviews;

beforeEach(() => {
  ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
  reviews = createReviews({ ledger, tenant: TENANT });
});

describe('a review', () => {
  it('is overdue after the instant at which it was due, and not at it', async () => {
    expect(await reviews.overdueAt(T.cleared)).toBeNull();
    await reviews.due({ decisionId: DECISION_ID, reviewBy: T.cleared });
    expect(await reviews.overdueAt(T.cleared)).toBeNull();
    const overdue = { decisionId: DECISION_ID, reviewBy: T.cleared };
    expect(await reviews.overdueAt(shift(T.cleared, 0.001))).toEqual(overdue);
  });

  it('that was made is not owed; another is', async () => {
    await reviews.due({ decisionId: DECISION_ID, reviewBy: T.cleared });
    await reviews.due({ decisionId: OTHER_ID, reviewBy: shift(T.cleared, 60) });
    await reviews.made(DECISION_ID, OTHER_ID);
    expect(await reviews.overdueAt(shift(T.cleared, 60))).toBeNull();
    expect(await reviews.overdueAt(shift(T.cleared, 61))).toMatchObject({ decisionId: OTHER_ID });
  });

  it('is due when it was said first, however often its permit is issued', async () => {
    await reviews.due({ decisionId: DECISION_ID, reviewBy: T.cleared });
    await reviews.due({ decisionId: DECISION_ID, reviewBy: shift(T.cleared, 3600) });
    expect(await reviews.overdueAt(shift(T.cleared, 1))).toMatchObject({ reviewBy: T.cleared });
  });

  it('of several is the one that has been owed for longest; of one instant the first by id, so that all name the same', async () => {
    await reviews.due({ decisionId: THIRD_ID, reviewBy: T.approved });
    await reviews.due({ decisionId: OTHER_ID, reviewBy: T.approved });
    await reviews.due({ decisionId: DECISION_ID, reviewBy: T.cleared });
    expect(await reviews.overdueAt(shift(T.cleared, 1))).toEqual({ decisionId: OTHER_ID, reviewBy: T.approved });
  });

  it('is not owed where the chain does not hold: nobody could make it any more', async () => {
    await reviews.due({ decisionId: DECISION_ID, reviewBy: T.cleared });
    await ledger.bind(tenantRegistry('restriction', TENANT), DECISION_ID, digestOf('what was found'));
    expect(await reviews.overdueAt(shift(T.cleared, 1))).toBeNull();
    await reviews.due({ decisionId: OTHER_ID, reviewBy: T.cleared });
    expect(await reviews.overdueAt(shift(T.cleared, 1))).toMatchObject({ decisionId: OTHER_ID });
  });

  it('is outstanding from the clearance on, until it was made; the one that is due first in front', async () => {
    expect(await reviews.outstanding()).toEqual([]);
    await reviews.due({ decisionId: DECISION_ID, reviewBy: shift(T.cleared, 60) });
    await reviews.due({ decisionId: OTHER_ID, reviewBy: T.cleared });
    await reviews.due({ decisionId: THIRD_ID, reviewBy: T.approved });
    await reviews.made(THIRD_ID, OTHER_ID);
    expect(await reviews.outstanding()).toEqual([
      { decisionId: OTHER_ID, reviewBy: T.cleared },
      { decisionId: DECISION_ID, reviewBy: shift(T.cleared, 60) },
    ]);
  });

  it('is owed by one tenant', async () => {
    await reviews.due({ decisionId: DECISION_ID, reviewBy: T.cleared });
    expect(await createReviews({ ledger, tenant: 'globex' }).overdueAt(shift(T.cleared, 1))).toBeNull();
  });
});
