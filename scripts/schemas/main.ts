// Writes docs/spec/schemas/ anew, from the readers' schemas:  node_modules/.bin/node scripts/schemas/main.ts
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROJECT_ROOT } from '../servers/paths.ts';
import { schemas, SCHEMAS_PATH } from './schemas.ts';

const folder = join(PROJECT_ROOT, SCHEMAS_PATH);
const files = schemas();
mkdirSync(folder, { recursive: true });
for (const stale of readdirSync(folder).filter((name) => !Object.hasOwn(files, name))) rmSync(join(folder, stale));
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
