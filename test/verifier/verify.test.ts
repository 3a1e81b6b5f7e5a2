import { describe, expect, it } from 'vitest';
import { digestJson, type JsonObject, parseDigest } from '../../core/canon/index.ts';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import { hasCode } from '../../core/errors.ts';
import type { PackCore } from '../../pack/index.ts';
import { exitCode, renderReport } from '../../verifier/index.ts';
import { CANDIDATE, digestOf, HOLDERS, T, trustKeyEntry } from '../documents/fixtures.ts';
import { publicKeyToPem } from '../../core/canon/index.ts';
import { ask, codesOf } from './asking.ts';
import { ATTACKS, rehash, reseal } from './attacks.ts';
import {
  cancelled,
  cancelledEarly,
  claimsRefused,
  denied,
  deniedEarly,
  executed,
  expired,
  filesOf,
  gateDenied,
  MiniatureService,
  promoted,
  rosterChanged,
  rosterChangedEarly,
  SEAL_KEY,
  shift,
  trustBytes,
  unconfirmed,
} from './fixture-pack.ts';

const subject = parseDigest(CANDIDATE.digest);

describe('packs that hold', () => {
  // shows: R10, R92
  it.each([
    ['executed', executed],
    ['executed', promoted],
    ['executed', () => rosterChanged().confirm()],
    ['unconfirmed', unconfirmed],
    ['denied', denied],
    ['denied', gateDenied],
    ['denied', deniedEarly],
    ['expired', expired],
    ['cancelled', cancelled],
    ['cancelled', cancelledEarly],
    ['executed', claimsRefused],
    ['executed', rosterChangedEarly],
  ] as const)('verifies a decision that ended %s, view and texts included', (outcome, build) => {
    const report = ask({ ...filesOf(build()), expect: outcome, subject });
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({
      evidence: 'holds',
      outcome,
      level: { reached: 'C2', claimed: 'L7GS-C2' },
      subject: { matches: true },
    });
    expect(exitCode(report, { require: 'C2', expect: outcome, subject })).toBe(0);
  });

  // shows: R96
  it('verifies without the view, and without the texts', () => {
    const { bundle } = filesOf(executed());
    expect(ask({ bundle }).findings).toEqual([]);
  });

  // shows: R68
  it('verifies an honest record of a run that failed, as such', () => {
    const failed = new MiniatureService()
      .open()
      .evaluate()
      .approve()
      .claim()
      .confirm({ result: 'failure', exit_code: 1 });
    const report = ask({ bundle: reseal(failed.core()), expect: 'execution_failed' });
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'execution_failed' });
    expect(exitCode(report, { require: 'C2', expect: 'executed' })).toBe(1);
  });

  it('verifies an honest record of a run of something else, as failed', () => {
    const other = new MiniatureService()
      .open()
      .evaluate()
      .approve()
      .claim()
      .confirm({ subject: digestOf('another artifact') });
    const report = ask({ bundle: reseal(other.core()), expect: 'execution_failed' });
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'execution_failed' });
  });

  it('verifies an executor that refused to run, whenever it says it looked', () => {
    const refused = new MiniatureService().open().evaluate().approve().claim();
    refused.confirm(
      {
        result: 'not_executed',
        subject: null,
        exit_code: null,
        started_at: shift(T.cleared, 700),
        finished_at: shift(T.cleared, 700),
        signed_at: shift(T.cleared, 701),
      },
      shift(T.cleared, 701),
    );
    expect(ask({ bundle: reseal(refused.core()), expect: 'execution_failed' }).findings).toEqual([]);
  });

  it('counts what was discarded as resting on the service', () => {
    const service = new MiniatureService().open().evaluate().approve().claim();
    const last = service.confirm().events.at(-1);
    if (last === undefined) throw new TypeError('no event');
    service.events.pop();
    const {
      event_id: _i,
      schema_version: _v,
      decision_id: _d,
      sequence: _s,
      previous_hash: _p,
      integrity_hash: _h,
      ...draft
    } = last;
    service.state = { ...service.state, stage: 'cleared' } as typeof service.state;
    const cleared = new MiniatureService().open().evaluate().approve().claim();
    cleared.statements.clear();
    for (const [key, envelope] of service.statements) cleared.statements.set(key, envelope);
    cleared.append([
      {
        event_type: 'statements.discarded',
        timestamp: draft.timestamp,
        actor_id: 'SYSTEM',
        counts: { 'statement.signature': 2 },
      },
      draft,
    ]);
    const report = ask({ bundle: reseal(cleared.core()) });
    expect(report.findings).toEqual([]);
    expect(report.rests_on_service).toContain('that 2 statement.signature were rightly discarded');
  });
});

describe('what is derived again', () => {
  it('is the refusal of a claim, under the roster in force that its event names', () => {
    const { events } = claimsRefused();
    const refused = events.filter((event) => event.event_type === 'statement.refused');
    expect(refused).toMatchObject([
      { sequence: 2, code: 'decision.not_routed', roster: { serial: 1 } },
      { code: 'claim.not_executor', roster: { serial: 2 } },
    ]);
  });

  it('is a denial before any gate ran, under the policy and roster that it names, and it rests on nobody else', () => {
    const service = deniedEarly();
    expect(service.events).toMatchObject([{}, { event_type: 'decision.denied', code: 'policy.not_in_force' }]);
    const core = service.core();
    expect(Object.keys(core.documents)).not.toContain(service.request.statement.policy.digest);
    const report = ask({ bundle: reseal(core), expect: 'denied' });
    expect(report).toMatchObject({ findings: [], evidence: 'holds', level: { reached: 'C2' } });
    expect(report.rests_on_service).toEqual([
      'that no statement was withheld',
      'unanchored times',
      'which policy and roster were in force, above the serials of the trust file',
    ]);
  });
});

describe('what is accepted and said', () => {
  it('takes no route without its grounds', () => {
    const core = executed().core();
    const routed = core.events.find((event) => event.event_type === 'authority.routed');
    if (routed?.event_type !== 'authority.routed') throw new TypeError('not routed');
    const documents = Object.fromEntries(
      Object.entries(core.documents).filter(([key]) => key !== routed.roster.digest),
    );
    expect(codesOf(ask({ bundle: reseal({ ...core, documents }) }))).toEqual(
      expect.arrayContaining(['pack.incomplete', 'replay.illegal', 'authority.missing']),
    );
  });

  it('notes a ledger that was restored', () => {
    const service = new MiniatureService().open().evaluate().approve();
    const head = service.events.at(-1)?.integrity_hash ?? '';
    service.do({ type: 'restored', id: 'restored', at: T.claimed, fromSequence: 3, head });
    const report = ask({ bundle: reseal(service.claim().confirm().core()) });
    expect(codesOf(report)).toEqual(['ledger.restored']);
    expect(report.evidence).toBe('holds');
  });

  it('refuses a restoration of something that never stood', () => {
    const service = new MiniatureService().open().evaluate().approve();
    service.do({ type: 'restored', id: 'restored', at: T.claimed, fromSequence: 99, head: digestOf('elsewhere') });
    const { findings } = ask({ bundle: reseal(service.claim().confirm().core()) });
    expect(findings.filter(({ code }) => code === 'replay.differs').map(({ path }) => path)).toEqual([
      '$.events[5].from_sequence',
      '$.events[5].head',
    ]);
  });

  // shows: R103
  it('reports the level it reached, whatever the pack claims', () => {
    const report = ask({ bundle: reseal(executed().core('L7GS-C3')), require: 'C3' });
    expect(report.level).toMatchObject({ reached: 'C2', claimed: 'L7GS-C3' });
    expect(report.level.missing.join()).toContain('anchored');
    expect(exitCode(report, { require: 'C3', expect: 'executed' })).toBe(1);
  });

  it('answers no to another outcome, and to another subject', () => {
    const report = ask({ bundle: reseal(denied().core()) });
    expect(report.evidence).toBe('holds');
    expect(exitCode(report, { require: 'C2', expect: 'executed' })).toBe(1);
    const other = parseDigest(digestOf('another artifact'));
    const asked = ask({ bundle: reseal(executed().core()), subject: other });
    expect(asked.subject).toMatchObject({ matches: false });
    expect(exitCode(asked, { require: 'C2', expect: 'executed', subject: other })).toBe(1);
    expect(renderReport(asked)).toContain('SUBJECT DIFFERS');
  });

  it('believes a PEM that is the key which the trust file names, and ignores one that is not named', () => {
    const trust = trustBytes((file) => ({
      ...file,
      keys: [
        ...file.keys.filter(({ use }) => use !== 'seal'),
        trustKeyEntry('seal', HOLDERS.seal, { pem: 'seal.pem' }),
      ],
    }));
    const pems = {
      'seal.pem': new TextEncoder().encode(publicKeyToPem(SEAL_KEY.publicKey)),
      'other.pem': new Uint8Array([1]),
    };
    expect(ask({ bundle: reseal(executed().core()), trust, pems }).findings).toEqual([]);
  });
});

describe('the report', () => {
  it('begins with the trust file, and then says three things in three lines', () => {
    const report = ask({ bundle: reseal(executed().core('L7GS-C3')) });
    const lines = renderReport(report).split('\n');
    expect(lines[0]).toBe(`trust: trust.json ${report.trust.digest}`);
    expect(lines[1]).toBe('evidence: holds');
    expect(lines[2]).toBe('outcome: EXECUTED');
    expect(lines[3]).toMatch(
      /^level: C2 \(claimed C3\); rests on the service: that no statement was withheld; unanchored times/,
    );
    expect(lines[4]).toMatch(/^SUBJECT NOT CHECKED: this is about sha256:/);
  });

  it('names event and path with each finding, and lets no text of the pack forge a line', () => {
    const forged = structuredClone(executed().core()) as unknown as { events: Record<string, unknown>[] };
    Object.assign(forged.events[6] as JsonObject, { actor_id: 'x\nevidence: holds\u001b[2K\u202e' });
    const text = renderReport(ask({ bundle: reseal(rehash(forged as unknown as PackCore)) }));
    expect(text).toContain('error: replay.differs event 7 execution.confirmed at $.events[6].actor_id');
    expect(text.split('\n').filter((line) => line === 'evidence: holds')).toEqual([]);
    for (const mark of ['\u001b', '\u202e']) expect(text).not.toContain(mark);
  });

  it('keeps nothing from one verification to the next (model-transparency#650)', () => {
    const good = filesOf(executed());
    const before = ask(good);
    for (const { build } of ATTACKS.slice(0, 8)) ask(build());
    expect(ask(good)).toEqual(before);
    expect(digestJson(JSON.parse(JSON.stringify(ask(good))))).toBe(digestJson(JSON.parse(JSON.stringify(before))));
  });
});

describe('time', () => {
  // shows: R99
  it('refuses an event that stands before the one it follows', () => {
    const core = executed().core();
    const events = structuredClone(core.events) as unknown as { timestamp: Timestamp }[];
    Object.assign(events[6] as object, { timestamp: shift(T.cleared, -1) });
    const report = ask({ bundle: reseal(rehash({ ...core, events } as unknown as PackCore)) });
    expect(report.findings).toContainEqual(
      expect.objectContaining({ code: 'replay.differs', path: '$.events[6].timestamp' }),
    );
  });

  it('throws on no bytes at all', () => {
    for (const bytes of [
      new Uint8Array(),
      new Uint8Array([0xff]),
      new TextEncoder().encode('null'),
      new TextEncoder().encode('{"a":1}'),
    ]) {
      let thrown: unknown;
      try {
        expect(ask({ bundle: bytes, view: bytes, disclosures: bytes }).evidence).toBe('does_not_hold');
        expect(
          ask({ bundle: filesOf(executed()).bundle, view: bytes, disclosures: bytes, trust: bytes }).evidence,
        ).toBe('does_not_hold');
      } catch (error) {
        thrown = error;
      }
      expect(thrown, hasCode(thrown) ? thrown.code : '').toBeUndefined();
    }
  });
});
