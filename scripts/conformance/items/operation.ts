import type { Section } from '../item.ts';

export const OPERATION: Section = {
  title: 'Operation',
  items: [
    {
      number: 106,
      strength: 'S',
      says: 'Metrics of risk, overrides, approval latency, blocked actions, outcomes and expired evidence',
      where: ['worker/operation/metrics.ts', 'worker/operation/census.ts'],
    },
    {
      number: 107,
      strength: 'M',
      says: 'Drift of policy, environment or approvals can be found and reported',
      where: ['evaluation/drift.ts', 'cli/past/drift.ts'],
      note: 'Out of packs that somebody gathers, when somebody asks; nothing asks by the clock',
    },
    {
      number: 108,
      strength: 'M',
      says: 'Of any decision: who, why, on what evidence, at what risk, how to undo',
      where: ['verifier/answers.ts', 'core/domain/why.ts', 'evaluation/brief.ts'],
    },
    {
      number: 109,
      strength: 'M',
      says: 'Evidence of an incident is captured with hashes and times, and changes no package',
      where: [
        'cli/incident/capture.ts',
        'cli/incident/survey.ts',
        'cli/incident/signed.ts',
        'documents/incident-evidence.ts',
      ],
      note: "The time of the last access is the file system's to note, and what was captured when is the word of whoever captured it",
    },
    {
      number: 110,
      strength: 'M',
      says: 'Schema, policy and engine have semantic versions of their own; breaking means MAJOR',
      where: ['core/domain/events.ts', 'documents/policy.ts', 'cli/version.ts'],
      note: 'Nothing has broken so far, so that no migration note and no test of one exist',
    },
  ],
};
