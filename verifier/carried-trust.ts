import type { JsonValue } from '../core/canon/index.ts';
import { childPath } from '../core/canon/index.ts';
import { ROSTER_TYPE, TRUST_TYPE } from '../documents/index.ts';
import { namesKeyMaterial } from '../documents/statements.ts';
import type { Findings } from './findings.ts';

/**
 * A key that travels with what it verifies proves nothing. Rosters hold keys and are believed for their endorsements;
 * nothing else in a pack has any reason to.
 */
export function refuseCarriedTrust(value: unknown, path: string, findings: Findings): void {
  if (typeof value === 'string') {
    if (value.includes('-----BEGIN ')) carried(path, 'a PEM block', findings);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, item] of (value as JsonValue[]).entries())
      refuseCarriedTrust(item, childPath(path, index), findings);
    return;
  }
  const type: unknown = Object.hasOwn(value, '_type') ? (value as { _type: unknown })._type : undefined;
  if (type === TRUST_TYPE) return carried(path, 'a trust document', findings);
  if (type === ROSTER_TYPE) return;
  for (const [name, member] of Object.entries(value)) {
    if (namesKeyMaterial(name)) carried(childPath(path, name), `a member ${name}`, findings);
    else refuseCarriedTrust(member, childPath(path, name), findings);
  }
}

function carried(path: string, got: string, findings: Findings): void {
  findings.add('pack.carries_trust', { path, expected: 'no trust, and no keys but those in a roster', got });
}
