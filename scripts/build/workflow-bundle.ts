import { join, relative } from 'node:path';
import { bundled, workflowsIn } from '../../worker/workflow-code.ts';

import { PROJECT_ROOT } from '../servers/paths.ts';

const MAP = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';

/**
 * The workflow code as a worker loads it, made from compiled sources, so that no worker has to bundle when it starts. It
 * says nothing of the machine that made it: module paths are relative to the project.
 *
 * @param compiled folder of the compiled rooms
 */
export async function workflowBundle(compiled: string): Promise<string> {
  const configure = (config: object) => ({ ...config, context: PROJECT_ROOT });
  return withRelativeMap(await bundled(workflowsIn(join(compiled, 'workflows'), '.js'), configure));
}

/** A worker refuses a bundle without a source map: it is what names the lines of a stack trace. */
function withRelativeMap(code: string): string {
  const at = code.lastIndexOf(MAP);
  const map = JSON.parse(Buffer.from(code.slice(at + MAP.length).trim(), 'base64').toString('utf8')) as {
    sources: string[];
    sourcesContent?: string[];
  };
  // The texts are three quarters of the file, and stand in the package already.
  const { sourcesContent: _texts, ...rest } = map;
  const sources = map.sources.map((path) => (path.startsWith('/') ? relative(PROJECT_ROOT, path) : path));
  return `${code.slice(0, at)}${MAP}${Buffer.from(JSON.stringify({ ...rest, sources })).toString('base64')}\n`;
}
