import { compare } from '../core/domain/replay.ts';
import type { EvaluationStatement, PolicyReference } from '../core/domain/statements.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';
import { type Problem, refuseAll, refuseTogether } from './errors.ts';
import type { EvidencePacket } from './evidence.ts';
import type { EvidenceCheck } from './policy.ts';

/** The evaluator's own statement about an evaluation, and what a packet that repeats it is held to (R76). */

interface Asked {
  readonly checks: readonly EvidenceCheck[];
  readonly packet: EvidencePacket;
}

/** Statement digest of the card that is read; undefined where none is to be read, or the packet names none. */
export function cardNamed({ checks, packet }: Asked): DigestText | undefined {
  return checks.includes('evaluation') ? packet.sections.evaluation?.card : undefined;
}

/** Members that the packet repeats as the card has them. */
const REPEATED = [
  'subject',
  'finished_at',
  'suite',
  'runtime',
  'scorecards',
  'failure_slices',
  'calibration',
] as const satisfies readonly (keyof EvaluationStatement)[];

/** Everything that the packet's evaluation says otherwise than its card, or leaves out, each with its place in the packet. */
export function cardProblems(
  card: EvaluationStatement,
  { sections: { evaluation } }: EvidencePacket,
): readonly Problem[] {
  const at = '$.sections.evaluation';
  return [
    ...compare(`${at}.evaluator`, card.signer, evaluation?.evaluator),
    // Where the data lies may change; the digest is what was evaluated on.
    ...compare(`${at}.data_manifest.digest`, card.data_manifest, evaluation?.data_manifest?.digest),
    ...REPEATED.flatMap((member) => compare(`${at}.${member}`, card[member], evaluation?.[member])),
  ];
}

/**
 * Holds a packet to the card that it names, as far as the checks say. Who signed the card, and whether they may, is for
 * the evaluation.
 *
 * @param card what lies under the digest that the packet names; null where it is no evaluation card
 * @throws DocumentError `card.missing`, `card.unreadable`, `card.differs` and `card.policy` with every place
 */
export function checkCard(
  { checks, packet, policy }: Asked & { readonly policy: PolicyReference },
  card: { readonly digest: DigestText; readonly statement: EvaluationStatement } | null,
): void {
  if (!checks.includes('evaluation')) return;
  const path = '$.sections.evaluation.card';
  const named = cardNamed({ checks, packet });
  if (named === undefined) {
    const missing = { path, expected: 'the digest of an evaluation card', got: 'nothing' };
    return refuseAll('card.missing', 'the evaluation names no card of its evaluator', [missing]);
  }
  if (card === null || card.digest !== named) {
    const other = { path, expected: `the evaluation card ${named}`, got: card?.digest ?? 'none' };
    return refuseAll('card.unreadable', 'what the evaluation names is no evaluation card', [other]);
  }
  const { statement } = card;
  const { version, digest } = policy;
  const under = compare('$.policy', { version, digest }, statement.policy);
  refuseTogether([
    () =>
      refuseAll(
        'card.differs',
        'the packet says something else than the card of its evaluator',
        cardProblems(statement, packet),
      ),
    () => refuseAll('card.policy', 'the evaluation was made under another policy', under),
  ]);
}
