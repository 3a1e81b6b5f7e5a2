import type { LocalActivities } from '../core/contracts/activities.ts';
import type { Miss } from '../core/domain/events.ts';
import { CountersignError } from '../core/errors.ts';
import { authenticate } from '../documents/index.ts';
import { type DenialCode, evaluate, missesText, requestFacts } from '../evaluation/index.ts';
import type { Dependencies } from './dependencies.ts';
import { loadEvaluationInput } from './evaluation.ts';
import { governingAt } from './in-force.ts';
import { unlessMissing } from './matter.ts';
import { loadStatement } from './stored.ts';

/** Denials that are mistakes of form: nothing is written for them, the requester is told (bad input). */
const MALFORMED: ReadonlySet<DenialCode> = new Set([
  'action.unknown',
  'target.unknown',
  'evidence.mismatch',
  'evidence.subject',
  'evidence.incomplete',
  'creator.unknown',
  'linked.action',
  'linked.unknown',
  'linked.too_deep',
  'linked.not_cleared',
  'linked.target',
  'linked.candidate',
  'waiver.other',
  'waiver.not_permitted',
  'waiver.repeated',
]);

/** Misses that a message spells out: it ends up in a history and in a log. */
const SPELLED_OUT = 100;

/** What the evidence lacks, all of it, where the denial's own sentence may tell only some. */
function lacking(misses: readonly Miss[] = []): string[] {
  return misses.length < 2 ? [] : [`${misses.length} misses: ${missesText(misses, SPELLED_OUT)}`];
}

/** Reads and authenticates a request. What is refused here leaves no event: nobody known asked for anything readable. */
export function admitRequest(dependencies: Dependencies): LocalActivities['admitRequest'] {
  const { store, tenant, trust } = dependencies;
  return async ({ decisionId, request, at, recorded }) => {
    const read = await loadStatement(store, request, 'request');
    const { index, reference } = (await governingAt(dependencies, at, recorded)).roster;
    authenticate(read, index, { origin: trust.trust.origin, tenant, decisionId, at });
    // A recorded request was admitted once; what it was refused for is refused before anything is recorded.
    const input = recorded
      ? null
      : await unlessMissing(
          loadEvaluationInput(dependencies, { decisionId, request, requestedAt: at, at, openingRoster: null }),
        );
    if (input !== null) {
      const { denial } = evaluate(input).evaluation;
      if (denial && MALFORMED.has(denial.code as DenialCode)) {
        throw new CountersignError<DenialCode>(denial.code as DenialCode, {
          message: [denial.detail, ...lacking(denial.misses)].join('; '),
          path: '$.request',
        });
      }
    }
    return requestFacts(read, reference);
  };
}
