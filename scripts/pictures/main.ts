// Draws the pictures of terminals anew, from what docs/tutorial.md shows:  node_modules/.bin/node scripts/pictures/main.ts
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROJECT_ROOT } from '../servers/paths.ts';
import { tutorialPictures } from './tutorial-pictures.ts';

for (const { path, svg } of tutorialPictures()) {
  writeFileSync(join(PROJECT_ROOT, path), svg);
  console.log(path);
}
