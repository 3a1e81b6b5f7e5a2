import type { Difference } from '../../core/domain/replay.ts';
import { simulate } from '../../evaluation/simulate.ts';
import { readPolicyFile } from '../policy-file.ts';
import { pastDecision } from './past-decision.ts';
import { readPacks } from './read-packs.ts';

export type Simulated =
  | {
      readonly pack: string;
      readonly decision: string;
      readonly state: 'same' | 'changed';
      readonly changes: readonly Difference[];
    }
  /** `not_evaluated`: it ended before any gate ran. `unverified`: the pack does not hold, so nothing is read out of it. */
  | {
      readonly pack: string;
      readonly decision: string;
      readonly state: 'not_evaluated' | 'unverified';
      readonly changes: readonly [];
    };

/**
 * What another policy would have changed about the decisions of these packs. Each is verified first.
 *
 * @throws CliError `file.unreadable`, `verify.nothing`; PolicyError with every problem of the policy.
 */
export function simulatePolicy(policyPath: string, packs: readonly string[], trustPath: string): readonly Simulated[] {
  const { policy } = readPolicyFile(policyPath);
  return readPacks(packs, trustPath).map(({ pack, core }): Simulated => {
    if (core === null) return { pack, decision: '', state: 'unverified', changes: [] };
    const decision = core.decision_id;
    const past = pastDecision(core);
    if (past === null) return { pack, decision, state: 'not_evaluated', changes: [] };
    const changes = simulate(past, policy);
    return { pack, decision, state: changes.length === 0 ? 'same' : 'changed', changes };
  });
}
