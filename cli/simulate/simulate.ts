import type { Difference } from '../../core/domain/replay.ts';
import { simulate } from '../../evaluation/simulate.ts';
import { openStatement, readBundle } from '../../pack/index.ts';
import { verify } from '../../verifier/index.ts';
import { readPolicyFile } from '../policy-file.ts';
import { readPack } from '../verify/read-pack.ts';
import { trustFiles } from '../verify/trust-files.ts';
import { pastDecision } from './past-decision.ts';

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
  return packs.map((path): Simulated => {
    const { bundle, view, disclosures } = readPack(path);
    const files = { bundle, view, disclosures, ...trustFiles(trustPath) };
    const report = verify({ ...files, trustName: trustPath, options: { require: 'C1', expect: 'executed' } });
    if (report.evidence !== 'holds' || bundle === null)
      return { pack: path, decision: '', state: 'unverified', changes: [] };
    const core = openStatement(readBundle(bundle).envelope.payload);
    const past = pastDecision(core);
    const decision = core.decision_id;
    if (past === null) return { pack: path, decision, state: 'not_evaluated', changes: [] };
    const changes = simulate(past, policy);
    return { pack: path, decision, state: changes.length === 0 ? 'same' : 'changed', changes };
  });
}
