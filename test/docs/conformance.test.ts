import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { conformance, PAGE_PATH } from '../../scripts/conformance/conformance.ts';
import type { Item, Section } from '../../scripts/conformance/item.ts';
import { readMarks } from '../../scripts/conformance/marks.ts';
import { faultsOf, renderPage } from '../../scripts/conformance/page.ts';
import { SECTIONS } from '../../scripts/conformance/sections.ts';

const found = conformance();

describe('docs/conformance.md', () => {
  it('has only marks that are well-formed and fit the items', () => {
    expect(found.faults).toEqual([]);
  });

  it('is what the marks in the tests make it; else: node_modules/.bin/node scripts/conformance/main.ts', () => {
    expect(readFileSync(join(import.meta.dirname, '../..', PAGE_PATH), 'utf8')).toBe(found.page);
  });

  it('has the items R1 to R110', () => {
    const numbers = SECTIONS.flatMap(({ items }) => items.map(({ number }) => number));
    expect(numbers).toEqual(Array.from({ length: 110 }, (_, index) => index + 1));
  });
});

/** Lines of a test file. A comment here that began like a mark would be one. */
const source = (...lines: readonly string[]): string => lines.map((line) => line.replace('COMMENT', '//')).join('\n');
const read = (...lines: readonly string[]) => readMarks('test/a.test.ts', source(...lines));

describe('a mark', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['a test', ["it('holds', () => {"], ['holds']],
    ['a test of another name', ['test("it\'s so", async () => {'], ["it's so"]],
    ['a title with an escape', [String.raw`it('it\'s so', () => {`], ["it's so"]],
    ['a title on a line of its own', ['it(', "  'holds',"], ['holds']],
    ['a block', ["describe('all', () => {"], ['all']],
    ['a table that has a name', ["it.each(CASES)('%s', (one) => {"], ['%s']],
    ['a table that is called for', ["it.each(Object.entries(all))('in %s (really)', () => {"], ['in %s (really)']],
    ['a table on its lines', ['it.each<[string, () => void]>([', "  ['(x)', f],", "])('%s', () => {"], ['%s']],
    ['a constant table', ['it.each([', '  [1],', "] as const)('%i', () => {"], ['%i']],
    ['a table, and the title below it', ['it.each([1])(', "  'is %i',"], ['is %i']],
    ['a condition', ["describe.runIf(linux)('there', () => {"], ['there']],
    ['a test beside others', ['it.concurrent.for(ALL)(', "  'in $place',"], ['in $place']],
  ])('is read above %s', (_, below, titles) => {
    expect(read('COMMENT shows: R3, R12', ...below)).toEqual({
      marks: [{ file: 'test/a.test.ts', items: [3, 12], titles }],
      faults: [],
    });
  });

  it('has the titles of the blocks around it, and of no other', () => {
    const { marks } = read(
      "describe('closed', () => {",
      "  it('first', () => {});",
      '});',
      '',
      "describe.each<[string]>([['a']])('outer', () => {",
      '  it.each([',
      "    ['x'],",
      "  ])('before', () => {",
      '    run();',
      '  });',
      '',
      "  describe('inner', () => {",
      '    COMMENT shows: R1',
      "    it('holds', () => {});",
      '  });',
      '});',
      '',
      'export function contract(): void {',
      '  COMMENT shows: R2',
      "  it('alone', () => {});",
      '}',
    );
    expect(marks.map(({ titles }) => titles)).toEqual([['outer', 'inner', 'holds'], ['alone']]);
  });

  it.each([
    'COMMENT shows R3',
    'COMMENT Shows: R3',
    'COMMENT shows: r3',
    'COMMENT shows: R03',
    'COMMENT shows: R3,R4',
    'COMMENT shows: R3, R4.',
    'COMMENT shows: R3 and R4',
    'COMMENT shows:',
    'COMMENTshows: R3',
    'COMMENT show: R3',
    'COMMENT R3, R4',
    '/* shows: R3 */',
    ' * shows: R3',
    'run(); COMMENT shows: R3',
  ])('is refused in another form: %s', (line) => {
    const { marks, faults } = read(line, "it('holds', () => {");
    expect([marks, faults]).toEqual([[], [expect.stringMatching(/^test\/a\.test\.ts:1: a mark has the form/)]]);
  });

  it.each<[string, readonly string[]]>([
    ['numbers ascend', ['COMMENT shows: R4, R3', "it('holds', () => {"]],
    ['numbers ascend', ['COMMENT shows: R3, R3', "it('holds', () => {"]],
    ['directly above a test', ['COMMENT shows: R3', '', "it('holds', () => {"]],
    ['directly above a test', ['COMMENT shows: R3', 'COMMENT because', "it('holds', () => {"]],
    ['directly above a test', ['COMMENT shows: R3', '  it("holds", () => {']],
    ['directly above a test', ['COMMENT shows: R3', 'beforeAll(() => {']],
    ['directly above a test', ['COMMENT shows: R3', "testContract('memory', () => {"]],
    ['directly above a test', ['COMMENT shows: R3']],
    ['does not run', ['COMMENT shows: R3', "it.skip('holds', () => {"]],
    ['does not run', ['COMMENT shows: R3', "it.todo('holds');"]],
    ['cannot be read', ['COMMENT shows: R3', 'it(title, () => {']],
    ['cannot be read', ['COMMENT shows: R3', 'it.each(CASES)(title, () => {']],
  ])('is refused: %s', (says, lines) => {
    const { marks, faults } = read(...lines);
    expect([marks, faults]).toEqual([[], [expect.stringContaining(says)]]);
  });

  it('is no comment that merely speaks of showing', () => {
    expect(read('COMMENT shows what the commands print.', 'COMMENT What it shows: much.', "it('x', () => {")).toEqual({
      marks: [],
      faults: [],
    });
  });
});

describe('items and marks', () => {
  const item = (number: number, changes: Partial<Item> = {}): Item => ({
    number,
    strength: 'M',
    says: 'something',
    where: ['core/'],
    ...changes,
  });
  const sections = (...items: readonly Item[]): readonly Section[] => [{ title: 'All', items }];
  const mark = (...items: readonly number[]) => ({ file: 'test/a.test.ts', items, titles: ['a', 'holds $x | y'] });
  const exists = (path: string): boolean => path === 'core/';

  it.each<[string, readonly Section[], readonly ReturnType<typeof mark>[]]>([
    ['test/a.test.ts: there is no R2', sections(item(1)), [mark(1, 2)]],
    ['R3 stands in the place of R2', sections(item(1), item(3)), []],
    ['R1: gone/ is not there', sections(item(1, { where: ['core/', 'gone/'] })), []],
    ['R1: lives nowhere', sections(item(1, { where: [] })), []],
    ['R1: not built, and shown by test/a.test.ts', sections(item(1, { where: 'not built' })), [mark(1)]],
    ['R1: 6 tests, more than 5', sections(item(1)), Array.from({ length: 6 }, () => mark(1))],
    ['R1: more than 15 words', sections(item(1, { says: 'word '.repeat(16).trim() })), []],
  ])('that do not fit are told: %s', (fault, table, marks) => {
    expect(faultsOf(table, marks, exists)).toEqual([fault]);
  });

  it('that fit make rows: shown, not shown yet, not built', () => {
    const table = sections(item(1), item(2, { note: 'half' }), item(3, { where: 'not built' }));
    const page = renderPage(table, [mark(1), mark(1)]);
    expect(faultsOf(table, [mark(1)], exists)).toEqual([]);
    expect(page.split('\n').filter((line) => /^(\* |\| R)/.test(line))).toEqual([
      '* of 3 items shown by tests: 1',
      '* of these with a note: 0',
      '* no test yet: 1 (R2)',
      '* not built: 1 (R3)',
      String.raw`| R1 | M | something | ${'`core/`'} | [a.test.ts](../test/a.test.ts): a > holds \$x \| y; a > holds \$x \| y |  |`,
      '| R2 | M | something | `core/` | *no test yet* | half |',
      '| R3 | M | something | *not built* |  |  |',
    ]);
  });
});
