import { describe, expect, it } from 'vitest';
import { toBase64 } from '../../core/canon/index.ts';
import type { Policy, PolicyAction } from '../../documents/policy.ts';
import { packsBehind } from '../../pack/index.ts';
import { ACTORS, CANDIDATE, digestOf, fixtureEvidence } from '../documents/fixtures.ts';
import { ask, codesOf } from './asking.ts';
import { rehash, reseal } from './attacks.ts';
import {
  denied,
  endorsedPolicy,
  filesOf,
  fixturePolicy,
  MiniatureService,
  type PackFiles,
  type Setup,
} from './fixture-pack.ts';

/** A release in stages proves itself: the pack of each holds those of all before it. */

const [deploy] = fixturePolicy().actions as [PolicyAction];
const stage = (ladder: NonNullable<PolicyAction['ladder']>): PolicyAction => ({
  ...deploy,
  id: `release.${ladder.stage}`,
  evidence: ['candidate', 'release_plan', 'rollback'],
  ladder,
});
const policy: Policy = fixturePolicy({
  actions: [
    ...fixturePolicy().actions,
    stage({ stage: 'shadow', follows: [] }),
    stage({ stage: 'canary', follows: ['shadow'] }),
    stage({ stage: 'progressive', follows: ['canary', 'progressive'] }),
  ],
  routes: [{ id: 'executive', when: 'true', slots: [{ role: 'executive', signatures: 1 }] }],
});

type Exposure = Readonly<Record<string, string>>;
const SHADOW: Exposure = { traffic: '0 %', cohort: 'staff' };
const CANARY: Exposure = { traffic: '5 %', cohort: 'staff' };

interface Stage extends Setup {
  readonly exposure?: Exposure;
  readonly version?: string;
}

/** Each with a packet and a key of its own. */
function entering(name: string, { exposure = CANARY, version = '2.4.0', ...setup }: Stage = {}): MiniatureService {
  const { sections } = fixtureEvidence();
  const { release_plan, candidate: section } = sections;
  if (!release_plan || !section) throw new TypeError('the fixture has a plan');
  const candidate = version === CANDIDATE.version ? CANDIDATE : { ...CANDIDATE, version, digest: digestOf(version) };
  return new MiniatureService({
    policy: endorsedPolicy(policy),
    packet: fixtureEvidence({
      subject: candidate.digest,
      sections: {
        ...sections,
        candidate: { ...section, digest: candidate.digest },
        release_plan: { ...release_plan, exposure },
      },
    }),
    ...setup,
    request: {
      action: `release.${name}`,
      candidate,
      idempotency_key: `${name}-${exposure['traffic']?.split(' ')[0]}`,
      ...setup.request,
    },
  })
    .open()
    .evaluate();
}

/** Holds the role for every action. */
const SECOND = { signer: ACTORS.secondExecutive };
const out = (name: string, how: Stage = {}): MiniatureService => entering(name, how).approve(SECOND).claim().confirm();

const shadow = filesOf(out('shadow', { exposure: SHADOW }));
const canary = filesOf(out('canary', { follows: shadow }));

describe('the pack of a stage', () => {
  // shows: R84
  it('holds, down to the first stage, and says what it follows', () => {
    const next = filesOf(out('progressive', { follows: canary, exposure: { ...CANARY, traffic: '20 %' } }));
    const report = ask(next);
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'executed', level: { reached: 'C2' }, findings: [] });
    expect(report.answers?.why[0]).toBe(`follows decision ${canary.core.decision_id}, of the same candidate`);
    expect(report.answers?.undo[0]).toMatch(/^restore sha256:/);
    expect(report.rests_on_service.join()).not.toContain('rollback');
    expect([shadow, canary, next].map(({ core }) => packsBehind(core, 8))).toEqual([0, 1, 2]);
    expect(packsBehind(next.core, 1)).toBe(1);
  });

  it.each<[string, () => MiniatureService, string]>([
    ['out of order', () => entering('progressive', { follows: shadow }), 'ladder.order'],
    ['of another candidate', () => entering('canary', { follows: shadow, version: '2.5.0' }), 'ladder.candidate'],
    ['without the one before', () => entering('canary'), 'ladder.no_predecessor'],
    [
      'in two dimensions at once',
      () => entering('canary', { follows: shadow, exposure: { traffic: '5 %', cohort: 'all' } }),
      'ladder.dimensions',
    ],
    ['after one that was called off', () => entering('canary', { follows: calledOff() }), 'ladder.not_executed'],
    ['after what is no stage', () => entering('canary', { follows: filesOf(denied()) }), 'ladder.order'],
  ])('is a proven denial %s', (_, build, code) => {
    const service = build();
    expect(service.events.at(-1)).toMatchObject({ event_type: 'decision.denied', code });
    expect(ask({ ...filesOf(service), expect: 'denied' }).evidence).toBe('holds');
  });

  it('does not hold without the stage before, or where a service says that there was one', () => {
    const { packs: _, ...without } = canary.core;
    expect(codesOf(ask({ bundle: reseal(without) }))).toEqual(
      expect.arrayContaining(['pack.incomplete', 'replay.differs']),
    );
    const other = filesOf(out('shadow', { exposure: SHADOW, request: { idempotency_key: 'another' } }));
    const packs = Object.fromEntries(Object.keys(canary.core.packs ?? {}).map((key) => [key, toBase64(other.bundle)]));
    expect(codesOf(ask({ bundle: reseal({ ...canary.core, packs }) }))).toContain('linked.pack');
  });

  it('does not hold where the stage before does not: nobody approved that shadow', () => {
    const { core } = shadow;
    const unapproved = rehash({
      ...core,
      events: core.events.filter((event) => event.event_type !== 'authority.approved'),
    });
    const forged: PackFiles = { ...shadow, core: unapproved, bundle: reseal(unapproved) };
    const report = ask(filesOf(out('canary', { follows: forged })));
    expect(report.evidence).toBe('does_not_hold');
    expect(codesOf(report)).toContain('linked.pack');
  });
});

function calledOff(): PackFiles {
  return filesOf(entering('shadow', { exposure: SHADOW }).cancel());
}
