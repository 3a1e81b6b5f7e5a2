import { describe, expect, it } from 'vitest';
import { canonicalBytes, fromHex, parseDigest, toBase64 } from '../../core/canon/index.ts';
import type { Roster } from '../../documents/roster.ts';
import { holdersOf, indexRoster, keyOf, personsBehind, readRoster, rolesAt } from '../../documents/roster-reader.ts';
import {
  ACTORS,
  copy,
  fixtureRoster,
  fixtureRosterIndex,
  grant,
  keyFrom,
  keyOfActor,
  possession,
  rosterBytes,
  rosterKey,
  T,
} from './fixtures.ts';
import { refused, refusedAt } from './refusal.ts';

/** Reads the fixture roster after a change. */
function changed(
  change: (roster: ReturnType<typeof copy<Roster>>) => void,
  proofs: 'all' | 'on_use' = 'all',
): () => Roster {
  const roster = copy(fixtureRoster());
  change(roster);
  return () => readRoster(canonicalBytes(roster), { proofs });
}

const at = T.requested;
const production = { environment: 'production', action: 'deploy.change', at };

describe('readRoster', () => {
  it('reads a roster from its canonical bytes only', () => {
    expect(readRoster(rosterBytes())).toEqual(fixtureRoster());
    const pretty = new TextEncoder().encode(JSON.stringify(fixtureRoster(), null, 2));
    expect(refused(() => readRoster(pretty))[0]).toBe('json.not_canonical');
  });

  it('names the paths of all that is out of shape', () => {
    expect(
      refusedAt(
        changed((roster) => {
          Object.assign(roster.persons[3]?.keys[0] ?? {}, { public_key: 'AAAA' });
          Object.assign(roster.persons[4]?.grants[0] ?? {}, { environments: ['moon'] });
          Object.assign(roster, { predecessor: 'latest' });
        }),
      ),
    ).toEqual([
      'document.shape',
      '$.predecessor',
      '$.persons[3].keys[0].public_key',
      '$.persons[4].grants[0].environments[0]',
    ]);
  });

  it('refuses one actor id for two entries, also for a person and a workload', () => {
    expect(
      refusedAt(
        changed((roster) => {
          Object.assign(roster.persons[1] ?? {}, { actor_id: ACTORS.requester });
          Object.assign(roster.workloads[0] ?? {}, { actor_id: ACTORS.author });
        }),
      ),
    ).toEqual(['roster.duplicate_actor', '$.persons[1].actor_id', '$.workloads[0].actor_id']);
  });

  it('refuses one public key in two places: in one entry, in two, in person and workload', () => {
    const same = changed((roster) => {
      roster.persons[0]?.keys.push(copy(rosterKey(ACTORS.requester)));
    });
    expect(refused(same)).toEqual(['roster.key_reused', '$.persons[0].keys[1].public_key']);
    const key = keyOfActor(ACTORS.executive);
    const across = changed((roster) => {
      roster.persons[0]?.keys.push(copy(rosterKey(ACTORS.requester, key)));
      roster.workloads[1]?.keys.push(copy(rosterKey(ACTORS.deployer, key)));
    }, 'on_use');
    expect(refusedAt(across)).toEqual([
      'roster.key_reused',
      '$.persons[6].keys[0].public_key',
      '$.workloads[1].keys[1].public_key',
    ]);
  });

  it('refuses a controller that is no person of the roster', () => {
    expect(
      refusedAt(
        changed((roster) => {
          Object.assign(roster.workloads[0] ?? {}, { controlled_by: ['p-nobody'] });
          Object.assign(roster.workloads[1] ?? {}, { controlled_by: [ACTORS.releaseOwner, ACTORS.pipeline] });
        }),
      ),
    ).toEqual(['roster.unknown_controller', '$.workloads[0].controlled_by[0]', '$.workloads[1].controlled_by[1]']);
  });

  it('refuses windows that end before, or when, they begin', () => {
    expect(
      refusedAt(
        changed((roster) => {
          Object.assign(roster.persons[0]?.keys[0] ?? {}, { valid_until: T.rosterIssued });
          Object.assign(roster.persons[3]?.grants[0] ?? {}, { valid_until: '2025-01-01T00:00:00.000Z' });
          Object.assign(roster.persons[4]?.grants[0] ?? {}, { valid_until: '2026-01-05T09:00:00.001Z' });
        }),
      ),
    ).toEqual(['roster.window', '$.persons[0].keys[0].valid_until', '$.persons[3].grants[0].valid_until']);
  });

  it('refuses a key under which anybody can sign', () => {
    const lowOrder = `AQ${'A'.repeat(41)}=`;
    expect(
      refused(changed((roster) => Object.assign(roster.persons[0]?.keys[0] ?? {}, { public_key: lowOrder }))),
    ).toEqual(['key.low_order', '$.persons[0].keys[0].public_key']);
  });

  it.each([
    ['another actor', () => possession(ACTORS.creator, keyOfActor(ACTORS.requester)), '.payload.signer'],
    [
      'another origin',
      () => possession(ACTORS.requester, keyOfActor(ACTORS.requester), { origin: 'other.example' }),
      '.payload.origin',
    ],
    [
      'another tenant',
      () => possession(ACTORS.requester, keyOfActor(ACTORS.requester), { tenant: 'other' }),
      '.payload.tenant',
    ],
    ['another key', () => possession(ACTORS.requester, keyFrom('other')), '.payload.public_key'],
    [
      'a key, signed by another',
      () => ({
        ...possession(ACTORS.requester, keyFrom('thief'), { public_key: rosterKey(ACTORS.requester).public_key }),
      }),
      '.signatures[0].keyid',
    ],
    [
      'a key, signed by another under its id',
      () => {
        const forged = possession(ACTORS.requester, keyFrom('thief'), {
          public_key: rosterKey(ACTORS.requester).public_key,
        });
        return {
          ...forged,
          signatures: [{ keyid: keyOfActor(ACTORS.requester).publicKey.keyId, sig: forged.signatures[0].sig }],
        };
      },
      '.signatures[0].sig',
    ],
    [
      'nothing: it is no statement',
      () => ({ ...possession(ACTORS.requester, keyOfActor(ACTORS.requester)), payload: 'AAAA' }),
      '.payload',
    ],
  ])('refuses a proof of possession of %s, when read and when used', (_label, proof, where) => {
    const change = (roster: ReturnType<typeof copy<Roster>>): void => {
      Object.assign(roster.persons[0]?.keys[0] ?? {}, { proof: proof() });
    };
    const refusedThere = ['roster.possession', `$.persons[0].keys[0].proof${where}`];
    expect(refused(changed(change))).toEqual(refusedThere);
    const lazy = indexRoster(changed(change, 'on_use')());
    const keyId = parseDigest(lazy.roster.persons[0]?.keys[0]?.proof.signatures[0].keyid);
    expect(refused(() => keyOf(lazy, keyId, at))).toEqual(refusedThere);
  });
});

describe('keyOf', () => {
  const keyId = keyOfActor(ACTORS.deployer).publicKey.keyId;

  it('finds who holds a key', () => {
    const found = keyOf(fixtureRosterIndex(), keyId, at);
    expect([found?.actorId, found?.kind, found?.key.keyId]).toEqual([ACTORS.deployer, 'workload', keyId]);
    expect(keyOf(fixtureRosterIndex(), keyFrom('stranger').publicKey.keyId, at)).toBeUndefined();
  });

  it('counts a key from its beginning, and no longer at its end', () => {
    const index = indexRoster(
      changed((roster) => {
        Object.assign(roster.workloads[1]?.keys[0] ?? {}, { valid_until: T.requested });
      })(),
    );
    const when = (instant: string): boolean => keyOf(index, keyId, instant) !== undefined;
    expect([
      when('2026-01-05T08:59:59.999Z'),
      when(T.rosterIssued),
      when('2026-02-24T20:12:20.999Z'),
      when(T.requested),
    ]).toEqual([false, true, true, false]);
  });
});

describe('rolesAt', () => {
  const index = fixtureRosterIndex();

  // shows: R49
  it('answers the roles of grants that cover environment, action and instant, sorted', () => {
    expect(rolesAt(index, ACTORS.releaseOwner, production)).toEqual(['release_owner']);
    expect(rolesAt(index, ACTORS.releaseOwner, { ...production, environment: 'staging' })).toEqual([
      'model_owner',
      'release_owner',
    ]);
    expect(rolesAt(index, ACTORS.executive, production)).toEqual(['executive']);
    expect(rolesAt(index, ACTORS.executive, { ...production, action: 'transfer.funds' })).toEqual([]);
    expect(rolesAt(index, ACTORS.executive, { ...production, at: '2026-01-01T00:00:00.000Z' })).toEqual([]);
    expect(rolesAt(index, 'p-nobody', production)).toEqual([]);
  });

  it('names a role once, however many grants give it, and not after they end', () => {
    const twice = indexRoster(
      changed((roster) => {
        roster.persons[6]?.grants.push(copy(grant('executive')), copy(grant('auditor', { valid_until: T.requested })));
      })(),
    );
    expect(rolesAt(twice, ACTORS.executive, production)).toEqual(['executive']);
    expect(rolesAt(twice, ACTORS.executive, { ...production, at: T.packed })).toEqual(['auditor', 'executive']);
  });
});

describe('personsBehind', () => {
  it('is the person itself, or those who control the workload, or nobody', () => {
    const index = fixtureRosterIndex();
    expect(personsBehind(index, ACTORS.executive)).toEqual([ACTORS.executive]);
    expect(personsBehind(index, ACTORS.pipeline)).toEqual([ACTORS.requester]);
    expect(personsBehind(index, 'p-nobody')).toEqual([]);
  });
});

describe('holdersOf', () => {
  it('answers persons with the role in scope, sorted, and no workload', () => {
    const index = fixtureRosterIndex();
    expect(holdersOf(index, 'executive', production)).toEqual([ACTORS.executive, ACTORS.secondExecutive]);
    expect(holdersOf(index, 'executive', { ...production, action: 'transfer.funds' })).toEqual([
      ACTORS.secondExecutive,
    ]);
    expect(holdersOf(index, 'operator', production)).toEqual([ACTORS.requester]);
    // The release owner's grant of this role does not reach production, and their other role is no help.
    expect(holdersOf(index, 'model_owner', production)).toEqual([ACTORS.modelOwner]);
    expect(holdersOf(index, 'executor', production)).toEqual([]);
    expect(holdersOf(index, 'nobody', production)).toEqual([]);
  });

  it('leaves out who has no key in force to sign with', () => {
    const index = indexRoster(
      changed((roster) => {
        Object.assign(roster.persons[6]?.keys[0] ?? {}, { valid_until: T.requested });
        Object.assign(roster.persons[7] ?? {}, { keys: [] });
      })(),
    );
    expect(holdersOf(index, 'executive', { ...production, at: T.packed })).toEqual([ACTORS.executive]);
    expect(holdersOf(index, 'executive', production)).toEqual([]);
  });
});

describe('a roster of 10,000 persons', () => {
  it('is read on use, indexed and asked within a few seconds', () => {
    // Signing 10,000 proofs would take the test's time, so all bear one proof; only their ids and keys differ.
    const template = rosterKey(ACTORS.executive);
    const signature = template.proof.signatures[0];
    const persons = Array.from({ length: 10_000 }, (_, index) => {
      const hex = index.toString(16).padStart(64, '0');
      const proof = { ...template.proof, signatures: [{ ...signature, keyid: `sha256:${hex}` }] };
      return {
        actor_id: `p-${index}`,
        keys: [{ ...template, public_key: toBase64(fromHex(hex)), proof }],
        grants: [grant(index % 100 === 0 ? 'executive' : 'operator')],
      };
    });
    const bytes = canonicalBytes({ ...fixtureRoster(), persons, workloads: [] });
    const roster = readRoster(bytes, { proofs: 'on_use' });
    const index = indexRoster(roster);
    expect(index.keys.size).toBe(10_000);
    expect(holdersOf(index, 'executive', production).length).toBe(100);
  });
});
