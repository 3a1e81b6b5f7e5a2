import type { Section } from '../item.ts';

export const INTAKE: Section = {
  title: 'Intake and states',
  items: [
    {
      number: 17,
      strength: 'M',
      says: 'Requests lacking actor, action, policy or route are denied; an unknown environment is production',
      where: ['evaluation/evaluate.ts', 'evaluation/admission.ts', 'documents/statements.ts'],
      note: 'A missing risk input counts as the worst case instead of queueing; evidence that cannot be fetched queues',
    },
    {
      number: 18,
      strength: 'M',
      says: 'A status is one of eight; illegal transitions are refused, and an end stays one',
      where: ['core/domain/vocabulary.ts', 'core/domain/state.ts', 'core/domain/evolve.ts'],
    },
    {
      number: 19,
      strength: 'M',
      says: 'Approved only with full authority and a confirmed record; executable only once approved',
      where: ['core/domain/stages/execution.ts', 'activities/step.ts'],
    },
    {
      number: 20,
      strength: 'M',
      says: 'A request has an idempotency key; sent again, it is the same decision',
      where: ['documents/statements.ts', 'client/open.ts'],
    },
    {
      number: 21,
      strength: 'M',
      says: 'Every transition is an event',
      where: ['core/domain/decide.ts', 'core/domain/evolve.ts'],
    },
    {
      number: 22,
      strength: 'M',
      says: 'A decision keeps the policy version it was made under',
      where: ['activities/in-force.ts', 'evaluation/basis.ts'],
    },
    {
      number: 23,
      strength: 'M',
      says: 'No client can force a locked decision to execute',
      where: ['core/domain/stages/execution.ts', 'verifier/clearance.ts', 'activities/index.ts'],
    },
    {
      number: 24,
      strength: 'M',
      says: 'Only known actions are taken in, and taking them in executes nothing',
      where: ['evaluation/', 'documents/policy.ts'],
    },
  ],
};
