import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { hasCode } from '../../core/errors.ts';
import { chainKey } from '../../ledger/names.ts';
import { PEOPLE } from '../support/running-house.ts';
import { chainOf, liftRestrictions, typesOf, verifyExported } from '../support/scenario.ts';
import { forgeEvent } from '../support/tampering.ts';
import { takeTornTailOff } from './aof-repair.ts';
import { keepPack } from './facts.ts';
import { patiently } from './patience.ts';
import { startValkeyHouse, type ValkeyHouse } from './valkey-house.ts';
import { expectSound, expectWhy } from './valkey-witness.ts';
import type { Journey } from './workload.ts';

/**
 * The ledger's own file is damaged, or what stands in it. A tail that is lost comes back from the workflow, and that is
 * recorded; what nobody could have written, or read any more, quarantines its decision, and nothing is cleared.
 */

let valkey: ValkeyHouse;

beforeAll(async () => {
  valkey = await startValkeyHouse('valkey-damage', { temporalAddress: inject('temporalAddress') });
});
afterAll(() => valkey?.stop());

const unavailable = { code: 'ledger.unavailable', says: /ECONNREFUSED|closed|lost/u };

/** Opened, and approved by all who have to. */
async function authorized(): Promise<Journey> {
  const journey = valkey.journey();
  await journey.open();
  for (const approver of journey.plan.approvers.slice(0, 2)) await journey.approve(approver);
  return journey;
}

/** Claimed, confirmed, packed: with the lost tail written again on the way, and each event once. */
async function expectRestored(...journeys: readonly Journey[]): Promise<void> {
  for (const journey of journeys) {
    await journey.confirm(await journey.claim());
    await journey.end();
    const types = typesOf(await chainOf(valkey.house, journey.decisionId));
    expect(types.filter((type) => type === 'ledger.restored')).toHaveLength(1);
  }
  await expectSound(
    valkey.house,
    valkey.recorder,
    journeys.map(({ decisionId }) => decisionId),
  );
}

describe('the file of commands, found damaged at the start', () => {
  it('its tail torn off: the start is refused; the tail taken off, the workflow writes it again', async () => {
    const journey = await authorized();
    await valkey.kill();
    const file = valkey.commandFile();
    truncateSync(file, readFileSync(file).length - 100);
    await expect(valkey.start()).rejects.toMatchObject({
      code: 'server.exited',
      got: expect.stringContaining('Unexpected end of file reading the append only file'),
    });
    const restored = expectRestored(journey);
    await expectWhy(valkey.house, valkey.recorder, 'tail torn, not started', [journey.decisionId], unavailable);
    expect(takeTornTailOff(file, valkey.dataDir)).toContain('Successfully truncated');
    await valkey.start();
    await restored;
  });

  it('one bit flipped in a command: the start is refused; an older copy put back, the lost tails come back', async () => {
    const { house, recorder } = valkey;
    const before = valkey.journey();
    await before.travel();
    const known = valkey.journey();
    await known.open();
    await valkey.kill();
    const copy = valkey.copy();
    await valkey.start();
    for (const approver of known.plan.approvers.slice(0, 2)) await known.approve(approver);
    const unknown = await authorized();
    const closed = valkey.journey();
    await closed.travel();
    const pack = await keepPack(house, closed.decisionId);

    await valkey.kill();
    flipBit((bytes) => bytes.lastIndexOf('XADD'));
    await expect(valkey.start()).rejects.toMatchObject({
      code: 'server.exited',
      got: expect.stringContaining("unknown command 'YADD'"),
    });
    valkey.restore(copy);
    await valkey.start();
    await expectRestored(known, unknown);
    // Its workflow has ended, so nobody writes its chain again: it stands in its pack alone, which holds.
    expect(await house.ledger.read(closed.decisionId)).toEqual([]);
    await expectSound(house, recorder, [before.decisionId], [pack]);
  });
});

describe('what stands in the ledger, changed', () => {
  // shows: R12
  it.each([
    ['a bit of its first event', (id: string) => (bytes: Buffer) => bytes.indexOf(`"decision_id":"${id}"`) + 3],
    ['a bit of its last event’s hash', () => (bytes: Buffer) => bytes.lastIndexOf('"integrity_hash":"sha256:') + 30],
    ['a bit of the key in one command', (id: string) => (bytes: Buffer) => bytes.indexOf(chainKey(id)) + 8],
  ])('%s, flipped on disk: quarantined at the next claim, and why says so', async (fault, place) => {
    const journey = await authorized();
    const { decisionId } = journey;
    await valkey.kill();
    flipBit(place(decisionId));
    // The file has no checksum, so the server takes it.
    await valkey.start();
    await expectQuarantined(journey, fault, 'ledger.corrupt');
  });

  it('a foreign entry after its last: quarantined', async () => {
    const journey = await authorized();
    const { decisionId } = journey;
    const body = { event_id: 'x', schema_version: '1.0.0', event_type: 'decision.cancelled', timestamp: 'never' };
    await forgeEvent(valkey.server().adminUrl, decisionId, body);
    await expectQuarantined(journey, 'foreign entry', 'ledger.mac');
  });

  it('its key deleted: the whole chain comes back', async () => {
    const journey = await authorized();
    const { decisionId } = journey;
    await valkey.asAdmin((redis) => redis.del(chainKey(decisionId)));
    await expectRestored(journey);
  });
});

/** The claim is told so, nothing is appended, and it stays that way. */
async function expectQuarantined({ decisionId }: Journey, fault: string, code: string): Promise<void> {
  const { house, recorder } = valkey;
  for (let times = 0; times < 2; times += 1) {
    const told = await patiently(async () => {
      const claimed = house.client.claim(decisionId, house.signer(PEOPLE.deployer));
      const error: unknown = await claimed.catch((refusal: unknown) => refusal);
      if (hasCode(error, 'submit.discarded')) return error;
      throw error;
    });
    expect(told).toMatchObject({ serverCode: 'decision.quarantined' });
  }
  await expectWhy(house, recorder, fault, [decisionId], { code, says: new RegExp(decisionId, 'u') }, 0);
  expect(await house.client.state(decisionId)).toMatchObject({ stage: 'authorized', clearedSequence: null });
  await expectRestricted(decisionId, code);
}

/** The whole tenant clears nothing, and takes approvals all the same, until an integrity officer has judged it. */
async function expectRestricted(damaged: string, code: string): Promise<void> {
  const { house } = valkey;
  await expect
    .poll(async () => (await house.restrictions.inForce()).map(({ document }) => document), { timeout: 20_000 })
    .toMatchObject([{ decision_id: damaged, code, head: { sequence: expect.any(Number) as number } }]);
  const sound = await authorized();
  const refused = await house.client.claim(sound.decisionId, house.signer(PEOPLE.deployer));
  expect(refused).toMatchObject({ verdict: 'refused', code: 'claim.restricted' });
  await liftRestrictions(house);
  await sound.confirm(await sound.claim());
  await sound.end();
  const report = await verifyExported(house, sound.decisionId, 'executed');
  expect(report.findings).toEqual([]);
  expect(report.rests_on_service.join('; ')).toContain('another chain of the tenant did not hold');
}

function flipBit(place: (bytes: Buffer) => number): void {
  const file = valkey.commandFile();
  const bytes = readFileSync(file);
  const at = place(bytes);
  expect(at).toBeGreaterThan(8);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(file, bytes);
}
