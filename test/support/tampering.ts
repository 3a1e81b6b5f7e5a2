import { Redis } from 'ioredis';
import { canonicalize, eventIdOf, type JsonObject, linkEvent, parseDigest } from '../../core/canon/index.ts';
import { headOf, type Ledger } from '../../ledger/index.ts';

/** What somebody does to a chain who may do everything to the server, and holds no key of a worker. */

const keyOf = (decisionId: string): string => `cs:{${decisionId}}:events`;

type Entry = [id: string, fields: string[]];

/** The stream as an older copy of it: the first `keep` events, and nothing that says there ever were more. */
export async function loseTail(adminUrl: string, decisionId: string, keep: number): Promise<void> {
  await withRedis(adminUrl, async (redis) => {
    const key = keyOf(decisionId);
    const entries = (await redis.xrange(key, '-', '+')) as Entry[];
    await redis.del(key);
    for (const [id, fields] of entries.slice(0, keep)) await redis.xadd(key, id, ...fields);
  });
}

/** One more event, linked and hashed as it should be, under a made-up seal. */
export async function forgeEvent(adminUrl: string, decisionId: string, body: JsonObject): Promise<void> {
  await withRedis(adminUrl, async (redis) => {
    const key = keyOf(decisionId);
    const entries = (await redis.xrange(key, '-', '+')) as Entry[];
    const [, fields = []] = entries.at(-1) ?? [];
    const last = JSON.parse(fields[fields.indexOf('e') + 1] ?? '{}') as { sequence: number; integrity_hash: string };
    const sequence = last.sequence + 1;
    const event = linkEvent({ ...body, decision_id: decisionId, sequence }, parseDigest(last.integrity_hash));
    await redis.xadd(key, `${sequence}-0`, 'e', canonicalize(event), 'c', 'forged', 'b', '1/1', 'm', 'ab'.repeat(32));
  });
}

/** The same under a seal that verifies: what somebody does who holds the workers' key, and no authority. */
export async function sealEvent(ledger: Ledger, decisionId: string, body: JsonObject): Promise<void> {
  const batches = await ledger.read(decisionId);
  const head = headOf(batches);
  const { schema_version, timestamp } = batches.at(-1)?.events.at(-1) ?? {};
  const sequence = head.sequence + 1;
  const event_id = eventIdOf(decisionId, sequence, head.hash);
  const header = { event_id, schema_version, timestamp, decision_id: decisionId, sequence } as JsonObject;
  const event = linkEvent({ ...header, ...body }, parseDigest(head.hash));
  await ledger.append(decisionId, head, { commandId: 'submit/forged', events: [event] });
}

async function withRedis(url: string, act: (redis: Redis) => Promise<void>): Promise<void> {
  const redis = new Redis(url);
  try {
    await act(redis);
  } finally {
    redis.disconnect();
  }
}
