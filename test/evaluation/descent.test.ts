import { describe, expect, it } from 'vitest';
import { affectedBy, type Rooted } from '../../evaluation/descent.ts';

/** Which decisions a revocation touches (R90); out of packs in cli/affected.test.ts. */

function decision(candidate: string, changes: Partial<Rooted> = {}): Rooted {
  const made = changes.madeOf ?? [];
  return {
    decisionId: `about ${candidate}`,
    target: 'production',
    candidate,
    madeOf: made,
    restsOn: [candidate, ...made],
    keys: [],
    ...changes,
  };
}

const touched = (decisions: readonly Rooted[], ...revoked: readonly string[]) =>
  affectedBy(decisions, new Set(revoked)).map(
    ({ candidate, relation, by }) => `${candidate} ${relation} ${by.join('>')}`,
  );

describe('a revocation', () => {
  // shows: R90
  it('touches what descends, by however many steps, and nothing beside it', () => {
    const decisions = [
      decision('grandchild', { madeOf: ['child'] }),
      decision('child', { madeOf: ['data', 'base'] }),
      decision('base'),
      decision('stranger', { madeOf: ['other data'] }),
    ];
    expect(touched(decisions, 'data')).toEqual([
      'grandchild descends data>child>grandchild',
      'child descends data>child',
    ]);
    expect(touched(decisions, 'base')).toEqual([
      'grandchild descends base>child>grandchild',
      'child descends base>child',
      'base is base',
    ]);
    expect(touched(decisions, 'grandchild')).toEqual(['grandchild is grandchild']);
    expect(touched(decisions, 'nothing of it')).toEqual([]);
  });

  it('is handed on through something that no pack of these is about only where one says so', () => {
    expect(touched([decision('c', { madeOf: ['b'] })], 'a')).toEqual([]);
  });

  it('takes the shortest way, and ends in a circle', () => {
    const circle = [
      decision('a', { madeOf: ['c', 'data'] }),
      decision('b', { madeOf: ['a'] }),
      decision('c', { madeOf: ['b', 'a'] }),
    ];
    expect(touched(circle, 'data')).toEqual(['a descends data>a', 'b descends data>a>b', 'c descends data>a>c']);
  });

  it('of a key touches what it signed, and hands that on', () => {
    const decisions = [decision('signed', { keys: ['k', 'l'] }), decision('made of it', { madeOf: ['signed'] })];
    expect(touched(decisions, 'k')).toEqual(['signed signed k>signed', 'made of it descends k>signed>made of it']);
    expect(touched(decisions, 'm')).toEqual([]);
    // Another decision about the same candidate was signed by others; the candidate is the same.
    const again = { ...decision('signed'), decisionId: 'again' };
    expect(touched([decisions[0]!, again], 'k')).toEqual(['signed signed k>signed', 'signed signed k>signed']);
  });

  it('touches what was evaluated on it or goes back to it, and does not hand that on', () => {
    const decisions = [
      decision('model', { restsOn: ['model', 'evaluation data'] }),
      decision('next', { madeOf: ['model'] }),
      decision('successor', { restsOn: ['successor', 'bad'] }),
      decision('bad', { madeOf: ['poisoned'] }),
    ];
    expect(touched(decisions, 'evaluation data')).toEqual(['model rests evaluation data']);
    expect(touched(decisions, 'poisoned')).toEqual(['successor rests poisoned>bad', 'bad descends poisoned>bad']);
  });

  it('says the nearest of several', () => {
    const both = decision('x', { madeOf: ['x-data'], keys: ['k'] });
    expect(touched([both], 'x', 'x-data', 'k')).toEqual(['x is x']);
    expect(touched([both], 'x-data', 'k')).toEqual(['x signed k>x']);
  });
});
