import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { importFaults, purityFaults, specifiersIn } from './import-faults.ts';
import { keepingFaults } from './keeping-faults.ts';
import { ROOMS, roomOf } from './rooms.ts';

const ROOT = join(import.meta.dirname, '..', '..');

function sources(): { path: string; source: string }[] {
  const folders = [...new Set(Object.keys(ROOMS).map((room) => room.split('/')[0]))];
  return globSync(`{${folders.join(',')}}/**/*.{ts,mjs}`, { cwd: ROOT, exclude: ['**/node_modules/**'] })
    .map((path) => path.replaceAll('\\', '/'))
    .map((path) => ({ path, source: readFileSync(join(ROOT, path), 'utf8') }));
}

describe('the rooms', () => {
  it('import only what the table allows', () => {
    const all = sources();
    expect(all.length).toBeGreaterThan(0);
    expect(all.flatMap(({ path, source }) => importFaults(path, source))).toEqual([]);
  });

  // shows: R24
  it('use no clock, random source or environment where they are pure', () => {
    expect(sources().flatMap(({ path, source }) => purityFaults(path, source))).toEqual([]);
  });

  it('keep nothing between two calls where all decisions share their modules', () => {
    expect(sources().flatMap(({ path, source }) => keepingFaults(path, source))).toEqual([]);
  });

  it('ask for patches in one place, which knows the marker that stands for all', () => {
    const asking = sources().filter(({ source }) => /\bpatched\b|\bdeprecatePatch\b/.test(source));
    expect(asking.map(({ path }) => path)).toEqual(['workflows/patches.ts']);
  });

  it('allow each other without a circle', () => {
    const open = new Set<string>();
    const done = new Set<string>();
    const visit = (room: string): void => {
      expect(open.has(room), `${[...open, room].join(' -> ')}`).toBe(false);
      if (done.has(room)) return;
      open.add(room);
      for (const other of ROOMS[room]?.rooms ?? []) visit(other);
      open.delete(room);
      done.add(room);
    };
    for (const room of Object.keys(ROOMS)) visit(room);
  });

  it('have project references that say the same as the table', () => {
    const wrong = Object.entries(ROOMS).flatMap(([room, { rooms }]) => {
      const config = JSON.parse(readFileSync(join(ROOT, room, 'tsconfig.json'), 'utf8')) as {
        references: { path: string }[];
      };
      const referred = config.references.map(({ path }) => roomOf(`${join(room, path)}/x.ts`) ?? path).toSorted();
      const allowed = rooms.toSorted();
      return JSON.stringify(referred) === JSON.stringify(allowed) ? [] : [{ room, referred, allowed }];
    });
    expect(wrong).toEqual([]);
  });
});

describe('an import', () => {
  it.each([
    ["import { a } from './a.ts';", ['./a.ts']],
    ["import type { A } from '../ledger/a.ts';", ['../ledger/a.ts']],
    ['import { type A,\n  b,\n} from "zod";', ['zod']],
    ["import './effect.ts';", ['./effect.ts']],
    ["export { a } from './a.ts';", ['./a.ts']],
    ["const a = await import('node:fs');", ['node:fs']],
    ["type A = import('ioredis').Redis;", ['ioredis']],
    ["const url = 'https://example.org'; import b from 'b';", ['b']],
    ["// import { a } from 'a';\n/* import 'b'; */\n * text", []],
    ['const text = "it\'s from";', []],
  ])('is found: %s', (source, expected) => {
    expect(specifiersIn(source)).toEqual(expected);
  });

  it.each([
    [
      'core/domain/decide.ts',
      "import type { Ledger } from '../../ledger/ledger.ts';",
      'core/domain may not import ledger',
    ],
    ['core/domain/stages/risk.ts', "import { z } from 'zod';", 'core/domain may not import the package zod'],
    ['workflows/promotion-decision.ts', "import { sha256 } from '@noble/hashes/sha2.js';", 'package @noble/hashes'],
    ['workflows/promotion-decision.ts', "import type { A } from '../activities/risk.ts';", 'may not import activities'],
    ['verifier/verify.ts', "import { readFileSync } from 'node:fs';", 'verifier may not import the package node:'],
    ['core/errors.ts', "import { a } from './canon/index.ts';", 'core may not import core/canon'],
    ['cli/main.ts', "import { createWorker } from '../worker/worker.ts';", 'cli may not import worker'],
    ['ledger/redis.ts', "import { a } from '../../elsewhere/a.ts';", 'in no room'],
  ])('is refused: %s, %s', (path, source, expected) => {
    expect(importFaults(path, source)).toEqual([expect.stringContaining(expected)]);
  });

  it('within a room, or of a room and package that the table names, is allowed', () => {
    const source =
      "import { Redis } from 'ioredis';\nimport { a } from './a.ts';\nimport { hasCode } from '../core/errors.ts';";
    expect(importFaults('ledger/redis.ts', source)).toEqual([]);
  });
});

describe('a pure room', () => {
  it.each([
    ['new Date()', 'Date'],
    ['new Date', 'Date'],
    ['const t = Date();', 'Date'],
    ['Date.now()', 'Date.now'],
    ['Math.random()', 'Math.random'],
    ['performance.now()', 'performance'],
    ['crypto.getRandomValues(a)', 'randomness'],
    ['process.env.HOME', 'the process'],
    ["fetch('x')", 'fetch'],
    ['globalThis.process', 'globalThis'],
  ])('may not use %s', (code, expected) => {
    expect(purityFaults('core/domain/x.ts', `const a = 1;\n${code};\n`)).toEqual([expect.stringContaining(expected)]);
  });

  it.each([
    'new Date(0)',
    'new Date(ms).toISOString()',
    'Date.parse(text)',
    '// Date.now()',
    "'Date.now()'",
    'type A = Date;',
  ])('may use %s', (code) => {
    expect(purityFaults('core/domain/x.ts', code)).toEqual([]);
  });

  it('is not a room with effects', () => {
    expect(purityFaults('ledger/x.ts', 'Date.now()')).toEqual([]);
  });
});

describe('a room that keeps nothing', () => {
  it.each([
    ['let count = 0;', 'a variable'],
    ['export let count: number | undefined;', 'a variable'],
    ['var count;', 'a variable'],
    ['const a = 1, seen = new Set<string>();', 'what Set() gave it'],
    ['export const seen = new Map();', 'what Map() gave it'],
    ['const seen: Map<string, (a: string) => void> = new Map();', 'what Map() gave it'],
    ['const seen: Readonly<Map<string, string>> =\n  new Map();', 'what Map() gave it'],
    ['const seen: WeakMap<object, string> = new WeakMap();', 'what WeakMap() gave it'],
    ['export default new Map();', 'a statement that runs as it is loaded'],
    ['const bytes = new Uint8Array(8);', 'what Uint8Array() gave it'],
    ['const seen: string[] = [];', 'not plainly fixed (ArrayExpression)'],
    ["const seen = ['a'];", 'not plainly fixed (ArrayExpression)'],
    ['const seen = [] as string[];', 'not plainly fixed (TSAsExpression)'],
    ['const seen = Array.from([1]);', 'not plainly fixed (CallExpression)'],
    ['const seen = Object.create(null);', 'not plainly fixed (CallExpression)'],
    ['export const seen: Record<string, string> = {};', 'not plainly fixed (ObjectExpression)'],
    ['const state = { count: 0 };', 'not plainly fixed (ObjectExpression)'],
    ['const state: State = { count: 0 };', 'not plainly fixed (ObjectExpression)'],
    ['const state = { seen: new Map() } as const;', 'not plainly fixed (TSAsExpression)'],
    ['const next = (() => { let n = 0; return () => (n += 1); })();', 'not plainly fixed (CallExpression)'],
    ['const read = memoize(parse);', 'what memoize() gave it'],
    ['const { a } = makeState();', 'what makeState() gave it'],
    ['function f() {}\nf.cache = {};', 'a statement that runs as it is loaded'],
    ['const word = /a/g;', 'not plainly fixed (Literal)'],
    ['const word = /a/uy;', 'not plainly fixed (Literal)'],
    ['class A { static seen = 0; }', 'a static member'],
    ['class A {\n  private static n = 0;\n}', 'a static member'],
    ['export class A {\n  static readonly seen = new Map();\n}', 'a static member'],
    ['class A {\n  static { A.n = 1; }\n}', 'a static block'],
    ['const A = class { static n = 0 };', 'not plainly fixed (ClassExpression)'],
  ])('may not have %j', (code, expected) => {
    expect(keepingFaults('workflows/x.ts', code)).toEqual([expect.stringContaining(expected)]);
  });

  it('is told where it does', () => {
    const [fault] = keepingFaults('workflows/x.ts', '\nclass A {\n  static n = 0;\n}\n');
    expect(fault).toBe('workflows/x.ts:3: a module keeps a static member');
  });

  it.each([
    "const KNOWN: ReadonlySet<string> = new Set(['a']);",
    "const NAMES: ReadonlyMap<string, (a: string) => void> = new Map([['a', f]]);",
    'function f() {\n  let a = 0;\n  const b = new Map();\n}',
    'class A {\n  static readonly LIMIT = 1;\n  static of() {}\n  readonly #seen = new Map();\n}',
    "const LIST = ['a', { b: [1, -2, `c`] }] as const;",
    'const TABLE = { a: (x: number) => x, ...LIST } as const satisfies Record<string, unknown>;',
    "export const FIRST: Readonly<Head> = { sequence: 0, hash: 'GENESIS' };",
    "const LIST: readonly string[] = ['a'];",
    'const MS = 24 * 3_600 * UNIT.seconds;',
    'const WORD = /a/u;',
    'export const opened = defineUpdate<View>(UPDATES.opened);',
    'export type { A } from "./a.ts";\nexport { b };\n// let it be',
  ])('may have %j', (code) => {
    expect(keepingFaults('workflows/x.ts', code)).toEqual([]);
  });

  it('is not a room whose modules are of one process', () => {
    expect(keepingFaults('core/canon/x.ts', 'let count = 0;')).toEqual([]);
  });
});
