import { posix } from 'node:path';

import { ROOMS, roomOf } from './rooms.ts';

/**
 * Every module name in a source: static and dynamic imports, re-exports, `import type`, `import('…')` in
 * types, `require`. Comments are taken out first, so that an example in one is no import.
 */
export function specifiersIn(source: string): string[] {
  const code = withoutComments(source);
  const patterns = [
    /\b(?:import|export)\s[^'"`;]*?\bfrom\s*(['"])([^'"\n]+)\1/g,
    /\bimport\s*(['"])([^'"\n]+)\1/g,
    /\b(?:import|require|resolve)\s*\(\s*(['"`])([^'"`\n]+)\1/g,
  ];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[2] ?? ''));
}

/** One sentence for each import of a source that the table of rooms does not allow. */
export function importFaults(path: string, source: string): string[] {
  const room = roomOf(path);
  const rules = room === undefined ? undefined : ROOMS[room];
  if (rules === undefined) return [];
  return specifiersIn(source).flatMap((specifier) => {
    if (specifier.startsWith('.')) {
      const target = posix.join(posix.dirname(path), specifier);
      const other = roomOf(target);
      if (other === undefined) return [`${path}: imports ${target}, which is in no room`];
      if (other === room || rules.rooms.includes(other)) return [];
      return [`${path}: the room ${room} may not import ${other} (${specifier})`];
    }
    const name = packageOf(specifier);
    return rules.packages.includes(name) ? [] : [`${path}: the room ${room} may not import the package ${name}`];
  });
}

const SURROUNDINGS = [
  { pattern: /\bnew\s+Date\s*(?:\(\s*\)|(?![\w(\s]))|(?<![\w.]|new\s)Date\s*\(\s*\)/, name: 'the clock (Date)' },
  { pattern: /\bDate\s*\.\s*now\b/, name: 'the clock (Date.now)' },
  { pattern: /\bperformance\s*\./, name: 'the clock (performance)' },
  { pattern: /\bMath\s*\.\s*random\b/, name: 'randomness (Math.random)' },
  { pattern: /(?<![\w.])crypto\s*\.|\brandomBytes\b|\bgetRandomValues\b/, name: 'randomness' },
  { pattern: /(?<![\w.'])process\s*\.\s*(?:env|argv|cwd|exit|std|hrtime|on)\b/, name: 'the process' },
  { pattern: /(?<![\w.])fetch\s*\(/, name: 'the network (fetch)' },
  { pattern: /\bglobalThis\b/, name: 'globalThis' },
] as const;

/** One sentence for each clock, random source, or piece of the environment that a pure room's source uses. */
export function purityFaults(path: string, source: string): string[] {
  const room = roomOf(path);
  if (room === undefined || ROOMS[room]?.pure !== true || ROOMS[room].clock === path) return [];
  const code = withoutStrings(withoutComments(source));
  return SURROUNDINGS.filter(({ pattern }) => pattern.test(code)).map(
    ({ name }) => `${path}: the pure room ${room} uses ${name}`,
  );
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:';
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Blanks comments and keeps strings, so that `'https://…'` is not taken for one. */
function withoutComments(source: string): string {
  const token = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return source.replace(token, (text) => (text.startsWith('/') ? ' ' : text));
}

function withoutStrings(code: string): string {
  return code.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''");
}
