import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captureItem } from '../../../cli/incident/capture.ts';
import { differences, gapsOf } from '../../../cli/incident/compare.ts';
import { itemsOf, namedPath, refuseInside } from '../../../cli/incident/items.ts';
import { measure } from '../../../cli/measure/measure.ts';
import { canonicalBytes, digestBytes } from '../../../core/canon/index.ts';
import {
  type CapturedItem,
  type CapturedRole,
  INCIDENT_EVIDENCE_TYPE,
  type IncidentEvidence,
  readIncidentEvidence,
} from '../../../documents/incident-evidence.ts';
import { ACTORS, ORIGIN, T, TENANT } from '../../documents/fixtures.ts';
import { refusal } from '../../documents/refusal.ts';
import { describe as describeBlob, fill, image, layout } from '../measure/folders.ts';

/** What an incident leaves behind is captured as it is: nothing is followed, nothing is changed (R109). */

let scratch: string;
let count = 0;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'countersign-incident-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const fresh = (): string => join(scratch, `folder-${(count += 1)}`);

const CONTENTS = {
  'weights/model.bin': new Uint8Array([1, 2, 3]),
  'bin/serve': { program: '#!/bin/sh\n' },
  'latest.bin': { target: 'weights/model.bin' },
  empty: null,
  'config.json': '{}',
} as const;

const folderOf = (): string => fill(fresh(), CONTENTS);

const captured = (path: string, role: CapturedRole = 'package', name = 'gateway'): Promise<CapturedItem> =>
  captureItem({ name, role, path }, T.approved);

function evidenceOf(...items: readonly CapturedItem[]): IncidentEvidence {
  const evidence = {
    _type: INCIDENT_EVIDENCE_TYPE,
    origin: ORIGIN,
    tenant: TENANT,
    incident: 'INC-2041',
    captured_by: ACTORS.securityOwner,
    began_at: T.requested,
    ended_at: T.claimed,
    items: [...items],
  } as const;
  return readIncidentEvidence(canonicalBytes(evidence));
}

async function differing(before: CapturedItem, path: string): Promise<string[]> {
  const now = new Map([[before.name, await captured(path, before.role)]]);
  return differences(evidenceOf(before), now).map(({ path: at, what }) => `${at}: ${what}`);
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('a capture', () => {
  it('has name, size, digest and time of every file, by names that no machine is in', async () => {
    const folder = folderOf();
    const modified = new Date('2026-02-24T03:04:05.500Z');
    utimesSync(join(folder, 'config.json'), modified, modified);
    const item = await captured(folder);
    const shown = evidenceOf(item).items[0]?.entries ?? [];
    expect(shown.map(({ path, type }) => `${type} ${path}`)).toEqual([
      'directory .',
      'directory bin',
      'file bin/serve',
      'file config.json',
      'directory empty',
      'symlink latest.bin',
      'directory weights',
      'file weights/model.bin',
    ]);
    expect(shown.find(({ path }) => path === 'config.json')).toMatchObject({
      size: 2,
      digest: digestBytes(new TextEncoder().encode('{}')),
      executable: false,
      modified_at: '2026-02-24T03:04:05.500Z',
    });
    expect(item.captured_at).toBe(T.approved);
    expect(JSON.stringify(item)).not.toContain(scratch);
  });

  it('has the digest of a package: folder, image or file, as a candidate has it', async () => {
    const folder = folderOf();
    const blobs = image('one');
    const oci = fill(fresh(), layout([describeBlob(blobs[2])], blobs));
    const file = join(folder, 'config.json');
    for (const path of [folder, oci, file]) {
      const { kind, digest } = await measure(path);
      expect((await captured(path)).package).toEqual({ measured_as: kind, digest });
    }
    expect('package' in (await captured(folder, 'log'))).toBe(false);
  });

  it('says why what it found is no package, and captures it all the same', async () => {
    const blobs = image('one');
    const damaged = fill(fresh(), layout([describeBlob(blobs[2])], blobs.slice(1)));
    const item = await captured(damaged);
    expect(item.package).toEqual({ refused: 'oci.blob' });
    expect(item.entries.length).toBeGreaterThan(3);
  });

  // shows: R109
  it('changes nothing of what it captures: bytes, times, rights and names are what they were', async () => {
    const folder = folderOf();
    chmodSync(join(folder, 'config.json'), 0o440);
    chmodSync(join(folder, 'weights'), 0o555);
    const old = new Date('2026-01-01T00:00:00.000Z');
    utimesSync(join(folder, 'weights/model.bin'), old, old);
    const before = looked(folder);
    await captured(folder);
    await captured(join(folder, 'config.json'), 'log');
    expect(looked(folder)).toEqual(before);
  });

  it('follows no link: one that leads out, to a folder, or nowhere is named with its target', async () => {
    const outside = fill(fresh(), { secret: 'of another' });
    const folder = folderOf();
    symlinkSync(outside, join(folder, 'out'));
    symlinkSync('nowhere', join(folder, 'dangling'));
    const item = await captured(folder, 'file');
    expect(item.entries.filter(({ type }) => type === 'symlink')).toEqual([
      { type: 'symlink', path: 'dangling', target: 'nowhere' },
      { type: 'symlink', path: 'latest.bin', target: 'weights/model.bin' },
      { type: 'symlink', path: 'out', target: outside },
    ]);
    expect(JSON.stringify(item)).not.toContain('secret');
    const link = join(folder, 'out');
    expect((await captured(link)).entries).toEqual([{ type: 'symlink', path: '.', target: outside }]);
    expect((await captured(link)).package).toEqual({ refused: 'package.entry_type' });
  });

  it('names a pipe and opens none, or it would wait for a writer', async () => {
    const folder = folderOf();
    execFileSync('mkfifo', [join(folder, 'queue')]);
    const item = await captured(folder);
    expect(gapsOf(evidenceOf(item))).toEqual([{ item: 'gateway', path: 'queue', what: 'a pipe' }]);
    expect(item.package).toEqual({ refused: 'package.entry_type' });
    expect((await captured(join(folder, 'queue'), 'file')).entries).toEqual([
      { type: 'special', path: '.', what: 'pipe' },
    ]);
  });

  it('names what cannot be read', async () => {
    // Root reads everything: what nobody can read at its beginning is the memory of a process.
    const root = process.getuid?.() === 0;
    const path = root ? '/proc/self/mem' : join(folderOf(), 'config.json');
    if (!root) chmodSync(path, 0);
    const item = await captured(path);
    expect(item.entries).toMatchObject([{ type: 'unreadable', path: '.', what: 'file', reason: /^E/ }]);
    expect(item.package).toEqual({ refused: 'file.unreadable' });
    expect(gapsOf(evidenceOf(item))).toHaveLength(1);
  });

  it('names what has a name of no text, by its bytes', async () => {
    const folder = folderOf();
    const name = Buffer.from([0x66, 0xff, 0xfe]);
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), name]), 'x');
    const item = await captured(folder);
    expect(item.entries).toContainEqual({ type: 'unnamed', path: '.', name: name.toString('base64') });
    expect(item.package).toEqual({ refused: 'package.name' });
    evidenceOf(item);
  });

  it('of nothing is refused', async () => {
    expect(await codeOf(captured(join(scratch, 'nothing')))).toBe('file.unreadable');
  });

  // shows: R109
  it.each<[string, (folder: string, turn: number) => void]>([
    ['grows', (folder, turn) => appendFileSync(join(folder, 'log'), `${turn}\n`)],
    ['is written in place', (folder, turn) => writeFileSync(join(folder, 'weights/model.bin'), `${turn % 10}23`)],
    ['is given other rights', (folder, turn) => chmodSync(join(folder, 'config.json'), turn % 2 === 0 ? 0o600 : 0o640)],
    ['appears', (folder, turn) => writeFileSync(join(folder, `late-${turn}`), '')],
    ['goes away', (folder) => rmSync(join(folder, 'empty'), { recursive: true, force: true })],
  ])('is refused where something %s meanwhile', async (_, change) => {
    const folder = fill(fresh(), { ...CONTENTS, large: new Uint8Array(8 * 1024 * 1024), log: '' });
    let code: string | undefined;
    void codeOf(captured(folder)).then((ended) => (code = ended));
    // Reading the large file gives way to this between two pieces.
    for (let turn = 0; code === undefined; turn += 1) {
      change(folder, turn);
      await new Promise(setImmediate);
    }
    expect(code).toBe('package.changed');
  });

  it('of one file that is written to meanwhile is refused', async () => {
    const path = join(fill(fresh(), { log: new Uint8Array(8 * 1024 * 1024) }), 'log');
    let code: string | undefined;
    void codeOf(captured(path, 'log')).then((ended) => (code = ended));
    for (; code === undefined; await new Promise(setImmediate)) appendFileSync(path, 'line\n');
    expect(code).toBe('package.changed');
  });
});

describe('files against a capture', () => {
  it('are what was captured: the same ones, and a copy of them under other rights and times', async () => {
    const folder = folderOf();
    const item = await captured(folder);
    expect(await differing(item, folder)).toEqual([]);
    const copy = fresh();
    cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
    chmodSync(join(copy, 'config.json'), 0o600);
    utimesSync(join(copy, 'config.json'), new Date(), new Date());
    expect(await differing(item, copy)).toEqual([]);
  });

  // shows: R109
  it.each<[string, (at: (path: string) => string) => void, string[]]>([
    [
      'a byte',
      (at) => writeFileSync(at('weights/model.bin'), new Uint8Array([1, 2, 4])),
      ['weights/model.bin: content'],
    ],
    ['the length', (at) => writeFileSync(at('config.json'), '{} '), ['config.json: content']],
    ['the right to execute', (at) => chmodSync(at('bin/serve'), 0o644), ['bin/serve: right to execute']],
    ['a file that is gone', (at) => unlinkSync(at('config.json')), ['config.json: missing']],
    ['a file more', (at) => writeFileSync(at('new'), ''), ['new: added']],
    ['a folder more', (at) => mkdirSync(at('new')), ['new: added']],
    [
      'where a link leads',
      (at) => (unlinkSync(at('latest.bin')), symlinkSync('x', at('latest.bin'))),
      ['latest.bin: target'],
    ],
    [
      'a file in place of a link',
      (at) => (unlinkSync(at('latest.bin')), writeFileSync(at('latest.bin'), 'x')),
      ['latest.bin: kind'],
    ],
  ])('differ in %s', async (_, change, expected) => {
    const folder = folderOf();
    const item = await captured(folder);
    change((path) => join(folder, path));
    expect(await differing(item, folder)).toEqual([...expected, '.: package']);
  });

  it('differ where an item was not given, or is of another kind as a whole', async () => {
    const folder = folderOf();
    const item = await captured(folder);
    expect(differences(evidenceOf(item), new Map()).map(({ what }) => what)).toEqual(['missing']);
    expect((await differing(item, join(folder, 'config.json')))[0]).toBe('.: kind');
  });

  it('differ where something could not be read, then or now', async () => {
    const entry = { type: 'unreadable', path: '.', what: 'file', reason: 'EACCES' } as const;
    const item: CapturedItem = { name: 'gateway', role: 'file', captured_at: T.approved, entries: [entry] };
    expect(differences(evidenceOf(item), new Map([['gateway', item]])).map(({ what }) => what)).toEqual(['unreadable']);
  });
});

describe('a manifest', () => {
  const entry = { type: 'directory', path: '.' } as const;
  const item: CapturedItem = { name: 'gateway', role: 'file', captured_at: T.approved, entries: [entry] };
  const reading = (changes: object) => () =>
    readIncidentEvidence(canonicalBytes({ ...evidenceOf(item), ...changes } as never));

  it('is read from its canonical bytes only', () => {
    const pretty = new TextEncoder().encode(JSON.stringify(evidenceOf(item), null, 1));
    expect(refusal(() => readIncidentEvidence(pretty)).code).toBe('json.not_canonical');
  });

  it.each<[string, object, string]>([
    ['another type', { _type: 'application/vnd.countersign.standing.v1+json' }, 'document.type'],
    ['a member more', { note: 'x' }, 'document.shape'],
    ['no item', { items: [] }, 'document.shape'],
    ['an item twice', { items: [item, item] }, 'document.shape'],
    ['a role that is none', { items: [{ ...item, role: 'tape' }] }, 'document.shape'],
    ['an entry twice', { items: [{ ...item, entries: [entry, entry] }] }, 'document.shape'],
    [
      'entries out of order',
      {
        items: [
          {
            ...item,
            entries: [
              { ...entry, path: 'b' },
              { ...entry, path: 'a' },
            ],
          },
        ],
      },
      'document.shape',
    ],
    ['an end before its beginning', { ended_at: T.packed }, 'document.shape'],
    ['an item captured after the end', { items: [{ ...item, captured_at: T.confirmBy }] }, 'document.shape'],
    ['a file without a digest', { items: [{ ...item, entries: [{ type: 'file', path: '.' }] }] }, 'document.shape'],
  ])('is refused with %s', (_, changes, code) => {
    expect(refusal(reading(changes)).code).toBe(code);
  });
});

describe('what is to be captured', () => {
  it('is called by the last part of its path, or as one says', () => {
    expect(namedPath('/srv/models/gateway/')).toEqual({ name: 'gateway', path: '/srv/models/gateway/' });
    expect(namedPath('canary=/srv/a=b')).toEqual({ name: 'canary', path: '/srv/a=b' });
    expect(namedPath('x=./a=b').path).toBe('./a=b');
    expect(refusal(() => namedPath('/srv/two words')).code).toBe('cli.usage');
  });

  it('has distinct names, and is something', () => {
    expect(refusal(() => itemsOf({})).code).toBe('cli.usage');
    expect(refusal(() => itemsOf({ log: ['/a/x'], file: ['/b/x'] })).code).toBe('cli.usage');
    expect(itemsOf({ log: ['/a/x'], file: ['y=/b/x'] }).map(({ name, role }) => `${role} ${name}`)).toEqual([
      'log x',
      'file y',
    ]);
  });

  it('does not hold the manifest, by whatever way', () => {
    const folder = folderOf();
    const link = fresh();
    symlinkSync(folder, link);
    const item = [{ name: 'gateway', path: folder }];
    for (const out of [join(folder, 'x.json'), join(folder, 'new/x.json'), join(link, 'x.json'), folder])
      expect(refusal(() => refuseInside(out, item)).code).toBe('incident.inside');
    expect(() => refuseInside(`${folder}.json`, item)).not.toThrow();
    expect(existsSync(join(folder, 'x.json'))).toBe(false);
  });
});

/** Every name below, with all that a careful eye sees of it but when it was last read. */
function looked(folder: string): unknown[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .concat('.')
    .sort()
    .map((path) => {
      const at = join(folder, path);
      const { mode, size, mtimeMs, ctimeMs, uid, gid, ino, nlink } = lstatSync(at);
      const bytes = lstatSync(at).isFile() ? readFileSync(at, 'hex') : '';
      return { path, mode, size, mtimeMs, ctimeMs, uid, gid, ino, nlink, bytes };
    });
}
