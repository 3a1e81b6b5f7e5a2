import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Digest, digestBytes } from '../../core/canon/index.ts';
import { freePort, serverPaths } from '../../scripts/servers/index.ts';
import { startSupervised, type SupervisedServer } from '../../scripts/servers/supervise.ts';
import { packetFor, writeCanonical } from '../cli/team.ts';
import { type ComposeService, interpolated, readCompose, secretTargets } from '../support/compose.ts';
import { type Unpacked, unpack } from '../support/packed.ts';

/**
 * The set of docker-compose.yml from installed servers: the commands, flags, environment, users and secrets that the file
 * gives to Valkey, the worker, the namespace's script and the operator, with compiled code as in the image, and `deploy/`
 * made as the file's first lines say. Each container's paths are a folder here, and host names are this machine's ports.
 *
 * What this cannot show: Temporal's development server stands where Temporal on PostgreSQL would, which it cannot use, so
 * neither `postgres` nor `temporal-schema` nor `temporal` is started; and users, limits, networks and read-only file
 * systems are an engine's to enforce.
 */

const ROOT = join(import.meta.dirname, '..', '..');

const compose = readCompose();
let parent: string;
let unpacked: Unpacked;
let valkeyPort: number;
let healthPort: number;
let valkey: SupervisedServer;
let worker: ChildProcess;
let workerLog = '';

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'countersign-set-'));
  unpacked = await unpack();
  symlinkSync(join(ROOT, 'node_modules'), join(unpacked.folder, 'node_modules'));
  valkeyPort = await freePort();
  healthPort = await freePort();
  await succeed(process.execPath, [join(ROOT, 'scripts', 'compose-secrets.ts'), join(parent, 'deploy')]);
  const countersign = join(unpacked.folder, 'bin', 'countersign.mjs');
  await succeed(process.execPath, [countersign, 'init', join(parent, 'deploy', 'house'), '--origin', 'compose-set']);
  valkey = await startValkey();
}, 300_000);

afterAll(async () => {
  worker?.kill('SIGKILL');
  await valkey?.stop();
  unpacked?.remove();
  rmSync(parent, { recursive: true, force: true });
});

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, words: readonly string[], env: Record<string, string>, cwd = parent): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(program, words, { cwd, env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

async function succeed(
  program: string,
  words: readonly string[],
  env: Record<string, string> = bare(),
  cwd = parent,
): Promise<Finished> {
  const finished = await run(program, words, env, cwd);
  if (finished.code !== 0)
    throw new Error(`${words.join(' ')}: ${finished.code}: ${finished.stdout}${finished.stderr}`);
  return finished;
}

/** What an image's own environment would be: this Node and Temporal's command line on the path, and nothing of the caller's. */
function bare(): Record<string, string> {
  const { temporal } = serverPaths();
  const path = [dirname(process.execPath), dirname(temporal?.path ?? ''), '/usr/bin', '/bin'].join(delimiter);
  return { PATH: path, HOME: parent, TMPDIR: parent };
}

function service(name: string): ComposeService {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no ${name}`);
  return found;
}

/** Where the paths of a container are here: its volumes, its secrets, and /app of the image. */
function mountsOf(name: string): readonly (readonly [there: string, here: string])[] {
  const root = join(parent, 'containers', name);
  for (const [source, target] of secretTargets(service(name))) {
    const file = join(parent, compose.secrets[source]?.file ?? '');
    mkdirSync(dirname(join(root, target)), { recursive: true });
    writeFileSync(join(root, target), source === 'redis_url' ? hosts(readFileSync(file, 'utf8')) : readFileSync(file));
  }
  const volumes = (service(name).volumes ?? []).map((volume) => {
    const [source = '', target = ''] = volume.split(':');
    const folder = join(parent, source.startsWith('./') ? source : join('volumes', source));
    mkdirSync(folder, { recursive: true });
    return [target, folder] as const;
  });
  return [...volumes, ['/run', join(root, 'run')], ['/app', unpacked.folder]];
}

function hosts(text: string): string {
  return text
    .replace('temporal:7233', inject('temporalAddress'))
    .replace('@valkey:6379', `@127.0.0.1:${valkeyPort}`)
    .replace(/\b(?:0\.0\.0\.0|127\.0\.0\.1):9464/, `127.0.0.1:${healthPort}`);
}

interface Container {
  readonly words: readonly string[];
  readonly env: Record<string, string>;
  readonly cwd: string;
}

/** @param command what the image runs where the file says nothing else */
function container(name: string, command: readonly string[] = service(name).command ?? []): Container {
  const mounts = mountsOf(name);
  const here = (text: string): string =>
    mounts.reduce(
      (path, [there, folder]) => path.replaceAll(new RegExp(`(?<![\\w.-])${there}(?=/|$)`, 'g'), folder),
      hosts(interpolated(text)),
    );
  const environment = Object.entries(service(name).environment ?? {}).map(([key, value]) => [key, here(value)]);
  return {
    // The image's own is /app.
    cwd: here(service(name).working_dir ?? '/app'),
    words: [...(service(name).entrypoint ?? []), ...command].map(here),
    env: { ...bare(), ...(Object.fromEntries(environment) as Record<string, string>) },
  };
}

async function startValkey(): Promise<SupervisedServer> {
  const { words } = container('valkey');
  const [program, ...flags] = words;
  expect(program).toBe('valkey-server');
  return startSupervised({
    name: 'Valkey',
    binary: serverPaths().valkey?.path ?? '',
    // A container has an address of its own.
    args: [...flags, '--bind', '127.0.0.1', '--port', String(valkeyPort)],
    logFile: join(parent, 'valkey.log'),
    ready: async (log) => log.includes('Ready to accept connections'),
  });
}

async function operator(...words: string[]): Promise<Finished> {
  const { words: all, env, cwd } = container('operator', words);
  const [program = '', ...args] = all;
  return succeed(program, args, env, cwd);
}

describe('the set', () => {
  it('makes its namespace, once and again', async () => {
    const { words, env } = container('temporal-namespace');
    const [program = '', ...args] = words;
    await succeed(program, args, env);
    const again = await succeed(program, args, env);
    expect(again.stdout).toContain('countersign');
  });

  it('runs the worker as the image does, until its health check says so', async () => {
    const [command = ''] = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').match(/^CMD .+$/gm) ?? [];
    const image = JSON.parse(command.slice('CMD '.length)) as string[];
    const { words, env, cwd } = container('worker', image);
    const [program = '', ...args] = words;
    expect(await healthOf(healthPort)).toBe(1);
    worker = spawn(program, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
    worker.stderr?.on('data', (chunk) => {
      workerLog += String(chunk);
    });
    while ((await healthOf(healthPort)) !== 0) {
      if (worker.exitCode !== null) throw new Error(`the worker ended with ${worker.exitCode}: ${workerLog}`);
    }
    expect(workerLog).toContain('"namespace":"countersign"');
  });

  it('is in order, as the operator sees it', async () => {
    await operator('policy', 'publish');
    await operator('roster', 'publish');
    const { stdout } = await operator('doctor');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(8);
    expect(lines.filter((line) => !line.startsWith('ok '))).toEqual([]);
  });

  it('carries a decision from the request to a pack that the one-file verifier believes', async () => {
    const house = join(parent, 'deploy', 'house');
    writeFileSync(join(house, 'gateway.conf'), 'rate_limit = 200\n');
    const subject: Digest = digestBytes(new Uint8Array(readFileSync(join(house, 'gateway.conf'))));
    writeCanonical(join(house, 'draft.json'), { ...packetFor(subject), origin: 'compose-set' });
    await operator(
      ...['evidence', 'sign', 'draft.json', '--as', 'evan', '--valid-for', '86400'],
      ...['--packet', 'packet.json', '--statement', 'evidence.json'],
    );
    const opened = await operator(
      ...['open', '--as', 'dana', '--role', 'operator', '--action', 'deploy.change', '--target', 'production-01'],
      ...['--candidate', 'gateway@1.4.2', '--digest', subject, '--creator', 'carl', '--wait', 'routed'],
      ...['--evidence', 'packet.json', '--evidence-statement', 'evidence.json'],
      ...['--context', 'ticket=CHG-1042', '--summary', 'Rate limits', '--idempotency-key', 'CHG-1042', '--json'],
    );
    const { decision_id: decision } = JSON.parse(opened.stdout) as { decision_id: string };
    await operator('approve', decision, '--as', 'ruth', '--rationale', 'read it', '--yes');
    await operator('approve', decision, '--as', 'sam', '--rationale', 'read it', '--yes');
    await operator(
      ...['run', '--decision', decision, '--as', 'deployer', '--subject', 'gateway.conf'],
      ...['--', 'cp', 'gateway.conf', 'applied.conf'],
    );
    expect(readFileSync(join(house, 'applied.conf'), 'utf8')).toBe('rate_limit = 200\n');
    await operator('export', decision, '--out', 'pack');

    const verifier = join(unpacked.folder, 'dist', 'verify.mjs');
    const trust = join(house, 'trust', 'trust.json');
    const words = [verifier, join(house, 'pack'), '--trust', trust, '--subject', join(house, 'gateway.conf')];
    const { stdout } = await succeed(process.execPath, words);
    expect(stdout).toContain('evidence: holds\noutcome: EXECUTED\nlevel: C2');
  });

  it('ends its worker in peace', async () => {
    expect(worker.exitCode).toBeNull();
    worker.kill('SIGTERM');
    const [code] = (await once(worker, 'exit')) as [number | null];
    expect(code).toBe(0);
    expect(workerLog).toContain('"worker stopped"');
  });
});

/** Exit code of the health check that the file gives to the worker. */
async function healthOf(port: number): Promise<number> {
  const [kind, program = '', ...args] = service('worker').healthcheck?.test ?? [];
  expect(kind).toBe('CMD');
  const here = args.map((word) => word.replace('127.0.0.1:9464', `127.0.0.1:${port}`));
  return (await run(program, here, bare())).code;
}

describe("the worker's health check", () => {
  it.each([
    [200, 0],
    [503, 1],
  ] as const)('on an answer of %s ends with %s', async (status, expected) => {
    const server = createServer(({ url }, response) => {
      response.writeHead(url === '/readyz' ? status : 404).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(await healthOf((server.address() as AddressInfo).port)).toBe(expected);
    server.close();
  });
});
