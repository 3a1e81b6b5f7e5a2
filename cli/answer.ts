import { checkAcknowledgement } from '../client/acknowledgement.ts';
import { ClientError } from '../client/errors.ts';
import { sentenceOf } from '../client/sentence.ts';
import type { Submitted } from '../client/submit.ts';
import type { JsonObject } from '../core/canon/index.ts';
import { hasCode } from '../core/errors.ts';
import type { Config } from './config.ts';
import type { Outcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { now, readTrust } from './workplace.ts';
import { toJson } from './to-json.ts';

/**
 * Holds the acknowledgement of an answer against the caller's own trust file: whoever gives one that does not hold, or
 * gives none, is not the service that the trust file names.
 *
 * @throws ClientError `acknowledgement.mismatch`; as `readTrust`.
 */
export function holdAnswer(
  { trust, tenant }: Config,
  decisionId: string,
  { acknowledgement, addendum, statement }: Submitted,
): void {
  const index = readTrust(trust);
  try {
    if (acknowledgement === null) throw new ClientError('acknowledgement.mismatch', { message: 'the answer has none' });
    checkAcknowledgement(acknowledgement, {
      trust: index,
      tenant,
      decisionId: addendum ?? decisionId,
      statement,
      at: now(),
    });
  } catch (error) {
    if (!hasCode(error)) throw error;
    const { code, expected, got } = error;
    throw new ClientError(
      'acknowledgement.mismatch',
      {
        message: `the acknowledgement does not hold under ${trust} (${code}: ${sentenceOf(error)})`,
        path: decisionId,
        expected,
        got,
      },
      { cause: error },
    );
  }
}

/** The service's answer to a statement, once it has been held against the trust file. @throws as {@link holdAnswer}. */
export function answerOf(config: Config, decisionId: string, did: string, submitted: Submitted): Outcome {
  const { acknowledgement, addendum, code, statement, verdict } = submitted;
  holdAnswer(config, decisionId, submitted);
  const json: JsonObject = {
    decision_id: decisionId,
    statement,
    verdict,
    code,
    addendum,
    acknowledgement: toJson(acknowledgement),
  };
  const accepted = verdict === 'accepted';
  const where = addendum === null ? '' : `; the decision had closed, this stands in addendum ${addendum}`;
  const text = accepted
    ? `${did}: accepted (${statement})${where}`
    : `${did}: refused, ${code} (${statement})${where}\ncountersign explain ${code} says what to do`;
  return { json, text, exit: accepted ? EXIT.ok : EXIT.refused };
}
