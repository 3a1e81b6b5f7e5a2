import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { OpenRequest } from '../../client/index.ts';
import { canonicalBytes, type Digest, digestBytes, digestHex, digestJson } from '../../core/canon/index.ts';
import type { CandidateManifest } from '../../documents/candidate-manifest.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import { memberOf } from '../../pack/index.ts';
import { LINEAGE_REGISTRY_TYPE, lineageDigest } from '../../documents/lineage-registry.ts';
import {
  about,
  CANDIDATE,
  fixtureEvidence,
  fixtureManifest,
  fixtureParentManifest,
  naming,
} from '../documents/fixtures.ts';
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
      problems: [
        { path: '$.version' },
        { path: '$.parents' },
        // Of no parent, everything that it may do is new.
        { path: '$.permissions[0]', code: 'inheritance.broken' },
        { path: '$.permissions[1]', code: 'inheritance.broken' },
      ],
    });
    expect(await house.store.has(digestJson(fixtureManifest({ version: '2.4.1', parents: [] })))).toBe(false);
  });

  it('tells at once what is wrong with packet, statement and manifest, each under its own code', async () => {
    const wanted = asking(
      fixtureManifest({ version: '2.4.1' }),
      ({ sections: { rollback, ...sections }, ...packet }) => {
        return { ...packet, sections: { ...sections, rollback: { ...rollback!, procedure: null, owner: null } } };
      },
    );
    const { evidenceStatement } = house.request(randomUUID());
    await expect(house.client.open({ ...wanted, evidenceStatement })).rejects.toMatchObject({
      code: 'evidence.subject',
      problems: [
        { path: '$.packet' },
        { path: '$.sections.rollback.procedure', code: 'evidence.incomplete' },
        { path: '$.sections.rollback.owner', code: 'evidence.incomplete' },
        { path: '$.version', code: 'manifest.invalid' },
      ],
    });
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
    const misses = [{ code: 'manifest.invalid', path: '$.version' }];
    expect(events.at(-1)).toMatchObject({ code: 'manifest.invalid', misses, manifests: bothDigests(bad) });
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

describe('a house whose policy has rollback and lineage looked for', () => {
  let looking: RunningHouse;
  const folder = mkdtempSync(join(tmpdir(), 'countersign-rollback-'));
  const packages = join(folder, 'packages', 'sha256');
  const registry = join(folder, 'lineage.json');
  const { lineage: parents } = fixtureEvidence().sections;
  const [parent = ''] = (parents?.parents ?? []).map(({ digest }) => digest);

  beforeAll(async () => {
    mkdirSync(packages, { recursive: true });
    const environment = { COUNTERSIGN_PACKAGES: join(folder, 'packages'), COUNTERSIGN_LINEAGE: registry };
    looking = await startHouse({
      temporalAddress: inject('temporalAddress'),
      redisUrl: inject('redisUrl'),
      environment,
      policy: (policy) => ({
        ...policy,
        actions: policy.actions.map((action) => ({ ...action, checks: ['rollback', 'lineage'] })),
      }),
    });
  });
  afterAll(async () => {
    await looking?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Parts of a rollback as they are, each of bytes of its own. */
  function rollbackOf(seed: string) {
    const part = (what: string) => {
      const bytes = new TextEncoder().encode(`${what} of ${seed}`);
      return { bytes, digest: digestBytes(bytes) };
    };
    return { package: part('package'), target: part('target'), procedure: part('procedure') };
  }
  type Rollback = ReturnType<typeof rollbackOf>;

  const lay = ({ digest, bytes }: Rollback['package'], as = digest): void =>
    writeFileSync(join(packages, digestHex(as)), bytes);

  const known = (found: readonly string[]): void =>
    writeFileSync(
      registry,
      JSON.stringify({ _type: LINEAGE_REGISTRY_TYPE, entries: [{ digest: CANDIDATE.digest, parents: found }] }),
    );

  function asked(rollback: Rollback): OpenRequest {
    const packet = JSON.parse(new TextDecoder().decode(looking.request('any').packet)) as EvidencePacket;
    const { rollback: section } = packet.sections;
    const reference = { ...section!.package!, size: 1 };
    const sections = {
      ...packet.sections,
      rollback: {
        ...section!,
        package: { ...reference, ...located(rollback.package.digest) },
        procedure: { ...reference, ...located(rollback.procedure.digest) },
        target: rollback.target.digest,
      },
    };
    return looking.request(randomUUID(), { packet: canonicalBytes({ ...packet, sections }) });
  }
  const located = (digest: Digest) => ({ digest, uri: `https://evidence.example/${digest}` });

  const awaited = (decisionId: string, named: string) =>
    expect
      .poll(async () => (await looking.client.why(decisionId)).failing, { timeout: 20_000 })
      .toMatchObject([
        { what: 'evidence', code: 'evidence.awaited', detail: expect.stringContaining(named) as string },
      ]);

  async function refusesApproval(decisionId: string): Promise<void> {
    expect(await looking.client.state(decisionId)).toMatchObject({ stage: 'requested', approvals: [] });
    await expect(approve(looking, decisionId)).rejects.toMatchObject({ code: 'decision.not_routed' });
  }

  // shows: R81
  it('opens no approval before package, target and procedure are there, and the parents are known', async () => {
    known([parent]);
    const rollback = rollbackOf(randomUUID());
    const { decisionId } = await looking.client.open(asked(rollback));
    for (const part of ['package', 'target', 'procedure'] as const) {
      await awaited(decisionId, rollback[part].digest);
      await refusesApproval(decisionId);
      lay(rollback[part]);
    }
    await looking.client.wait(decisionId, { until: 'routed', timeoutMs: 60_000 });
    const routed = (await chainOf(looking, decisionId)).find(({ event_type }) => event_type === 'authority.routed');
    const found = (what: string, digest: string) => ({ what, digest, measured: digest, source: 'service' });
    expect(routed).toMatchObject({
      resolved: [
        found('rollback_package', rollback.package.digest),
        found('rollback_target', rollback.target.digest),
        found('rollback_procedure', rollback.procedure.digest),
        found('lineage', lineageDigest([parent])),
      ],
    });
    await approve(looking, decisionId);
    await confirm(looking, decisionId, await looking.client.claim(decisionId, looking.signer(PEOPLE.deployer)));
    await looking.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    const cleared = (await chainOf(looking, decisionId)).find(({ event_type }) => event_type === 'execution.cleared');
    expect(cleared).toMatchObject({ resolved: memberOf(routed, 'resolved') });
    const report = await verifyExported(looking, decisionId, 'executed');
    expect(report).toMatchObject({ findings: [], evidence: 'holds', level: { reached: 'C2' } });
  });

  it.each(['package', 'target', 'procedure'] as const)('denies where the %s is another one', async (part) => {
    known([parent]);
    const rollback = rollbackOf(randomUUID());
    for (const each of ['package', 'target', 'procedure'] as const) if (each !== part) lay(rollback[each]);
    lay({ ...rollback[part], bytes: new TextEncoder().encode('something else') }, rollback[part].digest);
    const { decisionId } = await looking.client.open(asked(rollback));
    const view = await looking.client.wait(decisionId, { until: 'closed', timeoutMs: 40_000 });
    expect(view).toMatchObject({ outcome: 'denied', ending: 'evidence.differs' });
    expect(typesOf(await chainOf(looking, decisionId))).toEqual(['decision.requested', 'decision.denied']);
    expect(await verifyExported(looking, decisionId, 'denied')).toMatchObject({ findings: [], outcome: 'denied' });
  });

  it('clears nothing while the way back is gone or another one, and clears once it is back', async () => {
    known([parent]);
    const rollback = rollbackOf(randomUUID());
    for (const each of ['package', 'target', 'procedure'] as const) lay(rollback[each]);
    const { decisionId } = await looking.client.open(asked(rollback));
    await looking.client.wait(decisionId, { until: 'routed', timeoutMs: 40_000 });
    await approve(looking, decisionId);
    const claim = () => looking.client.claim(decisionId, looking.signer(PEOPLE.deployer));
    rmSync(join(packages, digestHex(rollback.target.digest)));
    expect(await claim()).toMatchObject({ verdict: 'refused', code: 'claim.evidence_awaited', permit: null });
    const other = new TextEncoder().encode('another way back');
    lay({ ...rollback.target, bytes: other });
    expect(await claim()).toMatchObject({ verdict: 'refused', code: 'claim.evidence_differs', permit: null });
    const refused = (await chainOf(looking, decisionId)).filter(({ event_type }) => event_type === 'statement.refused');
    expect(refused.map((event) => memberOf(event, 'resolved'))).toMatchObject([
      [{ what: 'rollback_package' }, { what: 'rollback_procedure' }, { what: 'lineage' }],
      [{ what: 'rollback_package' }, { what: 'rollback_target', measured: digestBytes(other) }, {}, {}],
    ]);
    lay(rollback.target);
    await confirm(looking, decisionId, await claim());
    await looking.client.wait(decisionId, { until: 'closed', timeoutMs: 20_000 });
    expect(await verifyExported(looking, decisionId, 'executed')).toMatchObject({ findings: [], evidence: 'holds' });
  });

  it('denies where the registry knows other parents, and waits where it knows none', async () => {
    const rollback = rollbackOf(randomUUID());
    for (const each of ['package', 'target', 'procedure'] as const) lay(rollback[each]);
    known([parent, digestBytes(new TextEncoder().encode('a parent that the packet leaves out'))]);
    const { decisionId } = await looking.client.open(asked(rollback));
    expect(await looking.client.wait(decisionId, { until: 'closed', timeoutMs: 40_000 })).toMatchObject({
      outcome: 'denied',
      ending: 'evidence.differs',
    });
    rmSync(registry);
    const { decisionId: waiting } = await looking.client.open(asked(rollback));
    await awaited(waiting, 'registry');
    await refusesApproval(waiting);
    await looking.client.cancel(waiting, looking.signer(PEOPLE.operator), { reason: 'seen enough' });
  });
});
