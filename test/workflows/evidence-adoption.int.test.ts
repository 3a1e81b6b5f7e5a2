import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { canonicalBytes, digestBytes, digestHex } from '../../core/canon/index.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { chainOf, confirm, insist, verifyExported } from '../support/scenario.ts';

/**
 * A worker dies after its append and before anybody knows; before the next one starts, what it had found is gone, or back.
 * What was stored is adopted as it was decided, on what it says that was found.
 */

let house: RunningHouse;
const folder = mkdtempSync(join(tmpdir(), 'countersign-adopted-'));
const bytes = new TextEncoder().encode(`a candidate of ${randomUUID()}`);
const digest = digestBytes(bytes);
const place = join(folder, 'sha256', digestHex(digest));

beforeAll(async () => {
  mkdirSync(join(folder, 'sha256'));
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    worker: false,
    environment: { COUNTERSIGN_PACKAGES: folder },
    policy: (policy) => ({
      ...policy,
      actions: policy.actions.map((action) => ({ ...action, checks: ['package'] })),
    }),
  });
});
afterAll(async () => {
  await house?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A decision that is approved, whose worker dies after the append of its claim. */
async function upToClaim(beforeClaim: () => void) {
  const request = asked(bytes);
  const faulty = await house.startWorker({ FAULT_APPEND: '4', FAULT_WHEN: 'after' }, '../support/faulty-worker.ts');
  const died = new Promise<void>((resolve) => faulty.process.once('exit', () => resolve()));
  const road = (async () => {
    const { decisionId } = await insist(() => house.client.open(request));
    const seen = await insist(() => house.client.brief(decisionId));
    await insist(() => house.client.approve(decisionId, house.signer(PEOPLE.executive), { rationale: 'ok', seen }));
    beforeClaim();
    const { envelope } = await house.client.prepareClaim(decisionId, house.signer(PEOPLE.deployer));
    return { decisionId, claim: await insist(() => house.client.submit(decisionId, envelope)) };
  })();
  return { died, road };
}

/** A request about a candidate, of which something lies where it is looked for. */
function asked(there: Uint8Array) {
  const packet = JSON.parse(new TextDecoder().decode(house.request('any').packet)) as EvidencePacket;
  const sections = { ...packet.sections, candidate: { ...packet.sections.candidate!, digest } };
  writeFileSync(place, there);
  return house.request(randomUUID(), {
    candidate: { name: 'gateway-router', version: '2.5.0', digest },
    packet: canonicalBytes({ ...packet, subject: digest, sections }),
  });
}

describe('a denial that was stored and that nobody knows of', () => {
  it('is adopted with everything that it says the evidence lacks', { timeout: 120_000 }, async () => {
    const request = asked(new TextEncoder().encode('something else'));
    const faulty = await house.startWorker({ FAULT_APPEND: '2', FAULT_WHEN: 'after' }, '../support/faulty-worker.ts');
    const died = new Promise<void>((resolve) => faulty.process.once('exit', () => resolve()));
    const opening = insist(() => house.client.open(request));
    await died;
    rmSync(place);
    const worker = await house.startWorker();
    try {
      const { decisionId } = await opening;
      const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 30_000 });
      expect(view.outcome).toBe('denied');
      const misses = [{ code: 'evidence.differs', path: '$.subject' }];
      expect((await chainOf(house, decisionId)).at(-1)).toMatchObject({ code: 'evidence.differs', misses });
      expect(await verifyExported(house, decisionId, 'denied')).toMatchObject({ evidence: 'holds', findings: [] });
    } finally {
      await worker.stop();
    }
  });
});

describe('what was found changes between an append and its retry', () => {
  it.each([
    { what: 'a clearance, though the package is gone by then', gone: false, code: null },
    { what: 'a refusal, though the package is back by then', gone: true, code: 'claim.evidence_awaited' },
  ])('$what, is adopted as it was decided', { timeout: 120_000 }, async ({ gone, code }) => {
    const { died, road } = await upToClaim(() => gone && rmSync(place));
    await died;
    if (gone) writeFileSync(place, bytes);
    else rmSync(place);
    const worker = await house.startWorker();
    try {
      const { decisionId, claim } = await road;
      expect(claim).toMatchObject({ verdict: gone ? 'refused' : 'accepted', code });
      const counting = gone ? await house.client.claim(decisionId, house.signer(PEOPLE.deployer)) : claim;
      expect(counting).toMatchObject({ verdict: 'accepted' });
      await insist(() => confirm(house, decisionId, counting));
      await house.client.wait(decisionId, { until: 'closed', timeoutMs: 30_000 });
      expect((await house.client.why(decisionId)).failing).toEqual([]);
      expect(await verifyExported(house, decisionId, 'executed')).toMatchObject({ evidence: 'holds', findings: [] });
      const refused = (await chainOf(house, decisionId)).filter(({ event_type }) => event_type === 'statement.refused');
      expect(refused).toMatchObject(gone ? [{ code, resolved: [] }] : []);
    } finally {
      await worker.stop();
    }
  });
});
