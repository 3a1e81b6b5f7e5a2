import { beforeEach, describe, expect, it } from 'vitest';
import { canonicalBytes, digestBytes } from '../../core/canon/index.ts';
import { proveReleases, releaseAt } from '../../cli/past/releases.ts';
import type { ReleaseRecord } from '../../documents/index.ts';
import { backedOut, letOut, type Release } from '../../registry/index.ts';
import { createMemoryStore, type DocumentStore } from '../../store/index.ts';
import { ACTORS, digestOf, ORIGIN, T, TENANT } from '../documents/fixtures.ts';
import { addendumTo, backoutOf, CHAMPION, sealedAddendum } from '../verifier/fixture-addendum.ts';
import { executed, filesOf, MiniatureService, shift } from '../verifier/fixture-pack.ts';
import { PackFolders } from './pack-folders.ts';

/** A link of a history, held to the pack that it names: everything that it says of its decision. */

const folders = new PackFolders();
const service = executed();
const { bundle } = filesOf(service);
const proven = letOut(service.events, digestBytes(bundle));
if (proven === null) throw new TypeError('the fixture was executed');

const link: ReleaseRecord = {
  _type: 'application/vnd.countersign.release-record.v1+json',
  origin: ORIGIN,
  tenant: TENANT,
  number: 1,
  previous: 'GENESIS',
  previous_candidate: null,
  ...proven,
};
const released = (changes: Partial<ReleaseRecord> = {}): Release => {
  const record = { ...link, ...changes };
  return { record, digest: digestBytes(canonicalBytes(record)) };
};

let store: DocumentStore;

beforeEach(async () => {
  store = createMemoryStore();
  await store.put(bundle);
});

const wrongOf = async (release: Release, history: readonly Release[] = [release]) =>
  (await proveReleases([release], history, store, folders.trust))[0]?.wrong;

describe('what a target was', () => {
  it('is the last link that was carried out by then, or cleared where nobody said when', () => {
    const first = released();
    const silent = released({ number: 2, outcome: 'unconfirmed', cleared_at: shift(T.finished, 60), changed_at: null });
    const history = [first, silent];
    expect(releaseAt(history, shift(T.finished, -1))).toBeNull();
    expect(releaseAt(history, T.finished)).toEqual(first);
    expect(releaseAt(history, shift(T.finished, 59))).toEqual(first);
    expect(releaseAt(history, shift(T.finished, 60))).toEqual(silent);
  });
});

describe('a link', () => {
  // shows: R88
  it('is proven by its pack, with who approved', async () => {
    const [found] = await proveReleases([released()], [released()], store, folders.trust);
    expect(found).toMatchObject({ wrong: null, approved: [`${ACTORS.executive} as executive`] });
  });

  it.each<[string, Partial<ReleaseRecord>, string]>([
    ['another decision', { decision_id: '11111111-2222-8333-8444-555555555555' }, 'decision_id'],
    ['another target', { target: 'prod-gateway-02' }, 'target'],
    ['another candidate', { candidate: { ...link.candidate, digest: digestOf('x') } }, 'candidate.digest'],
    ['another version', { candidate: { ...link.candidate, version: '9.9.9' } }, 'candidate.version'],
    ['another name', { candidate: { ...link.candidate, name: 'billing' } }, 'candidate.name'],
    ['another clearance', { cleared_at: shift(T.cleared, -1) }, 'cleared_at'],
    ['another time of the change', { changed_at: shift(T.finished, -86_400) }, 'changed_at'],
    ['no time of the change', { changed_at: null }, 'changed_at'],
    ['an undone decision', { undoes: '11111111-2222-8333-8444-555555555555' }, 'undoes'],
    ['another tenant', { tenant: 'globex' }, 'tenant'],
    ['another origin', { origin: 'elsewhere' }, 'origin'],
  ])('that says %s than its pack is not proven', async (_, changes, member) => {
    expect(await wrongOf(released(changes))).toContain(`its ${member} is `);
  });

  it('of a pack that let nothing out, or that does not hold, is not proven', async () => {
    const refused = new MiniatureService().open().evaluate().approve().claim();
    refused.confirm({ result: 'not_executed', subject: null, exit_code: null });
    const files = filesOf(refused);
    await store.put(files.bundle);
    const outcome = { pack: digestBytes(files.bundle), outcome: 'execution_failed' as const };
    expect(await wrongOf(released(outcome))).toBe('its pack let nothing out');
    const torn = new TextEncoder().encode(new TextDecoder().decode(bundle).replace(/"sig":"./u, '"sig":"A'));
    await store.put(torn);
    expect(await wrongOf(released({ pack: digestBytes(torn) }))).toBe('its pack does not hold');
  });

  it('of a decision that stands twice is in doubt, wherever it stands', async () => {
    const again = released({ number: 7 });
    const history = [released(), again];
    expect(await wrongOf(released(), history)).toBe('its decision stands also as number 7');
    expect(await wrongOf(again, history)).toBe('its decision stands also as number 1');
  });
});

describe('the link of a backout', () => {
  const files = filesOf(service);
  const addendum = addendumTo(service, files, backoutOf(service));
  const sealed = sealedAddendum(addendum);
  const undone = { pack: digestBytes(bundle), cleared_at: T.cleared };
  const says = backedOut(addendum.events, digestBytes(sealed), undone);
  if (says === null) throw new TypeError('the fixture backs out');
  const back = (changes: Partial<ReleaseRecord> = {}) =>
    released({ number: 2, previous_candidate: link.candidate.digest, ...says, ...changes });

  beforeEach(() => store.put(sealed));

  it('is proven by its addendum and the pack of what it undoes, by whose approvers it goes back', async () => {
    expect(back().record).toMatchObject({ candidate: CHAMPION, undoes: service.decisionId });
    const history = [released(), back()];
    const found = await proveReleases(history, history, store, folders.trust);
    expect(found).toMatchObject([{ wrong: null }, { wrong: null, approved: [`${ACTORS.executive} as executive`] }]);
  });

  it.each<[string, Partial<ReleaseRecord>, string]>([
    ['another candidate', { candidate: { ...CHAMPION, digest: digestOf('x') } }, 'its candidate.digest is '],
    ['another time', { changed_at: shift(T.finished, 1) }, 'its changed_at is '],
    ['a success that it was not', { outcome: 'execution_failed' }, 'its outcome is '],
    ['another decision', { undoes: '11111111-2222-8333-8444-555555555555' }, 'its undoes is '],
    ['another clearance', { cleared_at: shift(T.cleared, 1) }, 'its cleared_at is '],
    ['an addendum that is none', { pack: digestBytes(bundle) }, 'its pack does not hold'],
    ['another pack', { undone_pack: digestBytes(sealed) }, 'its pack does not hold'],
  ])('that says %s is not proven', async (_, changes, wrong) => {
    expect(await wrongOf(back(changes))).toContain(wrong);
  });

  it('counts from when it was done, whenever it was recorded', () => {
    const { changed_at } = says;
    const after = released({ number: 2, cleared_at: shift(T.finished, 7200), changed_at: shift(T.finished, 7300) });
    const history = [released(), after, back({ number: 3 })];
    expect(releaseAt(history, changed_at ?? '')).toEqual(history[2]);
    expect(releaseAt(history, shift(T.finished, 7299))).toEqual(history[2]);
    expect(releaseAt(history, shift(T.finished, 7300))).toEqual(after);
    expect(releaseAt(history, shift(changed_at ?? '', -1))).toEqual(history[0]);
  });
});
