import { type Digest, type Envelope, isDigest } from '../../core/canon/index.ts';
import type { Candidate } from '../../core/domain/statements.ts';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import { hasCode } from '../../core/errors.ts';
import { CLEARANCE_PACK_TYPE, coreOf, memberOf, readClearancePack } from '../../pack/index.ts';
import { type BackoutReport, renderFinding } from '../../verifier/index.ts';
import type { BackoutContent, SignedStatement } from '../../client/statements.ts';
import { digestBytes, readJson } from '../../core/canon/index.ts';
import { CliError } from '../errors.ts';
import type { Ended } from '../run/run-machine.ts';

/** Everything that going back does to the world. None of it is the service's. */
export interface BackoutPorts {
  measure(): Promise<Digest>;
  sign(content: BackoutContent): SignedStatement;
  /** The executor's own verification of the pack that it acts on, for what it would sign. */
  verify(statement: Envelope, at: Timestamp): BackoutReport;
  /** Returns when it would survive a crash. */
  keep(statement: SignedStatement): void;
  forget(): void;
  execute(): Promise<Ended>;
  now(): Timestamp;
  say(line: string): void;
}

export interface BackoutRequest {
  /** Bytes of the sealed bundle, or of the clearance pack, of the decision to go back from. */
  readonly pack: Uint8Array;
  readonly candidate: Omit<Candidate, 'digest'>;
  readonly tool: string;
  /** Digest of the command's words. */
  readonly command: Digest;
  readonly reason: string;
}

export interface BackoutOutcome {
  readonly decisionId: string;
  readonly result: 'success' | 'failure';
  readonly exitCode: number | null;
  readonly statement: Digest;
}

/**
 * Measures, verifies, runs, swears. What it would swear to where it died meanwhile (that it began, and cannot say how it
 * ended) is signed and kept before the command is started; the account takes its place before anybody is told.
 *
 * @throws CliError `backout.refused`, `backout.not_started`; whatever the ports throw
 */
export async function backOut(ports: BackoutPorts, request: BackoutRequest): Promise<BackoutOutcome> {
  const named = nameOf(request.pack);
  const digest = await ports.measure();
  const started_at = ports.now();
  const { decision_id, candidate, tool, command } = {
    ...request,
    decision_id: named.decision_id,
    candidate: { ...request.candidate, digest },
  };
  const account = { ...named, decision_id, candidate, tool, command, started_at, reason: request.reason };
  const begun = ports.sign({ ...account, finished_at: started_at, result: 'unknown', exit_code: null });
  refuseUnproven(ports, ports.verify(begun.envelope, started_at), decision_id);
  ports.keep(begun);
  // Commit point. A crash from here on leaves a statement that it began.
  const { started, exitCode } = await ports.execute();
  if (!started) {
    ports.forget();
    throw new CliError('backout.not_started', {
      message: 'the command could not be started, so nothing was run',
      path: decision_id,
    });
  }
  const end = ports.now();
  // A clock that was stepped back meanwhile must not make a statement that nobody can read.
  const finished_at = end < started_at ? started_at : end;
  const result = exitCode === 0 ? 'success' : 'failure';
  const sworn = ports.sign({ ...account, finished_at, result, exit_code: exitCode });
  ports.keep(sworn);
  return { decisionId: decision_id, result, exitCode, statement: sworn.digest };
}

type Named = Pick<BackoutContent, 'decision_id' | 'cleared' | 'pack' | 'target'>;

/** What the pack says that it is of; nothing of it is verified here, and all of it is signed, and verified with that. */
function nameOf(bytes: Uint8Array): Named {
  try {
    const clearance = memberOf(readJson(bytes, { maxBytes: 2 ** 27 }), '_type') === CLEARANCE_PACK_TYPE;
    const { decision_id, events } = clearance ? readClearancePack(bytes) : coreOf(bytes);
    const cleared = memberOf(
      events.find((event) => memberOf(event, 'event_type') === 'execution.cleared'),
      'integrity_hash',
    );
    const target = memberOf(events[0], 'target');
    if (!isDigest(cleared) || typeof target !== 'string') throw refused(decision_id, 'nothing was cleared under it');
    return { decision_id, cleared, target, ...(clearance ? {} : { pack: digestBytes(bytes) }) };
  } catch (error) {
    if (error instanceof CliError || !hasCode(error)) throw error;
    throw refused(error.path, `it cannot be read (${error.code})`, error);
  }
}

function refuseUnproven(ports: BackoutPorts, { holds, findings }: BackoutReport, decisionId: string): void {
  if (holds) return;
  const errors = findings.filter(({ severity }) => severity === 'error');
  for (const finding of errors) ports.say(renderFinding(finding));
  throw refused(decisionId, `${errors[0]?.says ?? 'nothing in it holds'} (${errors[0]?.code ?? 'no finding'})`);
}

function refused(path: string, why: string, cause?: unknown): CliError {
  const message = `the pack does not prove that you may go back to this, so nothing was run: ${why}`;
  return new CliError('backout.refused', { message, path }, { cause });
}
