import { describe, expect, it } from 'vitest';
import { exitCode, familyOf } from '../../verifier/index.ts';
import { ask, codesOf } from './asking.ts';
import { ATTACKS } from './attacks.ts';

describe('attacks on a pack', () => {
  // shows: R5, R6, R8, R25, R37, R38, R41, R42, R43, R44, R46, R47, R54, R55, R71, R87, R94, R97, R98, R99, R100, R101
  it.each(ATTACKS)('$name: $says', ({ build, codes }) => {
    const report = ask(build());
    expect(codesOf(report)).toEqual(expect.arrayContaining([...codes]));
    expect(report.evidence).not.toBe('holds');
    expect(report.answers).toBeNull();
    for (const require of ['C1', 'C2', 'C3'] as const)
      expect(exitCode(report, { require, expect: 'executed' })).toBe(1);
  });

  it('keeps bad evidence apart from signers that are not trusted', () => {
    for (const { build, codes } of ATTACKS) {
      if (!codes.every((code) => familyOf(code) === 'signer')) continue;
      const report = ask(build());
      if (report.evidence !== 'not_trusted') expect(codesOf(report).map(familyOf)).toContain('evidence');
      else expect(report.level.reached).toBe('C1');
    }
    const stranger = ATTACKS.find(({ name }) => name === 'policy-endorsed-by-nobody');
    expect(stranger && ask(stranger.build()).evidence).toBe('not_trusted');
  });
});
