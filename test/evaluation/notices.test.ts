import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../core/canon/index.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import type { Policy } from '../../documents/policy.ts';
import { evaluate, renderBrief } from '../../evaluation/index.ts';
import { given, policy, policyWith } from './given.ts';

/** The instants that a route fixes, and who could sign at each. */

const [, security] = ['executive', 'security_owner'];
const HOUR = 3600;
const steps: Policy['times']['escalation'] = [
  { after_s: HOUR, widen: [{ role: 'executive', by: ['security_owner'] }] },
  { after_s: 2 * HOUR, widen: [{ role: 'nobody_asked_for', by: ['security_owner'] }] },
  { after_s: 3 * HOUR, widen: [{ role: 'executive', by: ['release_owner'] }] },
];
const under = (times: Partial<Policy['times']>, input: Parameters<typeof given>[0] = {}) =>
  evaluate(given({ ...input, policy: policyWith({ times: { ...policy.times, ...times } }) }));

describe('the route of a policy that reminds and escalates', () => {
  const { evaluation, brief, basis } = under({ reminders: [60, 86_399, 200_000], escalation: steps });
  const { routing } = evaluation;
  const at = (seconds: number) => timestamp(instant(given().at) + seconds * 1000);

  it('has the instants, counted from the routing, and none at which the decision will have ended', () => {
    expect(routing?.reminders).toEqual([at(60)]);
    expect(routing?.escalation?.map((step) => step.at)).toEqual([at(HOUR), at(3 * HOUR)]);
    expect((routing?.reminders ?? []).every((one) => one < (routing?.limits.decision_deadline ?? ''))).toBe(true);
  });

  it('leaves out steps that widen nothing of this route, and tells who could sign once each has come', () => {
    const { candidates = [] } = routing ?? {};
    const own = candidates.find(({ role }) => role === 'executive');
    const [first, last] = routing?.escalation ?? [];
    expect(first?.widened).toEqual([{ role: 'executive', by: [security] }]);
    expect(first?.candidates[0]?.count).toBeGreaterThan(own?.count ?? 0);
    expect(last?.candidates[0]?.count).toBeGreaterThan(first?.candidates[0]?.count ?? 0);
    const barred = routing?.barred.map(({ actor_id }) => actor_id) ?? [];
    expect(last?.candidates[0]?.actor_ids.filter((id) => barred.includes(id))).toEqual([]);
  });

  it('leaves the basis as it is: approvals stand, whatever is escalated', () => {
    // The policy's digest is part of it, and of the request; nothing else of the times is.
    const plain = under({}).basis;
    expect({ ...basis, policy: null, request: null }).toEqual({ ...plain, policy: null, request: null });
  });

  it('shows both in the brief', () => {
    if (brief === null) throw new Error('no brief');
    expect(brief.authority.escalation).toEqual(routing?.escalation);
    const text = renderBrief(brief);
    expect(text).toContain(`Reminders    ${at(60)}`);
    expect(text).toContain(`from ${at(HOUR)}, security_owner may sign for executive`);
  });

  it('has nothing of it where the policy has none, so that old decisions are evaluated to the same bytes', () => {
    const plain = evaluate(given());
    for (const member of ['reminders', 'escalation']) {
      expect(plain.evaluation.routing).not.toHaveProperty(member);
      expect(plain.brief?.authority).not.toHaveProperty(member);
    }
    expect(new TextDecoder().decode(canonicalBytes(plain.brief ?? {}))).not.toContain('escalation');
  });
});
