import { describe, expect, it } from 'vitest';
import { mayRun, rootedAs, rootedView } from '../../cli/live.ts';
import { canonicalBytes } from '../../core/canon/index.ts';
import type { DecisionView } from '../../core/contracts/messages.ts';
import type { ReleaseRecord } from '../../documents/index.ts';
import { readStatement } from '../../documents/statements.ts';
import type { Release } from '../../registry/index.ts';
import type { DocumentStore } from '../../store/index.ts';
import { CANDIDATE, digestOf, T } from '../documents/fixtures.ts';
import { letOut } from '../registry/let-out.ts';
import { card, setupOf } from '../verifier/carded-pack.ts';
import { CHAMPION } from '../verifier/fixture-addendum.ts';
import {
  endorsedPolicy,
  executed,
  filesOf,
  fixturePolicy,
  MiniatureService,
  shift,
  waiverOf,
  waiving,
} from '../verifier/fixture-pack.ts';

/** Which links of a target's history may be what runs there; the whole of it in cli.int.test.ts. */

const link = (number: number, outcome: ReleaseRecord['outcome'], changes: Partial<ReleaseRecord> = {}): Release =>
  ({ digest: `${number}`, record: { number, outcome, ...changes } }) as Release;
const numbers = (history: readonly Release[]): readonly number[] => mayRun(history).map(({ record }) => record.number);

describe('what may run at a target', () => {
  it('is what was carried out last, and whatever came after it of which nobody knows', () => {
    expect(numbers([link(1, 'executed'), link(2, 'executed')])).toEqual([2]);
    expect(numbers([link(1, 'executed'), link(2, 'unconfirmed'), link(3, 'execution_failed')])).toEqual([1, 2, 3]);
    expect(numbers([link(1, 'execution_failed'), link(2, 'executed')])).toEqual([2]);
  });

  it('is everything where nothing is known to have been carried out, and nothing where there is no history', () => {
    expect(numbers([link(1, 'unconfirmed'), link(2, 'unconfirmed')])).toEqual([1, 2]);
    expect(numbers([])).toEqual([]);
  });

  it('is not a backout that was recorded after what was let out since', () => {
    const of = (number: number, seconds: number, changes: Partial<ReleaseRecord> = {}): Release =>
      link(number, 'executed', { cleared_at: T.cleared, changed_at: shift(T.cleared, seconds), ...changes });
    const late = { undone_pack: digestOf('pack') };
    expect(numbers([of(1, 10), of(2, 200), of(3, 100, late)])).toEqual([2]);
    expect(numbers([of(1, 10), of(2, 200), of(3, 300, late)])).toEqual([3]);
  });
});

describe('a release that stands at a target', () => {
  const service = executed();
  const { core } = filesOf(service);
  const record = (changes: Partial<ReleaseRecord> = {}) =>
    ({ ...letOut(service.decisionId), number: 1, ...changes }) as ReleaseRecord;

  it('is what its decision let out, with all that this rests on', () => {
    expect(rootedAs(record(), core)).toMatchObject({ candidate: CANDIDATE.digest, decisionId: service.decisionId });
    expect(rootedAs(record(), core).keys).not.toEqual([]);
  });

  it('is after a backout what was gone back to, and no longer what was gone back from', () => {
    const id = '11111111-2222-8333-8444-555555555555';
    const backout = record({ decision_id: id, candidate: CHAMPION, undone_pack: digestOf('pack') });
    expect(rootedAs(backout, core)).toEqual({
      decisionId: id,
      target: backout.target,
      candidate: CHAMPION.digest,
      madeOf: [],
      restsOn: [],
      keys: [],
    });
  });
});

describe('an open decision', () => {
  const rootedIn = (service: MiniatureService) => {
    const { action, candidate, evidence, policy, target } = service.request.statement;
    const get = (digest: string) => {
      const statement = service.statements.get(digest);
      return Promise.resolve(statement === undefined ? service.documents.get(digest) : canonicalBytes(statement));
    };
    const view = { decisionId: service.decisionId, request: service.request.digest, asked: { evidence, policy } };
    return rootedView(
      { ...view, action, candidate, target } as unknown as DecisionView,
      { get } as unknown as DocumentStore,
    );
  };

  it('rests on the waivers that it was asked with, and on the keys that signed them', async () => {
    const waiver = readStatement(waiverOf(), 'waiver');
    const { restsOn, keys } = await rootedIn(waiving());
    expect(restsOn).toContain(waiver.digest);
    expect(keys).toContain(waiver.keyId);
  });

  it('rests on the key of whoever evaluated, where its policy has the card read', async () => {
    const { keyId } = readStatement(card(), 'evaluation');
    expect((await rootedIn(new MiniatureService(setupOf(card())))).keys).toContain(keyId);
    const unread = new MiniatureService(setupOf(card(), { policy: endorsedPolicy(fixturePolicy()) }));
    expect((await rootedIn(unread)).keys).not.toContain(keyId);
  });
});
