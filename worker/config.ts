import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { readSealingKeys, type SealingKeys } from '../ledger/index.ts';
import { CONFORMANCE_TARGETS } from '../pack/index.ts';
import { WorkerError } from './errors.ts';
import type { HealthAddress } from './operation/health-server.ts';

const ADDRESS = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/;
const address = z.string().refine((text) => Number(ADDRESS.exec(text)?.[3] ?? 65_536) <= 65_535, 'expected host:port');

/**
 * The worker's whole configuration, read once, here, and nowhere else. Secrets come as files: an environment is seen by
 * every child process and every crash report.
 */
const environmentSchema = z.object({
  /** Tenant this worker serves. */
  COUNTERSIGN_TENANT: z.string().min(1),
  /** The trust file, as handed over out of band. */
  COUNTERSIGN_TRUST: z.string().min(1),
  /** Folder of documents by digest. */
  COUNTERSIGN_STORE: z.string().min(1),
  /**
   * Folder with `permit.pem`, `acknowledgement.pem`, `seal.pem` (PKCS#8), `mac.key` (32 bytes or more), and older sealing
   * keys as `mac-*.key`, which only verify.
   */
  COUNTERSIGN_KEYS: z.string().min(1),
  /** Folders of packages by digest, separated by `:`, for policies that have them measured; without one nothing is found. */
  COUNTERSIGN_PACKAGES: z.string().optional(),
  /** File of the registry of lineages, for policies that have lineages compared. */
  COUNTERSIGN_LINEAGE: z.string().min(1).optional(),
  /** Redis URL, or the file that holds it. */
  REDIS_URL: z.string().optional(),
  REDIS_URL_FILE: z.string().optional(),
  COUNTERSIGN_CONFORMANCE_TARGET: z.enum(CONFORMANCE_TARGETS).default('L7GS-C2'),
  COUNTERSIGN_TASK_QUEUE: z.string().min(1).default('countersign'),
  COUNTERSIGN_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
  /** How long shutdown waits for activities in flight. */
  COUNTERSIGN_SHUTDOWN_GRACE_S: z.coerce.number().int().min(0).max(600).default(10),
  /** Between two rounds over all stored chains, which each verify every one (R11). */
  COUNTERSIGN_PATROL_S: z.coerce.number().int().min(1).max(604_800).default(3600),
  /** Folder to which notices to people are written, as lines of JSON; without it nobody is told. */
  COUNTERSIGN_NOTICES: z.string().min(1).optional(),
  /** `host:port` of health, readiness and metrics, for instance 127.0.0.1:9464; without it nothing listens. */
  COUNTERSIGN_HEALTH_ADDRESS: address.optional(),
  /** `host:port` of Temporal's own metrics; without it nothing listens. */
  COUNTERSIGN_TEMPORAL_METRICS_ADDRESS: address.optional(),
  /** A workflow bundle to use instead of the build's own, or, in a checkout, of bundling the sources at start. */
  COUNTERSIGN_WORKFLOW_BUNDLE: z.string().optional(),
});

export interface WorkerConfig {
  readonly tenant: string;
  readonly trustPath: string;
  readonly storeDirectory: string;
  readonly keysDirectory: string;
  /** Where packages lie by digest; none are looked for elsewhere. */
  readonly packageFolders: readonly string[];
  readonly lineagePath: string | undefined;
  readonly redisUrl: string;
  readonly conformanceTarget: (typeof CONFORMANCE_TARGETS)[number];
  readonly taskQueue: string;
  readonly logLevel: string;
  readonly shutdownGraceMs: number;
  readonly patrolMs: number;
  readonly noticesDirectory: string | undefined;
  readonly workflowBundle: string | undefined;
  readonly healthAddress: HealthAddress | undefined;
  readonly temporalMetricsAddress: string | undefined;
  /** Address, TLS and API key, as Temporal's own environment variables and profile file say. */
  readonly temporal: ReturnType<typeof loadClientConnectConfig>;
}

/** @throws WorkerError `worker.configuration` with every variable that is missing or wrong. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): WorkerConfig {
  const read = environmentSchema.safeParse(environment);
  if (!read.success) {
    const problems = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw configuration(`the environment lacks what a worker needs: ${problems.join('; ')}`, problems[0]);
  }
  const { data } = read;
  const redisUrl = data.REDIS_URL_FILE ? readFileSync(data.REDIS_URL_FILE, 'utf8').trim() : data.REDIS_URL;
  if (!redisUrl) throw configuration('no ledger is named', 'REDIS_URL or REDIS_URL_FILE');
  return {
    tenant: data.COUNTERSIGN_TENANT,
    trustPath: data.COUNTERSIGN_TRUST,
    storeDirectory: data.COUNTERSIGN_STORE,
    keysDirectory: data.COUNTERSIGN_KEYS,
    packageFolders: (data.COUNTERSIGN_PACKAGES ?? '').split(':').filter((folder) => folder !== ''),
    lineagePath: data.COUNTERSIGN_LINEAGE,
    redisUrl,
    conformanceTarget: data.COUNTERSIGN_CONFORMANCE_TARGET,
    taskQueue: data.COUNTERSIGN_TASK_QUEUE,
    logLevel: data.COUNTERSIGN_LOG_LEVEL,
    shutdownGraceMs: data.COUNTERSIGN_SHUTDOWN_GRACE_S * 1000,
    patrolMs: data.COUNTERSIGN_PATROL_S * 1000,
    noticesDirectory: data.COUNTERSIGN_NOTICES,
    workflowBundle: data.COUNTERSIGN_WORKFLOW_BUNDLE,
    healthAddress: data.COUNTERSIGN_HEALTH_ADDRESS ? splitAddress(data.COUNTERSIGN_HEALTH_ADDRESS) : undefined,
    temporalMetricsAddress: data.COUNTERSIGN_TEMPORAL_METRICS_ADDRESS,
    temporal: loadClientConnectConfig(),
  };
}

function splitAddress(text: string): HealthAddress {
  const [, v6, host = v6 ?? '', port] = ADDRESS.exec(text) ?? [];
  return { host, port: Number(port) };
}

export interface KeyFiles {
  readonly permit: string;
  readonly acknowledgement: string;
  readonly seal: string;
  /** The first seals, every one verifies. */
  readonly mac: SealingKeys;
}

/** @throws WorkerError `worker.configuration`; LedgerError `ledger.configuration`; naming the file, never its contents */
export function readKeyFiles(directory: string): KeyFiles {
  const text = (name: string): string => {
    try {
      return readFileSync(join(directory, name), 'utf8');
    } catch (error) {
      throw configuration(
        `a key file cannot be read (${(error as NodeJS.ErrnoException).code})`,
        join(directory, name),
      );
    }
  };
  return {
    permit: text('permit.pem'),
    acknowledgement: text('acknowledgement.pem'),
    seal: text('seal.pem'),
    mac: readSealingKeys(directory),
  };
}

function configuration(message: string, path: string | undefined): WorkerError {
  return new WorkerError('worker.configuration', { message, path });
}
