import { relative } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

export interface BundleModules {
  /** Paths relative to the project. */
  readonly own: readonly string[];
  readonly packages: readonly string[];
}

/** What really stands in the bundle that a worker runs, read from its source map. */
export async function bundleModules(workflowsPath: string, root: string): Promise<BundleModules> {
  const sources = sourcesOf(await bundle(workflowsPath));
  const own = new Set<string>();
  const packages = new Set<string>();
  for (const source of sources) {
    const inPackages = source.split('/node_modules/').at(-1);
    if (inPackages === undefined || inPackages === source) {
      const path = relative(root, source);
      // The bundler's own entry and run-time have no file of ours.
      if (source.startsWith('/') && /\.[jt]s$/.test(path) && !path.startsWith('..')) own.add(path);
    } else {
      packages.add(
        inPackages
          .split('/')
          .slice(0, inPackages.startsWith('@') ? 2 : 1)
          .join('/'),
      );
    }
  }
  return { own: [...own].toSorted(), packages: [...packages].toSorted() };
}

async function bundle(workflowsPath: string): Promise<string> {
  const problems: string[] = [];
  const quiet = () => undefined;
  const problem = (message: string) => problems.push(message);
  const logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: problem };
  try {
    return (await bundleWorkflowCode({ workflowsPath, logger })).code;
  } catch (error) {
    // The bundler's exception only says that something went wrong; what did, it has logged.
    throw new Error(problems.join('\n'), { cause: error });
  }
}

function sourcesOf(code: string): string[] {
  const marker = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';
  const at = code.lastIndexOf(marker);
  if (at < 0) throw new Error('the workflow bundle carries no source map');
  const json = Buffer.from(code.slice(at + marker.length).trim(), 'base64').toString('utf8');
  return (JSON.parse(json) as { sources: string[] }).sources;
}
