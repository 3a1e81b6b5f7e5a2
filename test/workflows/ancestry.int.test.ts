import { randomUUID } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { digestJson } from '../../core/canon/index.ts';
import type { EvidencePacket } from '../../documents/index.ts';
import { LINEAGE_REGISTRY_TYPE } from '../../documents/lineage-registry.ts';
import { publishFirstStanding, publishStanding } from '../support/governing.ts';
import { type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, verifyExported } from '../support/scenario.ts';

/** What stands behind a candidate further back than its evidence names, on real servers (R74, R90). */

const LIFE_S = 24 * 3600;
const [GRANDPARENT, DATA] = [digestJson('grandparent'), digestJson('its data')];
const folder = mkdtempSync(join(tmpdir(), 'countersign-lineage-'));
const file = join(folder, 'lineage.json');

let house: RunningHouse;

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    standingLifeS: LIFE_S,
    environment: { COUNTERSIGN_LINEAGE: file },
    policy: (policy) => ({
      ...policy,
      actions: policy.actions.map((action) => ({ ...action, checks: ['ancestry'] })),
    }),
  });
  await publishFirstStanding(house);
});
afterAll(async () => {
  await house?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function record(entries: readonly object[]): void {
  writeFileSync(`${file}.new`, JSON.stringify({ _type: LINEAGE_REGISTRY_TYPE, entries }));
  renameSync(`${file}.new`, file);
}

describe('a house whose policy has ancestries read', () => {
  it('waits until the registry knows every ancestor, and stops once governance revokes one that no evidence names', async () => {
    const wanted = house.request(randomUUID());
    const { sections } = JSON.parse(new TextDecoder().decode(wanted.packet)) as EvidencePacket;
    const parents = (sections.lineage?.parents ?? []).map(({ digest }) => digest);
    const rollback = sections.rollback?.target ?? '';
    const { digest } = wanted.candidate;
    const known = [
      { digest, parents },
      ...parents.map((parent) => ({ digest: parent, parents: [GRANDPARENT] })),
      ...(parents.includes(rollback) ? [] : [{ digest: rollback, parents: [] }]),
    ];
    record(known);
    const { decisionId } = await house.client.open(wanted);
    await expect
      .poll(async () => (await house.client.why(decisionId)).failing, { timeout: 20_000 })
      .toMatchObject([{ code: 'evidence.awaited', detail: expect.stringContaining('resolve.not_found') as string }]);

    record([...known, { digest: GRANDPARENT, parents: [], made_of: [DATA] }]);
    await house.client.wait(decisionId, { until: 'routed', timeoutMs: 60_000 });
    await approve(house, decisionId);
    // What it rests on is what was read: the registry may forget it.
    record([{ digest, parents: [] }]);
    await publishStanding(house, { revokeDigests: [DATA] });
    await expect
      .poll(
        async () => {
          await house.client.tellStanding();
          return (await house.client.state(decisionId)).ending;
        },
        { timeout: 30_000 },
      )
      .toBe('candidate.revoked');
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect((await chainOf(house, decisionId)).at(-1)).toMatchObject({ revoked: [DATA] });
    const report = await verifyExported(house, decisionId, 'denied');
    expect(report).toMatchObject({ evidence: 'holds', findings: [] });
    expect(report.rests_on_service.join()).toContain('the ancestors that it read, and no others');
  });
});
