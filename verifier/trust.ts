import { CanonError, publicKeyFromPem } from '../core/canon/index.ts';
import { readTrustFile, type TrustFile } from '../documents/index.ts';
import type { Findings } from './findings.ts';

/**
 * Everything is checked against what the verifier's owner brought, so this comes first. A PEM file counts only where
 * the trust file names it, and only as the key that the trust file has under that name.
 */
export function openTrust(
  bytes: Uint8Array,
  pems: Readonly<Record<string, Uint8Array>>,
  findings: Findings,
): TrustFile | null {
  let trust: TrustFile;
  try {
    trust = readTrustFile(bytes);
  } catch (error) {
    findings.refused('trust.unreadable', error);
    return null;
  }
  for (const [name, pem] of Object.entries(pems)) {
    const named = [...trust.keys.values()].find(({ entry }) => entry.pem === name);
    if (named === undefined) continue;
    try {
      const key = publicKeyFromPem(new TextDecoder().decode(pem), name);
      if (key.keyId === named.key.keyId) continue;
      findings.add('trust.pem', { path: name, expected: named.key.keyId, got: key.keyId });
    } catch (error) {
      if (!(error instanceof CanonError)) throw error;
      findings.refused('trust.pem', error, undefined, name);
    }
  }
  return trust;
}
