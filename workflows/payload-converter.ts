import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';

/** What a payload that nobody can decode is taken for: no statement, and refused as such. */
export const UNDECODABLE = 'undecodable payload';

/**
 * The default converter, but total: a signal whose payload is no JSON would otherwise fail the workflow's task for ever,
 * and so stop the decision, timers and all. Anybody who may signal could do that.
 */
export const payloadConverter: Readonly<PayloadConverter> = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload<T>(payload: Payload): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload);
    } catch {
      return UNDECODABLE as T;
    }
  },
};
