import { mkdtemp, readdir, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Digest, type Disclosure, digestBytes } from '../../core/canon/index.ts';
import { createDisclosureStore, type DisclosureStore } from '../../store/index.ts';
import { expectCode } from './contract.ts';

const statement = digestBytes(Buffer.from('statement'));
const evidence = digestBytes(Buffer.from('evidence'));

function disclosure(path: string, value: string, salt = 7): Disclosure {
  return { salt: Buffer.alloc(32, salt).toString('base64'), path, value };
}

const reason = disclosure('$.reason', 'the canary was quiet');
const contact = disclosure('$.contact', 'someone@example.test');
const summary = disclosure('$.summary', 'a summary');

describe('the disclosure store', () => {
  let parent: string;
  let directory: string;
  let store: DisclosureStore;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'countersign-disclosures-'));
    directory = join(parent, 'disclosures');
    store = createDisclosureStore({ directory });
  });

  afterEach(() => rm(parent, { recursive: true, force: true }));

  const standing = async (decisionId = 'decision') => Object.fromEntries(await store.getDisclosures(decisionId));

  async function filesOf(): Promise<string[]> {
    const folders = (await readdir(directory)).filter((name) => name !== '.drafts');
    return (
      await Promise.all(
        folders.map(async (folder) =>
          (await readdir(join(directory, folder))).map((name) => join(directory, folder, name)),
        ),
      )
    ).flat();
  }

  it('gives back what was put, by owner', async () => {
    await store.putDisclosures('decision', statement, [reason, contact]);
    await store.putDisclosures('decision', evidence, [summary]);
    expect(await standing()).toEqual({ [statement]: [reason, contact], [evidence]: [summary] });
  });

  it('adds to what stands, and adds nothing twice', async () => {
    await store.putDisclosures('decision', statement, [reason]);
    await store.putDisclosures('decision', statement, [reason]);
    await store.putDisclosures('decision', statement, [contact, reason]);
    const found = (await standing())[statement];
    expect(found).toHaveLength(2);
    expect(found).toEqual(expect.arrayContaining([reason, contact]));
  });

  it('keeps decisions apart, whatever their ids are', async () => {
    for (const id of ['decision', 'DECISION', '..', '../decision', '', 'a/b']) {
      await store.putDisclosures(id, statement, [disclosure('$.id', id)]);
    }
    expect(await standing('..')).toEqual({ [statement]: [disclosure('$.id', '..')] });
    expect(await standing('DECISION')).toEqual({ [statement]: [disclosure('$.id', 'DECISION')] });
    expect(await readdir(parent)).toEqual(['disclosures']);
    expect(await standing('unknown')).toEqual({});
  });

  it('takes nothing for nothing', async () => {
    await store.putDisclosures('decision', statement, []);
    expect(await standing()).toEqual({});
  });

  it('takes puts at once', async () => {
    const many = Array.from({ length: 30 }, (_, index) => disclosure(`$.field_${index}`, 'text'));
    await Promise.all(many.map((one) => store.putDisclosures('decision', statement, [one])));
    expect((await standing())[statement]).toHaveLength(30);
  });

  describe('removal', () => {
    it('takes away exactly what was named, also from the disk', async () => {
      await store.putDisclosures('decision', statement, [reason, contact]);
      await store.putDisclosures('decision', statement, [contact]);
      await store.putDisclosures('decision', evidence, [summary]);
      expect(await store.removeDisclosures('decision', (_, { path }) => path === '$.contact')).toBe(1);
      expect(await standing()).toEqual({ [statement]: [reason], [evidence]: [summary] });
      for (const file of await filesOf()) expect(await readFile(file, 'utf8')).not.toContain('someone@example.test');
    });

    it('tells owners apart', async () => {
      await store.putDisclosures('decision', statement, [reason]);
      await store.putDisclosures('decision', evidence, [reason]);
      expect(await store.removeDisclosures('decision', (owner) => owner === evidence)).toBe(1);
      expect(await standing()).toEqual({ [statement]: [reason] });
    });

    it('is no error where nothing is named, or nothing stands', async () => {
      await store.putDisclosures('decision', statement, [reason]);
      expect(await store.removeDisclosures('decision', () => false)).toBe(0);
      expect(await store.removeDisclosures('unknown', () => true)).toBe(0);
      expect(await standing()).toEqual({ [statement]: [reason] });
    });

    it('loses nothing that was to stay when it ends between its two steps', async () => {
      await store.putDisclosures('decision', statement, [reason, contact]);
      // What a crash leaves: the file of what stays is written, the old one is not yet gone.
      await store.putDisclosures('decision', statement, [reason]);
      expect(await store.removeDisclosures('decision', (_, { path }) => path === '$.contact')).toBe(1);
      expect(await standing()).toEqual({ [statement]: [reason] });
    });
  });

  it.each<[string, unknown[]]>([
    ['another member', [{ ...reason, more: 1 }]],
    ['no salt', [{ path: '$.a', value: 'x' }]],
    ['a short salt', [{ ...reason, salt: 'AAAA' }]],
    ['a value that is not JSON', [{ ...reason, value: undefined }]],
  ])('refuses what is no disclosure: %s', async (_, odd) => {
    await expectCode(store.putDisclosures('decision', statement, odd as Disclosure[]), 'store.bad_disclosures');
    expect(await standing()).toEqual({});
  });

  it('refuses an owner that is no digest', async () => {
    await expectCode(store.putDisclosures('decision', '../x' as Digest, [reason]), 'store.bad_digest');
  });

  it('refuses more than its limit', async () => {
    const small = createDisclosureStore({ directory, maxBytes: 100 });
    await expectCode(small.putDisclosures('decision', statement, [reason]), 'store.too_large');
    await store.putDisclosures('decision', statement, [reason]);
    await expectCode(small.getDisclosures('decision'), 'store.too_large');
  });

  it('says where a stored file cannot be read, and nothing of what it holds', async () => {
    await store.putDisclosures('decision', statement, [contact]);
    const [file = ''] = await filesOf();
    await writeFile(file, (await readFile(file, 'utf8')).replace('"salt"', '"salts"'));
    const error = await store.getDisclosures('decision').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'store.bad_disclosures' });
    expect(JSON.stringify(error) + String(error)).not.toContain('someone@example.test');
  });

  it('follows no link', async () => {
    await store.putDisclosures('decision', statement, [reason]);
    const [file = ''] = await filesOf();
    await writeFile(join(parent, 'elsewhere'), await readFile(file));
    await unlink(file);
    await symlink(join(parent, 'elsewhere'), file);
    await expectCode(store.getDisclosures('decision'), 'store.not_a_file');
  });

  it('ignores files that are not its own', async () => {
    await store.putDisclosures('decision', statement, [reason]);
    const [file = ''] = await filesOf();
    await writeFile(join(file, '..', 'notes.txt'), 'x');
    expect(await standing()).toEqual({ [statement]: [reason] });
  });
});
