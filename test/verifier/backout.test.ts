import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../core/canon/index.ts';
import type { EventDraft } from '../../core/domain/events.ts';
import type { Policy } from '../../documents/policy.ts';
import { type Addendum, clearanceBytes, type PackCore, sealPack } from '../../pack/index.ts';
import { type BackoutInput, verifyAddendum, verifyBackout } from '../../verifier/index.ts';
import {
  ACTORS,
  CANDIDATE,
  digestOf,
  fixtureEvidence,
  keyFrom,
  keyOfActor,
  signedReceipt,
  T,
} from '../documents/fixtures.ts';
import { codesOf } from './asking.ts';
import { rehash } from './attacks.ts';
import {
  denied,
  endorsedPolicy,
  endorsedStanding,
  executed,
  filesOf,
  fixturePolicy,
  fixtureStanding,
  MiniatureService,
  shift,
  trustBytes,
  unconfirmed,
} from './fixture-pack.ts';
import { addendumTo, backoutOf, CHAMPION, linkedAs, RECORDED, sealedAddendum } from './fixture-addendum.ts';

/** Going back without the service: what a pack lets an executor do, and what it does not. */

const service = executed();
const files = filesOf(service);
const cleared = new MiniatureService().open().evaluate().approve().claim();
const NOW = shift(T.finished, 3600);

function ask(overrides: Partial<BackoutInput> = {}) {
  return verifyBackout({
    pack: files.bundle,
    statement: backoutOf(service),
    trust: trustBytes(),
    at: NOW,
    ...overrides,
  });
}

const standing = (changes: Parameters<typeof fixtureStanding>[0]) => {
  const { document, endorsements } = endorsedStanding(fixtureStanding(changes));
  return { standing: { document: canonicalBytes(document), endorsements } };
};

describe('an executor that goes back without the service', () => {
  it('may, on the sealed pack, to what its basis names, long after permit and deadline', () => {
    expect(ask()).toEqual({ holds: true, findings: [] });
    const late = shift(T.finished, 30 * 24 * 3600);
    const statement = backoutOf(service, { started_at: late, finished_at: late, signed_at: late });
    expect(ask({ at: late, statement })).toEqual({ holds: true, findings: [] });
  });

  it('may, where nobody knows whether it ran', () => {
    const lost = unconfirmed();
    expect(ask({ pack: filesOf(lost).bundle, statement: backoutOf(lost) }).findings).toEqual([]);
  });

  it('may, on its clearance pack, while the decision waits for its receipt', () => {
    const statement = backoutOf(cleared);
    expect(ask({ pack: clearanceBytes(cleared.clearancePack()), statement })).toEqual({ holds: true, findings: [] });
  });

  it('may, whatever has been frozen and whose standing has ended', () => {
    const frozen = standing({
      freezes: [{ environments: '*', actions: '*', id: 'F-1', from: T.cleared, until: null }],
      not_after: shift(T.cleared, 60),
    });
    expect(codesOf(ask({ governance: frozen }))).toEqual([]);
  });

  const attacks: readonly (readonly [string, () => Partial<BackoutInput>, string])[] = [
    [
      'to another digest',
      () => ({ statement: backoutOf(service, { candidate: { ...CHAMPION, digest: digestOf('older') } }) }),
      'backout.candidate',
    ],
    [
      'to what it goes back from',
      () => ({ statement: backoutOf(service, { candidate: CANDIDATE }) }),
      'backout.candidate',
    ],
    [
      'on the pack of a decision that was refused',
      () => ({ pack: filesOf(denied()).bundle, statement: backoutOf(denied()) }),
      'backout.cleared',
    ],
    [
      'where its executor swears that nothing ran',
      () => {
        const untouched = new MiniatureService().open().evaluate().approve().claim();
        untouched.confirm({ result: 'not_executed', subject: null, exit_code: null });
        return { pack: filesOf(untouched).bundle, statement: backoutOf(untouched) };
      },
      'backout.cleared',
    ],
    ['on the pack of a rollback', () => rollback(), 'backout.candidate'],
    [
      'as the executor of another target',
      () => {
        const other = executed({ policy: endorsedPolicy(twoTargets()) });
        const statement = backoutOf(other, { signer: ACTORS.pipeline }, keyOfActor(ACTORS.pipeline));
        return { pack: filesOf(other).bundle, statement };
      },
      'backout.executor',
    ],
    ['at another target', () => ({ statement: backoutOf(service, { target: 'prod-gateway-02' }) }), 'backout.target'],
    ["with somebody else's key", () => ({ statement: backoutOf(service, {}, keyFrom('stolen')) }), 'signer.unknown'],
    [
      'naming another clearance',
      () => ({ statement: backoutOf(service, { cleared: digestOf('x') }) }),
      'backout.cleared',
    ],
    ['naming another pack', () => ({ statement: backoutOf(service, { pack: digestOf('x') }) }), 'backout.cleared'],
    [
      'naming a pack where it has a clearance',
      () => ({
        pack: clearanceBytes(cleared.clearancePack()),
        statement: backoutOf(cleared, { pack: digestOf('x') }),
      }),
      'backout.cleared',
    ],
    [
      'before it was cleared',
      () => {
        const early = shift(T.cleared, -301);
        return { statement: backoutOf(service, { started_at: early, finished_at: early, signed_at: early }) };
      },
      'backout.early',
    ],
    [
      'to what a standing that it was given has revoked',
      () => ({ governance: standing({ revoked_digests: [CHAMPION.digest] }) }),
      'standing.revoked',
    ],
    [
      'with a key that a standing has revoked',
      () => ({ governance: standing({ revoked_keys: [keyOfActor(ACTORS.deployer).publicKey.keyId] }) }),
      'standing.revoked',
    ],
    [
      'past a standing that nobody endorsed',
      () => ({ governance: { standing: { ...standing({}).standing, endorsements: [] } } }),
      'signer.standing',
    ],
    [
      'on a pack of another origin',
      () => ({ trust: trustBytes((trust) => ({ ...trust, origin: 'other.example' })) }),
      'signer.tenant',
    ],
    ['on a pack that a stranger sealed', () => ({ pack: sealPack(files.core, keyFrom('stranger')) }), 'signer.seal'],
    ['under another trust file', () => ({ trust: new Uint8Array() }), 'trust.unreadable'],
    ['on no pack', () => ({ pack: new TextEncoder().encode('{}') }), 'bundle.unreadable'],
    [
      'on a clearance pack that was forged',
      () => {
        const pack = cleared.clearancePack();
        const events = pack.events.map((event) =>
          event.event_type === 'decision.requested' ? { ...event, target: 'prod-gateway-02' } : event,
        );
        return {
          pack: canonicalBytes(rehash({ ...pack, events } as unknown as PackCore)),
          statement: backoutOf(cleared),
        };
      },
      'replay.differs',
    ],
    [
      'on a clearance that nobody gave a permit for',
      () => {
        const permit = cleared.permitFor({ cleared: digestOf('another clearance') });
        return { pack: clearanceBytes({ ...cleared.clearancePack(), permit }), statement: backoutOf(cleared) };
      },
      'execution.permit',
    ],
    [
      'by the signature of another kind of statement',
      () => ({ statement: signedReceipt({ decision_id: service.decisionId }) }),
      'statement.unreadable',
    ],
  ];

  it.each(attacks)('runs nothing %s', (_, changes, code) => {
    const report = ask(changes());
    expect(report.holds).toBe(false);
    expect(codesOf(report)).toContain(code);
  });
});

describe('the addendum of a backout', () => {
  const backout = backoutOf(service);
  const honest = addendumTo(service, files, backout);

  const check = (addendum: Addendum, overrides: Partial<Parameters<typeof verifyAddendum>[0]> = {}) =>
    verifyAddendum({ addendum: sealedAddendum(addendum), bundle: files.bundle, trust: trustBytes(), ...overrides });

  it.each([
    ['the sealed pack', { pack: honest.pack }],
    ['the clearance pack', {}],
  ])('proves by itself and the pack of its decision that it was done on %s', (_, acted) => {
    const report = check(addendumTo(service, files, backoutOf(service, acted)));
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({
      evidence: 'holds',
      proven: { events: [{}, { event_type: 'backout.recorded', candidate: CHAMPION, ...acted }] },
    });
  });

  it('proves no less where the executor did not say when it ended', () => {
    const began = backoutOf(service, { result: 'unknown', exit_code: null });
    expect(check(addendumTo(service, files, began)).evidence).toBe('holds');
  });

  /** What an operator with every service key writes, and the executor did not sign. */
  const recorded =
    (changes: object) =>
    ([opened, event]: readonly EventDraft[]): readonly EventDraft[] => [
      opened as EventDraft,
      { ...(event as EventDraft), ...changes } as EventDraft,
    ];

  it.each<[string, () => ReturnType<typeof check>, string]>([
    [
      'a success in the place of a failure',
      () => {
        const failed = backoutOf(service, { result: 'failure', exit_code: 1 });
        return check(addendumTo(service, files, failed, recorded({ result: 'success' })));
      },
      'addendum.differs',
    ],
    [
      'another time',
      () => check(addendumTo(service, files, backout, recorded({ finished_at: NOW }))),
      'addendum.differs',
    ],
    [
      'another digest than was signed',
      () => check(addendumTo(service, files, backout, recorded({ candidate: { ...CHAMPION, digest: digestOf('x') } }))),
      'addendum.differs',
    ],
    [
      'a backout that the service should have refused',
      () => {
        const older = { ...CHAMPION, digest: digestOf('older') };
        const signed = backoutOf(service, { candidate: older });
        return check(addendumTo(service, files, signed, () => draftsOf(signed, older)));
      },
      'backout.candidate',
    ],
    [
      'a backout that nobody on the roster signed',
      () => check(addendumTo(service, files, backoutOf(service, {}, keyFrom('operator')))),
      'signer.unknown',
    ],
    [
      'an addendum to another decision',
      () => {
        const other = executed({ request: { idempotency_key: 'another' } });
        return check(honest, { bundle: filesOf(other).bundle });
      },
      'addendum.pack',
    ],
    ['another id', () => check({ ...honest, ...renamed() }), 'addendum.pack'],
    [
      'a seal by another key',
      () => check(honest, { addendum: sealedAddendum(honest, keyFrom('operator')) }),
      'signer.seal',
    ],
    ['what was changed under its seal', () => check(honest, { addendum: spoilt() }), 'seal.signature'],
    ['no statement', () => check({ ...honest, statements: {} }), 'addendum.differs'],
    ['what is no addendum', () => check(honest, { addendum: files.bundle }), 'addendum.unreadable'],
    ['a decision whose pack does not hold', () => check(honest, { bundle: new Uint8Array() }), 'bundle.unreadable'],
  ])('proves nothing with %s', (_, forged, code) => {
    const report = forged();
    expect(report.evidence).not.toBe('holds');
    expect(report.proven).toBeNull();
    expect(codesOf(report)).toContain(code);
  });

  function draftsOf(signed: ReturnType<typeof backoutOf>, candidate: typeof CHAMPION): readonly EventDraft[] {
    let drafts: readonly EventDraft[] = [];
    addendumTo(service, files, backout, (given) => (drafts = given));
    return recorded({ candidate, statement: Object.keys(addendumTo(service, files, signed).statements)[0] })(
      drafts,
    ).map(
      (draft) => ({ ...draft, statement: Object.keys(addendumTo(service, files, signed).statements)[0] }) as EventDraft,
    );
  }

  function renamed() {
    const id = '11111111-2222-8333-8444-555555555555';
    const drafts = honest.events.map((event) => {
      const {
        event_id: _,
        schema_version: __,
        decision_id: ___,
        sequence: ____,
        previous_hash: _____,
        integrity_hash: ______,
        ...draft
      } = event;
      return draft as EventDraft;
    });
    const events = linkedAs(id, drafts);
    return { decision_id: id, events, head: { sequence: 2, hash: events[1]?.integrity_hash ?? '' } };
  }

  function spoilt(): Uint8Array {
    const other = sealedAddendum({ ...honest, pack: digestOf('x') });
    const [own, foreign] = [honest, null].map((one) =>
      JSON.parse(new TextDecoder().decode(one ? sealedAddendum(one) : other)),
    );
    return canonicalBytes({ ...own, payload: foreign.payload });
  }

  it('was recorded when the service says', () => {
    expect(honest.events[0]).toMatchObject({ timestamp: RECORDED });
  });
});

function twoTargets(): Policy {
  const policy = fixturePolicy();
  const [target] = policy.targets;
  if (target === undefined) throw new TypeError('the fixture has a target');
  return { ...policy, targets: [target, { ...target, id: 'prod-gateway-02', executors: [ACTORS.pipeline] }] };
}

/** A rollback to the champion; and its executor, who would like to go forward again. */
function rollback(): Partial<BackoutInput> {
  const policy = endorsedPolicy(
    fixturePolicy({
      actions: [
        ...fixturePolicy().actions,
        {
          id: 'release.back',
          class: 'deploy',
          effects: ['rollback'],
          irreversible: false,
          evidence: ['candidate', 'rollback'],
        },
      ],
      gates: fixturePolicy().gates.filter(({ hard }) => !hard),
      routes: [{ id: 'executive', when: 'true', slots: [{ role: 'executive', signatures: 1 }] }],
    }),
  );
  const { candidate: section, rollback: way } = fixtureEvidence().sections;
  if (section === undefined || way === undefined) throw new TypeError('the fixture has both');
  const back = new MiniatureService({
    policy,
    undoes: filesOf(executed({ policy })),
    packet: fixtureEvidence({
      subject: CHAMPION.digest,
      sections: { candidate: { ...section, digest: CHAMPION.digest }, rollback: { ...way, target: CANDIDATE.digest } },
    }),
    request: { action: 'release.back', candidate: CHAMPION, idempotency_key: 'rollback-of-CHG-1042' },
  })
    .open()
    .evaluate()
    .approve({ signer: ACTORS.secondExecutive })
    .claim()
    .confirm({ subject: CHAMPION.digest });
  return { pack: filesOf(back).bundle, statement: backoutOf(back, { candidate: CANDIDATE }) };
}
