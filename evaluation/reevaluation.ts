import type { ReevaluationFacts } from '../core/domain/commands.ts';
import type { ReevaluationRefusal } from '../core/domain/errors.ts';
import type { Asked } from '../core/domain/events.ts';
import type { EvidenceStatement } from '../core/domain/statements.ts';
import type { EvidencePacket } from '../documents/evidence.ts';
import type { ReadStatement } from '../documents/statements.ts';
import { ineligibleIn, matterOf } from './admission.ts';
import { cardRead } from './card.ts';
import { basisChanges, type BasisDocument } from './basis.ts';
import type { BriefDocument } from './brief.ts';
import { type EvaluationInput, evaluate } from './evaluate.ts';
import { type Sought, soughtOf } from './resolved.ts';
import { givenWaivers } from './waivers.ts';

/**
 * A routed decision, evaluated anew from what it is asked with now. The service calls this with what its store holds, the
 * verifier with what the pack holds.
 */
export interface ReevaluationInput
  extends Omit<EvaluationInput, 'request' | 'requestDigest' | 'requestKey' | 'evidenceStatement' | 'waivers'> {
  /** As it opened the decision. */
  readonly request: ReadStatement<'request'>;
  readonly asked: Asked;
  /** What `asked` names. */
  readonly evidence: ReadStatement<'evidence'>;
  /** What the request names. */
  readonly waivers: readonly ReadStatement<'waiver'>[];
  /** What the decision rested on before. */
  readonly before: BasisDocument;
  readonly evidenceBefore: { readonly statement: EvidenceStatement; readonly packet: EvidencePacket };
  /** Approvals and overrides that live. */
  readonly counting: readonly ReadStatement[];
}

export interface ReevaluationResult {
  readonly facts: ReevaluationFacts;
  readonly basis: BasisDocument | null;
  readonly brief: BriefDocument | null;
  /** What has to be looked for first; null where it was, or where nothing is. */
  readonly unresolved: Sought | null;
}

export function reevaluate(input: ReevaluationInput): ReevaluationResult {
  const { asked, evidence, before, counting, roster, policy, at } = input;
  if (asked.evidence.statement !== evidence.digest || !succeeds(input)) return refused('reevaluation.evidence');
  const request = asAsked(input.request, asked);
  const { origin, tenant } = request.statement;
  const anew = {
    ...input,
    request: request.statement,
    requestDigest: request.digest,
    requestKey: request.keyId,
    evidenceStatement: evidence.statement,
    waivers: givenWaivers(
      input.waivers,
      roster.index,
      { origin, tenant, at },
      { request: request.keyId, evidence: evidence.keyId, card: input.card ?? null },
    ),
  };
  const { evaluation, basis, brief } = evaluate(anew);
  const refusal = evaluation.denial && refusalFor(evaluation.denial.code);
  const unresolved = evaluation.denial?.code === 'evidence.unresolved' ? soughtOf(anew) : null;
  if (refusal) return { ...refused(refusal), unresolved };
  const matter = matterOf(request, policy.document, evidence, cardRead(anew), input.waivers);
  const facts = {
    refused: null,
    asked,
    evaluation,
    changed: basis === null ? [] : basisChanges(before, basis),
    ineligible: ineligibleIn(counting, roster, matter, at),
  };
  return { facts, basis, brief, unresolved };
}

/** The request as if it had named these; its digest is still that of the statement which opened the decision. */
export function asAsked(request: ReadStatement<'request'>, { policy, evidence }: Asked): ReadStatement<'request'> {
  return { ...request, statement: { ...request.statement, policy, evidence } };
}

/**
 * Evidence gives way to newer evidence by its own author, and to nothing else: nobody else may speak for it, and an older
 * packet may have been left for what it did not say.
 */
function succeeds({
  asked,
  evidence: { statement },
  packet,
  evidenceBefore: before,
  ...rest
}: ReevaluationInput): boolean {
  const { evidence } = rest.before;
  if (asked.evidence.packet === evidence.packet && asked.evidence.statement === evidence.statement) return true;
  return (
    statement.signer === before.statement.signer &&
    statement.signed_at > before.statement.signed_at &&
    packet.created_at >= before.packet.created_at
  );
}

/** What the statement itself gets wrong ends no decision; whatever else denies does. */
function refusalFor(code: string): ReevaluationRefusal | undefined {
  if (code.startsWith('evidence.') || code.startsWith('manifest.') || code.startsWith('card.'))
    return 'reevaluation.evidence';
  // A waiver is of one policy, and whoever asks for another one asks without it.
  if (code === 'policy.not_in_force' || code === 'standing.other' || code === 'waiver.other')
    return 'reevaluation.policy';
  if (code === 'standing.missing' || code === 'standing.ended') return 'reevaluation.no_standing';
  return undefined;
}

function refused(refusal: ReevaluationRefusal): ReevaluationResult {
  return { facts: { refused: refusal }, basis: null, brief: null, unresolved: null };
}
