import { describe, expect, it } from 'vitest';
import { policyDifferences } from '../../cli/policy-diff.ts';
import { toJson } from '../../cli/to-json.ts';
import type { Policy } from '../../documents/policy.ts';
import { fixturePolicy } from '../verifier/fixture-pack.ts';
import { succeeding } from '../verifier/policy-line.ts';

/** What the next policy changes, as its approvers read it. */

const policy = fixturePolicy();
const [gate, hard] = policy.gates;
const [route, owners] = policy.routes;
if (!gate || !hard || !route || !owners) throw new TypeError('the fixture has two gates and two routes');

const changes = (after: Partial<Policy>, before: Policy = policy) =>
  policyDifferences(toJson(before), toJson({ ...before, ...after })).map((each) => [
    each.path,
    each.before,
    each.after,
  ]);

describe('the differences of two policies', () => {
  it('are none of the same one', () => {
    expect(changes({})).toEqual([]);
  });

  it('name a member, and an entry of a table by its id', () => {
    expect(changes({ version: '1.3.0', gates: [{ ...gate, reason: 'since it is so' }, hard] })).toEqual([
      ['$.version', '"1.2.0"', '"1.3.0"'],
      ['$.gates[POL-RISK-008].reason', '"the target is production"', '"since it is so"'],
    ]);
  });

  it('say of an entry that came or went that it did, and of no other that it moved', () => {
    const added = { ...gate, id: 'NEW' };
    expect(changes({ gates: [added, gate, hard] })).toEqual([
      ['$.gates[*].id', '["POL-RISK-008","POL-HARD-001"]', '["NEW","POL-RISK-008","POL-HARD-001"]'],
      ['$.gates[NEW]', null, expect.stringContaining('"id":"NEW"')],
    ]);
    expect(changes({ gates: [gate] })).toEqual([
      ['$.gates[*].id', '["POL-RISK-008","POL-HARD-001"]', '["POL-RISK-008"]'],
      ['$.gates[POL-HARD-001]', expect.stringContaining('"hard":true'), null],
    ]);
  });

  it('tell of another order alone: the first route that fits is taken', () => {
    expect(changes({ routes: [owners, route] })).toEqual([
      ['$.routes[*].id', '["executive","owners"]', '["owners","executive"]'],
    ]);
  });

  it('keep the order of ids that are numbers', () => {
    const [ten, nine] = [
      { ...gate, id: '10' },
      { ...gate, id: '9' },
    ];
    expect(changes({ gates: [nine, ten] }, fixturePolicy({ gates: [ten, nine] }))).toEqual([
      ['$.gates[*].id', '["10","9"]', '["9","10"]'],
    ]);
  });

  it('show what the way of succession is, and that it is gone', () => {
    const { succession, ...without } = succeeding();
    const told = policyDifferences(toJson(succeeding()), toJson(without));
    expect(told).toEqual([{ path: '$.succession', before: JSON.stringify(succession), after: null }]);
  });

  it('show lists without ids whole', () => {
    expect(changes({ cancel_roles: [] })).toEqual([['$.cancel_roles', '["security_owner"]', '[]']]);
  });
});
