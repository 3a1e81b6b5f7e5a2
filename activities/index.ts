import type { LocalActivities, RegularActivities } from '../core/contracts/activities.ts';
import { recordAddendum, sealAddendum } from './addendum.ts';
import { admit, admitStored } from './authority.ts';
import type { Dependencies } from './dependencies.ts';
import { evaluate } from './evaluation.ts';
import { issueClearance } from './execution.ts';
import { localOnly, withFailures } from './failure.ts';
import { notify } from './notices.ts';
import { sealPack } from './packing.ts';
import { acknowledge, readRecorded, record, restore } from './recording.ts';
import { recordRelease } from './release.ts';
import { reevaluate } from './reevaluation.ts';
import { admitRequest } from './request.ts';
import { patrol, restrict } from './restriction.ts';
import { revocation } from './revocation.ts';
import { step } from './step.ts';

export type { Dependencies, ServiceKey, ServiceKeys } from './dependencies.ts';
export { createFileNotifier } from './notifier.ts';

/** Every effect a decision has, as functions of what they have it on. */
export function createActivities(dependencies: Dependencies): LocalActivities & RegularActivities {
  const house: LocalActivities = {
    step: step(dependencies),
    admitRequest: admitRequest(dependencies),
    evaluate: evaluate(dependencies),
    reevaluate: reevaluate(dependencies),
    revocation: revocation(dependencies),
    admit: admit(dependencies),
    admitStored: admitStored(dependencies),
    record: record(dependencies),
    restore: restore(dependencies),
    readChain: readRecorded(dependencies),
    acknowledge: acknowledge(dependencies),
    issueClearance: issueClearance(dependencies),
    restrict: restrict(dependencies),
    recordAddendum: recordAddendum(dependencies),
  };
  const outside: RegularActivities = {
    sealPack: sealPack(dependencies),
    recordRelease: recordRelease(dependencies),
    sealAddendum: sealAddendum(dependencies),
    patrol: patrol(dependencies),
    notify: notify(dependencies),
  };
  return { ...withFailures(localOnly({ ...house })), ...withFailures({ ...outside }) };
}
