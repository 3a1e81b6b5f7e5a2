import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryLedger } from '../../ledger/index.ts';
import { createRegistry, createRestrictions } from '../../registry/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import { startGovernanceWatch } from '../../worker/operation/governance-watch.ts';
import { createMetrics } from '../../worker/operation/metrics.ts';
import { DECISION_ID, fixtureTrust, signedFreeze, T, TENANT } from '../documents/fixtures.ts';
import { fixtureStanding, publishGovernance } from '../verifier/fixture-pack.ts';

/** What stops clearances where every server is well, as a worker shows it; on the endpoint in operation.int.test.ts. */

const trust = fixtureTrust();
const ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
const dependencies = { ledger, store: createMemoryStore(), trust, tenant: TENANT };
const registry = createRegistry(dependencies);
const restrictions = createRestrictions({ ...dependencies, registry });
const metrics = createMetrics();
let watch: ReturnType<typeof startGovernanceWatch>;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(T.claimed) });
  watch = startGovernanceWatch({ registry, restrictions }, metrics, pino({ level: 'silent' }));
});
afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

async function shown() {
  const values = [metrics.restricted, metrics.freezes, metrics.standingEnds].map(async (gauge) => {
    return (await gauge.get()).values[0]?.value;
  });
  const [restricted, freezes, standingEnds] = await Promise.all(values);
  return { restricted, freezes, standingEnds };
}

describe('what a worker shows of governance', () => {
  it('is what stands, half a minute later at the latest', async () => {
    expect(await shown()).toEqual({ restricted: 0, freezes: 0, standingEnds: 0 });
    await publishGovernance(registry, T.requested);
    await registry.publishFreeze(signedFreeze(), T.claimed);
    await restrictions.enter({ decisionId: DECISION_ID, code: 'ledger.mac', head: null, at: T.claimed });
    await vi.advanceTimersByTimeAsync(30_000);
    const standingEnds = Date.parse(fixtureStanding().not_after) / 1000;
    await vi.waitFor(async () => expect(await shown()).toEqual({ restricted: 1, freezes: 1, standingEnds }));
  });

  it('stays as it was where nothing can be read, and goes on', async () => {
    const before = await shown();
    const failing = vi.spyOn(ledger, 'bindings').mockRejectedValue(new Error('away'));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(failing).toHaveBeenCalled();
    expect(await shown()).toEqual(before);
    failing.mockRestore();
    await restrictions.enter({
      decisionId: '11111111-2222-8333-8444-555555555555',
      code: 'ledger.mac',
      head: null,
      at: T.claimed,
    });
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await shown()).restricted).toBe(1);
  });
});
