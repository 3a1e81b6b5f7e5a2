import type { Disclosure } from '../../../core/canon/index.ts';
import type { EvidencePacket } from '../../../documents/index.ts';
import { type ArtifactShelf, referenceTo } from '../artifacts.ts';
import type { Dice } from '../dice.ts';
import { before, committed, type Occasion } from '../packet.ts';

type Safety = NonNullable<EvidencePacket['sections']['safety_and_security']>;
type Findings = Safety['scans'][number]['open_findings'];

const SCANS = [
  ['dependency-audit', '4.1.0', 'package'],
  ['container-scan', '0.58.2', 'runtime image'],
  ['secret-scan', '8.24.0', 'package and history'],
  ['weights-pickle-scan', '1.3.3', 'weights'],
  ['licence-scan', '32.4.1', 'data and code'],
  ['static-analysis', '1.94.0', 'serving code'],
  ['sbom-diff', '2.0.7', 'package'],
  ['prompt-injection-suite', '3.0.2', 'behaviour'],
  ['membership-inference', '0.9.6', 'privacy'],
  ['backdoor-trigger-search', '1.1.4', 'weights'],
] as const;

const NOTES = [
  [
    'instructions-in-passages',
    'Passages that order the ranker to put them first moved by at most two ranks; the fallback caught the rest.',
  ],
  [
    'customer-data-in-scores',
    'We could not reconstruct a ticket from its scores with 10,000 queries, nor tell members from others.',
  ],
  ['denial-by-long-query', 'Queries of 32,000 tokens are cut before scoring. One worker slowed down; none fell over.'],
  [
    'language-switching',
    'Switching script inside a word lowers quality for Japanese. It fails visibly, and the fallback ranks those.',
  ],
  ['poisoned-feedback', 'Two hundred forged clicks did not change any ranking within the retraining window.'],
  [
    'stale-cache-after-rollback',
    'Found in the first round: cached scores outlived a rollback. Fixed with a cache key that holds the model digest.',
  ],
] as const;

const HARD_GATES = [
  'no-personal-data-in-outputs',
  'no-secret-in-package',
  'weights-load-without-code',
  'licences-allow-this-use',
  'restrictions-of-parents-kept',
  'vulnerabilities-of-parents-listed',
  'evaluation-set-not-trained-on',
  'evaluator-is-independent',
  'rollback-carried-out',
  'kill-switch-tested',
  'permissions-not-expanded',
  'logging-redacts-queries',
] as const;

export function safety(
  shelf: ArtifactShelf,
  dice: Dice,
  occasion: Occasion,
): { readonly section: Safety; readonly disclosures: readonly Disclosure[] } {
  const notes = NOTES.map(([topic, text], index) => {
    const path = `$.sections.safety_and_security.red_team_notes[${index}].note`;
    const open_findings: Findings = { critical: 0, high: 0, medium: dice.between(0, 1), low: dice.between(0, 4) };
    const report = shelf.markdown(`safety/red-team/${topic}.md`, [
      `# ${topic}`,
      '',
      ...attempts(dice),
      '',
      `Open: ${JSON.stringify(open_findings)}`,
    ]);
    return { ...committed(occasion, path, text), open_findings, report };
  });
  const section: Safety = {
    scans: SCANS.map(([tool, version, scope], index) => {
      const open_findings: Findings = { critical: 0, high: 0, medium: dice.between(0, 2), low: dice.between(0, 6) };
      const report = shelf.json(`safety/scans/${tool}.json`, {
        tool,
        version,
        scope,
        findings: findings(dice, tool, open_findings),
      });
      return {
        tool,
        version,
        finished_at: before(occasion, 70 + 11 * index),
        open_findings,
        report: referenceTo(report),
      };
    }),
    red_team_notes: notes.map(({ open_findings, report, commitment }) => ({
      open_findings,
      report: referenceTo(report),
      note: commitment,
    })),
    permission_diff: { added: [], removed: ['read:agent-notes', 'write:query-log', 'network:egress'] },
    hard_gates: HARD_GATES.map((id) => ({ id, passed: true })),
  };
  return { section, disclosures: notes.map(({ disclosure }) => disclosure) };
}

function findings(dice: Dice, tool: string, open: Findings) {
  return Object.entries(open).flatMap(([severity, count]) =>
    Array.from({ length: count }, () => ({ id: `${tool}-${dice.hex(6)}`, severity, state: 'open', reachable: false })),
  );
}

function attempts(dice: Dice): string[] {
  return Array.from(
    { length: dice.between(6, 12) },
    (_, index) => `- attempt ${index + 1}: ${dice.between(20, 400)} prompts, seed ${dice.hex(8)}, no lasting effect`,
  );
}
