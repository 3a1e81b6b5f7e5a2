import { describe, expect, it } from 'vitest';
import { canonicalBytes, digestJson, type JsonObject } from '../../core/canon/index.ts';
import {
  checkOciLayout,
  chooseOciImage,
  OCI_MANIFEST_MAX_BYTES,
  type OciDescriptor,
  readOciChildren,
} from '../../documents/oci-image.ts';
import { refused } from './refusal.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const FILE = 'index.json';
const ONE = digestJson('one');
const TWO = digestJson('two');

function descriptor(digest: string, more: JsonObject = {}): JsonObject {
  return { mediaType: MANIFEST, digest, size: 7, ...more };
}
const named = (name: string): JsonObject => ({ annotations: { 'org.opencontainers.image.ref.name': name } });
const index = (manifests: readonly JsonObject[], more: JsonObject = {}): Uint8Array =>
  canonicalBytes({ schemaVersion: 2, manifests, ...more });
const manifest = (more: JsonObject = {}): Uint8Array =>
  canonicalBytes({ schemaVersion: 2, config: descriptor(ONE), layers: [descriptor(TWO)], ...more });
const choose = (bytes: Uint8Array, reference?: string) => chooseOciImage(bytes, FILE, reference).digest;
const as = (mediaType: string): OciDescriptor => ({
  mediaType,
  digest: ONE,
  size: 1,
  path: 'index.json:$.manifests[0]',
});
const children = (bytes: Uint8Array, mediaType: string) => readOciChildren(bytes, 'blob', as(mediaType));

describe('the marker', () => {
  const check = (value: unknown) => checkOciLayout(canonicalBytes(value), 'oci-layout');

  it('is of version 1.0.0, whatever else it says', () => {
    expect(check({ imageLayoutVersion: '1.0.0', more: 1 })).toBeUndefined();
    expect(refused(() => check({ imageLayoutVersion: '2.0.0' }))).toEqual([
      'oci.layout',
      'oci-layout:$.imageLayoutVersion',
    ]);
    expect(refused(() => check({}))).toEqual(['document.shape', 'oci-layout:$.imageLayoutVersion']);
    expect(refused(() => checkOciLayout(new TextEncoder().encode('1.0.0'), 'oci-layout'))[0]).toBe('json.syntax');
  });
});

describe('the image', () => {
  it('is the one that the index names', () => {
    expect(choose(index([descriptor(ONE)]))).toBe(ONE);
    expect(choose(index([descriptor(ONE, { mediaType: INDEX })], { mediaType: INDEX }))).toBe(ONE);
  });

  it('is chosen by a name or a digest where there are several', () => {
    const several = index([descriptor(ONE, named('v1')), descriptor(TWO, named('v2'))]);
    expect(choose(several, 'v2')).toBe(TWO);
    expect(choose(several, ONE)).toBe(ONE);
    expect(refused(() => choose(several))).toEqual(['oci.reference', 'index.json:$.manifests']);
    expect(refused(() => choose(several, 'v3'))[0]).toBe('oci.reference');
    expect(refused(() => choose(several, digestJson('three')))[0]).toBe('oci.reference');
  });

  it('is not chosen where two answer to one name, or none is there', () => {
    expect(refused(() => choose(index([descriptor(ONE, named('v1')), descriptor(TWO, named('v1'))]), 'v1'))[0]).toBe(
      'oci.reference',
    );
    expect(refused(() => choose(index([])))[0]).toBe('oci.reference');
    // A name is one of the layout's own index, and no digest passes for one.
    expect(refused(() => choose(index([descriptor(ONE, named(TWO))]), TWO))[0]).toBe('oci.reference');
  });

  it('may bear two names, each of whose descriptors counts', () => {
    const twice = index([descriptor(ONE, named('v1')), descriptor(ONE, { ...named('latest'), size: 8 })]);
    expect(chooseOciImage(twice, FILE)).toMatchObject({ digest: ONE, descriptors: [{ size: 7 }, { size: 8 }] });
  });

  it('is none of the other documents that an index may name', () => {
    const xml = descriptor(TWO, { mediaType: 'application/xml', ...named('v1') });
    expect(choose(index([xml, descriptor(ONE)]))).toBe(ONE);
    expect(refused(() => choose(index([xml, descriptor(ONE)]), 'v1'))[0]).toBe('oci.reference');
  });

  it.each<[string, Uint8Array, string, string]>([
    ['another schema', index([], { schemaVersion: 1 }), 'document.shape', '$.schemaVersion'],
    ['another kind', index([descriptor(ONE)], { mediaType: MANIFEST }), 'oci.media_type', '$.mediaType'],
    ['an index that is a manifest too', index([descriptor(ONE)], { layers: [] }), 'oci.media_type', '$.layers'],
    ['a size below zero', index([descriptor(ONE, { size: -1 })]), 'document.shape', '$.manifests[0].size'],
    ['another algorithm', index([descriptor(`sha512:${'0'.repeat(128)}`)]), 'document.shape', '$.manifests[0].digest'],
    ['a name for a digest', index([descriptor('latest')]), 'document.floating_name', '$.manifests[0].digest'],
    ['a package manifest', canonicalBytes({ _type: 'x', entries: [] }), 'document.shape', '$.schemaVersion'],
  ])('is not taken from %s', (_what, bytes, code, path) => {
    expect(refused(() => choose(bytes))).toEqual([code, `index.json:${path}`]);
  });

  it('is not taken from two members of one name, nor from too much', () => {
    const text = new TextDecoder().decode(index([descriptor(ONE)]));
    const doubled = new TextEncoder().encode(text.replace('{', '{"manifests":[],'));
    expect(refused(() => choose(doubled))[0]).toBe('json.duplicate_key');
    const large = index([], { annotations: { x: 'x'.repeat(OCI_MANIFEST_MAX_BYTES) } });
    expect(refused(() => choose(large))[0]).toBe('json.too_large');
  });
});

describe('a manifest', () => {
  it('leads to its configuration and layers, an index to manifests', () => {
    expect(children(manifest({ mediaType: MANIFEST }), MANIFEST)).toMatchObject({
      manifests: [],
      contents: [
        { digest: ONE, path: 'blob:$.config' },
        { digest: TWO, path: 'blob:$.layers[0]' },
      ],
    });
    expect(children(index([descriptor(ONE)]), INDEX)).toMatchObject({
      manifests: [{ digest: ONE, path: 'blob:$.manifests[0]' }],
      contents: [],
    });
  });

  it.each<[string, Uint8Array, string, string]>([
    ['of an unknown kind', manifest(), 'application/vnd.example+json', 'index.json:$.manifests[0].mediaType'],
    ['that says it is an index', manifest({ mediaType: INDEX }), MANIFEST, 'blob:$.mediaType'],
    ['that is an index too', manifest({ manifests: [] }), MANIFEST, 'blob:$.manifests'],
    ['named as an index, and one to some', index([], { config: {} }), INDEX, 'blob:$.config'],
  ])('is refused where it is one %s', (_what, bytes, mediaType, path) => {
    expect(refused(() => children(bytes, mediaType))).toEqual(['oci.media_type', path]);
  });
});
