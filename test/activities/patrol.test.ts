import { describe, expect, it, vi } from 'vitest';
import type { Dependencies } from '../../activities/index.ts';
import { patrol } from '../../activities/restriction.ts';
import { packRegistryOf } from '../../core/contracts/names.ts';
import { createMemoryLedger, createMemoryStorage, EMPTY_HEAD, type Ledger } from '../../ledger/index.ts';
import { createRegistry, createRestrictions } from '../../registry/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import { fixtureTrust, digestOf, TENANT } from '../documents/fixtures.ts';
import { executed } from '../verifier/fixture-pack.ts';

vi.mock('@temporalio/activity', () => ({ heartbeat: () => undefined }));

/** Whose chain it is that does not hold, over a ledger in memory; on the real one in workflows/patrol.int.test.ts. */

const KEY = new Uint8Array(32).fill(7);
const OTHERS = new Uint8Array(32).fill(9);
const service = executed();
const { decisionId } = service;

function house(macKey: Uint8Array, storage = createMemoryStorage(), tenant = TENANT) {
  const trust = fixtureTrust();
  const store = createMemoryStore();
  const ledger = createMemoryLedger({ macKeys: [macKey], storage });
  const registry = createRegistry({ ledger, store, trust, tenant });
  const restrictions = createRestrictions({ ledger, store, trust, tenant, registry });
  const dependencies = { ledger, chains: ledger, store, registry, restrictions, trust, tenant, patrolMs: 60_000 };
  return { storage, ledger, restrictions, round: patrol(dependencies as unknown as Dependencies) };
}

async function append(ledger: Ledger): Promise<void> {
  const events = service.events as unknown as Parameters<Ledger['append']>[2]['events'];
  await ledger.append(decisionId, EMPTY_HEAD, { commandId: 'all', events });
}

function change(storage: ReturnType<typeof createMemoryStorage>, text: string, by: string): void {
  const entries = storage.chains.get(decisionId) ?? [];
  const changed = entries.map((entry) => ({
    ...entry,
    event: Buffer.from(Buffer.from(entry.event).toString('utf8').replace(text, by)),
  }));
  storage.chains.set(decisionId, changed);
}

describe('a round', () => {
  it('finds nothing where every chain holds', async () => {
    const { ledger, round, restrictions } = house(KEY);
    await append(ledger);
    expect(await round()).toEqual({ chains: 1, damaged: [], waitMs: 60_000 });
    expect(await restrictions.inForce()).toEqual([]);
  });

  // shows: R11
  it('restricts the tenant for a chain that was changed', async () => {
    const { ledger, round, restrictions, storage } = house(KEY);
    await append(ledger);
    change(storage, '"outcome"', '"outcame"');
    change(storage, 'execution.confirmed', 'execution.conf1rmed');
    expect(await round()).toMatchObject({ damaged: [decisionId] });
    expect((await restrictions.inForce()).map(({ document }) => document)).toMatchObject([
      { decision_id: decisionId, code: 'ledger.corrupt', head: null },
    ]);
    // Found again, it is the same.
    await round();
    expect(await restrictions.inForce()).toHaveLength(1);
  });

  it('passes over sound chains of another tenant, whose seals are not ours', async () => {
    const { storage, ledger } = house(OTHERS);
    await append(ledger);
    const ours = house(KEY, storage, 'globex');
    expect(await ours.round()).toEqual({ chains: 1, damaged: [], waitMs: 60_000 });
    expect(await ours.restrictions.inForce()).toEqual([]);
  });

  it('takes a chain that says nothing readable of itself for ours', async () => {
    const { ledger, round, storage } = house(KEY);
    await append(ledger);
    change(storage, '{', '[');
    expect(await round()).toMatchObject({ damaged: [decisionId] });
  });

  it('takes a chain whose pack we sealed for ours, whatever it says by now', async () => {
    const { ledger, round, storage } = house(KEY);
    await append(ledger);
    change(storage, `"tenant":"${TENANT}"`, '"tenant":"globex"');
    expect(await round()).toMatchObject({ damaged: [] });
    await ledger.bind(packRegistryOf(decisionId), decisionId, digestOf('pack'));
    expect(await round()).toMatchObject({ damaged: [decisionId] });
  });

  it('fails, and is tried again, where the ledger is away', async () => {
    const { ledger, round } = house(KEY);
    await append(ledger);
    await ledger.close();
    await expect(round()).rejects.toMatchObject({ code: 'ledger.unavailable' });
  });
});
