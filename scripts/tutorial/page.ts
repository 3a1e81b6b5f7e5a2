/**
 * A page whose commands are executed. The fences say how:
 *
 * - `sh`: what is typed into the reader's terminal. All of it runs in one shell, in order.
 * - `sh terminal=NAME`: typed into another terminal, in which it goes on running.
 * - `sh exit=N`: ends with N; all others with 0.
 * - `sh after=ctrl-c`: once Ctrl-C was pressed in the other terminals.
 * - `sh picture=NAME`: is also drawn, as docs/pictures/terminal-NAME.svg.
 * - `text`, right below: what the terminal then shows. `…` stands for what differs from run to run, within a line;
 *   alone on a line, for lines that are left out.
 */
export interface Step {
  /** Line of the page on which its fence opens, from 1. */
  readonly line: number;
  /** Null for the reader's own. */
  readonly terminal: string | null;
  readonly exit: number;
  readonly afterInterrupt: boolean;
  /** Name of the picture that shows it; null where there is none. */
  readonly picture: string | null;
  readonly command: string;
  /** Null where the page shows nothing, so that anything may come. */
  readonly shown: Shown | null;
}

interface Shown {
  readonly text: string;
  /** Where the text stands in the page, for whoever writes it anew. */
  readonly from: number;
  readonly to: number;
}

const BLOCK = /^```sh([^\n]*)\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```\n)?/gm;
const ATTRIBUTE = /^(?:terminal=[a-z]+|exit=\d+|after=ctrl-c|picture=[a-z]+)$/;

/** @throws TypeError for a fence that says what no fence means */
export function readSteps(page: string): readonly Step[] {
  return [...page.matchAll(BLOCK)].map((found) => {
    const [whole, info = '', command = '', text] = found;
    const line = page.slice(0, found.index).split('\n').length;
    const words = info.split(' ').filter((word) => word !== '');
    const strange = words.find((word) => !ATTRIBUTE.test(word));
    if (strange !== undefined) throw new TypeError(`line ${line}: a fence does not know "${strange}"`);
    const value = (name: string): string | undefined =>
      words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
    const to = found.index + whole.length - '```\n'.length;
    return {
      line,
      terminal: value('terminal') ?? null,
      exit: Number(value('exit') ?? 0),
      afterInterrupt: value('after') === 'ctrl-c',
      picture: value('picture') ?? null,
      command,
      shown: text === undefined ? null : { text, from: to - text.length, to },
    };
  });
}
