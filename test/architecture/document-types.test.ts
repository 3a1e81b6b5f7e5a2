import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { STATEMENT_KINDS, statementType } from '../../core/domain/statements.ts';
import { ROOMS } from './rooms.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Every `_type` that a source file names, as `FILE NAME`. */
function namedTypes(): ReadonlyMap<string, readonly string[]> {
  const named = new Map<string, string[]>(STATEMENT_KINDS.map((kind) => [statementType(kind), [`statement ${kind}`]]));
  for (const room of Object.keys(ROOMS)) {
    const files = readdirSync(join(ROOT, room), { withFileTypes: true });
    for (const { name } of files.filter((file) => file.isFile() && file.name.endsWith('.ts'))) {
      const text = readFileSync(join(ROOT, room, name), 'utf8');
      for (const [, constant = '', type = ''] of text.matchAll(
        /const (\w+) = '(application\/vnd\.countersign\.[\w.+-]+)'/g,
      )) {
        named.set(type, [...(named.get(type) ?? []), `${room}/${name} ${constant}`]);
      }
    }
  }
  return named;
}

it('every kind of hashed document has a `_type` of its own (ruling 2)', () => {
  const named = namedTypes();
  expect([...named.values()].flat()).toContain('documents/evidence.ts EVIDENCE_PACKET_TYPE');
  expect(named.size).toBeGreaterThan(STATEMENT_KINDS.length + 8);
  expect([...named].filter(([, names]) => names.length > 1)).toEqual([]);
});
