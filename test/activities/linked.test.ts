import { beforeEach, describe, expect, it } from 'vitest';
import { gather } from '../../activities/chain.ts';
import type { Dependencies } from '../../activities/dependencies.ts';
import { loadLinked } from '../../activities/linked.ts';
import { digestBytes } from '../../core/canon/index.ts';
import type { Recorded } from '../../core/contracts/activities.ts';
import { packRegistryOf } from '../../core/contracts/names.ts';
import { createMemoryLedger } from '../../ledger/index.ts';
import { reachable } from '../../pack/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import { digestOf } from '../documents/fixtures.ts';
import { executed, filesOf } from '../verifier/fixture-pack.ts';

/** The earlier decision that a request names: believed for the ledger's binding, and for nothing that lies in the store. */

const service = executed();
const { bundle } = filesOf(service);
const pack = digestBytes(bundle);
const { decisionId } = service;
const asked = { linked: { relation: 'undoes', decision_id: decisionId, pack } } as const;
const recorded: Recorded = { policy: null, roster: null };

let dependencies: Pick<Dependencies, 'ledger' | 'store'>;
const bind = (value: string) => dependencies.ledger.bind(packRegistryOf(decisionId), decisionId, value);

beforeEach(async () => {
  const store = createMemoryStore();
  dependencies = { ledger: createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] }), store };
  await store.put(bundle);
});

describe('loadLinked', () => {
  it('takes the pack that the ledger binds, and no other that lies there', async () => {
    expect(await loadLinked(dependencies, {})).toBeNull();
    expect(await loadLinked(dependencies, asked)).toBeNull();
    await bind(pack);
    expect(await loadLinked(dependencies, asked)).toMatchObject({ decision_id: decisionId, pack });
  });

  it('takes none where the ledger binds another', async () => {
    await bind(digestOf('another pack'));
    expect(await loadLinked(dependencies, asked)).toBeNull();
  });

  it('finds for a stored batch what was found then, whatever was bound or lost since', async () => {
    expect(await loadLinked(dependencies, asked, { ...recorded, linked: true })).toMatchObject({ pack });
    await bind(pack);
    expect(await loadLinked(dependencies, asked, { ...recorded, linked: false })).toBeNull();
  });

  it('waits for a pack that is bound, and that the store does not have: store.not_found', async () => {
    await bind(pack);
    const store = createMemoryStore();
    await expect(loadLinked({ ...dependencies, store }, asked)).rejects.toMatchObject({ code: 'store.not_found' });
  });
});

describe('what is gathered for a pack', () => {
  const [first] = service.events;
  const events = [{ ...first, linked: { ...asked.linked } }, { event_type: 'authority.routed' }];
  const onlyPacks = (chain: readonly object[]) => {
    const { packs } = reachable(chain);
    return { packs, statements: [], documents: [], optionalStatements: [], optionalDocuments: [] };
  };

  it('is the earlier pack, which must be there, once it was read', async () => {
    const { packs } = await gather(dependencies as Dependencies, onlyPacks(events));
    expect([...packs]).toEqual([[pack, bundle]]);
    const store = createMemoryStore();
    await expect(gather({ ...dependencies, store } as Dependencies, onlyPacks(events))).rejects.toMatchObject({
      code: 'store.not_found',
    });
  });

  it.each([
    ['before anything was read', [], false],
    ['for want of it', [{ event_type: 'decision.denied', code: 'linked.unknown' }], false],
    ['for something before it', [{ event_type: 'decision.denied', code: 'evidence.stale' }], false],
    ['for its target', [{ event_type: 'decision.denied', code: 'linked.target' }], true],
    ['for where it goes back to', [{ event_type: 'decision.denied', code: 'linked.candidate' }], true],
    ['for what never ran', [{ event_type: 'decision.denied', code: 'linked.not_cleared' }], true],
    ['by a gate', [{ event_type: 'policy.evaluated' }, { event_type: 'decision.denied', code: 'gate.denied' }], true],
  ])('of a decision that ended %s', (_, rest, expected) => {
    expect(onlyPacks([events[0] ?? {}, ...rest]).packs).toEqual(expected ? [pack] : []);
  });
});
