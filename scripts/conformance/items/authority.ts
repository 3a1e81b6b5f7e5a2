import type { Section } from '../item.ts';

export const AUTHORITY: Section = {
  title: 'Authority and approvals',
  items: [
    {
      number: 39,
      strength: 'M',
      says: 'A route names roles and least signatures; without a route, denied',
      where: ['evaluation/routing.ts'],
    },
    {
      number: 40,
      strength: 'M',
      says: 'Band, domain, action and gates determine the escalation',
      where: ['evaluation/routing.ts', 'evaluation/floors.ts'],
    },
    {
      number: 41,
      strength: 'M',
      says: 'Every approver is authenticated',
      where: ['documents/authenticate.ts', 'evaluation/admission.ts'],
    },
    {
      number: 42,
      strength: 'M',
      says: 'An approver holds a role that the route asks for',
      where: ['core/domain/stages/authority.ts', 'verifier/authority.ts'],
    },
    {
      number: 43,
      strength: 'M',
      says: 'A person signs once for a decision',
      where: ['core/domain/matching.ts', 'core/domain/stages/authority.ts'],
    },
    {
      number: 44,
      strength: 'M',
      says: 'Approvals are on record before anything executes',
      where: ['core/domain/stages/execution.ts', 'verifier/authority.ts'],
    },
    {
      number: 45,
      strength: 'M',
      says: 'An approval says who, as what, when, how far, until when, why; and is signed',
      where: ['documents/statements.ts', 'core/domain/events.ts'],
      note: 'No method is named: there is one scheme of signatures. The scope is always the whole request',
    },
    {
      number: 46,
      strength: 'M',
      says: 'An approval is of this decision and context, and of use nowhere else',
      where: ['core/domain/stages/authority.ts', 'documents/authenticate.ts', 'evaluation/basis.ts'],
    },
    {
      number: 47,
      strength: 'M',
      says: 'An expired approval authorises nothing',
      where: ['core/domain/stages/authority.ts', 'core/domain/deadline.ts'],
    },
    {
      number: 48,
      strength: 'S',
      says: 'A policy that changes after approval blocks the decision',
      where: ['evaluation/standing.ts', 'core/domain/stages/reevaluation.ts', 'evaluation/reevaluation.ts'],
      note: 'Where governance withdraws it in a standing; otherwise a decision keeps the policy that it was evaluated under, until its requester names the one in force, which ends every approval',
    },
    {
      number: 49,
      strength: 'M',
      says: 'Nobody approves beyond their scope',
      where: ['documents/roster-reader.ts', 'core/domain/stages/authority.ts'],
    },
    {
      number: 50,
      strength: 'M',
      says: 'Critical needs more than one signer',
      where: ['evaluation/floors.ts', 'verifier/authority.ts'],
    },
    {
      number: 51,
      strength: 'M',
      says: 'A rejection is an event, and ends in denied',
      where: ['core/domain/stages/authority.ts'],
    },
    {
      number: 52,
      strength: 'M',
      says: 'Approvals of a change follow the table of its owners',
      where: ['examples/policies/modelbreeder-owners.yaml', 'evaluation/routing.ts'],
      note: 'The table is a policy, not code: an example that is shipped, and held to all combinations of its conditions',
    },
    {
      number: 53,
      strength: 'M',
      says: 'What a role must not do alone, it cannot',
      where: ['evaluation/duties.ts', 'evaluation/barred.ts', 'core/domain/stages/authority.ts'],
      note: 'Requester, maker and evidence author are kept apart in code; the rows of owners and auditor by an example policy, row by row in its head and its cases',
    },
    {
      number: 54,
      strength: 'D',
      says: 'Who asked cannot approve',
      where: ['evaluation/duties.ts', 'core/domain/stages/authority.ts', 'verifier/authority.ts'],
    },
    {
      number: 55,
      strength: 'M',
      says: 'Promotion, more permissions and a changed evaluator always need a human',
      where: ['evaluation/floors.ts', 'core/domain/stages/authority.ts'],
    },
    {
      number: 56,
      strength: 'M',
      says: 'Approvals name digests and exact versions; a name that moves is refused',
      where: ['documents/floating-names.ts'],
    },
  ],
};
