import { describe, expect, it } from 'vitest';
import { canonicalBytes, digestBytes, fromBase64, type JsonObject, toBase64 } from '../../core/canon/index.ts';
import type { Policy } from '../../documents/policy.ts';
import { sealPack } from '../../pack/index.ts';
import { clearanceBytes } from '../../pack/index.ts';
import { verifyClearance } from '../../verifier/index.ts';
import { ACTORS, digestOf, fixtureEvidence, keyFrom, signedFreeze, T } from '../documents/fixtures.ts';
import { ask, codesOf } from './asking.ts';
import {
  denied,
  endorsedPolicy,
  endorsedStanding,
  executed,
  filesOf,
  fixturePolicy,
  fixtureStanding,
  MiniatureService,
  type PackFiles,
  SEAL_KEY,
  type Setup,
  shift,
  trustBytes,
} from './fixture-pack.ts';

/** A rollback proves itself: the decision that it undoes lies in its pack, and is verified as any other. */

const [deploy] = fixturePolicy().actions;
if (deploy === undefined) throw new TypeError('the fixture has an action');

const policy: Policy = fixturePolicy({
  actions: [
    ...fixturePolicy().actions,
    { id: 'release.back', class: 'deploy', effects: ['rollback'], irreversible: false, evidence: ['candidate'] },
  ],
  // Of its packet, a rollback shows the candidate alone.
  gates: fixturePolicy().gates.filter(({ hard }) => !hard),
  routes: [{ id: 'executive', when: 'true', slots: [{ role: 'executive', signatures: 1 }] }],
});
const governed = { policy: endorsedPolicy(policy) };

const CHAMPION = { name: 'gateway-router', version: '2.3.1', digest: digestOf('candidate gateway-router 2.3.1') };
const OLDER = { ...CHAMPION, version: '2.3.0', digest: digestOf('candidate gateway-router 2.3.0') };

/** Holds the role for every action; the first one for deployments only. */
const SECOND = { signer: ACTORS.secondExecutive };

const original = filesOf(executed(governed));

/** Hours later: back to the champion, or to what else is asked for. */
function back({
  undoes = original,
  candidate = CHAMPION,
  ...setup
}: Setup & { candidate?: typeof CHAMPION } = {}): MiniatureService {
  const { candidate: section } = fixtureEvidence().sections;
  if (section === undefined) throw new TypeError('the fixture has a candidate');
  return new MiniatureService({
    ...governed,
    ...setup,
    undoes,
    packet: fixtureEvidence({
      subject: candidate.digest,
      sections: { candidate: { ...section, digest: candidate.digest } },
    }),
    request: { action: 'release.back', candidate, idempotency_key: 'rollback-of-CHG-1042', ...setup.request },
  }).open();
}

const done = (setup?: Parameters<typeof back>[0]): MiniatureService =>
  back(setup).evaluate().approve(SECOND).claim().confirm({ subject: CHAMPION.digest });

function withPack(service: MiniatureService, change: (bundle: Uint8Array) => Uint8Array): PackFiles {
  const files = filesOf(service);
  const packs = Object.entries(files.core.packs ?? {}).map(([key, text]) => {
    return [key, toBase64(change(fromBase64(text)))];
  });
  return filesOf(service, { ...files.core, packs: Object.fromEntries(packs) });
}

describe('the pack of a rollback', () => {
  it('holds, says what it undoes, and what still rests on the service', () => {
    const service = done();
    const report = ask(filesOf(service));
    expect(report).toMatchObject({ evidence: 'holds', outcome: 'executed', level: { reached: 'C2' } });
    expect(report.answers?.undo).toEqual([`this is the rollback of decision ${original.core.decision_id}`]);
    expect(report.rests_on_service).toContain(
      'that no later decision had moved the target on when the rollback was cleared',
    );
    expect(JSON.parse(new TextDecoder().decode(filesOf(service).view)).decision.linked).toEqual({
      relation: 'undoes',
      decision_id: original.core.decision_id,
      pack: digestBytes(original.bundle),
    });
  });

  it('is a denial where it goes elsewhere, undoes nothing that ran, or names another action', () => {
    const ended = (setup: Parameters<typeof back>[0]) => {
      const service = back(setup).evaluate();
      const report = ask(filesOf(service));
      expect(report.evidence).toBe('holds');
      expect(report.rests_on_service.filter((fact) => fact.includes('later decision'))).toEqual([]);
      return service.events.at(-1);
    };
    expect(ended({ candidate: OLDER })).toMatchObject({ code: 'linked.candidate' });
    expect(ended({ undoes: filesOf(denied()) })).toMatchObject({ code: 'linked.not_cleared' });
    expect(ended({ request: { action: 'deploy.change' } })).toMatchObject({ event_type: 'decision.denied' });
  });

  it('is in the pack of a denial that came after it was read: what was looked for is another', () => {
    const actions = policy.actions.map((action) =>
      action.id === 'release.back' ? { ...action, checks: ['package' as const] } : action,
    );
    const looking = endorsedPolicy({ ...policy, actions });
    const { digest } = CHAMPION;
    const other = { what: 'package', digest, measured: digestOf('something else'), source: 'service' } as const;
    const undoes = filesOf(executed({ policy: looking }));
    const service = back({ policy: looking, undoes, resolved: [other] }).evaluate();
    expect(service.events.at(-1)).toMatchObject({ code: 'evidence.differs', resolved: [other] });
    expect(ask({ ...filesOf(service), expect: 'denied' })).toMatchObject({ findings: [], evidence: 'holds' });
  });

  it('holds where it was denied for a pack that there is not, whatever lies under that digest', () => {
    const junk = new TextEncoder().encode('no bundle');
    const undoes = { ...original, bundle: junk };
    const service = back({ undoes, request: { linked: { ...link(), pack: digestBytes(junk) } }, linked: null });
    const { core } = filesOf(service.evaluate());
    expect(service.events.at(-1)).toMatchObject({ code: 'linked.unknown' });
    expect(core).not.toHaveProperty('packs');
    const report = ask(filesOf(service));
    expect(report.evidence).toBe('holds');
    expect(report.rests_on_service).toContain('that the decision to be undone is not sealed under that digest');
  });

  it('holds without it where the decision ended before anybody looked', () => {
    const service = back().cancel({}, shift(T.requested, 1));
    expect(filesOf(service).core).not.toHaveProperty('packs');
    expect(ask(filesOf(service)).evidence).toBe('holds');
  });

  it('holds with it where the policy said no, or nobody approved', () => {
    const gate = { ...fixturePolicy().gates[0]!, id: 'NO', when: 'true', result: 'deny' as const };
    const never = { policy: endorsedPolicy({ ...policy, gates: [gate] }) };
    const service = back(never).evaluate();
    expect(service.events.at(-1)).toMatchObject({ code: 'gate.denied' });
    expect(Object.keys(filesOf(service).core.packs ?? {})).toEqual([digestBytes(original.bundle)]);
    expect(ask(filesOf(service)).evidence).toBe('holds');
  });

  it('does not hold without the pack that it goes back to, or with another in its place', () => {
    const service = done();
    const { core } = filesOf(service);
    const { packs: _, ...without } = core;
    expect(codesOf(ask(filesOf(service, without)))).toEqual(
      expect.arrayContaining(['pack.incomplete', 'replay.differs']),
    );
    const other = filesOf(executed({ ...governed, request: { idempotency_key: 'another' } }));
    expect(codesOf(ask(withPack(service, () => other.bundle)))).toContain('linked.pack');
    const foreign = { ...core, packs: { ...core.packs, [digestBytes(other.bundle)]: toBase64(other.bundle) } };
    expect(codesOf(ask(filesOf(service, foreign)))).toContain('pack.foreign');
    expect(
      codesOf(ask(filesOf(service, { ...core, packs: { [digestBytes(original.bundle)]: 'no base64' } }))),
    ).toContain('linked.pack');
  });

  it('does not hold where the earlier pack does not: whoever wrote it anew got no authority', () => {
    const service = new MiniatureService(governed).open().evaluate().approve().claim();
    service.confirm();
    const events = service.events.filter(({ event_type }) => event_type !== 'authority.approved');
    const core = { ...service.core(), events, head: service.core().head };
    const report = ask(filesOf(done({ undoes: { ...filesOf(service), core, bundle: sealPack(core, SEAL_KEY) } })));
    expect(report.evidence).toBe('does_not_hold');
    // Nothing that it says is taken: the route that rests on it is not found again.
    expect(codesOf(report)).toEqual(expect.arrayContaining(['linked.pack', 'replay.differs']));
  });

  it('is not built without it, or with other bytes in its place', () => {
    const service = done();
    const [[digest = ''] = []] = service.packs;
    service.packs.set(digest, new TextEncoder().encode('other bytes'));
    expect(() => service.core()).toThrow(expect.objectContaining({ code: 'pack.digest' }));
    service.packs.clear();
    expect(() => service.core()).toThrow(expect.objectContaining({ code: 'pack.linked_missing' }));
  });

  it('is not trusted where the earlier pack was sealed by a key that nobody named', () => {
    const strange = { ...original, bundle: sealPack(original.core, keyFrom('stranger')) };
    const report = ask(filesOf(done({ undoes: strange })));
    expect(report.evidence).toBe('not_trusted');
    expect(codesOf(report)).toEqual(['signer.linked']);
  });

  it('carries no key of the earlier pack into its own', () => {
    const bundle = JSON.parse(new TextDecoder().decode(original.bundle)) as JsonObject;
    const material = { publicKey: { hint: digestOf('x'), rawBytes: 'AAAA' }, tlogEntries: [] };
    const carrying = canonicalBytes({ ...bundle, verificationMaterial: material });
    expect(codesOf(ask(filesOf(done({ undoes: { ...original, bundle: carrying } }))))).toContain('linked.pack');
  });
});

describe('freezes', () => {
  const standing = endorsedStanding(
    fixtureStanding({
      policy: { serial: policy.serial, digest: governed.policy && digestBytes(canonicalBytes(policy)) },
      freezes: [{ id: 'incident', environments: '*', actions: '*', from: T.requested, until: null }],
    }),
  );
  const freeze = signedFreeze({ until: shift(T.cleared, 3600) });

  it('keep everything else, and no rollback: with the service, in the pack, and at the executor (Kargo windows)', () => {
    const governing = { standing, freezes: [freeze] };
    const kept = executed0(governing);
    expect(kept.events.at(-1)).toMatchObject({ code: 'claim.frozen' });

    const service = back({ standing }).evaluate().approve(SECOND).claim({}, T.cleared, undefined, governing);
    expect(service.events.at(-1)?.event_type).toBe('execution.cleared');
    const { permit } = service;
    const { permit: named } = service.clearancePack();
    const cleared = verifyClearance({
      pack: clearanceBytes(service.clearancePack()),
      permit: digestBytes(canonicalBytes(named)),
      trust: trustBytes(),
      trustName: 'trust.json',
      at: shift(T.cleared, 1),
      executor: ACTORS.deployer,
      governance: { freezes: [canonicalBytes(freeze)] },
    });
    expect([permit !== null, cleared.findings.filter(({ severity }) => severity === 'error')]).toEqual([true, []]);
    expect(cleared.holds).toBe(true);
    expect(ask(filesOf(service.confirm({ subject: CHAMPION.digest })))).toMatchObject({ evidence: 'holds' });
  });

  function executed0(governing: Parameters<MiniatureService['claim']>[3]): MiniatureService {
    return new MiniatureService({ ...governed, standing })
      .open()
      .evaluate()
      .approve()
      .claim({}, T.cleared, undefined, governing);
  }

  it('keep a decision that only claims to go back', () => {
    const service = new MiniatureService({ ...governed, standing, request: { linked: link() } }).open().evaluate();
    expect(service.events.at(-1)).toMatchObject({ event_type: 'decision.denied', code: 'linked.action' });
  });

  it('spare a rollback without a plan: its permit does not end with the plan of somebody else', () => {
    const planned = endorsedStanding(
      fixtureStanding({
        ...standing.document,
        recovery: [
          {
            incident: 'incident',
            releases: [{ candidate: CHAMPION.digest, target: 'prod-gateway-01' }],
            until: shift(T.cleared, 5),
          },
        ],
      }),
    );
    const service = back({ standing: planned }).evaluate().approve(SECOND).claim();
    const plain = back({ standing }).evaluate().approve(SECOND).claim();
    expect(service.clearance.not_after).toBe(plain.clearance.not_after);
    expect(service.events.at(-1)).not.toHaveProperty('recovery');
    expect(ask(filesOf(service.confirm({ subject: CHAMPION.digest }))).evidence).toBe('holds');
  });
});

function link() {
  return { relation: 'undoes', decision_id: original.core.decision_id, pack: digestBytes(original.bundle) } as const;
}

describe('a target that has moved on', () => {
  it('refuses the claim, on record, and the refusal is replayed', () => {
    const overtaken = '11111111-2222-8333-8444-555555555555';
    const service = back().evaluate().approve(SECOND).claim({}, T.cleared, undefined, { overtaken });
    expect(service.events.at(-1)).toMatchObject({ code: 'claim.overtaken', overtaken });
    service.tick(shift(T.requested, 4 * 3600));
    expect(ask(filesOf(service))).toMatchObject({ evidence: 'holds', outcome: 'expired' });
  });
});
