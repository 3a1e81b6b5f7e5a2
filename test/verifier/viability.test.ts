import { describe, expect, it } from 'vitest';
import type { DecisionEvent, ViabilityRecord } from '../../core/domain/events.ts';
import { memberOf, REFUSAL_PREDICATE_TYPE, readBundle } from '../../pack/index.ts';
import { exitCode } from '../../verifier/index.ts';
import { ask, codesOf } from './asking.ts';
import { rehash, reseal } from './attacks.ts';
import { filesOf, type MiniatureService, notViable, promotedWith } from './fixture-pack.ts';

const EXPANDING = { permission_diff: { added: ['tool:shell'], removed: [] } };

/** Written anew by who holds every key of the service: whole hashes, one seal. */
function forged(service: MiniatureService, change: (event: DecisionEvent) => DecisionEvent): Uint8Array {
  const core = service.core();
  return reseal(rehash({ ...core, events: core.events.map(change) }));
}

const saying =
  (changes: Partial<ViabilityRecord>) =>
  (event: DecisionEvent): DecisionEvent =>
    event.event_type === 'policy.evaluated' && event.viability
      ? { ...event, viability: { ...event.viability, ...changes } }
      : event;

describe('a change that is not worth making', () => {
  // shows: R86
  it('is sealed as a refusal whose outcome is no_op, and passes for neither a denial nor an execution', () => {
    const files = filesOf(notViable());
    const report = ask({ ...files, expect: 'no_op' });
    expect([report.evidence, report.findings]).toEqual(['holds', []]);
    const demands = { require: 'C2', expect: 'no_op' } as const;
    expect(exitCode(report, demands)).toBe(0);
    for (const expected of ['denied', 'executed'] as const)
      expect(exitCode(report, { ...demands, expect: expected })).toBe(1);
    expect(memberOf(readBundle(files.bundle).envelope.payload, 'predicateType')).toBe(REFUSAL_PREDICATE_TYPE);
  });

  it('is derived again from packet and policy, so that no service can say another verdict', () => {
    const score = { ...(notViableRecord().score as NonNullable<ViabilityRecord['score']>), value: 0.5 };
    for (const changes of [
      { verdict: 'propose_shadow_release' },
      { score },
      { minimum_reserve: { value: 1, unit: 'EUR' } },
    ] as const) {
      const report = ask({ bundle: forged(notViable(), saying(changes)), expect: 'no_op' });
      expect(codesOf(report)).toContain('replay.differs');
      expect(report.evidence).toBe('does_not_hold');
    }
    const quarantined = forged(notViable(), (event) =>
      event.event_type === 'decision.denied' ? { ...event, code: 'viability.no_op_reserve' } : event,
    );
    expect(codesOf(ask({ bundle: quarantined, expect: 'no_op' }))).toContain('replay.differs');
  });
});

describe('an expansion of permissions', () => {
  // shows: R80, R86
  it('is reviewed by a person who fills no other position, and no service can leave that out', () => {
    const reviewed = promotedWith(notViable({ safety: EXPANDING, score: 0 }));
    expect(ask(filesOf(reviewed)).evidence).toBe('holds');
    expect(reviewed.clearance.assignment).toContainEqual(expect.objectContaining({ role: 'security_owner' }));
    const unseen = forged(reviewed, saying({ verdict: 'propose_shadow_release', permissions_added: 0 }));
    expect(codesOf(ask({ bundle: unseen }))).toContain('replay.differs');
  });
});

function notViableRecord(): ViabilityRecord {
  const evaluated = notViable().events.find((event) => event.event_type === 'policy.evaluated');
  if (evaluated?.viability === undefined) throw new TypeError('the fixture has viability rules');
  return evaluated.viability;
}
