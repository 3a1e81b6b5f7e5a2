import { parseDigest } from '../core/canon/index.ts';
import type { DecisionView } from '../core/contracts/messages.ts';
import { hasCode } from '../core/errors.ts';
import {
  cardNamed,
  checksOf,
  readEvidencePacket,
  readPolicy,
  readStatement,
  type ReleaseRecord,
} from '../documents/index.ts';
import type { Rooted } from '../evaluation/descent.ts';
import { madeOf, restsOn } from '../evaluation/standing.ts';
import type { PackCore } from '../pack/index.ts';
import { inOrderOfTime, type Release } from '../registry/index.ts';
import type { DocumentStore } from '../store/index.ts';
import type { Surroundings } from './command.ts';
import type { Config } from './config.ts';
import { rootedIn } from './past/affected.ts';
import { ancestryIn } from './past/ancestry-in.ts';
import { proveReleases } from './past/releases.ts';
import { withStored } from './publish.ts';
import { withClient } from './with-client.ts';
import { now } from './workplace.ts';

/** What a revocation may touch that no pack was given of: what stands at the targets now, and decisions that are open. */
export interface Live {
  readonly releases: readonly LiveRelease[];
  readonly open: readonly Rooted[];
}

/** A release that may be what runs at its target. */
export interface LiveRelease {
  readonly rooted: Rooted;
  readonly outcome: Release['record']['outcome'];
  /** Why its pack proves nothing of it; null where it does. */
  readonly wrong: string | null;
}

/** Open decisions that are asked at most; `countersign stuck` lists them alike. */
const OPEN_AT_MOST = 1000;

/** @param targets besides those of the policy in force @throws as `withLedger`, `Registry.inForce`, `Releases.history`; ClientError `temporal.*` */
export async function readLive(
  surroundings: Pick<Surroundings, 'configPath'>,
  config: Config,
  targets: readonly string[],
): Promise<Live> {
  const { releases, store } = await withStored(config, async (stored) => ({
    store: stored.store,
    releases: await liveReleases(config, stored, targets),
  }));
  return { releases, open: await openDecisions(surroundings, store) };
}

async function liveReleases(
  { trust }: Config,
  { registry, releases, store }: Parameters<Parameters<typeof withStored>[1]>[0],
  targets: readonly string[],
): Promise<readonly LiveRelease[]> {
  const policy = await registry.policyInForce(now());
  const all = new Set([...policy.document.targets.map(({ id }) => id), ...targets]);
  const found: LiveRelease[] = [];
  for (const target of [...all].sort()) {
    const history = await releases.history(target);
    const proven = await proveReleases(mayRun(history), history, store, trust);
    for (const { release, core, wrong } of proven) {
      const { record } = release;
      found.push({ rooted: rootedAs(record, core), outcome: record.outcome, wrong });
    }
  }
  return found;
}

/**
 * What a link let out, as far as its pack says what that rests on. The pack of a backout is of what was gone back from: it
 * says of what runs now only what had been read of its ancestry.
 */
export function rootedAs(
  { decision_id, target, candidate, undone_pack }: ReleaseRecord,
  core: PackCore | null,
): Rooted {
  const bare = { decisionId: decision_id, target, candidate: candidate.digest, madeOf: [], restsOn: [], keys: [] };
  if (core === null) return bare;
  if (undone_pack === undefined) return rootedIn(core)[0] ?? bare;
  const behind = ancestryIn(core)?.rollback?.ancestors ?? [];
  return { ...bare, madeOf: behind, restsOn: behind };
}

/** From the last that was carried out on: of those after it nobody knows whether they came to run. */
export function mayRun(history: readonly Release[]): readonly Release[] {
  const ordered = inOrderOfTime(history);
  const last = ordered.findLastIndex(({ record }) => record.outcome === 'executed');
  return ordered.slice(Math.max(0, last));
}

async function openDecisions(
  surroundings: Pick<Surroundings, 'configPath'>,
  store: Pick<DocumentStore, 'get'>,
): Promise<readonly Rooted[]> {
  return withClient(surroundings, async (client) => {
    const listed = await client.listStuck({ limit: OPEN_AT_MOST });
    const open: Rooted[] = [];
    for (const { decisionId } of listed) {
      const view = await client.state(decisionId);
      if (view.stage !== 'closed' && view.candidate !== null) open.push(await rootedView(view, store));
    }
    return open;
  });
}

/** As far as its documents are there: one that waits for its evidence is known by its candidate alone. */
export async function rootedView(view: DecisionView, store: Pick<DocumentStore, 'get'>): Promise<Rooted> {
  const { decisionId, request, asked, target } = view;
  const candidate = view.candidate ?? { name: '', version: '', digest: '' };
  const read = async <T>(digest: string | undefined, reader: (bytes: Uint8Array) => T): Promise<T | null> => {
    try {
      return digest === undefined ? null : reader(await store.get(parseDigest(digest)));
    } catch (error) {
      if (hasCode(error)) return null;
      throw error;
    }
  };
  const signed = (bytes: Uint8Array) => readStatement(JSON.parse(new TextDecoder().decode(bytes)));
  const asking = await read(request, signed);
  const waivers = asking?.kind === 'request' ? (asking.statement.waivers ?? []) : [];
  const packet = await read(asked?.evidence.packet, readEvidencePacket);
  const policy = await read(asked?.policy.digest, readPolicy);
  const checks = policy === null ? [] : checksOf(policy, view.action ?? '');
  const card = packet === null ? undefined : cardNamed({ checks, packet });
  const named = [asked?.evidence.statement, card, ...waivers].map((digest) => read(digest, signed));
  const keys = [asking, ...(await Promise.all(named))].map((statement) => statement?.keyId ?? null);
  return {
    decisionId,
    target: target ?? '',
    candidate: candidate.digest,
    madeOf: packet === null ? [] : madeOf(packet),
    restsOn: restsOn({ candidate, waivers }, packet),
    keys: keys.filter((key) => key !== null),
  };
}
