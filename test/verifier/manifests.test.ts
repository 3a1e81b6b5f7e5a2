import { describe, expect, it } from 'vitest';
import { canonicalBytes, digestJson } from '../../core/canon/index.ts';
import type { DecisionEvent } from '../../core/domain/events.ts';
import { CANDIDATE_MANIFEST_TYPE, type CandidateManifest } from '../../documents/candidate-manifest.ts';
import type { EvidenceCheck } from '../../documents/policy.ts';
import type { PackCore } from '../../pack/index.ts';
import { about, digestOf, fixtureManifest, fixtureParentManifest, naming } from '../documents/fixtures.ts';
import { ask } from './asking.ts';
import { rehash, reseal } from './attacks.ts';
import { endorsedPolicy, executed, filesOf, fixturePolicy, MiniatureService, notedEvidence } from './fixture-pack.ts';

/** Manifests that a policy has read (R72): in the pack, and read again from it. */

const reading = (...checks: EvidenceCheck[]) => {
  const { actions } = fixturePolicy();
  return endorsedPolicy(fixturePolicy({ actions: actions.map((action) => ({ ...action, checks })) }));
};

const setupOf = (manifest: object, policy = reading('manifest')) => ({
  policy,
  packet: naming(manifest, notedEvidence().packet),
  manifests: [manifest],
});

const verified = (service: MiniatureService) => ask(filesOf(service));
const endOf = (service: MiniatureService): DecisionEvent | undefined => service.events.at(-1);
const evaluated = (manifest: object) => new MiniatureService(setupOf(manifest)).open().evaluate();

describe('a decision whose policy has the manifest read', () => {
  // shows: R72
  it('names it where it is routed, and carries it in the pack', () => {
    const service = executed(setupOf(fixtureManifest()));
    const digest = digestJson(fixtureManifest());
    expect(service.events.find(({ event_type }) => event_type === 'authority.routed')).toMatchObject({
      manifests: [digest],
    });
    expect(service.core().documents[digest]).toMatchObject({ media_type: CANDIDATE_MANIFEST_TYPE });
    const report = verified(service);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ evidence: 'holds', level: { reached: 'C2' } });
  });

  it.each<[string, Partial<CandidateManifest>]>([
    ['another package', { package: { ...fixtureManifest().package, digest: digestOf('another package') } }],
    ['another version', { version: '2.4.1' }],
    ['a permission that the packet says is gone', { permissions: ['metrics:write'] }],
    ['no parents', { parents: [] }],
  ])('is denied before routing for a manifest of %s, and anybody sees why', (_, changes) => {
    const service = evaluated(fixtureManifest(changes));
    expect(endOf(service)).toMatchObject({ event_type: 'decision.denied', code: 'manifest.invalid' });
    expect(service.events.some(({ event_type }) => event_type === 'authority.routed')).toBe(false);
    expect(verified(service)).toMatchObject({ findings: [], outcome: 'denied', evidence: 'holds' });
  });

  it('is denied for a manifest of no such shape, whose foreign names are not repeated', () => {
    const service = evaluated({ ...fixtureManifest(), 'Ask Ann, 555-1234': true, runtimes: [] });
    expect(endOf(service)).toMatchObject({
      code: 'manifest.invalid',
      detail: expect.stringMatching(/^2 problems, at \$\.runtimes, a foreign member$/),
    });
    expect(verified(service)).toMatchObject({ findings: [], outcome: 'denied' });
  });

  it('is denied where what is named is another document, or none', () => {
    expect(endOf(evaluated({ _type: 'application/vnd.example+json' }))).toMatchObject({ code: 'manifest.invalid' });
    const none = new MiniatureService({ ...setupOf(fixtureManifest()), manifests: [] }).open().evaluate();
    expect(endOf(none)).toMatchObject({ code: 'manifest.unreadable' });
    expect(endOf(none)).not.toHaveProperty('manifests');
    const report = verified(none);
    expect(report).toMatchObject({ findings: [], outcome: 'denied' });
    expect(report.rests_on_service).toContain('that what was named as manifest was no document');
  });

  it('is denied where the packet names none', () => {
    const { packet } = notedEvidence();
    const candidate = { ...packet.sections.candidate!, manifest: null };
    const actions = fixturePolicy().actions.map((action) => ({
      ...action,
      evidence: action.evidence.filter((section) => section !== 'candidate'),
      checks: ['manifest' as const],
    }));
    const service = new MiniatureService({
      policy: endorsedPolicy(fixturePolicy({ actions })),
      packet: { ...packet, sections: { ...packet.sections, candidate } },
    });
    expect(endOf(service.open().evaluate())).toMatchObject({ code: 'evidence.incomplete' });
  });

  it('names and carries none under a policy that does not ask for it', () => {
    const service = executed(setupOf(fixtureManifest(), endorsedPolicy(fixturePolicy())));
    expect(service.events.every((event) => !('manifests' in event))).toBe(true);
    expect(service.core().documents).not.toHaveProperty([digestJson(fixtureManifest())]);
    expect(verified(service).evidence).toBe('holds');
  });
});

describe('a decision whose policy has the inheritance read', () => {
  const whole = (manifest: CandidateManifest, parents: readonly object[] = [fixtureParentManifest()]) => ({
    policy: reading('manifest', 'inheritance'),
    packet: about(naming(manifest, notedEvidence().packet)),
    manifests: [manifest, ...parents],
  });
  const ended = (setup: ConstructorParameters<typeof MiniatureService>[0]) => {
    const service = new MiniatureService(setup).open().evaluate();
    expect(verified(service)).toMatchObject({ findings: [], outcome: 'denied', evidence: 'holds' });
    return endOf(service);
  };

  // shows: R75
  it("carries the parents' manifests as well, and is read again from all of them", () => {
    const service = executed(whole(fixtureManifest()));
    const digests = [fixtureManifest(), fixtureParentManifest()].map((each) => digestJson(each)).sort();
    expect(service.events.find(({ event_type }) => event_type === 'authority.routed')).toMatchObject({
      manifests: digests,
    });
    expect(Object.keys(service.core().documents)).toEqual(expect.arrayContaining(digests));
    expect(verified(service)).toMatchObject({ findings: [], evidence: 'holds', level: { reached: 'C2' } });
  });

  it('is denied for what does not come along, and where a parent has no manifest', () => {
    const forgetful = fixtureManifest({ licences: { ids: ['Apache-2.0'], obligations: [] }, data_restrictions: [] });
    expect(ended(whole(forgetful))).toMatchObject({
      code: 'inheritance.broken',
      detail: '3 problems, at $.licences.obligations, $.data_restrictions',
    });
    const [parent] = fixtureManifest().parents;
    if (parent === undefined) throw new TypeError('the fixture has a parent');
    const orphan = fixtureManifest({ parents: [{ ...parent, manifest: null }] });
    expect(ended(whole(orphan, []))).toMatchObject({ code: 'inheritance.broken' });
    expect(ended(whole(fixtureManifest(), []))).toMatchObject({ code: 'manifest.unreadable' });
  });

  it("is denied for the rules of the candidate's own manifest before that", () => {
    const wrong = fixtureManifest({ version: '2.4.1', data_restrictions: [] });
    expect(ended(whole(wrong))).toMatchObject({ code: 'manifest.invalid' });
  });

  it('is denied where evaluation and safety case do not say that they are of this candidate', () => {
    const { packet, ...rest } = whole(fixtureManifest());
    expect(ended({ ...rest, packet: naming(fixtureManifest(), notedEvidence().packet) })).toMatchObject({
      code: 'evidence.incomplete',
      detail: '2 problems, at $.sections.evaluation.subject, $.sections.safety_and_security.subject',
    });
    const inherited = about(packet, digestOf('candidate gateway-router 2.3.1'));
    const service = new MiniatureService({ ...rest, packet: inherited }).open().evaluate();
    expect(endOf(service)).toMatchObject({ code: 'evidence.subject' });
  });

  it('cannot be cleared past a parent by an operator who holds every service key', () => {
    const forgetful = fixtureManifest({ data_restrictions: [] });
    const service = new MiniatureService(whole(forgetful)).open();
    const parent = digestJson(fixtureParentManifest());
    service.documents.set(parent, canonicalBytes(fixtureParentManifest({ data_restrictions: [] })));
    service.evaluate().approve().claim().confirm();
    service.keepDocument(fixtureParentManifest());
    const { findings } = verified(service);
    expect(findings).toContainEqual(expect.objectContaining({ code: 'replay.differs', expected: 'decision.denied' }));
  });
});

describe('what a denial lists', () => {
  const lacking = (): PackCore => {
    const { packet } = notedEvidence();
    const { safety_and_security: _, ...sections } = packet.sections;
    const named = naming(fixtureManifest({ version: '2.4.1' }), { ...packet, sections });
    return new MiniatureService({ ...setupOf(fixtureManifest({ version: '2.4.1' })), packet: named })
      .open()
      .evaluate()
      .core();
  };
  const misses = [
    { code: 'evidence.incomplete', path: '$.sections.safety_and_security' },
    { code: 'manifest.invalid', path: '$.version' },
  ];
  const found = (change: (denied: Record<string, unknown>) => void) => {
    const core = lacking();
    const events = structuredClone(core.events) as unknown as Record<string, unknown>[];
    change(events.at(-1)!);
    const changed = rehash({ ...core, events: events as unknown as PackCore['events'] });
    return ask({ bundle: reseal(changed) }).findings.map(({ code, path }) => [code, path]);
  };

  it('is derived again, as far as it is what the decision is denied for', () => {
    expect(lacking().events.at(-1)).toMatchObject({ code: 'evidence.incomplete', misses });
    expect(found(() => undefined)).toEqual([]);
    expect(found((denied) => Object.assign(denied, { misses: misses.slice(1) }))).toContainEqual([
      'replay.differs',
      '$.events[1].misses[1]',
    ]);
    expect(found((denied) => Object.assign(denied, { misses: [] }))).toHaveLength(2);
    expect(found((denied) => Object.assign(denied, { misses: 'none' }))).toHaveLength(1);
  });

  it('stands as told beside that, and may be left out, as it was before there was a list', () => {
    expect(found((denied) => Object.assign(denied, { misses: misses.slice(0, 1) }))).toEqual([]);
    expect(found((denied) => delete denied['misses'])).toEqual([]);
  });
});

describe('an operator who holds every service key', () => {
  const honest = (): PackCore => executed(setupOf(fixtureManifest())).core();
  const digest = digestJson(fixtureManifest());
  const found = (core: PackCore) => ask({ bundle: reseal(core) }).findings;
  /** What the replay of the evaluation says of its events. */
  const routedDiffers = (core: PackCore) =>
    found(core)
      .filter(({ code, sequence }) => code === 'replay.differs' && (sequence === 2 || sequence === 4))
      .map(({ path, expected, got }) => ({ path, expected, got }));
  const DENIED = { path: '$.events[1].event_type', expected: 'decision.denied', got: '"policy.evaluated"' };

  const changedAt = (core: PackCore, change: (event: Record<string, unknown>) => void): PackCore => {
    const events = structuredClone(core.events) as unknown as Record<string, unknown>[];
    const routed = events.find((event) => event['event_type'] === 'authority.routed');
    if (routed) change(routed);
    return rehash({ ...core, events: events as unknown as PackCore['events'] });
  };

  // shows: R72
  it('cannot route past a manifest that was not read', () => {
    const core = changedAt(honest(), (event) => delete event['manifests']);
    const { [digest]: _, ...documents } = core.documents;
    expect(routedDiffers({ ...core, documents })).toEqual([DENIED]);
  });

  it('cannot leave the manifest out of the pack', () => {
    const core = honest();
    const { [digest]: _, ...documents } = core.documents;
    expect(found({ ...core, documents }).map(({ code }) => code)).toContain('pack.incomplete');
    expect(routedDiffers({ ...core, documents })).toEqual([DENIED]);
  });

  it('cannot put another manifest in its place', () => {
    const other = fixtureManifest({ permissions: [] });
    const replaced = digestJson(other);
    const core = changedAt(honest(), (event) => Object.assign(event, { manifests: [replaced] }));
    const { [digest]: _, ...documents } = core.documents;
    const carried = executed(setupOf(other)).core().documents[replaced];
    if (carried === undefined) throw new TypeError('the other pack has it');
    expect(routedDiffers({ ...core, documents: { ...documents, [replaced]: carried } })).toEqual([DENIED]);
  });

  it('cannot say that a manifest was read which nobody asked for', () => {
    const core = changedAt(executed().core(), (event) => Object.assign(event, { manifests: [digest] }));
    const carried = honest().documents[digest];
    if (carried === undefined) throw new TypeError('the pack has it');
    const differing = routedDiffers({ ...core, documents: { ...core.documents, [digest]: carried } });
    expect(differing).toMatchObject([{ path: '$.events[3].manifests' }]);
  });

  it('cannot clear what its manifest should have denied', () => {
    const bad = fixtureManifest({ version: '2.4.1' });
    const service = new MiniatureService(setupOf(bad)).open();
    service.documents.set(digestJson(bad), canonicalBytes(fixtureManifest()));
    service.evaluate().approve().claim().confirm();
    service.keepDocument(bad);
    expect(routedDiffers(service.core())).toEqual([DENIED]);
  });
});
