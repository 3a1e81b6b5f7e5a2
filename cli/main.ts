import { join } from 'node:path';

// In a checkout Node strips the types of some hundred sources at every start: 0.2 s of 0.6, measured. It keeps what it
// made in the project's own folder; in a shared temporary one, others could put there what this process then runs.
const { dirname, filename } = import.meta;
if (filename.endsWith('.ts')) {
  // A name of Node 22: what is compiled runs on Node 20 too, and must not ask for it.
  const { enableCompileCache } = await import('node:module');
  enableCompileCache(join(dirname, '..', '.countersign', 'compile-cache'));
}

const [{ enter }, { program }] = await Promise.all([import('./entry.ts'), import('./program.ts')]);
await enter(process.argv.slice(2), program);
