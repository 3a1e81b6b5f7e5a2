import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { canonicalBytes, digestBytes } from '../../core/canon/index.ts';
import { createMemoryLedger, readChainDocument } from '../../ledger/index.ts';
import { KEY_A } from './chains.ts';

const page = readFileSync(new URL('../../docs/spec/chain-document.md', import.meta.url), 'utf8');
const example = (name: string): string =>
  new RegExp(`\`\`\`\\w+ example=${name}\\n([\\s\\S]*?)\\n\`\`\``).exec(page)?.[1] ?? '';

it('the example of docs/spec/chain-document.md is a chain under its seals, and has the digest that it says', () => {
  const bytes = canonicalBytes(JSON.parse(example('document')));
  expect(digestBytes(bytes)).toBe(example('digest'));
  const batches = readChainDocument('5b3f0c9e', bytes);
  expect(batches.map(({ commandId }) => commandId)).toEqual(['open', 'cancel']);
  createMemoryLedger({ macKeys: [KEY_A] }).requireSealed('5b3f0c9e', batches);
});
