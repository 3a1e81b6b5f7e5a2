import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startValkeyHouse, type ValkeyHouse } from './valkey-house.ts';
import { expectSound, expectWhy, type TrueCause } from './valkey-witness.ts';

/** The ledger's server is away, or refuses. Decisions of every stage meet it, and go on by themselves afterwards. */

interface Outage {
  readonly fault: string;
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
  readonly cause: TrueCause;
}

let valkey: ValkeyHouse;

beforeAll(async () => {
  valkey = await startValkeyHouse('valkey-outages', { temporalAddress: inject('temporalAddress') });
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
  // shows: R13, R67
  it.each(OUTAGES)('$fault', async ({ fault, begin, end, cause }) => {
    const { house, recorder } = valkey;
    const known = valkey.journey();
    await known.open();
    await begin();
    recorder.note('fault', { fault });
    const carried = known.decide();
    const opened = valkey.journey();
    const travelled = opened.travel();
    try {
      await expectWhy(house, recorder, fault, [known.decisionId, opened.decisionId], cause);
    } finally {
      await end();
      recorder.note('healed');
    }
    await Promise.all([carried, travelled]);
    await known.end();
    await expectSound(house, recorder, [known.decisionId, opened.decisionId]);
  });

  it('a full disk: the server ends itself, and nothing is confirmed', async () => {
    const { house, recorder } = valkey;
    const known = valkey.journey();
    await known.open();
    await valkey.kill();
    const blocks = Math.floor(statSync(valkey.commandFile()).size / 512) + 1;
    // As on a full disk, the next write to the file is cut short; the signal that comes with it is not what is tried.
    await valkey.start({ under: ['/bin/sh', '-c', `trap "" XFSZ; ulimit -S -f ${blocks}; exec "$@"`, 'sh'] });
    const carried = known.decide();
    await expectWhy(house, recorder, 'disk full', [known.decisionId], unavailable(/ECONNREFUSED|closed|lost/u));
    expect(valkey.log()).toMatch(/AOF write error when the AOF fsync policy is 'always'. Exiting/u);
    await valkey.start();
    await carried;
    await known.end();
    await expectSound(house, recorder, [known.decisionId]);
  });

  it('its script cache flushed at every step: nobody notices', async () => {
    const { house, recorder } = valkey;
    const known = valkey.journey();
    const flush = () => valkey.asAdmin((redis) => redis.call('SCRIPT', 'FLUSH'));
    const flushing = setInterval(() => void flush().catch(() => undefined), 50);
    try {
      await known.travel();
    } finally {
      clearInterval(flushing);
    }
    await expectSound(house, recorder, [known.decisionId]);
    expect(recorder.operations.filter(isOf(known.decisionId)).map(({ outcome }) => outcome)).not.toContain('unknown');
  });

  it('fsync once a second: no worker starts', async () => {
    const { house } = valkey;
    await (await house.startWorker()).stop();
    await configure('appendfsync', 'everysec');
    try {
      await expect(house.startWorker()).rejects.toThrow('the worker ended with 1 before it was ready');
    } finally {
      await configure('appendfsync', 'always');
    }
  });
});

const isOf =
  (decisionId: string) =>
  ({ decision }: { readonly decision: string }): boolean =>
    decision === decisionId;
