import type { Section } from '../item.ts';

export const POLICY: Section = {
  title: 'Policy',
  items: [
    {
      number: 25,
      strength: 'M',
      says: 'A policy is versioned, hashed and signed; any other is refused',
      where: ['documents/endorsement.ts', 'registry/registry.ts', 'verifier/signers.ts'],
    },
    {
      number: 26,
      strength: 'M',
      says: 'A policy that was used never changes',
      where: ['registry/registry.ts', 'ledger/registry-entry.ts'],
    },
    {
      number: 27,
      strength: 'M',
      says: 'Going back to an older policy is a signed act; the ledger never goes back',
      where: ['registry/registry.ts', 'registry/succession.ts'],
      note: 'An older text returns as a signed successor under a new version, and by a decision where the policy asks for one; there is no act called rollback',
    },
    {
      number: 28,
      strength: 'M',
      says: 'Evaluation is deterministic, and its result one of those declared',
      where: ['evaluation/gates.ts', 'evaluation/expression.ts'],
    },
    {
      number: 29,
      strength: 'M',
      says: 'Each gate is recorded with id, result and reason, and shown in the pack',
      where: ['evaluation/gates.ts', 'evaluation/waivers.ts', 'pack/view.ts'],
      note: 'A waived gate keeps its record, and who waived it stands beside it',
    },
    {
      number: 30,
      strength: 'M',
      says: 'A new policy leaves history alone, and names the one it supersedes',
      where: ['registry/registry.ts'],
    },
    {
      number: 31,
      strength: 'M',
      says: 'A candidate can read policy, thresholds and evaluator, and write none of them',
      where: ['documents/endorsement.ts', 'documents/trust-reader.ts', 'registry/succession.ts'],
      note: 'Of the evaluator only the digest in the evidence is known here',
    },
  ],
};
