import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PEOPLE } from '../support/running-house.ts';
import { approve, confirm, insist, openRouted } from '../support/scenario.ts';
import { startValkeyHouse, type ValkeyHouse } from './valkey-house.ts';
import { EXECUTED, expectEnded, type TrueCause, expectWhy, witnessOf } from './valkey-witness.ts';

/** The ledger's server is away, or refuses. Decisions of every stage meet it, and go on by themselves afterwards. */

interface Outage {
  readonly fault: string;
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
  readonly cause: TrueCause;
}

let valkey: ValkeyHouse;
const recorder = witnessOf('valkey-outages');

beforeAll(async () => {
  valkey = await startValkeyHouse({ temporalAddress: inject('temporalAddress') });
});
afterAll(() => valkey?.stop());

const unavailable = (says: RegExp): TrueCause => ({ code: 'ledger.unavailable', says });
const configure = (name: string, value: string) => valkey.asAdmin((redis) => redis.config('SET', name, value));
const signal = async (name: NodeJS.Signals) => process.kill(valkey.server().pid ?? Number.NaN, name);

const OUTAGES: readonly Outage[] = [
  {
    fault: 'killed, and started again on its data',
    begin: () => valkey.kill(),
    end: () => valkey.start(),
    cause: unavailable(/cannot be reached \(ECONNREFUSED\)/u),
  },
  {
    fault: 'frozen: it takes connections and answers nothing',
    begin: () => signal('SIGSTOP'),
    end: () => signal('SIGCONT'),
    cause: unavailable(/no answer within 1500 ms/u),
  },
  {
    fault: 'out of memory',
    begin: () => configure('maxmemory', '1'),
    end: () => configure('maxmemory', '0'),
    cause: unavailable(/OOM.*out_of_memory/u),
  },
  {
    fault: 'made a replica, which is read-only',
    begin: () => valkey.asAdmin((redis) => redis.call('REPLICAOF', '127.0.0.1', '1')),
    end: () => valkey.asAdmin((redis) => redis.call('REPLICAOF', 'NO', 'ONE')),
    cause: unavailable(/READONLY.*read_only|role slave/u),
  },
  {
    fault: 'the password changed',
    begin: () =>
      valkey.asAdmin(async (redis) => {
        await redis.call('ACL', 'SETUSER', 'countersign', 'resetpass', '>another');
        await redis.call('CLIENT', 'KILL', 'USER', 'countersign');
      }),
    end: () =>
      valkey.asAdmin((redis) =>
        redis.call('ACL', 'SETUSER', 'countersign', 'resetpass', `>${new URL(valkey.server().url).password}`),
      ),
    cause: { code: 'ledger.permissions', says: /refuses these credentials.*WRONGPASS/u },
  },
  {
    fault: 'a right was taken away',
    begin: () => valkey.asAdmin((redis) => redis.call('ACL', 'SETUSER', 'countersign', '-xadd')),
    end: () => valkey.asAdmin((redis) => redis.call('ACL', 'SETUSER', 'countersign', '+xadd')),
    cause: { code: 'ledger.permissions', says: /refuses these credentials.*NOPERM/u },
  },
  {
    fault: 'switched to fsync once a second',
    begin: () => configure('appendfsync', 'everysec'),
    end: () => configure('appendfsync', 'always'),
    cause: { code: 'ledger.durability', says: /expected appendfsync always; got appendfsync everysec/u },
  },
  {
    fault: 'still loading',
    begin: async () => {
      await valkey.asAdmin((redis) => {
        const filling = redis.pipeline();
        for (let i = 0; i < 15_000; i += 1) filling.incr('filling');
        return filling.exec();
      });
      await valkey.kill();
      loading = valkey.start({ settings: { 'key-load-delay': '200' } });
    },
    end: () => loading,
    cause: unavailable(/got (loading|unreachable|timeout)/u),
  },
];
let loading: Promise<void> = Promise.resolve();

describe('a server that is away, or refuses', () => {
  it.each(OUTAGES)('$fault', async ({ fault, begin, end, cause }) => {
    const { house } = valkey;
    const routed = await openRouted(house);
    const authorized = await openRouted(house);
    await approve(house, authorized);
    await begin();
    const approved = insist(() => approve(house, routed));
    const claimed = insist(() => house.client.claim(authorized, house.signer(PEOPLE.deployer)));
    const opened = house.client.open(house.request(randomUUID()));
    try {
      const { decisionId, view } = await opened;
      expect(view.stage).toBe('empty');
      await expectWhy(house, recorder, fault, [routed, authorized, decisionId], cause);
    } finally {
      await end();
    }
    const { decisionId } = await opened;
    expect((await approved).verdict).toBe('accepted');
    await confirm(house, authorized, await claimed);
    await confirm(house, routed, await insist(() => house.client.claim(routed, house.signer(PEOPLE.deployer))));
    await house.client.wait(decisionId, { until: 'routed', timeoutMs: 30_000 });
    await expectEnded(house, routed, EXECUTED);
    await expectEnded(house, authorized, EXECUTED);
  });

  it('a full disk: the server ends itself, and nothing is confirmed', { timeout: 60_000 }, async () => {
    const { house } = valkey;
    const decisionId = await openRouted(house);
    await valkey.kill();
    const blocks = Math.floor(statSync(valkey.commandFile()).size / 512) + 1;
    // As on a full disk, the next write to the file is cut short; the signal that comes with it is not what is tried.
    await valkey.start({ under: ['/bin/sh', '-c', `trap "" XFSZ; ulimit -S -f ${blocks}; exec "$@"`, 'sh'] });
    const approved = insist(() => approve(house, decisionId));
    await expectWhy(house, recorder, 'disk full', [decisionId], unavailable(/ECONNREFUSED|closed|lost/u));
    expect(valkey.log()).toMatch(/AOF write error when the AOF fsync policy is 'always'. Exiting/u);
    await valkey.start();
    expect((await approved).verdict).toBe('accepted');
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    await expectEnded(house, decisionId, EXECUTED);
  });

  it('its script cache flushed: nobody notices', async () => {
    const { house } = valkey;
    const decisionId = await openRouted(house);
    const flush = () => valkey.asAdmin((redis) => redis.call('SCRIPT', 'FLUSH'));
    await flush();
    await approve(house, decisionId);
    await flush();
    const claim = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await flush();
    await confirm(house, decisionId, claim);
    await expectEnded(house, decisionId, EXECUTED);
  });

  it('fsync once a second: no worker starts', async () => {
    await configure('appendfsync', 'everysec');
    try {
      await expect(valkey.house.startWorker({ COUNTERSIGN_LOG_LEVEL: 'fatal' })).rejects.toThrow('ended with 1');
    } finally {
      await configure('appendfsync', 'always');
    }
  });
});
