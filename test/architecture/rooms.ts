/**
 * The architecture, as one table: what each room may import. A room is a folder; the longest match
 * counts, so `core` is only the files directly in it. `import type` is an import: a type that a room
 * must not know is knowledge it must not have.
 *
 * Packages are named without sub-path; `node:` stands for all of Node's own modules.
 */
export interface Room {
  readonly rooms: readonly string[];
  readonly packages: readonly string[];
  /** No clock, no random, no I/O, no environment. */
  readonly pure?: true;
  /** The one file of a pure room that reads a clock: in a workflow that of its sandbox, the same on every replay. */
  readonly clock?: string;
  /** Its modules are loaded once for all decisions of a worker, so none may hold what one decision could leave to another. */
  readonly keepsNothing?: true;
}

const CORE = ['core', 'core/canon', 'core/domain', 'core/contracts'] as const;

export const ROOMS: Readonly<Record<string, Room>> = {
  core: { pure: true, keepsNothing: true, rooms: [], packages: [] },
  'core/canon': { pure: true, rooms: ['core'], packages: ['@noble/hashes', '@noble/curves'] },
  'core/domain': { pure: true, keepsNothing: true, rooms: ['core', 'core/canon'], packages: [] },
  'core/contracts': {
    pure: true,
    keepsNothing: true,
    rooms: ['core', 'core/canon', 'core/domain'],
    packages: ['@temporalio/common', '@temporalio/workflow'],
  },
  documents: { pure: true, rooms: CORE, packages: ['zod', 'yaml'] },
  evaluation: { pure: true, rooms: [...CORE, 'documents'], packages: ['zod', '@marcbachmann/cel-js'] },
  pack: { pure: true, rooms: [...CORE, 'documents'], packages: ['zod'] },
  verifier: { pure: true, rooms: [...CORE, 'documents', 'evaluation', 'pack'], packages: ['zod'] },
  workflows: {
    pure: true,
    keepsNothing: true,
    clock: 'workflows/clock.ts',
    rooms: ['core', 'core/domain', 'core/contracts'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
  },
  ledger: { rooms: CORE, packages: ['node:', 'ioredis', '@noble/hashes'] },
  store: { rooms: CORE, packages: ['node:'] },
  resolve: { rooms: [...CORE, 'documents'], packages: ['node:', 'zod'] },
  registry: { rooms: [...CORE, 'documents', 'evaluation', 'ledger', 'store', 'pack', 'verifier'], packages: ['zod'] },
  operation: { rooms: [...CORE, 'documents', 'ledger', 'store', 'registry'], packages: ['node:', 'zod'] },
  founding: { pure: true, rooms: [...CORE, 'documents'], packages: [] },
  activities: {
    rooms: [...CORE, 'documents', 'evaluation', 'ledger', 'store', 'registry', 'resolve', 'pack'],
    packages: ['node:', '@temporalio/activity', '@temporalio/common'],
  },
  worker: {
    rooms: [...CORE, 'documents', 'activities', 'ledger', 'store', 'registry', 'resolve', 'pack'],
    packages: [
      'node:',
      'pino',
      'prom-client',
      'zod',
      '@temporalio/worker',
      '@temporalio/client',
      '@temporalio/common',
      '@temporalio/envconfig',
    ],
  },
  client: {
    rooms: [...CORE, 'documents', 'evaluation', 'store', 'pack', 'verifier'],
    packages: ['node:', 'zod', '@temporalio/client', '@temporalio/common', '@temporalio/envconfig'],
  },
  cli: {
    rooms: [
      ...CORE,
      'documents',
      'evaluation',
      'ledger',
      'store',
      'registry',
      'operation',
      'founding',
      'pack',
      'resolve',
      'verifier',
      'client',
    ],
    packages: ['node:', 'commander', 'yaml', 'zod', '@temporalio/envconfig'],
  },
  scripts: { rooms: ['core', 'ledger', 'documents', 'worker'], packages: ['node:', 'esbuild', 'zod'] },
  examples: { rooms: [...CORE, 'documents', 'evaluation', 'founding'], packages: ['node:', 'yaml'] },
  demo: {
    rooms: [
      ...CORE,
      'documents',
      'client',
      'store',
      'ledger',
      'registry',
      'founding',
      'pack',
      'verifier',
      'examples',
      'scripts',
    ],
    packages: ['node:', 'yaml'],
  },
};

/** The room that a path (relative to the project, with `/`) belongs to; undefined outside all of them. */
export function roomOf(path: string): string | undefined {
  const folders = path.split('/').slice(0, -1);
  for (let depth = folders.length; depth > 0; depth -= 1) {
    const room = folders.slice(0, depth).join('/');
    if (Object.hasOwn(ROOMS, room)) return room;
  }
  return undefined;
}
