import type { Section } from '../item.ts';

export const LEDGER: Section = {
  title: 'Event ledger',
  items: [
    {
      number: 1,
      strength: 'M',
      says: 'Each event carries id, schema version, decision, type, time, actor, and two hashes',
      where: ['core/domain/events.ts', 'activities/recording.ts'],
    },
    {
      number: 2,
      strength: 'M',
      says: 'The hash follows from payload and previous hash alone; its form and algorithm are named',
      where: ['core/canon/chain.ts', 'docs/spec/event-chain.md'],
    },
    {
      number: 3,
      strength: 'M',
      says: 'A chain begins at a genesis marker, and each event names the one before',
      where: ['core/canon/chain.ts', 'core/domain/evolve.ts'],
    },
    {
      number: 4,
      strength: 'M',
      says: 'The store refuses to change, delete or reorder what it holds',
      where: ['ledger/acl.ts', 'ledger/lua/append-1.lua'],
      note: 'No ACL can refuse a trim that comes with an append of the worker itself; that is found, not refused (ADR 0008)',
    },
    {
      number: 5,
      strength: 'M',
      says: 'Verification finds every change, deletion, insertion, reordering, truncation and replay of events',
      where: ['core/canon/chain.ts', 'verifier/verify-chain.ts', 'ledger/entries.ts'],
    },
    {
      number: 6,
      strength: 'D',
      says: 'A cut tail and a removed decision show: dense numbers, and a head held elsewhere',
      where: ['ledger/seal.ts', 'ledger/lua/append-1.lua', 'pack/core.ts'],
      note: 'Heads are in seals and acknowledgements, and in the log of a witness where one is run; without, a whole decision that was removed shows only to who kept one',
    },
    {
      number: 7,
      strength: 'M',
      says: 'A chain belongs to one decision, and takes no event of another',
      where: ['core/canon/chain.ts', 'core/domain/evolve.ts', 'ledger/ledger.ts'],
    },
    {
      number: 8,
      strength: 'D',
      says: 'No event id stands twice',
      where: ['core/canon/uuid.ts', 'core/canon/chain.ts'],
    },
    {
      number: 9,
      strength: 'M',
      says: 'What is written keeps its schema, and stays verifiable under it',
      where: ['core/domain/events.ts', 'verifier/chain.ts'],
      note: 'There has been one schema version so far, so that no test has two',
    },
    {
      number: 10,
      strength: 'M',
      says: 'Every state can be made again from the events, and is the same',
      where: ['core/domain/evolve.ts', 'core/domain/replay.ts', 'verifier/replay.ts'],
    },
    {
      number: 11,
      strength: 'M',
      says: 'Chains are verified at intervals, not only when something is exported',
      where: ['activities/restriction.ts', 'workflows/ledger-patrol.ts'],
    },
    {
      number: 12,
      strength: 'M',
      says: 'A chain that fails verification stops governed execution',
      where: ['workflows/chain.ts', 'registry/restrictions.ts', 'activities/restriction.ts'],
      note: 'What was cleared before runs on while its permit lives',
    },
    {
      number: 13,
      strength: 'M',
      says: 'Nothing is executed while its record has not been confirmed',
      where: ['ledger/redis-durability.ts', 'activities/step.ts'],
    },
    {
      number: 14,
      strength: 'M',
      says: 'Both lists of event types that the sources demand are covered',
      where: ['core/domain/events.ts', 'pack/mapping.ts'],
    },
    {
      number: 15,
      strength: 'S',
      says: 'A head can be anchored in an append-only store outside',
      where: ['cli/witness/log.ts', 'cli/witness/round.ts', 'ledger/chain-reader.ts', 'verifier/anchors.ts'],
      note: 'By witnesses; RFC 3161 timestamps are not read',
    },
    {
      number: 16,
      strength: 'M',
      says: 'Hashed documents have one written-down canonical form: order, numbers, encoding',
      where: ['core/canon/json-write.ts', 'core/canon/json-read.ts', 'docs/spec/canonical-json.md'],
    },
  ],
};
