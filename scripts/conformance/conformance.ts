import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROJECT_ROOT } from '../servers/paths.ts';
import { readMarks } from './marks.ts';
import { faultsOf, renderPage } from './page.ts';
import { SECTIONS } from './sections.ts';

export const PAGE_PATH = 'docs/conformance.md';

export interface Conformance {
  readonly page: string;
  /** Empty where every mark is well-formed and fits the items. */
  readonly faults: readonly string[];
}

/** The page as the tests of this very moment make it. */
export function conformance(): Conformance {
  const files = globSync('test/**/*.ts', { cwd: PROJECT_ROOT, exclude: ['**/fixtures/**'] })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
  const read = files.map((file) => readMarks(file, readFileSync(join(PROJECT_ROOT, file), 'utf8')));
  const marks = read.flatMap((one) => one.marks);
  const exists = (path: string): boolean => existsSync(join(PROJECT_ROOT, path));
  return {
    page: renderPage(SECTIONS, marks),
    faults: [...read.flatMap((one) => one.faults), ...faultsOf(SECTIONS, marks, exists)],
  };
}
