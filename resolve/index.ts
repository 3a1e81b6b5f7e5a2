export { RESOLVE_ERROR_CODES, ResolveError, type ResolveErrorCode } from './errors.ts';
export { type Measured, measure } from './measure/measure.ts';
export { createResolver, type Resolver, type ResolverOptions } from './resolver.ts';
