import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeDurably } from '../../store/durable-file.ts';
import { expectCode } from './contract.ts';

let parent: string;
let drafts: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'countersign-files-'));
  drafts = join(parent, 'drafts');
  await mkdir(drafts);
});

afterEach(() => rm(parent, { recursive: true, force: true }));

it('replaces a file in one step', async () => {
  await writeFile(join(parent, 'name'), 'old');
  await writeDurably(parent, 'name', drafts, Buffer.from('new'));
  expect(await readFile(join(parent, 'name'), 'utf8')).toBe('new');
  expect(await readdir(drafts)).toEqual([]);
});

it('takes its draft away when it cannot be renamed into place', async () => {
  await mkdir(join(parent, 'name', 'x'), { recursive: true });
  await expectCode(writeDurably(parent, 'name', drafts, Buffer.from('new')), 'store.not_a_file');
  expect(await readdir(drafts)).toEqual([]);
});

it('says so when there is no folder for drafts', async () => {
  await expectCode(writeDurably(parent, 'name', join(parent, 'none'), Buffer.from('new')), 'store.unavailable');
});
