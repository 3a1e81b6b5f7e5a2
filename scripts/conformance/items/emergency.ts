import type { Section } from '../item.ts';

export const EMERGENCY: Section = {
  title: 'Break-glass and emergency',
  items: [
    {
      number: 57,
      strength: 'M',
      says: 'An override is an event of its own, with actor, reason, scope and expiry',
      where: ['core/domain/stages/override.ts', 'core/domain/events.ts'],
    },
    {
      number: 58,
      strength: 'M',
      says: 'An override is bounded in time and scope, and useless outside',
      where: ['core/domain/stages/override.ts', 'core/domain/stages/execution.ts'],
    },
    {
      number: 59,
      strength: 'M',
      says: 'An override asks for more than an approval does',
      where: ['documents/authenticate.ts', 'documents/policy-reader.ts', 'verifier/authority.ts'],
    },
    {
      number: 60,
      strength: 'M',
      says: 'An override has an owner and compensating controls, and is reviewed afterwards',
      where: ['core/domain/stages/override.ts', 'registry/reviews.ts', 'pack/view.ts'],
      note: 'Those who were skipped are told where a folder for notices is configured; that a notice reached anybody is proven by nothing',
    },
    {
      number: 61,
      strength: 'M',
      says: 'An override changes no policy for good, and waives no hard invariant',
      where: ['core/domain/stages/override.ts', 'evaluation/evaluate.ts'],
    },
    {
      number: 62,
      strength: 'M',
      says: 'An emergency freeze, with a role and keys of its own, stops releases',
      where: ['evaluation/standing.ts', 'registry/freezes.ts', 'verifier/own-governance.ts', 'cli/commands/freeze.ts'],
    },
    {
      number: 63,
      strength: 'M',
      says: 'During an incident only its recovery plan promotes anything',
      where: ['evaluation/freezes.ts', 'documents/standing.ts', 'verifier/standing.ts', 'cli/recovery-plan.ts'],
    },
  ],
};
