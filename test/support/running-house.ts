import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CountersignClient, createClient, type OpenRequest, type Signer } from '../../client/index.ts';
import { signCancellation, signRequest } from '../../client/statements.ts';
import {
  canonicalBytes,
  digestBytes,
  type Envelope,
  type PrivateKey,
  privateKeyToPem,
  toBase64,
} from '../../core/canon/index.ts';
import { type EvidenceStatement, statementType } from '../../core/domain/statements.ts';
import { instant, timestamp } from '../../core/domain/vocabulary.ts';
import {
  type EvidencePacket,
  type KeyUse,
  type Policy,
  readTrustFile,
  signStatement,
  type TrustFile,
} from '../../documents/index.ts';
import { policyFromYaml } from '../../documents/policy-reader.ts';
import { found, type House, type HouseWish } from '../../founding/index.ts';
import { createRedisLedger, type Ledger, type LedgerCopy } from '../../ledger/index.ts';
import {
  createRegistry,
  createRestrictions,
  createReleases,
  createReviews,
  type Registry,
  type Releases,
  type Restrictions,
  type Reviews,
} from '../../registry/index.ts';
import { createDirectoryStore, createDisclosureStore, type DocumentStore } from '../../store/index.ts';
import { bundled, workflowsIn } from '../../worker/workflow-code.ts';
import { CANDIDATE, fixtureEvidence } from '../documents/fixtures.ts';

/** A whole installation on real servers: its own keys, roster, policy, store, task queue, and a worker process. */

export interface RunningHouse {
  readonly temporalAddress: string;
  readonly client: CountersignClient;
  readonly house: House;
  readonly trust: TrustFile;
  readonly policy: Policy;
  readonly ledger: Ledger & LedgerCopy;
  readonly registry: Registry;
  readonly restrictions: Restrictions;
  readonly reviews: Reviews;
  readonly releases: Releases;
  readonly store: DocumentStore;
  readonly directory: string;
  readonly taskQueue: string;
  readonly tenant: string;
  /** Signer of a person or workload. */
  signer(actorId: string): Signer;
  /** A request that the policy sends to one executive. */
  request(idempotencyKey: string, overrides?: Partial<OpenRequest>): OpenRequest;
  /** @param program the worker itself, unless it is to carry a planted fault */
  startWorker(environment?: Record<string, string>, program?: string): Promise<WorkerProcess>;
  /** Undefined where the caller starts workers. */
  readonly worker: WorkerProcess | undefined;
  /** The same installation with a client on another task queue; `close` ends that client alone. */
  onQueue(taskQueue: string): Promise<RunningHouse & { close(): Promise<void> }>;
  /** A signed request whose documents are in the store, not yet sent. */
  prepareRequest(idempotencyKey: string): Promise<{ readonly decisionId: string; readonly digest: string }>;
  /** Starts the decision with everything in the store but `document`. */
  openWithout(document: Uint8Array, request: OpenRequest): Promise<string>;
  signedCancellation(decisionId: string, actorId: string): Envelope;
  stop(): Promise<void>;
}

export interface WorkerProcess {
  readonly process: ChildProcess;
  /** SIGKILL: whatever it was doing stays half done. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export const ORIGIN = 'countersign-test';
export const TENANT = 'acme';

export const PEOPLE = {
  operator: 'operator-17',
  creator: 'maker-03',
  author: 'author-05',
  executive: 'executive-01',
  secondExecutive: 'executive-02',
  modelOwner: 'model-owner-11',
  securityOwner: 'security-owner-21',
  releaseOwner: 'release-owner-31',
  deployer: 'gateway-deployer',
  integrityOfficer: 'integrity-officer-51',
} as const;

export interface HouseOptions {
  readonly temporalAddress: string;
  readonly redisUrl: string;
  readonly policy?: (policy: Policy) => Policy;
  /** False: the caller starts the worker. */
  readonly worker?: boolean;
  readonly environment?: Record<string, string>;
  /** More people than the usual ones: actor id to roles. */
  readonly more?: Readonly<Record<string, readonly string[]>>;
  /** The client's clock. */
  readonly now?: () => string;
  /** The trust file demands a standing, and the house is founded with one for so long, in seconds; not published yet. */
  readonly standingLifeS?: number;
  /** How long one call of the client may take; as long as it always may, unless given. */
  readonly callTimeoutMs?: number;
}

export async function startHouse(options: HouseOptions): Promise<RunningHouse> {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-house-'));
  const at = timestamp(Date.now() - 1000);
  const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));
  const tenant = `${TENANT}-${randomBytes(4).toString('hex')}`;
  const wish = wishFor(tenant, at, random, options);
  const house = found(wish);
  const { storeDirectory, keysDirectory, trustPath } = writeHouse(directory, house);
  const trust = readTrustFile(house.trustFile);

  const store = createDirectoryStore({ directory: storeDirectory });
  const ledger = createRedisLedger({ url: options.redisUrl, macKeys: [house.macKey], archive: store });
  const disclosures = createDisclosureStore({ directory: join(storeDirectory, 'disclosures') });
  const registry = createRegistry({ ledger, store, trust, tenant });
  const restrictions = createRestrictions({ ledger, store, trust, tenant, registry });
  const now = timestamp(Date.now());
  await registry.publish('roster', house.roster.bytes, house.roster.endorsements, now);
  const policy = await registry.publish('policy', house.policy.bytes, house.policy.endorsements, now);

  const taskQueue = `countersign-${randomBytes(6).toString('hex')}`;
  const surroundings = { origin: ORIGIN, tenant, now: options.now ?? (() => timestamp(Date.now())), random };
  const clientOn = (queue: string): Promise<CountersignClient> =>
    createClient({
      temporal: { address: options.temporalAddress, namespace: 'default' },
      store,
      disclosures,
      taskQueue: queue,
      ...(options.callTimeoutMs === undefined ? {} : { callTimeoutMs: options.callTimeoutMs }),
      ...surroundings,
    });
  const client = await clientOn(taskQueue);
  const startWorker = async (
    environment: Record<string, string> = {},
    program = '../../worker/main.ts',
  ): Promise<WorkerProcess> =>
    forkWorker(program, {
      COUNTERSIGN_WORKFLOW_BUNDLE: await workflowBundle(),
      ...process.env,
      TEMPORAL_ADDRESS: options.temporalAddress,
      REDIS_URL: options.redisUrl,
      COUNTERSIGN_TENANT: tenant,
      COUNTERSIGN_TRUST: trustPath,
      COUNTERSIGN_STORE: storeDirectory,
      COUNTERSIGN_KEYS: keysDirectory,
      COUNTERSIGN_TASK_QUEUE: taskQueue,
      COUNTERSIGN_LOG_LEVEL: 'warn',
      ...options.environment,
      ...environment,
    });
  const worker = options.worker === false ? undefined : await startWorker();
  const signer = (actorId: string): Signer => ({ actorId, key: keyOf(house.actorKeys, actorId) });

  const request = (idempotencyKey: string, overrides: Partial<OpenRequest> = {}): OpenRequest =>
    requestOf(
      { tenant, signer, policy, version: wish.policy.version, random, now: surroundings.now },
      idempotencyKey,
      overrides,
    );
  const signAndStore = async ({ packet, evidenceStatement, requester, waivers: _, ...content }: OpenRequest) => {
    const evidence = { packet: digestBytes(packet), statement: await store.put(canonicalBytes(evidenceStatement)) };
    return signRequest(requester, { ...content, evidence }, surroundings);
  };
  const running: RunningHouse = {
    temporalAddress: options.temporalAddress,
    client,
    house,
    trust,
    policy: wish.policy,
    ledger,
    registry,
    restrictions,
    reviews: createReviews({ ledger, tenant }),
    releases: createReleases({ ledger, store, trust, tenant }),
    store,
    directory,
    taskQueue,
    tenant,
    signer,
    request,
    startWorker,
    worker,
    async onQueue(queue) {
      const other = await clientOn(queue);
      return { ...running, client: other, taskQueue: queue, close: () => other.close() };
    },
    async prepareRequest(idempotencyKey) {
      const wanted = request(idempotencyKey);
      await store.put(wanted.packet);
      const { envelope, digest, decisionId } = await signAndStore(wanted);
      await store.put(canonicalBytes(envelope));
      return { decisionId, digest };
    },
    async openWithout(document, wanted) {
      if (document !== wanted.packet) await store.put(wanted.packet);
      const { envelope, decisionId, disclosures: opened } = await signAndStore(wanted);
      await client.openSigned(envelope, opened);
      return decisionId;
    },
    signedCancellation: (decisionId, actorId) =>
      signCancellation(signer(actorId), { decisionId, reason: 'no longer wanted' }, surroundings).envelope,
    async stop() {
      await worker?.stop();
      await client.close();
      await ledger.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return running;
}

let bundle: Promise<string> | undefined;

/** The workflow code, bundled once a test process: bundling is most of a worker's start, and many are started. */
export function workflowBundle(): Promise<string> {
  bundle ??= (async () => {
    const code = await bundled(workflowsIn(fileURLToPath(new URL('../../workflows', import.meta.url))));
    const path = join(mkdtempSync(join(tmpdir(), 'countersign-bundle-')), 'workflows.js');
    writeFileSync(path, code);
    process.once('exit', () => rmSync(dirname(path), { recursive: true, force: true }));
    return path;
  })();
  return bundle;
}

function wishFor(tenant: string, at: string, random: HouseWish['random'], options: HouseOptions): HouseWish {
  const { policy: change = (unchanged: Policy) => unchanged, more = {} } = options;
  const text = readFileSync(
    fileURLToPath(new URL('../../examples/policies/production-changes.yaml', import.meta.url)),
    'utf8',
  );
  const policy = change({ ...policyFromYaml(text), origin: ORIGIN, tenant });
  const person = (actorId: string, ...roles: string[]) => ({ actorId, grants: roles.map((role) => ({ role })) });
  return {
    origin: ORIGIN,
    tenant,
    at,
    random,
    policy,
    ...(options.standingLifeS === undefined ? {} : { standingLifeS: options.standingLifeS }),
    persons: [
      person(PEOPLE.operator, 'operator'),
      person(PEOPLE.creator),
      person(PEOPLE.author, 'evidence_author'),
      person(PEOPLE.executive, 'executive'),
      person(PEOPLE.secondExecutive, 'executive'),
      person(PEOPLE.modelOwner, 'model_owner'),
      person(PEOPLE.securityOwner, 'security_owner', 'model_owner'),
      person(PEOPLE.releaseOwner, 'release_owner'),
      person(PEOPLE.integrityOfficer, 'integrity_officer'),
      person('software-owner-41', 'software_owner'),
      ...Object.entries(more).map(([actorId, roles]) => person(actorId, ...roles)),
    ],
    workloads: [
      {
        actorId: PEOPLE.deployer,
        title: 'Deployer of the gateway',
        controlledBy: [PEOPLE.releaseOwner],
        grants: [{ role: 'executor' }],
      },
      {
        actorId: 'model-releaser',
        title: 'Releaser of models',
        controlledBy: [PEOPLE.releaseOwner],
        grants: [{ role: 'executor' }],
      },
    ],
    holders: {
      governance: ['governor-1', 'governor-2', 'governor-3'],
      policy: ['policy-signer-1', 'policy-signer-2'],
      roster: ['roster-signer-1', 'roster-signer-2'],
      emergency: ['emergency-1'],
      permit: ['service-permit'],
      acknowledgement: ['service-acknowledgement'],
      seal: ['service-seal'],
      witness: ['witness-1'],
    },
  };
}

function writeHouse(directory: string, house: House) {
  const keysDirectory = join(directory, 'keys');
  mkdirSync(keysDirectory, { mode: 0o700 });
  const trustPath = join(directory, 'trust.json');
  writeFileSync(trustPath, house.trustFile);
  for (const use of ['permit', 'acknowledgement', 'seal'] as const satisfies readonly KeyUse[]) {
    const [key] = house.holderKeys.get(use)?.values() ?? [];
    if (key) writeFileSync(join(keysDirectory, `${use}.pem`), privateKeyToPem(key), { mode: 0o600 });
  }
  writeFileSync(join(keysDirectory, 'mac.key'), house.macKey, { mode: 0o600 });
  return { storeDirectory: join(directory, 'store'), keysDirectory, trustPath };
}

async function forkWorker(program: string, environment: Record<string, string | undefined>): Promise<WorkerProcess> {
  const main = fileURLToPath(new URL(program, import.meta.url));
  const child = fork(main, [], { env: environment, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(child, 'exit');
  await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`the worker ended with ${code} before it was ready`))),
  ]);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await exited;
  };
  return { process: child, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

interface RequestWorld {
  readonly tenant: string;
  readonly signer: (actorId: string) => Signer;
  readonly policy: { readonly digest: string };
  readonly version: string;
  readonly random: (length: number) => Uint8Array;
  readonly now: () => string;
}

function requestOf(world: RequestWorld, idempotencyKey: string, overrides: Partial<OpenRequest>): OpenRequest {
  const { tenant, signer, random } = world;
  const nowMs = instant(world.now());
  const { candidate = CANDIDATE } = overrides;
  const packet = overrides.packet ?? canonicalBytes(packetOf(tenant, nowMs, candidate.digest));
  const author = signer(PEOPLE.author);
  const vouching: EvidenceStatement = {
    _type: statementType('evidence'),
    origin: ORIGIN,
    tenant,
    signer: author.actorId,
    signed_at: timestamp(nowMs),
    nonce: toBase64(random(16)),
    subject: candidate.digest,
    packet: digestBytes(packet),
    valid_until: timestamp(nowMs + 6 * 3600 * 1000),
  };
  return {
    requester: signer(PEOPLE.operator),
    role: 'operator',
    action: 'deploy.change',
    target: 'prod-gateway-01',
    candidate: CANDIDATE,
    creators: [PEOPLE.creator],
    packet,
    evidenceStatement: signStatement(vouching, author.key),
    policy: { version: world.version, digest: world.policy.digest },
    context: { environment: 'production', system: 'gateway', change_type: 'config_update', ticket: 'CHG-1042' },
    summary: 'Deploy update to production API gateway config',
    idempotencyKey,
    ...overrides,
  };
}

function packetOf(tenant: string, nowMs: number, subject: string): EvidencePacket {
  const packet = fixtureEvidence({ origin: ORIGIN, tenant, subject, created_at: timestamp(nowMs - 3600 * 1000) });
  const { candidate, rollback, release_plan } = packet.sections;
  if (!candidate || !rollback || !release_plan) throw new Error('the fixture packet lacks a section');
  const stop_conditions =
    release_plan.stop_conditions?.map((stop) => ({ ...stop, action: 'abort_immediately' as const })) ?? null;
  const tested_at = timestamp(nowMs - 24 * 3600 * 1000);
  // What is gone back to shows itself, and no way back from there.
  if (subject !== CANDIDATE.digest) return { ...packet, sections: { candidate: { ...candidate, digest: subject } } };
  return {
    ...packet,
    sections: {
      ...packet.sections,
      release_plan: { ...release_plan, stop_conditions },
      rollback: { ...rollback, tested_at },
    },
  };
}

function keyOf(keys: ReadonlyMap<string, PrivateKey>, actorId: string): PrivateKey {
  const key = keys.get(actorId);
  if (key === undefined) throw new Error(`no key for ${actorId}`);
  return key;
}
