import { describe, expect, test } from 'vitest';
import * as drafts from '../../cli/roster-draft.ts';
import { canonicalBytes, digestJson, type Envelope, privateKeyFromSeed } from '../../core/canon/index.ts';
import { type Roster, readRoster } from '../../documents/index.ts';
import { rosterKey } from '../../founding/index.ts';

const AT = '2026-02-24T09:00:00.000Z';
const LATER = '2026-02-25T09:00:00.000Z';
const key = (seed: number) => privateKeyFromSeed(new Uint8Array(32).fill(seed));
const surroundings = { origin: 'o', tenant: 't', at: AT, random: (bytes: number) => new Uint8Array(bytes) };

function proof(actor: string, seed: number): Envelope {
  return rosterKey(surroundings, actor, key(seed)).proof;
}

function withRuth(): Roster {
  const { key: entry } = drafts.keyFromProof(proof('ruth', 1), AT);
  const grant = drafts.grantOf({ role: 'release_owner', environments: ['production'], actions: [], until: null }, AT);
  return drafts.addPerson(drafts.emptyRoster('o', 't', AT), 'ruth', [entry], [grant]);
}

const held = (roster: Roster): Roster => readRoster(canonicalBytes(roster));

describe('a roster that is edited', () => {
  test('holds to the rules of rosters', () => {
    const roster = drafts.addWorkload(withRuth(), {
      actorId: 'deployer',
      title: 'Deployment runner',
      controlledBy: ['ruth'],
      keys: [drafts.keyFromProof(proof('deployer', 2), AT).key],
      grants: [],
    });
    expect(held(roster).workloads[0]?.controlled_by).toEqual(['ruth']);
    expect(held(roster).persons[0]?.grants[0]).toMatchObject({ environments: ['production'], actions: '*' });
  });

  test('while it is a draft keeps its serial; once published, its successor begins', () => {
    const document = digestJson(withRuth());
    expect(drafts.editable(withRuth(), false, document, LATER)).toMatchObject({
      serial: 1,
      predecessor: 'GENESIS',
      issued_at: LATER,
    });
    expect(drafts.editable(withRuth(), true, document, LATER)).toMatchObject({
      serial: 2,
      predecessor: document,
      issued_at: LATER,
    });
  });

  test('a revoked key ends now, and stays in the record', () => {
    const { keyId } = key(1).publicKey;
    const roster = held(drafts.revokeKey(withRuth(), 'ruth', keyId, LATER));
    expect(roster.persons[0]?.keys[0]).toMatchObject({ valid_from: AT, valid_until: LATER });
  });

  test('a key that was never in force is taken out', () => {
    const roster = held(drafts.revokeKey(withRuth(), 'ruth', key(1).publicKey.keyId, AT));
    expect(roster.persons[0]?.keys).toEqual([]);
  });

  test.each([
    ['an actor twice', () => drafts.addPerson(withRuth(), 'ruth', [], []), 'roster.actor_exists'],
    [
      'a grant for nobody',
      () =>
        drafts.addGrant(
          withRuth(),
          'sam',
          drafts.grantOf({ role: 'x', environments: [], actions: [], until: null }, AT),
        ),
      'roster.unknown_actor',
    ],
    [
      'a key that is not there',
      () => drafts.revokeKey(withRuth(), 'ruth', key(5).publicKey.keyId, LATER),
      'roster.unknown_key',
    ],
    ['a key id that is none', () => drafts.revokeKey(withRuth(), 'ruth', 'key-1', LATER), 'digest.malformed'],
    [
      "another's proof",
      () => held(drafts.addKey(withRuth(), 'ruth', drafts.keyFromProof(proof('sam', 3), AT).key)),
      'roster.possession',
    ],
    [
      'a key twice',
      () => held(drafts.addKey(withRuth(), 'ruth', drafts.keyFromProof(proof('ruth', 1), AT).key)),
      'roster.key_reused',
    ],
    [
      'an environment that is none',
      () =>
        held(
          drafts.addGrant(
            withRuth(),
            'ruth',
            drafts.grantOf({ role: 'x', environments: ['moon'], actions: [], until: null }, AT),
          ),
        ),
      'document.shape',
    ],
  ])('%s is refused', (_name, change, code) => {
    expect(change).toThrow(expect.objectContaining({ code }));
  });
});
