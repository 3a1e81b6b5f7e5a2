import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';

import { hasCode } from '../../core/errors.ts';
import { FORBIDDEN_COMMANDS } from '../../ledger/acl.ts';
import {
  freePort,
  serverPaths,
  startTemporal,
  startValkey,
  temporalTestServerPath,
} from '../../scripts/servers/index.ts';
import { startSupervised } from '../../scripts/servers/supervise.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'countersign-servers-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) throw new Error('no pid');
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function untilGone(pid: number): Promise<boolean> {
  for (let waited = 0; waited < 10_000 && isAlive(pid); waited += 20) await sleep(20);
  return !isAlive(pid);
}

/** First a port that somebody holds, then free ones: what a race for a port looks like. */
function takenThenFree(taken: number): () => Promise<number> {
  let calls = 0;
  return async () => {
    calls += 1;
    return calls === 1 ? taken : freePort();
  };
}

async function withTakenPort<T>(work: (port: number) => Promise<T>): Promise<T> {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  try {
    return await work(address.port);
  } finally {
    holder.close();
  }
}

describe('Valkey', () => {
  it('keeps what it acknowledged across a crash, under the same URL', async () => {
    const first = await startValkey({ dataDir });
    const writer = new Redis(first.url);
    await writer.xadd('cs:{a}:events', '1-0', 'event', '{}');
    writer.disconnect();
    await first.kill();
    expect(isAlive(first.pid)).toBe(false);

    const second = await startValkey({ dataDir, port: first.port, credentials: first.credentials });
    try {
      expect(second.url).toBe(first.url);
      const reader = new Redis(second.url);
      expect(await reader.xrange('cs:{a}:events', '-', '+')).toEqual([['1-0', ['event', '{}']]]);
      expect(await reader.config('GET', 'appendfsync')).toContain('always');
      reader.disconnect();
    } finally {
      await second.stop();
    }
    expect(isAlive(second.pid)).toBe(false);
  });

  it('takes another port when the first was taken meanwhile', async () => {
    const said: string[] = [];
    await withTakenPort(async (taken) => {
      const server = await startValkey({ dataDir, choosePort: takenThenFree(taken), log: (line) => said.push(line) });
      expect(server.port).not.toBe(taken);
      await server.stop();
    });
    expect(said[0]).toContain('port was taken');
  });

  it('runs under another program, with settings of the caller in place of a ledger’s', async () => {
    const trace = join(dataDir, 'ran');
    const under = ['/bin/sh', '-c', 'echo "$@" > "$0"; exec "$@"', trace];
    const server = await startValkey({ dataDir, under, settings: { appendfsync: 'everysec' } });
    const reader = new Redis(server.url);
    try {
      expect(await reader.config('GET', 'appendfsync')).toEqual(['appendfsync', 'everysec']);
      expect(readFileSync(trace, 'utf8')).toContain(join(dataDir, 'valkey.conf'));
    } finally {
      reader.disconnect();
      await server.stop();
    }
  });

  it('says so when the only port it may use is taken', async () => {
    await withTakenPort(async (port) => {
      const error: unknown = await startValkey({ dataDir, port }).catch((refusal: unknown) => refusal);
      expect(hasCode(error, 'server.port_taken')).toBe(true);
    });
  });

  it('gives no password away: not in the process list, not in its files, and those are private', async () => {
    const server = await startValkey({ dataDir });
    try {
      const passwords = Object.values(server.credentials ?? {});
      expect(passwords).toHaveLength(4);
      const commandLine = readFileSync(`/proc/${server.pid}/cmdline`, 'utf8');
      for (const name of ['valkey.conf', 'users.acl', 'valkey.log']) {
        const path = join(dataDir, name);
        expect(statSync(path).mode & 0o077, name).toBe(0);
        for (const password of passwords) expect(readFileSync(path, 'utf8')).not.toContain(password);
      }
      for (const password of passwords) expect(commandLine).not.toContain(password);
    } finally {
      await server.stop();
    }
  });

  it('refuses a stranger, and to the ledger all that deletes, trims, flushes or overwrites', async () => {
    const url = new URL(inject('redisUrl'));
    const stranger = new Redis(`redis://${url.host}`, { retryStrategy: () => null });
    stranger.on('error', () => undefined);
    await expect(stranger.ping()).rejects.toThrow('NOAUTH');
    stranger.disconnect();

    const ledger = new Redis(inject('redisUrl'));
    const answers = await Promise.all(
      FORBIDDEN_COMMANDS.map(([name = '', ...args]) =>
        ledger.call(name, ...args).then(
          () => 'allowed',
          (error: Error) => (/^NOPERM|^ERR DEBUG command not allowed/.test(error.message) ? 'refused' : error.message),
        ),
      ),
    );
    expect(FORBIDDEN_COMMANDS.filter((_, index) => answers[index] !== 'refused')).toEqual([]);
    for (const name of ['DEL', 'XTRIM', 'FLUSHALL']) expect(FORBIDDEN_COMMANDS.map(([first]) => first)).toContain(name);
    const script = "return redis.call('DEL', KEYS[1])";
    await expect(ledger.eval(script, 1, 'cs:{a}:events')).rejects.toThrow("no permissions to run the 'del' command");
    ledger.disconnect();
  });
});

describe('Temporal', () => {
  it('answers, knows its search attributes, takes another port when one is taken, and stops', async () => {
    const server = await withTakenPort((taken) =>
      startTemporal({
        dataDir,
        ui: false,
        choosePort: takenThenFree(taken),
        searchAttributes: { CountersignStage: 'Keyword' },
      }),
    );
    try {
      const connection = await Connection.connect({ address: server.address });
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
      expect(Object.keys(customAttributes)).toContain('CountersignStage');
      await connection.close();
    } finally {
      await server.stop();
    }
    expect(isAlive(server.pid)).toBe(false);
  });

  it('killed and started again on its file and port, knows what it knew', async () => {
    const first = await startTemporal({ dataDir, ui: false });
    const { port, address } = first;
    const workflowId = randomUUID();
    const started = await Connection.connect({ address });
    await new Client({ connection: started }).workflow.start('nobody', { workflowId, taskQueue: 'nobody' });
    await started.close();
    await first.kill();
    expect(isAlive(first.pid)).toBe(false);

    const second = await startTemporal({ dataDir, ui: false, port });
    try {
      expect(second.address).toBe(address);
      const connection = await Connection.connect({ address });
      const { status } = await new Client({ connection }).workflow.getHandle(workflowId).describe();
      expect(status.name).toBe('RUNNING');
      await connection.close();
    } finally {
      await second.stop();
    }
  });

  it('is the shared one for these tests', async () => {
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    expect((await connection.workflowService.getSystemInfo({})).serverVersion).toMatch(/^\d/);
    await connection.close();
  });
});

describe('a server', () => {
  it('that does not start is an error with the end of its log', async () => {
    const start = startSupervised({
      name: 'a shell',
      binary: '/bin/sh',
      args: ['-c', 'echo out of memory >&2; exit 3'],
      logFile: join(dataDir, 'sh.log'),
      ready: async () => false,
    });
    const error: unknown = await start.catch((refusal: unknown) => refusal);
    expect(hasCode(error, 'server.exited') && error.got).toBe('out of memory');
  });

  it('that never answers is an error, and is stopped, even if it ignores SIGTERM', async () => {
    const pidFile = join(dataDir, 'pid');
    const start = startSupervised({
      name: 'a shell',
      binary: '/bin/sh',
      args: ['-c', `trap '' TERM; echo $$ > ${pidFile}; while :; do sleep 1; done`],
      logFile: join(dataDir, 'sh.log'),
      ready: async () => false,
      readyWithinMs: 300,
    });
    const error: unknown = await start.catch((refusal: unknown) => refusal);
    expect(hasCode(error, 'server.not_ready')).toBe(true);
    expect(isAlive(Number(readFileSync(pidFile, 'utf8')))).toBe(false);
  });

  it('whose binary is missing is an error', async () => {
    const start = startSupervised({
      name: 'nothing',
      binary: join(dataDir, 'absent'),
      args: [],
      logFile: join(dataDir, 'absent.log'),
      ready: async () => true,
    });
    const error: unknown = await start.catch((refusal: unknown) => refusal);
    expect(hasCode(error, 'server.missing')).toBe(true);
  });

  it('is found for every purpose', () => {
    expect(Object.values(serverPaths()).filter((found) => found === undefined)).toEqual([]);
    expect(statSync(temporalTestServerPath()).isFile()).toBe(true);
  });
});

describe('nothing is left running when its owner', () => {
  const owner = (ending: string) => {
    const args = [join(import.meta.dirname, 'owner.ts'), dataDir, ending];
    return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  };
  const serverOf = async (child: ReturnType<typeof owner>): Promise<number> => {
    const [text] = (await once(child.stdout, 'data')) as [Buffer];
    return Number(text.toString());
  };

  it.each([
    ['exits', 'exit', 0],
    ['throws', 'throw', 1],
    ['has nothing left to do', 'end', 0],
  ])('%s', async (_how, ending, expected) => {
    const child = owner(ending);
    const pid = await serverOf(child);
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(expected);
    expect(isAlive(pid)).toBe(false);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('gets %s', async (signal, expected) => {
    const child = owner('wait');
    const pid = await serverOf(child);
    expect(isAlive(pid)).toBe(true);
    child.kill(signal);
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(expected);
    expect(isAlive(pid)).toBe(false);
  });

  it('has a handler of its own, which decides', async () => {
    const child = owner('handler');
    const pid = await serverOf(child);
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(7);
    expect(isAlive(pid)).toBe(false);
  });

  it('is killed with -9', async () => {
    const child = owner('wait');
    const pid = await serverOf(child);
    expect(isAlive(pid)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await untilGone(pid)).toBe(true);
  });
});
