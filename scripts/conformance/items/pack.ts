import type { Section } from '../item.ts';

export const PACK: Section = {
  title: 'Audit pack and verification',
  items: [
    {
      number: 92,
      strength: 'M',
      says: 'A pack has the minimum contents',
      where: ['pack/core.ts', 'pack/view.ts'],
    },
    {
      number: 93,
      strength: 'S',
      says: 'A pack has the recommended contents too',
      where: ['pack/view.ts'],
      note: 'They are there, and no level demands them',
    },
    {
      number: 94,
      strength: 'M',
      says: 'A pack holds the whole chain with its integrity status, never a part',
      where: ['pack/core.ts', 'verifier/chain.ts'],
    },
    {
      number: 95,
      strength: 'M',
      says: 'An export leaves the ledger as it was, byte for byte',
      where: ['client/export.ts', 'cli/sealed-pack.ts'],
    },
    {
      number: 96,
      strength: 'M',
      says: 'A stranger verifies a pack offline, with public keys and nothing else',
      where: ['verifier/', 'cli/verify/', 'scripts/build/verifier-file.ts'],
    },
    {
      number: 97,
      strength: 'M',
      says: 'The verifier computes every hash, and believes no flag of the pack',
      where: ['verifier/verify-chain.ts', 'core/canon/chain.ts'],
    },
    {
      number: 98,
      strength: 'D',
      says: 'What a pack sums up is held against its events',
      where: ['verifier/view.ts', 'verifier/chain.ts'],
    },
    {
      number: 99,
      strength: 'D',
      says: 'The verifier checks meaning: order, roles, expiry, band, distinct signers',
      where: ['verifier/replay.ts', 'verifier/authority.ts', 'verifier/execution.ts'],
    },
    {
      number: 100,
      strength: 'S',
      says: 'A key of the organisation signs the canonical pack; redactions are listed',
      where: ['pack/seal.ts', 'pack/view.ts'],
    },
    {
      number: 101,
      strength: 'D',
      says: 'A redacted pack verifies, and says what was taken out and why',
      where: ['pack/disclosures.ts', 'core/canon/commitment.ts'],
      note: 'Format and code have it; no command redacts yet',
    },
    {
      number: 102,
      strength: 'D',
      says: 'A second export has the same bytes',
      where: ['pack/core.ts', 'client/export.ts'],
    },
    {
      number: 103,
      strength: 'M',
      says: 'A pack names standard, version and target; the verifier reports the level reached',
      where: ['pack/core.ts', 'verifier/levels.ts', 'docs/spec/conformance-levels.md'],
    },
    {
      number: 104,
      strength: 'S',
      says: 'A pack points at evidence by digest',
      where: ['documents/evidence.ts', 'pack/core.ts'],
    },
    {
      number: 105,
      strength: 'M',
      says: 'Packs that were sealed earlier stay verifiable',
      where: ['verifier/', 'test/vectors/packs'],
      note: 'There has been one version of policy, event and pack schema so far',
    },
  ],
};
