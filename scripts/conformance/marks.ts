/**
 * What a test shows, in a comment line of its own directly above the test or the block of tests:
 *
 *     // shows: R37, R38
 *
 * Numbers ascend, and none stands twice. A comment that comes near this form and misses it is refused: a mark that is
 * passed over would take a test out of the page without a word.
 */
export interface Mark {
  readonly items: readonly number[];
  /** From the project's root. */
  readonly file: string;
  /** Titles of the enclosing blocks and of the test, outermost first. */
  readonly titles: readonly string[];
}

export interface MarkedFile {
  readonly marks: readonly Mark[];
  /** What is wrong, each with file and line. */
  readonly faults: readonly string[];
}

const MARK = /^ *\/\/ shows: (R[1-9]\d*(?:, R[1-9]\d*)*)$/;
/** A comment that speaks of numbers in some other form, or a mark that shares its line with code. */
const NEAR = /^\s*(?:\/\/+|\/?\*+)\s*(?:shows?\s*:|shows?\s+R?\d|R\d+\s*(?:,|$))|\/\/+\s*shows\s*:/i;
const BEGINS = /^ *(?:describe|it|test)((?:\.\w+)*)[(<]/;
const SKIPPED = /\.(?:skip|todo)\b/;

export function readMarks(file: string, source: string): MarkedFile {
  const lines = source.split('\n');
  const marks: Mark[] = [];
  const faults: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (!NEAR.test(line)) continue;
    const read = readMark(lines, index);
    if (typeof read === 'string') faults.push(`${file}:${index + 1}: ${read}`);
    else marks.push({ file, ...read });
  }
  return { marks, faults };
}

function readMark(lines: readonly string[], index: number): Omit<Mark, 'file'> | string {
  const line = lines[index] ?? '';
  const [, list] = MARK.exec(line) ?? [];
  if (list === undefined) return `a mark has the form "// shows: R1, R2" and a line of its own, not "${line.trim()}"`;
  const items = list.split(', ').map((item) => Number(item.slice(1)));
  if (items.some((item, at) => item <= (items[at - 1] ?? 0))) return `numbers ascend, each once, not "${list}"`;
  const below = lines[index + 1] ?? '';
  const [, modifiers] = BEGINS.exec(below) ?? [];
  if (modifiers === undefined || indentOf(below) !== indentOf(line)) return 'a mark stands directly above a test';
  if (SKIPPED.test(modifiers)) return 'a test that does not run shows nothing';
  const titles = [...enclosing(lines, index + 1), index + 1].map((at) => titleAt(lines, at));
  return titles.includes(undefined) ? 'the title below it cannot be read' : { items, titles: titles as string[] };
}

/**
 * Lines of the blocks around a line, outermost first, told by their indentation, which the formatter keeps. A brace
 * that closes something further out ends the search there: no block before it is around the line.
 */
function enclosing(lines: readonly string[], index: number): readonly number[] {
  const found: number[] = [];
  let inner = indentOf(lines[index] ?? '');
  for (let at = index - 1; at >= 0 && inner > 0; at -= 1) {
    const line = lines[at] ?? '';
    if (line === '' || indentOf(line) >= inner) continue;
    if (/^ *describe\b/.test(line)) found.unshift(at);
    if (/^ *(?:describe\b|(?:export )?(?:async )?function\b|\})/.test(line)) inner = indentOf(line);
  }
  return found;
}

/** First argument of the call that begins in this line, behind a table of cases if there is one. */
function titleAt(lines: readonly string[], index: number): string | undefined {
  const head = lines[index] ?? '';
  if (/^ *\w+(?:\.concurrent)?\(/.test(head)) return literal(head.slice(head.indexOf('(')), lines[index + 1]);
  const after = /\)(\((?:$|['"`]).*)$/.exec(head)?.[1];
  if (after !== undefined) return literal(after, lines[index + 1]);
  const close = new RegExp(`^ {${indentOf(head)}}[\\])}].*?\\)(\\(.*)$`);
  for (let at = index + 1; at < lines.length; at += 1) {
    const [, rest] = close.exec(lines[at] ?? '') ?? [];
    if (rest !== undefined) return literal(rest, lines[at + 1]);
  }
  return undefined;
}

/** The text that an opening bracket is followed by, in this line or in the next. */
function literal(call: string, next = ''): string | undefined {
  const text = call === '(' ? next.trimStart() : call.slice(1);
  const [, , title] = /^(['"`])((?:\\.|(?!\1).)*)\1/.exec(text) ?? [];
  return title?.replaceAll(/\\(.)/g, '$1');
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
