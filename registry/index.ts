export {
  createRegistry,
  publicationRegistries,
  type InForce,
  type InForcePolicy,
  type InForceRoster,
  type InForceStanding,
  REGISTRY_ERROR_CODES,
  type Registry,
  type RegistryDependencies,
  RegistryError,
  type RegistryErrorCode,
} from './registry.ts';
