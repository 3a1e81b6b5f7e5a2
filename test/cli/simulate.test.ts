import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { simulatePolicy } from '../../cli/past/simulate.ts';
import type { Policy } from '../../documents/policy.ts';
import {
  cancelledEarly,
  denied,
  executed,
  filesOf,
  fixturePolicy,
  gateDenied,
  type MiniatureService,
  trustBytes,
} from '../verifier/fixture-pack.ts';

/** What another policy would have changed, out of packs that a stranger could verify. */

let folder: string;
let trust: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-simulate-'));
  trust = join(folder, 'trust.json');
  writeFileSync(trust, trustBytes());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function packOf(
  name: string,
  service: MiniatureService,
  change: (bundle: Uint8Array) => Uint8Array = (b) => b,
): string {
  const { bundle, view, disclosures } = filesOf(service);
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, 'pack.sigstore.json'), change(bundle));
  writeFileSync(join(path, 'pack.json'), view);
  writeFileSync(join(path, 'disclosures.json'), disclosures);
  return path;
}

function policyFile(name: string, change: Partial<Policy>): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(path, stringify(fixturePolicy({ ...change, serial: 2, version: '2.0.0' })));
  return path;
}

function simulated(policy: string, ...packs: readonly string[]) {
  return simulatePolicy(policy, packs, trust).map(({ state, changes }) => ({
    state,
    changes: changes.map(({ path, expected, got }) => `${path.slice(2)}: ${expected} -> ${got}`),
  }));
}

describe('policy simulate', () => {
  it('finds nothing changed where only version and serial differ', () => {
    expect(simulated(policyFile('same', {}), packOf('one', executed()))).toEqual([{ state: 'same', changes: [] }]);
  });

  it('says which route, signatures, band and denial would have been others', () => {
    const two = policyFile('two', {
      routes: [{ id: 'two', when: 'true', slots: [{ role: 'executive', signatures: 2 }] }],
    });
    const [one] = simulated(two, packOf('two', executed()));
    expect(one).toEqual({
      state: 'changed',
      changes: ['route: "executive" -> "two"', 'slots.executive: 1 -> 2'],
    });

    const strict = policyFile('strict', {
      gates: [{ id: 'NO', name: 'Nothing goes', hard: true, when: 'true', result: 'deny', reason: 'for once' }],
    });
    const [none] = simulated(strict, packOf('strict', executed()));
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
    expect(simulated(same, packOf('rejected', denied())).map(({ state }) => state)).toEqual(['same']);
    const stopped = packOf('gate', gateDenied());
    expect(simulated(same, stopped)).toEqual([{ state: 'same', changes: [] }]);
    const [open] = simulated(policyFile('open', { gates: [] }), stopped);
    expect(open?.changes).toContain('denial: "gate.denied" -> null');
    expect(simulated(same, packOf('early', cancelledEarly())).map(({ state }) => state)).toEqual(['not_evaluated']);
  });

  it('reads nothing out of a pack that does not hold', () => {
    const torn = packOf('torn', executed(), (bundle) => {
      const text = new TextDecoder().decode(bundle);
      return new TextEncoder().encode(text.replace(/"sig":"./u, '"sig":"A'));
    });
    expect(simulated(policyFile('whatever', {}), torn)).toEqual([{ state: 'unverified', changes: [] }]);
  });
});
