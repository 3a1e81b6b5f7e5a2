import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestBytes } from '../../core/canon/index.ts';
import { checkDirectoryStore, createDirectoryStore } from '../../store/index.ts';
import { all, expectCode, MAX_BYTES, testDocumentStoreContract } from './contract.ts';

const place = (digest: string) => join(digest.slice(7, 9), digest.slice(7));

testDocumentStoreContract('directory', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'countersign-store-'));
  const directory = join(parent, 'documents');
  return {
    open: () => createDirectoryStore({ directory, maxBytes: MAX_BYTES }),
    tamper: (digest, bytes) => writeFile(join(directory, place(digest)), bytes),
    dispose: () => rm(parent, { recursive: true, force: true }),
  };
});

describe('the directory store', () => {
  let parent: string;
  let directory: string;
  const document = Buffer.from('evidence');
  const digest = digestBytes(document);
  const path = () => join(directory, place(digest));

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'countersign-store-'));
    directory = join(parent, 'a', 'b', 'documents');
  });

  afterEach(() => rm(parent, { recursive: true, force: true }));

  it('lists nothing but documents, whatever else lies in its folder', async () => {
    await createDirectoryStore({ directory }).put(document);
    const other = digest.startsWith('sha256:aa') ? 'bb' : 'aa';
    await mkdir(join(directory, 'disclosures'));
    await mkdir(join(directory, other), { recursive: true });
    for (const name of ['x', digest.slice(7), `${other}${'0'.repeat(61)}`]) {
      await writeFile(join(directory, other, name), '');
    }
    expect(await all(createDirectoryStore({ directory }).list())).toEqual([digest]);
  });

  it('is tried by a draft that is written, read and removed', async () => {
    await checkDirectoryStore({ directory });
    expect(await readdir(join(directory, '.drafts'))).toEqual([]);
    await rm(join(directory, '.drafts'), { recursive: true });
    await writeFile(join(directory, '.drafts'), '');
    await expect(checkDirectoryStore({ directory })).rejects.toMatchObject({ code: 'store.not_a_file' });
  });

  it('keeps a document as aa/<64 hex digits>, for its owner alone', async () => {
    await createDirectoryStore({ directory }).put(document);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    for (const folder of [directory, join(directory, digest.slice(7, 9)), join(directory, '.drafts')]) {
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
    expect(await readdir(join(directory, '.drafts'))).toEqual([]);
  });

  it('never reads what a crash left among the drafts', async () => {
    const store = createDirectoryStore({ directory });
    await store.put(Buffer.from('another'));
    await writeFile(join(directory, '.drafts', digest.slice(7)), document);
    expect(await store.has(digest)).toBe(false);
    await expectCode(store.get(digest), 'store.not_found');
    await store.put(document);
    expect(await store.get(digest)).toEqual(Uint8Array.from(document));
  });

  it('makes its folders again where somebody took them away', async () => {
    const store = createDirectoryStore({ directory });
    await store.put(document);
    for (const gone of [directory, join(directory, digest.slice(7, 9)), join(directory, '.drafts')]) {
      await rm(gone, { recursive: true });
      await store.put(document);
      expect(await store.get(digest)).toEqual(Uint8Array.from(document));
    }
  });

  it('leaves no draft behind when a put fails', async () => {
    const store = createDirectoryStore({ directory });
    await mkdir(path(), { recursive: true });
    await expectCode(store.put(document), 'store.not_a_file');
    expect(await readdir(join(directory, '.drafts')).catch(() => [])).toEqual([]);
  });

  it('follows no link in the place of a document', async () => {
    const store = createDirectoryStore({ directory });
    await store.put(document);
    await rename(path(), join(parent, 'elsewhere'));
    await symlink(join(parent, 'elsewhere'), path());
    await expectCode(store.get(digest), 'store.not_a_file');
    await expectCode(store.has(digest), 'store.not_a_file');
    await expectCode(store.put(document), 'store.not_a_file');
  });

  it.each([
    ['of a folder of documents', () => join(directory, digest.slice(7, 9))],
    ['of the whole store', () => directory],
  ])('follows no link in the place %s', async (_, folder) => {
    const store = createDirectoryStore({ directory });
    await store.put(document);
    await rename(folder(), join(parent, 'elsewhere'));
    await symlink(join(parent, 'elsewhere'), folder());
    await expectCode(store.get(digest), 'store.not_a_file');
    await expectCode(store.has(digest), 'store.not_a_file');
    await expectCode(store.put(document), 'store.not_a_file');
  });

  it.each([
    ['folder', async () => void (await mkdir(path(), { recursive: true }))],
    [
      'pipe, and does not wait for its writer',
      async () => {
        await mkdir(join(path(), '..'), { recursive: true });
        execFileSync('mkfifo', [path()]);
      },
    ],
  ])('takes no document from a %s', async (_, make) => {
    await make();
    await expectCode(createDirectoryStore({ directory }).get(digest), 'store.not_a_file');
  });

  it('refuses a file where its folder belongs', async () => {
    await writeFile(join(parent, 'file'), '');
    await expectCode(createDirectoryStore({ directory: join(parent, 'file') }).put(document), 'store.not_a_file');
    await expectCode(createDirectoryStore({ directory: join(parent, 'file', 'x') }).put(document), 'store.not_a_file');
  });

  it('says which of the file system’s refusals it met, without naming its own place', async () => {
    // A name too long for the file system: refused to every user, the superuser included.
    const store = createDirectoryStore({ directory: join(parent, 'x'.repeat(300)) });
    const error = await store.put(document).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'store.unavailable', got: 'ENAMETOOLONG' });
    expect(String(error)).not.toContain(parent);
  });

  it('ends in the middle of a put without a document that is not whole', async () => {
    // Killed over and over while it writes; whatever stands under a digest must be that document.
    const script = `
      import { checkDirectoryStore, createDirectoryStore } from ${JSON.stringify(new URL('../../store/index.ts', import.meta.url).href)};
      const store = createDirectoryStore({ directory: process.argv[1] });
      // However slow the machine: one stands whole before it is killed.
      for (let i = 0; ; i += 1) {
        await store.put(new Uint8Array(200_000).fill(i % 251));
        if (i === 0) process.stdout.write('ready');
      }
    `;
    const { spawn } = await import('node:child_process');
    for (const delayMs of [5, 25, 60]) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, directory], { stdio: 'pipe' });
      const ended = new Promise((resolve) => child.once('close', resolve));
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      child.kill('SIGKILL');
      await ended;
    }
    const store = createDirectoryStore({ directory });
    let documents = 0;
    for (const folder of await readdir(directory)) {
      if (folder === '.drafts') continue;
      for (const name of await readdir(join(directory, folder))) {
        await store.get(`sha256:${name}` as typeof digest);
        documents += 1;
      }
    }
    expect(documents).toBeGreaterThan(0);
  });
});
