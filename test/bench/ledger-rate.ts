import { randomBytes, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import {
  canonicalBytes,
  eventIdOf,
  GENESIS,
  linkEvent,
  parseDigest,
  uuidFromDigest,
  digestJson,
} from '../../core/canon/index.ts';
import { createRedisLedger, type Ledger, type StoredEvent } from '../../ledger/index.ts';
import { loaded, median, rounded } from './measure.ts';
import type { Rounds } from './throughput.ts';

export interface LedgerRate {
  readonly inFlight: number;
  /** Appends a second, one event of a usual size each, on one connection, every one fsynced. */
  readonly appends: number;
  /** The same bytes in the same stream by a bare XADD, on one connection to the same server. */
  readonly raw: number;
  readonly ratio: number;
}

/** Appends to chains of their own, as fast as they are confirmed, against the same bytes without the script. */
export async function ledgerRate(
  urls: { readonly url: string; readonly adminUrl: string },
  inFlight: number,
  { rounds, seconds }: Rounds,
): Promise<LedgerRate> {
  const ledger = createRedisLedger({ url: urls.url, macKeys: [randomBytes(32)] });
  const redis = new Redis(urls.adminUrl, { enableAutoPipelining: false });
  try {
    const appends: number[] = [];
    const raw: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const chains = Array.from({ length: inFlight }, () => chainOf());
      const free = [...chains];
      appends.push(
        (await loaded(inFlight, seconds, () => using(free, (chain) => appendNext(ledger, chain)))).perSecond,
      );
      const bare = Array.from({ length: inFlight }, () => chainOf());
      const waiting = [...bare];
      raw.push((await loaded(inFlight, seconds, () => using(waiting, (chain) => addNext(redis, chain)))).perSecond);
    }
    const ratio = rounded(median(appends.map((rate, round) => rate / (raw[round] ?? Number.NaN))));
    return { inFlight, appends: median(appends), raw: median(raw), ratio };
  } finally {
    redis.disconnect();
    await ledger.close();
  }
}

interface Chain {
  readonly decisionId: string;
  sequence: number;
  hash: ReturnType<typeof parseDigest> | typeof GENESIS;
}

function chainOf(): Chain {
  const decisionId = uuidFromDigest(digestJson(['bench', randomUUID()]));
  return { decisionId, sequence: 0, hash: GENESIS };
}

async function using<T>(free: T[], act: (one: T) => Promise<void>): Promise<void> {
  const one = free.pop();
  if (one === undefined) throw new Error('more calls than chains');
  await act(one);
  free.push(one);
}

/** About as large as an approval's event. */
function eventAfter(chain: Chain): StoredEvent {
  const sequence = chain.sequence + 1;
  const body = {
    event_id: eventIdOf(chain.decisionId, sequence, chain.hash),
    schema_version: '1.0.0',
    decision_id: chain.decisionId,
    sequence,
    event_type: 'authority.approved',
    timestamp: '2026-02-24T20:14:02.000Z',
    actor_id: 'executive-01',
    filler: 'x'.repeat(700),
  };
  return linkEvent(body, chain.hash);
}

async function appendNext(ledger: Ledger, chain: Chain): Promise<void> {
  const event = eventAfter(chain);
  const head = { sequence: chain.sequence, hash: chain.hash };
  const result = await ledger.append(chain.decisionId, head, { commandId: `command/${randomUUID()}`, events: [event] });
  if (result.outcome !== 'appended') throw new Error('an append met another');
  advance(chain, event);
}

async function addNext(redis: Redis, chain: Chain): Promise<void> {
  const event = eventAfter(chain);
  const fields = [
    'e',
    Buffer.from(canonicalBytes(event)),
    'c',
    `command/${randomUUID()}`,
    'b',
    '1/1',
    'm',
    '0'.repeat(64),
  ];
  await redis.xadd(`cs:{${chain.decisionId}}:events`, `${chain.sequence + 1}-0`, ...fields);
  advance(chain, event);
}

function advance(chain: Chain, event: StoredEvent): void {
  chain.sequence += 1;
  chain.hash = parseDigest(event['integrity_hash']);
}
