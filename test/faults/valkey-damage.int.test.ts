import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { chainKey } from '../../ledger/names.ts';
import { verify } from '../../verifier/index.ts';
import { PEOPLE } from '../support/running-house.ts';
import { approve, confirm, execute, insist, openRouted } from '../support/scenario.ts';
import { forgeEvent } from '../support/tampering.ts';
import { takeTornTailOff } from './aof-repair.ts';
import { startValkeyHouse, type ValkeyHouse } from './valkey-house.ts';
import { EXECUTED, expectEnded, expectWhy, witnessOf } from './valkey-witness.ts';

/**
 * The ledger's own file is damaged, or what stands in it. A tail that is lost comes back from the workflow, and that is
 * recorded; what nobody could have written, or read any more, quarantines its decision, and nothing is cleared.
 */

let valkey: ValkeyHouse;
const recorder = witnessOf('valkey-damage');

beforeAll(async () => {
  valkey = await startValkeyHouse({ temporalAddress: inject('temporalAddress') });
});
afterAll(() => valkey?.stop());

const claim = (decisionId: string) => valkey.house.client.claim(decisionId, valkey.house.signer(PEOPLE.deployer));
const unavailable = { code: 'ledger.unavailable', says: /ECONNREFUSED|closed|lost/u };
const RESTORED = [...EXECUTED.slice(0, 5), 'ledger.restored', ...EXECUTED.slice(5)];

async function authorized(): Promise<string> {
  const decisionId = await openRouted(valkey.house);
  await approve(valkey.house, decisionId);
  return decisionId;
}

async function carryOn(decisionId: string): Promise<void> {
  await confirm(valkey.house, decisionId, await insist(() => claim(decisionId)));
}

describe('the file of commands, found damaged at the start', () => {
  it('its tail torn off: the start is refused; the tail taken off, the workflow writes it again', async () => {
    const decisionId = await authorized();
    await valkey.kill();
    const file = valkey.commandFile();
    truncateSync(file, readFileSync(file).length - 100);
    await expect(valkey.start()).rejects.toMatchObject({
      code: 'server.exited',
      got: expect.stringContaining('Unexpected end of file reading the append only file'),
    });
    const claimed = insist(() => claim(decisionId));
    await expectWhy(valkey.house, recorder, 'tail torn, not started', [decisionId], unavailable);
    expect(takeTornTailOff(file, valkey.dataDir)).toContain('Successfully truncated');
    await valkey.start();
    await confirm(valkey.house, decisionId, await claimed);
    await expectEnded(valkey.house, decisionId, RESTORED);
  });

  it('one bit flipped in a command: the start is refused; an older copy put back, the lost tails come back', async () => {
    const { house } = valkey;
    const before = await execute(house);
    const known = await openRouted(house);
    await valkey.kill();
    const copy = valkey.copy();
    await valkey.start();
    await insist(() => approve(house, known));
    const unknown = await authorized();
    const closed = await execute(house);
    const pack = await house.client.export(closed);

    await valkey.kill();
    flipBit((bytes) => bytes.lastIndexOf('XADD'));
    await expect(valkey.start()).rejects.toMatchObject({
      code: 'server.exited',
      got: expect.stringContaining("unknown command 'YADD'"),
    });
    valkey.restore(copy);
    await valkey.start();
    await carryOn(known);
    await carryOn(unknown);
    await expectEnded(house, known, RESTORED);
    await expectEnded(house, unknown, RESTORED);
    await expectEnded(house, before, EXECUTED);

    // Its workflow has ended, so nobody writes its chain again: it stands in its pack alone.
    expect(await house.ledger.read(closed)).toEqual([]);
    const again = await house.client.export(closed);
    expect(again.bundle).toEqual(pack.bundle);
    const report = verify({
      bundle: pack.bundle,
      view: pack.view,
      disclosures: pack.disclosures,
      trust: house.house.trustFile,
      trustName: 'trust.json',
      options: { require: 'C2', expect: 'executed' },
    });
    expect(report.evidence).toBe('holds');
  });
});

describe('what stands in the ledger, changed', () => {
  it.each([
    ['a bit of its first event', (id: string) => (bytes: Buffer) => bytes.indexOf(`"decision_id":"${id}"`) + 3],
    ['a bit of its last event’s hash', () => (bytes: Buffer) => bytes.lastIndexOf('"integrity_hash":"sha256:') + 30],
    ['a bit of the key in one command', (id: string) => (bytes: Buffer) => bytes.indexOf(chainKey(id)) + 8],
  ])('%s, flipped on disk: quarantined at the next claim, and why says so', async (fault, place) => {
    const decisionId = await authorized();
    await valkey.kill();
    flipBit(place(decisionId));
    // The file has no checksum, so the server takes it.
    await valkey.start();
    await expectQuarantined(decisionId, fault, 'ledger.corrupt');
  });

  it('a foreign entry after its last: quarantined', async () => {
    const decisionId = await authorized();
    const body = { event_id: 'x', schema_version: '1.0.0', event_type: 'decision.cancelled', timestamp: 'never' };
    await forgeEvent(valkey.server().adminUrl, decisionId, body);
    await expectQuarantined(decisionId, 'foreign entry', 'ledger.mac');
  });

  it('its key deleted: the whole chain comes back', async () => {
    const decisionId = await authorized();
    await valkey.asAdmin((redis) => redis.del(chainKey(decisionId)));
    await carryOn(decisionId);
    await expectEnded(valkey.house, decisionId, RESTORED);
  });
});

/** The claim is told so, nothing is appended, and it stays that way. */
async function expectQuarantined(decisionId: string, fault: string, code: string): Promise<void> {
  for (let times = 0; times < 2; times += 1) {
    await expect(insistOnAnswer(() => claim(decisionId))).rejects.toMatchObject({
      code: 'submit.discarded',
      serverCode: 'decision.quarantined',
    });
  }
  await expectWhy(valkey.house, recorder, fault, [decisionId], { code, says: new RegExp(decisionId, 'u') }, 0);
  expect(await valkey.house.client.state(decisionId)).toMatchObject({ stage: 'authorized', clearedSequence: null });
}

/** Any answer of the service, also one that discards; what is not there yet is asked again. */
async function insistOnAnswer<T>(call: () => Promise<T>): Promise<T> {
  const answer = await insist(async () => {
    try {
      return { value: await call() };
    } catch (error) {
      if ((error as { code?: unknown }).code === 'submit.discarded') return { error };
      throw error;
    }
  });
  if ('error' in answer) throw answer.error;
  return answer.value;
}

function flipBit(place: (bytes: Buffer) => number): void {
  const file = valkey.commandFile();
  const bytes = readFileSync(file);
  const at = place(bytes);
  expect(at).toBeGreaterThan(8);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(file, bytes);
}
