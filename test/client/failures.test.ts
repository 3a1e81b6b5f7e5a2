import {
  ServiceError,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import {
  ActivityFailure,
  ApplicationFailure,
  RetryState,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowNotFoundError,
} from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { asClientError } from '../../client/failures.ts';
import { sentenceOf } from '../../client/sentence.ts';
import { CountersignError } from '../../core/errors.ts';
import { StoreError } from '../../store/index.ts';

const where = { address: '127.0.0.1:7233', callTimeoutMs: 1000, taskQueue: 'countersign' };
const DECISION = '5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d';

/** As the driver gives it: an error with a numeric code, details and metadata. */
function grpc(code: number, details: string): ServiceError {
  return new ServiceError('call failed', { cause: Object.assign(new Error(details), { code, details, metadata: {} }) });
}

function stopped(cause: Error): WorkflowFailedError {
  return new WorkflowFailedError('failed', cause, RetryState.NON_RETRYABLE_FAILURE);
}

function refusal(type: string): WorkflowFailedError {
  const details = [{ path: '$.candidate.version', expected: 'an exact version', got: 'latest' }];
  const message = new CountersignError(type, { message: 'a name can move', ...details[0]! }).message;
  const failure = ApplicationFailure.create({ message, type, nonRetryable: true, details });
  return new WorkflowFailedError('failed', failure, RetryState.NON_RETRYABLE_FAILURE);
}

describe('what Temporal throws becomes a code', () => {
  test.each([
    ['nothing listens', grpc(14, 'No connection established'), 'temporal.unreachable'],
    ['no answer in time', grpc(4, 'Deadline exceeded'), 'worker.silent'],
    ['a query without a worker', grpc(9, 'no poller seen for task queue recently'), 'worker.silent'],
    ['an Update that ran out of time', new WorkflowUpdateRPCTimeoutOrCancelledError('timeout'), 'worker.silent'],
    [
      'ten Updates before it',
      grpc(8, 'limit on number of concurrent in-flight updates has been reached'),
      'worker.silent',
    ],
    [
      'two thousand Updates before it',
      grpc(9, 'The limit on the total number of distinct updates in this workflow has been reached (2000)'),
      'worker.silent',
    ],
    [
      'an Update that a worker gave back unread',
      new WorkflowUpdateFailedError('no', ApplicationFailure.create({ message: 'x', type: 'UnprocessedUpdate' })),
      'worker.silent',
    ],
    ['another limit', grpc(8, 'namespace rate limit exceeded'), 'temporal.refused'],
    ['a workflow that was terminated', stopped(new TerminatedFailure('tidying up')), 'decision.interrupted'],
    ['a workflow that timed out', stopped(new TimeoutFailure('', undefined, 'START_TO_CLOSE')), 'decision.interrupted'],
    ['wrong credentials', grpc(16, 'unauthenticated'), 'temporal.refused'],
    [
      'no such workflow',
      new WorkflowNotFoundError('not found', `decision/${DECISION}`, undefined),
      'decision.not_found',
    ],
    ['a bare not-found', grpc(5, 'not found'), 'decision.not_found'],
    ['another request under the key', refusal('decision.conflict'), 'decision.conflict'],
    ['an addendum to nothing', refusal('decision.not_closed'), 'decision.not_found'],
    ['a refused request', refusal('document.floating_name'), 'request.refused'],
    [
      'a refused Update',
      new WorkflowUpdateFailedError('no', ApplicationFailure.create({ message: 'no', type: 'envelope.malformed' })),
      'request.refused',
    ],
  ])('%s', (_name, thrown, code) => {
    expect(asClientError(thrown, where, DECISION)).toMatchObject({ code });
  });

  test("the service's code, place and sentence come along", () => {
    expect(asClientError(refusal('document.floating_name'), where, DECISION)).toMatchObject({
      serverCode: 'document.floating_name',
      path: '$.candidate.version',
      expected: 'an exact version',
      got: 'latest',
    });
  });

  test('the innermost failure says why', () => {
    const inner = ApplicationFailure.create({ message: 'unknown signer', type: 'statement.signer_unknown' });
    const activity = new ActivityFailure(
      'activity failed',
      'admitRequest',
      '1',
      RetryState.NON_RETRYABLE_FAILURE,
      'worker',
      inner,
    );
    const outer = new WorkflowFailedError('failed', activity, RetryState.NON_RETRYABLE_FAILURE);
    expect(asClientError(outer, where, DECISION)).toMatchObject({
      code: 'request.refused',
      serverCode: 'statement.signer_unknown',
    });
  });

  test('errors with a code of ours pass, and faults stay faults', () => {
    const store = new StoreError('store.not_found', { message: 'x' });
    expect(asClientError(store, where)).toBe(store);
    const fault = new TypeError('x');
    expect(asClientError(fault, where)).toBe(fault);
  });

  test('an address that does not answer is named, with what to do', () => {
    expect(asClientError(grpc(14, 'x'), where)).toMatchObject({
      path: '127.0.0.1:7233',
      message: expect.stringContaining('TEMPORAL_ADDRESS'),
    });
  });
});

describe('the sentence of an error', () => {
  test.each([
    { code: 'a.b', message: 'says so', path: '$.x', expected: 'e', got: 'g' },
    { code: 'a.b', message: 'says so', path: '', expected: '', got: '' },
    { code: 'a.b', message: 'says so; expected e', path: '$.x', expected: '', got: 'g' },
  ])('stands alone again: %j', ({ code, message, ...rest }) => {
    expect(sentenceOf(new CountersignError(code, { message, ...rest }))).toBe(message);
  });
});
