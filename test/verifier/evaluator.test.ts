import { describe, expect, it } from 'vitest';
import { digestJson } from '../../core/canon/index.ts';
import type { EvidencePacket } from '../../documents/evidence.ts';
import type { Roster } from '../../documents/roster.ts';
import { indexRoster, readRoster } from '../../documents/roster-reader.ts';
import { readStatement } from '../../documents/statements.ts';
import type { PackCore } from '../../pack/index.ts';
import {
  ACTORS,
  carded,
  digestOf,
  fixtureRoster,
  grant,
  keyFrom,
  keyOfActor,
  rosterBytes,
  rosterKey,
  T,
} from '../documents/fixtures.ts';
import { ask } from './asking.ts';
import { rehash, reseal } from './attacks.ts';
import { card, GAUGE, KEY, letting, people, type Person, POLICY, setupOf, UNDER } from './carded-pack.ts';
import {
  endorsedPolicy,
  endorsedRoster,
  endorsedStanding,
  filesOf,
  fixturePolicy,
  fixtureStanding,
  MiniatureService,
  notedEvidence,
  type Setup,
} from './fixture-pack.ts';

/** Evaluation cards that a policy has read (R76): in the pack, and held a second time to who signed them. */

const saying =
  (changes: object) =>
  (packet: EvidencePacket): EvidencePacket => ({
    ...packet,
    sections: { ...packet.sections, evaluation: { ...packet.sections.evaluation!, ...changes } },
  });

const execute = (service: MiniatureService) => service.approve().claim().confirm();
const executed = (setup: Setup) => execute(new MiniatureService(setup).open().evaluate());
const verified = (service: MiniatureService) => ask(filesOf(service));

/** How the decision ends that is evaluated from this, once a stranger has found the same. */
function ended(setup: Setup) {
  const service = new MiniatureService(setup).open().evaluate();
  expect(verified(service)).toMatchObject({ findings: [], outcome: 'denied', evidence: 'holds' });
  return service.events.at(-1);
}

describe('a decision whose policy has the evaluation card read', () => {
  // shows: R76
  it('names it where it is routed, carries it, and says who evaluated', () => {
    const service = executed(setupOf(card()));
    const digest = digestJson(card());
    expect(service.events.find(({ event_type }) => event_type === 'authority.routed')).toMatchObject({ card: digest });
    expect(service.core().statements).toHaveProperty([digest]);
    const report = verified(service);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ evidence: 'holds', level: { reached: 'C2' } });
    expect(report.rests_on_others).toContain('evaluator: what the evaluation came to');
    expect(report.answers?.evidence).toContain(
      `evaluated by ${GAUGE}, who neither asked nor made the candidate, nor controls whoever did; finished 2026-02-23T15:00:00.000Z`,
    );
  });

  it('names and carries none under a policy that does not ask for it', () => {
    const service = executed(setupOf(card(), { policy: endorsedPolicy(fixturePolicy()) }));
    expect(service.events.every((event) => !('card' in event))).toBe(true);
    expect(service.core().statements).not.toHaveProperty([digestJson(card())]);
    expect(verified(service).evidence).toBe('holds');
  });

  it.each<[string, string, Setup]>([
    ['no card', 'card.missing', setupOf(card(), { packet: () => notedEvidence().packet })],
    [
      'another subject',
      'card.differs',
      setupOf(card({ subject: digestOf('a parent') }), { packet: saying({ subject: notedEvidence().packet.subject }) }),
    ],
    [
      'another suite',
      'card.differs',
      setupOf(card({ suite: { name: 'smoke', version: '1.0.0', digest: digestOf('smoke') } })),
    ],
    ['results that its author changed', 'card.differs', setupOf(card(), { packet: saying({ failure_slices: [] }) })],
    ['another policy', 'card.policy', setupOf(card({ policy: { version: '1.1.0', digest: digestOf('1.1.0') } }))],
    ['a key of somebody else', 'card.signer', setupOf(card({}, keyOfActor(ACTORS.author)))],
    [
      'a key that has run out',
      'card.signer',
      setupOf(card(), {
        roster: endorsedRoster(
          people((one) =>
            one.actor_id === GAUGE ? { ...one, keys: [rosterKey(GAUGE, KEY, { valid_until: T.requested })] } : one,
          ),
        ),
      }),
    ],
    [
      'a key that governance revoked',
      'card.signer',
      { ...setupOf(card()), standing: standing([readStatement(card()).keyId]) },
    ],
    [
      'the author, posing as an evaluator',
      'card.role',
      setupOf(card({ signer: ACTORS.author }, keyOfActor(ACTORS.author))),
    ],
    [
      'who made the candidate',
      'card.not_independent',
      setupOf(card({ signer: ACTORS.creator }, keyOfActor(ACTORS.creator)), {
        roster: endorsedRoster(letting(ACTORS.creator)),
      }),
    ],
    [
      'who controls what asked',
      'card.not_independent',
      setupOf(card({ signer: ACTORS.requester }, keyOfActor(ACTORS.requester)), {
        roster: endorsedRoster(letting(ACTORS.requester)),
      }),
    ],
  ])('is denied for %s, and anybody sees why', (_, code, setup) => {
    expect(ended(setup)).toMatchObject({ event_type: 'decision.denied', code });
  });

  it('is denied for what is no card, which is the word of the service', () => {
    const { card: _, ...without } = setupOf(card());
    const service = new MiniatureService(without).open().evaluate();
    expect(service.events.at(-1)).toMatchObject({ code: 'card.unreadable' });
    expect(service.events.at(-1)).not.toHaveProperty('card');
    const report = verified(service);
    expect(report).toMatchObject({ findings: [], outcome: 'denied' });
    expect(report.rests_on_service).toContain('that what was named as evaluation card was none');
  });

  it('is approved by nobody who evaluated, by their id or by their key', () => {
    const service = new MiniatureService(setupOf(card())).open().evaluate();
    service.submit(service.approval({ signer: GAUGE }, KEY), T.approved);
    expect(service.events.at(-1)).toMatchObject({ event_type: 'statement.refused', code: 'approval.by_evaluator' });
    const report = verified(execute(service));
    expect(report).toMatchObject({ findings: [], evidence: 'holds' });
  });

  it("is cleared no more once governance has revoked the evaluator's key", () => {
    const service = new MiniatureService({ ...setupOf(card()), standing: standing() }).open().evaluate().approve();
    service.claim({}, T.cleared, undefined, { standing: standing([readStatement(card()).keyId], 2) });
    expect(service.events.at(-1)).toMatchObject({ event_type: 'statement.refused', code: 'claim.key_revoked' });
  });

  it('evaluated anew from a packet with another card, bars both evaluators and rests on the newer', () => {
    const { service, newer, SECOND } = evaluatedTwice();
    const routed = service.events.findLast(({ event_type }) => event_type === 'authority.routed');
    expect(routed).toMatchObject({ card: digestJson(newer) });
    expect(routed?.event_type === 'authority.routed' && routed.barred).toEqual(
      expect.arrayContaining([
        { actor_id: GAUGE, duties: ['evaluator'] },
        { actor_id: SECOND, duties: ['evaluator'] },
      ]),
    );
    const report = verified(execute(service));
    expect(report).toMatchObject({ findings: [], evidence: 'holds' });
    expect(report.answers?.evidence.join(' ')).toContain(`evaluated by ${SECOND}`);
  });
});

/** Evaluated anew, from a packet that names the card of a second evaluator. */
function evaluatedTwice() {
  const SECOND = 'p-caliper';
  const roster = people();
  const second: Person = {
    actor_id: SECOND,
    keys: [rosterKey(SECOND, keyFrom(SECOND))],
    grants: [grant('evaluator')],
  };
  const both = fixtureRoster({ persons: [...roster.persons, second], workloads: roster.workloads });
  const service = new MiniatureService(setupOf(card(), { roster: endorsedRoster(both) })).open().evaluate();
  const newer = card({ signer: SECOND, nonce: 'ERERERERERERERERERERERER' }, keyFrom(SECOND));
  service.keep(newer);
  service.reevaluate({ packet: { ...carded(newer, notedEvidence().packet), created_at: T.requested } });
  return { service, newer, SECOND };
}

/** Names this file's policy and roster. */
function standing(revoked_keys: readonly string[] = [], serial = 1) {
  return endorsedStanding(
    fixtureStanding({
      serial,
      ...(serial === 1 ? {} : { predecessor: digestOf('standing before') }),
      policy: { serial: POLICY.serial, digest: UNDER.digest },
      roster: { serial: 1, digest: digestJson(people()) },
      revoked_keys: [...revoked_keys],
    }),
  );
}

describe('an operator who holds every service key', () => {
  const found = (core: PackCore) => ask({ bundle: reseal(core) }).findings.map(({ code }) => code);
  const lied = (service: MiniatureService) => found(execute(service.evaluate()).core());
  const digest = digestJson(card());
  const changedAt = (core: PackCore, change: (event: Record<string, unknown>) => void): PackCore => {
    const events = structuredClone(core.events) as unknown as Record<string, unknown>[];
    for (const event of events) if (event['event_type'] === 'authority.routed') change(event);
    return rehash({ ...core, events: events as unknown as PackCore['events'] });
  };
  const without = (core: PackCore): PackCore => {
    const { [digest]: _, ...statements } = core.statements;
    return { ...core, statements };
  };
  const honest = () => executed(setupOf(card())).core();

  it('cannot route past a card that was not read', () => {
    const codes = found(without(changedAt(honest(), (event) => delete event['card'])));
    expect(codes).toEqual(expect.arrayContaining(['replay.differs', 'authority.evaluator']));
    // Also where it still lies in the pack, and no event says that anybody read it.
    expect(found(changedAt(honest(), (event) => delete event['card']))).toContain('authority.evaluator');
  });

  it('cannot leave the card out of the pack', () => {
    const codes = found(without(honest()));
    expect(codes).toEqual(expect.arrayContaining(['pack.incomplete', 'replay.differs', 'authority.evaluator']));
  });

  it('cannot say that a card was read which nobody asked for', () => {
    const plain = executed(setupOf(card(), { policy: endorsedPolicy(fixturePolicy()) })).core();
    const envelope = honest().statements[digest]!;
    const core = changedAt(plain, (event) => Object.assign(event, { card: digest }));
    const codes = found({ ...core, statements: { ...core.statements, [digest]: envelope } });
    expect(codes).toEqual(expect.arrayContaining(['replay.differs', 'authority.evaluator']));
  });

  it.each<[string, (service: MiniatureService) => unknown, Setup]>([
    [
      'results that its author changed',
      (service) => (service.admitting = (read) => ({ ...read, statement: { ...read.statement, failure_slices: [] } })),
      setupOf(card(), { packet: saying({ failure_slices: [] }) }),
    ],
    [
      'a card of another policy',
      (service) => (service.admitting = (read) => ({ ...read, statement: { ...read.statement, policy: UNDER } })),
      setupOf(card({ policy: { version: '1.1.0', digest: digestOf('1.1.0') } })),
    ],
    [
      'a card that its evaluator did not sign',
      (service) => (service.admitting = (read) => ({ ...read, refused: null })),
      setupOf(card({}, keyFrom('a thief'))),
    ],
    [
      'a card of somebody without the role',
      (service) =>
        (service.roster = indexRoster(readRoster(rosterBytes(letting(ACTORS.author)), { proofs: 'on_use' }))),
      setupOf(card({ signer: ACTORS.author }, keyOfActor(ACTORS.author))),
    ],
  ])('cannot clear on %s', (_, lie, setup) => {
    const service = new MiniatureService(setup).open();
    lie(service);
    expect(lied(service)).toEqual(expect.arrayContaining(['replay.differs', 'authority.evaluator']));
  });

  it('cannot clear on a card of whoever controls what made the candidate', () => {
    const bench = (controller: string): Roster['workloads'] => [
      {
        actor_id: 'w-bench',
        title: 'Makes candidates',
        controlled_by: [controller],
        keys: [rosterKey('w-bench', keyFrom('w-bench'))],
        grants: [],
      },
    ];
    const honestly = people((same) => same, bench(GAUGE));
    const lying = indexRoster(
      readRoster(rosterBytes(people((same) => same, bench(ACTORS.creator))), { proofs: 'on_use' }),
    );
    const setup = setupOf(card(), { roster: endorsedRoster(honestly), request: { creators: ['w-bench'] } });
    expect(ended(setup)).toMatchObject({ code: 'card.not_independent' });
    const service = new MiniatureService(setup).open();
    service.roster = lying;
    (service.opening as { index: typeof lying }).index = lying;
    expect(lied(service)).toEqual(expect.arrayContaining(['replay.differs', 'authority.evaluator']));
  });

  it("cannot clear once governance has revoked the evaluator's key", () => {
    const service = new MiniatureService({ ...setupOf(card()), standing: standing() }).open().evaluate().approve();
    const revoking = standing([readStatement(card()).keyId], 2);
    service
      .claim({}, T.cleared, undefined, { standing: revoking, lie: ({ obstacle: _, ...facts }) => facts })
      .confirm();
    expect(found(service.core())).toEqual(expect.arrayContaining(['replay.differs', 'standing.revoked']));
  });

  it('cannot count an approval by whoever evaluated', () => {
    const service = new MiniatureService(setupOf(card())).open().evaluate();
    const { policy } = service;
    // Under the eyes of a service that has no card read.
    service.policy = fixturePolicy();
    const state = service.state as { routing?: { barred: readonly { actor_id: string }[] } };
    if (state.routing) state.routing.barred = state.routing.barred.filter(({ actor_id }) => actor_id !== GAUGE);
    service.submit(service.approval({ signer: GAUGE }, KEY), T.approved);
    service.claim().confirm();
    service.policy = policy;
    expect(found(service.core())).toEqual(expect.arrayContaining(['authority.barred']));
  });

  it('cannot count an approval by whoever evaluated before it was evaluated anew', () => {
    const { service } = evaluatedTwice();
    const state = service.state as { routing?: { barred: readonly { actor_id: string }[] } };
    if (state.routing) state.routing.barred = state.routing.barred.filter(({ actor_id }) => actor_id !== GAUGE);
    service.submit(service.approval({ signer: GAUGE }, KEY), T.approved);
    expect(service.events.at(-1)).toMatchObject({ event_type: 'authority.approved' });
    service.claim().confirm();
    expect(found(service.core())).toEqual(expect.arrayContaining(['replay.differs', 'authority.barred']));
  });
});
