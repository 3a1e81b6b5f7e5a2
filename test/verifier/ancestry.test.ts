import { describe, expect, it } from 'vitest';
import { canonicalBytes, digestJson } from '../../core/canon/index.ts';
import { type Ancestry, ANCESTRY_TYPE } from '../../documents/ancestry.ts';
import type { EvidenceCheck } from '../../documents/policy.ts';
import type { Standing } from '../../documents/standing.ts';
import { clearanceBytes, type PackCore } from '../../pack/index.ts';
import { verifyBackout, verifyClearance } from '../../verifier/index.ts';
import { ACTORS, CANDIDATE, digestOf, T } from '../documents/fixtures.ts';
import { ask, codesOf } from './asking.ts';
import { rehash, reseal } from './attacks.ts';
import { backoutOf } from './fixture-addendum.ts';
import {
  endorsedPolicy,
  endorsedStanding,
  executed,
  filesOf,
  fixturePolicy,
  fixtureStanding,
  MiniatureService,
  notedEvidence,
  shift,
  trustBytes,
} from './fixture-pack.ts';

/** What stands behind a candidate further back than its evidence names: kept in the pack, and held against revocations (R74, R90). */

const { lineage, rollback } = notedEvidence().packet.sections;
const PARENTS = (lineage?.parents ?? []).map(({ digest }) => digest);
const [GRANDPARENT, DATA, BEFORE] = [digestOf('grandparent'), digestOf('its data'), digestOf('before the rollback')];
const FALLBACK = rollback?.target ?? '';

const ancestry = (changes: Partial<Ancestry> = {}): Ancestry => ({
  _type: ANCESTRY_TYPE,
  candidate: { digest: CANDIDATE.digest, ancestors: [...PARENTS, GRANDPARENT, DATA].sort() },
  rollback: { digest: FALLBACK, ancestors: [BEFORE] },
  ...changes,
});
const asking = (...checks: EvidenceCheck[]) => {
  const { actions } = fixturePolicy();
  return endorsedPolicy(fixturePolicy({ actions: actions.map((action) => ({ ...action, checks })) }));
};
const policy = asking('ancestry');
const named = { policy: { serial: policy.document.serial, digest: digestJson(policy.document) } };
const standing = endorsedStanding(fixtureStanding(named));
const next = (changes: Partial<Standing>) =>
  endorsedStanding({
    ...standing.document,
    serial: 2,
    predecessor: digestJson(standing.document),
    ...changes,
  });
const revoking = (digest: string) => next({ revoked_digests: [digest] });
const under = { policy, standing, ancestry: ancestry() };
const waiting = () => new MiniatureService(under).open().evaluate().approve();
const OTHER_LINE = 'that the candidate, and what it goes back to, have the ancestors that it read, and no others';

describe('a decision whose policy has ancestries read', () => {
  // shows: R74
  it('names the document, carries it, and the report lists it as the word of the service', () => {
    const service = executed(under);
    const digest = digestJson(ancestry());
    expect(service.events.find(({ event_type }) => event_type === 'authority.routed')).toMatchObject({
      ancestry: digest,
    });
    expect(Object.keys(service.core().documents)).toContain(digest);
    const report = ask(filesOf(service));
    expect(report).toMatchObject({ findings: [], evidence: 'holds' });
    expect(report.rests_on_service).toContain(OTHER_LINE);
    expect(ask(filesOf(executed())).rests_on_service).not.toContain(OTHER_LINE);
  });

  it('waits where it was not read, and does not go without', () => {
    const service = new MiniatureService({ policy, standing }).open().evaluate();
    expect(service.events.at(-1)).toMatchObject({ code: 'evidence.unresolved' });
  });

  it('is denied where it is of another candidate, of another rollback target, or lacks a parent that the evidence names', () => {
    for (const wrong of [
      ancestry({ candidate: { digest: digestOf('another'), ancestors: PARENTS.toSorted() } }),
      ancestry({ rollback: { digest: digestOf('another'), ancestors: [] } }),
      ancestry({ rollback: null }),
      ancestry({ candidate: { digest: CANDIDATE.digest, ancestors: [GRANDPARENT] } }),
    ]) {
      const service = new MiniatureService({ ...under, ancestry: wrong }).open().evaluate();
      expect(service.events.at(-1)).toMatchObject({ code: 'evidence.differs' });
      expect(ask({ ...filesOf(service), expect: 'denied' })).toMatchObject({ findings: [], evidence: 'holds' });
    }
  });

  it('reads none under a policy that does not ask for it', () => {
    const service = executed({ ancestry: ancestry() });
    expect(service.events.every((event) => !('ancestry' in event))).toBe(true);
  });

  // shows: R81
  it.each([
    ['a grandparent', GRANDPARENT],
    ['the data of a grandparent', DATA],
    ['what the rollback target was made of', BEFORE],
  ])('stands on %s: denied at the route, stopped while it waits, refused at the claim', (_, digest) => {
    const denied = new MiniatureService({ ...under, standing: revoking(digest) }).open().evaluate();
    expect(denied.events.at(-1)).toMatchObject({ code: 'candidate.revoked', ancestry: digestJson(ancestry()) });
    expect(ask({ ...filesOf(denied), expect: 'denied' })).toMatchObject({ findings: [], evidence: 'holds' });

    const stopped = waiting().stop(revoking(digest));
    expect(stopped.events.at(-1)).toMatchObject({ code: 'candidate.revoked', revoked: [digest] });
    expect(ask({ ...filesOf(stopped), expect: 'denied' })).toMatchObject({ findings: [], evidence: 'holds' });

    const refused = waiting().claim({}, T.cleared, undefined, { standing: revoking(digest) });
    expect(refused.events.at(-1)).toMatchObject({ code: 'claim.candidate_revoked' });
    refused.cancel({}, shift(T.cleared, 1));
    expect(ask({ ...filesOf(refused), expect: 'cancelled' })).toMatchObject({ findings: [], evidence: 'holds' });
  });

  it('is not run by an executor that was given a standing which revokes a grandparent', () => {
    const service = waiting().claim();
    const ran = (given: ReturnType<typeof next>) =>
      verifyClearance({
        pack: clearanceBytes(service.clearancePack()),
        permit: digestJson(service.permit),
        trust: trustBytes(),
        trustName: 'trust.json',
        at: T.cleared,
        executor: ACTORS.deployer,
        governance: { standing: { document: canonicalBytes(given.document), endorsements: given.endorsements } },
      });
    expect(ran(next({}))).toMatchObject({ holds: true });
    expect(ran(revoking(GRANDPARENT))).toMatchObject({ holds: false, stops: [{ code: 'standing.revoked' }] });
  });
});

describe('a service that holds every key of its own', () => {
  const changedAt = (core: PackCore, change: (event: Record<string, unknown>) => void): PackCore => {
    const events = structuredClone(core.events) as unknown as Record<string, unknown>[];
    const routed = events.find((event) => event['event_type'] === 'authority.routed');
    if (routed) change(routed);
    return rehash({ ...core, events: events as unknown as PackCore['events'] });
  };
  const verdictOn = (core: PackCore) => ask({ bundle: reseal(core) });
  const core = executed(under).core();

  it('cannot leave the document out of the pack', () => {
    const { [digestJson(ancestry())]: _, ...documents } = core.documents;
    expect(codesOf(verdictOn({ ...core, documents }))).toContain('pack.incomplete');
  });

  it('cannot route without it, or on that of another candidate, whatever else it puts into the pack', () => {
    const without = changedAt(core, (event) => delete event['ancestry']);
    expect(codesOf(verdictOn(without))).toEqual(expect.arrayContaining(['pack.foreign', 'replay.differs']));
    const foreign = ancestry({ candidate: { digest: digestOf('another'), ancestors: PARENTS.toSorted() } });
    const digest = digestJson(foreign);
    const [known] = Object.values(core.documents);
    if (known === undefined) throw new TypeError('the pack has documents');
    const size = new TextEncoder().encode(JSON.stringify(foreign)).length;
    const swapped = changedAt(
      {
        ...core,
        documents: {
          ...Object.fromEntries(Object.entries(core.documents).filter(([key]) => key !== digestJson(ancestry()))),
          [digest]: { media_type: ANCESTRY_TYPE, size, content: foreign },
        },
      },
      (event) => Object.assign(event, { ancestry: digest }),
    );
    expect(verdictOn(swapped).findings).toContainEqual(
      expect.objectContaining({ code: 'replay.differs', sequence: 2, expected: 'decision.denied' }),
    );
  });

  it('can make up an ancestor that was revoked and end a decision by it, and the report says whose word that is', () => {
    const invented = digestOf('revoked long ago, of another line');
    const made = ancestry({ candidate: { digest: CANDIDATE.digest, ancestors: [...PARENTS, invented].sort() } });
    const stopped = new MiniatureService({ ...under, ancestry: made }).open().evaluate().stop(revoking(invented));
    const report = ask({ ...filesOf(stopped), expect: 'denied' });
    expect(report).toMatchObject({ findings: [], evidence: 'holds', outcome: 'denied' });
    expect(report.rests_on_service).toContain(OTHER_LINE);
  });

  it('cannot clear what stands on something that the standing of the clearance revokes', () => {
    const lying = waiting().claim({}, T.cleared, undefined, {
      standing: revoking(GRANDPARENT),
      lie: ({ obstacle: _, ...facts }) => facts,
    });
    expect(lying.state.stage).toBe('cleared');
    expect(codesOf(ask(filesOf(lying.confirm())))).toEqual(
      expect.arrayContaining(['replay.differs', 'standing.revoked']),
    );
  });
});

describe('going back without the service to what has an ancestor', () => {
  const backedOutUnder = (digest: string) => {
    const service = executed(under);
    const { document, endorsements } = revoking(digest);
    const governance = { standing: { document: canonicalBytes(document), endorsements } };
    const asked = { pack: filesOf(service).bundle, statement: backoutOf(service), governance };
    return codesOf(verifyBackout({ ...asked, trust: trustBytes(), at: shift(T.finished, 3600) }));
  };

  it('runs nothing where governance has revoked that since', () => {
    expect(backedOutUnder(BEFORE)).toEqual(['standing.revoked']);
  });

  it('is not kept by what stands behind that from which it goes back', () => {
    expect(backedOutUnder(GRANDPARENT)).toEqual([]);
  });
});
