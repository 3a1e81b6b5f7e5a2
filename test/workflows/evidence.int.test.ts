import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { OpenRequest } from '../../client/index.ts';
import { canonicalBytes, digestBytes, digestHex, digestJson } from '../../core/canon/index.ts';
import type { CandidateManifest } from '../../documents/candidate-manifest.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import { about, CANDIDATE, fixtureManifest, fixtureParentManifest, naming } from '../documents/fixtures.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { approve, chainOf, confirm, typesOf, verifyExported } from '../support/scenario.ts';

/** Evidence that is read, not only named, on real servers (R72, R75). */

let house: RunningHouse;

beforeAll(async () => {
  house = await startHouse({
    temporalAddress: inject('temporalAddress'),
    redisUrl: inject('redisUrl'),
    policy: (policy) => ({
      ...policy,
      actions: policy.actions.map((action) => ({ ...action, checks: ['manifest', 'inheritance'] })),
    }),
  });
});
afterAll(() => house?.stop());

/** A request whose packet names this manifest, which comes along with it. */
function asking(manifest: CandidateManifest, change: (packet: EvidencePacket) => EvidencePacket = (same) => same) {
  const packet = JSON.parse(new TextDecoder().decode(house.request('any').packet)) as EvidencePacket;
  const bytes = canonicalBytes(about(naming(manifest, change(packet))));
  const wanted: OpenRequest = house.request(randomUUID(), { packet: bytes });
  return { ...wanted, manifests: [canonicalBytes(manifest), canonicalBytes(fixtureParentManifest())] };
}

const bothDigests = (manifest: CandidateManifest): readonly string[] =>
  [digestJson(manifest), digestJson(fixtureParentManifest())].sort();

async function routedIn(decisionId: string): Promise<unknown> {
  return (await chainOf(house, decisionId)).find(({ event_type }) => event_type === 'authority.routed');
}

describe('a house whose policy has manifest and inheritance read', () => {
  it('routes on it, clears on it, and seals it', async () => {
    const { decisionId, view } = await house.client.open(asking(fixtureManifest()));
    expect(view.stage).toBe('routed');
    expect(await routedIn(decisionId)).toMatchObject({ manifests: bothDigests(fixtureManifest()) });
    await approve(house, decisionId);
    await confirm(house, decisionId, await house.client.claim(decisionId, house.signer(PEOPLE.deployer)));
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const report = await verifyExported(house, decisionId, 'executed');
    expect(report).toMatchObject({ findings: [], evidence: 'holds', level: { reached: 'C2' } });
  });

  it('refuses a bad one before anything is stored, with every place', async () => {
    const wanted = asking(fixtureManifest({ version: '2.4.1', parents: [] }));
    await expect(house.client.open(wanted)).rejects.toMatchObject({
      code: 'manifest.invalid',
      problems: [{ path: '$.version' }, { path: '$.parents' }],
    });
    expect(await house.store.has(digestJson(fixtureManifest({ version: '2.4.1', parents: [] })))).toBe(false);
  });

  it('refuses one that forgets what its parent passes on, with every place', async () => {
    const wanted = asking(fixtureManifest({ data_restrictions: [], known_vulnerabilities: [] }));
    await expect(house.client.open(wanted)).rejects.toMatchObject({
      code: 'inheritance.broken',
      problems: [
        { path: '$.data_restrictions' },
        { path: '$.known_vulnerabilities' },
        { path: '$.known_vulnerabilities' },
      ],
    });
  });

  it('waits, visibly, for one that is not there, and denies the bad one that comes', async () => {
    const bad = fixtureManifest({ version: '2.4.2' });
    const { manifests: _, ...wanted } = asking(bad);
    await house.store.put(wanted.packet);
    const decisionId = await house.openWithout(wanted.packet, wanted);
    await expect
      .poll(async () => (await house.client.why(decisionId)).failing, { timeout: 20_000 })
      .toMatchObject([{ what: 'evidence', code: 'store.not_found' }]);
    await house.store.put(canonicalBytes(bad));
    await house.store.put(canonicalBytes(fixtureParentManifest()));
    const view = await house.client.wait(decisionId, { until: 'closed', timeoutMs: 40_000 });
    expect(view).toMatchObject({ outcome: 'denied', candidate: { digest: CANDIDATE.digest } });
    const events = await chainOf(house, decisionId);
    expect(typesOf(events)).toEqual(['decision.requested', 'decision.denied']);
    expect(events.at(-1)).toMatchObject({ code: 'manifest.invalid', manifests: bothDigests(bad) });
    expect(await verifyExported(house, decisionId, 'denied')).toMatchObject({ findings: [], outcome: 'denied' });
  });
});

describe('a house whose policy has the package looked for', () => {
  let looking: RunningHouse;
  const packages = mkdtempSync(join(tmpdir(), 'countersign-packages-'));
  const bytes = new TextEncoder().encode(`a candidate of ${randomUUID()}`);
  const digest = digestBytes(bytes);
  const candidate = { name: 'gateway-router', version: '2.5.0', digest };

  beforeAll(async () => {
    mkdirSync(join(packages, 'sha256'));
    looking = await startHouse({
      temporalAddress: inject('temporalAddress'),
      redisUrl: inject('redisUrl'),
      environment: { COUNTERSIGN_PACKAGES: packages },
      policy: (policy) => ({
        ...policy,
        actions: policy.actions.map((action) => ({ ...action, checks: ['package'] })),
      }),
    });
  });
  afterAll(async () => {
    await looking?.stop();
    rmSync(packages, { recursive: true, force: true });
  });

  it('waits until it is there, visibly, and says what it came to', async () => {
    const packet = JSON.parse(new TextDecoder().decode(looking.request('any').packet)) as EvidencePacket;
    const sections = { ...packet.sections, candidate: { ...packet.sections.candidate!, digest } };
    const request = looking.request(randomUUID(), {
      candidate,
      packet: canonicalBytes({ ...packet, subject: digest, sections }),
    });
    const { decisionId, view } = await looking.client.open(request);
    expect(view.stage).toBe('requested');
    await expect
      .poll(async () => (await looking.client.why(decisionId)).failing, { timeout: 20_000 })
      .toMatchObject([
        {
          what: 'evidence',
          code: 'evidence.awaited',
          detail: expect.stringContaining('resolve.not_found') as string,
        },
      ]);
    writeFileSync(join(packages, 'sha256', digestHex(digest)), bytes);
    await looking.client.wait(decisionId, { until: 'routed', timeoutMs: 40_000 });
    const events = await chainOf(looking, decisionId);
    expect(events.find(({ event_type }) => event_type === 'authority.routed')).toMatchObject({
      resolved: [{ what: 'package', digest, measured: digest, source: 'service' }],
    });
    await looking.client.cancel(decisionId, looking.signer(PEOPLE.operator), { reason: 'seen enough' });
    await looking.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const report = await verifyExported(looking, decisionId, 'cancelled');
    expect(report).toMatchObject({ findings: [], outcome: 'cancelled' });
    expect(report.rests_on_service).toContain('that it found and measured what the evidence names: package');
  });
});
