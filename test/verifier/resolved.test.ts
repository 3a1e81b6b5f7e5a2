import { describe, expect, it } from 'vitest';
import { toBase64 } from '../../core/canon/index.ts';
import type { InForceFacts, Wanted } from '../../core/domain/commands.ts';
import type { ResolvedFact } from '../../core/domain/events.ts';
import { lineageDigest } from '../../documents/lineage-registry.ts';
import type { EvidenceCheck } from '../../documents/policy.ts';
import type { PackCore } from '../../pack/index.ts';
import { CANDIDATE, digestOf, T } from '../documents/fixtures.ts';
import { ask } from './asking.ts';
import { rehash, reseal } from './attacks.ts';
import {
  endorsedPolicy,
  endorsedRoster,
  executed,
  filesOf,
  fixturePolicy,
  MiniatureService,
  nextRoster,
  notedEvidence,
  shift,
} from './fixture-pack.ts';

/** What a service looked for and found: its word, held against what the evidence names (R71, R74, R81). */

const { lineage, rollback } = notedEvidence().packet.sections;
const NAMED: Readonly<Record<Wanted['what'], string>> = {
  package: CANDIDATE.digest,
  rollback_package: rollback?.package?.digest ?? '',
  rollback_target: rollback?.target ?? '',
  rollback_procedure: rollback?.procedure?.digest ?? '',
  lineage: lineageDigest((lineage?.parents ?? []).map(({ digest }) => digest)),
};
const fact = (what: Wanted['what'], measured = NAMED[what]): ResolvedFact => ({
  what,
  digest: NAMED[what],
  measured,
  source: 'service',
});
const PARTS = ['package', 'rollback_package', 'rollback_target', 'rollback_procedure', 'lineage'] as const;

const looking = (...checks: EvidenceCheck[]) => {
  const { actions } = fixturePolicy();
  return endorsedPolicy(fixturePolicy({ actions: actions.map((action) => ({ ...action, checks })) }));
};
const nonceOf = (seed: number) => toBase64(new Uint8Array(16).fill(seed));
const ALL = looking('package', 'rollback', 'lineage');
const found = (resolved: readonly ResolvedFact[], policy = ALL) => ({ policy, resolved });
const whole = PARTS.map((what) => fact(what));

describe('a decision whose policy has things found', () => {
  it('says what was found, and the report lists it as the word of the service', () => {
    const service = executed(found(whole));
    expect(service.events.find(({ event_type }) => event_type === 'authority.routed')).toMatchObject({
      resolved: whole,
    });
    const report = ask(filesOf(service));
    expect(report).toMatchObject({ findings: [], evidence: 'holds', level: { reached: 'C2' } });
    expect(report.rests_on_service).toContain(
      'that it found and measured what the evidence names: package, rollback_package, rollback_target, rollback_procedure, lineage',
    );
  });

  it('says it again where it was evaluated anew, and the report once', () => {
    const service = new MiniatureService(found(whole)).open().evaluate().approve();
    service.reevaluate({ roster: endorsedRoster(nextRoster()) });
    expect(service.events.at(-1)).toMatchObject({ event_type: 'authority.routed', resolved: whole });
    const report = ask(filesOf(service.claim().confirm()));
    expect(report).toMatchObject({ findings: [], evidence: 'holds' });
    expect(report.rests_on_service).toContain(
      'that it found and measured what the evidence names: package, rollback_package, rollback_target, rollback_procedure, lineage',
    );
  });

  it.each(PARTS)('is denied where the %s is another than the evidence names', (what) => {
    const other = whole.map((each) => (each.what === what ? fact(what, digestOf('something else')) : each));
    const service = new MiniatureService(found(other)).open().evaluate();
    expect(service.events.at(-1)).toMatchObject({
      code: 'evidence.differs',
      detail: `${what} is ${digestOf('something else')}, where the evidence has ${NAMED[what]}`,
    });
    expect(ask({ ...filesOf(service), expect: 'denied' })).toMatchObject({ findings: [], evidence: 'holds' });
  });

  it('is denied where what is to be found is not named', () => {
    const { packet } = notedEvidence();
    const bare = { ...packet.sections.rollback!, package: null, procedure: null };
    const { actions } = fixturePolicy();
    const policy = endorsedPolicy(
      fixturePolicy({
        actions: actions.map((action) => ({
          ...action,
          evidence: action.evidence.filter((section) => section !== 'rollback'),
          checks: ['rollback'],
        })),
      }),
    );
    const service = new MiniatureService({
      policy,
      packet: { ...packet, sections: { ...packet.sections, rollback: bare } },
    });
    expect(service.open().evaluate().events.at(-1)).toMatchObject({
      code: 'evidence.incomplete',
      detail: expect.stringContaining('$.sections.rollback.package, $.sections.rollback.procedure') as string,
    });
  });

  it('looks for nothing under a policy that does not ask for it', () => {
    const service = executed({ resolved: whole });
    expect(service.events.every((event) => !('resolved' in event))).toBe(true);
    const listed = ask(filesOf(service)).rests_on_service.join();
    expect(listed).not.toContain('found and measured');
  });
});

describe('a claim on what was found', () => {
  const approved = () => new MiniatureService(found(whole)).open().evaluate().approve();

  it('is cleared on what is still there, says so, and is refused where it is another or gone', () => {
    const service = approved();
    const gone = whole.filter(({ what }) => what !== 'rollback_target');
    service.claim({}, T.cleared, undefined, { found: gone });
    expect(service.events.at(-1)).toMatchObject({ code: 'claim.evidence_awaited', resolved: gone });
    const other = [...gone, fact('rollback_target', digestOf('something else'))];
    service.claim({ nonce: nonceOf(2) }, shift(T.cleared, 1), undefined, { found: other });
    expect(service.events.at(-1)).toMatchObject({ code: 'claim.evidence_differs' });
    service.claim({ nonce: nonceOf(3) }, shift(T.cleared, 2)).confirm();
    expect(service.events.find(({ event_type }) => event_type === 'execution.cleared')).toMatchObject({
      resolved: whole,
    });
    expect(ask(filesOf(service))).toMatchObject({ findings: [], evidence: 'holds', level: { reached: 'C2' } });
  });

  it('of a decision before this was done holds, without saying that anybody looked', () => {
    const service = approved().claim({}, T.cleared, undefined, { found: null }).confirm();
    expect(service.events.some((event) => event.event_type === 'execution.cleared' && 'resolved' in event)).toBe(false);
    expect(ask(filesOf(service))).toMatchObject({ findings: [], evidence: 'holds' });
  });

  it('is not cleared on what the service itself says is another, or gone', () => {
    const other = whole.map((each) => (each.what === 'lineage' ? fact('lineage', digestOf('others')) : each));
    for (const looked of [other, whole.slice(1)]) {
      const lie = ({ obstacle: _, ...facts }: InForceFacts): InForceFacts => ({ ...facts, resolved: looked });
      const service = approved().claim({}, T.cleared, undefined, { found: looked, lie }).confirm();
      const report = ask(filesOf(service));
      expect(report.findings.map(({ code }) => code)).toContain('replay.differs');
      expect(report.evidence).toBe('does_not_hold');
    }
  });
});

describe('an operator who holds every service key', () => {
  const changedAt = (core: PackCore, change: (event: Record<string, unknown>) => void): PackCore => {
    const events = structuredClone(core.events) as unknown as Record<string, unknown>[];
    const routed = events.find((event) => event['event_type'] === 'authority.routed');
    if (routed) change(routed);
    return rehash({ ...core, events: events as unknown as PackCore['events'] });
  };
  const said = (core: PackCore) =>
    ask({ bundle: reseal(core) })
      .findings.filter(({ code, sequence }) => code === 'replay.differs' && (sequence === 2 || sequence === 4))
      .map(({ path, expected }) => [path, expected]);
  const DENIED = [['$.events[1].event_type', 'decision.denied']];

  it.each<[string, (event: Record<string, unknown>) => void]>([
    ['did not find', (event) => delete event['resolved']],
    ['found in part', (event) => Object.assign(event, { resolved: whole.slice(1) })],
    [
      'found to differ',
      (event) => Object.assign(event, { resolved: [fact('package', digestOf('x')), ...whole.slice(1)] }),
    ],
    ['found as no digest', (event) => Object.assign(event, { resolved: [fact('package', 'yes'), ...whole.slice(1)] })],
  ])('cannot route on what it says that it %s', (_, change) => {
    expect(said(changedAt(executed(found(whole)).core(), change))).toEqual(DENIED);
  });

  it('cannot say that it found what nobody asked for, or something else than the evidence names', () => {
    expect(said(changedAt(executed().core(), (event) => Object.assign(event, { resolved: whole })))).toMatchObject([
      ['$.events[3].resolved', expect.anything()],
    ]);
    const renamed = changedAt(executed(found(whole)).core(), (event) =>
      Object.assign(event, { resolved: [{ ...fact('package'), digest: digestOf('x') }, ...whole.slice(1)] }),
    );
    expect(said(renamed)).toMatchObject([['$.events[3].resolved[0].digest', expect.anything()]]);
  });
});
