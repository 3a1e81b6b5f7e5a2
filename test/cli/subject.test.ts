import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOrMeasured } from '../../cli/subject.ts';
import { digestBytes } from '../../core/canon/index.ts';
import { describe as describeBlob, fill, image, layout } from './measure/folders.ts';

/** What `open --digest` and `verify --subject` take. */

const DIGEST = digestBytes(new TextEncoder().encode('x'));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-subject-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a digest is taken as it is written, and nothing that looks like one is looked for as a file', async () => {
  expect(await digestOrMeasured('--digest', DIGEST)).toBe(DIGEST);
  for (const given of [DIGEST.toUpperCase().replace('SHA', 'sha'), 'sha256:', `${DIGEST}0`]) {
    await expect(digestOrMeasured('--digest', given)).rejects.toMatchObject({ code: 'cli.usage', path: '--digest' });
  }
});

test('a path is measured, as what lies there', async () => {
  const [one, two] = [image('one'), image('two')];
  const both = [describeBlob(one[2], 'v1'), describeBlob(two[2], 'v2')];
  fill(folder, { file: 'x' });
  fill(join(folder, 'image'), layout(both, [...one, ...two]));
  expect(await digestOrMeasured('--digest', join(folder, 'file'))).toBe(DIGEST);
  expect(await digestOrMeasured('--digest', join(folder, 'image'), 'v2')).toBe(two[2].digest);
});

test('a digest has no images to choose from', async () => {
  await expect(digestOrMeasured('--digest', DIGEST, 'v1')).rejects.toMatchObject({ code: 'cli.usage' });
});
