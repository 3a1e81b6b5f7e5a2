import type { TrustFile } from '../documents/index.ts';
import type { PackCore } from '../pack/index.ts';
import { openBundle } from './bundle.ts';
import { type Finding, Findings } from './findings.ts';
import { verifyChainOf } from './verify-chain.ts';

/** What a sealed bundle proves, or the first thing that is wrong with it. */
export type Proven = { readonly core: PackCore } | { readonly core: null; readonly wrong: Finding };

/** Verifies a sealed bundle as {@link verify} does, for callers that hold the trust file open already. Total. */
export function proven(bundle: Uint8Array, trust: TrustFile): Proven {
  const findings = new Findings();
  const opened = openBundle(bundle, trust, findings);
  if (opened !== null) verifyChainOf(opened.core, trust, findings);
  else if (findings.errors.length === 0) findings.add('bundle.unreadable', { expected: 'a sealed pack' });
  const [wrong] = findings.errors;
  if (opened !== null && wrong === undefined) return { core: opened.core };
  return { core: null, wrong: wrong as Finding };
}
