import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CountersignClient, createClient, type Signer, type Surroundings } from '../client/index.ts';
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from '../core/contracts/names.ts';
import type { PolicyReference } from '../core/domain/statements.ts';
import { timestamp } from '../core/domain/vocabulary.ts';
import { type Policy, readTrustFile, type TrustFile } from '../documents/index.ts';
import type { Occasion } from '../examples/evidence/index.ts';
import { type Cast, castOf, houseWish } from '../examples/people.ts';
import { examplePolicy } from '../examples/policy.ts';
import { found, type House } from '../founding/index.ts';
import { createRedisLedger } from '../ledger/index.ts';
import { createRegistry } from '../registry/index.ts';
import { startTemporal, startValkey } from '../scripts/servers/index.ts';
import { createDirectoryStore, createDisclosureStore } from '../store/index.ts';
import { writeDesks, writeService, writeTrust } from './desks.ts';
import { expectPresent } from './expect.ts';
import { bareEnvironment, startWorker } from './processes.ts';

/** A whole installation: servers, worker, keys, trust file, roster, policy, and the desks of those who work with it. */
export interface DemoHouse {
  readonly cast: Cast;
  readonly client: CountersignClient;
  readonly policy: PolicyReference;
  readonly trust: TrustFile;
  /** What is left for the reader: packs, trust file, evidence, and the things that were changed. */
  readonly out: string;
  readonly surroundings: Surroundings;
  readonly temporal: { readonly address: string; readonly uiUrl: string | undefined };
  signer(actorId: string): Signer;
  /** With the key that signs overrides alone. */
  breakglassSigner(actorId: string): Signer;
  /** For an evidence packet made now. */
  occasion(): Occasion;
  /** Configuration file of an executor, with its own trust file and key; of `people`, with everybody's; of `operations`. */
  desk(name: string): string;
  /** Stops worker and servers; without it, the cleanup does. */
  close(): Promise<void>;
}

/** @param cleanup takes whatever is started, before it runs. */
export async function raiseHouse(
  cleanup: AsyncDisposableStack,
  out: string,
  say: (line: string) => void,
): Promise<DemoHouse> {
  const work = mkdtempSync(join(tmpdir(), 'countersign-demo-'));
  const forget = (): void => rmSync(work, { recursive: true, force: true });
  cleanup.defer(forget);
  process.once('exit', forget);

  const own = new AsyncDisposableStack();
  cleanup.defer(() => own.disposeAsync());
  const { temporal, valkey } = await startServers(own, work, say);

  const cast = castOf(random);
  const policy = policyForRun();
  const at = now();
  const house = found(houseWish({ cast, policy, at, random }));
  const { origin, tenant } = policy;
  writeTrust(join(out, 'trust'), house);
  writeService(join(work, 'service'), house, valkey.url);
  const trust = readTrustFile(house.trustFile);

  const store = createDirectoryStore({ directory: join(work, 'service', 'store') });
  const disclosures = createDisclosureStore({ directory: join(work, 'service', 'disclosures') });
  const published = await publish(own, { house, trust, tenant, store, redisUrl: valkey.url });
  say(`trust file, roster and policy ${policy.version} endorsed and published for tenant ${tenant}`);

  // On a Temporal of one's own there is nobody to share the queue with, and the commands of --keep find it by its name.
  const taskQueue = process.env['TEMPORAL_ADDRESS'] ? `${TASK_QUEUE}-${randomBytes(4).toString('hex')}` : TASK_QUEUE;
  mkdirSync(join(out, 'notices'), { recursive: true });
  const began = Date.now();
  const worker = await startWorker(own, {
    ...bareEnvironment(),
    ...temporalEnvironment(temporal.address),
    REDIS_URL_FILE: join(work, 'service', 'redis.url'),
    COUNTERSIGN_TENANT: tenant,
    COUNTERSIGN_TRUST: join(work, 'service', 'trust.json'),
    COUNTERSIGN_STORE: join(work, 'service', 'store'),
    COUNTERSIGN_KEYS: join(work, 'service', 'keys'),
    COUNTERSIGN_NOTICES: join(out, 'notices'),
    COUNTERSIGN_TASK_QUEUE: taskQueue,
    COUNTERSIGN_LOG_LEVEL: 'warn',
    COUNTERSIGN_SHUTDOWN_GRACE_S: '2',
  });
  say(`Worker: process ${worker.pid}, polling after ${((Date.now() - began) / 1000).toFixed(1)} s`);

  const client = await createClient({
    temporal: { address: temporal.address, namespace: namespace() },
    store,
    disclosures,
    origin,
    tenant,
    taskQueue,
  });
  own.defer(() => client.close());
  const desks = writeDesks(work, {
    house,
    origin,
    tenant,
    temporal: { address: temporal.address, namespace: namespace() },
  });
  return {
    cast,
    client,
    policy: { version: policy.version, digest: published },
    trust,
    out,
    surroundings: { origin, tenant, now, random },
    temporal,
    signer: (actorId) => ({ actorId, key: expectPresent(`a key for ${actorId}`, house.actorKeys.get(actorId)) }),
    breakglassSigner: (actorId) => ({
      actorId,
      key: expectPresent(`a break-glass key for ${actorId}`, house.breakglassKeys.get(actorId)),
    }),
    occasion: () => ({ origin, tenant, cast, at: now(), seed: 'countersign-demo', random }),
    desk: (name) => expectPresent(`a desk for ${name}`, desks.get(name)),
    close: () => own.disposeAsync(),
  };
}

async function startServers(own: AsyncDisposableStack, work: string, log: (line: string) => void) {
  const temporal = startTemporal({ dataDir: join(work, 'temporal'), searchAttributes: SEARCH_ATTRIBUTES, log });
  const valkey = startValkey({ dataDir: join(work, 'valkey'), log });
  // Before they run: a Ctrl-C while they start must find them. One that failed to start has nothing to stop.
  for (const starting of [temporal, valkey]) own.defer(async () => (await starting.catch(() => undefined))?.stop());
  const [temporalServer, valkeyServer] = await Promise.all([temporal, valkey]);
  return { temporal: temporalServer, valkey: valkeyServer };
}

/** On a Redis that outlives the demo, a second run must not find the first one's tenant: its serials are taken. */
function policyForRun(): Policy {
  const policy = examplePolicy();
  return process.env['REDIS_URL']
    ? { ...policy, tenant: `${policy.tenant}-${randomBytes(4).toString('hex')}` }
    : policy;
}

interface Publication {
  readonly house: House;
  readonly trust: TrustFile;
  readonly tenant: string;
  readonly store: ReturnType<typeof createDirectoryStore>;
  readonly redisUrl: string;
}

/** @returns digest of the policy in force */
async function publish(
  own: AsyncDisposableStack,
  { house, trust, tenant, store, redisUrl }: Publication,
): Promise<string> {
  const ledger = createRedisLedger({ url: redisUrl, macKeys: [house.macKey] });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= ledger.close());
  own.defer(close);
  const registry = createRegistry({ ledger, store, trust, tenant });
  await registry.publish('roster', house.roster.bytes, house.roster.endorsements, now());
  const { digest } = await registry.publish('policy', house.policy.bytes, house.policy.endorsements, now());
  await close();
  return digest;
}

/** The caller's own settings count only for the caller's own Temporal. */
function temporalEnvironment(address: string): Record<string, string> {
  const given = process.env['TEMPORAL_ADDRESS']
    ? Object.entries(process.env).filter(([name]) => name.startsWith('TEMPORAL_'))
    : [];
  return { ...(Object.fromEntries(given) as Record<string, string>), TEMPORAL_ADDRESS: address };
}

function namespace(): string {
  return (process.env['TEMPORAL_ADDRESS'] && process.env['TEMPORAL_NAMESPACE']) || 'default';
}

function now(): string {
  return timestamp(Date.now());
}

function random(length: number): Uint8Array {
  return Uint8Array.from(randomBytes(length));
}
