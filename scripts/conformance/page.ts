import type { Item, Section } from './item.ts';
import type { Mark } from './marks.ts';

/** So many tests are read; more are not. */
const MOST_TESTS = 5;
const MOST_WORDS = 15;

/** Everything in which items and marks do not fit each other, or the project. */
export function faultsOf(
  sections: readonly Section[],
  marks: readonly Mark[],
  exists: (path: string) => boolean,
): readonly string[] {
  const items = sections.flatMap((section) => section.items);
  const known = new Set(items.map(({ number }) => number));
  const unknown = marks.flatMap((mark) =>
    mark.items.filter((number) => !known.has(number)).map((number) => `${mark.file}: there is no R${number}`),
  );
  const order = items.flatMap(({ number }, at) =>
    number === at + 1 ? [] : [`R${number} stands in the place of R${at + 1}`],
  );
  return [...unknown, ...order, ...items.flatMap((item) => itemFaults(item, testsOf(item, marks), exists))];
}

function itemFaults(
  { number, says, where }: Item,
  tests: readonly Mark[],
  exists: (path: string) => boolean,
): readonly string[] {
  const faults: string[] = [];
  if (says.split(' ').length > MOST_WORDS) faults.push(`more than ${MOST_WORDS} words`);
  if (tests.length > MOST_TESTS) faults.push(`${tests.length} tests, more than ${MOST_TESTS}`);
  if (where === 'not built') {
    faults.push(...tests.map(({ file }) => `not built, and shown by ${file}`));
  } else {
    if (where.length === 0) faults.push('lives nowhere');
    faults.push(...where.filter((path) => !exists(path)).map((path) => `${path} is not there`));
  }
  return faults.map((fault) => `R${number}: ${fault}`);
}

const INTRODUCTION = `# Conformance

Countersign unites two published systems: *ModelBreeder* (audit packets of candidates) and *Corevexa* (audit packs of governed actions). What their pages ask for are the items R1 to R110 below, each in a few words of ours: where it lives, and which tests show it.

The column *asked* says how the source asks: **M** it must, or is stated without condition; **S** it should; **D** derived by a reader, to make a stated goal testable. *No test yet* is a gap that we know of. *Not built* is what the product does not have. A note says what is missing or different where an item is met in part.

This page is generated from marks in the tests, such as \`// shows: R37, R38\` directly above a test, and from the tables in \`scripts/conformance/items/\`. It is written by

\`\`\`sh
node_modules/.bin/node scripts/conformance/main.ts
\`\`\`

and \`test/docs/conformance.test.ts\` fails where it is not what that would write.
`;

export function renderPage(sections: readonly Section[], marks: readonly Mark[]): string {
  const items = sections.flatMap((section) => section.items);
  const tables = sections.map(({ title, items: rows }) => {
    const head = '| item | asked | says | lives in | shown by | note |\n|---|---|---|---|---|---|';
    return `## ${title}\n\n${head}\n${rows.map((item) => row(item, testsOf(item, marks))).join('\n')}\n`;
  });
  return [INTRODUCTION, summary(items, marks), ...tables].join('\n');
}

function summary(items: readonly Item[], marks: readonly Mark[]): string {
  const names = (chosen: readonly Item[]): string =>
    `${chosen.length}${chosen.length === 0 ? '' : ` (${chosen.map(({ number }) => `R${number}`).join(', ')})`}`;
  const shown = items.filter((item) => testsOf(item, marks).length > 0);
  const notBuilt = items.filter(({ where }) => where === 'not built');
  const untested = items.filter((item) => !shown.includes(item) && !notBuilt.includes(item));
  const lines = [
    `* of ${items.length} items shown by tests: ${shown.length}`,
    `* of these with a note: ${names(shown.filter(({ note }) => note !== undefined))}`,
    `* no test yet: ${names(untested)}`,
    `* not built: ${names(notBuilt)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function row({ number, strength, says, where, note = '' }: Item, tests: readonly Mark[]): string {
  const place = where === 'not built' ? '*not built*' : where.map((path) => `\`${path}\``).join(', ');
  const shown = where === 'not built' ? '' : shownBy(tests);
  return `| R${number} | ${strength} | ${escaped(says)} | ${place} | ${shown} | ${escaped(note)} |`;
}

function shownBy(tests: readonly Mark[]): string {
  if (tests.length === 0) return '*no test yet*';
  const files = [...new Set(tests.map(({ file }) => file))];
  return files
    .map((file) => {
      const titles = tests.filter((test) => test.file === file).map((test) => escaped(test.titles.join(' > ')));
      return `[${file.slice('test/'.length)}](../${file}): ${titles.join('; ')}`;
    })
    .join('<br>');
}

function testsOf({ number }: Item, marks: readonly Mark[]): readonly Mark[] {
  return marks.filter(({ items }) => items.includes(number));
}

/** As it is read, whatever Markdown would make of it within a table. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<|$~]/g, String.raw`\$&`);
}
