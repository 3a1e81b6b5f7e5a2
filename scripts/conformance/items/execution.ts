import type { Section } from '../item.ts';

export const EXECUTION: Section = {
  title: 'Gateway and execution',
  items: [
    {
      number: 64,
      strength: 'M',
      says: 'Only an allowed and recorded decision executes; who decides does not execute',
      where: ['cli/run/', 'verifier/clearance.ts', 'pack/clearance.ts'],
    },
    {
      number: 65,
      strength: 'M',
      says: 'An execution is confirmed as an event: tool, target, result, receipt',
      where: ['core/domain/stages/execution.ts', 'cli/run/run-machine.ts'],
    },
    {
      number: 66,
      strength: 'M',
      says: 'Without identity, policy or record, nothing is allowed',
      where: ['evaluation/evaluate.ts', 'core/domain/stages/execution.ts', 'verifier/clearance.ts'],
    },
    {
      number: 67,
      strength: 'M',
      says: 'While engine or ledger are down, nothing executes past them',
      where: ['cli/run/run-machine.ts', 'workflows/patience.ts', 'ledger/redis-ledger.ts'],
    },
    {
      number: 68,
      strength: 'D',
      says: 'A failed execution is recorded too, and a retry executes nothing twice',
      where: ['cli/run/run-machine.ts', 'cli/run/state-file.ts'],
    },
    {
      number: 69,
      strength: 'S',
      says: 'A clearance is recorded for its decision, and serves once',
      where: ['core/domain/stages/execution.ts', 'pack/clearance.ts'],
    },
  ],
};
