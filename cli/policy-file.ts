import { canonicalBytes, digestBytes, type Digest } from '../core/canon/index.ts';
import type { Policy } from '../documents/policy.ts';
import { compilePolicyYaml } from '../evaluation/policy-program.ts';
import { readText } from './files.ts';
import { toJson } from './to-json.ts';

export interface PolicyFile {
  readonly policy: Policy;
  /** Canonical JSON: what is hashed, endorsed and published. */
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

/** A policy as its author writes it, its expressions compiled. @throws CliError; PolicyError with every problem and line. */
export function readPolicyFile(path: string): PolicyFile {
  const { policy } = compilePolicyYaml(readText(path));
  const bytes = canonicalBytes(toJson(policy));
  return { policy, bytes, digest: digestBytes(bytes) };
}
