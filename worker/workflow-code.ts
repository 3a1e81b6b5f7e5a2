import { join } from 'node:path';
import { type BundleOptions, bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

export interface WorkflowModules {
  /** The module that exports the workflows. */
  readonly workflowsPath: string;
  readonly payloadConverterPath: string;
}

type Configure = NonNullable<BundleOptions['webpackConfigHook']>;

/** @param room folder of the workflows, sources or compiled. */
export function workflowsIn(room: string, ending = '.ts'): WorkflowModules {
  return {
    workflowsPath: join(room, `index${ending}`),
    payloadConverterPath: join(room, `payload-converter${ending}`),
  };
}

/**
 * Workflow code as one script, the same for worker, build, replay and bench. Its modules are loaded once for all decisions
 * of a worker, so they keep nothing between two calls; `test/architecture` holds them to that. Loaded for each decision,
 * as is Temporal's default, they are two thirds of what a waiting one holds of the heap (ADR 0047).
 *
 * @param configure what else webpack is told
 */
export async function bundled(modules: WorkflowModules, configure: Configure = (config) => config): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...modules,
    preloadModules: Object.values(modules),
    logger: new DefaultLogger('ERROR'),
    webpackConfigHook: (config) => asWritten(configure(config)),
  });
  return code;
}

interface TypeScriptRule {
  readonly use?: { readonly options?: { readonly jsc?: { target?: string } } };
}

/** Sources run as they are written, as compiled ones do: by default each private member becomes a `WeakMap`. */
function asWritten(config: Parameters<Configure>[0]): Parameters<Configure>[0] {
  const rules = (config.module?.rules ?? []) as readonly TypeScriptRule[];
  const compiler = rules.map(({ use }) => use?.options?.jsc).find((jsc) => jsc !== undefined);
  if (compiler === undefined)
    throw new TypeError('Temporal’s bundler compiles TypeScript in another way than this knows');
  compiler.target = 'es2024';
  return config;
}
