import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** Public issues of products near to this one, each for a failure that somebody paid for. */
const PAID_FOR = [
  'agent-governance-toolkit#3507',
  'argo-workflows#17041',
  'c2pa#122',
  'chainloop#3217',
  'cmcp#427',
  'gitlab#425759',
  'hatchet#4714',
  'immudb#2063',
  'inngest#1433',
  'Kargo windows',
  'manual-approval#192',
  'mcp-hangar#674',
  'microcosm#381',
  'model-transparency#650',
  'opa#3043',
  'open-mercato#2293',
  'openbao#3841',
  'oxdeai#303',
  'php-tuf#154',
  'spinnaker#6385',
  'teleport#68308',
  'temporal proposals#53',
  'vault#19214',
];

it.each(PAID_FOR)('what went wrong in %s has a test here that is named after it', (issue) => {
  expect(titles.filter((title) => title.includes(`(${issue})`))).not.toEqual([]);
});

/** Lines that could be a title: of a test, or of a case of one. */
const titles = readdirSync(join(import.meta.dirname, '..'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('docs/peers.test.ts'))
  .flatMap((path) => readFileSync(join(import.meta.dirname, '..', path), 'utf8').split('\n'))
  .filter((line) => /['"`].*\(.*\).*['"`]/.test(line));
