import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalBytes, type Digest, digestBytes, type JsonObject, toBase64 } from '../../core/canon/index.ts';
import { packRegistryOf } from '../../core/contracts/names.ts';
import {
  chainDocument,
  createMemoryArchivist,
  createMemoryLedger,
  createMemoryStorage,
  EMPTY_HEAD,
  type Head,
  type StoredBatch,
} from '../../ledger/index.ts';
import { backUp, type Holdings, type Manifest, restore } from '../../operation/index.ts';
import { createRegistry, publicationRegistries } from '../../registry/index.ts';
import { createDirectoryStore, createDisclosureStore, createMemoryStore } from '../../store/index.ts';
import { fixtureTrust, T, TENANT } from '../documents/fixtures.ts';
import { headAfter, KEY_A, KEY_B, makeBatch } from '../ledger/chains.ts';
import { endorsedRoster, ROSTER } from '../verifier/fixture-pack.ts';

let folder: string;
let out: string;
let from: Holdings & { readonly storage: ReturnType<typeof createMemoryStorage> };

const now = () => '2026-11-26T12:00:00.000Z';

function holdings(name: string, macKeys = [KEY_A]) {
  const storage = createMemoryStorage();
  const store = createMemoryStore();
  const ledger = createMemoryLedger({ macKeys, storage, archive: store });
  const disclosures = createDisclosureStore({ directory: join(folder, name) });
  return { storage, store, ledger, disclosures, tenant: 'acme' };
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-backup-'));
  out = join(folder, 'backup');
  from = holdings('disclosures');
  await appendTo(from, 'open-1', 'open', 2);
  const closed = await appendTo(from, 'closed-1', 'open', 3);
  await from.ledger.append('closed-1', headAfter(closed), makeBatch('closed-1', headAfter(closed), 'close'));
  const pack = await from.store.put(Buffer.from('a pack'));
  await from.ledger.bind(packRegistryOf('closed-1'), 'closed-1', pack);
  for (const registry of publicationRegistries('acme')) await from.ledger.bind(registry, '1', pack);
  await from.store.put(Buffer.from('evidence'));
  const owner = digestBytes(Buffer.from('a statement'));
  await from.disclosures.putDisclosures('open-1', owner, [
    { salt: toBase64(new Uint8Array(32)), path: '$.summary', value: 'x' },
  ]);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function appendTo({ ledger }: Holdings, decisionId: string, commandId: string, count = 1): Promise<StoredBatch> {
  const batch = makeBatch(decisionId, EMPTY_HEAD, commandId, { count });
  await ledger.append(decisionId, EMPTY_HEAD, batch);
  return batch;
}

const manifestPath = () => join(out, 'manifest.json');
const readManifest = () => JSON.parse(readFileSync(manifestPath(), 'utf8')) as Manifest;
const pathOf = (part: 'chains' | 'documents', digest: string) =>
  join(out, part, digest.slice(7, 9), digest.slice('sha256:'.length));

describe('a backup', () => {
  it('is brought back byte for byte: chains with their seals, bindings, documents, disclosures', async () => {
    const { manifest, digest } = await backUp(from, out, now);
    expect(manifest.decisions.map(({ decision_id, pack }) => [decision_id, pack !== null])).toEqual([
      ['closed-1', true],
      ['open-1', false],
    ]);
    expect(digestBytes(readFileSync(manifestPath()))).toBe(digest);
    // The sealing key was exchanged meanwhile: what was sealed stays sealed by the one before.
    const to = holdings('restored', [KEY_B, KEY_A]);
    await restore(to, out, { manifest: digest });
    expect(to.storage.chains).toEqual(from.storage.chains);
    expect(to.storage.registries).toEqual(from.storage.registries);
    for (const document of manifest.documents) {
      expect(await to.store.get(document as Digest)).toEqual(await from.store.get(document as Digest));
    }
    expect(await to.disclosures.getDisclosures('open-1')).toEqual(await from.disclosures.getDisclosures('open-1'));
  });

  it('is the same whichever order things were written in, and appears whole or not at all', async () => {
    const first = await backUp(from, out, now);
    const second = await backUp(from, join(folder, 'second'), now);
    expect(second.digest).toBe(first.digest);
    await expect(backUp(from, out, now)).rejects.toMatchObject({ code: 'backup.exists' });
    await from.ledger.close();
    await expect(backUp(from, join(folder, 'third'), now)).rejects.toMatchObject({ code: 'ledger.unavailable' });
    expect(existsSync(join(folder, 'third'))).toBe(false);
  });

  it('leaves out what is damaged, says so, and copies everything else', async () => {
    from.storage.chains.get('open-1')?.pop();
    const { manifest } = await backUp(from, out, now);
    expect(manifest.damaged).toEqual([{ what: 'chain', id: 'open-1', code: 'ledger.corrupt' }]);
    expect(manifest.decisions.map(({ decision_id }) => decision_id)).toEqual(['closed-1']);
  });

  // shows: R6
  it('takes a chain for damaged that is gone while its pack is bound', async () => {
    from.storage.chains.set('closed-1', []);
    const { manifest } = await backUp(from, out, now);
    expect(manifest.damaged).toEqual([{ what: 'chain', id: 'closed-1', code: 'ledger.corrupt' }]);
  });

  it('holds the succession of policies and rosters: what was published stays published once', async () => {
    const here = { ...holdings('published'), tenant: TENANT };
    const trust = fixtureTrust();
    const { endorsements } = endorsedRoster(ROSTER, ['k-roster-one', 'k-roster-two', 'k-roster-three']);
    const publish = ({ ledger, store }: Holdings, envelopes: typeof endorsements) =>
      createRegistry({ ledger, store, trust, tenant: TENANT }).publish(
        'roster',
        canonicalBytes(ROSTER),
        envelopes,
        T.requested,
      );
    const first = await publish(here, endorsements.slice(0, 2));
    await backUp(here, out, now);
    const to = { ...holdings('restored'), tenant: TENANT };
    await restore(to, out);
    expect(to.storage.registries).toEqual(here.storage.registries);
    expect(await publish(to, endorsements)).toEqual(first);
  });

  describe('taken while decisions go on', () => {
    /** The same holdings, where something happens in front of one step. */
    function during(
      step: 'sealedBinding' | 'readSealed' | 'sealedBindings',
      happens: () => Promise<unknown>,
    ): Holdings {
      let left = 1;
      const ledger = new Proxy(from.ledger, {
        get: (target, property) => {
          const member = Reflect.get(target, property) as unknown;
          if (typeof member !== 'function') return member;
          return async (...args: unknown[]) => {
            if (
              property === step &&
              (args[0] === 'open-1' || args[1] === 'open-1' || step === 'sealedBindings') &&
              left-- > 0
            ) {
              await happens();
            }
            return (member as (...given: unknown[]) => unknown).apply(target, args);
          };
        },
      });
      const decisions = () => from.ledger.decisions();
      return {
        ...from,
        ledger: new Proxy(ledger, { get: (t, p) => (p === 'decisions' ? decisions : Reflect.get(t, p)) }),
      };
    }

    const closing = async () => {
      const head: Head = await from.ledger.head('open-1');
      await from.ledger.append('open-1', head, makeBatch('open-1', head, 'close'));
      await from.ledger.bind(packRegistryOf('open-1'), 'open-1', await from.store.put(Buffer.from('its pack')));
    };

    it.each(['sealedBinding', 'readSealed', 'sealedBindings'] as const)(
      'names a pack only of a chain that has ended, when one closes at %s',
      async (step) => {
        const { manifest } = await backUp(during(step, closing), out, now);
        const open = manifest.decisions.find(({ decision_id }) => decision_id === 'open-1');
        expect(open?.pack === null || open?.head.sequence === 3).toBe(true);
      },
    );

    it.each(['sealedBinding', 'readSealed'] as const)(
      'has every document and publication that a copied chain names, when they come at %s',
      async (step) => {
        const named = digestBytes(Buffer.from('named'));
        const [registry = ''] = publicationRegistries('acme');
        const recording = async () => {
          await from.store.put(Buffer.from('named'));
          await from.ledger.bind(registry, '2', named);
          const head = await from.ledger.head('open-1');
          await from.ledger.append('open-1', head, makeBatch('open-1', head, 'record', { note: named }));
        };
        const { manifest } = await backUp(during(step, recording), out, now);
        const open = manifest.decisions.find(({ decision_id }) => decision_id === 'open-1');
        expect(open?.head.sequence).toBe(3);
        expect(manifest.documents).toContain(named);
        expect(manifest.bindings.filter((binding) => binding.registry === registry)).toHaveLength(2);
      },
    );
  });
});

describe.each<[string, string, () => Promise<unknown>]>([
  ['lost an event', 'ledger.corrupt', async () => from.storage.chains.get('closed-1')?.shift()],
  ['is gone', 'ledger.corrupt', async () => from.storage.chains.set('closed-1', [])],
  [
    'was archived, and its document is away',
    'ledger.archive',
    async () => {
      const { storage, store, ledger } = from;
      const document = await store.put(chainDocument('closed-1', await ledger.readSealed('closed-1')));
      const archivist = createMemoryArchivist({ macKeys: [KEY_A], storage });
      await archivist.replace('closed-1', await ledger.head('closed-1'), document);
      from = { ...from, ledger: createMemoryLedger({ macKeys: [KEY_A], storage, archive: createMemoryStore() }) };
    },
  ],
])('a backup of a closed decision whose chain %s', (_, code, damage) => {
  let to: ReturnType<typeof holdings>;

  beforeEach(async () => {
    await damage();
    await backUp(from, out, now);
    to = holdings('restored');
  });

  it('is restored only where an operator goes without it, and each is named', async () => {
    await expect(restore(to, out)).rejects.toMatchObject({ code: 'restore.incomplete', got: `closed-1 (${code})` });
    expect(to.storage).toEqual(createMemoryStorage());
    const { damaged } = await restore(to, out, { withoutDamaged: true });
    expect(damaged).toEqual([{ what: 'chain', id: 'closed-1', code }]);
    expect(to.storage.chains.get('open-1')).toEqual(from.storage.chains.get('open-1'));
  });

  it('leaves nothing to begin anew, and the name of its pack', async () => {
    await restore(to, out, { withoutDamaged: true });
    const again = makeBatch('closed-1', EMPTY_HEAD, 'open', { note: 'another' });
    await expect(to.ledger.append('closed-1', EMPTY_HEAD, again)).rejects.toMatchObject({ code: 'ledger.corrupt' });
    await expect(to.ledger.read('closed-1')).rejects.toMatchObject({ code: 'ledger.corrupt' });
    const pack = await from.ledger.binding(packRegistryOf('closed-1'), 'closed-1');
    expect(pack).toBeDefined();
    expect(await to.ledger.binding(packRegistryOf('closed-1'), 'closed-1')).toBe(pack);
  });

  it('is told again by the next backup, after which it cannot be begun anew either', async () => {
    await restore(to, out, { withoutDamaged: true });
    const { manifest } = await backUp(to, join(folder, 'next'), now);
    expect(manifest.damaged).toEqual([{ what: 'chain', id: 'closed-1', code: 'ledger.corrupt' }]);
    await expect(restore(holdings('third'), join(folder, 'next'))).rejects.toMatchObject({
      code: 'restore.incomplete',
    });
  });
});

describe('nothing is restored', () => {
  let to: ReturnType<typeof holdings>;

  beforeEach(async () => {
    await backUp(from, out, now);
    to = holdings('restored');
  });

  const expectRefused = async (code: string) => {
    await expect(restore(to, out)).rejects.toMatchObject({ code });
    expect([...to.storage.chains]).toEqual([]);
    expect([...to.storage.registries]).toEqual([]);
    for await (const document of to.store.list()) throw new Error(`${document} was written`);
  };

  it('into a ledger that holds a decision, or a publication', async () => {
    await appendTo(to, 'other', 'open');
    await expect(restore(to, out)).rejects.toMatchObject({ code: 'restore.not_empty' });
    for (const [index, registry] of publicationRegistries('acme').entries()) {
      to = holdings(`another-${index}`);
      await to.ledger.bind(registry, '1', 'x');
      await expect(restore(to, out)).rejects.toMatchObject({ code: 'restore.not_empty' });
    }
  });

  it('of another backup, another tenant, or none', async () => {
    const other = digestBytes(Buffer.from('other'));
    await expect(restore(to, out, { manifest: other })).rejects.toMatchObject({ code: 'backup.manifest' });
    await expect(restore({ ...to, tenant: 'other' }, out)).rejects.toMatchObject({ code: 'backup.manifest' });
    await expect(restore(to, folder)).rejects.toMatchObject({ code: 'backup.manifest', got: 'ENOENT' });
  });

  it.each<[string, (manifest: Manifest) => void]>([
    ['a chain is missing', ({ decisions }) => rmSync(pathOf('chains', decisions[0]?.chain ?? ''))],
    ['a chain has another byte', ({ decisions }) => flip(pathOf('chains', decisions[0]?.chain ?? ''))],
    ['a document is missing', ({ documents }) => rmSync(pathOf('documents', documents[0] ?? ''))],
    ['a document has another byte', ({ documents }) => flip(pathOf('documents', documents[0] ?? ''))],
    ['a disclosure is missing', () => rmSync(join(out, 'disclosures'), { recursive: true })],
    [
      'a disclosure is another',
      () => {
        const [name = ''] = readdirSync(join(out, 'disclosures')).filter((one) => one !== '.drafts');
        const [file = ''] = readdirSync(join(out, 'disclosures', name));
        const path = join(out, 'disclosures', name, file);
        writeFileSync(path, readFileSync(path, 'utf8').replace('"x"', '"y"'));
      },
    ],
  ])('where %s', async (_, damage) => {
    damage(readManifest());
    await expectRefused('backup.damaged');
  });

  it.each<[string, (manifest: Manifest) => Manifest]>([
    [
      'a binding has another seal',
      (m) => ({ ...m, bindings: m.bindings.map((one) => ({ ...one, stored: `${'0'.repeat(64)} x` })) }),
    ],
    [
      'a pack is the one of another decision',
      (m) => ({ ...m, decisions: m.decisions.map((one) => ({ ...one, pack: m.decisions[0]?.pack ?? null })) }),
    ],
    [
      'a head is another',
      (m) => ({ ...m, decisions: m.decisions.map((one) => ({ ...one, head: { ...one.head, sequence: 1 } })) }),
    ],
    [
      'a chain is the one of another decision',
      (m) => ({
        ...m,
        decisions: m.decisions.map((one) => ({
          ...one,
          chain: m.decisions[0]?.chain ?? '',
          head: m.decisions[0]?.head ?? one.head,
        })),
      }),
    ],
  ])('where the manifest was written anew and %s', async (_, change) => {
    writeFileSync(manifestPath(), canonicalBytes(change(readManifest()) as unknown as JsonObject));
    await expectRefused('backup.damaged');
  });

  it('where a chain was written anew under a seal that no key verifies', async () => {
    const manifest = readManifest();
    const standing = await from.ledger.readSealed('open-1');
    const forged = standing.map((batch) => ({ ...batch, seal: '0'.repeat(64) }));
    const chains = createDirectoryStore({ directory: join(out, 'chains') });
    const chain = await chains.put(chainDocument('open-1', forged));
    const decisions = manifest.decisions.map((one) => (one.decision_id === 'open-1' ? { ...one, chain } : one));
    writeFileSync(manifestPath(), canonicalBytes({ ...manifest, decisions } as unknown as JsonObject));
    await expectRefused('backup.damaged');
  });

  it('under a key that sealed none of it', async () => {
    to = holdings('another', [KEY_B]);
    await expectRefused('backup.damaged');
  });
});

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 2] = (bytes[bytes.length - 2] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}
