import { describe, expect, it } from 'vitest';
import { folderFindings } from '../../verifier/index.ts';

describe("the pack's folder", () => {
  it.each(['trust.json', 'trust-acme.json', 'seal.pem', 'SEAL.PEM', 'key.pub', 'ca.crt'])('may not hold %s', (name) => {
    expect(folderFindings(['pack.json', name])).toMatchObject([
      { code: 'pack.carries_trust', severity: 'error', path: name },
    ]);
  });

  it('may hold the pack, and what is unlike trust', () => {
    expect(
      folderFindings(['pack.json', 'pack.sigstore.json', 'disclosures.json', 'README.md', 'trustees.txt']),
    ).toEqual([]);
  });
});
