import { cardNamed, checksOf, type ReadStatement, type StatementOf } from '../documents/index.ts';
import { type Matter, matterOf } from '../evaluation/admission.ts';
import type { PackedChain } from '../pack/index.ts';
import type { Contents } from './contents.ts';

/** The waivers that a request names, as far as the pack has them: one that it lacks has left its finding. */
export function waiversOf(
  { waivers = [] }: StatementOf<'request'>,
  contents: Contents,
): readonly ReadStatement<'waiver'>[] {
  return waivers.flatMap((waiver) => contents.statement(waiver, 'waiver') ?? []);
}

/** What a decision is about, as the statements say. @param request as it opened the decision, or as it was asked since */
export function matterIn(request: ReadStatement<'request'>, { events }: PackedChain, contents: Contents): Matter {
  const { policy: asked, evidence: named, action } = request.statement;
  const policy = contents.policy(asked.digest);
  const evidence = contents.statement(named.statement, 'evidence');
  const checks = policy === null ? [] : checksOf(policy, action);
  // Before a route nobody is barred by a card, and the packet may turn out to be anything.
  const isRead = checks.includes('evaluation') && events.some(({ event_type }) => event_type === 'authority.routed');
  const packet = isRead ? contents.packet(named.packet) : null;
  const card = packet && contents.statement(cardNamed({ checks, packet }), 'evaluation');
  return matterOf(request, policy, evidence, card, waiversOf(request.statement, contents));
}
