import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { schemas, SCHEMAS_PATH } from '../../scripts/schemas/schemas.ts';

/** The schemas that others read, held against what our readers demand and against the examples of the pages. */

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const made = schemas();

/** Documents of the pages, by kind: the examples that say of which type they are. */
const examples = readdirSync(join(ROOT, 'docs/spec'))
  .filter((page) => page.endsWith('.md'))
  .flatMap((page) => [...read(`docs/spec/${page}`).matchAll(/^```json example=([a-z0-9-]+)\n([\s\S]*?)\n```$/gm)])
  .flatMap(([, label = '', text = '']): [label: string, kind: string, value: Record<string, unknown>][] => {
    const value = JSON.parse(text) as Record<string, unknown>;
    const [, kind] = /^application\/vnd\.countersign\.([a-z-]+)\.v1\+json$/.exec(String(value?.['_type'])) ?? [];
    return kind !== undefined && Object.hasOwn(made, `${kind}.v1.json`) ? [[label, kind, value]] : [];
  });

const ajv = new Ajv2020({ strict: false, allErrors: true });
const validators = new Map(
  Object.entries(made).map(([name, text]) => [name, ajv.compile(JSON.parse(text) as object)] as const),
);

describe('docs/spec/schemas', () => {
  it('is what the readers make of it; else: node_modules/.bin/node scripts/schemas/main.ts', () => {
    const stored = Object.fromEntries(
      readdirSync(join(ROOT, SCHEMAS_PATH)).map((name) => [name, read(join(SCHEMAS_PATH, name))]),
    );
    expect(stored).toEqual(made);
  });

  it('has examples of most kinds to be held against', () => {
    expect(new Set(examples.map(([, kind]) => kind)).size).toBeGreaterThan(12);
  });

  it.each(examples)(
    'takes the example %s, a %s, and no other members, none less, and no floating digest',
    (_, kind, value) => {
      const valid = validators.get(`${kind}.v1.json`);
      expect(valid?.(value), JSON.stringify(valid?.errors)).toBe(true);
      expect(valid?.({ ...value, stranger: true })).toBe(false);
      const { _type, ...untyped } = value;
      expect(valid?.(untyped)).toBe(false);
      expect(valid?.({ ...value, _type: `${String(_type)}x` })).toBe(false);
      const [member] = Object.entries(value).find(([, text]) => String(text).startsWith('sha256:')) ?? [];
      if (member !== undefined) expect(valid?.({ ...value, [member]: 'latest' })).toBe(false);
    },
  );
});
