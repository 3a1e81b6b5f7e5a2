import { checkAcknowledgement, type Brief, type Submitted } from '../client/index.ts';
import { timestamp } from '../core/domain/vocabulary.ts';
import { expectEqual, expectPresent } from './expect.ts';
import type { DemoHouse } from './house.ts';
import { quote, step } from './print.ts';

/** Fetches the brief by its digest, and shows it as an approver's terminal would. */
export async function readBrief(house: DemoHouse, decisionId: string, reader: string): Promise<Brief> {
  const brief = await house.client.brief(decisionId);
  step(`${reader} reads the brief`);
  quote(brief.rendered, 13);
  return brief;
}

/** The answer to a statement, its signature checked with the trust file: what a signer keeps. */
export function acknowledged(house: DemoHouse, decisionId: string, submitted: Submitted): string {
  const envelope = expectPresent('an acknowledgement', submitted.acknowledgement);
  const { tenant } = house.surroundings;
  const at = timestamp(Date.now());
  const { acknowledgement } = checkAcknowledgement(envelope, {
    trust: house.trust,
    tenant,
    decisionId,
    statement: submitted.statement,
    at,
  });
  expectEqual('the verdict that was acknowledged', acknowledgement.verdict, submitted.verdict);
  return `acknowledged by ${acknowledgement.signer} as event ${acknowledgement.sequence}`;
}

/** Who fills which slot now, and what is still open. */
export async function assignmentNow(house: DemoHouse, decisionId: string): Promise<string> {
  const { slots, assignment } = await house.client.state(decisionId);
  return slots
    .flatMap(({ role, signatures }) => {
      const filled = assignment.filter((one) => one.role === role).map(({ actor_id }) => actor_id);
      return [...filled, ...Array.from({ length: signatures - filled.length }, () => '(open)')].map(
        (who) => `${role}: ${who}`,
      );
    })
    .join(', ');
}
