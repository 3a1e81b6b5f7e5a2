import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// In a checkout Node strips the types of some hundred sources at every start: 0.2 s of 0.6, measured. It keeps what it
// made in the project's own folder; in a shared temporary one, others could put there what this process then runs.
const { dirname, filename } = import.meta;
if (filename.endsWith('.ts')) enableCompileCache(join(dirname, '..', '.countersign', 'compile-cache'));

const { enter } = await import('./entry.ts');
await enter(process.argv.slice(2));
