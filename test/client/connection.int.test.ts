import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { type RunningHouse, startHouse } from '../support/running-house.ts';
import { openRouted } from '../support/scenario.ts';

/** What callers are told while Temporal is away, and when it is there again. */

const CALL_MS = 6_000;

let house: RunningHouse;
let proxy: CuttingProxy;

const temporalPort = (): number => Number(inject('temporalAddress').split(':').at(-1));

beforeAll(async () => {
  proxy = await startCuttingProxy(temporalPort());
  house = await startHouse({
    temporalAddress: `127.0.0.1:${proxy.port}`,
    redisUrl: inject('redisUrl'),
    callTimeoutMs: CALL_MS,
  });
});
afterAll(async () => {
  await house?.stop();
  await proxy?.close();
});

async function back(): Promise<void> {
  proxy = await startCuttingProxy(temporalPort(), proxy.port);
}

describe('while Temporal is away', () => {
  it('a question is answered that it is, before its time is out, and as soon as it is back by the decision', async () => {
    const decisionId = await openRouted(house);
    await proxy.close();
    // Longer than any one call: a question that went on trying would be told by its deadline, without the reason.
    const away = await Promise.allSettled([house.client.why(decisionId), house.client.state(decisionId)]);
    expect(away).toMatchObject(
      away.map(() => ({ reason: { code: 'temporal.unreachable', cause: { cause: { code: UNAVAILABLE } } } })),
    );
    // gRPC's own waits between two connections have grown by now.
    await sleep(6_000);
    await back();
    expect(await house.client.why(decisionId)).toMatchObject({ stage: 'routed' });
  });

  it('what acts goes on trying, and is done once it is back', async () => {
    await proxy.close();
    const opened = house.client.open(house.request(randomUUID()));
    await sleep(3_000);
    await back();
    expect(await opened).toMatchObject({ decisionId: expect.any(String) as string });
  });
});

/** Of gRPC: the server was not there; a call whose time is out fails with 4. */
const UNAVAILABLE = 14;
