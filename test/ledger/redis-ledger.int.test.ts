import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ARCHIVIST_ACL_RULES, LEDGER_ACL_RULES } from '../../ledger/acl.ts';
import {
  type Archivist,
  chainDocument,
  createRedisArchivist,
  createRedisLedger,
  type Head,
  type Ledger,
  type LedgerCopy,
  requireHealthy,
  type StoredBatch,
} from '../../ledger/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import type { Digest } from '../../core/canon/index.ts';
import { chainKey, registryKey } from '../../ledger/names.ts';
import { startValkey, type ValkeyServer } from '../../scripts/servers/index.ts';
import { EMPTY, headAfter, KEY_A, makeBatch } from './chains.ts';
import { expectCode, type RawEntry, testLedgerContract } from './contract.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { bulk, healthy, startFakeRedis } from './fake-redis.ts';

const macKeys = [KEY_A];
let dataDir: string;
let server: ValkeyServer;
let admin: Redis;

beforeAll(async () => {
  // This suite reconfigures, pauses and kills its server: never one that somebody else uses.
  vi.stubEnv('REDIS_URL', '');
  dataDir = await mkdtemp(join(tmpdir(), 'countersign-ledger-'));
  server = await startValkey({ dataDir });
  admin = new Redis(server.adminUrl);
  await restrictUser();
}, 30_000);

afterAll(async () => {
  admin.disconnect();
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

/** The rules under test, whatever the server was started with. */
async function restrictUser(): Promise<void> {
  await admin.call('ACL', 'SETUSER', 'countersign', ...LEDGER_ACL_RULES.split(' '));
  await admin.call('ACL', 'SETUSER', 'archivist', ...ARCHIVIST_ACL_RULES.split(' '));
}

testLedgerContract('redis', async () => ({
  open: (keys, archive) => createRedisLedger({ url: server.url, macKeys: keys, ...(archive ? { archive } : {}) }),
  archivist: (keys) => createRedisArchivist({ url: server.archivistUrl, macKeys: keys }),
  async tamperStub(decisionId, field, value) {
    if (value === undefined) await admin.hdel(chainKey(decisionId), field);
    else await admin.hset(chainKey(decisionId), field, value);
  },
  tamper: tamperChain,
  async tamperBinding(registry, key, stored) {
    const [standing] = await admin.hvals(registryKey(registry));
    await admin.hset(registryKey(registry), key, `${standing?.split(' ')[0]} ${stored}`);
  },
  dispose: async () => undefined,
}));

async function tamperChain(decisionId: string, change: (entries: RawEntry[]) => RawEntry[]): Promise<void> {
  const key = chainKey(decisionId);
  const stored = (await admin.callBuffer('XRANGE', key, '-', '+')) as [Buffer, Buffer[]][];
  const entries = change(
    stored.map(([, [, event, , commandId, , place, , seal]]) => ({
      event: event ?? Buffer.alloc(0),
      commandId: String(commandId),
      place: String(place),
      seal: seal?.toString(),
    })),
  );
  await admin.del(key);
  for (const [index, { event, commandId, place, seal }] of entries.entries()) {
    const sealFields = seal === undefined ? [] : ['m', seal];
    await admin.call('XADD', key, `${index + 1}-0`, 'e', Buffer.from(event), 'c', commandId, 'b', place, ...sealFields);
  }
}

let decisions = 0;

describe('the ledger on Redis', () => {
  let ledger: Ledger;
  let decisionId: string;

  beforeEach(() => {
    ledger = createRedisLedger({ url: server.url, macKeys });
    decisions += 1;
    decisionId = `redis-${decisions}`;
  });

  afterEach(() => ledger.close());

  async function standing(commandId = 'open', count = 1): Promise<StoredBatch> {
    const head = await ledger.head(decisionId);
    const batch = makeBatch(decisionId, head, commandId, { count });
    expect(await ledger.append(decisionId, head, batch)).toMatchObject({ outcome: 'appended' });
    return batch;
  }

  describe('what stands in Redis', () => {
    it('is one stream a decision, one entry an event', async () => {
      const batch = await standing('open', 2);
      const entries = (await admin.xrange(chainKey(decisionId), '-', '+')) as [string, string[]][];
      expect(entries.map(([id]) => id)).toEqual(['1-0', '2-0']);
      expect(entries.map(([, fields]) => [fields[0], fields[2], fields[3], fields[4], fields[5], fields[6]])).toEqual([
        ['e', 'c', 'open', 'b', '1/2', 'm'],
        ['e', 'c', 'open', 'b', '2/2', 'm'],
      ]);
      expect(entries.map(([, fields]) => JSON.parse(String(fields[1])))).toEqual(batch.events);
      expect(entries[0]?.[1][7]).toMatch(/^[0-9a-f]{64}$/);
    });

    it('refuses an id that is not higher, whoever asks', async () => {
      await standing();
      await expect(admin.call('XADD', chainKey(decisionId), '1-0', 'e', 'x')).rejects.toThrow(/equal or smaller/);
    });

    it.each<[string, (key: string) => Promise<unknown>]>([
      ['deleted its last entry', (key) => admin.xdel(key, '3-0')],
      ['deleted a middle entry', (key) => admin.xdel(key, '2-0')],
      ['deleted every entry', (key) => admin.xtrim(key, 'MAXLEN', 0)],
      ['put a string in its place', async (key) => [await admin.del(key), await admin.set(key, 'x')]],
      ['added an entry of other fields', (key) => admin.call('XADD', key, '4-0', 'x', 'y')],
      ['added an entry that is not the next', (key) => admin.call('XADD', key, '9-0', 'e', '{}')],
    ])('is told to be corrupt when someone %s', async (_, tamper) => {
      const batch = await standing('open', 3);
      await tamper(chainKey(decisionId));
      const next = makeBatch(decisionId, headAfter(batch), 'route');
      await expectCode(ledger.append(decisionId, headAfter(batch), next), 'ledger.corrupt');
      await expectCode(ledger.read(decisionId), 'ledger.corrupt');
      await expectCode(ledger.head(decisionId), 'ledger.corrupt');
    });

    it('is told to be corrupt when the first append finds something else at its place', async () => {
      await admin.set(chainKey(decisionId), 'x');
      await expectCode(ledger.append(decisionId, EMPTY, makeBatch(decisionId, EMPTY, 'open')), 'ledger.corrupt');
      await expectCode(ledger.head(decisionId), 'ledger.corrupt');
    });

    it.each([
      ['a field more', ['e', 'c', 'b', 'm', 'x']],
      ['a field twice', ['e', 'e', 'c', 'b', 'm']],
      ['fields in another order', ['c', 'e', 'b', 'm']],
      ['no place', ['e', 'c', 'm']],
    ])('is told to be corrupt when an entry has %s', async (_, names) => {
      await standing();
      const [[, flat]] = (await admin.xrange(chainKey(decisionId), '-', '+')) as [[string, string[]]];
      const value = (name: string): string => flat[flat.indexOf(name) + 1] ?? '';
      await admin.del(chainKey(decisionId));
      await admin.call('XADD', chainKey(decisionId), '1-0', ...names.flatMap((name) => [name, value(name)]));
      await expectCode(ledger.read(decisionId), 'ledger.corrupt');
      await expectCode(ledger.head(decisionId), 'ledger.corrupt');
    });

    // shows: R6
    it('does not take an append where the deleted tail makes the expected head look right', async () => {
      const first = await standing('open');
      await standing('route');
      await admin.xdel(chainKey(decisionId), '2-0');
      const other = makeBatch(decisionId, headAfter(first), 'approve');
      await expectCode(ledger.append(decisionId, headAfter(first), other), 'ledger.corrupt');
      expect(await admin.xlen(chainKey(decisionId))).toBe(1);
    });

    // shows: R4
    it('is found trimmed when the trim came with the ledger user’s own XADD, which no ACL can refuse', async () => {
      const batch = await standing('open', 3);
      const insider = new Redis(server.url);
      const forged = makeBatch(decisionId, headAfter(batch), 'forged').events[0];
      await insider.call(
        ...['XADD', chainKey(decisionId), 'MAXLEN', '1', '4-0'],
        ...['e', JSON.stringify(forged), 'c', 'forged', 'b', '1/1'],
      );
      insider.disconnect();
      const next = makeBatch(decisionId, headAfter(batch), 'route');
      await expectCode(ledger.append(decisionId, headAfter(batch), next), 'ledger.corrupt');
      await expectCode(ledger.read(decisionId), 'ledger.corrupt');
    });
  });

  describe('fault pairs', () => {
    let proxy: CuttingProxy;
    let faulty: Ledger;

    beforeEach(async () => {
      const url = new URL(server.url);
      proxy = await startCuttingProxy(Number(url.port));
      url.port = String(proxy.port);
      faulty = createRedisLedger({ url: url.href, macKeys, commandTimeoutMs: 500 });
    });

    afterEach(async () => {
      await faulty.close();
      await proxy.close();
    });

    /** A batch at `EMPTY` also writes the index; one further on is the script alone. */
    const places = [
      ['the first batch', 0],
      ['a later batch', 1],
    ] as const;

    it.each(places)('append failed and is not stored: %s', async (_, before) => {
      const head = before === 0 ? EMPTY : headAfter(await standing());
      const batch = makeBatch(decisionId, head, 'route', { count: 2 });
      await faulty.head(decisionId);
      proxy.cutNext('before', 'EVALSHA');
      const lost = { code: 'ledger.unavailable', reason: 'cut', outcome: 'unknown' };
      await expect(faulty.append(decisionId, head, batch)).rejects.toMatchObject(lost);
      expect(await ledger.head(decisionId)).toEqual(head);

      const retried = makeBatch(decisionId, head, 'route', { count: 2, timestamp: '2026-03-01T12:00:09.000Z' });
      expect(await faulty.append(decisionId, head, retried)).toMatchObject({ outcome: 'appended' });
      expect((await ledger.read(decisionId)).at(-1)).toEqual(retried);
    });

    it.each(places)('append failed but is stored: %s', async (_, before) => {
      const head = before === 0 ? EMPTY : headAfter(await standing());
      const batch = makeBatch(decisionId, head, 'route', { count: 2 });
      await faulty.head(decisionId);
      proxy.cutNext('after', 'EVALSHA');
      const lost = { code: 'ledger.unavailable', reason: 'cut', outcome: 'unknown' };
      await expect(faulty.append(decisionId, head, batch)).rejects.toMatchObject(lost);
      await expect.poll(() => ledger.head(decisionId)).toEqual(headAfter(batch));

      const retried = makeBatch(decisionId, head, 'route', { count: 2, timestamp: '2026-03-01T12:00:09.000Z' });
      expect(await faulty.append(decisionId, head, retried)).toEqual({
        outcome: 'exists',
        head: headAfter(batch),
        prefix: 'agrees',
        tail: [{ ...batch, authentic: true }],
      });
      expect((await ledger.read(decisionId)).at(-1)).toEqual(batch);
    });

    it('append was answered into silence: unknown within the timeout, and nothing is sent again', async () => {
      const batch = makeBatch(decisionId, EMPTY, 'open');
      await faulty.head(decisionId);
      proxy.cutNext('silence', 'EVALSHA');
      const lost = { code: 'ledger.unavailable', outcome: 'unknown' };
      await expect(faulty.append(decisionId, EMPTY, batch)).rejects.toMatchObject(lost);
      const again = () => faulty.append(decisionId, EMPTY, batch).catch(() => undefined);
      await expect.poll(again).toMatchObject({ outcome: 'exists', prefix: 'agrees' });
      expect(await ledger.read(decisionId)).toEqual([batch]);
    });

    it('closed during an append: unknown at once', async () => {
      await faulty.head(decisionId);
      proxy.cutNext('silence', 'EVALSHA');
      const append = rejection(faulty.append(decisionId, EMPTY, makeBatch(decisionId, EMPTY, 'open')));
      await expect.poll(async () => (await ledger.head(decisionId)).sequence).toBe(1);
      await faulty.close();
      expect(await append).toMatchObject({ code: 'ledger.unavailable', reason: 'closed', outcome: 'unknown' });
    });

    it('closed while the server answers no handshake: at once, too', async () => {
      const silent = createServer().listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const dead = createRedisLedger({ url: `redis://u:p@127.0.0.1:${port}`, macKeys, commandTimeoutMs: 60_000 });
      const head = rejection(dead.head(decisionId));
      await once(silent, 'connection');
      await dead.close();
      expect(await head).toMatchObject({ code: 'ledger.unavailable', reason: 'closed', outcome: 'not_stored' });
      silent.close();
    });

    it('an answer that came while this process was busy counts, however late it is read', async () => {
      const hasty = createRedisLedger({ url: server.url, macKeys, commandTimeoutMs: 400 });
      await expect.poll(() => hasty.head(decisionId).catch(() => undefined)).toBeDefined();
      await admin.call('CLIENT', 'PAUSE', '450', 'ALL');
      const head = hasty.head(decisionId);
      // The question leaves; its answer comes while nobody can read it, and is there before the timer is looked at.
      await new Promise((resolve) => setImmediate(resolve));
      const end = performance.now() + 600;
      while (performance.now() < end);
      expect(await head).toEqual(EMPTY);
      await hasty.close();
    });

    it('while the server is known to be away nobody waits for another attempt to connect', async () => {
      let attempts = 0;
      const closing = createServer((socket) => {
        attempts += 1;
        socket.destroy();
      }).listen(0, '127.0.0.1');
      await once(closing, 'listening');
      const { port } = closing.address() as AddressInfo;
      const dead = createRedisLedger({ url: `redis://u:p@127.0.0.1:${port}`, macKeys });
      await rejection(dead.head(decisionId));
      const before = attempts;
      const told = await Promise.all([1, 2, 3].map(() => rejection(dead.head(decisionId))));
      expect(attempts).toBe(before);
      expect(told).toMatchObject(Array(3).fill({ code: 'ledger.unavailable', reason: 'unreachable' }));
      // It goes on trying all the same.
      await expect.poll(() => attempts).toBeGreaterThan(before);
      await dead.close();
      closing.close();
    });

    describe('an archiving', () => {
      let faultyArchivist: Archivist;
      let document: Digest;
      let batches: readonly StoredBatch[];
      let head: Head;
      let reading: Ledger & LedgerCopy;

      beforeEach(async () => {
        batches = [await standing('open', 2), await standing('route')];
        const archive = createMemoryStore();
        reading = createRedisLedger({ url: server.url, macKeys, archive });
        document = await archive.put(chainDocument(decisionId, await reading.readSealed(decisionId)));
        head = await reading.head(decisionId);
        const url = new URL(server.archivistUrl);
        url.port = String(proxy.port);
        faultyArchivist = createRedisArchivist({ url: url.href, macKeys, commandTimeoutMs: 500 });
        // So that the server knows the script, and what is cut is what does it.
        await expectCode(faultyArchivist.replace(`${decisionId}.none`, head, document), 'ledger.moved');
      });

      afterEach(async () => {
        await faultyArchivist.close();
        await reading.close();
      });

      it.each([
        ['before', 'stream', 'archived'],
        ['after', 'hash', 'stands'],
        ['silence', 'hash', 'stands'],
      ] as const)('cut with %s leaves a %s, and is repeated', async (where, kind, repeated) => {
        proxy.cutNext(where, 'EVALSHA');
        const lost = { code: 'ledger.unavailable', outcome: 'unknown' };
        await expect(faultyArchivist.replace(decisionId, head, document)).rejects.toMatchObject(lost);
        await expect.poll(() => admin.type(chainKey(decisionId))).toBe(kind);
        expect(await reading.read(decisionId)).toEqual(batches);
        // At once it is told that the server is known to be away.
        const again = () => faultyArchivist.replace(decisionId, head, document).catch(({ code }) => code);
        await expect.poll(again).toBe(repeated);
        expect(await reading.read(decisionId)).toEqual(batches);
      });

      it('stands after the server was killed, and reads the same', async () => {
        await faultyArchivist.replace(decisionId, head, document);
        const { port, credentials } = server;
        admin.disconnect();
        await server.kill();
        server = await startValkey({ dataDir, port, credentials });
        admin = new Redis(server.adminUrl);
        await restrictUser();
        expect(await admin.type(chainKey(decisionId))).toBe('hash');
        await expect.poll(() => reading.read(decisionId).catch(() => undefined)).toEqual(batches);
      });

      it('is refused by a server that would not keep it', async () => {
        await admin.config('SET', 'appendfsync', 'everysec');
        try {
          const other = createRedisArchivist({ url: server.archivistUrl, macKeys });
          await expectCode(other.replace(decisionId, head, document), 'ledger.durability');
          await other.close();
        } finally {
          await admin.config('SET', 'appendfsync', 'always');
        }
        expect(await admin.type(chainKey(decisionId))).toBe('stream');
      });

      // shows: R4
      it('is beyond the rights of a worker', async () => {
        const asWorker = createRedisArchivist({ url: server.url, macKeys });
        await expectCode(asWorker.replace(decisionId, head, document), 'ledger.permissions');
        expect(await admin.type(chainKey(decisionId))).toBe('stream');
        await asWorker.close();
      });

      it.each<[string, (redis: Redis) => Promise<unknown>]>([
        ['add an event', (redis) => redis.call('XADD', chainKey(decisionId), '9-0', 'e', 'x')],
        ['take a registry away', (redis) => redis.call('UNLINK', registryKey('policy'))],
        ['read the index', (redis) => redis.call('SMEMBERS', 'cs:decisions:0')],
        ['flush', (redis) => redis.call('FLUSHALL')],
        ['change a setting', (redis) => redis.call('CONFIG', 'SET', 'appendfsync', 'no')],
      ])('has a user that may not %s', async (_, call) => {
        const insider = new Redis(server.archivistUrl);
        await expect(call(insider)).rejects.toThrow(/NOPERM/);
        insider.disconnect();
      });
    });

    it('binding failed and is not stored', async () => {
      await faulty.bindings('warm');
      proxy.cutNext('before', 'HSETNX');
      const lost = { code: 'ledger.unavailable', outcome: 'unknown' };
      await expect(faulty.bind('faults', decisionId, 'one')).rejects.toMatchObject(lost);
      expect((await ledger.bindings('faults')).has(decisionId)).toBe(false);
      expect(await faulty.bind('faults', decisionId, 'one')).toEqual({ bound: true, value: 'one' });
    });

    it('binding failed but is stored', async () => {
      await faulty.bindings('warm');
      proxy.cutNext('after', 'HSETNX');
      const lost = { code: 'ledger.unavailable', outcome: 'unknown' };
      await expect(faulty.bind('faults', decisionId, 'one')).rejects.toMatchObject(lost);
      await expect.poll(async () => (await ledger.bindings('faults')).get(decisionId)).toBe('one');
      expect(await faulty.bind('faults', decisionId, 'one')).toEqual({ bound: false, value: 'one' });
    });

    it('a cut between two calls costs the second nothing', async () => {
      const batch = makeBatch(decisionId, EMPTY, 'open');
      await faulty.append(decisionId, EMPTY, batch);
      proxy.cutAll();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await faulty.read(decisionId)).toEqual([batch]);
    });
  });

  describe('a server that cannot confirm', () => {
    // shows: R13
    it('everysec is refused before anything is written', async () => {
      await withSetting('appendfsync', 'everysec', async () => {
        const batch = makeBatch(decisionId, EMPTY, 'open');
        await expect(ledger.append(decisionId, EMPTY, batch)).rejects.toMatchObject({
          code: 'ledger.durability',
          outcome: 'not_stored',
          expected: 'appendfsync always',
          got: 'appendfsync everysec',
        });
        await expectCode(ledger.bind('registry', decisionId, 'value'), 'ledger.durability');
        expect(await admin.exists(chainKey(decisionId))).toBe(0);
      });
      await standing();
    });

    // shows: R13
    it('a change to everysec under an open connection is not confirmed, and ends the appends', async () => {
      const first = await standing();
      const second = makeBatch(decisionId, headAfter(first), 'route');
      await withSetting('appendfsync', 'everysec', async () => {
        const append = () => ledger.append(decisionId, headAfter(first), second);
        await expect(append()).rejects.toMatchObject({ code: 'ledger.durability', outcome: 'unknown' });
        await expect(append()).rejects.toMatchObject({ code: 'ledger.durability', outcome: 'not_stored' });
      });
      expect(await ledger.append(decisionId, headAfter(first), second)).toMatchObject({ outcome: 'exists' });
    });

    it.each([
      ['maxmemory-policy', 'allkeys-lru'],
      ['no-appendfsync-on-rewrite', 'yes'],
      ['appendonly', 'no'],
    ])('%s %s is refused', async (name, value) => {
      await withSetting(name, value, async () => {
        const append = ledger.append(decisionId, EMPTY, makeBatch(decisionId, EMPTY, 'open'));
        await expect(append).rejects.toMatchObject({ code: 'ledger.durability', got: `${name} ${value}` });
        const health = await ledger.check();
        expect(health.ok).toBe(false);
        expect(health.checks).toContainEqual({
          ...{ name, ok: false, code: 'ledger.durability' },
          ...{ expected: expect.any(String), got: value },
        });
      });
    });

    it('out of memory: a typed error, and nothing half written', async () => {
      const first = await standing();
      const next = makeBatch(decisionId, headAfter(first), 'route', { count: 5 });
      await withSetting('maxmemory', '1', async () => {
        await expect(ledger.append(decisionId, headAfter(first), next)).rejects.toMatchObject({
          ...{ code: 'ledger.unavailable', reason: 'out_of_memory', outcome: 'not_stored' },
        });
        await expect(ledger.bind('registry', decisionId, 'value')).rejects.toMatchObject({ reason: 'out_of_memory' });
        expect(await ledger.read(decisionId)).toEqual([first]);
      });
      expect(await ledger.append(decisionId, headAfter(first), next)).toMatchObject({ outcome: 'appended' });
    });

    it('a replica: a typed error, and nothing half written', async () => {
      const first = await standing();
      const next = makeBatch(decisionId, headAfter(first), 'route', { count: 5 });
      await admin.call('REPLICAOF', '127.0.0.1', '1');
      try {
        await expect(ledger.append(decisionId, headAfter(first), next)).rejects.toMatchObject({
          ...{ code: 'ledger.unavailable', reason: 'read_only', outcome: 'not_stored' },
        });
        expect((await ledger.check()).checks).toContainEqual(expect.objectContaining({ name: 'role', ok: false }));
      } finally {
        await admin.call('REPLICAOF', 'NO', 'ONE');
      }
      expect(await ledger.read(decisionId)).toEqual([first]);
    });

    it('a server held up by a script: a typed error', async () => {
      const first = await standing();
      const blocker = new Redis(server.adminUrl);
      await withSetting('busy-reply-threshold', '50', async () => {
        const blocked = blocker.eval('while true do end', 0).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 300));
        try {
          const next = makeBatch(decisionId, headAfter(first), 'route');
          const append = ledger.append(decisionId, headAfter(first), next);
          await expect(append).rejects.toMatchObject({ code: 'ledger.unavailable', reason: 'busy' });
        } finally {
          await admin.call('SCRIPT', 'KILL');
          await blocked;
          blocker.disconnect();
        }
      });
    });

    it('a server that has stopped answering: unknown within the timeout', async () => {
      const first = await standing();
      await admin.call('CLIENT', 'PAUSE', '2500', 'ALL');
      const next = makeBatch(decisionId, headAfter(first), 'route');
      const append = ledger.append(decisionId, headAfter(first), next);
      await expect(append).rejects.toMatchObject({ code: 'ledger.unavailable', outcome: 'unknown' });
      await admin.ping();
      expect(await ledger.append(decisionId, headAfter(first), next)).toMatchObject({
        outcome: expect.stringMatching(/^(appended|exists)$/),
      });
      expect(await ledger.read(decisionId)).toEqual([first, next]);
    });

    it('no server at all: a typed error, at once', async () => {
      const dead = createRedisLedger({ url: 'redis://countersign:hidden-word@127.0.0.1:1', macKeys });
      const calls = [
        dead.append(decisionId, EMPTY, makeBatch(decisionId, EMPTY, 'open')),
        dead.read(decisionId),
        dead.check(),
      ];
      for (const call of calls) {
        const error = await rejection(call);
        expect(error).toMatchObject({ code: 'ledger.unavailable', reason: 'unreachable', outcome: 'not_stored' });
        expect(everythingIn(error)).not.toContain('hidden-word');
      }
      await dead.close();
    });

    it.each([
      ['LOADING', 'ledger.unavailable', 'loading'],
      ['MISCONF', 'ledger.unavailable', 'disk'],
      ['NOREPLICAS', 'ledger.unavailable', 'too_few_replicas'],
      ['CLUSTERDOWN', 'ledger.unavailable', 'cluster'],
      ['MOVED', 'ledger.unavailable', 'cluster'],
      ['ERR', 'ledger.unavailable', 'refused'],
      ['NOAUTH', 'ledger.permissions', undefined],
    ])('a server that answers %s: %s', async (word, code, reason) => {
      const fake = await startFakeRedis((command) =>
        command === 'EVALSHA' ? `-${word} a secret argument` : healthy(command),
      );
      const faulty = createRedisLedger({ url: `redis://127.0.0.1:${fake.port}`, macKeys });
      const error = await rejection(faulty.append(decisionId, EMPTY, makeBatch(decisionId, EMPTY, 'open')));
      expect(error).toMatchObject({ code, reason, outcome: 'not_stored' });
      expect(everythingIn(error)).not.toContain('secret');
      await faulty.close();
      await fake.close();
    });

    it('a server that is still loading is not written to', async () => {
      const commands: string[] = [];
      const fake = await startFakeRedis((command) => {
        commands.push(command);
        return command === 'INFO' ? bulk('loading:1\r\nrole:master\r\n') : healthy(command);
      });
      const early = createRedisLedger({ url: `redis://127.0.0.1:${fake.port}`, macKeys });
      const append = early.append(decisionId, EMPTY, makeBatch(decisionId, EMPTY, 'open'));
      await expect(append).rejects.toMatchObject({
        code: 'ledger.unavailable',
        reason: 'loading',
        outcome: 'not_stored',
      });
      expect(commands).toEqual(['CONFIG', 'INFO']);
      await early.close();
      await fake.close();
    });

    it('an answer that the append script never gives is no confirmation', async () => {
      const fake = await startFakeRedis((command) => (command === 'EVALSHA' ? bulk('OK') : healthy(command)));
      const faulty = createRedisLedger({ url: `redis://127.0.0.1:${fake.port}`, macKeys });
      const append = faulty.append(decisionId, EMPTY, makeBatch(decisionId, EMPTY, 'open'));
      await expect(append).rejects.toMatchObject({ code: 'ledger.unavailable', outcome: 'unknown' });
      await faulty.close();
      await fake.close();
    });

    it('a first append whose index entry failed alone is not confirmed', async () => {
      const fake = await startFakeRedis((command) => (command === 'SADD' ? '-ERR no' : healthy(command)));
      const faulty = createRedisLedger({ url: `redis://127.0.0.1:${fake.port}`, macKeys });
      const append = faulty.append(decisionId, EMPTY, makeBatch(decisionId, EMPTY, 'open'));
      await expect(append).rejects.toMatchObject({ code: 'ledger.unavailable', outcome: 'unknown' });
      await faulty.close();
      await fake.close();
    });

    it('an append that lost its script to SCRIPT FLUSH brings it again', async () => {
      const first = await standing();
      await admin.script('FLUSH');
      const next = makeBatch(decisionId, headAfter(first), 'route');
      expect(await ledger.append(decisionId, headAfter(first), next)).toMatchObject({ outcome: 'appended' });
      expect(await ledger.read(decisionId)).toEqual([first, next]);
    });
  });

  describe('permissions', () => {
    it('the ledger’s user is healthy, item by item', async () => {
      const health = await ledger.check();
      expect(health.checks.filter(({ ok }) => !ok)).toEqual([]);
      expect(health.ok).toBe(true);
      const names = health.checks.map(({ name }) => name);
      const wanted = [
        'appendfsync',
        'maxmemory-policy',
        'may XADD',
        'may not DEL',
        'may not XTRIM',
        'may not FLUSHALL',
      ];
      expect(names).toEqual(expect.arrayContaining(wanted));
      expect(() => requireHealthy(health)).not.toThrow();
    });

    // shows: R4
    it.each([
      ['DEL', (key: string) => [key]],
      ['UNLINK', (key: string) => [key]],
      ['XDEL', (key: string) => [key, '1-0']],
      ['XTRIM', (key: string) => [key, 'MAXLEN', '0']],
      ['XSETID', (key: string) => [key, '0-0']],
      ['SET', (key: string) => [key, 'x']],
      ['RENAME', (key: string) => [key, `${key}x`]],
      ['EXPIRE', (key: string) => [key, '1']],
      ['FLUSHALL', () => []],
      ['FLUSHDB', () => []],
      ['CONFIG', () => ['SET', 'appendfsync', 'no']],
    ])('the server refuses %s to it, also inside a script', async (command, args) => {
      const batch = await standing();
      const user = new Redis(server.url);
      const key = chainKey(decisionId);
      try {
        await expect(user.call(command, ...args(key))).rejects.toThrow(/NOPERM/);
        const script = 'return redis.call(unpack(ARGV))';
        await expect(user.eval(script, 1, key, command, ...args(key))).rejects.toThrow(/permissions|not allowed/i);
        await expect(user.set('outside', 'x')).rejects.toThrow(/NOPERM/);
      } finally {
        user.disconnect();
      }
      expect(await ledger.read(decisionId)).toEqual([batch]);
    });

    it('a user who may do everything is unhealthy, and the error brings the rules', async () => {
      const mighty = createRedisLedger({ url: server.adminUrl, macKeys });
      const health = await mighty.check();
      await mighty.close();
      expect(health.ok).toBe(false);
      expect(health.checks).toContainEqual({
        ...{ name: 'may not DEL', ok: false, code: 'ledger.permissions', got: 'allowed' },
        expected: `ACL SETUSER admin reset on >PASSWORD ${LEDGER_ACL_RULES}`,
      });
      expect(() => requireHealthy(health)).toThrow(expect.objectContaining({ code: 'ledger.permissions' }));
    });

    it.each([['+xtrim'], ['+xdel'], ['+del'], ['+config|set'], ['+hset'], ['~*'], ['-xadd'], ['-hsetnx']])(
      'the rules with %s are unhealthy',
      async (rule) => {
        await admin.call('ACL', 'SETUSER', 'countersign', rule);
        try {
          expect((await ledger.check()).ok).toBe(false);
        } finally {
          await restrictUser();
        }
        expect((await ledger.check()).ok).toBe(true);
      },
    );

    it('a user who may not append gets the rules in his error', async () => {
      const first = await standing();
      await admin.call('ACL', 'SETUSER', 'countersign', '-evalsha');
      try {
        const append = ledger.append(decisionId, headAfter(first), makeBatch(decisionId, headAfter(first), 'route'));
        await expect(append).rejects.toMatchObject({
          code: 'ledger.permissions',
          expected: expect.stringContaining(LEDGER_ACL_RULES),
        });
      } finally {
        await restrictUser();
      }
    });

    it('a script stopped at its first write has written nothing', async () => {
      const first = await standing();
      await admin.call('ACL', 'SETUSER', 'countersign', '-xadd');
      try {
        const next = makeBatch(decisionId, headAfter(first), 'route', { count: 3 });
        const error = await rejection(ledger.append(decisionId, headAfter(first), next));
        expect(error).toMatchObject({ code: 'ledger.permissions', outcome: 'not_stored' });
      } finally {
        await restrictUser();
      }
      expect(await ledger.read(decisionId)).toEqual([first]);
    });

    it('a wrong password: a typed error that holds no password', async () => {
      const url = new URL(server.url);
      url.password = 'not-the-password';
      const stranger = createRedisLedger({ url: url.href, macKeys });
      const error = await rejection(stranger.head(decisionId));
      expect(error).toMatchObject({ code: 'ledger.permissions', got: 'WRONGPASS' });
      expect(everythingIn(error)).not.toContain('not-the-password');
      expect(everythingIn(stranger)).not.toContain('a1, a1'); // Nor does the ledger, when printed, show its key.
      await stranger.close();
    });
  });

  describe('a server of its own', () => {
    let ownDir: string;
    let own: ValkeyServer | undefined;

    beforeEach(async () => {
      ownDir = await mkdtemp(join(tmpdir(), 'countersign-ledger-own-'));
    });

    afterEach(async () => {
      await own?.stop();
      await rm(ownDir, { recursive: true, force: true });
    });

    it('has every acknowledged event after it was killed and started again', async () => {
      own = await startValkey({ dataDir: ownDir });
      const { port, credentials } = own;
      const restrict = async (url: string): Promise<void> => {
        const owner = new Redis(url);
        await owner.call('ACL', 'SETUSER', 'countersign', ...LEDGER_ACL_RULES.split(' '));
        owner.disconnect();
      };
      await restrict(own.adminUrl);
      const patient = createRedisLedger({ url: own.url, macKeys });
      try {
        let head = EMPTY;
        const acknowledged: StoredBatch[] = [];
        for (let index = 0; index < 40; index += 1) {
          const batch = makeBatch(decisionId, head, `command-${index}`, { count: 3 });
          await patient.append(decisionId, head, batch);
          acknowledged.push(batch);
          head = headAfter(batch);
        }
        await own.kill();
        const gone = await rejection(patient.append(decisionId, head, makeBatch(decisionId, head, 'gone')));
        expect(gone).toMatchObject({ code: 'ledger.unavailable' });

        own = await startValkey({ dataDir: ownDir, port, credentials });
        await restrict(own.adminUrl);
        await expect.poll(() => patient.read(decisionId).catch(() => []), { timeout: 5_000 }).toEqual(acknowledged);
        const after = makeBatch(decisionId, head, 'after');
        expect(await patient.append(decisionId, head, after)).toMatchObject({ outcome: 'appended' });
      } finally {
        await patient.close();
      }
    }, 30_000);
  });

  it.each([0, -1, 1.5, Number.NaN])('a command timeout of %s ms is refused', (commandTimeoutMs) => {
    expect(() => createRedisLedger({ url: server.url, macKeys, commandTimeoutMs })).toThrow(
      expect.objectContaining({ code: 'ledger.configuration', path: '$.commandTimeoutMs' }),
    );
  });

  it('copies the options of a given client, and leaves that client alone', async () => {
    const client = new Redis(server.url, { keyPrefix: 'app:', lazyConnect: true });
    const copied = createRedisLedger({ redis: client, macKeys });
    await copied.append(decisionId, EMPTY, makeBatch(decisionId, EMPTY, 'open'));
    expect(await ledger.head(decisionId)).toMatchObject({ sequence: 1 });
    await copied.close();
    expect(client.status).toBe('wait');
    client.disconnect();
  });
});

async function withSetting(name: string, value: string, during: () => Promise<void>): Promise<void> {
  const [, before] = (await admin.config('GET', name)) as string[];
  await admin.config('SET', name, value);
  try {
    await during();
  } finally {
    await admin.config('SET', name, String(before));
  }
}

async function rejection(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable('the call was expected to reject'),
    (error: unknown) => error,
  );
}

/** What a careless log line could show. */
function everythingIn(value: unknown): string {
  return inspect(value, { depth: 20, showHidden: true });
}
