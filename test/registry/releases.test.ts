import { beforeEach, describe, expect, it } from 'vitest';
import { canonicalBytes, digestBytes } from '../../core/canon/index.ts';
import { createMemoryLedger, type Ledger } from '../../ledger/index.ts';
import { createReleases, inOrderOfTime, type LetOut, type Releases } from '../../registry/index.ts';
import { tenantRegistry } from '../../registry/names.ts';
import { createMemoryStore, type DocumentStore } from '../../store/index.ts';
import { CANDIDATE, DECISION_ID, digestOf, fixtureTrust, ORIGIN, T, TENANT } from '../documents/fixtures.ts';
import { shift } from '../verifier/fixture-pack.ts';
import { letOut } from './let-out.ts';

/** Histories of targets, over a ledger in memory; on the real one in client/rollback.int.test.ts. */

const ids = Array.from({ length: 12 }, (_, at) => `${`${at}`.padStart(8, '0')}-2222-8333-8444-555555555555`);
const TARGET = 'prod-gateway-01';
const older = { ...CANDIDATE, version: '2.3.0', digest: digestOf('older') };

let ledger: Ledger;
let store: DocumentStore;
let releases: Releases;

type Bindings = Pick<Ledger, 'bind' | 'binding'>;

function over(through: Partial<Bindings>): Releases {
  const bindings: Bindings = {
    bind: (registry, key, value) => ledger.bind(registry, key, value),
    binding: (registry, key) => ledger.binding(registry, key),
    ...through,
  };
  return createReleases({ ledger: bindings, store, trust: fixtureTrust(), tenant: TENANT });
}

beforeEach(() => {
  ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
  store = createMemoryStore();
  releases = over({});
});

describe('a history', () => {
  // shows: R89
  it('is empty at first; each link names the one before it, and what the target ran', async () => {
    expect(await releases.history(TARGET)).toEqual([]);
    const first = await releases.record(letOut(DECISION_ID, { candidate: older }));
    const second = await releases.record(letOut(ids[0] ?? ''));
    expect(first.record).toMatchObject({ origin: ORIGIN, tenant: TENANT, number: 1, previous: 'GENESIS' });
    expect(first.record.previous_candidate).toBeNull();
    expect(second.record).toMatchObject({ number: 2, previous: first.digest, previous_candidate: older.digest });
    expect(await releases.history(TARGET)).toEqual([first, second]);
  });

  it('does not say that a target runs what nobody knows to have run', async () => {
    await releases.record(letOut(DECISION_ID, { outcome: 'unconfirmed', changed_at: null }));
    const { record } = await releases.record(letOut(ids[0] ?? ''));
    expect(record.previous_candidate).toBeNull();
  });

  it('is one of its target, and of its tenant', async () => {
    await releases.record(letOut(DECISION_ID));
    expect(await releases.history('prod-gateway-02')).toEqual([]);
    const there = createReleases({ ledger, store, trust: fixtureTrust(), tenant: 'globex' });
    expect(await there.history(TARGET)).toEqual([]);
  });

  it('finds its last link at any length', async () => {
    for (const [at, id] of ids.entries()) {
      await releases.record(letOut(id));
      expect((await releases.history(TARGET)).at(-1)?.record).toMatchObject({ number: at + 1, decision_id: id });
    }
  });
});

describe('a long history', () => {
  const many = Array.from({ length: 70 }, (_, at) => `${`${at}`.padStart(8, '0')}-4444-8333-8444-555555555555`);
  let asked = 0;
  const counting = (): Releases => over({ binding: (registry, key) => ((asked += 1), ledger.binding(registry, key)) });
  const recordAll = async (through: Releases, ids: readonly string[]) => {
    for (const id of ids) await through.record(letOut(id));
  };

  it('is gone on with in a few questions by whoever knows where it ended', async () => {
    const knowing = counting();
    await recordAll(knowing, many.slice(0, 68));
    asked = 0;
    expect((await knowing.record(letOut(many[68]!))).record.number).toBe(69);
    expect(asked).toBeLessThanOrEqual(5);
    asked = 0;
    expect((await counting().record(letOut(many[69]!))).record.number).toBe(70);
    expect(asked).toBeGreaterThan(12);
  });

  it('is looked for from the beginning once an older copy of the ledger stands in its place', async () => {
    const knowing = counting();
    await recordAll(knowing, many.slice(0, 40));
    ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
    await recordAll(over({}), many.slice(0, 5));
    expect((await knowing.record(letOut(many[50]!))).record.number).toBe(6);
  });

  it('is gone on with behind what others have recorded since', async () => {
    const [one, other] = [counting(), counting()];
    await recordAll(one, many.slice(0, 3));
    await recordAll(other, many.slice(3, 33));
    expect((await one.record(letOut(many[40]!))).record.number).toBe(34);
  });
});

describe('recording', () => {
  // shows: R89
  it('again changes nothing, also after others', async () => {
    const first = await releases.record(letOut(DECISION_ID));
    await releases.record(letOut(ids[0] ?? ''));
    expect(await releases.record(letOut(DECISION_ID))).toEqual(first);
    expect(await releases.history(TARGET)).toHaveLength(2);
  });

  it('by two at the same moment puts one after the other', async () => {
    const recorded = await Promise.all(ids.map((id) => releases.record(letOut(id))));
    const history = await releases.history(TARGET);
    expect(history.map(({ record }) => record.decision_id).sort()).toEqual(ids);
    expect(history.map(({ digest }) => digest).sort()).toEqual(recorded.map(({ digest }) => digest).sort());
  });

  it.each([1, 2])('that broke off after write %s, with somebody else in between, stands once', async (last) => {
    let writes = 0;
    const dying = over({
      bind: async (registry, key, value) => {
        const bound = await ledger.bind(registry, key, value);
        writes += 1;
        if (writes === last) throw new Error('killed');
        return bound;
      },
    });
    await expect(dying.record(letOut(DECISION_ID))).rejects.toThrow('killed');
    await releases.record(letOut(ids[0] ?? ''));
    await releases.record(letOut(DECISION_ID));
    await releases.record(letOut(DECISION_ID));
    const history = await releases.history(TARGET);
    expect(new Set(history.map(({ record }) => record.decision_id))).toEqual(new Set([ids[0], DECISION_ID]));
    expect(history).toHaveLength(2);
  });
});

describe('recording after an older copy was restored', () => {
  const LINKS = tenantRegistry('release', TENANT);
  const PLACES = tenantRegistry('release-place', TENANT);
  const at = (number: number): string => `${TARGET}/${number}`;

  /** The bindings of `from`, but for links from this number on: places were copied after links. */
  async function restoredBefore(number: number): Promise<void> {
    const from = ledger;
    ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
    for (const registry of [LINKS, PLACES]) {
      for (const [key, value] of await from.bindings(registry)) {
        const [, link] = key.split('/');
        if (registry === PLACES || Number(link) < number) await ledger.bind(registry, key, value);
      }
    }
  }

  it('leaves no gap, whoever comes first, and each stands once however often it is recorded', async () => {
    const [first = '', second = ''] = ids;
    await releases.record(letOut(DECISION_ID));
    await releases.record(letOut(first));
    await releases.record(letOut(second));
    await restoredBefore(2);
    for (const id of [second, first, second, first]) await releases.record(letOut(id));
    const history = await releases.history(TARGET);
    expect(history.map(({ record }) => record.decision_id)).toEqual([DECISION_ID, second, first]);
    expect(await ledger.binding(LINKS, at(4))).toBeUndefined();
  });

  it('keeps the one link of a decision, whatever it is sealed as by now', async () => {
    const first = await releases.record(letOut(DECISION_ID));
    await releases.record(letOut(ids[0] ?? ''));
    const other = letOut(DECISION_ID, { outcome: 'unconfirmed', changed_at: null, pack: digestOf('sealed again') });
    expect(await releases.record(other)).toEqual(first);
    expect(await releases.history(TARGET)).toHaveLength(2);
  });
});

describe('what has overtaken a decision', () => {
  const [D0 = '', D1 = '', D2 = '', R1 = '', R2 = ''] = ids;
  const undone = { decision_id: D1, cleared_at: shift(T.cleared, 60) };
  const links: Readonly<Record<string, LetOut>> = {
    D0: letOut(D0, { cleared_at: T.cleared }),
    D1: letOut(D1, { cleared_at: undone.cleared_at }),
    D2: letOut(D2, { cleared_at: shift(T.cleared, 120) }),
    R1: letOut(R1, { cleared_at: shift(T.cleared, 180), undoes: D1, outcome: 'execution_failed' }),
    R2: letOut(R2, { cleared_at: shift(T.cleared, 180), undoes: D1 }),
  };

  it.each<[string, string, string | null]>([
    ['nothing was let out', '', null],
    ['it is the last', 'D0 D1', null],
    ['another came after it', 'D1 D2', D2],
    ['another came after it, and then one of before it was closed', 'D1 D2 D0', D0],
    ['one of before it was closed after it', 'D1 D0', D0],
    ['it was closed after another that was cleared later', 'D2 D1', D2],
    ['it was to be undone, and nobody knows that it was', 'D1 R1', null],
    ['it was undone', 'D1 R1 R2', R2],
    ['it was to be undone after another', 'D1 D2 R1', D2],
    ['it stands in no history, and nothing was cleared after it', 'D0', null],
    ['it stands in no history, and another was cleared after it', 'D2 D0', D2],
  ])('where %s', async (_, order, expected) => {
    for (const name of order.split(' ').filter((one) => one !== '')) await releases.record(links[name]!);
    expect((await releases.overtaking(TARGET, undone))?.record.decision_id ?? null).toBe(expected);
  });

  it('is found without reading more of the history than there is time for', async () => {
    await releases.record(links['D1']!);
    const many = Array.from({ length: 120 }, (_, at) => `${`${at}`.padStart(8, '0')}-3333-8333-8444-555555555555`);
    for (const id of many) await releases.record(letOut(id, { cleared_at: shift(T.cleared, 120) }));
    let reads = 0;
    const counting = createReleases({
      ledger,
      store: { ...store, get: (digest) => ((reads += 1), store.get(digest)) },
      trust: fixtureTrust(),
      tenant: TENANT,
    });
    expect((await counting.overtaking(TARGET, undone))?.record.decision_id).toBe(many.at(-1));
    expect(reads).toBe(100);
  });
});

describe('a backout in a history', () => {
  const [D1 = '', D2 = '', D3 = '', B1 = '', B2 = '', R1 = ''] = ids;
  const champion = { ...CANDIDATE, version: '2.3.1', digest: digestOf('champion') };
  const released = (id: string, seconds: number, changes: Partial<LetOut> = {}): LetOut => {
    const candidate = { ...CANDIDATE, digest: digestOf(`candidate of ${id}`) };
    const times = { cleared_at: shift(T.cleared, seconds), changed_at: shift(T.cleared, seconds + 10) };
    return letOut(id, { candidate, ...times, ...changes });
  };
  /** Done so many seconds after the first clearance. */
  const backout = (id: string, seconds: number, changes: Partial<LetOut> = {}): LetOut =>
    released(id, 0, {
      candidate: champion,
      cleared_at: T.cleared,
      changed_at: shift(T.cleared, seconds),
      undoes: D1,
      undone_pack: digestOf(`pack of ${D1}`),
      ...changes,
    });
  const recorded = async (...all: readonly LetOut[]) => {
    for (const one of all) await releases.record(one);
    return releases.history(TARGET);
  };
  const undone = { decision_id: D1, cleared_at: T.cleared };
  const overtaking = async (decision: { decision_id: string; cleared_at: string } = undone) =>
    (await releases.overtaking(TARGET, decision))?.record.decision_id ?? null;

  it('is what the target runs from then on, and keeps no other rollback of the same decision', async () => {
    const history = await recorded(released(D1, 0), backout(B1, 100), released(D2, 200));
    expect(history[1]?.record).not.toHaveProperty('overtaken_by');
    expect(history[2]?.record.previous_candidate).toBe(champion.digest);
  });

  it('has undone the decision where it was carried out, and has not where it failed', async () => {
    await recorded(released(D1, 0), backout(B1, 100, { outcome: 'execution_failed' }));
    expect(await overtaking()).toBeNull();
    await recorded(backout(B2, 200));
    expect(await overtaking()).toBe(B2);
  });

  it('that was recorded after what was let out since says so, and changes nothing of what runs', async () => {
    const history = await recorded(released(D1, 0), released(D2, 200), backout(B1, 100), released(D3, 300));
    expect(history[2]?.record.overtaken_by).toEqual({ decision_id: D2, changed_at: shift(T.cleared, 210) });
    expect(history[2]?.record.previous_candidate).toBe(digestOf(`candidate of ${D2}`));
    expect(history[3]?.record.previous_candidate).toBe(digestOf(`candidate of ${D2}`));
    expect(inOrderOfTime(history).map(({ record }) => record.decision_id)).toEqual([D1, B1, D2, D3]);
  });

  it('that went back behind what was let out since says so, and is what runs', async () => {
    const history = await recorded(released(D1, 0), released(D2, 200), backout(B1, 400), released(D3, 500));
    expect(history[2]?.record.overtaken_by).toEqual({ decision_id: D2, changed_at: shift(T.cleared, 210) });
    expect(history[3]?.record.previous_candidate).toBe(champion.digest);
  });

  it('is what runs, where the receipt of what it went back behind came after it', async () => {
    const late = [released(D2, 200), released(R1, 210)];
    const history = await recorded(released(D1, 0), backout(B1, 400), ...late, released(D3, 500));
    const overtaken_by = { decision_id: B1, changed_at: shift(T.cleared, 400) };
    expect(history.map(({ record }) => record.overtaken_by)).toEqual([
      undefined,
      undefined,
      overtaken_by,
      overtaken_by,
      undefined,
    ]);
    expect(history.at(-1)?.record.previous_candidate).toBe(champion.digest);
    expect(inOrderOfTime(history).map(({ record }) => record.decision_id)).toEqual([D1, D2, R1, B1, D3]);
  });

  it('does not overtake what nobody knows the time of', async () => {
    const lost = released(D2, 200, { outcome: 'unconfirmed', changed_at: null });
    const history = await recorded(released(D1, 0), backout(B1, 400), lost, released(D3, 500));
    expect(history.at(-1)?.record.previous_candidate).toBeNull();
    expect(inOrderOfTime(history).map(({ record }) => record.decision_id)).toEqual([D1, B1, D2, D3]);
  });

  // In another order than `releases --at` the next link would say that something else runs.
  it.each([
    ['of what ended only after it', [released(D1, 0), backout(B1, 5)], digestOf(`candidate of ${D1}`)],
    [
      'before another attempt that failed',
      [released(D1, 0), released(R1, 200, { undoes: D1, outcome: 'execution_failed' }), backout(B1, 100)],
      null,
    ],
  ])('%s is not what runs', async (_, links, runs) => {
    const history = await recorded(...links, released(D3, 500));
    expect(history.at(-1)?.record.previous_candidate).toBe(runs);
    const last = inOrderOfTime(history.slice(0, -1)).at(-1)?.record;
    expect(last?.outcome === 'executed' ? last.candidate.digest : null).toBe(runs);
    expect(history.at(-2)?.record.overtaken_by?.decision_id).toBe(last?.decision_id);
  });

  it('wherever it stands among decisions, the next link says that what is last in the order of time runs', async () => {
    const lost = released(D3, 120, { outcome: 'unconfirmed', changed_at: null });
    const failed = backout(B2, 300, { outcome: 'execution_failed' });
    const decisions = [released(D1, 0), lost, released(D2, 200)];
    for (const links of permutations([...decisions, backout(B1, 100), failed])) {
      if (links.filter(({ undoes }) => undoes === undefined).some((one, at) => one !== decisions[at])) continue;
      ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
      releases = over({});
      const history = await recorded(...links);
      const last = inOrderOfTime(history).at(-1)?.record;
      const next = await releases.record(released(R1, 1000));
      const runs = last?.outcome === 'executed' ? last.candidate.digest : null;
      expect(next.record.previous_candidate, links.map(({ decision_id: id }) => id).join()).toBe(runs);
    }
  });

  it('does not speak against undoing what was let out after it, whenever it was recorded', async () => {
    await recorded(released(D1, 0), released(D2, 200), backout(B1, 100));
    expect(await overtaking({ decision_id: D2, cleared_at: shift(T.cleared, 200) })).toBeNull();
    await recorded(backout(B2, 400));
    expect(await overtaking({ decision_id: D2, cleared_at: shift(T.cleared, 200) })).toBe(B2);
  });

  it('is found behind others that were recorded late', async () => {
    await recorded(released(D1, 0), released(D2, 200, { undoes: D1 }), backout(B1, 100));
    expect(await overtaking()).toBe(D2);
    await recorded(released(R1, 150));
    expect(await overtaking()).toBe(R1);
  });

  it('that says otherwise than the links before it is refused', async () => {
    const [, last] = await recorded(released(D1, 0), released(D2, 200));
    const record = {
      ...last?.record,
      ...backout(B1, 100),
      number: 3,
      previous: last?.digest,
      previous_candidate: last?.record.candidate.digest,
    };
    for (const forged of [record, { ...record, overtaken_by: { decision_id: D3, changed_at: T.finished } }]) {
      const other = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
      for (const [key, value] of await ledger.bindings(tenantRegistry('release', TENANT)))
        await other.bind(tenantRegistry('release', TENANT), key, value);
      await store.put(canonicalBytes(forged));
      await other.bind(tenantRegistry('release', TENANT), `${TARGET}/3`, digestBytes(canonicalBytes(forged)));
      const there = createReleases({ ledger: other, store, trust: fixtureTrust(), tenant: TENANT });
      await expect(there.history(TARGET)).rejects.toMatchObject({ code: 'registry.bound' });
    }
  });
});

describe('a link that is not what it must be', () => {
  const bindLink = async (number: number, record: object): Promise<void> => {
    await store.put(canonicalBytes(record));
    const digest = digestBytes(canonicalBytes(record));
    await ledger.bind(tenantRegistry('release', TENANT), `${TARGET}/${number}`, digest);
  };

  it('is refused: of another target, or not after the one before it', async () => {
    const { record } = await releases.record(letOut(DECISION_ID));
    await bindLink(2, { ...record, number: 2, target: 'prod-gateway-02' });
    await expect(releases.history(TARGET)).rejects.toMatchObject({ code: 'registry.bound' });
  });

  it('is refused where it says that the target ran something else before', async () => {
    const { record, digest } = await releases.record(letOut(DECISION_ID));
    await bindLink(2, {
      ...record,
      decision_id: ids[0],
      number: 2,
      previous: digest,
      previous_candidate: older.digest,
    });
    await expect(releases.history(TARGET)).rejects.toMatchObject({ code: 'registry.bound' });
  });

  it('is refused where it names another predecessor', async () => {
    const { record } = await releases.record(letOut(DECISION_ID));
    const previous_candidate = record.candidate.digest;
    await bindLink(2, { ...record, number: 2, previous: digestOf('another'), previous_candidate });
    await expect(releases.history(TARGET)).rejects.toMatchObject({ code: 'registry.bound' });
  });
});

describe('what is owed', () => {
  it('is a release that was due and is not recorded; nothing of before there was a history', async () => {
    expect(await releases.owed(DECISION_ID)).toBe(false);
    await releases.due(letOut(DECISION_ID));
    expect(await releases.owed(DECISION_ID)).toBe(true);
    await releases.record(letOut(ids[0] ?? ''));
    expect(await releases.owed(DECISION_ID)).toBe(true);
    await releases.record(letOut(DECISION_ID));
    expect(await releases.owed(DECISION_ID)).toBe(false);
  });
});

function permutations<T>(values: readonly T[]): readonly (readonly T[])[] {
  if (values.length === 0) return [[]];
  return values.flatMap((value, at) => permutations(values.toSpliced(at, 1)).map((others) => [value, ...others]));
}
