import { expect, it } from 'vitest';
import { recordAddendum } from '../../activities/addendum.ts';
import type { Dependencies } from '../../activities/index.ts';
import { canonicalBytes } from '../../core/canon/index.ts';
import { packRegistryOf } from '../../core/contracts/names.ts';
import { createMemoryLedger, EMPTY_HEAD, type Ledger } from '../../ledger/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import { digestOf } from '../documents/fixtures.ts';
import { backoutOf, RECORDED } from '../verifier/fixture-addendum.ts';
import { executed } from '../verifier/fixture-pack.ts';

/** A backout that comes between the end of its decision and what is recorded of that; on real servers in client/backout.int.test.ts. */

const service = executed();
const { decisionId } = service;

async function recording(owed: boolean, pack?: string) {
  const ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
  const store = createMemoryStore();
  const events = service.events as unknown as Parameters<Ledger['append']>[2]['events'];
  await ledger.append(decisionId, EMPTY_HEAD, { commandId: 'all', events });
  for (const statement of service.statements.values()) await store.put(canonicalBytes(statement));
  if (pack !== undefined) await ledger.bind(packRegistryOf(decisionId), decisionId, pack);
  const registry = {
    roster: async () => service.roster,
    policy: async () => service.policy,
    standingInForce: async () => null,
  };
  const dependencies = { ledger, chains: ledger, store, registry, releases: { owed: async () => owed } };
  const record = recordAddendum(dependencies as unknown as Dependencies);
  return record({ decisionId, envelope: backoutOf(service), at: RECORDED });
}

it.each([
  ['its pack is sealed', false, undefined, 'its sealed pack'],
  ['the history has what was let out', true, digestOf('pack'), 'its release in the history'],
])('waits until %s', async (_, owed, pack, expected) => {
  await expect(recording(owed, pack)).rejects.toMatchObject({ code: 'addendum.awaited', path: decisionId, expected });
});
