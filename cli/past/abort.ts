import { readJson } from '../../core/canon/index.ts';
import { instant, type Timestamp } from '../../core/domain/vocabulary.ts';
import { readObservation } from '../../documents/observation.ts';
import { type AbortDecision, decideAbort } from '../../evaluation/abort.ts';
import { coreOf, DECISION_PREDICATE_TYPE, memberOf, type PackCore, predicateTypeOf } from '../../pack/index.ts';
import { exitCode, type Level, renderFinding, verify } from '../../verifier/index.ts';
import { CliError } from '../errors.ts';
import { readInput } from '../files.ts';
import { readPack } from '../verify/read-pack.ts';
import { trustFiles } from '../verify/trust-files.ts';
import { packetIn } from './packet-in.ts';

export interface AbortInput {
  readonly pack: string;
  readonly trust: string;
  readonly require: Level;
  readonly observed: string;
  readonly at: Timestamp;
  /** An observation that is older says nothing. */
  readonly maxAgeS: number;
}

export interface AbortReport extends AbortDecision {
  readonly decision: string;
  readonly candidate: string;
  readonly target: string;
  /** Digest that the people signed. */
  readonly basis: string;
  /** What the basis says is restored; null where the policy demanded no rollback. */
  readonly rollback_target: string | null;
  readonly observed_at: Timestamp;
}

/**
 * What an observation means for a release that a pack let go out. The pack is verified first: a plan that nobody
 * approved decides nothing.
 *
 * @throws CliError `abort.*`, `file.unreadable`, `verify.nothing`; CanonError, DocumentError of the observation
 */
export function abortReport(input: AbortInput): AbortReport {
  const { core, candidate } = verified(input);
  const observation = readObservation(readJson(readInput(input.observed)));
  if (observation.candidate !== candidate) {
    const message = 'what was observed is not what the pack is about';
    throw new CliError('abort.other_candidate', {
      message,
      path: '$.candidate',
      expected: candidate,
      got: observation.candidate,
    });
  }
  checkAge(observation.observed_at, input);
  const [requested] = core.events;
  const routed = core.events.findLast((event) => event.event_type === 'authority.routed');
  const packet = requested?.event_type === 'decision.requested' ? packetIn(core) : null;
  const plan = packet?.sections.release_plan;
  if (plan === undefined || requested?.event_type !== 'decision.requested' || routed === undefined) {
    const message = 'the packet has no release plan, so nobody said when to stop';
    throw new CliError('abort.no_plan', { message, path: input.pack, expected: '$.sections.release_plan' });
  }
  const basis = memberOf(memberOf(core.documents, routed.basis_digest), 'content');
  const rollback = memberOf(basis, 'rollback_target');
  return {
    ...decideAbort(observation, plan, breachedIn(core.events)),
    decision: core.decision_id,
    candidate,
    target: requested.target,
    basis: routed.basis_digest,
    rollback_target: typeof rollback === 'string' ? rollback : null,
    observed_at: observation.observed_at,
  };
}

/** Stop conditions that fire, whatever is observed: an approver asked for something by its name, and it was not kept. */
function breachedIn(events: PackCore['events']): ReadonlySet<string> {
  return new Set(
    events.flatMap((event) =>
      event.event_type === 'condition.settled' && event.verdict === 'breached' && event.fires !== undefined
        ? [event.fires]
        : [],
    ),
  );
}

function verified({ pack, trust, require }: AbortInput): { readonly core: PackCore; readonly candidate: string } {
  const { besides, ...files } = readPack(pack);
  const options = { require, expect: 'executed' } as const;
  const report = verify({ ...files, ...trustFiles(trust), trustName: trust, options });
  const { bundle } = files;
  const { outcome } = report;
  const { candidate } = report.subject;
  const holds = outcome !== null && exitCode(report, { require, expect: outcome }) === 0 && besides.length === 0;
  if (!holds || bundle === null || candidate === null) {
    const [first] = [...besides, ...report.findings.filter(({ severity }) => severity === 'error')];
    throw new CliError('abort.pack', {
      message: 'the pack does not hold, so its plan decides nothing',
      path: pack,
      expected: `evidence that holds at ${require}`,
      got: first ? renderFinding(first) : `${report.evidence}, ${report.level.reached ?? 'no level'}`,
    });
  }
  if (predicateTypeOf(outcome) !== DECISION_PREDICATE_TYPE) {
    const message = 'this decision let nothing out';
    throw new CliError('abort.nothing_released', { message, path: pack, expected: 'executed', got: outcome });
  }
  return { core: coreOf(bundle), candidate };
}

/** An exporter that died leaves its last file behind, in which all is well. */
function checkAge(observedAt: Timestamp, { at, maxAgeS }: AbortInput): void {
  const ageS = (instant(at) - instant(observedAt)) / 1000;
  if (ageS <= maxAgeS && ageS >= -CLOCK_SKEW_S) return;
  throw new CliError('abort.stale', {
    message: 'the observation is not of now, so it says nothing',
    path: '$.observed_at',
    expected: `at most ${maxAgeS} s before ${at}`,
    got: observedAt,
  });
}

/** How far the clock of whoever observes may be ahead, in seconds. */
const CLOCK_SKEW_S = 60;
