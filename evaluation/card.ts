import { CanonError } from '../core/canon/index.ts';
import type { EvaluationStatement } from '../core/domain/statements.ts';
import type { DigestText, Timestamp } from '../core/domain/vocabulary.ts';
import { authenticate } from '../documents/authenticate.ts';
import { DocumentError } from '../documents/errors.ts';
import { checkCard } from '../documents/evaluation-card.ts';
import { checksOf } from '../documents/manifests.ts';
import { type RosterIndex, rolesAt, type Scope } from '../documents/roster-reader.ts';
import type { ReadStatement } from '../documents/statements.ts';
import { dutiesUnder, type Origins } from './duties.ts';
import { DENIAL_CODES, type Denial } from './errors.ts';
import type { EvaluationInput } from './evaluate.ts';
import { placesOf } from './places.ts';

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

/** Why the evaluation does not support this decision by the word of its evaluator; undefined where it does, or is not asked for. */
export function refuseCard(input: EvaluationInput, scope: Scope): Denial | undefined {
  const { policy, request, packet, roster, openingRoster } = input;
  const checks = checksOf(policy.document, request.action);
  const card = input.card ?? null;
  try {
    checkCard({ checks, packet, policy: request.policy }, card);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    const code = DENIAL_CODES.find((known) => known === error.code) ?? 'card.differs';
    return { code, detail: placesOf(error) };
  }
  if (card === null || !checks.includes('evaluation')) return undefined;
  const { signer } = card.statement;
  if (card.refused !== null)
    return { code: 'card.signer', detail: `card ${card.digest} of ${signer}: ${card.refused}` };
  const roles = policy.document.evaluators?.roles ?? [];
  if (!rolesAt(roster.index, signer, scope).some((role) => roles.includes(role)))
    return { code: 'card.role', detail: `${signer} holds none of ${roles.join(', ')} for ${scope.action}` };
  const origins = { requester: request.signer, creators: request.creators };
  const duties = involvedIn(origins, card, [openingRoster, roster.index], input.requestKey);
  if (duties.length === 0) return undefined;
  return { code: 'card.not_independent', detail: `${signer}, who evaluated, is ${duties.join(' and ')}` };
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
