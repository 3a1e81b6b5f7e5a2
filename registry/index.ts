export {
  createRegistry,
  publicationRegistries,
  type InForcePolicy,
  type InForceRoster,
  REGISTRY_ERROR_CODES,
  type Registry,
  type RegistryDependencies,
  RegistryError,
  type RegistryErrorCode,
} from './registry.ts';
