import { CanonError } from '../core/canon/index.ts';
import type { EvaluationStatement } from '../core/domain/statements.ts';
import type { DigestText, Timestamp } from '../core/domain/vocabulary.ts';
import { authenticate } from '../documents/authenticate.ts';
import { DocumentError } from '../documents/errors.ts';
import { cardNamed, checkCard } from '../documents/evaluation-card.ts';
import { checksOf } from '../documents/manifests.ts';
import { type RosterIndex, rolesAt, type Scope } from '../documents/roster-reader.ts';
import type { ReadStatement } from '../documents/statements.ts';
import { dutiesUnder, type Origins } from './duties.ts';
import { type Denial, type DenialCode, denialAt } from './errors.ts';
import type { EvaluationInput } from './evaluate.ts';
import { denialOf } from './places.ts';

/** An evaluation card whose signature has been looked at. */
export interface AdmittedCard {
  /** Statement digest. */
  readonly digest: DigestText;
  readonly statement: EvaluationStatement;
  /** Key id under which it was signed. */
  readonly keyId: string;
  /** Why nobody of the roster signed it so; null where its signer did. */
  readonly refused: string | null;
}

/** The card as the evaluation takes it. @param roster the one that the evaluation freezes, without revoked keys */
export function admitCard(
  read: ReadStatement<'evaluation'>,
  roster: RosterIndex,
  where: { readonly origin: string; readonly tenant: string; readonly at: Timestamp },
): AdmittedCard {
  const { digest, statement, keyId } = read;
  try {
    authenticate(read, roster, where);
    return { digest, statement, keyId, refused: null };
  } catch (error) {
    if (error instanceof DocumentError || error instanceof CanonError)
      return { digest, statement, keyId, refused: error.code };
    throw error;
  }
}

/** Why the evaluation does not support this decision by the word of its evaluator; empty where it does, or is not asked for. */
export function refuseCard(input: EvaluationInput, scope: Scope): readonly Denial[] {
  const { policy, request, packet } = input;
  const checks = checksOf(policy.document, request.action);
  const card = input.card ?? null;
  const unread: Denial[] = [];
  try {
    checkCard({ checks, packet, policy: request.policy }, card);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    unread.push(denialOf(error, 'card.differs'));
  }
  // Of what the packet names nobody as the card, there is no evaluator to ask about.
  const named = card !== null && cardNamed({ checks, packet }) === card.digest;
  return named ? [...unread, ...refuseEvaluator(input, card, scope)] : unread;
}

/** Why the card's signer is not somebody whose word it takes. */
function refuseEvaluator(
  { policy, request, roster, openingRoster, requestKey }: EvaluationInput,
  card: AdmittedCard,
  scope: Scope,
): readonly Denial[] {
  const { signer } = card.statement;
  const denials: Denial[] = [];
  const add = (code: DenialCode, detail: string) =>
    denials.push(denialAt(code, detail, ['$.sections.evaluation.card']));
  if (card.refused !== null) add('card.signer', `card ${card.digest} of ${signer}: ${card.refused}`);
  const roles = policy.document.evaluators?.roles ?? [];
  if (!rolesAt(roster.index, signer, scope).some((role) => roles.includes(role)))
    add('card.role', `${signer} holds none of ${roles.join(', ')} for ${scope.action}`);
  const origins = { requester: request.signer, creators: request.creators };
  const duties = involvedIn(origins, card, [openingRoster, roster.index], requestKey);
  if (duties.length > 0) add('card.not_independent', `${signer}, who evaluated, is ${duties.join(' and ')}`);
  return denials;
}

/**
 * Duties by which an evaluator is not independent: to have asked, to have made the candidate, to control whoever did, or
 * to be controlled by them. Under any of the rosters, whatever the band: no policy lets these coincide. Who vouches for
 * the packet may be its evaluator: that is one word about one thing, and both fill no slot.
 *
 * @param requestKey id of the key that signed the request, whoever has it by now
 */
export function involvedIn(
  { requester, creators }: Pick<Origins, 'requester' | 'creators'>,
  { statement, keyId }: Pick<AdmittedCard, 'statement' | 'keyId'>,
  rosters: readonly RosterIndex[],
  requestKey: string | undefined,
): readonly string[] {
  const found = dutiesUnder(
    statement.signer,
    { requester, creators, evidenceAuthor: null, evaluator: null, waiverAuthors: [] },
    rosters,
  );
  return keyId === requestKey && !found.includes('requester') ? ['requester', ...found] : found;
}

/** The card, where the policy has it read; null where it has not, or where there is none. */
export function cardRead({
  policy,
  request,
  card,
}: Pick<EvaluationInput, 'policy' | 'request' | 'card'>): AdmittedCard | null {
  return checksOf(policy.document, request.action).includes('evaluation') ? (card ?? null) : null;
}

/** The member by which an event names the card that was read. */
export function cardMember(input: EvaluationInput): { readonly card?: DigestText } {
  const read = cardRead(input);
  return read === null ? {} : { card: read.digest };
}
