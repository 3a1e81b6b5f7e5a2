import { readFileSync } from 'node:fs';
import { type Policy, policyFromYaml } from '../documents/index.ts';

/** `policies/production-changes.yaml`, read strictly. @throws PolicyError */
export function examplePolicy(): Policy {
  return policyFromYaml(readFileSync(new URL('./policies/production-changes.yaml', import.meta.url), 'utf8'));
}
