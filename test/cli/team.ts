import { execFile, type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalBytes, type Digest, digestBytes } from '../../core/canon/index.ts';
import { EVIDENCE_PACKET_TYPE, type EvidencePacket } from '../../documents/evidence.ts';

/** The command line as people use it: a process, its exit code, and what it wrote. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const main = join(root, 'cli/main.ts');

/** Variables of the machine that would change what a test means. */
const CLEAN = ['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'REDIS_URL', 'COUNTERSIGN_CONFIG', 'COUNTERSIGN_TASK_QUEUE'];

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function cli(words: readonly string[], { cwd = tmpdir(), env = {} }: CliOptions = {}): Promise<Finished> {
  return process_(process.execPath, [main, ...words], cwd, env);
}

export function process_(
  program: string,
  words: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Finished> {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !CLEAN.includes(name)));
  return new Promise((resolve) => {
    execFile(
      program,
      words,
      { cwd, env: { ...inherited, ...env }, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const { code } = (error ?? { code: 0 }) as { code?: unknown };
        resolve({ code: typeof code === 'number' ? code : -1, stdout, stderr });
      },
    );
  });
}

/** @throws where it ended with another exit code than 0 */
export function succeed(finished: Finished): Finished {
  if (finished.code !== 0) throw new Error(`exit ${finished.code}: ${finished.stdout}${finished.stderr}`);
  return finished;
}

/** What a worker is started with that works for a team. */
export function workerOf(team: Pick<Team, 'at'>, tenant: string): Record<string, string> {
  return {
    COUNTERSIGN_TENANT: tenant,
    COUNTERSIGN_TRUST: team.at('trust/trust.json'),
    COUNTERSIGN_STORE: team.at('store'),
    COUNTERSIGN_KEYS: team.at('service-keys'),
  };
}

/** Evidence about a subject, vouched for by `author`: `packet.json` and `evidence.json`. */
export async function vouch(team: Team, subject: Digest, tenant: string, author: string): Promise<void> {
  writeCanonical(team.at('draft.json'), packetFor(subject, tenant));
  succeed(
    await team.run([
      ...['evidence', 'sign', 'draft.json', '--as', author, '--valid-for', '86400'],
      ...['--packet', 'packet.json', '--statement', 'evidence.json'],
    ]),
  );
}

/** A folder that is gone after the tests, with what `init` makes in it. */
export interface Team {
  readonly folder: string;
  readonly at: (path: string) => string;
  readonly run: (words: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Finished>;
  /** The same, without waiting for its end. */
  readonly start: (words: readonly string[]) => ChildProcess;
  remove(): void;
}

export async function makeTeam(
  words: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Team> {
  const parent = mkdtempSync(join(tmpdir(), 'countersign-cli-'));
  const folder = join(parent, 'team');
  // A policy says itself whose it is.
  const origin = words.includes('--policy') ? [] : ['--origin', 'cli-test'];
  const made = await cli(['init', folder, ...origin, ...words]);
  if (made.code !== 0) throw new Error(`init failed: ${made.stderr}`);
  return {
    folder,
    at: (path) => join(folder, path),
    run: (given, more = {}) => cli(given, { cwd: folder, env: { ...env, ...more } }),
    start: (given) =>
      spawn(process.execPath, [main, ...given], { cwd: folder, env: { ...process.env, ...env }, stdio: 'ignore' }),
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

/** A packet that holds what `deploy.change` of the starter policy demands, about these bytes. */
export function packetFor(
  subject: Digest,
  tenant = 'main',
  at = new Date(Date.now() - 60_000).toISOString(),
): EvidencePacket {
  const other = digestBytes(new TextEncoder().encode('the version before'));
  const reference = (name: string) => ({
    uri: `https://artifacts.example/${name}`,
    digest: digestBytes(new TextEncoder().encode(name)),
    media_type: 'application/json',
    size: name.length,
  });
  return {
    _type: EVIDENCE_PACKET_TYPE,
    origin: 'cli-test',
    tenant,
    subject,
    created_at: at,
    sections: {
      candidate: { digest: subject, manifest: reference('manifest-7'), owner: 'carl', lifecycle_state: 'candidate' },
      rollback: {
        package: reference('rollback-6'),
        target: other,
        procedure: reference('procedure-6'),
        owner: 'ruth',
        tested_at: at,
        covers: {
          model: 'not_applicable',
          router: 'covered',
          prompts: 'not_applicable',
          policy: 'covered',
          retrieval: 'not_applicable',
          cache: 'covered',
          memory_schema: 'not_applicable',
        },
      },
    },
  };
}

export function writeCanonical(path: string, value: unknown): Uint8Array {
  const bytes = canonicalBytes(value as never);
  writeFileSync(path, bytes);
  return bytes;
}

/** A worker of its own for a team, in a process, with a task queue that no other test polls. */
export async function startWorker(env: Readonly<Record<string, string>>): Promise<{ stop(): Promise<void> }> {
  const child: ChildProcess = fork(join(root, 'worker/main.ts'), [], {
    env: { ...process.env, ...env, COUNTERSIGN_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let log = '';
  child.stderr?.on('data', (chunk) => {
    log += String(chunk);
  });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}: ${log}`)));
  });
  return {
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit');
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}
