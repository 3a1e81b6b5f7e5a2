import type { LetOut } from '../../registry/index.ts';
import { CANDIDATE, digestOf, T } from '../documents/fixtures.ts';
import { shift } from '../verifier/fixture-pack.ts';

/** What a decision let out at the fixtures' target. */
export function letOut(decisionId: string, changes: Partial<LetOut> = {}): LetOut {
  return {
    target: 'prod-gateway-01',
    decision_id: decisionId,
    pack: digestOf(`pack of ${decisionId}`),
    outcome: 'executed',
    candidate: CANDIDATE,
    cleared_at: T.cleared,
    changed_at: shift(T.cleared, 10),
    ...changes,
  };
}
