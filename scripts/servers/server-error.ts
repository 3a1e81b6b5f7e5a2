import { CountersignError } from '../../core/errors.ts';

export const SERVER_ERROR_CODES = [
  'server.missing',
  'server.exited',
  'server.port_taken',
  'server.not_ready',
  'server.running',
] as const;

export type ServerErrorCode = (typeof SERVER_ERROR_CODES)[number];

/** A server that could not be found or did not come up. `path` is its binary or its log file. */
export class ServerError extends CountersignError<ServerErrorCode> {
  override readonly name = 'ServerError';
}
