import type { RequestStatement } from '../core/domain/statements.ts';
import type { EvidencePacket } from '../documents/evidence.ts';
import type { LadderStage, Policy, PolicyAction, PolicyTarget } from '../documents/policy.ts';
import { type Denial, type DenialCode, denialAt } from './errors.ts';
import type { LinkedDecision } from './linked.ts';

/**
 * The release ladder (R84): shadow, canary, progressive, champion, each a decision of its own that follows the one before,
 * about the same candidate, one dimension at a time, and never without a way back.
 */

/** What a stage exposes its candidate to, dimension by dimension. */
export type Exposure = Readonly<Record<string, string | number>>;

/** Where an earlier decision stood, as its own policy and packet say. */
export interface Rung {
  /** Null where its action stood on no ladder. */
  readonly stage: LadderStage | null;
  /** Of its target. */
  readonly system: string | null;
  readonly exposure: Exposure | null;
}

export function rungOf(
  { action, target }: { readonly action: string; readonly target: string },
  policy: Pick<Policy, 'actions' | 'targets'> | null,
  packet: Pick<EvidencePacket, 'sections'> | null,
): Rung {
  return {
    stage: policy?.actions.find(({ id }) => id === action)?.ladder?.stage ?? null,
    system: policy?.targets.find(({ id }) => id === target)?.system ?? null,
    exposure: exposureOf(packet),
  };
}

const EXPOSURE = '$.sections.release_plan.exposure';

function exposureOf(packet: Pick<EvidencePacket, 'sections'> | null): Exposure | null {
  return packet?.sections.release_plan?.exposure ?? null;
}

interface Climbing {
  readonly request: RequestStatement;
  readonly packet: EvidencePacket;
  /** The decision that the request names, once it is known to be there. */
  readonly linked?: LinkedDecision | null;
}

interface Stage {
  readonly action: PolicyAction;
  readonly target: PolicyTarget;
  /** The way back that the decision's basis will name. */
  readonly rollback: object | null;
}

/** Why this stage may not be entered; undefined where it may, and where the action stands on no ladder. */
export function checkLadder(
  { request, packet, linked }: Climbing,
  { action, target, rollback }: Stage,
): Denial | undefined {
  const { ladder } = action;
  const follows = request.linked?.relation === 'follows';
  if (ladder === undefined) {
    if (!follows) return undefined;
    return deny('ladder.no_stage', `${action.id} is no stage of a release, and follows nothing`);
  }
  const { stage, follows: before } = ladder;
  if (rollback === null) return deny('ladder.no_rollback', `${stage} is entered only with a way back`);
  const exposure = exposureOf(packet);
  if (exposure === null)
    return denialAt('ladder.no_exposure', `the release plan does not say what ${stage} exposes`, [EXPOSURE]);
  if (before.length === 0) {
    return follows ? deny('ladder.order', `${stage} is the first stage, and follows nothing`) : undefined;
  }
  if (!follows || !linked)
    return deny('ladder.no_predecessor', `${stage} follows ${before.join(' or ')}, and the request names none`);
  return checkStep({ stage, before, exposure, system: target.system }, request, linked);
}

interface Step {
  readonly stage: LadderStage;
  readonly before: readonly LadderStage[];
  readonly exposure: Exposure;
  readonly system: string;
}

function checkStep(
  { stage, before, exposure, system }: Step,
  { candidate }: RequestStatement,
  { decision_id, candidate: earlier, executed, rung }: LinkedDecision,
): Denial | undefined {
  const was = `decision ${decision_id} was`;
  if (earlier !== candidate.digest)
    return deny('ladder.candidate', `${was} about ${earlier}, asked for is ${candidate.digest}`);
  if (rung.stage === null || !before.includes(rung.stage))
    return deny(
      'ladder.order',
      `${was} ${rung.stage ?? 'no stage of a release'}; ${stage} follows ${before.join(' or ')}`,
    );
  if (rung.system !== system)
    return deny('ladder.target', `${was} on ${rung.system ?? 'another system'}, asked for is ${system}`);
  if (!executed) return deny('ladder.not_executed', `${was} not executed`);
  const changed = changesBetween(rung.exposure, exposure).map(({ dimension }) => dimension);
  if (changed.length <= 1) return undefined;
  return deny(
    'ladder.dimensions',
    `since decision ${decision_id} these change together: ${changed.slice(0, 10).join(', ')}`,
  );
}

export interface ReleaseStep {
  readonly stage: LadderStage;
  /** Decision of the stage before; null at the first. */
  readonly follows: string | null;
  /** By dimension, sorted; null where one side does not name it. */
  readonly changed: readonly {
    readonly dimension: string;
    readonly from: string | number | null;
    readonly to: string | number | null;
  }[];
}

/** Also what one side does not name changes: nobody said that it stays as it was. */
function changesBetween(from: Exposure | null, to: Exposure | null): ReleaseStep['changed'] {
  const dimensions = [...new Set([...Object.keys(from ?? {}), ...Object.keys(to ?? {})])].sort();
  return dimensions
    .map((dimension) => ({ dimension, from: valueOf(from, dimension), to: valueOf(to, dimension) }))
    .filter((change) => change.from !== change.to);
}

function valueOf(exposure: Exposure | null, dimension: string): string | number | null {
  return exposure !== null && Object.hasOwn(exposure, dimension) ? (exposure[dimension] ?? null) : null;
}

/** What an approver is shown of it; nothing where the action stands on no ladder. */
export function releaseMember(
  { ladder }: PolicyAction,
  packet: EvidencePacket,
  linked: LinkedDecision | null,
): { readonly release?: ReleaseStep } {
  if (ladder === undefined) return {};
  const changed = changesBetween(linked?.rung.exposure ?? null, exposureOf(packet));
  return { release: { stage: ladder.stage, follows: linked?.decision_id ?? null, changed } };
}

function deny(code: DenialCode, detail: string): Denial {
  return { code, detail };
}
