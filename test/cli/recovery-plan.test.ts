import { describe, expect, it } from 'vitest';
import { recoveryPlan } from '../../cli/recovery-plan.ts';
import { digestOf } from '../documents/fixtures.ts';
import { refusal } from '../documents/refusal.ts';

describe('the options of a recovery plan', () => {
  const whole = {
    recovery: 'INC-1',
    release: [`${digestOf('a')}=prod/one`, `${digestOf('b')}=prod/two`],
    recoveryUntil: '2026-02-25T20:00:00.000Z',
  };

  it('are one plan, or none', () => {
    expect(recoveryPlan({})).toEqual([]);
    expect(recoveryPlan(whole)).toEqual([
      {
        incident: 'INC-1',
        releases: [
          { candidate: digestOf('a'), target: 'prod/one' },
          { candidate: digestOf('b'), target: 'prod/two' },
        ],
        until: whole.recoveryUntil,
      },
    ]);
  });

  it.each(['recovery', 'release', 'recoveryUntil'] as const)('are refused without --%s', (left) => {
    const { [left]: _, ...rest } = whole;
    expect(refusal(() => recoveryPlan(rest)).code).toBe('cli.usage');
  });

  it('are refused where a release says no target', () => {
    expect(refusal(() => recoveryPlan({ ...whole, release: [digestOf('a')] })).code).toBe('cli.usage');
  });
});
