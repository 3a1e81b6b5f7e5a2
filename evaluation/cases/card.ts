import { digestJson, type JsonValue } from '../../core/canon/index.ts';
import { type EvaluationStatement, statementType } from '../../core/domain/statements.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import type { Policy } from '../../documents/policy.ts';
import { policyDigest } from '../../documents/policy-reader.ts';
import type { AdmittedCard } from '../card.ts';
import type { PolicyCase } from './case-file.ts';
import { changed } from './packet-changes.ts';

/** Key id of whoever signs in a case: no key of anybody. */
const KEY_ID = digestJson({ key: 'of a case' });

/**
 * The evaluation card of a case, signed by its evaluator and saying what the packet says unless the case has it say
 * something else; and the packet, which names it. Null where the case has none, or the packet too little for one.
 *
 * @throws CasesError `cases.evidence`
 */
export function cardOf(
  one: PolicyCase,
  policy: Policy,
  packet: EvidencePacket,
  lineOf: (path: string) => number | null,
): { readonly packet: EvidencePacket; readonly card: AdmittedCard | null } {
  const { evaluation } = packet.sections;
  const { evaluator, card } = one;
  if (evaluator === undefined || card === 'none' || !evaluation) return { packet, card: null };
  const { suite, runtime, data_manifest, failure_slices, calibration, scorecards } = evaluation;
  if (!suite || !runtime || !data_manifest || !failure_slices || !calibration) return { packet, card: null };
  const finished_at = evaluation.finished_at ?? packet.created_at;
  const whole: EvaluationStatement = {
    _type: statementType('evaluation'),
    origin: packet.origin,
    tenant: packet.tenant,
    signer: evaluator,
    signed_at: packet.created_at,
    nonce: 'AAAAAAAAAAAAAAAAAAAAAA==',
    subject: packet.subject,
    suite,
    data_manifest: data_manifest.digest,
    runtime,
    policy: { version: policy.version, digest: policyDigest(policy) },
    results: digestJson({ results: packet.subject }),
    scorecards,
    failure_slices,
    calibration,
    started_at: finished_at,
    finished_at,
  };
  const said = changed(whole as unknown as JsonValue, card, `${one.path}.card`, lineOf);
  const statement = said as unknown as EvaluationStatement;
  const digest = digestJson(said);
  const named = { ...evaluation, evaluator, finished_at, card: digest };
  return {
    packet: { ...packet, sections: { ...packet.sections, evaluation: named } },
    card: { digest, statement, keyId: KEY_ID, refused: null },
  };
}
