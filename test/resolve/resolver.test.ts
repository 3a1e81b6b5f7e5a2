import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { digestBytes, digestHex, digestJson, parseDigest } from '../../core/canon/index.ts';
import type { Wanted } from '../../core/domain/commands.ts';
import { ANCESTRY_TYPE } from '../../documents/ancestry.ts';
import { lineageDigest, LINEAGE_REGISTRY_TYPE } from '../../documents/lineage-registry.ts';
import { createResolver, measure, type Resolver } from '../../resolve/index.ts';
import { describe as describeBlob, fill, image, layout } from '../cli/measure/folders.ts';

/** What evidence names by digest, found and measured in a worker's own folders, and nowhere else (R71, R81). */

const scratch = mkdtempSync(join(tmpdir(), 'countersign-resolve-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let folder: string;
let packages: string;
let count = 0;

beforeEach(() => {
  count += 1;
  folder = join(scratch, `${count}`);
  packages = join(folder, 'packages');
  mkdirSync(join(packages, 'sha256'), { recursive: true });
});

const wanted = (digest: string, what: Wanted['what'] = 'package'): Wanted => ({ what, digest, of: digest });
const at = (digest: string): string => join(packages, 'sha256', digestHex(parseDigest(digest)));
const resolver = (options: Partial<Parameters<typeof createResolver>[0]> = {}): Resolver =>
  createResolver({ folders: [packages], ...options });

async function measured(digest: string, by = resolver()): Promise<string> {
  const [fact] = await by.resolve([wanted(digest)]);
  expect(fact).toMatchObject({ what: 'package', digest, source: 'service' });
  return fact?.measured ?? '';
}

const refusal = (digest: string, by = resolver()) =>
  measured(digest, by).then(String, (error: { code: string }) => error.code);

/** A folder under the digest that it has. */
async function stored(content: Parameters<typeof fill>[1]): Promise<string> {
  const made = join(folder, 'made');
  fill(made, content);
  const { digest } = await measure(made);
  renameSync(made, at(digest));
  return digest;
}

describe('a package in the folder of the worker', () => {
  it('is measured anew, whether a file, a folder or an image', async () => {
    const bytes = new TextEncoder().encode('routes: 12\n');
    const file = digestBytes(bytes);
    writeFileSync(at(file), bytes);
    expect(await measured(file)).toBe(file);
    const directory = await stored({ 'bin/serve': { program: 'exec model' }, 'weights.bin': 'weights' });
    expect(await measured(directory)).toBe(directory);
    const made = join(folder, 'image');
    const [config, layer, manifest] = image('one');
    fill(made, layout([describeBlob(manifest, 'v1')], [config, layer, manifest]));
    renameSync(made, at(manifest.digest));
    expect(await measured(manifest.digest)).toBe(manifest.digest);
  });

  it('comes to another digest where a byte was changed, also after it was measured once', async () => {
    const digest = await stored({ 'weights.bin': 'weights' });
    const by = resolver();
    expect(await measured(digest, by)).toBe(digest);
    writeFileSync(join(at(digest), 'weights.bin'), 'weight5');
    const after = await measured(digest, by);
    expect(after).not.toBe(digest);
    expect(after).toBe((await measure(at(digest))).digest);
  });

  it('is looked for in every folder, in their order', async () => {
    const digest = await stored({ 'weights.bin': 'weights' });
    expect(await measured(digest, createResolver({ folders: [join(folder, 'none'), packages] }))).toBe(digest);
  });

  it('that is not there is not found, nor is anything without a folder', async () => {
    const digest = digestJson('nowhere');
    expect(await refusal(digest)).toBe('resolve.not_found');
    expect(await refusal(digest, createResolver({ folders: [] }))).toBe('resolve.not_found');
  });
});

describe('what leads out of the folder', () => {
  const secret = 'not for anybody';

  it.each(['../../secret', 'sha256:../../secret', `sha256:${'0'.repeat(62)}/..`, '/etc/passwd', 'file:///etc/passwd'])(
    'by its name is no digest: %s',
    async (name) => {
      writeFileSync(join(folder, 'secret'), secret);
      await expect(resolver().resolve([wanted(name)])).rejects.toMatchObject({ code: 'resolve.not_found' });
    },
  );

  it('by a link under the digest is not followed, to a file or a folder', async () => {
    const digest = digestBytes(new TextEncoder().encode(secret));
    writeFileSync(join(folder, 'secret'), secret);
    symlinkSync(join(folder, 'secret'), at(digest));
    expect(await refusal(digest)).toBe('resolve.not_found');
    const outside = join(folder, 'outside');
    fill(outside, { 'weights.bin': 'weights' });
    const { digest: directory } = await measure(outside);
    symlinkSync(outside, at(directory));
    expect(await refusal(directory)).toBe('resolve.not_found');
  });

  it('by a link in place of sha256 is not followed', async () => {
    const digest = await stored({ 'weights.bin': 'weights' });
    renameSync(join(packages, 'sha256'), join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), join(packages, 'sha256'));
    expect(await refusal(digest)).toBe('resolve.not_found');
  });

  it('by a link within a package has no digest', async () => {
    const digest = digestJson('a package with a link');
    writeFileSync(join(folder, 'secret'), secret);
    mkdirSync(at(digest));
    symlinkSync('../../../secret', join(at(digest), 'weights.bin'));
    expect(await refusal(digest)).toBe('package.symlink');
  });
});

describe('what takes long', () => {
  it('is measured on after the call was given up, and is there for a later one', async () => {
    const digest = digestJson('a large file');
    writeFileSync(at(digest), '');
    truncateSync(at(digest), 256 * 1024 * 1024);
    const by = resolver({ patienceMs: 1 });
    expect(await refusal(digest, by)).toBe('resolve.measuring');
    await expect.poll(() => refusal(digest, by), { timeout: 15_000 }).toMatch(/^sha256:/);
  });
});

describe('the registry of lineages', () => {
  const child = digestJson('child');
  const parents = [digestJson('mother'), digestJson('father')];
  const registry = (content: object): string => {
    const file = join(folder, 'lineage.json');
    writeFileSync(file, JSON.stringify(content, null, 2));
    return file;
  };
  const lineage = (file: string | undefined) =>
    createResolver({ folders: [], lineage: file })
      .resolve([{ what: 'lineage', digest: lineageDigest(parents), of: child }])
      .then(
        ([fact]) => fact?.measured,
        (error: { code: string }) => error.code,
      );

  // shows: R74
  it('says the parents, in whatever order', async () => {
    const entries = [{ digest: child, parents: parents.toReversed() }];
    expect(await lineage(registry({ _type: LINEAGE_REGISTRY_TYPE, entries }))).toBe(lineageDigest(parents));
    const one = [{ digest: child, parents: parents.slice(0, 1) }];
    expect(await lineage(registry({ _type: LINEAGE_REGISTRY_TYPE, entries: one }))).toBe(
      lineageDigest(parents.slice(0, 1)),
    );
  });

  it('is awaited where it is not there, knows nothing of the candidate, or is none', async () => {
    expect(await lineage(undefined)).toBe('resolve.not_found');
    expect(await lineage(join(folder, 'nowhere.json'))).toBe('file.unreadable');
    expect(await lineage(registry({ _type: LINEAGE_REGISTRY_TYPE, entries: [] }))).toBe('resolve.not_found');
    expect(await lineage(registry({ entries: [] }))).toBe('document.type');
    const twice = [
      { digest: child, parents },
      { digest: child, parents: [] },
    ];
    expect(await lineage(registry({ _type: LINEAGE_REGISTRY_TYPE, entries: twice }))).toBe('document.shape');
  });
});

describe('an ancestry', () => {
  const [child, mother, father] = [digestJson('child'), digestJson('mother'), digestJson('father')];
  const [grandmother, data] = [digestJson('grandmother'), digestJson('data')];
  const family = [
    { digest: child, parents: [mother, father] },
    { digest: mother, parents: [grandmother] },
    { digest: father, parents: [grandmother], made_of: [data] },
    { digest: grandmother, parents: [] },
  ];
  const read = (entries: readonly object[], rollback: string | null = null) => {
    const file = join(folder, 'lineage.json');
    writeFileSync(file, JSON.stringify({ _type: LINEAGE_REGISTRY_TYPE, entries }));
    return createResolver({ folders: [], lineage: file }).ancestry({ candidate: child, rollback });
  };
  const codeOf = (entries: readonly object[], rollback: string | null = null): string => {
    try {
      return JSON.stringify(read(entries, rollback));
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const chain = (length: number, of: string) =>
    Array.from({ length }, (_, at) => ({
      digest: at === 0 ? of : digestJson(`ancestor ${at}`),
      parents: at === length - 1 ? [] : [digestJson(`ancestor ${at + 1}`)],
    }));

  it('is all that a candidate and its rollback target were made of, by however many steps, each once, in order', () => {
    expect(read(family)).toEqual({
      _type: ANCESTRY_TYPE,
      candidate: { digest: child, ancestors: [mother, father, grandmother, data].sort() },
      rollback: null,
    });
    expect(read(family, mother).rollback).toEqual({ digest: mother, ancestors: [grandmother] });
  });

  it('follows what is no package where it has an entry, and needs none for it', () => {
    const source = digestJson('source');
    const entries = [...family, { digest: data, parents: [], made_of: [source] }];
    expect(read(entries).candidate.ancestors).toContain(source);
  });

  it('is awaited where somebody on the way is recorded nowhere: that is no root', () => {
    expect(codeOf(family.filter(({ digest }) => digest !== grandmother))).toBe('resolve.not_found');
    expect(codeOf(family.filter(({ digest }) => digest !== child))).toBe('resolve.not_found');
    expect(codeOf(family, data)).toBe('resolve.not_found');
    // Also where it was met as data before.
    const both = [
      { digest: child, parents: [mother], made_of: [data] },
      { digest: mother, parents: [data] },
    ];
    expect(codeOf(both)).toBe('resolve.not_found');
  });

  it('does not go in circles', () => {
    expect(codeOf([{ digest: child, parents: [child] }])).toBe('resolve.circular');
    const round = family.map((each) => (each.digest === grandmother ? { ...each, parents: [mother] } : each));
    expect(codeOf(round)).toBe('resolve.circular');
    const fed = family.map((each) => (each.digest === grandmother ? { ...each, made_of: [child] } : each));
    expect(codeOf(fed)).toBe('resolve.circular');
  });

  it('has ten thousand ancestors at most, and a line of as many needs no stack', () => {
    expect(read(chain(10_001, child)).candidate.ancestors).toHaveLength(10_000);
    expect(codeOf(chain(10_002, child))).toBe('resolve.too_many');
  });
});
