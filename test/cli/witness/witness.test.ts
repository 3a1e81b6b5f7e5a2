import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WitnessLog } from '../../../cli/witness/log.ts';
import { contradictionIn, headsToSign } from '../../../cli/witness/observe.ts';
import { Rested, round } from '../../../cli/witness/round.ts';
import { digestBytes, type JsonObject } from '../../../core/canon/index.ts';
import { type ChainReader, type FoundChain, LedgerError } from '../../../ledger/index.ts';
import { digestOf, keyFrom, ORIGIN, T, TENANT, WITNESS } from '../../documents/fixtures.ts';
import { refusal } from '../../documents/refusal.ts';
import { denied, executed } from '../../verifier/fixture-pack.ts';

/** A witness sees each head once, never two at one place, and remembers what cannot be (R5, R6, R15). */

let scratch: string;
let count = 0;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'countersign-witness-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const fresh = (): string => join(scratch, `log-${(count += 1)}`);
const witness = (label: string = WITNESS) => ({
  key: keyFrom(label),
  holder: label,
  origin: ORIGIN,
  tenant: TENANT,
  random: (length: number) => new Uint8Array(length).fill(7),
});

const whole = executed();
const id = whole.decisionId;
const events = whole.events as unknown as readonly JsonObject[];
const cleared = events.findIndex(({ event_type }) => event_type === 'execution.cleared') + 1;
const headAt = (sequence: number) => ({ sequence, hash: String(events[sequence - 1]?.['integrity_hash']) });

/** A ledger of these chains. */
class Chains implements ChainReader {
  readonly chains = new Map<string, readonly JsonObject[]>();
  readonly found = new Map<string, FoundChain | LedgerError>();
  readonly index = new Set<string>();
  reads = 0;

  put(decision: string, chain: readonly JsonObject[]): this {
    this.chains.set(decision, chain);
    this.index.add(decision);
    return this;
  }

  async *decisions(): AsyncIterable<string> {
    yield* this.index;
  }

  async read(decision: string): Promise<FoundChain> {
    this.reads += 1;
    const found = this.found.get(decision);
    if (found instanceof LedgerError) throw found;
    if (found !== undefined) return found;
    const chain = this.chains.get(decision);
    return chain === undefined ? { kind: 'none' } : { kind: 'chain', events: chain };
  }

  async end(decision: string) {
    const last = this.found.has(decision) ? undefined : this.chains.get(decision)?.at(-1);
    return last === undefined ? null : { sequence: this.chains.get(decision)?.length ?? 0, last };
  }

  async close(): Promise<void> {
    this.chains.clear();
  }
}

const clock = () => ({ at: T.finished, ms: 1_000 });
const look = (chains: ChainReader, log: WitnessLog, rested = new Rested(60_000), now = clock) =>
  round(chains, log, rested, now);

describe('headsToSign', () => {
  const sequences = (chain: readonly JsonObject[], seen: readonly number[]) =>
    headsToSign(chain, seen.map(headAt)).map(({ sequence }) => sequence);

  it('is the last head, once', () => {
    expect(sequences(events.slice(0, 3), [])).toEqual([3]);
    expect(sequences(events.slice(0, 4), [3])).toEqual([4]);
    expect(sequences(events.slice(0, 4), [4])).toEqual([]);
  });

  it('is also what went by unseen: one head after the request, one after the clearance', () => {
    const last = events.length;
    expect(cleared).toBeLessThan(last);
    expect(sequences(events, [])).toEqual([1, cleared, last]);
    expect(sequences(events, [3])).toEqual([cleared, last]);
    expect(sequences(events, [3, cleared])).toEqual([last]);
    expect(sequences(events.slice(0, cleared), [])).toEqual([1, cleared]);
    expect(sequences(events, [last])).toEqual([]);
    const refused = denied().events as unknown as readonly JsonObject[];
    expect(sequences(refused, [])).toEqual([1, refused.length]);
  });
});

describe('contradictionIn', () => {
  it('is nothing where a chain goes on, or was never seen', () => {
    expect(contradictionIn(id, events, [])).toBeNull();
    expect(contradictionIn(id, events, [headAt(2), headAt(4)])).toBeNull();
    expect(contradictionIn(id, null, [])).toBeNull();
  });

  it.each<[string, readonly JsonObject[] | null, string]>([
    ['shorter', events.slice(0, 3), 'shorter'],
    ['gone', null, 'missing'],
    ['empty', [], 'missing'],
    ['another', [...events.slice(0, 3), { ...events[3], integrity_hash: digestOf('x') }], 'differs'],
  ])('is a chain that is %s', (_, chain, what) => {
    expect(contradictionIn(id, chain, [headAt(2), headAt(4)])?.what).toBe(what);
  });

  it('is a chain that does not hold by its own hashes, or is of another decision', () => {
    const changed = [{ ...events[0], actor_id: 'w-other' }, ...events.slice(1)];
    expect(contradictionIn(id, changed, [])?.what).toBe('broken');
    expect(contradictionIn(id, [...events.slice(0, 2), ...events.slice(3)], [])?.what).toBe('broken');
    expect(contradictionIn('11111111-2222-8333-8444-555555555555', events, [])?.what).toBe('broken');
  });
});

describe('a round', () => {
  it('signs each new head, once', async () => {
    const log = new WitnessLog(fresh(), witness());
    const chains = new Chains().put(id, events.slice(0, 3));
    expect(await look(chains, log)).toMatchObject({ chains: 1, signed: 1, contradictions: [] });
    expect(await look(chains, log)).toMatchObject({ signed: 0 });
    chains.put(id, events);
    expect(await look(chains, log)).toMatchObject({ signed: 2 });
    expect(log.seen(id)).toEqual([headAt(3), headAt(cleared), headAt(events.length)]);
    expect(log.anchors(id)[0]?.statement).toMatchObject({ signer: WITNESS, signed_at: T.finished, log: { index: 1 } });
  });

  // shows: R15
  it.each<[string, (chains: Chains) => void, string]>([
    ['its tail is cut off', (chains) => chains.put(id, events.slice(0, -1)), 'shorter'],
    ['it is gone', (chains) => chains.chains.clear(), 'missing'],
    ['it is gone, and from the index too', (chains) => (chains.chains.clear(), chains.index.clear()), 'missing'],
    [
      'it cannot be read',
      (chains) => chains.found.set(id, new LedgerError('ledger.corrupt', { message: 'x', path: 'y' })),
      'broken',
    ],
    [
      'an older end was archived',
      (chains) => chains.found.set(id, { kind: 'archived', head: headAt(2) as never }),
      'shorter',
    ],
    [
      'another end was archived',
      (chains) => chains.found.set(id, { kind: 'archived', head: { sequence: events.length, hash: digestOf('x') } }),
      'differs',
    ],
  ])('signs nothing more of a chain, and keeps it, where %s', async (_, change, what) => {
    const folder = fresh();
    const log = new WitnessLog(folder, witness());
    const chains = new Chains().put(id, events);
    await look(chains, log);
    const before = log.length;
    change(chains);
    const found = await look(chains, log);
    expect(found).toMatchObject({ signed: 0, contradictions: [{ decisionId: id, what, isNew: true }] });
    expect(await look(chains, log)).toMatchObject({ contradictions: [{ what, isNew: false }] });
    expect(log.length).toBe(before + 1);
    log.close();
    const again = new WitnessLog(folder, witness());
    expect(await look(chains, again)).toMatchObject({ contradictions: [{ what, isNew: false }] });
  });

  it('goes on with the others where one contradicts', async () => {
    const log = new WitnessLog(fresh(), witness());
    const second = denied();
    const chains = new Chains().put(id, events);
    await look(chains, log);
    chains.put(id, events.slice(0, 2)).put('22222222-2222-8222-8222-222222222222', []);
    chains.put(second.decisionId === id ? 'x' : second.decisionId, second.events as unknown as JsonObject[]);
    expect(await look(chains, log)).toMatchObject({ contradictions: [{ what: 'shorter' }] });
  });

  it('passes over the chains of other tenants', async () => {
    const other = { ...witness(), tenant: 'globex' };
    const log = new WitnessLog(fresh(), other);
    expect(await look(new Chains().put(id, events), log)).toMatchObject({ signed: 0, contradictions: [] });
  });

  it('takes an archived chain for what it was', async () => {
    const log = new WitnessLog(fresh(), witness());
    const chains = new Chains().put(id, events);
    await look(chains, log);
    chains.found.set(id, { kind: 'archived', head: headAt(events.length) as never });
    expect(await look(chains, log)).toMatchObject({ signed: 0, contradictions: [] });
  });

  it('leaves a chain that has ended alone for a while', async () => {
    const log = new WitnessLog(fresh(), witness());
    const rested = new Rested(60_000);
    const chains = new Chains().put(id, events);
    await look(chains, log, rested);
    chains.put(id, events.slice(0, 2));
    expect(await look(chains, log, rested)).toMatchObject({ chains: 0, contradictions: [] });
    const later = () => ({ at: T.finished, ms: 61_001 });
    expect(await look(chains, log, rested, later)).toMatchObject({ contradictions: [{ what: 'shorter' }] });
  });

  it('ends where the ledger is away', async () => {
    const log = new WitnessLog(fresh(), witness());
    const chains = new Chains().put(id, events);
    chains.found.set(id, new LedgerError('ledger.permissions', { message: 'x' }));
    await expect(look(chains, log)).rejects.toMatchObject({ code: 'ledger.permissions' });
    expect(log.length).toBe(0);
  });
});

describe('the log', () => {
  it('signs no second head at one place, and none behind', () => {
    const log = new WitnessLog(fresh(), witness());
    log.sign(id, headAt(3), T.approved);
    for (const head of [headAt(3), { sequence: 3, hash: digestOf('other') }, headAt(2)])
      expect(refusal(() => log.sign(id, head, T.approved)).code).toBe('witness.backwards');
    expect(log.length).toBe(1);
  });

  it('is read again as it was, each entry after the one before', () => {
    const folder = fresh();
    const log = new WitnessLog(folder, witness());
    for (const sequence of [1, 3, 5]) log.sign(id, headAt(sequence), T.approved);
    log.close();
    const again = new WitnessLog(folder, witness());
    expect(again.seen(id)).toEqual([1, 3, 5].map(headAt));
    again.sign(id, headAt(6), T.approved);
    const lines = readFileSync(join(folder, 'heads.log'), 'utf8').trimEnd().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { index: number; previous: string });
    expect(entries.map(({ index }) => index)).toEqual([1, 2, 3, 4]);
    expect(entries[0]?.previous).toBe('GENESIS');
    expect(entries[3]?.previous).toBe(digestBytes(new TextEncoder().encode(lines[2])));
  });

  it.each<[string, (lines: string[]) => string[]]>([
    ['a line is gone', ([first = '', , third = '']) => [first, third]],
    ['two lines have changed places', ([first = '', second = '', third = '']) => [second, first, third]],
    ['a line stands twice', ([first = '', second = '', third = '']) => [first, second, second, third]],
    ['a byte was changed', ([first = '', ...rest]) => [first.replace('"index":1', '"index":2'), ...rest]],
    ['a line is no entry', ([first = '', second = '']) => [first, second, '{}']],
  ])('is refused where %s', (_, change) => {
    const folder = fresh();
    const log = new WitnessLog(folder, witness());
    for (const sequence of [1, 3, 5]) log.sign(id, headAt(sequence), T.approved);
    log.close();
    const path = join(folder, 'heads.log');
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    writeFileSync(path, `${change(lines).join('\n')}\n`);
    expect(refusal(() => new WitnessLog(folder, witness())).code).toBe('witness.log');
  });

  it('is refused where a contradiction was taken out, or an anchor has the signature of another', () => {
    for (const change of [
      ([first = '', , third = '', fourth = '']: string[]) => [first, third, fourth],
      ([first = '', second = '', , fourth = '']: string[]) => [first, second, fourth],
      (lines: string[]) => {
        const [one, other] = [lines[0], lines[3]].map((line) => /"sig":"([^"]+)"/.exec(line ?? '')?.[1] ?? '');
        return [...lines.slice(0, 3), (lines[3] ?? '').replace(other ?? '', one ?? '')];
      },
    ]) {
      const folder = fresh();
      const log = new WitnessLog(folder, witness());
      const shorter = { what: 'shorter', expected: digestOf('x'), got: 'less' } as const;
      log.sign(id, headAt(1), T.approved);
      log.contradict(id, { ...shorter, sequence: 1 }, T.approved);
      log.contradict(id, { ...shorter, sequence: 2 }, T.approved);
      log.sign(id, headAt(3), T.approved);
      log.close();
      const path = join(folder, 'heads.log');
      writeFileSync(path, `${change(readFileSync(path, 'utf8').trimEnd().split('\n')).join('\n')}\n`);
      expect(refusal(() => new WitnessLog(folder, witness())).code).toBe('witness.log');
    }
  });

  it('is written by one process at a time', () => {
    const folder = fresh();
    const [one, other] = [new WitnessLog(folder, witness()), new WitnessLog(folder, witness())];
    one.sign(id, headAt(1), T.approved);
    expect(refusal(() => other.sign(id, headAt(3), T.approved)).code).toBe('witness.log');
  });

  it('is refused under another key', () => {
    const folder = fresh();
    const log = new WitnessLog(folder, witness());
    log.sign(id, headAt(1), T.approved);
    log.close();
    expect(refusal(() => new WitnessLog(folder, witness('n-other'))).code).toBe('witness.log');
  });

  it('loses a line that a crash cut off, which nobody was given', () => {
    const folder = fresh();
    const log = new WitnessLog(folder, witness());
    log.sign(id, headAt(1), T.approved);
    log.close();
    const path = join(folder, 'heads.log');
    const whole = readFileSync(path, 'utf8');
    appendFileSync(path, whole.slice(0, 40));
    const again = new WitnessLog(folder, witness());
    expect(again.seen(id)).toEqual([headAt(1)]);
    expect(readFileSync(path, 'utf8')).toBe(whole);
  });
});
