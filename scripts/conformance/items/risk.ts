import type { Section } from '../item.ts';

export const RISK: Section = {
  title: 'Risk',
  items: [
    {
      number: 32,
      strength: 'M',
      says: 'A score lies in [0,1]; the same inputs give the same score and band',
      where: ['evaluation/risk.ts'],
    },
    {
      number: 33,
      strength: 'M',
      says: 'Score, band, thresholds and reasons are recorded before anything executes',
      where: ['evaluation/risk.ts', 'evaluation/citations.ts', 'core/domain/stages/risk.ts'],
      note: 'Each with the digests of what was read and whose word it is, where the policy has its factors cite',
    },
    {
      number: 34,
      strength: 'M',
      says: 'A missing or unusable input never lowers the band',
      where: ['evaluation/risk.ts', 'documents/policy-reader.ts'],
    },
    {
      number: 35,
      strength: 'S',
      says: 'Thresholds are part of the versioned policy',
      where: ['documents/policy.ts'],
    },
    {
      number: 36,
      strength: 'D',
      says: 'Thresholds are ordered and cover [0,1] without gap or overlap',
      where: ['documents/policy-reader.ts', 'evaluation/risk.ts'],
    },
    {
      number: 37,
      strength: 'M',
      says: 'Each band asks for its own: low perhaps nobody, critical several signers',
      where: ['evaluation/floors.ts', 'evaluation/routing.ts'],
      note: 'Exceptions in the critical band are for the policy to define, besides break-glass: one of the examples does',
    },
    {
      number: 38,
      strength: 'D',
      says: 'The verifier derives the band again, and reports a difference',
      where: ['verifier/replay.ts'],
    },
  ],
};
