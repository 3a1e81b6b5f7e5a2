import { describe, expect, it } from 'vitest';
import { checkAnswer } from '../../client/answer.ts';
import { canonicalBytes, digestJson, type Envelope, type JsonValue, parseDigest } from '../../core/canon/index.ts';
import { ANCHORS_TYPE } from '../../documents/anchors.ts';
import { ROSTER_SIGNED_KINDS } from '../../documents/authenticate.ts';
import { readStatement, signStatement } from '../../documents/statements.ts';
import { createMemoryLedger } from '../../ledger/index.ts';
import { clearanceBytes, type PackCore } from '../../pack/index.ts';
import { createRegistry } from '../../registry/index.ts';
import { tenantRegistry } from '../../registry/names.ts';
import { createMemoryStore } from '../../store/index.ts';
import { verifyClearance } from '../../verifier/index.ts';
import {
  ACTORS,
  CANDIDATE,
  digestOf,
  fixtureTrust,
  HOLDERS,
  keyFrom,
  keyOfActor,
  signedAcknowledgement,
  signedAnchor,
  signedApproval,
  T,
  TENANT,
  trustKeyEntry,
  WITNESS,
} from '../documents/fixtures.ts';
import { ask, codesOf } from '../verifier/asking.ts';
import { forceApproval, forceClearance, rehash, reseal } from '../verifier/attacks.ts';
import {
  breakable,
  cancelled,
  delegated,
  denied,
  endorsedPolicy,
  executed,
  filesOf,
  fixturePolicy,
  MiniatureService,
  notedEvidence,
  SEAL_KEY,
  shift,
  trustBytes,
} from '../verifier/fixture-pack.ts';
import { answerOf, findingsIn, lying } from './stolen.ts';

/** Thieves of one key of the service, of all of them, and of a witness's. */

const SERVICE = [HOLDERS.permit, HOLDERS.acknowledgement, HOLDERS.seal];
const cleared = new MiniatureService().open().evaluate().approve().claim();

/** What an executor finds that was given this permit with that clearance pack. */
function executorFinds(permit: Envelope, of: MiniatureService = cleared, executor: string = ACTORS.deployer) {
  const pack = { ...of.clearancePack(), permit };
  const report = verifyClearance({
    pack: clearanceBytes(pack),
    permit: digestJson(permit),
    trust: trustBytes(),
    trustName: 'trust.json',
    at: shift(T.cleared, 5),
    executor,
    subject: parseDigest(CANDIDATE.digest),
  });
  return report.holds ? [] : codesOf(report);
}

describe('permit key', () => {
  it('signs permits, and the one that goes with a clearance says nothing new', () => {
    expect(executorFinds(cleared.permitFor())).toEqual([]);
  });

  it('has an executor run nothing else: no other clearance, artifact, target, executor or end', () => {
    for (const change of [
      { cleared: digestOf('another clearance') },
      { subject: digestOf('another artifact') },
      { target: 'prod-gateway-02' },
      { executor: ACTORS.pipeline },
      { not_after: shift(T.permitEnds, 3600) },
    ])
      expect(executorFinds(cleared.permitFor(change)), JSON.stringify(change)).toContain('execution.permit');
  });
});

describe('acknowledgement key', () => {
  const trust = fixtureTrust();
  const context = { trust, tenant: TENANT, now: () => T.approved };
  const approval = readStatement(signedApproval());
  const acknowledgement = signedAcknowledgement();
  const { decision_id } = readStatement(acknowledgement, 'acknowledgement').statement;

  it('answers falsely: a statement seems recorded that was withheld', () => {
    const answer = {
      statement: approval.digest,
      verdict: 'accepted',
      code: null,
      acknowledgement,
      addendum: null,
    } as const;
    expect(() => checkAnswer(context, { decisionId: decision_id, statement: approval.digest, answer })).not.toThrow();
  });

  it('records nothing by it: nothing is cleared, and no permit and no pack is signed with it', () => {
    expect(answerOf(new MiniatureService().open().evaluate().claim())).toBe('claim.authority_missing');
    const key = keyOfActor(HOLDERS.acknowledgement);
    expect(executorFinds(cleared.permitFor({ signer: HOLDERS.acknowledgement }, key))).toContain('signer.permit');
    expect(codesOf(ask({ bundle: reseal(executed().core(), key) }))).toContain('signer.seal');
  });
});

describe('seal key', () => {
  const core = executed().core();

  it('seals another selection of genuine statements, and other times of the service’s own', () => {
    expect(ask({ bundle: reseal(core) })).toMatchObject({ evidence: 'holds', outcome: 'executed' });
    const { exported_at } = core.export;
    const later: PackCore = { ...core, export: { ...core.export, exported_at: shift(exported_at, 3600) } };
    expect(ask({ bundle: reseal(later) }).evidence).toBe('holds');
    // As if nobody had approved what was approved: whoever kept an acknowledgement knows better.
    const withheld = new MiniatureService()
      .open()
      .evaluate()
      .tick(shift(T.requested, 4 * 3600));
    expect(withheld.decisionId).toBe(core.decision_id);
    expect(ask({ bundle: reseal(withheld.core()) })).toMatchObject({ evidence: 'holds', outcome: 'expired' });
  });

  it('makes no approval, takes none away, and turns no refusal into a clearance', () => {
    const open = () => new MiniatureService().open().evaluate();
    const forged = open();
    expect(findingsIn(forceApproval(forged, forged.approval({}, SEAL_KEY)))).toContain('signer.unknown');
    const without = { ...core, statements: { ...core.statements } };
    const approved = core.events.find((event) => event.event_type === 'authority.approved');
    if (approved?.event_type !== 'authority.approved') throw new TypeError('nobody has approved');
    delete (without.statements as Record<string, unknown>)[approved.statement];
    expect(codesOf(ask({ bundle: reseal(without as PackCore) }))).toContain('pack.incomplete');
    const denied = filesOf(new MiniatureService().open().evaluate().reject()).core;
    const claimed = { ...denied, outcome: 'executed' } as PackCore;
    expect(ask({ bundle: reseal(rehash(claimed)) }).evidence).not.toBe('holds');
  });
});

describe("workers' sealing key (`mac.key`), with Redis", () => {
  it('puts no policy in force that nobody endorsed', async () => {
    const store = createMemoryStore();
    const ledger = createMemoryLedger({ macKeys: [new Uint8Array(32).fill(7)] });
    const registry = createRegistry({ ledger, store, trust: fixtureTrust(), tenant: TENANT });
    const { document, endorsements } = endorsedPolicy(fixturePolicy());
    await registry.publish('policy', canonicalBytes(document), endorsements, T.requested);
    const lenient = fixturePolicy({ serial: 2, version: '2.0.0', predecessor: digestJson(document), routes: [] });
    const publication = {
      _type: 'application/vnd.countersign.publication.v1+json',
      kind: 'policy',
      tenant: TENANT,
      serial: 2,
      document: await store.put(canonicalBytes(lenient)),
      endorsements: [await store.put(canonicalBytes(signedAcknowledgement()))],
    };
    await ledger.bind(tenantRegistry('policy', TENANT), '2', await store.put(canonicalBytes(publication)));
    const inForce = await registry.policyInForce(T.approved).catch((error: { code: string }) => error.code);
    expect(inForce).toBe('registry.unendorsed');
  });
});

describe("a witness's key", () => {
  const service = executed();
  const last = service.events.length;
  const anchor = (changes: Parameters<typeof signedAnchor>[0] = {}): Uint8Array => {
    const head = service.events.at(-1)?.integrity_hash ?? '';
    const signed = signedAnchor(
      { decision_id: service.decisionId, sequence: last, head, signed_at: shift(T.finished, 2), ...changes },
      keyFrom(WITNESS),
    );
    return canonicalBytes({ _type: ANCHORS_TYPE, anchors: [signed as unknown as JsonValue] });
  };
  const trust = trustBytes((was) => ({ ...was, keys: [...was.keys, trustKeyEntry('witness', WITNESS)] }));
  const { bundle, view, disclosures } = filesOf(service);
  const verified = (anchors: Uint8Array) => ask({ bundle, view, disclosures, trust, anchors: [anchors] });

  it('keeps packs from holding with heads that never were, or vouches for a time that is not true', () => {
    expect(codesOf(verified(anchor({ head: digestOf('another head') })))).toEqual(['anchor.differs']);
    const false_ = shift(T.finished, 3600);
    expect(verified(anchor({ signed_at: false_ })).anchors?.close).toMatchObject({ seen_at: false_ });
  });

  it('gives no authority', () => {
    const open = new MiniatureService().open().evaluate();
    expect(findingsIn(forceApproval(open, open.approval({}, keyFrom(WITNESS))))).toContain('signer.unknown');
    expect(codesOf(ask({ bundle: reseal(service.core(), keyFrom(WITNESS)), trust }))).toContain('signer.seal');
  });
});

describe('all of the service', () => {
  const open = () => new MiniatureService().open().evaluate();
  const { packet } = notedEvidence();
  const decided = [
    executed(),
    denied(),
    cancelled(),
    delegated(),
    breakable().override().claim().confirm(),
    open().approveIf({ before: 'clearance' }).condition().claim().confirm(),
    open()
      .approve()
      .revoke()
      .tick(shift(T.requested, 4 * 3600)),
    open()
      .abstain()
      .tick(shift(T.requested, 4 * 3600)),
    open()
      .reevaluate({ packet: { ...packet, created_at: T.approved } })
      .tick(shift(T.requested, 4 * 3600)),
  ];
  /** One genuine statement of each kind, with the pack that it stands in. */
  const genuine = new Map(
    decided.flatMap((service) => {
      const core = service.core();
      return Object.values(core.statements).map(
        (envelope) => [readStatement(envelope).kind, { core, envelope }] as const,
      );
    }),
  );

  it('makes no statement of any person, workload or governance holder, whatever its kind', () => {
    const signed: readonly string[] = [...ROSTER_SIGNED_KINDS, 'endorsement'];
    const kinds = [...genuine].filter(([kind]) => signed.includes(kind));
    expect(kinds.length).toBeGreaterThanOrEqual(14);
    for (const [kind, { core, envelope }] of kinds) {
      const digest = digestJson(envelope);
      for (const holder of SERVICE) {
        // The very same words under a key of the service, in the place of the genuine statement wherever an event names it.
        const forged = signStatement(readStatement(envelope).statement, keyOfActor(holder));
        const events = JSON.parse(JSON.stringify(core.events).replaceAll(digest, digestJson(forged))) as unknown;
        const { [digest]: _, ...others } = core.statements;
        const statements = { ...others, [digestJson(forged)]: forged };
        const report = ask({ bundle: reseal(rehash({ ...core, events, statements } as PackCore)) });
        expect(report.evidence, `${kind} by ${holder}`).not.toBe('holds');
        // The request names the genuine evidence, whoever signed another.
        expect(codesOf(report).join(), kind).toMatch(kind === 'evidence' ? /replay\.illegal/ : /signer\./);
      }
    }
  });

  it('has an executor run nothing that nobody approved, with chain, permit and pack all of one piece', () => {
    const forged = forceClearance(lying(new MiniatureService()).open().evaluate());
    expect(executorFinds(forged.permitFor(), forged)).toEqual(
      expect.arrayContaining(['authority.missing', 'replay.differs']),
    );
    const named = lying(new MiniatureService()).open().evaluate();
    const approved = forceApproval(named, named.approval({}, keyOfActor(HOLDERS.permit)));
    expect(executorFinds(forceClearance(approved).permitFor(), approved)).toContain('signer.unknown');
  });

  it('withholds statements and chooses times, which every report says it is believed for', () => {
    const withheld = new MiniatureService().open().evaluate();
    withheld.approval({ signer: ACTORS.secondExecutive });
    const report = ask(filesOf(withheld.approve().claim().confirm()));
    expect(report.evidence).toBe('holds');
    expect(report.rests_on_service.join()).toMatch(/withheld/);
    expect(report.rests_on_service).toContain('unanchored times');
  });
});
