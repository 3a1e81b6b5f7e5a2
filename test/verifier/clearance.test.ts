import { describe, expect, it } from 'vitest';
import { canonicalBytes, digestJson, parseDigest } from '../../core/canon/index.ts';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import { clearanceBytes, type ClearancePack } from '../../pack/index.ts';
import { type ClearanceInput, verifyClearance } from '../../verifier/index.ts';
import { ACTORS, CANDIDATE, digestOf, HOLDERS, T } from '../documents/fixtures.ts';
import { codesOf } from './asking.ts';
import { rehash } from './attacks.ts';
import { executed, MiniatureService, SEAL_KEY, shift, trustBytes } from './fixture-pack.ts';

const service = new MiniatureService().open().evaluate().approve().claim();
const pack = service.clearancePack();

function ask(overrides: Partial<ClearanceInput> = {}, given: ClearancePack = pack) {
  return verifyClearance({
    pack: clearanceBytes(given),
    permit: digestJson(given.permit),
    trust: trustBytes(),
    trustName: 'trust.json',
    at: shift(T.cleared, 5),
    executor: ACTORS.deployer,
    subject: parseDigest(CANDIDATE.digest),
    ...overrides,
  });
}

describe('a clearance pack', () => {
  it('clears the executor that claimed, for what was approved, until the permit ends', () => {
    const report = ask();
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({
      holds: true,
      decision_id: service.decisionId,
      permit: { subject: CANDIDATE.digest, target: 'prod-gateway-01', not_after: shift(T.cleared, 600) },
    });
  });

  it('clears before the subject was measured too', () => {
    const { subject: _subject, ...rest } = { ...inputOf() };
    expect(verifyClearance(rest).holds).toBe(true);
  });

  // shows: R64, R66
  it.each<[string, Partial<ClearanceInput>, string]>([
    ['another permit', { permit: digestOf('another permit') }, 'permit.differs'],
    ['another executor', { executor: ACTORS.pipeline }, 'permit.differs'],
    ['another subject', { subject: parseDigest(digestOf('another artifact')) }, 'permit.differs'],
    ['after the permit has ended', { at: shift(T.cleared, 601) }, 'permit.expired'],
    ['a clock long before the clearance', { at: shift(T.cleared, -3600) }, 'permit.expired'],
    ['a trust file that cannot be read', { trust: new Uint8Array() }, 'trust.unreadable'],
    ['no pack', { pack: new Uint8Array() }, 'pack.shape'],
    [
      'a permit key that the trust file does not name',
      { trust: trustBytes((trust) => ({ ...trust, keys: trust.keys.filter((key) => key.use !== 'permit') })) },
      'signer.permit',
    ],
  ])('refuses %s', (_, overrides, code) => {
    const report = ask(overrides);
    expect(report.holds).toBe(false);
    expect(report.permit).toBeNull();
    expect(codesOf(report)).toContain(code);
  });

  it('still clears at the last millisecond of the permit, and not at its end', () => {
    expect(ask({ at: shift(T.cleared, 599.999) }).holds).toBe(true);
    const ended = ask({ at: shift(T.cleared, 600) });
    expect(ended.holds).toBe(false);
    expect(codesOf(ended)).toEqual(['permit.expired']);
  });

  // shows: R91
  it.each(['', '2026-02-24T18:30:00.000-02:00', '2026-02-24T20:10:00Z', '0', 'yesterday'])(
    'clears nothing by a clock that says %j',
    (at) => {
      const report = ask({ at: at as Timestamp });
      expect(report.holds).toBe(false);
      expect(report.findings).toMatchObject([
        { code: 'permit.expired', expected: 'a time in RFC 3339 UTC with milliseconds' },
      ]);
    },
  );

  // shows: R23
  it('executes nothing for a stolen permit key alone', () => {
    const other = new MiniatureService().open().evaluate().approve().claim();
    const forged = other.permitFor({ cleared: digestOf('a clearance that never was') });
    expect(codesOf(ask({}, { ...pack, permit: forged }))).toContain('execution.permit');
    const stolen = other.permitFor({ executor: ACTORS.pipeline });
    expect(codesOf(ask({ executor: ACTORS.pipeline }, { ...pack, permit: stolen }))).toContain('execution.permit');
  });

  it('refuses a permit of another service key, and one that is no permit', () => {
    expect(codesOf(ask({}, { ...pack, permit: service.permitFor({ signer: HOLDERS.seal }, SEAL_KEY) }))).toContain(
      'signer.permit',
    );
    expect(codesOf(ask({}, { ...pack, permit: service.approval() }))).toContain('statement.unreadable');
  });

  // shows: R38
  it('holds the chain to everything that the verifier of audit packs does', () => {
    const events = structuredClone(pack.events) as unknown as Record<string, unknown>[];
    Object.assign(events[2] as object, { risk_band: 'low' });
    const changed = rehash({ ...pack, events } as never) as unknown as ClearancePack;
    expect(codesOf(ask({}, changed))).toEqual(
      expect.arrayContaining(['replay.differs', 'authority.basis', 'execution.permit']),
    );
  });

  it('refuses a chain that goes on after the clearance', () => {
    const closed = executed();
    const longer = {
      ...closed.clearancePack(),
      events: closed.events,
      head: closed.core().head,
    } as unknown as ClearancePack;
    expect(codesOf(ask({}, longer))).toEqual(expect.arrayContaining(['pack.outline', 'pack.incomplete']));
    expect(codesOf(ask({ pack: canonicalBytes({ ...pack, outcome: 'executed' }) }))).toContain('pack.shape');
  });

  function inputOf(): ClearanceInput {
    return {
      pack: clearanceBytes(pack),
      permit: digestJson(pack.permit),
      trust: trustBytes(),
      trustName: 'trust.json',
      at: shift(T.cleared, 5),
      executor: ACTORS.deployer,
    };
  }
});
