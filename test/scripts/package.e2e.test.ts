import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../cli/version.ts';
import { npmCommand } from '../../scripts/bootstrap/npm-packages.mjs';
import { packedPackage } from '../../scripts/build/package.ts';
import { specifiersIn } from '../architecture/import-faults.ts';
import { nodes } from '../support/nodes.ts';
import { type Unpacked, unpack } from '../support/packed.ts';

/** What `npm pack` makes, and what somebody has who installs it into an empty project. */

const ROOT = join(import.meta.dirname, '..', '..');
const PACKS = join(ROOT, 'test', 'vectors', 'packs');

interface Manifest {
  readonly engines: { readonly node: string };
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

let unpacked: Unpacked;
let manifest: Manifest;
let consumer: string;

beforeAll(async () => {
  unpacked = await unpack();
  manifest = JSON.parse(readFileSync(join(unpacked.folder, 'package.json'), 'utf8')) as Manifest;
  consumer = realpathSync(mkdtempSync(join(tmpdir(), 'countersign-consumer-')));
});
afterAll(() => {
  unpacked.remove();
  rmSync(consumer, { recursive: true, force: true });
});

function run(program: string, words: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(program, words, { cwd: consumer, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

describe('the tarball', () => {
  it('holds compiled code, its declarations, and what tells about them', () => {
    const outside = unpacked.files.filter((path) => !path.startsWith('dist/'));
    expect(outside.toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'NOTICE',
      'README.md',
      'bin/countersign-worker.mjs',
      'bin/countersign.mjs',
      'bin/launch.mjs',
      'package.json',
    ]);
    const inside = unpacked.files.filter((path) => path.startsWith('dist/'));
    expect(inside.filter((path) => !/\.(?:js|mjs|d\.ts|lua)$/.test(path))).toEqual(['dist/docs/errors.md']);
    for (const path of ['dist/workflow-bundle.js', 'dist/verify.mjs', 'dist/worker/main.js', 'dist/cli/main.js']) {
      expect(inside).toContain(path);
    }
  });

  it('has what its manifest points at', () => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === 'string' ? [target] : [target.types, target.default],
    );
    for (const target of [...targets, ...Object.values(manifest.bin)]) {
      expect(unpacked.files).toContain(target.replace(/^\.\//, ''));
    }
    // A Node that came with it would take the place of the consumer's own in every script.
    expect(manifest.optionalDependencies).toBeUndefined();
  });

  it('imports, in code and declarations, only what it holds or depends on', () => {
    const known = new Set([...Object.keys(manifest.dependencies), ...builtinModules.map((name) => `node:${name}`)]);
    const rooms = unpacked.files.filter((path) => /^dist\/.+\/.+\.(?:js|ts)$/.test(path));
    expect(rooms.length).toBeGreaterThan(300);
    const missing = rooms.flatMap((path) =>
      specifiersIn(readFileSync(join(unpacked.folder, path), 'utf8')).flatMap((specifier) => {
        if (specifier.startsWith('.')) {
          const target = posix.join(posix.dirname(path), specifier);
          // A declaration names the source that it was made from, and stands for it.
          const there = [target, target.replace(/\.ts$/, '.d.ts')].some((each) => unpacked.files.includes(each));
          return there ? [] : [`${path}: ${specifier}`];
        }
        const name = specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/');
        return known.has(specifier) || known.has(name) ? [] : [`${path}: ${specifier}`];
      }),
    );
    expect(missing).toEqual([]);
  });

  it('tells nothing of the machine that made it', () => {
    const telling = unpacked.files.filter((path) => readFileSync(join(unpacked.folder, path), 'utf8').includes(ROOT));
    expect(telling).toEqual([]);
    const map = /sourceMappingURL=data:application\/json;charset=utf-8;base64,([\w+/=]+)/.exec(
      readFileSync(join(unpacked.folder, 'dist', 'workflow-bundle.js'), 'utf8'),
    );
    const { sources } = JSON.parse(Buffer.from(map?.[1] ?? '', 'base64').toString('utf8')) as { sources: string[] };
    expect(sources).toContain('dist/workflows/promotion-decision.js');
    expect(sources.filter((path) => path.startsWith('/'))).toEqual([]);
  });
});

describe('an empty project that installs it', () => {
  beforeAll(async () => {
    writeFileSync(
      join(consumer, 'package.json'),
      '{"name":"consumer","version":"1.0.0","private":true,"type":"module"}',
    );
    const [npm, ...before] = npmCommand();
    const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
    const installed = await run(npm, [...before, 'install', ...options, await packedPackage()]);
    expect(installed, installed.stderr).toMatchObject({ code: 0 });
  }, 300_000);

  it('reaches the entry points and nothing behind them', async () => {
    const script = `
      const client = await import('countersign/client');
      const verifier = await import('countersign/verifier');
      const codes = [];
      for (const hidden of ['countersign', 'countersign/dist/ledger/index.js', 'countersign/worker', 'countersign/dist/cli/main.js']) {
        codes.push(await import(hidden).then(() => hidden, (error) => error.code));
      }
      console.log(JSON.stringify({ client: typeof client.createClient, verifier: typeof verifier.verify, codes }));`;
    for (const { path } of nodes()) {
      const { stdout, stderr } = await run(path, ['--input-type=module', '--eval', script]);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual({
        client: 'function',
        verifier: 'function',
        codes: Array.from({ length: 4 }, () => 'ERR_PACKAGE_PATH_NOT_EXPORTED'),
      });
    }
  });

  it.each([
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ])('is told the types, resolving as %s', async (moduleResolution, module) => {
    mkdirSync(join(consumer, 'src'), { recursive: true });
    writeFileSync(join(consumer, 'src', 'orchestrator.ts'), orchestrator());
    writeFileSync(join(consumer, 'src', 'auditor.ts'), AUDITOR);
    const compilerOptions = {
      ...{ strict: true, noEmit: true, target: 'es2023', module, moduleResolution, skipLibCheck: false },
      ...{ types: ['node'], typeRoots: [join(ROOT, 'node_modules', '@types')] },
    };
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
    const { stdout } = await run(process.execPath, [
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      '--pretty',
      'false',
    ]);
    // Two of Temporal's own declarations want types that the package `ms` has not.
    const ours = stdout.split('\n').filter((line) => line !== '' && !/^(?:node_modules\/@temporalio\/| )/.test(line));
    expect(ours).toEqual([]);
  });

  it.each(nodes())('has the command line, on Node $version', async ({ path }) => {
    const countersign = join(consumer, 'node_modules', '.bin', 'countersign');
    expect(await run(path, [countersign, '--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
    const trust = join(PACKS, 'trust.json');
    const good = await run(path, [countersign, 'verify', join(PACKS, 'executed'), '--trust', trust]);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(good.stdout).toContain('evidence: holds\noutcome: EXECUTED\n');
    expect((await run(path, [countersign, 'verify', join(PACKS, 'tail-cut_fail'), '--trust', trust])).code).toBe(1);
    expect((await run(path, [countersign, 'explain', 'ledger.durability'])).code).toBe(0);
    const worker = await run(path, [join(consumer, 'node_modules', '.bin', 'countersign-worker')]);
    expect(worker.code).toBe(1);
    expect(worker.stderr).toContain('"code":"worker.configuration"');
  });
});

it('is promised to the oldest Node that its dependencies take', () => {
  const [, major, minor] = /^>=(\d+)\.(\d+)\.0$/.exec(manifest.engines.node) ?? [];
  const lowest = (range: string) => />=?\s*(\d+)\.(\d+)/.exec(range) ?? [undefined, '0', '0'];
  for (const name of Object.keys(manifest.dependencies)) {
    const { engines } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as {
      engines?: { node?: string };
    };
    const [, needsMajor = '0', needsMinor = '0'] = lowest(engines?.node ?? '');
    const enough = Number(major) * 1000 + Number(minor) >= Number(needsMajor) * 1000 + Number(needsMinor);
    expect(enough, `${name} needs ${engines?.node}`).toBe(true);
  }
});

/** The example of docs/client.md, with what it leaves to the reader. */
function orchestrator(): string {
  const page = readFileSync(join(ROOT, 'docs', 'client.md'), 'utf8');
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
  expect(example).toContain("from 'countersign/client'");
  return `import type { Envelope, OpenRequest, PrivateKey } from 'countersign/client';
declare const key: PrivateKey, packet: OpenRequest['packet'], evidenceStatement: Envelope;
${example}
const view = await client.state(decisionId);
// @ts-expect-error the state is not just anything
const wrong: number = view.status;
export { wrong };
`;
}

const AUDITOR = `import { exitCode, type Report, verify } from 'countersign/verifier';

const demands = { require: 'C2', expect: 'executed' } as const;

export function judged(bundle: Uint8Array, trust: Uint8Array): number {
  const input = { bundle, view: null, disclosures: null, trust, trustName: 'trust.json', options: demands };
  const report: Report = verify(input);
  // @ts-expect-error there is no such verdict
  if (report.evidence === 'perhaps') return 2;
  return exitCode(report, demands);
}
`;
