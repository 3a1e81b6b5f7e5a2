import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkManifestFiles, manifestBytes } from '../../cli/manifest-file.ts';
import { candidateName } from '../../cli/candidate-name.ts';
import { digestJson } from '../../core/canon/index.ts';
import { about, CANDIDATE, fixtureManifest, fixtureParentManifest, naming } from '../documents/fixtures.ts';
import { refused, refusedAt } from '../documents/refusal.ts';

/** What `evidence check --manifest` and `open --manifest` make of files. */

const folder = mkdtempSync(join(tmpdir(), 'countersign-manifest-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, content: object) {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content, null, 2));
  return manifestBytes(path);
}

const own = { checks: ['manifest'] as const };

describe('a manifest in a file', () => {
  it('has the digest of its canonical form, however it is spelt', () => {
    expect(written('spread.json', fixtureManifest()).digest).toBe(digestJson(fixtureManifest()));
  });

  it('is held to the packet that names it, found among several, and to what will be asked for', () => {
    const packet = naming(fixtureManifest());
    const files = [written('parent.json', fixtureParentManifest()), written('own.json', fixtureManifest())];
    expect(checkManifestFiles(packet, files, own)).toEqual(fixtureManifest());
    const asked = { name: CANDIDATE.name, version: '2.5.0' };
    expect(refusedAt(() => checkManifestFiles(packet, files, { ...own, asked }))).toEqual([
      'manifest.invalid',
      '$.version',
    ]);
    const wrong = fixtureManifest({ parents: [], permissions: ['metrics:write'] });
    expect(refusedAt(() => checkManifestFiles(naming(wrong), [written('wrong.json', wrong)], own))).toEqual([
      'manifest.invalid',
      '$.permissions[0]',
      '$.parents',
    ]);
  });

  it('is held to what its parents pass on, where their manifests lie beside it', () => {
    const packet = about(naming(fixtureManifest()));
    const whole = { checks: ['manifest', 'inheritance'] as const };
    const files = [written('child.json', fixtureManifest()), written('mother.json', fixtureParentManifest())];
    expect(checkManifestFiles(packet, files, whole)).toEqual(fixtureManifest());
    expect(refused(() => checkManifestFiles(packet, files.slice(0, 1), whole))).toEqual(['cli.usage', '--manifest']);
    const forgetful = fixtureManifest({ data_restrictions: [] });
    const told = [written('forgetful.json', forgetful), ...files];
    expect(refusedAt(() => checkManifestFiles(about(naming(forgetful)), told, whole))).toEqual([
      'inheritance.broken',
      '$.data_restrictions',
    ]);
  });

  it('is missed where the packet names another', () => {
    expect(refused(() => checkManifestFiles(naming(fixtureManifest()), [], own))).toEqual(['cli.usage', '--manifest']);
    const other = [written('other.json', fixtureParentManifest())];
    expect(refused(() => checkManifestFiles(naming(fixtureManifest()), other, own))).toEqual([
      'cli.usage',
      '--manifest',
    ]);
  });
});

describe('name@version', () => {
  it('is taken apart, or refused', () => {
    expect(candidateName('gateway@1.4.2')).toEqual({ name: 'gateway', version: '1.4.2' });
    for (const text of ['gateway', '@1.4.2', 'gateway@', 'a@b@c']) {
      expect(refused(() => candidateName(text))).toEqual(['cli.usage', '--candidate']);
    }
  });
});
