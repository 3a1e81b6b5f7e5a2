import { WORKLOADS } from '../examples/people.ts';
import type { DemoHouse } from './house.ts';
import { blank, say, table } from './print.ts';

/** Who is who. Ids are pseudonyms, fresh at each run; what they may do is the roster's word. */
export function introduce({ cast, policy }: DemoHouse): void {
  blank();
  say('The people, by pseudonym, and the workloads:');
  blank();
  table([
    [cast.operator, 'operator: asks for gateway changes'],
    [cast.gatewayEngineer, 'gateway engineer: made them'],
    [cast.modelTrainer, 'model trainer: made the model'],
    [cast.evidenceAuthor, 'evidence author: vouches for what is known about them'],
    [`${cast.executive}, ${cast.secondExecutive}`, 'executives'],
    [cast.modelAndSecurityOwner, 'model owner and security owner'],
    [cast.modelOwner, 'model owner'],
    [cast.releaseOwner, 'release owner'],
    [cast.pipelineController, `release owner too, and in control of ${WORKLOADS.pipeline}`],
    [cast.incidentCommander, 'incident commander: may break glass, with a key for that alone'],
    [WORKLOADS.pipeline, 'workload: asks for model promotions'],
    [
      `${WORKLOADS.gatewayDeployer}, ${WORKLOADS.modelReleaser}`,
      `workloads: execute; controlled by ${cast.platformEngineer}`,
    ],
  ]);
  blank();
  say(`Policy ${policy.version} is ${policy.digest}.`);
}
