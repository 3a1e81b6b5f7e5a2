import { describe, expect, it } from 'vitest';
import { digestBytes, digestJson, type JsonObject } from '../../core/canon/index.ts';
import type { AdmittedBy, EventDraft } from '../../core/domain/events.ts';
import type { Policy } from '../../documents/policy.ts';
import { ACTORS, fixtureTenant, fixtureTrustDocument, trustFileBytes, trustFileValue } from '../documents/fixtures.ts';
import { ask, codesOf } from './asking.ts';
import { BREAKGLASS, endorsedPolicy, executed, filesOf, MiniatureService, rosterWithGlass } from './fixture-pack.ts';
import { decided, following, proposed, setupOf, succeeding } from './policy-line.ts';

/** A pack names the decision that let its policy in; whoever has that one's pack too need not believe it. */

const genesis = succeeding();
const second = following(genesis);
const third = following(second);
const stranger = following(genesis, { title: 'Another text' });

const bundleOf = (service: MiniatureService): Uint8Array => filesOf(service).bundle;
const by = ({ decisionId }: MiniatureService, bundle: Uint8Array): AdmittedBy => ({
  decision_id: decisionId,
  pack: digestBytes(bundle),
});
const onSecond = decided(genesis, second);
const secondPack = bundleOf(onSecond);
const secondBy = by(onSecond, secondPack);
const onThird = decided(second, third, { admitted: secondBy });
const thirdPack = bundleOf(onThird);

const under = (policy: Policy, admitted?: AdmittedBy): MiniatureService =>
  executed({ policy: endorsedPolicy(policy), ...(admitted === undefined ? {} : { admitted }) });
const underSecond = bundleOf(under(second, secondBy));
const unseen = (policy: Policy, { decision_id, pack }: AdmittedBy): string =>
  `that decision ${decision_id} let policy ${policy.serial} in, since its pack was not looked at (${pack})`;

describe('the decision that let a policy in', () => {
  it('is the word of the service where its pack was not given, and nothing is wrong', () => {
    const report = ask({ bundle: underSecond });
    expect(report).toMatchObject({ evidence: 'holds', level: { reached: 'C2' }, findings: [] });
    expect(report.rests_on_service).toContain(unseen(second, secondBy));
    expect(report.answers?.evidence.at(-1)).toBe(
      `policy ${second.version}, ${digestJson(second)}, let in by decision ${secondBy.decision_id}`,
    );
  });

  it('is said of no policy that names none', () => {
    const report = ask({ bundle: bundleOf(under(second)), packs: [secondPack] });
    expect(report).toMatchObject({ evidence: 'holds', findings: [] });
    expect(report.rests_on_service.join()).not.toContain('let policy');
  });

  it('is proven by its pack, which is verified with the same trust file', () => {
    const report = ask({ bundle: underSecond, packs: [secondPack] });
    expect(report).toMatchObject({ evidence: 'holds', level: { reached: 'C2' } });
    expect(codesOf(report)).toEqual(['policy.admitted']);
    expect(report.findings[0]?.got).toContain(`policy 2: decision ${secondBy.decision_id}`);
    expect(report.rests_on_service.join()).not.toContain('let policy');
  });

  it('is followed down the line, as far as packs were given', () => {
    const bundle = bundleOf(under(third, by(onThird, thirdPack)));
    const whole = ask({ bundle, packs: [thirdPack, secondPack] });
    expect(whole.findings.map(({ got }) => got.slice(0, 8))).toEqual(['policy 3', 'policy 2']);
    expect(whole.rests_on_service.join()).not.toContain('let policy');
    const part = ask({ bundle, packs: [thirdPack] });
    expect(part.evidence).toBe('holds');
    expect(part.rests_on_service).toContain(unseen(second, secondBy));
  });

  it('is not looked for below the genesis that the trust file names', () => {
    const tenants = [{ ...fixtureTenant(), policy_genesis: digestJson(second) }];
    const trust = trustFileBytes(trustFileValue(fixtureTrustDocument({ tenants })));
    const report = ask({ bundle: underSecond, trust });
    expect(report).toMatchObject({ evidence: 'holds', findings: [] });
    expect(report.rests_on_service.join()).not.toContain('let policy');
  });

  const torn = new TextEncoder().encode(new TextDecoder().decode(secondPack).replace(/"sig":"./u, '"sig":"A'));
  const { succession: _, ...unasking } = genesis;
  const afterUnasking = following(unasking);
  const onAnother = decided(genesis, stranger);
  const rejected = proposed(genesis, second).reject({ signer: ACTORS.secondExecutive });
  const earlier = decided(succeeding({ version: '1.1.0', title: 'Before' }), second);
  it.each<[string, Policy, Uint8Array, string, string]>([
    ['that does not hold', second, torn, secondBy.decision_id, 'seal.signature'],
    ['on another document', second, bundleOf(onAnother), onAnother.decisionId, digestJson(stranger)],
    ['that was rejected', second, bundleOf(rejected), rejected.decisionId, 'denied'],
    ['under another policy', second, bundleOf(earlier), earlier.decisionId, digestJson(earlier.policy)],
    ['of another decision', second, secondPack, '11111111-2222-8333-8444-555555555555', secondBy.decision_id],
    [
      'under a policy that asks for none',
      afterUnasking,
      bundleOf(decided(unasking, afterUnasking)),
      decided(unasking, afterUnasking).decisionId,
      digestJson(unasking),
    ],
  ])('is none by a pack %s: policy.not_admitted', (_, policy, pack, decision_id, got) => {
    const bundle = bundleOf(under(policy, { decision_id, pack: digestBytes(pack) }));
    const report = ask({ bundle, packs: [pack] });
    expect(report.evidence).toBe('does_not_hold');
    expect(codesOf(report)).toEqual(['policy.not_admitted']);
    expect(report.findings[0]).toMatchObject({ path: '$.events[1].policy.admitted' });
    expect(report.findings[0]?.got).toContain(got);
  });

  it.each<[string, string, JsonObject]>([
    ['a policy with more than that', 'policy', { admitted: { ...secondBy, note: 'x' } }],
    ['a policy with a name for a digest', 'policy', { admitted: { ...secondBy, pack: 'latest' } }],
    ['a roster', 'roster', { admitted: { ...secondBy } }],
  ])('is not read of %s', (_, member, more) => {
    const service = executedWith(member, more);
    const report = ask({ bundle: bundleOf(service) });
    expect(report.evidence).toBe('does_not_hold');
  });
});

describe('nobody breaks glass for the next policy', () => {
  const breakable = succeeding({ breakglass: BREAKGLASS });
  const next = following(breakable);
  const roster = rosterWithGlass();

  // shows: R61
  it('where the policy lets somebody break it for everything else', () => {
    const service = proposed(breakable, next, { roster }).override();
    expect(service.events.at(-1)).toMatchObject({ event_type: 'statement.refused', code: 'override.not_allowed' });
    const other = new MiniatureService({ policy: endorsedPolicy(breakable), roster }).open().evaluate().override();
    expect(other.events.at(-1)).toMatchObject({ event_type: 'override.breakglass' });
  });

  it('nor is believed to have, whatever the events of an operator say', () => {
    const service = new MiniatureService(setupOf(breakable, next, { roster }));
    service.tamper = (draft) =>
      draft.event_type === 'authority.routed' ? { ...draft, breakglass: BREAKGLASS } : draft;
    service.open().evaluate().override();
    const { target } = service.request.statement;
    service.claim({ target }).confirm({ target, subject: digestJson(next) });
    const report = ask({ bundle: bundleOf(service) });
    expect(report.evidence).toBe('does_not_hold');
    expect(codesOf(report)).toEqual(expect.arrayContaining(['authority.override', 'replay.differs']));
  });
});

/** An operator's events, in which every reference of this kind says more. */
function executedWith(member: string, more: JsonObject): MiniatureService {
  const service = new MiniatureService({ policy: endorsedPolicy(second), admitted: secondBy });
  service.tamper = (draft) => {
    const reference = (draft as unknown as JsonObject)[member];
    if (typeof reference !== 'object' || reference === null) return draft;
    return { ...draft, [member]: { ...(reference as JsonObject), ...more } } as unknown as EventDraft;
  };
  return service.open().evaluate().approve().claim().confirm();
}
