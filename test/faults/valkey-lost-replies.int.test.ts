import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { type KeptPack, keepPack } from './facts.ts';
import { seededRandom } from './random.ts';
import { startValkeyHouse, type ValkeyHouse } from './valkey-house.ts';
import { expectSound } from './valkey-witness.ts';
import { ROADS } from './workload.ts';

/** Replies that never come, and a server that dies again and again, under the whole house. */

const SEED = 20261126;
const LOAD_A_ROAD = 1;
const CUT_EVERY_MS = 20;
const KILLS = 2;

let valkey: ValkeyHouse;
let proxy: CuttingProxy;

beforeAll(async () => {
  valkey = await startValkeyHouse(
    'valkey-lost-replies',
    { temporalAddress: inject('temporalAddress') },
    async (url) => {
      proxy = await startCuttingProxy(Number(url.port));
      url.port = String(proxy.port);
      return url;
    },
  );
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
  ] as const)('%s, at every step: each event stands once', async (_, where) => {
    const { house, recorder } = valkey;
    const journey = valkey.journey();
    // One reply for each step that has been answered: a retry gets through.
    let answered = -1;
    const cut = (): void => {
      const now = recorder.operations.filter(({ outcome }) => outcome === 'ok').length;
      if (now === answered) return;
      answered = now;
      proxy.cutNext(where, 'EVALSHA');
    };
    cut();
    const cutting = setInterval(cut, CUT_EVERY_MS);
    try {
      await journey.open();
      await journey.decide();
    } finally {
      clearInterval(cutting);
    }
    await journey.end();
    await expectSound(house, recorder, [journey.decisionId]);
    expect(proxy.cuts()).toBeGreaterThan(0);
  });
});

describe('a server killed and started again under load', () => {
  it('loses nothing that was acknowledged, and doubles nothing', { timeout: 120_000 }, async () => {
    const { house, recorder } = valkey;
    const random = seededRandom(SEED);
    const journeys = ROADS.flatMap((road) => Array.from({ length: LOAD_A_ROAD }, () => valkey.journey(road)));
    const kept = await packed();
    const travelling = Promise.all(journeys.map((journey) => journey.travel()));
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(300 + random.integer(700));
      await valkey.kill();
      recorder.note('killed');
      await sleep(random.integer(1_000));
      await valkey.start();
      recorder.note('started');
    }
    await travelling;
    const decisions = journeys.map(({ decisionId }) => decisionId);
    await expectSound(house, recorder, [...decisions, kept.decision], [kept]);
  });
});

async function packed(): Promise<KeptPack> {
  const journey = valkey.journey();
  await journey.travel();
  return keepPack(valkey.house, journey.decisionId);
}
