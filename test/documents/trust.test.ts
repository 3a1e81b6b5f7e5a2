import { describe, expect, it } from 'vitest';
import { digestJson } from '../../core/canon/index.ts';
import type { Trust } from '../../documents/trust.ts';
import { indexTrust, tenantOf, trustKey, trustKeys } from '../../documents/trust-index.ts';
import { checkKeysApart, checkSuccession, readTrustFile } from '../../documents/trust-reader.ts';
import {
  ACTORS,
  copy,
  fixtureRoster,
  fixtureRosterIndex,
  fixtureTenant,
  fixtureTrust,
  fixtureTrustDocument,
  HOLDERS,
  keyFrom,
  keyOfActor,
  ORIGIN,
  rosterKey,
  signedApproval,
  signedEndorsement,
  T,
  TENANT,
  trustFileBytes,
  trustFileValue,
  trustKeyEntry,
} from './fixtures.ts';
import { refused, refusedAt } from './refusal.ts';

/** Reads a trust file after a change of its document, endorsed anew. */
function changed(change: (trust: ReturnType<typeof copy<Trust>>) => void, holders?: readonly string[]): () => unknown {
  const trust = copy(fixtureTrustDocument());
  change(trust);
  return () => readTrustFile(trustFileBytes(trustFileValue(trust, holders)));
}

/** Reads the fixture trust file after a change of the file, not endorsed anew. */
function tampered(change: (file: ReturnType<typeof copy<ReturnType<typeof trustFileValue>>>) => void): () => unknown {
  const file = copy(trustFileValue());
  change(file);
  return () => readTrustFile(trustFileBytes(file));
}

const [one, two, three] = HOLDERS.governance;
const trustDocument = { document_kind: 'trust', document: digestJson(fixtureTrustDocument()), tenant: ORIGIN } as const;

describe('readTrustFile', () => {
  it('reads a file written for people, and gives the digest of the canonical document', () => {
    const file = fixtureTrust();
    expect(file.trust).toEqual(fixtureTrustDocument());
    expect(file.digest).toBe(digestJson(fixtureTrustDocument()));
    expect(file.endorsements.map(({ statement }) => statement.signer)).toEqual([one, two]);
  });

  it('reads strictly: no foreign member, no duplicate key, no other type', () => {
    expect(refused(tampered((file) => Object.assign(file, { note: 1 })))).toEqual(['document.shape', '$.note']);
    expect(refused(tampered((file) => Object.assign(file.trust, { _type: 'x' })))).toEqual([
      'document.type',
      '$.trust._type',
    ]);
    expect(refused(tampered((file) => Object.assign(file.trust.keys[2] ?? {}, { use: 'everything' })))).toEqual([
      'document.shape',
      '$.trust.keys[2].use',
    ]);
    expect(refused(() => readTrustFile(new TextEncoder().encode('{"trust":{},"trust":{}}')))[0]).toBe(
      'json.duplicate_key',
    );
  });

  it('refuses one key in two places, whatever its use', () => {
    const { length } = fixtureTrustDocument().keys;
    expect(
      refusedAt(
        changed((trust) => {
          trust.keys.push(trustKeyEntry('seal', HOLDERS.permit), trustKeyEntry('governance', one ?? ''));
        }),
      ),
    ).toEqual(['trust.key_reused', `$.trust.keys[${length}].public_key`, `$.trust.keys[${length + 1}].public_key`]);
  });

  it('refuses a tenant twice, a key for an unknown tenant, and a governance key for one tenant', () => {
    expect(
      refusedAt(
        changed((trust) => {
          trust.tenants.push(...copy(fixtureTrustDocument()).tenants);
          Object.assign(trust.keys[0] ?? {}, { tenant: TENANT });
          Object.assign(trust.keys[9] ?? {}, { tenant: 'nowhere' });
        }),
      ),
    ).toEqual(['trust.tenant', '$.trust.tenants[1].tenant', '$.trust.keys[0].tenant', '$.trust.keys[9].tenant']);
  });

  it('refuses a window that ends before it begins', () => {
    expect(refused(changed((trust) => Object.assign(trust.keys[4] ?? {}, { valid_until: T.rosterIssued })))).toEqual([
      'trust.window',
      '$.trust.keys[4].valid_until',
    ]);
  });

  it('refuses thresholds that no number of holders reaches; two keys of one holder are one', () => {
    expect(
      refusedAt(
        changed((trust) => {
          trust.governance_threshold = 4;
          Object.assign(trust.tenants[0] ?? {}, { policy_threshold: 3, roster_threshold: 3 });
          Object.assign(trust.keys[5] ?? {}, { holder: HOLDERS.policy[0] });
        }),
      ),
    ).toEqual(['trust.threshold', '$.trust.governance_threshold', '$.trust.tenants[0].policy_threshold']);
  });

  it('counts only keys that count for the tenant towards its thresholds', () => {
    expect(
      refused(
        changed((trust) => {
          trust.tenants.push({ ...fixtureTenant(), tenant: 'second' });
        }),
      ),
    ).toEqual(['trust.threshold', '$.trust.tenants[1].policy_threshold']);
  });

  it('refuses a key under which anybody can sign', () => {
    expect(
      refused(changed((trust) => Object.assign(trust.keys[9] ?? {}, { public_key: `AQ${'A'.repeat(41)}=` }))),
    ).toEqual(['key.low_order', '$.trust.keys[9].public_key']);
  });

  it('wants enough distinct governance holders', () => {
    expect(refused(changed(() => {}, [one ?? '']))).toEqual(['endorsement.threshold', '$.endorsements']);
    expect(refused(changed(() => {}, [one ?? '', one ?? '']))).toEqual(['endorsement.threshold', '$.endorsements']);
    expect(changed(() => {}, [one ?? '', three ?? ''])).not.toThrow();
  });

  it('passes over keys that the document does not name: they do not count', () => {
    const strangers = [one ?? '', 'g-retired', HOLDERS.policy[0] ?? ''];
    expect(refused(changed(() => {}, strangers))).toEqual(['endorsement.threshold', '$.endorsements']);
    expect(changed(() => {}, [...strangers, two ?? ''])).not.toThrow();
  });

  it('does not count an endorsement signed outside the window of its key', () => {
    const late = changed((trust) => Object.assign(trust.keys[1] ?? {}, { valid_from: '2026-01-06T00:00:00.000Z' }));
    expect(refusedAt(late)).toEqual(['endorsement.threshold', '$.endorsements', '$.endorsements[1].payload.signed_at']);
  });

  it('refuses endorsements of another document, and statements that are none', () => {
    expect(
      refused(
        tampered((file) => {
          file.trust.serial = 2;
        }),
      ),
    ).toEqual(['endorsement.mismatch', '$.endorsements[0].payload.document']);
    expect(
      refused(
        tampered((file) => {
          file.endorsements[1] = copy(signedApproval());
        }),
      ),
    ).toEqual(['statement.kind', '$.endorsements[1].payloadType']);
  });

  it("refuses an endorsement under another holder's name, and one that the named key did not sign", () => {
    const borrowed = signedEndorsement(three ?? '', trustDocument, keyOfActor(two ?? ''));
    expect(
      refused(
        tampered((file) => {
          file.endorsements[1] = copy(borrowed);
        }),
      ),
    ).toEqual(['endorsement.key', '$.endorsements[1].payload.signer']);
    const sig = signedEndorsement(two ?? '', trustDocument, keyFrom('thief')).signatures[0].sig;
    expect(
      refused(
        tampered((file) => {
          Object.assign(file.endorsements[1]?.signatures[0] ?? {}, { sig });
        }),
      ),
    ).toEqual(['endorsement.signature', '$.endorsements[1].signatures[0].sig']);
  });
});

describe('checkSuccession', () => {
  const previous = fixtureTrust();
  const next = (
    overrides: Partial<Trust> = {},
    holders: readonly string[] = ['g-four', 'g-five', one ?? '', two ?? ''],
  ) => {
    const keys = [
      ...['g-four', 'g-five'].map((holder) => trustKeyEntry('governance', holder)),
      ...fixtureTrustDocument().keys.filter(({ use }) => use !== 'governance'),
    ];
    return fixtureTrust(fixtureTrustDocument({ serial: 2, predecessor: previous.digest, keys, ...overrides }), holders);
  };

  it('takes a file that the governance keys of both endorsed', () => {
    expect(() => checkSuccession(previous, next())).not.toThrow();
  });

  it('refuses one that too few of the old keys endorsed', () => {
    expect(refused(() => checkSuccession(previous, next({}, ['g-four', 'g-five', one ?? ''])))).toEqual([
      'endorsement.threshold',
      '$.endorsements',
    ]);
  });

  it('refuses another origin, a serial that is no higher, and another predecessor', () => {
    const other = next({ origin: 'other.example', serial: 1, predecessor: 'GENESIS' }, ['g-four', 'g-five']);
    expect(refusedAt(() => checkSuccession(previous, other))).toEqual([
      'trust.succession',
      '$.trust.origin',
      '$.trust.serial',
      '$.trust.predecessor',
    ]);
  });
});

describe('trustKey and trustKeys', () => {
  const index = indexTrust(
    fixtureTrustDocument({
      keys: [
        ...fixtureTrustDocument().keys,
        trustKeyEntry('policy', 'k-second-tenant', { tenant: 'second' }),
        trustKeyEntry('policy', 'k-ended', { tenant: TENANT, valid_until: T.requested }),
      ],
    }),
  );
  const id = (holder: string) => keyFrom(holder).publicKey.keyId;

  it('answers keys of the use, for the tenant, in force', () => {
    const holders = (at: string, tenant: string | null = TENANT) =>
      trustKeys(index, 'policy', tenant, at).map(({ entry }) => entry.holder);
    expect(holders(T.packed)).toEqual([...HOLDERS.policy, 'k-ended']);
    expect(holders(T.requested)).toEqual(HOLDERS.policy);
    expect(holders(T.requested, 'second')).toEqual(['k-second-tenant']);
    expect(holders(T.requested, null)).toEqual([]);
    expect(trustKeys(index, 'governance', null, T.requested).map(({ entry }) => entry.holder)).toEqual(
      HOLDERS.governance,
    );
  });

  it('finds one by id under the same conditions', () => {
    expect(trustKey(index, 'permit', id(HOLDERS.permit), TENANT, T.requested)?.entry.holder).toBe(HOLDERS.permit);
    expect(trustKey(index, 'seal', id(HOLDERS.permit), TENANT, T.requested)).toBeUndefined();
    expect(trustKey(index, 'policy', id('k-second-tenant'), TENANT, T.requested)).toBeUndefined();
    expect(trustKey(index, 'policy', id('k-ended'), TENANT, T.packed)?.entry.holder).toBe('k-ended');
    expect(trustKey(index, 'policy', id('k-ended'), TENANT, T.requested)).toBeUndefined();
  });

  it('knows its tenants', () => {
    expect(tenantOf(index, TENANT)?.policy_threshold).toBe(2);
    expect(tenantOf(index, 'second')).toBeUndefined();
  });
});

describe('checkKeysApart', () => {
  // shows: R31
  it('refuses a key that stands in the roster and in the trust file', () => {
    expect(() => checkKeysApart(fixtureTrust(), fixtureRosterIndex())).not.toThrow();
    const [first, ...others] = fixtureRoster().persons;
    const shared = {
      ...(first as NonNullable<typeof first>),
      keys: [rosterKey(ACTORS.requester, keyOfActor(HOLDERS.policy[0] ?? ''))],
    };
    const roster = fixtureRosterIndex(fixtureRoster({ persons: [shared, ...others] }));
    expect(refused(() => checkKeysApart(fixtureTrust(), roster))).toEqual(['roster.key_reused', '$.keys']);
  });
});
