import { type Artifact, type ArtifactShelf, referenceTo } from '../artifacts.ts';
import type { Dice } from '../dice.ts';

export const MODEL = { name: 'support-reranker', version: '3.4.0', previous: '3.3.2' } as const;

/** What a package is made of, and what a rollback has to bring back (R82). */
const PARTS = [
  ['weights-00000-of-00003.bin', 98_304],
  ['weights-00001-of-00003.bin', 98_304],
  ['weights-00002-of-00003.bin', 65_536],
  ['tokenizer.bin', 24_576],
  ['retrieval.index', 32_768],
] as const;

/** The package's index: it names every part by digest, and its own digest is the candidate's (R71). */
export function modelPackage(shelf: ArtifactShelf, dice: Dice): Artifact {
  const files = PARTS.map(([name, size]) => shelf.add(`package/${name}`, dice.bytes(size), 'application/octet-stream'));
  const settings = [
    shelf.json('package/router.json', { default: 'reranker', fallback: 'bm25', timeout_ms: 120 }),
    shelf.json('package/prompts.json', { system: 'Rank the passages by how well they answer.', template: 'rerank-v7' }),
    shelf.json('package/policy.json', { refuse: ['legal_advice', 'medical_advice'], max_passages: 50 }),
    shelf.json('package/cache.json', { key: ['model', 'query', 'passages'], ttl_s: 900 }),
    shelf.json('package/memory-schema.json', { tables: ['sessions', 'feedback'], revision: 12 }),
  ];
  const parts = [...files, ...settings].map((part) => ({ ...referenceTo(part) }));
  return shelf.json('package/index.json', { name: MODEL.name, version: MODEL.version, parts });
}
