import { describe, expect, it } from 'vitest';
import { canonicalBytes, type JsonValue } from '../../core/canon/index.ts';
import { ANCHORS_TYPE } from '../../documents/anchors.ts';
import type { Trust } from '../../documents/trust.ts';
import { exitCode, renderReport, type Report } from '../../verifier/index.ts';
import { ACTORS, digestOf, keyFrom, signedAnchor, T, TENANT, trustKeyEntry, WITNESS } from '../documents/fixtures.ts';
import { ask, codesOf } from './asking.ts';
import {
  denied,
  endorsedStanding,
  executed,
  filesOf,
  fixtureStanding,
  type MiniatureService,
  shift,
  trustBytes,
} from './fixture-pack.ts';

/** What a pack is worth with anchors beside it: heads that somebody else than the service has seen (R15, ruling 14). */

const withWitness = (
  changes: Partial<Parameters<typeof trustKeyEntry>[2]> = {},
  holder: string = WITNESS,
): Uint8Array =>
  trustBytes((trust: Trust) => ({ ...trust, keys: [...trust.keys, trustKeyEntry('witness', holder, changes)] }));

const file = (...anchors: readonly unknown[]): Uint8Array =>
  canonicalBytes({ _type: ANCHORS_TYPE, anchors: anchors as JsonValue[] });

const standing = endorsedStanding(fixtureStanding());
const service = executed({ standing });

/** An anchor of what the chain has there, when the service says that it happened, unless told. */
function anchor(
  sequence: number,
  changes: Parameters<typeof signedAnchor>[0] = {},
  {
    of = service,
    key = keyFrom(WITNESS),
  }: { readonly of?: MiniatureService; readonly key?: ReturnType<typeof keyFrom> } = {},
) {
  const event = of.events[sequence - 1];
  return signedAnchor(
    {
      decision_id: of.decisionId,
      sequence,
      head: event?.integrity_hash ?? digestOf('nothing'),
      signed_at: shift(event?.timestamp ?? T.finished, 1),
      ...changes,
    },
    key,
  );
}

const at = (type: string, of: MiniatureService = service): number =>
  of.events.findIndex(({ event_type }) => event_type === type) + 1;
const cleared = at('execution.cleared');
const last = service.events.length;

function verified(
  anchors: readonly Uint8Array[] | undefined,
  of: MiniatureService = service,
  trust = withWitness(),
): Report {
  const { bundle, view, disclosures } = filesOf(of);
  return ask({ bundle, view, disclosures, trust, ...(anchors === undefined ? {} : { anchors }) });
}

const whole = (): Uint8Array => file(anchor(1), anchor(cleared), anchor(last));

describe('a pack with anchors beside it', () => {
  // shows: R15
  it('is C3 where request, clearance and close were each seen by a witness, under a standing', () => {
    const report = verified([whole()]);
    expect(report.findings).toEqual([]);
    expect(report.level).toMatchObject({ reached: 'C3', missing: [] });
    expect(report.anchors).toEqual({
      request: { witness: WITNESS, sequence: 1, seen_at: shift(T.requested, 1), recorded_at: T.requested },
      clearance: { witness: WITNESS, sequence: cleared, seen_at: shift(T.cleared, 1), recorded_at: T.cleared },
      close: expect.objectContaining({ sequence: last }) as unknown,
    });
    expect(report.rests_on_service).not.toContain('unanchored times');
    expect(report.rests_on_others.join()).toContain('witnesses');
    expect(exitCode(report, { require: 'C3', expect: 'executed' })).toBe(0);
    expect(renderReport(report)).toContain(`anchored: request stood by ${shift(T.requested, 1)} (${WITNESS}; `);
  });

  it('takes them from several files and several witnesses', () => {
    const second = 'n-other';
    const trust = trustBytes((was) => ({
      ...was,
      keys: [...was.keys, trustKeyEntry('witness', WITNESS), trustKeyEntry('witness', second)],
    }));
    const other = anchor(cleared, { signer: second }, { key: keyFrom(second) });
    const report = verified([file(anchor(1)), file(other, anchor(last))], service, trust);
    expect(report.level.reached).toBe('C3');
    expect(report.anchors?.clearance?.witness).toBe(second);
  });

  it('is as before without anchors: no member, and the same words', () => {
    const report = verified(undefined);
    expect('anchors' in report).toBe(false);
    expect(report.level.reached).toBe('C2');
    expect(report.level.missing).toEqual([
      "C3: heads after request, clearance and close anchored by keys that are not the service's",
    ]);
    expect(report.rests_on_service).toContain('unanchored times');
  });

  it.each<[string, () => Uint8Array, string]>([
    ['request', () => file(anchor(cleared), anchor(last)), 'request'],
    ['clearance', () => file(anchor(1), anchor(last)), 'clearance'],
    ['close', () => file(anchor(1), anchor(cleared)), 'close'],
    ['request and clearance', () => file(anchor(last)), 'request, clearance'],
  ])('is no C3 without an anchor of %s', (_, given, missing) => {
    const report = verified([given()]);
    expect(report.evidence).toBe('holds');
    expect(report.level.reached).toBe('C2');
    expect(report.level.missing).toEqual([`C3: heads after ${missing} anchored by keys that are not the service's`]);
    expect(report.rests_on_service).toContain('unanchored times');
  });

  it('is no C3 without a standing', () => {
    const plain = executed();
    const of = { of: plain };
    const count = plain.events.length;
    const given = file(anchor(1, {}, of), anchor(at('execution.cleared', plain), {}, of), anchor(count, {}, of));
    const report = verified([given], plain);
    expect(report.level).toMatchObject({ reached: 'C2', missing: ['C3: a fresh standing statement'] });
  });

  it('counts an anchor for no point that was seen only after the next one is said to have happened', () => {
    const late = shift(T.cleared, 301);
    expect(verified([file(anchor(1, { signed_at: late }), anchor(cleared), anchor(last))]).level.missing).toEqual([
      "C3: heads after request anchored by keys that are not the service's",
    ]);
    const inTime = shift(T.cleared, 300);
    expect(verified([file(anchor(1, { signed_at: inTime }), anchor(cleared), anchor(last))]).level.reached).toBe('C3');
  });

  it('asks of a refusal no clearance', () => {
    const no = denied();
    const of = { of: no };
    const given = file(anchor(1, {}, of), anchor(no.events.length, {}, of));
    const { bundle, view, disclosures } = filesOf(no);
    const report = ask({ bundle, view, disclosures, trust: withWitness(), anchors: [given], expect: 'denied' });
    expect(report.findings).toEqual([]);
    expect(Object.keys(report.anchors ?? {})).toEqual(['request', 'close']);
    expect(report.level.missing).toEqual(['C3: a fresh standing statement']);
  });
});

describe('a chain that contradicts a witness', () => {
  // shows: R15
  it('does not hold: its tail was cut off', () => {
    const beyond = anchor(last + 1, { head: digestOf('a later event') });
    const report = verified([whole(), file(beyond)]);
    expect(codesOf(report)).toEqual(['anchor.beyond']);
    expect(report.evidence).toBe('does_not_hold');
    expect(report.level.reached).toBeNull();
  });

  it('does not hold: it was written anew', () => {
    for (const sequence of [1, cleared, last]) {
      const report = verified([whole(), file(anchor(sequence, { head: digestOf('another event') }))]);
      expect(codesOf(report)).toEqual(['anchor.differs']);
      expect(report.findings[0]).toMatchObject({ sequence });
      expect(report.evidence).toBe('does_not_hold');
    }
  });

  it('does not hold: it dates an event after it was seen, by more than clocks differ', () => {
    const early = anchor(cleared, { signed_at: shift(T.cleared, -301) });
    expect(codesOf(verified([file(anchor(1), early, anchor(last))]))).toEqual(['anchor.time']);
    const clocks = anchor(cleared, { signed_at: shift(T.cleared, -300) });
    expect(codesOf(verified([file(anchor(1), clocks, anchor(last))]))).toEqual([]);
  });
});

describe('what no witness has signed', () => {
  const lying = { head: digestOf('another event') };

  it.each<[string, () => [Uint8Array, Uint8Array?]]>([
    ['a stranger', () => [file(anchor(last, lying, { key: keyFrom('stranger') }))]],
    [
      'the seal key of the service',
      () => [file(anchor(last, { ...lying, signer: 's-seal' }, { key: keyFrom('s-seal') }))],
    ],
    [
      'an approver',
      () => [file(anchor(last, { ...lying, signer: ACTORS.executive }, { key: keyFrom(ACTORS.executive) }))],
    ],
    ["a witness under another's name", () => [file(anchor(last, { ...lying, signer: 'n-other' }))]],
    ['a witness of another tenant', () => [file(anchor(last, { ...lying, tenant: 'globex' }))]],
    ['a witness of another installation', () => [file(anchor(last, { ...lying, origin: 'other.example' }))]],
    ['a witness whose key had ended', () => [file(anchor(last, lying)), withWitness({ valid_until: T.requested })]],
    [
      'a witness who also holds the seal key',
      () => {
        const both = trustBytes((trust) => ({
          ...trust,
          keys: [
            ...trust.keys,
            trustKeyEntry('witness', 's-seal', { public_key: trustKeyEntry('witness', WITNESS).public_key }),
          ],
        }));
        return [file(anchor(last, { ...lying, signer: 's-seal' })), both];
      },
    ],
  ])('proves nothing and takes nothing away: %s', (_, given) => {
    const [anchors, trust] = given();
    const report = verified([anchors], service, trust);
    expect(codesOf(report)).toEqual(['anchor.passed_over']);
    expect(report.evidence).toBe('holds');
    expect(report.level.reached).toBe('C2');
    expect(report.anchors).toMatchObject({ close: null });
  });

  it('is passed over where a witness has signed something else than stands there', () => {
    const good = anchor(last);
    const forged = { ...anchor(last, lying), signatures: good.signatures };
    const report = verified([file(forged)]);
    expect(codesOf(report)).toEqual(['anchor.passed_over']);
    expect(report.evidence).toBe('holds');
  });

  it('is passed over without a word where it is of another decision', () => {
    const other = anchor(last, { ...lying, decision_id: '11111111-2222-8333-8444-555555555555' });
    expect(verified([whole(), file(other)]).level.reached).toBe('C3');
  });

  it('stops whoever gave a file that is none', () => {
    for (const bytes of [new TextEncoder().encode('{'), canonicalBytes({ _type: ANCHORS_TYPE }), file('x')])
      expect(codesOf(verified([bytes]))).toEqual(['anchor.unreadable']);
  });

  it('has no say where the trust file names no witness', () => {
    const report = verified([whole()], service, trustBytes());
    expect(codesOf(report)).toEqual(['anchor.passed_over']);
    expect(report.level.reached).toBe('C2');
    expect(TENANT).toBe('acme');
  });
});
