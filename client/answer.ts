import type { SubmitResult } from '../core/contracts/messages.ts';
import type { DigestText } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import { readStatement } from '../documents/index.ts';
import { checkAcknowledgement } from './acknowledgement.ts';
import type { ClientContext } from './context.ts';
import { ClientError } from './errors.ts';
import { sentenceOf } from './sentence.ts';

export interface Answer {
  readonly decisionId: string;
  /** Statement that was submitted. */
  readonly statement: DigestText;
  readonly answer: Pick<SubmitResult, 'statement' | 'verdict' | 'code' | 'acknowledgement' | 'addendum'>;
}

type Holder = Pick<ClientContext, 'trust' | 'tenant' | 'now'>;

/**
 * Holds an answer against the statement that it is given for. Update ids are chosen by whoever sends one, so an answer
 * under this statement's id may be about another statement. With a trust file the acknowledgement must be there, and be
 * signed by the service's key; without one its content must say the same as the answer.
 *
 * @throws ClientError `submit.answer`.
 */
export function checkAnswer(context: Holder, { decisionId, statement, answer }: Answer): void {
  const stray = (path: string, expected: string, got: string): ClientError =>
    mismatch('the answer is not one to this statement', path, expected, got);
  if (answer.statement !== statement) throw stray('$.statement', statement, answer.statement);
  const { acknowledgement, addendum } = answer;
  if (acknowledgement === null) {
    if (context.trust === null) return;
    const message = `the answer (${answer.verdict}) bears no acknowledgement; export the decision's pack and verify it`;
    throw mismatch(message, '$.acknowledgement', 'an acknowledgement', 'none');
  }
  const about = addendum ?? decisionId;
  let told: {
    readonly decision_id: string;
    readonly statement: string;
    readonly verdict: string;
    readonly code: unknown;
  };
  try {
    told =
      context.trust === null
        ? readStatement(acknowledgement, 'acknowledgement').statement
        : checkAcknowledgement(acknowledgement, {
            trust: context.trust,
            tenant: context.tenant,
            decisionId: about,
            statement,
            at: context.now(),
          }).acknowledgement;
  } catch (error) {
    if (!hasCode(error)) throw error;
    const message = `the acknowledgement does not hold (${error.code}: ${sentenceOf(error)})`;
    throw mismatch(message, '$.acknowledgement', error.expected, error.got, error);
  }
  const wanted = { decision_id: about, statement, verdict: answer.verdict, code: answer.code };
  for (const [member, expected] of Object.entries(wanted)) {
    const got = told[member as keyof typeof wanted];
    if (got !== expected) throw stray(`$.acknowledgement.payload.${member}`, String(expected), String(got));
  }
}

function mismatch(message: string, path: string, expected: string, got: string, cause?: unknown): ClientError {
  return new ClientError('submit.answer', { message, path, expected, got }, { cause });
}
