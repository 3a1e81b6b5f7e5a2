import { relative } from 'node:path';

/** Everything the demo says, on standard output, at most 100 columns wide where the texts allow it. */

const WIDTH = 100;
const coloured = process.stdout.isTTY && !process.env['CI'] && !process.env['NO_COLOR'];
let muted = false;

/** From here on nothing is said any more: what still runs is being stopped. */
export function mute(): void {
  muted = true;
}

let lastWasBlank = true;

/** Two blank lines in a row become one. */
function line(text: string): void {
  if (muted || (lastWasBlank && text === '')) return;
  lastWasBlank = text === '';
  process.stdout.write(`${text}\n`);
}

export function bold(text: string): string {
  return coloured ? `\u001b[1m${text}\u001b[22m` : text;
}

function dim(text: string): string {
  return coloured ? `\u001b[2m${text}\u001b[22m` : text;
}

export function heading(text: string): void {
  line('');
  line(bold(`── ${text} ${'─'.repeat(Math.max(0, WIDTH - text.length - 4))}`));
  line('');
}

/** A paragraph of the story. */
export function say(text: string): void {
  for (const part of wrap(text, WIDTH)) line(part);
}

/** To be copied: never broken. */
export function verbatim(text: string): void {
  line(text);
}

/** One step: who did what. */
export function step(text: string): void {
  const [first = '', ...rest] = wrap(text, WIDTH - 4);
  line(`  ${bold('>')} ${first}`);
  for (const part of rest) line(`    ${part}`);
}

/** What a person or a process was shown, as it was shown; only lines that are too long are broken. */
export function quote(text: string, hanging = 0): void {
  for (const original of text.trimEnd().split('\n')) {
    for (const part of hang(original, WIDTH - 6, hanging)) line(`${dim('    |')} ${part}`.trimEnd());
  }
}

export function blank(): void {
  line('');
}

const INDENT = 2;

/** Aligned columns; the last one is wrapped. */
export function table(rows: readonly (readonly string[])[], head?: readonly string[]): void {
  const all = head === undefined ? rows : [head, ...rows];
  const columns = Math.max(...all.map((row) => row.length));
  const widths = Array.from({ length: columns - 1 }, (_, column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  );
  const lead = INDENT + widths.reduce((sum, width) => sum + width + 2, 0);
  for (const row of all) {
    const cells = widths.map((width, column) => (row[column] ?? '').padEnd(width));
    const [first = '', ...rest] = wrap(row[columns - 1] ?? '', Math.max(24, WIDTH - lead));
    const text = `${' '.repeat(INDENT)}${[...cells, first].join('  ')}`.trimEnd();
    line(row === head ? bold(text) : text);
    for (const part of rest) line(`${' '.repeat(lead)}${part}`);
  }
}

/** A path as someone in this folder would type it. */
export function shown(path: string): string {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near || '.';
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current];
}

/** Breaks one line after a space; what follows stands under its text, or `hanging` columns in. */
function hang(text: string, width: number, hanging: number): string[] {
  if (text.length <= width) return [text];
  const indent = hanging > 0 ? hanging : (/^\s*/.exec(text)?.[0].length ?? 0);
  const cut = text.lastIndexOf(' ', width);
  if (cut <= indent) return [text];
  return [text.slice(0, cut), ...hang(`${' '.repeat(indent)}${text.slice(cut + 1)}`, width, hanging)];
}
