// Writes docs/conformance.md anew, from the marks in the tests:  node_modules/.bin/node scripts/conformance/main.ts
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROJECT_ROOT } from '../servers/paths.ts';
import { conformance, PAGE_PATH } from './conformance.ts';

const { page, faults } = conformance();
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else writeFileSync(join(PROJECT_ROOT, PAGE_PATH), page);
