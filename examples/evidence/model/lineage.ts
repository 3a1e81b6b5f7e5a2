import type { Digest } from '../../../core/canon/index.ts';
import type { EvidencePacket } from '../../../documents/index.ts';
import { type ArtifactShelf, referenceTo } from '../artifacts.ts';
import type { Dice } from '../dice.ts';
import { MODEL } from './package.ts';

const PARTS = [
  'weights.bin',
  'tokenizer.bin',
  'retrieval.index',
  'router.json',
  'prompts.json',
  'policy.json',
] as const;

export type Lineage = NonNullable<EvidencePacket['sections']['lineage']>;

const SOURCES = [
  'tickets-en',
  'tickets-de',
  'tickets-fr',
  'tickets-es',
  'tickets-it',
  'tickets-nl',
  'tickets-pl',
  'tickets-pt',
  'tickets-ja',
  'help-centre',
  'release-notes',
  'click-log-sampled',
  'agent-judgements',
  'hard-negatives',
  'synthetic-paraphrases',
  'licence-clean-web',
] as const;

export function lineage(shelf: ArtifactShelf, dice: Dice): { readonly section: Lineage; readonly previous: Digest } {
  // What a rollback brings back is a package of its own, and really there.
  const previous = shelf.json('rollback/previous-index.json', {
    name: MODEL.name,
    version: MODEL.previous,
    parts: PARTS.map((path) => ({ path, digest: sha(dice) })),
  });
  const config = shelf.json('lineage/operator-config.json', {
    learning_rate: '0.00002',
    epochs: 3,
    batch: 256,
    temperature: '1.5',
    loss: 'listwise-distillation',
    random_seed: 20_261_104,
  });
  const section: Lineage = {
    parents: [
      { name: `${MODEL.name}:${MODEL.previous}`, digest: previous.digest },
      { name: `${MODEL.name}:3.3.1-multilingual`, digest: sha(dice) },
    ],
    operator: { name: 'distil-and-merge', version: '2.8.1', config_digest: config.digest },
    data_sources: SOURCES.map((source) => referenceTo(dataManifest(shelf, dice, source))),
    teacher_models: [
      { name: 'cross-encoder-large:1.9.0', digest: sha(dice) },
      { name: 'judge-ensemble:0.7.4', digest: sha(dice) },
    ],
  };
  return { section, previous: previous.digest };
}

function dataManifest(shelf: ArtifactShelf, dice: Dice, source: string) {
  const shards = Array.from({ length: dice.between(3, 9) }, (_, shard) => ({
    file: `${source}-${String(shard).padStart(3, '0')}.parquet`,
    rows: dice.between(8_000, 64_000),
    digest: sha(dice),
  }));
  return shelf.json(`lineage/data/${source}.json`, {
    source,
    collected_until: '2026-10-18',
    personal_data: source.startsWith('tickets') ? 'pseudonymised' : 'none',
    licence: source === 'licence-clean-web' ? 'CC-BY-4.0' : 'internal',
    rows: shards.reduce((sum, { rows }) => sum + rows, 0),
    shards,
  });
}

function sha(dice: Dice): string {
  return `sha256:${dice.hex(64)}`;
}
