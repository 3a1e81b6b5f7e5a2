import { cardProblems, checksOf, type RosterIndex, rolesAt, withoutKeys } from '../documents/index.ts';
import { admitCard, involvedIn } from '../evaluation/card.ts';
import { memberOf, type PackedChain } from '../pack/index.ts';
import type { Contents } from './contents.ts';
import type { EventPlace, Findings } from './findings.ts';
import { type Routing, routingsOf } from './routings.ts';
import { referenceIn, textIn } from './shapes.ts';
import { standingIn } from './standing.ts';

/**
 * Who evaluated, a second time and without `evaluate`: where the policy has the card read, each route rests on one that
 * the packet repeats, by somebody who may evaluate and had no hand in what was asked for.
 */
export function checkEvaluators(pack: PackedChain, contents: Contents, findings: Findings): void {
  const opening = contents.roster(referenceIn(pack.events[0], 'roster')?.digest);
  for (const routing of routingsOf(pack, contents)) checkEvaluator(pack, routing, opening, contents, findings);
}

function checkEvaluator(
  { origin, tenant }: PackedChain,
  { index, event, matter }: Routing,
  opening: RosterIndex | null,
  contents: Contents,
  findings: Findings,
): void {
  const place: EventPlace = { chain: 'events', index, event };
  const { request, environment, keys, origins } = matter;
  const add = (expected: string, got: string): void =>
    findings.add('authority.evaluator', { path: '$.card', expected, got }, place);
  const policy = contents.policy(request.policy.digest);
  const recorded = textIn(event, 'card') ?? 'no card';
  if (policy === null || !checksOf(policy, request.action).includes('evaluation')) {
    if (memberOf(event, 'card') !== undefined) add('no card, as the policy has none read', recorded);
    return;
  }
  const packet = contents.packet(request.evidence.packet);
  const named = packet?.sections.evaluation?.card;
  const card = contents.statement(named, 'evaluation');
  const frozen = contents.roster(referenceIn(event, 'roster')?.digest);
  if (packet === null || card === null || recorded !== named)
    return add(named ?? 'a card that the packet names', recorded);
  for (const { path, expected, got } of cardProblems(card.statement, packet)) add(`${path} ${expected}`, got);
  const { version, digest } = card.statement.policy;
  if (version !== request.policy.version || digest !== request.policy.digest)
    add(`one made under policy ${request.policy.version}`, `under ${version} ${digest}`);
  // A roster that is not there has its finding.
  if (opening === null || frozen === null) return;
  const { timestamp: at } = event;
  const counting = withoutKeys(frozen, standingIn(event, contents)?.document.revoked_keys ?? []);
  const { refused } = admitCard(card, counting, { origin, tenant, at });
  const { signer } = card.statement;
  if (refused !== null) add(`a card that ${signer} signed`, refused);
  const roles = policy.evaluators?.roles ?? [];
  const held = rolesAt(frozen, signer, { environment, action: request.action, at });
  if (!held.some((role) => roles.includes(role))) add(roles.join(' or '), `${signer}: ${held.join(', ') || 'no role'}`);
  const duties = involvedIn(origins, card, [opening, frozen], keys.requester);
  if (duties.length > 0) add('an evaluator who is independent', `${signer}: ${duties.join(', ')}`);
}
