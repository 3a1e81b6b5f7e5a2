import { mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe as area, expect, it } from 'vitest';
import { measure } from '../../../cli/measure/measure.ts';
import { canonicalBytes, digestBytes, digestHex } from '../../../core/canon/index.ts';
import { hasCode } from '../../../core/errors.ts';
import { OCI_MANIFEST_MAX_BYTES } from '../../../documents/oci-image.ts';
import {
  type Blob,
  blob,
  type Content,
  describe,
  fill,
  image,
  INDEX_TYPE,
  indexOf,
  layout,
  MANIFEST_TYPE,
} from './folders.ts';

/** OCI image layouts on a real file system, and what may be wrong with one. */

let scratch: string;
let made = 0;
const [config, layer, manifest] = image('one');
const two = image('two');
const nested = blob(indexOf([describe(manifest), describe(two[2])]), INDEX_TYPE);

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'countersign-image-'));
});
afterEach(() => {
  rmSync(scratch, { recursive: true, force: true });
});

function folderOf(contents: Readonly<Record<string, Content>>): string {
  made += 1;
  return fill(join(scratch, `${made}`), contents);
}

const ONE = (): Record<string, Content> => layout([describe(manifest, 'v1')], [config, layer, manifest]);
const BOTH = (): Record<string, Content> =>
  layout([describe(manifest, 'v1'), describe(two[2], 'v2')], [config, layer, manifest, ...two]);
const NESTED = (): Record<string, Content> => layout([describe(nested)], [nested, config, layer, manifest, ...two]);
const pathOf = ({ digest }: Blob): string => `blobs/sha256/${digestHex(digest)}`;

async function refusal(folder: string, reference?: string): Promise<[code: string, path: string]> {
  try {
    await measure(folder, reference);
  } catch (error) {
    if (hasCode(error)) return [error.code, error.path];
    throw error;
  }
  return ['none', ''];
}

area('the digest of a layout', () => {
  it('is that of the manifest which its index names', async () => {
    expect(await measure(folderOf(ONE()))).toEqual({ kind: 'oci', digest: manifest.digest });
    expect(manifest.digest).toBe(digestBytes(manifest.bytes));
  });

  it('is that of an index, where this is what it names', async () => {
    expect(await measure(folderOf(NESTED()))).toEqual({ kind: 'oci', digest: nested.digest });
  });

  it('is that of the image that was chosen', async () => {
    const folder = folderOf(BOTH());
    expect(await measure(folder, 'v2')).toEqual({ kind: 'oci', digest: two[2].digest });
    expect(await measure(folder, manifest.digest)).toEqual({ kind: 'oci', digest: manifest.digest });
    expect(await refusal(folder)).toEqual(['oci.reference', 'index.json:$.manifests']);
  });

  it('says nothing about blobs that the image does not lead to, nor about empty folders', async () => {
    const more = folderOf({ ...ONE(), [pathOf(blob('other', ''))]: 'not even this', ingest: null });
    expect(await measure(more)).toEqual({ kind: 'oci', digest: manifest.digest });
  });

  it('covers an image of which a part is empty', async () => {
    const empty = blob('', 'application/vnd.oci.image.layer.v1.tar');
    const content = { schemaVersion: 2, config: describe(config), layers: [describe(empty), describe(empty)] };
    const bare = blob(content, MANIFEST_TYPE);
    expect(await measure(folderOf(layout([describe(bare)], [config, empty, bare])))).toEqual({
      kind: 'oci',
      digest: bare.digest,
    });
  });
});

area('a layout is refused', () => {
  it.each<[string, Blob]>([
    ['configuration', config],
    ['layer', layer],
    ['manifest', manifest],
    ['manifest of a nested index', two[2]],
    ['layer behind a nested index', two[1]],
  ])('whose %s is missing, longer or changed', async (_what, part) => {
    const path = pathOf(part);
    const missing = folderOf(NESTED());
    unlinkSync(join(missing, path));
    expect((await refusal(missing))[0]).toBe('oci.blob');
    const changed = part.bytes.slice();
    changed[0] = (changed[0] ?? 0) ^ 1;
    expect((await refusal(folderOf({ ...NESTED(), [path]: changed })))[0]).toBe('oci.blob');
    expect((await refusal(folderOf({ ...NESTED(), [path]: new Uint8Array([...part.bytes, 10]) })))[0]).toBe('oci.blob');
  });

  it('whose descriptors of one blob contradict each other', async () => {
    const lies = { ...describe(manifest), size: manifest.bytes.length + 1 };
    for (const [said, at] of [[[describe(manifest), lies], 1] as const, [[lies, describe(manifest)], 0] as const]) {
      const folder = folderOf(layout(said, [config, layer, manifest]));
      expect(await refusal(folder)).toEqual(['oci.blob', `index.json:$.manifests[${at}]`]);
    }
    for (const said of [
      [describe(manifest), { ...describe(manifest), mediaType: INDEX_TYPE }],
      [{ ...describe(manifest), mediaType: INDEX_TYPE }, describe(manifest)],
    ]) {
      expect((await refusal(folderOf(layout(said, [config, layer, manifest]))))[0]).toBe('document.shape');
    }
    const layers = [describe(layer), { ...describe(layer), size: 1 }];
    const bad = blob({ schemaVersion: 2, config: describe(config), layers }, MANIFEST_TYPE);
    expect(await refusal(folderOf(layout([describe(bad)], [config, layer, bad])))).toEqual([
      'oci.blob',
      `${pathOf(bad)}:$.layers[1]`,
    ]);
  });

  it('with a nested document of a kind that cannot be followed', async () => {
    const other = blob(indexOf([{ ...describe(layer) }]), INDEX_TYPE);
    expect((await refusal(folderOf(layout([describe(other)], [other, layer]))))[0]).toBe('oci.media_type');
  });

  it('with a manifest that is an index to others', async () => {
    const content = { schemaVersion: 2, config: describe(config), layers: [describe(layer)], manifests: [] };
    const both = blob(content, MANIFEST_TYPE);
    expect((await refusal(folderOf(layout([describe(both)], [config, layer, both]))))[0]).toBe('oci.media_type');
  });

  it('with a manifest larger than any', async () => {
    const large = blob('x'.repeat(OCI_MANIFEST_MAX_BYTES + 1), MANIFEST_TYPE);
    expect((await refusal(folderOf(layout([describe(large)], [large]))))[0]).toBe('oci.blob');
  });

  it('of another version, or without index', async () => {
    expect((await refusal(folderOf({ ...ONE(), 'oci-layout': '{"imageLayoutVersion":"1.1.0"}' })))[0]).toBe(
      'oci.layout',
    );
    const { 'index.json': _index, ...rest } = ONE();
    expect(await refusal(folderOf(rest))).toEqual(['oci.layout', 'index.json']);
    expect((await refusal(folderOf({ ...ONE(), 'index.json': '{' })))[0]).toBe('json.syntax');
  });

  it('with files that the image says nothing about', async () => {
    for (const path of ['run.sh', 'blobs/run.sh', 'blobs/sha256/a/b', 'manifest.json', 'blobs/sha256/x.tmp']) {
      expect([path, await refusal(folderOf({ ...ONE(), [path]: '' }))]).toEqual([path, ['oci.foreign_file', path]]);
    }
  });

  it('with a link where a blob should be, though it leads to the right bytes', async () => {
    const folder = folderOf(ONE());
    const path = join(folder, pathOf(layer));
    renameSync(path, join(scratch, 'outside'));
    symlinkSync(join(scratch, 'outside'), path);
    expect(await refusal(folder)).toEqual(['oci.foreign_file', pathOf(layer)]);
  });

  it('that lost its marker: it is a folder then, with another digest', async () => {
    const folder = folderOf(ONE());
    unlinkSync(join(folder, 'oci-layout'));
    const { kind, digest } = await measure(folder);
    expect(kind).toBe('directory');
    expect(digest).not.toBe(manifest.digest);
  });

  it('that passes the manifest of a package off as an image', async () => {
    const bytes = canonicalBytes({ _type: 'application/vnd.countersign.package.v1+json', entries: [] });
    const package_: Blob = { bytes, digest: digestBytes(bytes), mediaType: MANIFEST_TYPE };
    expect((await measure(folderOf({}))).digest).toBe(package_.digest);
    expect((await refusal(folderOf(layout([describe(package_)], [package_]))))[0]).toBe('document.shape');
  });

  it('that changes while it is measured', async () => {
    const large = blob('x'.repeat(8 * 1024 * 1024), 'application/vnd.oci.image.layer.v1.tar');
    const big = blob({ schemaVersion: 2, config: describe(config), layers: [describe(large)] }, MANIFEST_TYPE);
    const folder = folderOf(layout([describe(big)], [config, large, big]));
    let measured: string | undefined;
    void refusal(folder).then(([code]) => (measured = code));
    // What the layout says of itself, which no digest covers.
    for (let at = 0; measured === undefined; at += 1) {
      writeFileSync(join(folder, 'oci-layout'), `{"imageLayoutVersion":"1.0.0"}${' '.repeat(at)}`);
      await new Promise(setImmediate);
    }
    expect(measured).toBe('package.changed');
  });
});
