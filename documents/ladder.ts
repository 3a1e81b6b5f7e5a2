import { LADDER_STAGES, type LadderStage, type Policy, type PolicyAction } from './policy.ts';
import type { PolicyProblem } from './policy-errors.ts';

type OnLadder = PolicyAction & { readonly ladder: NonNullable<PolicyAction['ladder']> };

/** What is wrong with a policy's release ladder (R84): a stage that one could come to by another way is no stage. */
export function ladderProblems({ actions }: Policy): readonly PolicyProblem[] {
  const stages = LADDER_STAGES.filter((stage) => actions.some(({ ladder }) => ladder?.stage === stage));
  return actions.flatMap((action, index): readonly PolicyProblem[] =>
    isOnLadder(action) ? problemsOf(action, stages, `$.actions[${index}]`) : [],
  );
}

function isOnLadder(action: PolicyAction): action is OnLadder {
  return action.ladder !== undefined;
}

function problemsOf(
  { effects, evidence, ladder }: OnLadder,
  stages: readonly LadderStage[],
  path: string,
): readonly PolicyProblem[] {
  const problem = (below: string, message: string, expected: string, got: string): PolicyProblem => {
    return { code: 'policy.ladder', path: `${path}${below}`, line: null, message, expected, got };
  };
  const lacking = (['release_plan', 'rollback'] as const).filter((section) => !evidence.includes(section));
  const allowed = before(ladder.stage, stages);
  const repeats = ladder.stage === 'progressive';
  const stray = ladder.follows.filter((stage) => stage !== allowed && !(repeats && stage === 'progressive'));
  const expected = allowed ?? 'nothing, as the first stage';
  return [
    ...(effects.includes('rollback')
      ? [problem('.ladder', 'a rollback is no stage of a release', 'another action', ladder.stage)]
      : []),
    ...lacking.map((section) => problem('.evidence', 'a stage needs its plan and a way back', section, 'less')),
    ...stray.map((stage) => problem('.ladder.follows', 'stages follow one another in order', expected, stage)),
    ...(allowed !== undefined && !ladder.follows.includes(allowed)
      ? [
          problem(
            '.ladder.follows',
            'only the first stage follows nothing',
            allowed,
            ladder.follows.join(', ') || 'nothing',
          ),
        ]
      : []),
  ];
}

/** The stage just before this one, of those that the policy has. */
function before(stage: LadderStage, stages: readonly LadderStage[]): LadderStage | undefined {
  return stages[stages.indexOf(stage) - 1];
}
