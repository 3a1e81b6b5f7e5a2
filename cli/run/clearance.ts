import { type Digest, parseDigest } from '../../core/canon/index.ts';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import { readStatement } from '../../documents/statements.ts';
import { readClearancePack } from '../../pack/clearance.ts';
import { type Finding, type OwnGovernance, renderFinding, verifyClearance } from '../../verifier/index.ts';
import { CliError } from '../errors.ts';
import type { VerifiedClearance } from './run-machine.ts';

export interface ClearanceToVerify {
  readonly pack: Uint8Array;
  /** Statement digest of the permit that the service named. */
  readonly permit: string;
  /** Bytes and name of the executor's own trust file. */
  readonly trust: Uint8Array;
  readonly trustName: string;
  readonly executor: string;
  readonly decisionId: string;
  /** The executor's clock. */
  readonly at: Timestamp;
  readonly governance?: OwnGovernance;
  readonly say: (line: string) => void;
}

/**
 * The ordinary verifier over the clearance pack, with the executor's own trust file: a stolen permit key alone executes
 * nothing. A permit against which nothing speaks but its age is given back, for a receipt that says so; one that is
 * stopped by what the executor knows of governance likewise, with what stops it.
 *
 * @throws CliError `run.clearance`.
 */
export function verifyOwnClearance(input: ClearanceToVerify): VerifiedClearance {
  const { pack, permit, trust, trustName, executor, decisionId, at, say, governance = {} } = input;
  const report = verifyClearance({ pack, permit, trust, trustName, executor, at, governance });
  const errors = report.findings.filter(({ severity }) => severity === 'error');
  if (report.decision_id !== null && report.decision_id !== decisionId) {
    const message = 'the clearance pack is of another decision';
    throw new CliError('run.clearance', { message, path: decisionId, expected: decisionId, got: report.decision_id });
  }
  const { stops } = report;
  const onlyNow = errors.length > 0 && errors.every((finding) => stops.includes(finding) || isExpiry(finding));
  const held = report.permit ?? (onlyNow ? permitOf(pack, errors.some(isExpiry) ? at : null) : null);
  if (held === null) {
    for (const finding of errors) say(renderFinding(finding));
    const [first] = errors;
    throw new CliError('run.clearance', {
      message: `the clearance pack does not verify under ${trustName} (${first?.code ?? 'nothing in it'}); nothing was executed`,
      path: first?.path ?? decisionId,
      expected: first?.expected ?? '',
      got: first?.got ?? '',
    });
  }
  // Whoever watches it run during an incident sees why it may.
  const spared = report.findings.find(({ code }) => code === 'standing.recovery');
  if (spared !== undefined) say(renderFinding(spared));
  return {
    permit: held.digest,
    claim: parseDigest(held.claim),
    subject: held.subject,
    target: held.target,
    notAfter: held.not_after,
    stop: stops.map(({ says, got }) => `${says} (${got})`).join('; ') || null,
  };
}

function isExpiry({ code }: Finding): boolean {
  return code === 'permit.expired';
}

/** The permit; null where its age speaks against it (`agedAt`) and the clock is behind it, not past it. */
function permitOf(pack: Uint8Array, agedAt: Timestamp | null) {
  const { statement, digest } = readStatement(readClearancePack(pack).permit, 'permit');
  if (agedAt !== null && agedAt < statement.not_after) return null;
  const { claim, target, not_after } = statement;
  return { digest, claim, subject: statement.subject as Digest, target, not_after };
}
