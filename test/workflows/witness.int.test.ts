import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { WitnessLog } from '../../cli/witness/log.ts';
import { Rested, round } from '../../cli/witness/round.ts';
import { canonicalBytes, type PrivateKey } from '../../core/canon/index.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { ANCHORS_TYPE } from '../../documents/anchors.ts';
import { type ChainReader, createChainReader, WITNESS_ACL_RULES } from '../../ledger/index.ts';
import { verify } from '../../verifier/index.ts';
import { ORIGIN, PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, openRouted } from '../support/scenario.ts';

/** A witness beside a running service, with a Redis user that can only read: to C3, on real servers (R15). */

const USER = `witness-${randomUUID().slice(0, 8)}`;
const PASSWORD = randomBytes(12).toString('hex');

let house: RunningHouse;
let admin: Redis;
let url: string;
let reader: ChainReader;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'countersign-witness-'));
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    standingLifeS: 24 * 3600,
  });
  const first = house.house.standing;
  if (first === null) throw new TypeError('the house was founded with a standing');
  await house.registry.publish('standing', first.bytes, first.endorsements, now());
  admin = new Redis(inject('redisAdminUrl'));
  await admin.call('ACL', 'SETUSER', USER, 'reset', 'on', `>${PASSWORD}`, ...WITNESS_ACL_RULES.split(' '));
  const address = new URL(inject('redisUrl'));
  address.username = USER;
  address.password = PASSWORD;
  url = address.href;
  reader = createChainReader({ url });
});
afterAll(async () => {
  await reader?.close();
  await admin?.call('ACL', 'DELUSER', USER);
  admin?.disconnect();
  rmSync(scratch, { recursive: true, force: true });
  await house?.stop();
});

const now = (): string => timestamp(Date.now());
const clock = () => ({ at: now(), ms: Date.now() });

function openLog(): WitnessLog {
  const key = house.house.holderKeys.get('witness')?.get('witness-1') as PrivateKey;
  const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));
  return new WitnessLog(join(scratch, 'log'), {
    key,
    holder: 'witness-1',
    origin: ORIGIN,
    tenant: house.tenant,
    random,
  });
}

describe('a witness beside the service', () => {
  // shows: R15
  it('sees request, clearance and close, and the pack is C3', async () => {
    const log = openLog();
    const rested = new Rested(60_000);
    const look = () => round(reader, log, rested, clock);
    const decisionId = await openRouted(house);
    await look();
    await approve(house, decisionId);
    const cleared = await house.client.claim(decisionId, house.signer(PEOPLE.deployer));
    await look();
    await confirm(house, decisionId, cleared);
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect((await look()).contradictions.filter((each) => each.decisionId === decisionId)).toEqual([]);
    const events = await chainOf(house, decisionId);
    expect(log.seen(decisionId).at(-1)).toEqual({ sequence: events.length, hash: events.at(-1)?.integrity_hash });

    const anchors = log.anchors(decisionId).map(({ parsed }) => parsed.envelope);
    const { bundle, view, disclosures } = await house.client.export(decisionId);
    const report = verify({
      bundle,
      view,
      disclosures,
      anchors: [canonicalBytes({ _type: ANCHORS_TYPE, anchors } as never)],
      trust: house.house.trustFile,
      trustName: 'trust.json',
      options: { require: 'C3', expect: 'executed' },
    });
    expect(report.findings).toEqual([]);
    expect(report.level).toMatchObject({ reached: 'C3', missing: [] });
    log.close();
  });

  it('sees that a tail is gone, though it was cut by whoever may do anything to the ledger', async () => {
    const log = openLog();
    const decisionId = await openRouted(house);
    await round(reader, log, new Rested(60_000), clock);
    const last = (await chainOf(house, decisionId)).length;
    await admin.call('XDEL', `cs:{${decisionId}}:events`, `${last}-0`);
    const { contradictions } = await round(reader, log, new Rested(60_000), clock);
    expect(contradictions.filter((each) => each.decisionId === decisionId)).toMatchObject([{ what: 'shorter' }]);
    log.close();
  });

  it('may read chains and nothing else', async () => {
    const redis = new Redis(url, { enableReadyCheck: false, disableClientInfo: true });
    const decisionId = await openRouted(house);
    const chain = `cs:{${decisionId}}:events`;
    await expect(redis.call('XRANGE', chain, '-', '+', 'COUNT', '1')).resolves.toHaveLength(1);
    for (const command of [
      ['XADD', chain, '*', 'e', 'x'],
      ['XDEL', chain, '1-0'],
      ['XTRIM', chain, 'MAXLEN', '0'],
      ['DEL', chain],
      ['HSET', chain, 'd', 'x'],
      ['SADD', 'cs:decisions:0', 'x'],
      ['EVAL', 'return 1', '1', chain],
      ['HGETALL', 'cs:registry:x'],
      ['CONFIG', 'GET', '*'],
    ])
      await expect(redis.call(...(command as [string, ...string[]]))).rejects.toThrow(/NOPERM|permissions/);
    redis.disconnect();
  });
});
