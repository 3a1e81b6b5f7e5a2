import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { simulatePolicy } from '../../cli/past/simulate.ts';
import type { Policy } from '../../documents/policy.ts';
import { cancelledEarly, denied, executed, fixturePolicy, gateDenied } from '../verifier/fixture-pack.ts';
import { PackFolders } from './pack-folders.ts';

/** What another policy would have changed, out of packs that a stranger could verify. */

const folders = new PackFolders();

function policyFile(name: string, change: Partial<Policy>): string {
  return folders.write(`${name}.yaml`, stringify(fixturePolicy({ ...change, serial: 2, version: '2.0.0' })));
}

function simulated(policy: string, ...packs: readonly string[]) {
  return simulatePolicy(policy, packs, folders.trust).map(({ state, changes }) => ({
    state,
    changes: changes.map(({ path, expected, got }) => `${path.slice(2)}: ${expected} -> ${got}`),
  }));
}

describe('policy simulate', () => {
  it('finds nothing changed where only version and serial differ', () => {
    expect(simulated(policyFile('same', {}), folders.add(executed()))).toEqual([{ state: 'same', changes: [] }]);
  });

  it('says which route, signatures, band and denial would have been others', () => {
    const two = policyFile('two', {
      routes: [{ id: 'two', when: 'true', slots: [{ role: 'executive', signatures: 2 }] }],
    });
    const [one] = simulated(two, folders.add(executed()));
    expect(one).toEqual({
      state: 'changed',
      changes: ['route: "executive" -> "two"', 'slots.executive: 1 -> 2'],
    });

    const strict = policyFile('strict', {
      gates: [{ id: 'NO', name: 'Nothing goes', hard: true, when: 'true', result: 'deny', reason: 'for once' }],
    });
    const [none] = simulated(strict, folders.add(executed()));
    expect(none?.changes).toEqual(
      expect.arrayContaining([
        'denial: null -> "gate.denied"',
        'gates: "escalate" -> "deny"',
        'triggered[0]: "POL-RISK-008" -> "NO"',
      ]),
    );
  });

  it('takes what was rejected or denied as well, and says where nothing had been evaluated', () => {
    const same = policyFile('again', {});
    expect(simulated(same, folders.add(denied())).map(({ state }) => state)).toEqual(['same']);
    const stopped = folders.add(gateDenied());
    expect(simulated(same, stopped)).toEqual([{ state: 'same', changes: [] }]);
    const [open] = simulated(policyFile('open', { gates: [] }), stopped);
    expect(open?.changes).toContain('denial: "gate.denied" -> null');
    expect(simulated(same, folders.add(cancelledEarly())).map(({ state }) => state)).toEqual(['not_evaluated']);
  });

  it('reads nothing out of a pack that does not hold', () => {
    const torn = folders.addTorn(executed());
    expect(simulated(policyFile('whatever', {}), torn)).toEqual([{ state: 'unverified', changes: [] }]);
  });
});
