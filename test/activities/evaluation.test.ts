import { beforeEach, describe, expect, it } from 'vitest';
import { evaluate } from '../../activities/evaluation.ts';
import { loadMatter } from '../../activities/matter.ts';
import { reevaluate } from '../../activities/reevaluation.ts';
import type { Dependencies } from '../../activities/dependencies.ts';
import { canonicalBytes, digestBytes, digestJson } from '../../core/canon/index.ts';
import type { Recorded } from '../../core/contracts/activities.ts';
import type { Wanted } from '../../core/domain/commands.ts';
import type { ResolvedFact } from '../../core/domain/events.ts';
import { type Ancestry, ANCESTRY_TYPE } from '../../documents/ancestry.ts';
import type { Roster } from '../../documents/roster.ts';
import type { Lines } from '../../evaluation/index.ts';
import { createMemoryLedger } from '../../ledger/index.ts';
import { createRegistry, createRestrictions, createReleases, createReviews } from '../../registry/index.ts';
import { ResolveError } from '../../resolve/index.ts';
import { createMemoryStore } from '../../store/index.ts';
import {
  ACTORS,
  CANDIDATE,
  carded,
  fixtureManifest,
  fixtureTrust,
  HOLDERS,
  keyOfActor,
  naming,
  referenceTo,
  signedEvaluation,
  T,
  TENANT,
} from '../documents/fixtures.ts';
import {
  endorsedPolicy,
  endorsedRoster,
  fixturePolicy,
  MiniatureService,
  notedEvidence,
  ROSTER,
  shift,
} from '../verifier/fixture-pack.ts';

/** The activity over a registry and a store in memory: which documents it evaluates from. */

const controlledBy = (person: string, changes: Partial<Roster> = {}): Roster => ({
  ...ROSTER,
  workloads: ROSTER.workloads.map((workload) =>
    workload.actor_id === ACTORS.pipeline ? { ...workload, controlled_by: [person] } : workload,
  ),
  ...changes,
});

/** The pipeline asks. Before it is routed, its control goes from the second executive to who usually asks. */
const opening = controlledBy(ACTORS.secondExecutive);
const routing = controlledBy(ACTORS.requester, { serial: 2, predecessor: digestJson(opening) });
const service = new MiniatureService({ opening: endorsedRoster(opening), roster: endorsedRoster(routing) });

let dependencies: Dependencies;
let finding: (wanted: readonly Wanted[]) => readonly ResolvedFact[];
let standingBehind: (lines: Lines) => Ancestry;

async function publish(roster: Roster): Promise<void> {
  await dependencies.registry.publish(
    'roster',
    canonicalBytes(roster),
    endorsedRoster(roster).endorsements,
    T.requested,
  );
}

beforeEach(async () => {
  finding = () => {
    throw new TypeError('nothing is to be looked for');
  };
  standingBehind = () => {
    throw new TypeError('nobody’s ancestors are asked for');
  };
  const store = createMemoryStore();
  const trust = fixtureTrust();
  const ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
  const registry = createRegistry({ ledger, store, trust, tenant: TENANT });
  const held = (holder: string) => ({ key: keyOfActor(holder), holder });
  dependencies = {
    ledger,
    chains: ledger,
    store,
    disk: store,
    registry,
    resolver: { resolve: async (wanted) => finding(wanted), ancestry: (lines) => standingBehind(lines) },
    restrictions: createRestrictions({ ledger, store, trust, tenant: TENANT, registry }),
    trust,
    tenant: TENANT,
    keys: {
      permit: held(HOLDERS.permit),
      acknowledgement: held(HOLDERS.acknowledgement),
      seal: held(HOLDERS.seal),
    },
    conformanceTarget: 'L7GS-C2',
    patrolMs: 3_600_000,
    notifier: null,
    reviews: createReviews({ ledger, tenant: TENANT }),
    releases: createReleases({ ledger, store, trust, tenant: TENANT }),
  };
  await keepAll(service);
  const { document, endorsements } = endorsedPolicy(service.policy);
  await dependencies.registry.publish('policy', canonicalBytes(document), endorsements, T.requested);
  await publish(opening);
});

async function keepAll({ statements, documents }: MiniatureService): Promise<void> {
  for (const envelope of statements.values()) await dependencies.store.put(canonicalBytes(envelope));
  for (const bytes of documents.values()) await dependencies.store.put(bytes);
}

const routed = async (openingRoster: string | null) => {
  const { routing: taken, denial } = await evaluate(dependencies)({
    decisionId: service.decisionId,
    request: service.request.digest,
    requestedAt: T.requested,
    at: shift(T.requested, 3),
    openingRoster,
  });
  expect(denial).toBeNull();
  return taken;
};

describe('evaluate', () => {
  it('bars who controlled the workload under the roster at opening, and freezes the one in force', async () => {
    await publish(routing);
    const taken = await routed(digestJson(opening));
    expect(taken?.roster).toMatchObject({ serial: 2, digest: digestJson(routing) });
    const controllers = taken?.barred.filter(({ duties }) => duties.includes('requester_controller'));
    expect(controllers?.map(({ actor_id }) => actor_id)).toEqual([ACTORS.secondExecutive, ACTORS.requester]);
    expect(taken?.candidates).toEqual([{ role: 'executive', count: 1, actor_ids: [ACTORS.executive] }]);
  });

  it('takes the roster in force for the one at opening where none is named yet', async () => {
    const taken = await routed(null);
    const controllers = taken?.barred.filter(({ duties }) => duties.includes('requester_controller'));
    expect(controllers?.map(({ actor_id }) => actor_id)).toEqual([ACTORS.secondExecutive]);
  });

  it('waits for the manifest that the policy has read, and denies where it is no document', async () => {
    const manifest = fixtureManifest();
    const packet = naming(manifest, notedEvidence().packet);
    const actions = fixturePolicy().actions.map((action) => ({ ...action, checks: ['manifest' as const] }));
    const policy = endorsedPolicy(
      fixturePolicy({ actions, version: '1.3.0', serial: 2, predecessor: digestJson(service.policy) }),
    );
    const asked = new MiniatureService({ policy, packet, opening: endorsedRoster(opening) });
    await keepAll(asked);
    await dependencies.registry.publish('policy', canonicalBytes(policy.document), policy.endorsements, T.requested);
    const evaluated = () =>
      evaluate(dependencies)({
        decisionId: asked.decisionId,
        request: asked.request.digest,
        requestedAt: T.requested,
        at: shift(T.requested, 3),
        openingRoster: null,
      });
    await expect(evaluated()).rejects.toMatchObject({ code: 'store.not_found' });
    await dependencies.store.put(canonicalBytes(manifest));
    expect((await evaluated()).routing?.manifests).toEqual([digestJson(manifest)]);

    const text = new TextEncoder().encode('version: 2.4.0\n');
    const named = { ...packet.sections.candidate!, manifest: { ...referenceTo('text'), digest: digestBytes(text) } };
    const other = new MiniatureService({
      policy,
      packet: { ...packet, sections: { ...packet.sections, candidate: named } },
      opening: endorsedRoster(opening),
    });
    await keepAll(other);
    await dependencies.store.put(text);
    const { denial } = await evaluate(dependencies)({
      decisionId: other.decisionId,
      request: other.request.digest,
      requestedAt: T.requested,
      at: shift(T.requested, 3),
      openingRoster: null,
    });
    expect(denial).toMatchObject({ code: 'manifest.unreadable' });
    expect(denial).not.toHaveProperty('manifests');
  });

  it('waits for an evaluation card that is not there, reads it, and denies what is none', async () => {
    const actions = fixturePolicy().actions.map((action) => ({
      ...action,
      evidence: [...new Set([...action.evidence, 'evaluation' as const])],
      checks: ['evaluation' as const],
    }));
    const evaluators = { roles: ['evidence_author'] };
    const policy = endorsedPolicy(
      fixturePolicy({ actions, evaluators, version: '1.3.0', serial: 2, predecessor: digestJson(service.policy) }),
    );
    const card = signedEvaluation({ policy: { version: '1.3.0', digest: digestJson(policy.document) } });
    const { packet } = notedEvidence();
    const asked = new MiniatureService({ policy, packet: carded(card, packet), opening: endorsedRoster(opening) });
    await keepAll(asked);
    await dependencies.registry.publish('policy', canonicalBytes(policy.document), policy.endorsements, T.requested);
    const where = { requestedAt: T.requested, at: shift(T.requested, 3), openingRoster: null };
    const evaluated = (one: MiniatureService) =>
      evaluate(dependencies)({ ...where, decisionId: one.decisionId, request: one.request.digest });
    await expect(evaluated(asked)).rejects.toMatchObject({ code: 'store.not_found' });
    // Nobody is barred by what is not there, and whoever asked may call it off meanwhile.
    expect((await loadMatter(dependencies, asked.request.digest)).origins.evaluator).toBeNull();
    await dependencies.store.put(canonicalBytes(card));
    expect((await evaluated(asked)).routing).toMatchObject({ card: digestJson(card) });
    expect((await loadMatter(dependencies, asked.request.digest)).origins.evaluator).toBe(ACTORS.author);

    const evaluation = { ...carded(card, packet).sections.evaluation!, card: digestJson(packet) };
    const other = new MiniatureService({
      policy,
      packet: { ...packet, sections: { ...packet.sections, evaluation } },
      opening: endorsedRoster(opening),
    });
    await keepAll(other);
    await dependencies.store.put(canonicalBytes(packet));
    const { denial } = await evaluated(other);
    expect(denial).toMatchObject({ code: 'card.unreadable' });
    expect(denial).not.toHaveProperty('card');
  });

  it('looks for what the policy wants found, waits for it, and takes what a stored batch found', async () => {
    const actions = fixturePolicy().actions.map((action) => ({ ...action, checks: ['package' as const] }));
    const policy = endorsedPolicy(
      fixturePolicy({ actions, version: '1.3.0', serial: 2, predecessor: digestJson(service.policy) }),
    );
    const asked = new MiniatureService({ policy, opening: endorsedRoster(opening) });
    await keepAll(asked);
    await dependencies.registry.publish('policy', canonicalBytes(policy.document), policy.endorsements, T.requested);
    const where = {
      decisionId: asked.decisionId,
      request: asked.request.digest,
      requestedAt: T.requested,
      at: shift(T.requested, 3),
      openingRoster: null,
    };
    const fact = (measured: string): ResolvedFact => ({
      what: 'package',
      digest: CANDIDATE.digest,
      measured,
      source: 'service',
    });
    finding = () => {
      throw new ResolveError('resolve.not_found', { message: 'no such package', expected: 'a folder', got: 'nothing' });
    };
    await expect(evaluate(dependencies)(where)).rejects.toMatchObject({
      code: 'evidence.awaited',
      message: expect.stringContaining('resolve.not_found') as string,
    });
    finding = (wanted) => {
      expect(wanted).toEqual([{ what: 'package', digest: CANDIDATE.digest, of: CANDIDATE.digest }]);
      return [fact(CANDIDATE.digest)];
    };
    expect((await evaluate(dependencies)(where)).routing?.resolved).toEqual([fact(CANDIDATE.digest)]);
    finding = () => [fact(digestJson('another'))];
    expect((await evaluate(dependencies)(where)).denial).toMatchObject({ code: 'evidence.differs' });

    const recorded = { policy: digestJson(policy.document), roster: null, resolved: [fact(CANDIDATE.digest)] };
    const adopted = await evaluate(dependencies)({ ...where, recorded });
    expect(adopted.routing?.resolved).toEqual([fact(CANDIDATE.digest)]);
  });

  it('reads what stands behind the candidate where the policy asks for it, keeps it, and takes what a batch had read', async () => {
    const actions = fixturePolicy().actions.map((action) => ({ ...action, checks: ['ancestry' as const] }));
    const policy = endorsedPolicy(
      fixturePolicy({ actions, version: '1.3.0', serial: 2, predecessor: digestJson(service.policy) }),
    );
    const asked = new MiniatureService({ policy, opening: endorsedRoster(opening) });
    await keepAll(asked);
    await dependencies.registry.publish('policy', canonicalBytes(policy.document), policy.endorsements, T.requested);
    const { decisionId } = asked;
    const at = shift(T.requested, 3);
    const where = { decisionId, request: asked.request.digest, requestedAt: T.requested, at, openingRoster: null };
    finding = () => [];
    standingBehind = () => {
      throw new ResolveError('resolve.circular', { message: 'its own ancestor', expected: 'an end', got: 'a circle' });
    };
    await expect(evaluate(dependencies)(where)).rejects.toMatchObject({
      code: 'evidence.awaited',
      message: expect.stringContaining('resolve.circular') as string,
    });
    const { lineage, rollback } = notedEvidence().packet.sections;
    const ancestors = (lineage?.parents ?? []).map(({ digest }) => digest).sort();
    const read = (candidate: string): Ancestry => ({
      _type: ANCESTRY_TYPE,
      candidate: { digest: candidate, ancestors },
      rollback: { digest: rollback?.target ?? '', ancestors: [] },
    });
    standingBehind = (lines) => {
      expect(lines).toEqual({ candidate: CANDIDATE.digest, rollback: rollback?.target });
      return read(lines.candidate);
    };
    const ancestry = digestJson(read(CANDIDATE.digest));
    expect((await evaluate(dependencies)(where)).routing).toMatchObject({ ancestry });
    expect(await dependencies.store.get(ancestry)).toEqual(canonicalBytes(read(CANDIDATE.digest)));

    standingBehind = () => {
      throw new TypeError('a stored batch had read it');
    };
    const recorded = { policy: digestJson(policy.document), roster: null, ancestry };
    expect((await evaluate(dependencies)({ ...where, recorded })).routing).toMatchObject({ ancestry });
    standingBehind = () => read(digestJson('another'));
    expect((await evaluate(dependencies)(where)).denial).toMatchObject({ code: 'evidence.differs' });
  });

  it('waits for the roster at opening where the store does not have it: store.not_found', async () => {
    await expect(routed(digestJson('a roster that is not there'))).rejects.toMatchObject({ code: 'store.not_found' });
  });
});

describe('reevaluate', () => {
  it('looks for what the policy wants found, changes nothing where it is not there, and takes what a batch found', async () => {
    const actions = fixturePolicy().actions.map((action) => ({ ...action, checks: ['package' as const] }));
    const policy = endorsedPolicy(
      fixturePolicy({ actions, version: '1.3.0', serial: 2, predecessor: digestJson(service.policy) }),
    );
    const fact = { what: 'package', digest: CANDIDATE.digest, measured: CANDIDATE.digest, source: 'service' } as const;
    const asked = new MiniatureService({
      policy,
      opening: endorsedRoster(opening),
      roster: endorsedRoster(opening),
      resolved: [fact],
    });
    asked.open().evaluate();
    await keepAll(asked);
    await dependencies.registry.publish('policy', canonicalBytes(policy.document), policy.endorsements, T.requested);
    await publish(routing);
    const { basis_digest: basis, at: askedSince } = asked.routing;
    const context = {
      decisionId: asked.decisionId,
      request: asked.request.digest,
      at: T.approved,
      roster: digestJson(opening),
      approvals: [],
      routed: { requestedAt: T.requested, openingRoster: digestJson(opening), basis, askedSince },
    };
    const anew = (recorded?: Recorded) =>
      reevaluate(dependencies)({ context, claim: digestJson('a claim'), ...(recorded ? { recorded } : {}) });
    finding = () => {
      throw new ResolveError('resolve.not_found', { message: 'no such package', expected: 'a folder', got: 'nothing' });
    };
    expect(await anew()).toEqual({ refused: 'reevaluation.evidence' });
    finding = (wanted) => {
      expect(wanted).toEqual([{ what: 'package', digest: CANDIDATE.digest, of: CANDIDATE.digest }]);
      return [fact];
    };
    const routedAnew = {
      refused: null,
      changed: [],
      evaluation: { routing: { basis_digest: basis, resolved: [fact] } },
    };
    expect(await anew()).toMatchObject(routedAnew);
    finding = () => {
      throw new TypeError('a stored batch found it once');
    };
    const recorded = { policy: digestJson(policy.document), roster: digestJson(routing), linked: false };
    expect(await anew({ ...recorded, resolved: [fact] })).toMatchObject(routedAnew);
    expect(await anew(recorded)).toEqual({ refused: 'reevaluation.evidence' });
  });
});
