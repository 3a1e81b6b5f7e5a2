import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { measure } from '../../cli/measure/measure.ts';
import { digestBytes, digestHex, digestJson } from '../../core/canon/index.ts';
import { PACKAGE_ERROR_CODES } from '../../documents/package-errors.ts';
import { PACKAGE_MAX_DEPTH, PACKAGE_MAX_ENTRIES, PACKAGE_TYPE } from '../../documents/package.ts';
import { type Content, fill } from '../cli/measure/folders.ts';

/** The examples of docs/spec/package.md, laid out as files and measured. */

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/spec/package.md'), 'utf8');
const SCRIPT = join(import.meta.dirname, '../independent/package_digest.py');

function example(label: string): string {
  const found = [...PAGE.matchAll(/^```[a-z]+ example=([a-z0-9-]+)\n([\s\S]*?)\n```$/gm)].filter(
    ([, l]) => l === label,
  );
  if (found.length !== 1) throw new Error(`the page has ${found.length} examples labelled ${label}`);
  return found[0]?.[2] ?? '';
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-package-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const contents = JSON.parse(example('contents')) as Record<string, Content>;
const order = JSON.parse(example('order')) as string[];
const packages: readonly [string, Record<string, Content>, string][] = [
  ['the package', contents, example('digest')],
  ['the five files', Object.fromEntries(order.map((path) => [path, ''])), example('order-digest')],
  ['nothing', {}, example('empty-digest')],
];

describe('a folder', () => {
  test('the manifest has the digest shown', () => {
    const manifest: unknown = JSON.parse(example('manifest'));
    expect(digestJson(manifest)).toBe(example('digest'));
    expect(manifest).toMatchObject({ _type: PACKAGE_TYPE });
  });

  test.each(packages)('with %s in it has the digest shown', async (_what, content, digest) => {
    expect(await measure(fill(folder, content))).toEqual({ kind: 'directory', digest });
  });

  test('the five names stand in the order of their bytes', () => {
    expect(order.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))).toEqual(order);
    expect(order.toSorted()).not.toEqual(order);
  });
});

const python = spawnSync('python3', ['--version']).status === 0;

describe.runIf(python)("the stranger's program", () => {
  test('is the one on the page', () => {
    expect(`${example('stranger')}\n`).toBe(readFileSync(SCRIPT, 'utf8'));
  });

  test.each(packages)('agrees about %s, and sees a change', (_what, content, digest) => {
    const run = () => spawnSync('python3', [SCRIPT, folder], { encoding: 'utf8' });
    fill(folder, content);
    expect(run()).toMatchObject({ status: 0, stdout: `${digest}\n` });
    fill(folder, { more: '' });
    expect(run().stdout).not.toBe(`${digest}\n`);
  });
});

describe('an image', () => {
  const blobs = ['{"architecture":"amd64","os":"linux"}', 'layer one', example('oci-manifest')];
  const layout = (): Record<string, Content> => ({
    'oci-layout': example('oci-layout'),
    'index.json': example('oci-index'),
    ...Object.fromEntries(
      blobs.map((text) => [`blobs/sha256/${digestHex(digestBytes(new TextEncoder().encode(text)))}`, text]),
    ),
  });

  test('has the digest shown', async () => {
    expect(blobs[0]).toBe(example('oci-config'));
    const expected = { kind: 'oci', digest: example('oci-digest') };
    expect(await measure(fill(folder, layout()))).toEqual(expected);
    expect(await measure(folder, 'v1.4.2')).toEqual(expected);
    expect(await measure(folder, example('oci-digest'))).toEqual(expected);
  });
});

test('the page names every code, and the limits', () => {
  for (const code of PACKAGE_ERROR_CODES) expect(PAGE).toContain(`\`${code}\``);
  expect(PAGE).toContain(`${PACKAGE_MAX_ENTRIES.toLocaleString('en')} entries`);
  expect(PAGE).toContain(`${PACKAGE_MAX_DEPTH} names in a path`);
});

test('the page names every member of a manifest', () => {
  const { entries, ...rest } = JSON.parse(example('manifest')) as { entries: Record<string, unknown>[] };
  const members = new Set([...Object.keys(rest), 'entries', ...entries.flatMap((entry) => Object.keys(entry))]);
  expect([...members].filter((member) => !PAGE.includes(`| \`${member}\` |`))).toEqual([]);
});
