import { describe, expect, it } from 'vitest';
import { floatingLocation, floatingVersion } from '../../documents/floating-names.ts';
import { digest, pinnedVersion, predecessor } from '../../documents/primitives.ts';
import { readShape } from '../../documents/read-document.ts';
import { digestOf } from './fixtures.ts';
import { refused } from './refusal.ts';

// shows: R56
describe('floating names (S0, R56)', () => {
  it.each([
    'latest',
    'LATEST',
    'stable',
    'main',
    'master',
    'HEAD',
    'head',
    'HEAD~1',
    'release/2026',
    'feature-x',
    'prod',
    'champion',
    '^1.2',
    '^1.2.3',
    '~1',
    '~1.2.3',
    '1.x',
    '1.2.x',
    '*',
    '1.2.*',
    '>=1',
    '>=1.2.3',
    '1.2.3 - 2.0.0',
    '1.2.3 || 2.0.0',
    'v1',
    '1',
    '1.2',
    'v1.2',
    '',
    ' ',
    '1.2.3 ',
    '1.2.3\n',
    'latest@1.2.3',
    '1.2.3-latest',
    '1.2.3-SNAPSHOT',
    '1.2.3+nightly',
    '1.2.3-rc.main',
    'abc1234',
    'sha256:abc',
    'refs/heads/main',
    'main@{1}',
  ])('refuses %j as a version', (text) => {
    expect(floatingVersion(text)).toBe(true);
    expect(refused(() => readShape(pinnedVersion, text, '$.version'))).toEqual(['document.floating_name', '$.version']);
  });

  it.each([
    '1.2.3',
    'v1.2.3',
    '0.0.1',
    '1.2.3-rc.1',
    '1.2.3-rc.1+build.5',
    '2026.02.24',
    '2026-02-24',
    '2026.02.24.3',
    '0123456789abcdef0123456789abcdef01234567',
    digestOf('a version'),
  ])('takes %j as a version', (text) => {
    expect(readShape(pinnedVersion, text)).toBe(text);
  });

  it.each(['latest', 'main', '', 'registry.example/app:latest', '1.2.3', 'GENESIS'])(
    'refuses the name %j where a digest belongs',
    (text) => {
      expect(refused(() => readShape(digest, text, '$.digest'))).toEqual(['document.floating_name', '$.digest']);
    },
  );

  it('calls a misspelt digest a shape, not a name', () => {
    for (const text of [
      digestOf('x').toUpperCase(),
      digestOf('x').slice(0, -1),
      digestOf('x').slice(7),
      `sha512:${'0'.repeat(128)}`,
    ]) {
      expect(refused(() => readShape(digest, text))).toEqual(['document.shape', '$']);
    }
  });

  it('takes GENESIS for a predecessor, and no other name', () => {
    expect(readShape(predecessor, 'GENESIS')).toBe('GENESIS');
    expect(readShape(predecessor, digestOf('x'))).toBe(digestOf('x'));
    expect(refused(() => readShape(predecessor, 'genesis'))).toEqual(['document.floating_name', '$']);
  });

  it.each([
    ['https://git.example/app/tree/main', true],
    ['https://git.example/app/tree/main/', true],
    ['oci://registry.example/app:latest', true],
    ['oci://registry.example/app@HEAD', true],
    ['https://store.example/latest?raw=1', true],
    ['s3://bucket/main/model.bin', false],
    [`oci://registry.example/app@${digestOf('x')}`, false],
  ])('of the location %s: %s', (uri, floats) => {
    expect(floatingLocation(uri)).toBe(floats);
  });
});
