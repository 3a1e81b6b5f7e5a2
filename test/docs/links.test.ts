import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { program } from '../../cli/program.ts';

/** What the documentation points at is there: links, headings, paths of this repository, scripts, commands and their options. */

const ROOT = join(import.meta.dirname, '../..');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'examples/README.md',
  ...globSync('docs/**/*.md', { cwd: ROOT }),
].sort();

/** Made by set-up, build or demo, so that a fresh clone has none of them. */
const GENERATED = /^(node_modules|\.venv|dist|demo-out|bench-out|deploy)\//;
/** In the folder that `countersign init` makes. */
const OF_A_TEAM = /^(keys|governance-keys|service-keys|policy|roster|trust|\.countersign)\//;
/** Spelt like paths, and none. */
const NO_PATH = /^(application|countersign\/commit)\//;

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

const MANIFEST = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
};

/** The page without its fenced blocks. */
function prose(text: string): string {
  return text.replaceAll(/^(```+)[^\n]*\n[\s\S]*?^\1$/gm, '');
}

/** Lines of code, fenced and inline, with continued lines as one. */
function code(text: string): string[] {
  // Every block is matched, of whatever language, so that the end of one is never taken for the start of another.
  const fenced = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, language = '']) => ['', 'sh', 'text', 'console'].includes(language))
    .map(([, , block = '']) => block.replaceAll('\\\n', ''));
  return [...fenced.flatMap((block) => block.split('\n')), ...spans(text)];
}

function spans(text: string): string[] {
  return [...prose(text).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
}

/** Anchors as the usual renderers of Markdown make them out of headings. */
function anchors(text: string): string[] {
  return [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}

function brokenLinks(page: string, text: string): string[] {
  const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return !target.startsWith('https://');
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : posix.normalize(posix.join(dirname(page), path));
    if (path !== '' && !existsSync(join(ROOT, file))) return true;
    return anchor !== undefined && !anchors(path === '' ? text : read(file)).includes(anchor);
  });
}

/** Paths from the root, also as patterns: whatever has a slash, or is named like a source file. */
function missingPaths(text: string): string[] {
  return spans(text).filter((span) => {
    const isPath = /^[\w.*-]+(\/[\w.*-]*)+$/.test(span) || /^[\w-]+\.(ts|mjs|lua|yml)$/.test(span);
    if (!isPath || [NO_PATH, GENERATED, OF_A_TEAM].some((elsewhere) => elsewhere.test(span))) return false;
    // What the package opens is spelt like a path of it.
    if (span.startsWith('countersign/')) return !Object.hasOwn(MANIFEST.exports, span.replace('countersign', '.'));
    return span.includes('*') ? globSync(span, { cwd: ROOT }).length === 0 : !existsSync(join(ROOT, span));
  });
}

function unknownScripts(text: string): string[] {
  const { scripts } = MANIFEST;
  return code(text)
    .flatMap((line) => [...line.matchAll(/\bnpm (?:run ([\w:-]+)|(test)\b)/g)])
    .map(([, script, test]) => script ?? test ?? '')
    .filter((script) => !Object.hasOwn(scripts, script));
}

const COUNTERSIGN = program(false);

/** Commands, sub-commands and options that `countersign` does not have. */
function unknownCommands(text: string): string[] {
  return code(text)
    .flatMap((line) => [...line.matchAll(/(?<![\w/.-])countersign ([a-z][^|&#]*)/g)])
    .flatMap(([shown, words = '']) => {
      const [name, second, ...rest] = words.trim().split(/\s+/);
      const command = named(COUNTERSIGN, name);
      if (command === undefined) return [shown];
      if (command.commands.length === 0) return unknownOptions(command, [second ?? '', ...rest], shown);
      const sub = named(command, second);
      // A group may be named alone.
      if (second === undefined) return [];
      return sub === undefined ? [shown] : unknownOptions(sub, rest, shown);
    });
}

function unknownOptions({ options }: Command, words: readonly string[], shown: string): string[] {
  const own = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  const flags = own.filter((word) => word.startsWith('--')).map((word) => word.replace(/[=,.)].*$/, ''));
  return flags
    .filter((flag) => flag !== '--help' && !options.some(({ long }) => long === flag))
    .map((flag) => `${shown}: ${flag}`);
}

function named(command: Command, name: string | undefined): Command | undefined {
  return command.commands.find((each) => each.name() === name);
}

describe.each(PAGES)('%s', (page) => {
  const text = read(page);

  it('links to what is there', () => {
    expect(brokenLinks(page, text)).toEqual([]);
  });

  it('names paths that are there', () => {
    expect(missingPaths(text)).toEqual([]);
  });

  it('shows scripts and commands that exist', () => {
    expect([...unknownScripts(text), ...unknownCommands(text)]).toEqual([]);
  });
});

describe('what is wrong on a page', () => {
  it('is found in links', () => {
    const text =
      '# A b\n[x](gone.md) [y](README.md#no-such) [z](#a-b) [u](#a-c) [v](https://example.org) [w](http://example.org)';
    expect(brokenLinks('README.md', text)).toEqual(['gone.md', 'README.md#no-such', '#a-c', 'http://example.org']);
    expect(brokenLinks('docs/README.md', '[up](../README.md) [not](README2.md)')).toEqual(['README2.md']);
    expect(brokenLinks('README.md', '```text\n[x](gone.md)\n```\n')).toEqual([]);
  });

  it('is found in paths', () => {
    const text =
      '`core/gone.ts` `core/` `test/**/*.int.test.ts` `test/**/*.gone` `patience.ts` `demo-out/one` `application/x` ' +
      '`countersign/client` `countersign/ledger`';
    expect(missingPaths(text)).toEqual(['core/gone.ts', 'test/**/*.gone', 'patience.ts', 'countersign/ledger']);
  });

  it('is found in scripts', () => {
    expect(
      unknownScripts('`npm run demo` `npm run gone -- --keep` `npm test`\n```sh\nnpm run lint:gone\n```\n'),
    ).toEqual(['lint:gone', 'gone']);
  });

  it.each([
    ['`countersign gone`', 1],
    ['`countersign verify pack --trust trust.json`', 0],
    ['`countersign verify pack --gone`', 1],
    ['`countersign run --decision ID --as X --subject F -- cp --archive a b`', 0],
    ['`countersign roster gone`', 1],
    ['`countersign roster revoke-key --actor x`', 0],
    ['`countersign roster revoke-key --gone`', 1],
    ['```sh\nnpx --no-install countersign open \\\n  --wait --gone\n```\n', 1],
    ['Countersign decides, and `countersign` is its command.', 0],
  ])('is found in commands: %s', (text, count) => {
    expect(unknownCommands(text)).toHaveLength(count);
  });
});
