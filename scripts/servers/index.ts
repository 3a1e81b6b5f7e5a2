export { freePort } from './free-port.ts';
export { PROJECT_ROOT, type ServerBinary, type ServerPaths, serverPaths, temporalTestServerPath } from './paths.ts';
export { SERVER_ERROR_CODES, ServerError, type ServerErrorCode } from './server-error.ts';
export { startTemporal, type TemporalOptions, type TemporalServer } from './temporal.ts';
export { newCredentials, newPassword, usersAcl, type ValkeyCredentials } from './users-acl.ts';
export { startValkey, type ValkeyOptions, type ValkeyServer } from './valkey.ts';
