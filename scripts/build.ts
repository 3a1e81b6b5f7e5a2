// Compiles what is published into dist/: Node strips no types under node_modules.
import { exit } from 'node:process';

import { build } from './build/build.ts';
import { BuildError } from './build/build-error.ts';

try {
  await build();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  exit(1);
}
