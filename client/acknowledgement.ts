import type { Digest, Envelope } from '../core/canon/index.ts';
import type { AcknowledgementStatement } from '../core/domain/statements.ts';
import type { DigestText, Timestamp } from '../core/domain/vocabulary.ts';
import { authenticateService, readStatement, type TrustIndex } from '../documents/index.ts';
import { ClientError } from './errors.ts';

export interface AcknowledgementCheck {
  readonly trust: TrustIndex;
  readonly tenant: string;
  readonly decisionId: string;
  /** Statement that was to be acknowledged. */
  readonly statement: DigestText;
  /** The holder's own clock; the key must be in force then. */
  readonly at: Timestamp;
}

/**
 * Checks that the service's acknowledgement key signed an answer to exactly this statement. Keep it: a pack that lacks
 * the event it names has withheld something (ruling 6).
 *
 * @throws CanonError, DocumentError as `readStatement` and `authenticateService`; ClientError `acknowledgement.mismatch`.
 */
export function checkAcknowledgement(
  envelope: Envelope,
  { trust, tenant, decisionId, statement, at }: AcknowledgementCheck,
): { readonly digest: Digest; readonly acknowledgement: AcknowledgementStatement } {
  const read = readStatement(envelope, 'acknowledgement');
  authenticateService(read, trust, 'acknowledgement', { origin: trust.trust.origin, tenant, decisionId, at });
  if (read.statement.statement !== statement) {
    const message = 'the acknowledgement answers another statement';
    const path = '$.payload.statement';
    throw new ClientError('acknowledgement.mismatch', {
      message,
      path,
      expected: statement,
      got: read.statement.statement,
    });
  }
  return { digest: read.digest, acknowledgement: read.statement };
}
