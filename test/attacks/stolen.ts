import type { VerifierCode } from '../../verifier/index.ts';
import { nonceOf } from '../documents/fixtures.ts';
import { ask, codesOf } from '../verifier/asking.ts';
import { type Attempt, forceClearance, forceReceipt, sealed } from '../verifier/attacks.ts';
import { filesOf, fixturePolicy, type MiniatureService } from '../verifier/fixture-pack.ts';

/**
 * What the tests of stolen keys share. A thief has exactly one key and everybody's documents; what the service refuses
 * them, it is then made to record all the same, so that the verifier has to find it.
 */

/** Another statement of the same kind and signer. */
export const again = (which: string) => ({ nonce: nonceOf(`again ${which}`) });

/** Why the last thing that happened did not count; its type where it did. */
export function answerOf({ events }: MiniatureService): string | undefined {
  const last = events.at(-1);
  return last?.event_type === 'statement.refused' ? last.code : last?.event_type;
}

/** What a stranger makes of the pack of it. */
export function verdictOf(service: MiniatureService): string {
  const report = ask(filesOf(service));
  return report.evidence === 'holds' ? `holds: ${report.outcome}` : codesOf(report).join(', ');
}

/** Whatever a service that lies says of people: that they suffice. */
export function lying(service: MiniatureService): MiniatureService {
  service.tamper = (draft) => ('satisfied' in draft ? { ...draft, satisfied: true } : draft);
  return service;
}

/** The findings in a pack of this chain, cleared and executed whatever is wrong with it. */
export function findingsIn(service: MiniatureService): readonly VerifierCode[] {
  return findingsOf(sealed(forceReceipt(forceClearance(service))));
}

export function findingsOf(attempt: Attempt): readonly VerifierCode[] {
  const report = ask(attempt);
  return report.evidence === 'holds' ? [] : codesOf(report);
}

/** Code of the error that refuses a statement before anything is recorded of it. */
export function refusal(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
}

/** Asks for so many executives. */
export const executives = (signatures: number) =>
  fixturePolicy({
    routes: [
      { id: 'executive', when: 'request.action == "deploy.change"', slots: [{ role: 'executive', signatures }] },
    ],
  });
