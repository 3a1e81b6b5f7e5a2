import type { DigestText } from '../../../core/domain/vocabulary.ts';
import type { EvidencePacket } from '../../../documents/index.ts';
import { type ArtifactShelf, referenceTo } from '../artifacts.ts';
import type { Dice } from '../dice.ts';
import { before, type Occasion } from '../packet.ts';
import { MODEL } from './package.ts';

type Sections = EvidencePacket['sections'];

export function resourceProfile(shelf: ArtifactShelf, dice: Dice): NonNullable<Sections['resource_profile']> {
  const latencies = Array.from(
    { length: 2000 },
    () => Math.round((18 + 160 * dice.between(0, 1, 4) ** 3 + dice.between(0, 6, 1)) * 10) / 10,
  );
  shelf.csv('resources/latencies-ms.csv', [['latency_ms'], ...latencies.map((one) => [one])]);
  const sorted = latencies.toSorted((a, b) => a - b);
  const percentile = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return {
    memory_mib: 412.5,
    latency_ms: { p50: percentile(0.5), p95: percentile(0.95), p99: percentile(0.99) },
    compute_core_ms_per_request: 31.4,
    energy_joules_per_request: 0.62,
    storage_mib: 318.75,
  };
}

export function releasePlan(): NonNullable<Sections['release_plan']> {
  return {
    shadow: { mirrored_traffic_percent: 10, duration_s: 86_400 },
    canary: { max_traffic_percent: 5, max_duration_s: 172_800, max_cost: { amount: 350, currency: 'EUR' } },
    success_criteria: [
      { metric: 'answer_found_rate', direction: 'at_least', threshold: 0.81 },
      { metric: 'ndcg_at_10', direction: 'at_least', threshold: 0.64 },
      { metric: 'tickets_reopened', direction: 'at_most', threshold: '3.5 %' },
      { metric: 'agent_override_rate', direction: 'at_most', threshold: '6 %' },
      { metric: 'latency_p99', direction: 'at_most', threshold: '220 ms' },
      { metric: 'cost_per_thousand_queries', direction: 'at_most', threshold: '0.14 EUR' },
      { metric: 'fallback_rate', direction: 'at_most', threshold: '1.2 %' },
      { metric: 'complaints', direction: 'at_most', threshold: '4 per_day' },
    ],
    stop_conditions: [
      {
        metric: 'personal_data_leak_rate',
        direction: 'at_least',
        threshold: 0.001,
        sustained_s: 0,
        action: 'abort_immediately',
      },
      {
        metric: 'toxic_passage_rate',
        direction: 'at_least',
        threshold: 0.004,
        sustained_s: 60,
        action: 'abort_immediately',
      },
      { metric: 'error_rate', direction: 'at_least', threshold: '2 %', sustained_s: 60, action: 'abort_immediately' },
      {
        metric: 'latency_p99',
        direction: 'at_least',
        threshold: '300 ms',
        sustained_s: 300,
        action: 'reduce_traffic_or_abort',
      },
      {
        metric: 'memory',
        direction: 'at_least',
        threshold: '900 MiB',
        sustained_s: 120,
        action: 'reduce_traffic_or_abort',
      },
      {
        metric: 'cost',
        direction: 'at_least',
        threshold: '350 EUR',
        sustained_s: 0,
        action: 'reduce_traffic_or_abort',
      },
      {
        metric: 'answer_found_rate',
        direction: 'at_most',
        threshold: 0.76,
        sustained_s: 1800,
        action: 'pause_and_review',
      },
      {
        metric: 'agent_override_rate',
        direction: 'at_least',
        threshold: '9 %',
        sustained_s: 3600,
        action: 'pause_and_review',
      },
    ],
  };
}

export function rollback(
  shelf: ArtifactShelf,
  previous: DigestText,
  occasion: Occasion,
): NonNullable<Sections['rollback']> {
  const restored = shelf.json('rollback/package.json', {
    restores: `${MODEL.name}:${MODEL.previous}`,
    digest: previous,
    order: ['router', 'model', 'prompts', 'policy', 'retrieval', 'cache', 'memory_schema'],
    memory_schema: { from: 12, to: 11, lossless: true },
  });
  const procedure = shelf.markdown('rollback/procedure.md', [
    `# Back to ${MODEL.name} ${MODEL.previous}`,
    '',
    '1. Point the router at the previous package. Traffic leaves the candidate within 5 s.',
    '2. Restore prompts, policy and retrieval index of the previous package.',
    '3. Drop cached scores: their key holds the model digest, so none can be served.',
    '4. Run the memory schema down to revision 11.',
    '5. Confirm with the smoke suite; page the owner where a step takes over two minutes.',
  ]);
  shelf.markdown('rollback/test-log.md', [
    '# Rollback drill',
    '',
    'Carried out on the serving canary; 41 s until no query reached the candidate.',
  ]);
  return {
    package: referenceTo(restored),
    target: previous,
    procedure: referenceTo(procedure),
    owner: occasion.cast.releaseOwner,
    tested_at: before(occasion, 3 * 24 * 60),
    covers: {
      model: 'covered',
      router: 'covered',
      prompts: 'covered',
      policy: 'covered',
      retrieval: 'covered',
      cache: 'covered',
      memory_schema: 'covered',
    },
  };
}
