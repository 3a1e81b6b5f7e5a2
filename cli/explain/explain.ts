import { readFileSync } from 'node:fs';
import { meaningOf } from '../../verifier/index.ts';
import { type Explanation, readErrorPage } from './error-page.ts';

/** In a checkout the page itself; in a package the copy that the build put beside the compiled code. */
const PAGE = new URL('../../docs/errors.md', import.meta.url);

/** All that is written about a code: one entry an area that has it, none where no area does. */
export function explain(code: string): readonly Explanation[] {
  const rows = readErrorPage(readFileSync(PAGE, 'utf8')).flatMap((area) => area.rows);
  const finding = meaningOf(code);
  const advice = finding && rows.find((row) => row.code === finding.family);
  const entries = rows.filter((row) => row.code === code);
  return advice === undefined ? entries : [...entries, { ...advice, code, means: finding?.says ?? '' }];
}

/** Codes that somebody may have meant: of the same first word, or with the same second. */
export function nearCodes(code: string): readonly string[] {
  const [first = '', second = ''] = code.split('.');
  const known = new Set(readErrorPage(readFileSync(PAGE, 'utf8')).flatMap((area) => area.rows.map((row) => row.code)));
  return [...known].filter((each) => each.startsWith(`${first}.`) || (second !== '' && each.endsWith(`.${second}`)));
}

export function renderExplanation({ code, area, means, seenBy, todo, again, exit }: Explanation): string {
  return [
    `${code} (${area})`,
    `  means    ${means}`,
    `  seen by  ${seenBy}`,
    `  to do    ${todo}`,
    `  again    ${again}`,
    ...(exit === null ? [] : [`  exit     ${exit}`]),
  ].join('\n');
}
