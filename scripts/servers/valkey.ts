import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { env } from 'node:process';

import { freePort } from './free-port.ts';
import { valkeyPath } from './paths.ts';
import { startSupervised } from './supervise.ts';
import { newCredentials, usersAcl, type ValkeyCredentials } from './users-acl.ts';
import { withPortRetry } from './with-port-retry.ts';

export interface ValkeyOptions {
  /** Holds the append-only file, the configuration, the ACL file and the log; made if missing, mode 0700. */
  readonly dataDir: string;
  /** A fixed port, for a restart under the same address; without it a free one is found. */
  readonly port?: number | undefined;
  /** Passwords of an earlier start, for a restart under the same URL; without them fresh random ones. */
  readonly credentials?: ValkeyCredentials | undefined;
  /** Settings that replace those of a ledger, for tests of a server that is set up wrongly: name to value. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** A program and its arguments that run the server instead of it being run itself: a tracer, a limit. */
  readonly under?: readonly string[] | undefined;
  /** Progress for a person, a line at a time. */
  readonly log?: ((line: string) => void) | undefined;
  /** For tests of the retry. */
  readonly choosePort?: (() => Promise<number>) | undefined;
}

export interface ValkeyServer {
  /** As the user `countersign`: what the ledger may do, and nothing else. */
  readonly url: string;
  /** As the user `archivist`: what moves chains out of memory. */
  readonly archivistUrl: string;
  /** As the user `admin`, for tests that tamper. */
  readonly adminUrl: string;
  /** Undefined for a server that was not started here. */
  readonly pid: number | undefined;
  /** To hand to the next start; undefined for a server that was not started here. */
  readonly credentials: ValkeyCredentials | undefined;
  readonly port: number | undefined;
  /** Stops what was started here; a server named by REDIS_URL is left alone. */
  readonly stop: () => Promise<void>;
  /** SIGKILL, as a crash would. Does nothing to a server named by REDIS_URL. */
  readonly kill: () => Promise<void>;
}

const ANSWER_TIMEOUT_MS = 1_000;

/**
 * A Redis-compatible server for the ledger: the one REDIS_URL names (with REDIS_ADMIN_URL for tests),
 * else Valkey on a loopback port, writing every command to disk before it answers, which ends with
 * this process.
 *
 * @throws ServerError
 */
export async function startValkey(options: ValkeyOptions): Promise<ValkeyServer> {
  const log = options.log ?? (() => undefined);
  const given = env['REDIS_URL'];
  if (given !== undefined && given !== '') {
    log('Valkey: using the server that REDIS_URL names');
    const nothing = async () => undefined;
    const unowned = { pid: undefined, port: undefined, credentials: undefined, stop: nothing, kill: nothing };
    const adminUrl = env['REDIS_ADMIN_URL'] ?? given;
    return { url: given, archivistUrl: env['COUNTERSIGN_ARCHIVIST_URL'] ?? adminUrl, adminUrl, ...unowned };
  }
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const start = () => startOwnServer(options, log);
  return options.port === undefined ? withPortRetry(start, log) : start();
}

async function startOwnServer(options: ValkeyOptions, log: (line: string) => void): Promise<ValkeyServer> {
  const choosePort = options.choosePort ?? freePort;
  const port = options.port ?? (await choosePort());
  const credentials = options.credentials ?? newCredentials();
  const dataDir = resolve(options.dataDir);
  const configFile = join(dataDir, 'valkey.conf');
  writePrivate(join(dataDir, 'users.acl'), usersAcl(credentials));
  writePrivate(configFile, configuration(dataDir, port, options.settings ?? {}));

  const [binary = '', ...args] = [...(options.under ?? []), valkeyPath()];
  const server = await startSupervised({
    name: 'Valkey',
    binary,
    // Options stand in the file, so that no process list shows more than a path.
    args: [...args, configFile],
    logFile: join(dataDir, 'valkey.log'),
    // Demands our own fresh password, so another server on the port cannot answer for it.
    ready: () => answers(port, credentials.admin),
  });
  log(`Valkey: 127.0.0.1:${port}`);
  const url = (user: keyof ValkeyCredentials) => `redis://${user}:${credentials[user]}@127.0.0.1:${port}`;
  return {
    url: url('countersign'),
    archivistUrl: url('archivist'),
    adminUrl: url('admin'),
    pid: server.pid,
    port,
    credentials,
    stop: server.stop,
    kill: server.kill,
  };
}

function configuration(dataDir: string, port: number, settings: Readonly<Record<string, string>>): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    'protected-mode yes',
    `dir ${quoted(dataDir)}`,
    `aclfile ${quoted(join(dataDir, 'users.acl'))}`,
    // An acknowledged append is on disk; nothing else is acknowledged.
    'appendonly yes',
    'appendfsync always',
    // A torn tail must stop the start, not vanish without a word.
    'aof-load-truncated no',
    'maxmemory-policy noeviction',
    'save ""',
    'loglevel notice',
    // Of two lines for one setting the last counts.
    ...Object.entries(settings).map(([name, value]) => `${name} ${value}`),
    '',
  ].join('\n');
}

function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  // The mode above counts only for a new file.
  chmodSync(path, 0o600);
}

/** AUTH and PING, by hand: one write, two answers, no client library. */
async function answers(port: number, password: string): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    return await new Promise<boolean>((resolve) => {
      const no = () => resolve(false);
      let received = '';
      socket.setTimeout(ANSWER_TIMEOUT_MS, no).once('error', no).once('close', no);
      socket.setEncoding('utf8').on('data', (text: string) => {
        received += text;
        if (received === '+OK\r\n+PONG\r\n') resolve(true);
        else if (received.includes('-')) resolve(false);
      });
      socket.write(`AUTH admin ${password}\r\nPING\r\n`);
    });
  } finally {
    socket.destroy();
  }
}
