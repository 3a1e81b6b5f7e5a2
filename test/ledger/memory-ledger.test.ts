import { describe, expect, it } from 'vitest';
import { createMemoryArchivist, createMemoryLedger, createMemoryStorage, requireHealthy } from '../../ledger/index.ts';
import { KEY_A } from './chains.ts';
import { testLedgerContract } from './contract.ts';

testLedgerContract('memory', async () => {
  const storage = createMemoryStorage();
  return {
    open: (macKeys, archive) => createMemoryLedger({ macKeys, storage, ...(archive ? { archive } : {}) }),
    archivist: (macKeys) => createMemoryArchivist({ macKeys, storage }),
    async tamperStub(decisionId, field, value) {
      const fields = new Map(storage.stubs.get(decisionId));
      if (value === undefined) fields.delete(field);
      else fields.set(field, value);
      storage.stubs.set(decisionId, fields);
    },
    async tamper(decisionId, change) {
      const entries = change((storage.chains.get(decisionId) ?? []).map((entry) => ({ ...entry })));
      if (entries.length === 0) storage.chains.delete(decisionId);
      else
        storage.chains.set(
          decisionId,
          entries.map((entry, index) => ({ ...entry, id: `${index + 1}-0` })),
        );
    },
    async tamperBinding(registry, key, stored) {
      const bindings = storage.registries.get(registry);
      const seal = [...(bindings?.values() ?? [])][0]?.split(' ')[0];
      bindings?.set(key, `${seal} ${stored}`);
    },
    dispose: async () => undefined,
  };
});

describe('sealing keys', () => {
  it.each([
    ['none', []],
    ['a short one', [new Uint8Array(31)]],
    ['a short one behind a good one', [KEY_A, new Uint8Array(8)]],
  ])('%s is refused', (_, macKeys) => {
    expect(() => createMemoryLedger({ macKeys })).toThrow(
      expect.objectContaining({ code: 'ledger.configuration', path: '$.macKeys' }),
    );
  });

  it('are copied: a caller who wipes his buffer does not change the seals', async () => {
    const key = Uint8Array.from(KEY_A);
    const storage = createMemoryStorage();
    const ledger = createMemoryLedger({ macKeys: [key], storage });
    key.fill(0);
    await ledger.bind('registry', 'key', 'value');
    const other = createMemoryLedger({ macKeys: [KEY_A], storage });
    expect((await other.bindings('registry')).get('key')).toBe('value');
  });
});

describe('requireHealthy', () => {
  it('throws the first failing check as its error and names them all', () => {
    const check = { code: 'ledger.durability', expected: 'always', got: 'everysec' } as const;
    const checks = [
      { ...check, name: 'appendonly', ok: true },
      { ...check, name: 'appendfsync', ok: false },
      { ...check, name: 'maxmemory-policy', ok: false },
    ];
    expect(() => requireHealthy({ ok: false, checks })).toThrow(/appendfsync, maxmemory-policy/);
    expect(() => requireHealthy({ ok: false, checks })).toThrow(expect.objectContaining({ code: 'ledger.durability' }));
    expect(() => requireHealthy({ ok: true, checks: checks.slice(0, 1) })).not.toThrow();
  });
});
