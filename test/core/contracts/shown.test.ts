import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecisionView, Shown } from '../../../core/contracts/messages.ts';
import { MEMO, MEMO_SINCE } from '../../../core/contracts/names.ts';
import { inFull, type Memo, memoFor, shownFrom } from '../../../core/contracts/shown.ts';

/** As the server merges it: what is null goes. */
function merged(memo: Memo, fields: Memo): Memo {
  return Object.fromEntries(Object.entries({ ...memo, ...fields }).filter(([, value]) => value !== null));
}

const members = fc.dictionary(
  fc.constantFrom('stage', 'status', 'head', 'approvals', 'permitUntil', 'operations', 'why', '__proto__', 'toString'),
  fc.jsonValue({ maxDepth: 2 }),
);
/** Most of a view is the same for a while, so that what has changed is worth writing alone. */
const long = fc.constantFrom('a', 'a', 'a', 'b').map((letter) => ({ route: letter.repeat(300) }));
const views = fc.tuple(long, members).map(([same, changing]) => ({ ...same, ...changing }));
const view = fc.option(views, { nil: null, freq: 10 }) as unknown as fc.Arbitrary<DecisionView | null>;
const why = members as unknown as fc.Arbitrary<Shown['why']>;
const shown: fc.Arbitrary<Shown> = fc.record({ view, why });

const asSent = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const BUILD = 'build-2';

function readIn(memo: Memo): Shown {
  const { view: seen, why: tree } = shownFrom(memo) as Shown;
  return { view: seen, why: tree };
}

describe('what a decision shows in its memo', () => {
  it('is what it showed last, whatever it had shown before', () => {
    fc.assert(
      fc.property(fc.array(shown, { minLength: 1, maxLength: 8 }), fc.boolean(), (all, handsOn) => {
        let memo: Memo = { other: 'of somebody else' };
        for (const each of all) {
          memo = merged(memo, asSent(memoFor(each, memo, BUILD)));
          if (handsOn) memo = inFull(memo);
          expect(readIn(memo)).toEqual(asSent(each));
        }
        expect(memo['other']).toBe('of somebody else');
        expect(Object.keys(inFull(memo)).toSorted()).toEqual([MEMO, 'other']);
        expect(readIn(inFull(memo))).toEqual(asSent(all.at(-1)));
      }),
      { numRuns: 500 },
    );
  });

  it('is what it shows now, where a build before showed the same otherwise', () => {
    const earlier = ({ view: seen, why: tree }: Shown): Shown => {
      const { approvals: _unknown, ...known } = { ...seen, then: 'only' } as unknown as Record<string, unknown>;
      return { view: seen === null ? null : (known as unknown as DecisionView), why: tree };
    };
    fc.assert(
      fc.property(
        fc.array(shown, { minLength: 1, maxLength: 4 }),
        fc.array(shown, { minLength: 1, maxLength: 4 }),
        (before, after) => {
          let stored: Memo = {};
          for (const each of before) stored = merged(stored, asSent(memoFor(earlier(each), stored, 'build-1')));
          // A replay by this build remembers what it would have written.
          let remembered: Memo = {};
          for (const each of before) remembered = merged(remembered, memoFor(each, remembered, 'build-1'));
          for (const each of after) {
            const fields = memoFor(each, remembered, BUILD);
            remembered = merged(remembered, fields);
            stored = merged(stored, asSent(fields));
            expect(readIn(stored)).toEqual(asSent(each));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  const FULL = {
    view: { stage: 'routed', permitUntil: 'soon', route: 'r'.repeat(400) },
    why: { waiting: [] },
  } as unknown as Shown;

  it('is written as what has changed, and as everything where that is hardly more', () => {
    const { permitUntil: _left, ...rest } = { ...FULL.view, stage: 'cleared' } as Record<string, unknown>;
    const cleared = { view: rest, why: FULL.why } as unknown as Shown;
    const written = { ...FULL, by: BUILD };
    const changed = memoFor(cleared, { [MEMO]: written }, BUILD);
    expect(changed).toEqual({ [MEMO_SINCE]: { view: { stage: 'cleared' }, without: ['permitUntil'] } });

    const other = { view: { stage: 'routed', route: 's'.repeat(400) }, why: FULL.why } as unknown as Shown;
    const all = { ...other, by: BUILD };
    expect(memoFor(other, { [MEMO]: written, ...changed }, BUILD)).toEqual({ [MEMO]: all, [MEMO_SINCE]: null });
    expect(memoFor(FULL, {}, BUILD)).toEqual({ [MEMO]: written });
    expect(memoFor({ ...FULL, view: null }, { [MEMO]: written }, BUILD)).toEqual({
      [MEMO]: { ...written, view: null },
      [MEMO_SINCE]: null,
    });
    expect(memoFor(cleared, { [MEMO]: written }, undefined)).toEqual({ [MEMO]: cleared, [MEMO_SINCE]: null });
    expect(memoFor(cleared, { [MEMO]: FULL }, BUILD)).toEqual({
      [MEMO]: { ...cleared, by: BUILD },
      [MEMO_SINCE]: null,
    });
  });

  it.each([[null], ['text'], [[]], [{ view: 'text' }], [{ without: 'text' }], [{ view: null, without: [null] }]])(
    'is what was written in full, where %j is put beside it',
    (since) => {
      expect(shownFrom({ [MEMO]: FULL, [MEMO_SINCE]: since })).toEqual(FULL);
    },
  );

  it('leaves out a member that has lost its value', () => {
    const lost = { ...FULL, view: { ...FULL.view, permitUntil: undefined } } as unknown as Shown;
    const memo: Memo = { [MEMO]: { ...FULL, by: BUILD } };
    expect((shownFrom({ ...memo, ...memoFor(lost, memo, BUILD) }) as Shown).view).not.toHaveProperty('permitUntil');
  });

  it('is read in one pass, however much a stranger has put there', () => {
    const members = Array.from({ length: 200_000 }, (_, index) => `m${index}`);
    const made = { view: Object.fromEntries(members.map((member) => [member, 0])), why: {} };
    expect(shownFrom({ [MEMO]: made, [MEMO_SINCE]: { without: members } })).toEqual({ view: {}, why: {} });
  });

  it.each([[undefined], [null], ['text'], [{ view: null }], [{}]])(
    'is nothing that changes, where it is %j',
    (full) => {
      expect(shownFrom({ [MEMO]: full, [MEMO_SINCE]: { view: { stage: 'closed' }, without: [] } })).toEqual(full);
    },
  );
});
