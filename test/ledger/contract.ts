import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalBytes, digestBytes } from '../../core/canon/index.ts';
import {
  type ArchivedChains,
  type Archivist,
  chainDocument,
  type Head,
  type Ledger,
  type LedgerCopy,
  type LedgerErrorCode,
  readChainDocument,
  type SealedBatch,
  type StoredBatch,
  type StoredEvent,
} from '../../ledger/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import { EMPTY, headAfter, KEY_A, KEY_B, makeBatch } from './chains.ts';

/** What stands in the store for one event, for tests that tamper as whoever holds the whole store could. */
export interface RawEntry {
  event: Uint8Array;
  commandId: string;
  place: string;
  seal: string | undefined;
}

/** One store, which any number of ledgers open. */
export interface LedgerFixture {
  open(macKeys: readonly Uint8Array[], archive?: ArchivedChains): Ledger & LedgerCopy;
  archivist(macKeys: readonly Uint8Array[]): Archivist;
  /** Writes one field of a stub, past every guard; takes it away where the value is undefined. */
  tamperStub(decisionId: string, field: string, value: string | undefined): Promise<void>;
  /** Replaces the whole chain, past every guard. */
  tamper(decisionId: string, change: (entries: RawEntry[]) => RawEntry[]): Promise<void>;
  tamperBinding(registry: string, key: string, stored: string): Promise<void>;
  dispose(): Promise<void>;
}

let decisions = 0;

/** The contract of `ledger/ledger.ts`; every ledger passes it whole. */
export function testLedgerContract(name: string, createFixture: () => Promise<LedgerFixture>): void {
  describe(`${name}: the ledger's contract`, () => {
    let fixture: LedgerFixture;
    let ledger: Ledger & LedgerCopy;
    let archive: ReturnType<typeof createMemoryStore>;
    let decisionId: string;

    beforeEach(async () => {
      fixture = await createFixture();
      archive = createMemoryStore();
      ledger = fixture.open([KEY_A], archive);
      decisions += 1;
      decisionId = `decision-${decisions}`;
    });

    afterEach(async () => {
      await ledger.close();
      await fixture.dispose();
    });

    /** Appends at the true head; a test that needs a chain first. */
    async function standing(commandId: string, count = 1): Promise<StoredBatch> {
      const head = await ledger.head(decisionId);
      const batch = makeBatch(decisionId, head, commandId, { count });
      expect(await ledger.append(decisionId, head, batch)).toEqual({ outcome: 'appended', head: headAfter(batch) });
      return batch;
    }

    describe('append and read', () => {
      it('gives back the batches as they were appended, oldest first', async () => {
        const first = await standing('open', 3);
        const second = await standing('route', 1);
        expect(await ledger.read(decisionId)).toEqual([first, second]);
        expect(await ledger.head(decisionId)).toEqual(headAfter(second));
      });

      it('shows what stands first, whatever became of it, without a word about it', async () => {
        expect(await ledger.peek(decisionId)).toBeNull();
        const { events } = await standing('open', 2);
        const text = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? new Uint8Array());
        expect(JSON.parse(text(await ledger.peek(decisionId)))).toEqual(events[0]);
        await fixture.tamper(decisionId, (entries) =>
          entries.map((entry) => ({ ...entry, event: Buffer.from('{"x') })),
        );
        await expectCode(ledger.read(decisionId), 'ledger.corrupt');
        expect(text(await ledger.peek(decisionId))).toBe('{"x');
      });

      it('knows the empty chain', async () => {
        expect(await ledger.read(decisionId)).toEqual([]);
        expect(await ledger.head(decisionId)).toEqual(EMPTY);
      });

      it('keeps every character of an event', async () => {
        const note = 'quote " backslash \\ newline \n null \u0000 accent e\u0301 \u{1F600} <>{}';
        const batch = makeBatch(decisionId, EMPTY, 'odd "id" {}', { note });
        await expectCode(ledger.append(decisionId, EMPTY, batch), 'ledger.bad_name');
        const named = { ...batch, commandId: 'odd-"id"-{}' };
        await ledger.append(decisionId, EMPTY, named);
        expect(await ledger.read(decisionId)).toEqual([named]);
      });

      it('takes a batch of 1,000 events and gives it back whole', async () => {
        const large = await standing('large', 1_000);
        const [read] = await ledger.read(decisionId);
        expect(read?.events).toEqual(large.events);
      });

      it('reads a chain that is longer than one page of a store', async () => {
        for (const commandId of ['a', 'b', 'c']) await standing(commandId, 500);
        const batches = await ledger.read(decisionId);
        expect(batches.flatMap(({ events }) => events.map((event) => event['sequence']))).toEqual(
          Array.from({ length: 1_500 }, (_, index) => index + 1),
        );
      });

      it('keeps decisions apart', async () => {
        await standing('open', 2);
        const other = `${decisionId}.other`;
        const batch = makeBatch(other, EMPTY, 'open');
        await ledger.append(other, EMPTY, batch);
        expect(await ledger.read(other)).toEqual([batch]);
        expect((await ledger.head(decisionId)).sequence).toBe(2);
      });

      it('lists every decision once', async () => {
        const ids = Array.from({ length: 60 }, (_, index) => `${decisionId}-${index}`);
        for (const id of ids) await ledger.append(id, EMPTY, makeBatch(id, EMPTY, 'open'));
        const listed: string[] = [];
        for await (const id of ledger.decisions()) listed.push(id);
        expect(listed.filter((id) => id.startsWith(`${decisionId}-`)).sort()).toEqual(ids.sort());
      });
    });

    describe('a head that is not the expected one', () => {
      // shows: R4
      it('answers a wrong head with what stands there, and stores nothing', async () => {
        const first = await standing('open', 2);
        const second = await standing('route', 2);
        const late = makeBatch(decisionId, headAfter(first), 'approve');
        expect(await ledger.append(decisionId, headAfter(first), late)).toEqual({
          outcome: 'exists',
          head: headAfter(second),
          prefix: 'agrees',
          tail: [{ ...second, authentic: true }],
        });
        expect(await ledger.read(decisionId)).toEqual([first, second]);
      });

      // shows: R4
      it('keeps the first bytes when the same command comes again with another clock', async () => {
        const original = makeBatch(decisionId, EMPTY, 'open', { count: 2 });
        const retried = makeBatch(decisionId, EMPTY, 'open', { count: 2, timestamp: '2026-03-01T12:00:07.000Z' });
        await ledger.append(decisionId, EMPTY, original);
        expect(await ledger.append(decisionId, EMPTY, retried)).toEqual({
          outcome: 'exists',
          head: headAfter(original),
          prefix: 'agrees',
          tail: [{ ...original, authentic: true }],
        });
        expect(await ledger.read(decisionId)).toEqual([original]);
      });

      it('answers the identical batch in the same way', async () => {
        const batch = await standing('open');
        const again = await ledger.append(decisionId, EMPTY, batch);
        expect(again).toMatchObject({ outcome: 'exists', prefix: 'agrees', tail: [{ commandId: 'open' }] });
        expect(await ledger.read(decisionId)).toEqual([batch]);
      });

      it('says that another event stands at the expected place', async () => {
        const first = await standing('open');
        const second = await standing('route');
        const elsewhere = makeBatch(decisionId, EMPTY, 'other');
        const batch = makeBatch(decisionId, headAfter(elsewhere), 'approve');
        expect(await ledger.append(decisionId, headAfter(elsewhere), batch)).toEqual({
          outcome: 'exists',
          head: headAfter(second),
          prefix: 'differs',
          tail: [{ ...second, authentic: true }],
        });
        expect(await ledger.read(decisionId)).toEqual([first, second]);
      });

      it('says so too when the stored chain is no longer than the expected one', async () => {
        const first = await standing('open');
        const elsewhere = headAfter(makeBatch(decisionId, EMPTY, 'other'));
        expect(await ledger.append(decisionId, elsewhere, makeBatch(decisionId, elsewhere, 'approve'))).toEqual({
          outcome: 'exists',
          head: headAfter(first),
          prefix: 'differs',
          tail: [],
        });
        expect(await ledger.read(decisionId)).toEqual([first]);
      });

      // shows: R6
      it('says that the ledger lost its tail, and takes it again at the place where it ends', async () => {
        const first = await standing('open', 2);
        const second = await standing('route', 2);
        await fixture.tamper(decisionId, (entries) => entries.slice(0, 2));
        const third = makeBatch(decisionId, headAfter(second), 'approve');
        expect(await ledger.append(decisionId, headAfter(second), third)).toEqual({
          outcome: 'exists',
          head: headAfter(first),
          prefix: 'shorter',
          tail: [],
        });
        expect(await ledger.append(decisionId, headAfter(first), second)).toMatchObject({ outcome: 'appended' });
        expect(await ledger.append(decisionId, headAfter(second), third)).toMatchObject({ outcome: 'appended' });
        expect(await ledger.read(decisionId)).toEqual([first, second, third]);
      });

      it('says so too when the whole chain is gone', async () => {
        const first = await standing('open');
        await fixture.tamper(decisionId, () => []);
        const second = makeBatch(decisionId, headAfter(first), 'route');
        expect(await ledger.append(decisionId, headAfter(first), second)).toEqual({
          outcome: 'exists',
          head: EMPTY,
          prefix: 'shorter',
          tail: [],
        });
      });

      it('gives a batch whole when the expected head lies inside it', async () => {
        const first = await standing('open', 3);
        const inside = headAfter({ commandId: 'open', events: first.events.slice(0, 2) });
        const batch = makeBatch(decisionId, inside, 'other');
        expect(await ledger.append(decisionId, inside, batch)).toMatchObject({
          prefix: 'agrees',
          tail: [{ commandId: 'open', events: first.events }],
        });
      });

      it('lets exactly one of fifty concurrent appends win', async () => {
        const first = await standing('open');
        const head = headAfter(first);
        const ledgers = Array.from({ length: 50 }, () => fixture.open([KEY_A]));
        try {
          const results = await Promise.all(
            ledgers.map((one, index) =>
              one.append(decisionId, head, makeBatch(decisionId, head, `command-${index}`, { count: 2 })),
            ),
          );
          const winners = results.flatMap((result, index) => (result.outcome === 'appended' ? [index] : []));
          expect(winners).toHaveLength(1);
          const winner = makeBatch(decisionId, head, `command-${winners[0]}`, { count: 2 });
          for (const result of results) {
            if (result.outcome === 'exists') expect(result.tail).toEqual([{ ...winner, authentic: true }]);
          }
          expect(await ledger.read(decisionId)).toEqual([first, winner]);
        } finally {
          await Promise.all(ledgers.map((one) => one.close()));
        }
      });
    });

    describe('batches that are refused before anything is sent', () => {
      const edited = (change: (event: Record<string, unknown>) => void): StoredBatch => {
        const batch = makeBatch(decisionId, EMPTY, 'open', { count: 2 });
        const events = batch.events.map((event) => ({ ...event }));
        change(events[1] as Record<string, unknown>);
        return { ...batch, events: events as StoredEvent[] };
      };

      it.each([
        ['a gap in the sequence', (event: Record<string, unknown>) => (event['sequence'] = 3), '.sequence'],
        ['another decision', (event: Record<string, unknown>) => (event['decision_id'] = 'other'), '.decision_id'],
        ['a broken link', (event: Record<string, unknown>) => (event['previous_hash'] = 'GENESIS'), '.previous_hash'],
        ['a changed field', (event: Record<string, unknown>) => (event['note'] = 'later'), '.integrity_hash'],
        ['a missing hash', (event: Record<string, unknown>) => delete event['integrity_hash'], '.integrity_hash'],
        ['a value that is not JSON', (event: Record<string, unknown>) => (event['note'] = undefined), ''],
      ])('%s', async (_, change, path) => {
        await expect(ledger.append(decisionId, EMPTY, edited(change))).rejects.toMatchObject({
          code: 'ledger.not_a_batch',
          path: `$.events[1]${path}`,
          outcome: 'not_stored',
        });
        expect(await ledger.read(decisionId)).toEqual([]);
      });

      it('no events at all', async () => {
        await expectCode(ledger.append(decisionId, EMPTY, { commandId: 'open', events: [] }), 'ledger.not_a_batch');
      });

      it('more events than a batch holds', async () => {
        const batch = makeBatch(decisionId, EMPTY, 'open', { count: 1_001 });
        await expectCode(ledger.append(decisionId, EMPTY, batch), 'ledger.not_a_batch');
      });

      it('an event that carries a document', async () => {
        const batch = makeBatch(decisionId, EMPTY, 'open', { note: 'x'.repeat(256 * 1024) });
        await expectCode(ledger.append(decisionId, EMPTY, batch), 'ledger.not_a_batch');
      });

      it('a batch that is too large as a whole', async () => {
        const batch = makeBatch(decisionId, EMPTY, 'open', { count: 9, note: 'x'.repeat(250 * 1024) });
        await expectCode(ledger.append(decisionId, EMPTY, batch), 'ledger.not_a_batch');
      });

      it('a batch that does not continue the expected head', async () => {
        const first = await standing('open');
        const batch = makeBatch(decisionId, headAfter(first), 'route');
        await expectCode(ledger.append(decisionId, EMPTY, batch), 'ledger.not_a_batch');
      });

      it.each([
        { sequence: 0, hash: digestBytes(new Uint8Array()) },
        { sequence: 1, hash: 'GENESIS' as const },
        { sequence: -1, hash: digestBytes(new Uint8Array()) },
        { sequence: 1.5, hash: digestBytes(new Uint8Array()) },
      ])('a head that is none: $sequence', async (head) => {
        await expectCode(ledger.append(decisionId, head, makeBatch(decisionId, head, 'open')), 'ledger.not_a_batch');
      });

      it.each(['', 'a b', 'a}:{b', 'a*', 'a/b', 'a:b', 'a\n', 'ä', 'x'.repeat(129)])('decision id %j', async (odd) => {
        await expectCode(ledger.append(odd, EMPTY, makeBatch(odd, EMPTY, 'open')), 'ledger.bad_name');
        await expectCode(ledger.read(odd), 'ledger.bad_name');
        await expectCode(ledger.head(odd), 'ledger.bad_name');
      });
    });

    describe('what others put into the store', () => {
      it('flags an entry without a seal, though it is linked and hashed as it should be', async () => {
        const first = await standing('open');
        const foreign = makeBatch(decisionId, headAfter(first), 'approve');
        await fixture.tamper(decisionId, (entries) => [...entries, rawEntry(foreign, undefined)]);

        const mine = makeBatch(decisionId, headAfter(first), 'route');
        expect(await ledger.append(decisionId, headAfter(first), mine)).toEqual({
          outcome: 'exists',
          head: headAfter(foreign),
          prefix: 'agrees',
          tail: [{ ...foreign, authentic: false }],
        });
        await expectCode(ledger.read(decisionId), 'ledger.mac');
      });

      it('flags a seal by a key that no worker holds', async () => {
        const stranger = fixture.open([KEY_B]);
        const batch = makeBatch(decisionId, EMPTY, 'open');
        await stranger.append(decisionId, EMPTY, batch);
        await stranger.close();
        await expectCode(ledger.read(decisionId), 'ledger.mac');
      });

      it('accepts the seal of an older key while that key is still given', async () => {
        const first = await standing('open');
        const rotated = fixture.open([KEY_B, KEY_A]);
        try {
          const second = makeBatch(decisionId, headAfter(first), 'route');
          await rotated.append(decisionId, headAfter(first), second);
          expect(await rotated.read(decisionId)).toEqual([first, second]);
        } finally {
          await rotated.close();
        }
        await expectCode(ledger.read(decisionId), 'ledger.mac');
      });

      it('flags a seal that was made for another place', async () => {
        const first = await standing('open', 2);
        let seal: string | undefined;
        await fixture.tamper(decisionId, (entries) => {
          seal = entries[0]?.seal;
          return entries;
        });
        const foreign = makeBatch(decisionId, headAfter(first), 'open');
        await fixture.tamper(decisionId, (entries) => [...entries, rawEntry(foreign, seal)]);
        await expectCode(ledger.read(decisionId), 'ledger.mac');
      });

      it('flags another command id over the same events', async () => {
        await standing('open');
        await fixture.tamper(decisionId, (entries) => entries.map((entry) => ({ ...entry, commandId: 'other' })));
        await expectCode(ledger.read(decisionId), 'ledger.mac');
      });

      it('finds every flipped byte of a stored event', async () => {
        await standing('open');
        const { length } = canonicalBytes((await ledger.read(decisionId))[0]?.events[0]);
        expect(length).toBeGreaterThan(200);
        const flip = (at: number) => (entries: RawEntry[]) =>
          entries.map((entry) => {
            const event = Uint8Array.from(entry.event);
            event[at] = (event[at] ?? 0) ^ 1;
            return { ...entry, event };
          });
        for (let at = 0; at < length; at += 7) {
          await fixture.tamper(decisionId, flip(at));
          await expectCode(ledger.read(decisionId), 'ledger.corrupt');
          await fixture.tamper(decisionId, flip(at));
        }
        await ledger.read(decisionId);
      });

      // shows: R5
      it.each<[string, (entries: RawEntry[]) => RawEntry[]]>([
        ['an entry removed from the middle', (entries) => entries.toSpliced(1, 1)],
        ['the first entry removed', (entries) => entries.slice(1)],
        ['two entries exchanged', ([a, b, ...rest]) => [b, a, ...rest].filter((entry) => entry !== undefined)],
        ['an entry repeated', (entries) => [...entries, ...entries.slice(-1)]],
        ['a batch cut in two', (entries) => entries.slice(0, -1)],
        [
          'a place that is not canonical',
          (entries) => entries.map((entry) => ({ ...entry, place: `0${entry.place}` })),
        ],
        [
          'batches of other sizes',
          (entries) => entries.map((entry) => ({ ...entry, place: '1/1', commandId: 'x' })).slice(1),
        ],
        ['a batch under two seals', lastOnly((entry) => ({ ...entry, seal: 'f'.repeat(64) }))],
        ['a batch of two commands', lastOnly((entry) => ({ ...entry, commandId: 'other' }))],
        ['a batch of two sizes', lastOnly((entry) => ({ ...entry, place: '2/3' }))],
        ['bytes that are not JSON', (entries) => entries.map((entry) => ({ ...entry, event: new Uint8Array([0xff]) }))],
        ['a value that is no object', (entries) => entries.map((entry) => ({ ...entry, event: canonicalBytes([1]) }))],
        [
          'another spelling of the same JSON',
          (entries) => entries.map((entry) => ({ ...entry, event: spaced(entry) })),
        ],
      ])('finds %s', async (_, change) => {
        await standing('open', 2);
        await standing('route', 2);
        await fixture.tamper(decisionId, change);
        await expectCode(ledger.read(decisionId), 'ledger.corrupt');
        const head = headAfter(makeBatch(decisionId, EMPTY, 'elsewhere', { count: 9 }));
        await expectCode(ledger.append(decisionId, head, makeBatch(decisionId, head, 'next')), 'ledger.corrupt');
      });

      // shows: R7
      it("finds another decision's chain", async () => {
        const other = `${decisionId}.other`;
        const batch = makeBatch(other, EMPTY, 'open');
        await ledger.append(other, EMPTY, batch);
        await standing('open');
        await fixture.tamper(decisionId, () => [rawEntry(batch, undefined)]);
        await expectCode(ledger.read(decisionId), 'ledger.corrupt');
        await expectCode(ledger.head(decisionId), 'ledger.corrupt');
      });
    });

    describe('registries', () => {
      const registry = 'policy-versions';

      // shows: R26
      it('binds once and never again', async () => {
        const key = `${decisionId}@1.0.0`;
        expect(await ledger.bind(registry, key, 'sha256:aa')).toEqual({ bound: true, value: 'sha256:aa' });
        expect(await ledger.bind(registry, key, 'sha256:bb')).toEqual({ bound: false, value: 'sha256:aa' });
        expect(await ledger.bind(registry, key, 'sha256:aa')).toEqual({ bound: false, value: 'sha256:aa' });
        expect((await ledger.bindings(registry)).get(key)).toBe('sha256:aa');
      });

      it('lets exactly one of fifty concurrent bindings win', async () => {
        const key = `${decisionId}@race`;
        const values = Array.from({ length: 50 }, (_, index) => `value-${index}`);
        const results = await Promise.all(values.map((value) => ledger.bind(registry, key, value)));
        expect(results.filter(({ bound }) => bound)).toHaveLength(1);
        expect(new Set(results.map(({ value }) => value)).size).toBe(1);
      });

      it('keeps registries apart, and knows the empty one', async () => {
        const key = `${decisionId}@1`;
        await ledger.bind(registry, key, 'one');
        expect(await ledger.bind('roster-serials', key, 'two')).toEqual({ bound: true, value: 'two' });
        expect((await ledger.bindings('nothing-yet')).size).toBe(0);
        expect(await ledger.binding('roster-serials', key)).toBe('two');
        expect(await ledger.binding('nothing-yet', key)).toBeUndefined();
      });

      it('flags a binding that no worker sealed', async () => {
        const key = `${decisionId}@1`;
        const tampered = `tampered-${decisions}`;
        await ledger.bind(tampered, key, 'one');
        await fixture.tamperBinding(tampered, key, 'two');
        await expectCode(ledger.bindings(tampered), 'ledger.mac');
        await expectCode(ledger.bind(tampered, key, 'one'), 'ledger.mac');
      });

      it('flags a seal that was made for another key', async () => {
        const tampered = `moved-${decisions}`;
        await ledger.bind(tampered, 'policy@1', 'digest-1');
        await fixture.tamperBinding(tampered, 'policy@2', 'digest-1');
        await expectCode(ledger.bindings(tampered), 'ledger.mac');
        await expectCode(ledger.binding(tampered, 'policy@2'), 'ledger.mac');
        // One that somebody else sealed, another tenant's worker perhaps, is in nobody's way.
        expect(await ledger.binding(tampered, 'policy@1')).toBe('digest-1');
      });

      it.each([
        ['Registry', 'key', 'value'],
        ['', 'key', 'value'],
        ['registry', '', 'value'],
        ['registry', 'a key', 'value'],
        ['registry', 'key', ''],
        ['registry', 'key', 'x'.repeat(513)],
      ])('refuses %j %j %j', async (name, key, value) => {
        await expectCode(ledger.bind(name, key, value), 'ledger.bad_name');
      });
    });

    describe('a chain that is copied', () => {
      it('brings its seals, and stands elsewhere byte for byte', async () => {
        const first = await standing('open', 2);
        const second = await standing('route', 3);
        const sealed = await ledger.readSealed(decisionId);
        expect(sealed.map(({ commandId, events }) => ({ commandId, events }))).toEqual([first, second]);
        for (const { seal } of sealed) expect(seal).toMatch(/^[0-9a-f]{64}$/);

        await fixture.tamper(decisionId, () => []);
        // A key that was exchanged meanwhile seals what is new, and never what was sealed.
        const rotated = fixture.open([KEY_B, KEY_A]);
        let head: Head = EMPTY;
        for (const batch of sealed) {
          const result = await rotated.appendSealed(decisionId, head, batch);
          expect(result).toMatchObject({ outcome: 'appended' });
          head = result.head;
        }
        await rotated.close();
        expect(await ledger.readSealed(decisionId)).toEqual(sealed);
      });

      it('is refused under a seal that no key verifies, and nothing is stored', async () => {
        const batch = makeBatch(decisionId, EMPTY, 'open');
        await expectCode(ledger.appendSealed(decisionId, EMPTY, { ...batch, seal: 'a'.repeat(64) }), 'ledger.mac');
        expect(await ledger.read(decisionId)).toEqual([]);
        expect(() => ledger.requireSealed(decisionId, [{ ...batch, seal: 'a'.repeat(64) }])).toThrow(
          expect.objectContaining({ code: 'ledger.mac' }),
        );
      });

      it('is held to its links without being written', async () => {
        await standing('open', 2);
        await standing('route', 2);
        const sealed = await ledger.readSealed(decisionId);
        ledger.requireSealed(decisionId, sealed);
        expect(() => ledger.requireSealed(decisionId, sealed.slice(1))).toThrow(
          expect.objectContaining({ code: 'ledger.corrupt' }),
        );
      });

      it('has bindings that travel under their own seals', async () => {
        const from = `copied-${decisions}`;
        const to = `copied-to-${decisions}`;
        await ledger.bind(from, 'key', 'value');
        const stored = await ledger.sealedBinding(from, 'key');
        expect([...(await ledger.sealedBindings(from))]).toEqual([['key', stored]]);
        await expectCode(ledger.bindSealed(to, 'key', stored ?? ''), 'ledger.mac');
        const rotated = fixture.open([KEY_B, KEY_A]);
        expect(await rotated.bindSealed(from, 'key', stored ?? '')).toEqual({ bound: false, value: 'value' });
        await rotated.close();
        expect(await ledger.sealedBinding(from, 'other')).toBeUndefined();
      });
    });

    describe('a chain that a restore goes without', () => {
      it('is listed, cannot be read, and is never begun anew', async () => {
        expect(await ledger.withhold(decisionId, 'ledger.archive')).toBe('withheld');
        const listed: string[] = [];
        for await (const id of ledger.decisions()) listed.push(id);
        expect(listed.filter((id) => id === decisionId)).toEqual([decisionId]);
        await expectCode(ledger.append(decisionId, EMPTY, makeBatch(decisionId, EMPTY, 'open')), 'ledger.corrupt');
        await expectCode(ledger.read(decisionId), 'ledger.corrupt');
        await expectCode(ledger.readSealed(decisionId), 'ledger.corrupt');
        await expectCode(ledger.head(decisionId), 'ledger.corrupt');
        await expectCode(ledger.isArchived(decisionId), 'ledger.corrupt');
      });

      it('takes no place that is taken: a chain, a stub, a mark', async () => {
        const first = await standing('open', 2);
        expect(await ledger.withhold(decisionId, 'ledger.mac')).toBe('stands');
        expect(await ledger.read(decisionId)).toEqual([first]);
        const archivist = fixture.archivist([KEY_A]);
        const document = await archive.put(chainDocument(decisionId, await ledger.readSealed(decisionId)));
        await archivist.replace(decisionId, headAfter(first), document);
        await archivist.close();
        expect(await ledger.withhold(decisionId, 'ledger.mac')).toBe('stands');
        expect(await ledger.read(decisionId)).toEqual([first]);
        await ledger.withhold(`${decisionId}.none`, 'ledger.mac');
        expect(await ledger.withhold(`${decisionId}.none`, 'ledger.mac')).toBe('stands');
      });
    });

    describe('a chain that was archived', () => {
      let archivist: Archivist;
      let batches: readonly StoredBatch[];
      let sealed: readonly SealedBatch[];
      let head: Head;

      beforeEach(async () => {
        archivist = fixture.archivist([KEY_A]);
        batches = [await standing('open', 2), await standing('route', 1), await standing('close', 2)];
        sealed = await ledger.readSealed(decisionId);
        head = await ledger.head(decisionId);
        const document = await archive.put(chainDocument(decisionId, sealed));
        expect(await archivist.replace(decisionId, head, document)).toBe('archived');
      });

      afterEach(() => archivist.close());

      it('reads as before: batches, seals, head, and its place among the decisions', async () => {
        expect(await ledger.read(decisionId)).toEqual(batches);
        expect(await ledger.readSealed(decisionId)).toEqual(sealed);
        expect(await ledger.head(decisionId)).toEqual(head);
        expect(await ledger.isArchived(decisionId)).toBe(true);
        expect(await ledger.isArchived(`${decisionId}.none`)).toBe(false);
        const listed: string[] = [];
        for await (const id of ledger.decisions()) listed.push(id);
        expect(listed.filter((id) => id === decisionId)).toEqual([decisionId]);
      });

      it('answers an append that expects less with the true tail', async () => {
        const [first] = batches;
        const expected = headAfter(first ?? { commandId: '', events: [] });
        const next = makeBatch(decisionId, expected, 'approve');
        const tail = batches.slice(1).map((batch) => ({ ...batch, authentic: true }));
        const agrees = { outcome: 'exists', head, prefix: 'agrees', tail };
        expect(await ledger.append(decisionId, expected, next)).toEqual(agrees);
      });

      it('is never begun anew', async () => {
        const again = makeBatch(decisionId, EMPTY, 'open', { note: 'another' });
        const tail = batches.map((batch) => ({ ...batch, authentic: true }));
        expect(await ledger.append(decisionId, EMPTY, again)).toEqual({
          outcome: 'exists',
          head,
          prefix: 'agrees',
          tail,
        });
        expect(await ledger.read(decisionId)).toEqual(batches);
      });

      it('tells a head that differs, and one that is longer', async () => {
        const other = headAfter(makeBatch(decisionId, EMPTY, 'other', { count: 2 }));
        const differs = { outcome: 'exists', head, prefix: 'differs' };
        expect(await ledger.append(decisionId, other, makeBatch(decisionId, other, 'x'))).toMatchObject(differs);
        const longer = headAfter(makeBatch(decisionId, EMPTY, 'other', { count: 9 }));
        const shorter = { outcome: 'exists', head, prefix: 'shorter', tail: [] };
        expect(await ledger.append(decisionId, longer, makeBatch(decisionId, longer, 'x'))).toEqual(shorter);
      });

      it('takes nothing more at its end', async () => {
        await expectCode(ledger.append(decisionId, head, makeBatch(decisionId, head, 'more')), 'ledger.archived');
        expect(await ledger.read(decisionId)).toEqual(batches);
      });

      it('is archived again without effect, under another document never', async () => {
        const document = await archive.put(chainDocument(decisionId, sealed));
        expect(await archivist.replace(decisionId, head, document)).toBe('stands');
        await expectCode(archivist.replace(decisionId, head, digestBytes(new Uint8Array())), 'ledger.moved');
        expect(await ledger.read(decisionId)).toEqual(batches);
      });

      it('is not to be had without its document, and comes back with it', async () => {
        const blind = fixture.open([KEY_A]);
        await expectCode(blind.read(decisionId), 'ledger.archive');
        expect(await blind.head(decisionId)).toEqual(head);
        await blind.close();
        const empty = fixture.open([KEY_A], createMemoryStore());
        await expectCode(empty.read(decisionId), 'ledger.archive');
        await empty.close();
        expect(await ledger.read(decisionId)).toEqual(batches);
      });

      it.each([
        ['d', `sha256:${'0'.repeat(64)}`, 'ledger.mac'],
        ['s', '4', 'ledger.mac'],
        ['h', `sha256:${'0'.repeat(64)}`, 'ledger.mac'],
        ['m', 'a'.repeat(64), 'ledger.mac'],
        ['s', '05', 'ledger.corrupt'],
        ['h', 'GENESIS', 'ledger.corrupt'],
        ['x', 'more', 'ledger.corrupt'],
        ['m', undefined, 'ledger.corrupt'],
      ] as const)('flags a stub whose field %s was made %s', async (field, value, code) => {
        await fixture.tamperStub(decisionId, field, value);
        await expectCode(ledger.read(decisionId), code);
        await expectCode(ledger.head(decisionId), code);
        await expectCode(ledger.append(decisionId, EMPTY, makeBatch(decisionId, EMPTY, 'open')), code);
      });

      it("flags another decision's chain, and a shorter one, behind a stub that was sealed for it", async () => {
        const other = `${decisionId}.other`;
        await ledger.append(other, EMPTY, makeBatch(other, EMPTY, 'open'));
        const document = await archive.put(chainDocument(decisionId, sealed));
        await archivist.replace(other, await ledger.head(other), document);
        await expectCode(ledger.read(other), 'ledger.corrupt');
        const shorter = `${decisionId}.shorter`;
        const batch = makeBatch(shorter, EMPTY, 'open', { count: 2 });
        await ledger.append(shorter, EMPTY, batch);
        const whole = await ledger.readSealed(shorter);
        await ledger.append(shorter, headAfter(batch), makeBatch(shorter, headAfter(batch), 'route'));
        const cut = await archive.put(chainDocument(shorter, whole));
        await archivist.replace(shorter, await ledger.head(shorter), cut);
        await expectCode(ledger.read(shorter), 'ledger.corrupt');
      });

      it('is not made of a chain that has moved on, of one that is none, or of another head', async () => {
        const open = `${decisionId}.open`;
        const first = makeBatch(open, EMPTY, 'open');
        await ledger.append(open, EMPTY, first);
        const document = await archive.put(chainDocument(open, await ledger.readSealed(open)));
        const second = makeBatch(open, headAfter(first), 'route');
        await ledger.append(open, headAfter(first), second);
        await expectCode(archivist.replace(open, headAfter(first), document), 'ledger.moved');
        const forged = { sequence: 2, hash: headAfter(first).hash };
        await expectCode(archivist.replace(open, forged, document), 'ledger.moved');
        await expectCode(archivist.replace(`${open}.none`, headAfter(first), document), 'ledger.moved');
        expect(await ledger.read(open)).toEqual([first, second]);
        expect(await ledger.read(`${open}.none`)).toEqual([]);
      });
    });

    describe('a chain document', () => {
      it('is read back as it was written, of its own decision alone', async () => {
        await standing('open', 2);
        const sealed = await ledger.readSealed(decisionId);
        const bytes = chainDocument(decisionId, sealed);
        expect(readChainDocument(decisionId, bytes)).toEqual(sealed);
        for (const [id, read] of [
          ['another', bytes],
          [decisionId, canonicalBytes({ _type: 'other', batches: [], decision_id: decisionId })],
          [decisionId, canonicalBytes([])],
          [decisionId, bytes.slice(1)],
        ] as const) {
          expect(() => readChainDocument(id, read)).toThrow(expect.objectContaining({ code: 'ledger.corrupt' }));
        }
      });
    });

    it('rejects every call after close', async () => {
      await ledger.close();
      const closed = { code: 'ledger.unavailable', reason: 'closed', outcome: 'not_stored' };
      await expect(ledger.append(decisionId, EMPTY, makeBatch(decisionId, EMPTY, 'open'))).rejects.toMatchObject(
        closed,
      );
      await expect(ledger.read(decisionId)).rejects.toMatchObject(closed);
      await expect(ledger.bind('registry', 'key', 'value')).rejects.toMatchObject(closed);
      await expect(ledger.check()).rejects.toMatchObject(closed);
    });

    it('gives another ledger over the same store the same answers', async () => {
      const batch = await standing('open', 2);
      const other = fixture.open([KEY_A]);
      try {
        expect(await other.read(decisionId)).toEqual([batch]);
      } finally {
        await other.close();
      }
    });
  });
}

export async function expectCode(call: Promise<unknown>, code: LedgerErrorCode): Promise<void> {
  await expect(call).rejects.toMatchObject({ name: 'LedgerError', code });
}

export function rawEntry(batch: StoredBatch, seal: string | undefined): RawEntry {
  return { event: canonicalBytes(batch.events[0]), commandId: batch.commandId, place: '1/1', seal };
}

function lastOnly(change: (entry: RawEntry) => RawEntry): (entries: RawEntry[]) => RawEntry[] {
  return (entries) => entries.map((entry, index) => (index === entries.length - 1 ? change(entry) : entry));
}

function spaced(entry: RawEntry): Uint8Array {
  return Buffer.from(Buffer.from(entry.event).toString('utf8').replace('{', '{ '));
}
