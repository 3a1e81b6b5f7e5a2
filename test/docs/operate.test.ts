import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LEDGER_ERROR_CODES } from '../../ledger/index.ts';
import { REGISTRY_ERROR_CODES } from '../../registry/index.ts';
import { STORE_ERROR_CODES } from '../../store/index.ts';
import { createMetrics } from '../../worker/operation/metrics.ts';

const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');

describe('docs/operate.md', () => {
  it('names every metric of the worker, and none that is not', () => {
    const names = createMetrics()
      .registry.getMetricsAsArray()
      .map(({ name }) => name)
      .filter((name) => name.startsWith('countersign_'));
    const told = new Set([...page.matchAll(/`(countersign_[a-z_]+)/g)].map(([, name = '']) => name));
    expect([...told].sort()).toEqual(names.sort());
  });

  it('says what to do about every code that ledger and store give an operator', () => {
    // These are faults of a caller, or a command's own answer, which says what to do.
    const ofCallers = [
      ...['ledger.not_a_batch', 'ledger.bad_name', 'store.bad_digest', 'store.too_large', 'store.bad_disclosures'],
      ...['store.configuration', 'registry.bound', 'registry.succession', 'registry.tenant'],
    ];
    const codes = [...LEDGER_ERROR_CODES, ...STORE_ERROR_CODES, ...REGISTRY_ERROR_CODES];
    const missing = codes.filter((code) => !ofCallers.includes(code) && !page.includes(`\`${code}\``));
    expect(missing).toEqual([]);
  });
});
