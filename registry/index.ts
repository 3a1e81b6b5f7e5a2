export {
  createRegistry,
  type InForcePolicy,
  type InForceRoster,
  REGISTRY_ERROR_CODES,
  type Registry,
  type RegistryDependencies,
  RegistryError,
  type RegistryErrorCode,
} from './registry.ts';
