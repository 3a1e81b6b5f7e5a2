import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type CuttingProxy, startCuttingProxy } from '../ledger/cutting-proxy.ts';
import { PEOPLE } from '../support/running-house.ts';
import { approve, confirm, insist, openRouted } from '../support/scenario.ts';
import { seededRandom } from './random.ts';
import { startValkeyHouse, type ValkeyHouse } from './valkey-house.ts';
import { EXECUTED, expectEnded, witnessOf } from './valkey-witness.ts';

/** Replies that never come, and a server that dies again and again, under the whole house. */

const SEED = 20261126;
const LOAD = 8;
const KILLS = 3;

let valkey: ValkeyHouse;
let proxy: CuttingProxy;
const recorder = witnessOf('valkey-lost-replies');

beforeAll(async () => {
  valkey = await startValkeyHouse({ temporalAddress: inject('temporalAddress') }, async (url) => {
    proxy = await startCuttingProxy(Number(url.port));
    url.port = String(proxy.port);
    return url;
  });
});
afterAll(async () => {
  await valkey?.stop();
  await proxy?.close();
});

describe('the reply to an append', () => {
  it.each([
    ['lost after its commit', 'after'],
    ['never given after its commit', 'silence'],
    ['lost with the append itself', 'before'],
  ] as const)('%s, at every step of a decision: each event stands once', async (_, where) => {
    const { house } = valkey;
    // One append in flight at a time, so that the very step is hit.
    const cut = () => proxy.cutNext(where, 'EVALSHA');
    cut();
    const decisionId = await insist(() => openRouted(house));
    cut();
    expect((await insist(() => approve(house, decisionId))).verdict).toBe('accepted');
    cut();
    const claim = await insist(() => house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    cut();
    await confirm(house, decisionId, claim);
    await expectEnded(house, decisionId, EXECUTED);
  });
});

describe('a server killed and started again under load', () => {
  it('loses nothing that was acknowledged, and doubles nothing', { timeout: 90_000 }, async () => {
    const { house } = valkey;
    const random = seededRandom(SEED);
    const travel = async (): Promise<string> => {
      const decisionId = await insist(() => openRouted(house));
      await insist(() => approve(house, decisionId));
      const claim = await insist(() => house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
      await insist(() => confirm(house, decisionId, claim));
      return decisionId;
    };
    const travelling = Promise.all(Array.from({ length: LOAD }, travel));
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(300 + random.integer(700));
      await valkey.kill();
      recorder.note('killed');
      await sleep(random.integer(1_000));
      await valkey.start();
      recorder.note('started');
    }
    for (const decisionId of await travelling) await expectEnded(house, decisionId, EXECUTED);
  });
});
