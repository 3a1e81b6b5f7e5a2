/** docs/errors.md, which is written for readers, as data. */

export const AGAIN = ['no', 'yes', 'by itself'] as const;

/** One row of the page. */
export interface Explanation {
  /** A code; in the area of the verifier, a family of findings. */
  readonly code: string;
  readonly area: string;
  readonly means: string;
  readonly seenBy: string;
  readonly todo: string;
  readonly again: (typeof AGAIN)[number];
  /** Null where no command ends with the code. */
  readonly exit: number | null;
}

/** A section of the page: the codes of one union. */
export interface Area {
  readonly title: string;
  /** Name of the union, and the file that it stands in. */
  readonly union: { readonly name: string; readonly file: string };
  readonly rows: readonly Explanation[];
}

const HEAD = '| code | meaning | what to do | again | exit |';
const FAMILY_HEAD = '| family | meaning | what to do | again | exit |';

/** @throws TypeError where the page is not of its form */
export function readErrorPage(page: string): readonly Area[] {
  return page.split(/^## /m).slice(1).map(area);
}

function area(section: string): Area {
  const [title = '', ...lines] = section.split('\n');
  const text = lines.join('\n');
  const [, name, file] = /`(\w+_CODES)` of `([\w./-]+)`\./.exec(text) ?? [];
  const [, seenBy] = /Seen by ([^.:]+)[.:]/.exec(text) ?? [];
  if (name === undefined || file === undefined || seenBy === undefined) {
    throw new TypeError(`the section "${title}" names no union, or not who sees its codes`);
  }
  const head = lines.findIndex((line) => line === HEAD || line === FAMILY_HEAD);
  if (head < 0) throw new TypeError(`the section "${title}" has no table`);
  const table = lines.slice(head + 2).filter((line) => line.startsWith('|'));
  return { title, union: { name, file }, rows: table.map((line) => row(line, title, prose(seenBy))) };
}

function row(line: string, title: string, seenBy: string): Explanation {
  const [code = '', means = '', todo = '', again, exit = '', ...rest] = line.slice(2, -2).split(' | ');
  const known = AGAIN.find((each) => each === again);
  if (known === undefined || !/^`[\w.]+`$/.test(code) || !/^([0-4]|–)$/.test(exit) || rest.length > 0) {
    throw new TypeError(`this is no row of the section "${title}": ${line}`);
  }
  return {
    code: code.slice(1, -1),
    area: title,
    means: prose(means),
    seenBy,
    todo: prose(todo),
    again: known,
    exit: exit === '–' ? null : Number(exit),
  };
}

/** Without the marks that a terminal does not show. */
function prose(markdown: string): string {
  return markdown.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1').replaceAll(/[`*]/g, '');
}
