import { beforeEach, describe, expect, it } from 'vitest';
import { checkGovernance } from '../../cli/doctor/governance-checks.ts';
import type { TrustFile } from '../../documents/index.ts';
import { createMemoryLedger } from '../../ledger/index.ts';
import { createRegistry, createRestrictions } from '../../registry/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import {
  DECISION_ID,
  fixtureTenant,
  fixtureTrust,
  fixtureTrustDocument,
  signedFreeze,
  T,
  TENANT,
} from '../documents/fixtures.ts';
import { publishGovernance, shift } from '../verifier/fixture-pack.ts';

/** What doctor says where every server is well and nothing is cleared; the whole command in cli.int.test.ts. */

const DAY = 86_400;
const END = shift(T.requested, DAY);

function houseUnder(trust: TrustFile) {
  const ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
  const dependencies = { ledger, store: createMemoryStore(), trust, tenant: TENANT };
  const registry = createRegistry(dependencies);
  return { ...dependencies, registry, restrictions: createRestrictions({ ...dependencies, registry }) };
}

let house: ReturnType<typeof houseUnder>;
beforeEach(() => {
  house = houseUnder(fixtureTrust());
});

async function found(at: string) {
  const checks = await checkGovernance(house, at);
  return Object.fromEntries(checks.map(({ name, state, code, found: says }) => [name, [state, code, says]]));
}

describe('doctor', () => {
  it('has nothing to say where governance has said nothing, and need not', async () => {
    expect(await found(T.requested)).toEqual({
      standing: ['ok', null, 'governance has said nothing, and need not'],
      freezes: ['ok', null, 'none'],
      restriction: ['ok', null, 'nothing restricts the tenant'],
    });
  });

  it('names a standing that the trust file demands and nobody published', async () => {
    const tenants = [{ ...fixtureTenant(), standing: { minimum_serial: 1, demanded_from: T.requested } }];
    house = houseUnder(fixtureTrust(fixtureTrustDocument({ tenants })));
    expect((await found(shift(T.requested, -1)))['standing']?.[0]).toBe('ok');
    expect((await found(T.requested))['standing']?.slice(0, 2)).toEqual(['FAIL', 'standing.missing']);
  });

  it('names a standing that has ended, and one that ends within a day', async () => {
    await publishGovernance(house.registry, T.requested);
    expect((await found(shift(END, -DAY - 1)))['standing']).toEqual(['ok', null, `serial 1, until ${END}`]);
    expect((await found(shift(END, -DAY)))['standing']).toEqual([
      'FAIL',
      'standing.ended',
      `it ends soon: serial 1, until ${END}`,
    ]);
    expect((await found(END))['standing']).toEqual([
      'FAIL',
      'standing.ended',
      `it does not speak: serial 1, until ${END}`,
    ]);
  });

  it('tells freezes, and names what restricts the tenant', async () => {
    await house.registry.publishFreeze(signedFreeze(), T.claimed);
    await house.restrictions.enter({ decisionId: DECISION_ID, code: 'ledger.mac', head: null, at: T.claimed });
    const { freezes, restriction } = await found(T.claimed);
    expect(freezes).toEqual(['ok', null, '1 published, the last until 2026-02-25T20:00:00.000Z']);
    expect(restriction).toEqual([
      'FAIL',
      'claim.restricted',
      `nothing is cleared: 1 chains do not hold, ${DECISION_ID}`,
    ]);
  });
});
