import { join } from 'node:path';
import { WIDER_SKEW } from '../examples/evidence/index.ts';
import { WORKLOADS } from '../examples/people.ts';
import { askForGatewayChange } from './gateway-request.ts';
import type { DemoHouse } from './house.ts';
import { blank, heading, say, shown, verbatim } from './print.ts';

/** Opens one more decision, leaves it waiting, and says where everything is and what can be tried. */
export async function sayWhatToTry(house: DemoHouse): Promise<void> {
  const { temporal, out, cast } = house;
  heading('Still running; Ctrl-C stops everything');
  const { decisionId, evidence } = await askForGatewayChange(house, {
    change: WIDER_SKEW,
    ticket: 'CHG-1064',
    summary: 'Widen the clock skew that partner signatures may have to 120 s',
  });
  blank();
  say(`Temporal is at ${temporal.address}${temporal.uiUrl === undefined ? '' : `, its web UI at ${temporal.uiUrl}`}`);
  say('This decision waits for an executive. In another terminal, in this folder:');
  blank();
  const subject = shown(join(out, 'artifacts', evidence.subject.path));
  const gateway = shown(join(out, 'world', 'prod-gateway-01', 'gateway.conf'));
  const pack = shown(join(out, 'six'));
  for (const words of [
    `doctor --config ${house.desk('operations')}`,
    'stuck',
    `why ${decisionId}`,
    `approve ${decisionId} --as ${cast.executive} --rationale "Signatures stay, clocks may drift"`,
    `run --config ${house.desk(WORKLOADS.gatewayDeployer)} --decision ${decisionId} --as ${WORKLOADS.gatewayDeployer} --subject ${subject} -- cp ${subject} ${gateway}`,
    `status ${decisionId}`,
    `export ${decisionId} --out ${pack}`,
    `verify ${pack} --trust ${shown(join(out, 'trust', 'trust.json'))} --subject ${subject} --timeline`,
  ]) {
    if (words.startsWith('stuck')) verbatim(`  export COUNTERSIGN_CONFIG=${house.desk('people')}`);
    verbatim(`  npx --no-install countersign ${words}`);
  }
}
