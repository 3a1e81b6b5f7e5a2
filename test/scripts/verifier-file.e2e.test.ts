import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/canon/index.ts';
import type { Outcome } from '../../core/domain/vocabulary.ts';
import { verifierFile } from '../../scripts/build/verifier-file.ts';
import { VERSION } from '../../cli/version.ts';
import { exitCode, type Report } from '../../verifier/index.ts';
import { nodes } from '../support/nodes.ts';
import { type Unpacked, unpack } from '../support/packed.ts';
import { ask } from '../verifier/asking.ts';

/** `dist/verify.mjs`, as a stranger has it: one file, alone in a folder, with nothing installed. */

const PACKS = join(import.meta.dirname, '..', 'vectors', 'packs');
const folders = readdirSync(PACKS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

let unpacked: Unpacked;
let alone: string;
let file: string;
let text: string;

beforeAll(async () => {
  unpacked = await unpack();
  text = readFileSync(join(unpacked.folder, 'dist', 'verify.mjs'), 'utf8');
  alone = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-verifier-')));
  file = join(alone, 'verify.mjs');
  writeFileSync(file, text);
});
afterAll(() => {
  unpacked.remove();
  rmSync(alone, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(node: string, words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(node, words, { cwd: alone, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

describe('what is in it', () => {
  it('is the same bytes whenever it is made of the same sources', async () => {
    expect(await verifierFile()).toBe(text);
  });

  // shows: R96
  it('imports the modules of Node that read files and hash them, and nothing else', async () => {
    const { metafile } = await build({
      entryPoints: [file],
      absWorkingDir: alone,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports.map(({ path }) => path));
    expect([...new Set(imported)].toSorted()).toEqual(['node:crypto', 'node:events', 'node:fs', 'node:path']);
  });

  it('has no way to a module, the network or new code past its imports', () => {
    const code = text.slice(0, text.lastIndexOf('\n/*\n'));
    for (const way of [
      /\bcreateRequire\b/,
      /\bprocess\.(?:binding|dlopen)\b/,
      /(?<![.\w])fetch\(/,
      /\b(?:WebSocket|EventSource|XMLHttpRequest|WebAssembly)\b/,
      /(?<![.\w])eval\(/,
    ]) {
      expect(code).not.toMatch(way);
    }
    // Node's own hash and signatures, which answer as ours do (`core/canon/native.ts`): one call, for that module alone.
    expect([...code.matchAll(/.*\bgetBuiltinModule\b.*/g)].map(([line]) => line)).toEqual([
      expect.stringMatching(
        /^var \w+ = typeof process === "undefined" \? void 0 : process\.getBuiltinModule\?\.\("node:crypto"\);$/,
      ),
    ]);
  });

  it('says whose work it holds, with every licence', () => {
    const notices = text.slice(text.lastIndexOf('\n/*\n'));
    const packages = [...text.matchAll(/^\/\/ node_modules\/((?:@[^/\n]+\/)?[^/\n]+)/gm)].map(([, name = '']) => name);
    expect(new Set(packages).size).toBeGreaterThan(3);
    for (const name of new Set(packages)) expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`, 'm'));
    expect(notices.match(/Permission is hereby granted/g)?.length).toBe(new Set(packages).size);
  });
});

interface Case {
  readonly outcome: Outcome;
  readonly subject: Digest;
}

describe('what it says', () => {
  // The machine's own Node, where that is another than the project's, is the older one.
  const [node] = nodes().toReversed();

  // shows: R105
  it.concurrent.each(folders)('of %s is what the sources say', async (folder) => {
    const read = (name: string): Uint8Array | null => {
      const path = join(PACKS, folder, name);
      return existsSync(path) ? new Uint8Array(readFileSync(path)) : null;
    };
    const { outcome, subject } = JSON.parse(readFileSync(join(PACKS, folder, 'case.json'), 'utf8')) as Case;
    const own = join(PACKS, folder, 'verifier-trust.json');
    const trust = existsSync(own) ? own : join(PACKS, 'trust.json');
    const words = [join(PACKS, folder), '--trust', trust, '--expect', outcome, '--subject', subject, '--json'];
    const { code, stdout, stderr } = await run(node?.path ?? process.execPath, [file, ...words]);

    const judged = ask({
      bundle: read('pack.sigstore.json'),
      view: read('pack.json'),
      disclosures: read('disclosures.json'),
      trust: new Uint8Array(readFileSync(trust)),
      expect: outcome,
      subject,
    });
    expect(stderr).toBe('');
    const said = JSON.parse(stdout) as Report;
    const inSources = JSON.parse(JSON.stringify(judged)) as Report;
    expect({ ...said, trust: null }).toEqual({ ...inSources, trust: null });
    expect(said.trust).toEqual({ ...inSources.trust, name: trust });
    expect(code).toBe(exitCode(judged, { require: 'C2', expect: outcome, subject }));
    expect(code).toBe(folder.endsWith('_fail') ? 1 : 0);
  });

  it.each(nodes())('is the same on Node $version, as text, help and refusal', async ({ path }) => {
    const trust = join(PACKS, 'trust.json');
    const text = await run(path, [file, join(PACKS, 'executed'), '--trust', trust, '--timeline']);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toContain('evidence: holds\noutcome: EXECUTED\n');
    const help = await run(path, [file, '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('node verify.mjs pack --trust trust.json');
    expect(await run(path, [file, '--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
    expect(await run(path, [file, join(PACKS, 'executed')])).toEqual({
      code: 2,
      stdout: '',
      stderr: "cli.usage: required option '--trust <file>' not specified\n",
    });
    expect((await run(path, [file, 'nowhere', '--trust', trust])).code).toBe(2);
    expect((await run(path, [file, join(PACKS, 'executed'), '--trust', 'nowhere'])).code).toBe(2);
  });

  // shows: R96
  it('comes of reading alone: it needs no other permission', async () => {
    const may = ['--permission', `--allow-fs-read=${file}`, `--allow-fs-read=${PACKS}`];
    const words = [file, join(PACKS, 'executed'), '--trust', join(PACKS, 'trust.json')];
    expect(await run(process.execPath, [...may, ...words])).toMatchObject({ code: 0, stderr: '' });
    expect((await run(process.execPath, [...may.slice(0, 2), ...words])).code).toBe(2);
  });
});
