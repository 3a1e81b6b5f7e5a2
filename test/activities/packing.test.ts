import { beforeEach, describe, expect, it } from 'vitest';
import type { Dependencies } from '../../activities/dependencies.ts';
import { sealPack } from '../../activities/packing.ts';
import { canonicalBytes, type JsonObject } from '../../core/canon/index.ts';
import { packRegistryOf } from '../../core/contracts/names.ts';
import { createMemoryLedger, LedgerError } from '../../ledger/index.ts';
import { createReleases } from '../../registry/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import { digestOf, fixtureTrust, keyFrom, TENANT } from '../documents/fixtures.ts';
import { executed, MiniatureService } from '../verifier/fixture-pack.ts';

/** Sealing, over ledger and store in memory; on the real ones in workflows/promotion-decision.int.test.ts. */

const TARGET = 'prod-gateway-01';
let dependencies: Dependencies;

/** What a decision leaves in ledger and store. */
async function leave(service: MiniatureService) {
  const { decisionId, events } = service;
  const { ledger, store } = dependencies;
  const last = events.at(-1)!;
  const batch = { commandId: 'all', events: events as unknown as readonly JsonObject[] };
  await ledger.append(decisionId, { sequence: 0, hash: 'GENESIS' }, batch);
  for (const bytes of service.documents.values()) await store.put(bytes);
  for (const envelope of service.statements.values()) await store.put(canonicalBytes(envelope));
  return { decisionId, head: { sequence: last.sequence, hash: last.integrity_hash } };
}

beforeEach(() => {
  const ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
  const store = createMemoryStore();
  const releases = createReleases({ ledger, store, trust: fixtureTrust(), tenant: TENANT });
  const seal = { key: keyFrom('seal'), holder: 'service' };
  dependencies = { ledger, store, releases, keys: { seal }, conformanceTarget: 'C2' } as unknown as Dependencies;
});

describe('sealing a decision', () => {
  // shows: R89
  it('records what it let out, and says that it did', async () => {
    const closed = await leave(executed());
    const { pack, recorded } = await sealPack(dependencies)(closed);
    expect(recorded).toBe(true);
    const [release] = await dependencies.releases.history(TARGET);
    expect(release?.record).toMatchObject({ decision_id: closed.decisionId, pack, outcome: 'executed' });
    expect(await sealPack(dependencies)(closed)).toEqual({ pack, recorded });
    expect(await dependencies.releases.history(TARGET)).toHaveLength(1);
  });

  it('has nothing to record of what let nothing out', async () => {
    const refused = new MiniatureService().open().evaluate().cancel();
    expect(await sealPack(dependencies)(await leave(refused))).toMatchObject({ recorded: true });
    expect(await dependencies.releases.history(TARGET)).toEqual([]);
  });

  it('leaves to the decision what cannot be recorded now, and is sealed all the same', async () => {
    const closed = await leave(executed());
    const { releases } = dependencies;
    const away = () => Promise.reject(new LedgerError('ledger.unavailable', { message: 'gone', outcome: 'unknown' }));
    const sealed = await sealPack({ ...dependencies, releases: { ...releases, record: away } })(closed);
    expect(sealed).toEqual({
      pack: await dependencies.ledger.binding(packRegistryOf(closed.decisionId), closed.decisionId),
    });
    expect(await releases.owed(closed.decisionId)).toBe(true);
  });

  it('does not wait for long for a history that does not answer', async () => {
    const closed = await leave(executed());
    const { releases } = dependencies;
    let answer = (): void => undefined;
    const record: typeof releases.record = async (release) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return releases.record(release);
    };
    const sealed = await sealPack({ ...dependencies, releases: { ...releases, record } })(closed);
    expect(sealed).not.toHaveProperty('recorded');
    answer();
    await expect.poll(() => releases.owed(closed.decisionId)).toBe(false);
  });

  it('does not take its own pack for the one that another process had sealed first', async () => {
    const closed = await leave(executed());
    const first = digestOf('the first pack');
    await dependencies.ledger.bind(packRegistryOf(closed.decisionId), closed.decisionId, first);
    expect(await sealPack(dependencies)(closed)).toEqual({ pack: first });
    expect(await dependencies.releases.history(TARGET)).toEqual([]);
  });
});
