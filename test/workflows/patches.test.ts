import { expect, it } from 'vitest';
import { PATCHES } from '../../workflows/patches.ts';

/**
 * Histories hold the marker that stands for these. One more of them would be taken for known where nobody had heard of it;
 * a later patch is asked for by its own name alone.
 */
it('the patches that one marker stands for stay these', () => {
  expect(Object.keys(PATCHES).toSorted()).toEqual([
    'adoptWhatIsResumed',
    'knowsItsOwnMemo',
    'notifies',
    'oneAtATime',
    'oneCallAStep',
    'quarantineAtClearance',
    'records',
    'recordsWithSeal',
    'reevaluates',
    'restricts',
    'shownInMemo',
    'stops',
  ]);
});
