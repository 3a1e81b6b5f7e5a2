import { describe, expect, it, vi } from 'vitest';
import type { Dependencies } from '../../activities/index.ts';
import { patrol, readEnded } from '../../activities/restriction.ts';
import { packRegistryOf } from '../../core/contracts/names.ts';
import { createMemoryLedger, createMemoryStorage, EMPTY_HEAD, type Ledger, LedgerError } from '../../ledger/index.ts';
import { createRegistry, createRestrictions } from '../../registry/index.ts';
import { tenantRegistry } from '../../registry/names.ts';
import { createMemoryStore } from '../../store/index.ts';
import { canonicalBytes } from '../../core/canon/index.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import type { Standing } from '../../documents/index.ts';
import { CANDIDATE, digestOf, fixtureTrust, TENANT } from '../documents/fixtures.ts';
import { executed, fixtureStanding, MiniatureService, shift } from '../verifier/fixture-pack.ts';

const shutdown = vi.hoisted(() => ({ controller: new AbortController() }));
vi.mock('@temporalio/activity', () => ({
  heartbeat: () => undefined,
  Context: { current: () => ({ cancellationSignal: shutdown.controller.signal }) },
}));

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
  return { storage, ledger, dependencies, restrictions, round: patrol(dependencies as unknown as Dependencies) };
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
    expect(await round()).toEqual({ chains: 1, damaged: [], unread: [], waitMs: 60_000 });
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

  it('restricts nobody under keys that do not verify what governs the tenant: no worker could read that it did', async () => {
    const genuine = house(KEY);
    await append(genuine.ledger);
    await genuine.ledger.bind(tenantRegistry('roster', TENANT), '1', digestOf('a roster'));
    const { round, restrictions } = house(OTHERS, genuine.storage);
    expect(await round()).toMatchObject({ damaged: [], unread: [decisionId] });
    await expect(restrictions.found({ decisionId, code: 'ledger.mac', at: timestamp(0) })).rejects.toMatchObject({
      code: 'ledger.mac',
    });
    expect(await genuine.restrictions.inForce()).toEqual([]);
  });

  it('passes over sound chains of another tenant, whose seals are not ours', async () => {
    const { storage, ledger } = house(OTHERS);
    await append(ledger);
    const ours = house(KEY, storage, 'globex');
    expect(await ours.round()).toEqual({ chains: 1, damaged: [], unread: [], waitMs: 60_000 });
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

  it('names a chain that cannot be read, and what is no id; and reads the others', async () => {
    const { ledger, dependencies, storage, restrictions } = house(KEY);
    await append(ledger);
    change(storage, 'execution.confirmed', 'execution.conf1rmed');
    const slow = '11111111-2222-8333-8444-555555555555';
    const chains = {
      ...ledger,
      peek: (id: string) => ledger.peek(id),
      binding: (name: string, field: string) => ledger.binding(name, field),
      read: async (id: string) => {
        if (id === slow) throw new LedgerError('ledger.unavailable', { message: 'too slow' });
        return ledger.read(id);
      },
      async *decisions(onJunk: (member: string) => void) {
        onJunk(`x y${'z'.repeat(500)}`);
        yield slow;
        yield 'junk';
        yield decisionId;
      },
    };
    const round = patrol({ ...dependencies, chains } as unknown as Dependencies);
    expect(await round()).toEqual({
      chains: 3,
      damaged: [decisionId],
      unread: [`x y${'z'.repeat(125)}`, slow],
      waitMs: 60_000,
    });
    expect((await restrictions.inForce()).map(({ document }) => document?.decision_id)).toEqual([decisionId]);
  });

  it('goes on where a finding cannot be entered, and names it', async () => {
    const { ledger, dependencies, storage } = house(KEY);
    await append(ledger);
    change(storage, 'execution.confirmed', 'execution.conf1rmed');
    const restrictions = {
      found: () => Promise.reject(new LedgerError('ledger.mac', { message: 'a binding without a seal' })),
    };
    const round = patrol({ ...dependencies, restrictions } as unknown as Dependencies);
    expect(await round()).toMatchObject({ chains: 1, damaged: [], unread: [decisionId] });
  });

  it('fails, and is tried again, where nothing can be read', async () => {
    const { dependencies } = house(KEY);
    let asked = 0;
    const chains = {
      read: () => {
        asked += 1;
        return Promise.reject(new LedgerError('ledger.unavailable', { message: 'away' }));
      },
      peek: () => Promise.reject(new LedgerError('ledger.unavailable', { message: 'away' })),
      async *decisions() {
        for (let n = 0; n < 1000; n += 1) yield `11111111-2222-8333-8444-${`${n}`.padStart(12, '0')}`;
      },
    };
    const round = patrol({ ...dependencies, chains } as unknown as Dependencies);
    await expect(round()).rejects.toMatchObject({ code: 'ledger.unavailable' });
    expect(asked).toBe(20);
    // Each of them may just be too long for its time.
    const slow = patrol({
      ...dependencies,
      chains: { ...chains, peek: () => Promise.resolve(null) },
    } as unknown as Dependencies);
    expect(await slow()).toMatchObject({ chains: 1000, damaged: [] });
  });

  it('ends with the worker, whatever is left to read', async () => {
    const { ledger, round } = house(KEY);
    await append(ledger);
    shutdown.controller.abort(new Error('shutdown'));
    await expect(round()).rejects.toThrow('shutdown');
    shutdown.controller = new AbortController();
    expect(await round()).toMatchObject({ chains: 1 });
  });

  it('fails, and is tried again, where the ledger is away', async () => {
    const { ledger, round } = house(KEY);
    await append(ledger);
    await ledger.close();
    await expect(round()).rejects.toMatchObject({ code: 'ledger.unavailable' });
  });
});

describe('a round under a standing that revokes something', () => {
  const open = new MiniatureService().open().evaluate();
  const id = open.decisionId;

  async function rounds(revoked: string, of = open, changes: Partial<Standing> = {}, ids = [id]) {
    const { ledger, dependencies } = house(KEY);
    const events = of.events as unknown as Parameters<Ledger['append']>[2]['events'];
    await ledger.append(id, EMPTY_HEAD, { commandId: 'all', events });
    for (const bytes of of.documents.values()) await dependencies.store.put(bytes);
    for (const envelope of of.statements.values()) await dependencies.store.put(canonicalBytes(envelope));
    const now = timestamp(Date.now());
    const life = { issued_at: shift(now, -60), not_after: shift(now, 3600) };
    const document = fixtureStanding({ revoked_digests: [revoked], ...life, ...changes });
    const reference = { serial: 1, digest: digestOf('standing'), endorsements: [] };
    const registry = { ...dependencies.registry, standingInForce: async () => ({ document, reference }) };
    const chains = {
      async *decisions() {
        yield* ids;
      },
      read: () => ledger.read(id),
    };
    return patrol({ ...dependencies, registry, chains } as unknown as Dependencies)();
  }

  it('names the open decisions that rest on it, so that they are told', async () => {
    expect(await rounds(CANDIDATE.digest)).toMatchObject({ chains: 1, damaged: [], unread: [], revoked: [id] });
  });

  it('names others in the next round where they are many, or those that cannot be told would keep the rest from it', async () => {
    const many = Array.from({ length: 130 }, (_, at) => `${id.slice(0, -3)}${at.toString(16).padStart(3, '0')}`);
    const named = new Set<string>();
    for (const revoked of [
      await rounds(CANDIDATE.digest, open, {}, many),
      await rounds(CANDIDATE.digest, open, {}, many),
    ]) {
      expect(revoked.revoked).toHaveLength(100);
      expect(new Set(revoked.revoked).size).toBe(100);
      for (const one of revoked.revoked ?? []) named.add(one);
    }
    expect(named.size).toBeGreaterThan(100);
  });

  it('names none that rests on something else, is closed, or waits for nothing but its receipt', async () => {
    for (const quiet of [
      await rounds(digestOf('unrelated')),
      await rounds(CANDIDATE.digest, service),
      await rounds(CANDIDATE.digest, new MiniatureService().open().evaluate().approve().claim()),
      await rounds(CANDIDATE.digest, open, { not_after: shift(timestamp(Date.now()), -1) }),
      await rounds(CANDIDATE.digest, new MiniatureService().open()),
    ]) {
      expect(quiet).toEqual({ chains: 1, damaged: [], unread: [], waitMs: 60_000 });
    }
  });
});

describe('a round where what is in force cannot be had', () => {
  // shows: R11
  it.each(['store.not_found', 'registry.bound', 'registry.unendorsed', 'ledger.mac', 'document.shape'])(
    'reads every chain all the same: %s',
    async (code) => {
      const { ledger, dependencies, restrictions, storage } = house(KEY);
      await append(ledger);
      change(storage, '"outcome"', '"outcame"');
      change(storage, 'execution.confirmed', 'execution.conf1rmed');
      const standingInForce = async () => {
        throw Object.assign(new Error('no standing'), { code, path: '$', expected: '', got: '' });
      };
      const registry = { ...dependencies.registry, standingInForce };
      const round = patrol({ ...dependencies, registry } as unknown as Dependencies);
      expect(await round()).toMatchObject({ chains: 1, damaged: [decisionId] });
      expect(await restrictions.inForce()).toHaveLength(1);
    },
  );
});

describe('a read of a decision that has ended', () => {
  // shows: R12
  it('restricts the tenant where the chain does not hold, and says to the reader what is wrong', async () => {
    const { ledger, dependencies, restrictions, storage } = house(KEY);
    await append(ledger);
    const read = () => readEnded(dependencies as unknown as Dependencies, decisionId);
    expect(await read()).toHaveLength(service.events.length);
    expect(await restrictions.inForce()).toEqual([]);
    change(storage, '"outcome"', '"outcame"');
    change(storage, 'execution.confirmed', 'execution.conf1rmed');
    await expect(read()).rejects.toMatchObject({ code: 'ledger.corrupt' });
    expect((await restrictions.inForce()).map(({ document }) => document?.decision_id)).toEqual([decisionId]);
  });

  it("restricts nobody for another tenant's chain, nor for what is no decision's", async () => {
    const theirs = house(OTHERS);
    await append(theirs.ledger);
    // In the same storage, under another sealing key and for another tenant.
    const ours = house(KEY, theirs.storage, 'globex');
    const read = (id: string) => readEnded(ours.dependencies as unknown as Dependencies, id);
    await expect(read(decisionId)).rejects.toMatchObject({ code: 'ledger.mac' });
    await read('no decision').catch(() => []);
    expect(await ours.restrictions.inForce()).toEqual([]);
  });

  it('says what was wrong also where the restriction cannot be entered', async () => {
    const { ledger, dependencies, storage } = house(KEY);
    await append(ledger);
    change(storage, 'execution.confirmed', 'execution.conf1rmed');
    const found = () => Promise.reject(new LedgerError('ledger.unavailable', { message: 'away' }));
    const unable = { ...dependencies, restrictions: { found } } as unknown as Dependencies;
    await expect(readEnded(unable, decisionId)).rejects.toMatchObject({ code: 'ledger.corrupt' });
  });
});
