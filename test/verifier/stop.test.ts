import { describe, expect, it } from 'vitest';
import { digestJson } from '../../core/canon/index.ts';
import type { Standing } from '../../documents/standing.ts';
import type { PackCore } from '../../pack/index.ts';
import { ACTORS, CANDIDATE, digestOf, keyOfActor, T } from '../documents/fixtures.ts';
import { ask, codesOf } from './asking.ts';
import { rehash, reseal } from './attacks.ts';
import {
  endorsedStanding,
  executed,
  filesOf,
  fixtureStanding,
  MiniatureService,
  notedEvidence,
  shift,
} from './fixture-pack.ts';

/** Decisions that stopped because governance had revoked what they rest on (R90): derived again from the standing. */

const standing = endorsedStanding(fixtureStanding());
const LATER = shift(T.cleared, 60);

function next(changes: Partial<Standing>, before: Standing = standing.document) {
  return endorsedStanding({ ...before, serial: before.serial + 1, predecessor: digestJson(before), ...changes });
}

const revoking = (...digests: string[]) => next({ revoked_digests: digests.sort() });
const waiting = () => new MiniatureService({ standing }).open().evaluate().approve();
const verified = (service: MiniatureService) => ask({ ...filesOf(service), expect: 'denied' });
const { lineage, evaluation, rollback } = notedEvidence().packet.sections;

describe('an open decision whose basis is revoked', () => {
  // shows: R90
  it.each([
    ['the candidate', CANDIDATE.digest],
    ['a parent', lineage?.parents?.[0]?.digest ?? ''],
    ['its evaluation data', evaluation?.data_manifest?.digest ?? ''],
    ['what it goes back to', rollback?.target ?? ''],
  ])('stops for %s, and the pack proves it', (_, digest) => {
    const service = waiting().stop(revoking(digest));
    expect(service.events.at(-1)).toMatchObject({ code: 'candidate.revoked', revoked: [digest] });
    const report = verified(service);
    expect(report).toMatchObject({ findings: [], evidence: 'holds', outcome: 'denied' });
    expect(report.answers?.why.join()).toContain(`denied: candidate.revoked, standing 2 revokes ${digest}`);
  });

  it('stops for the key of who asked, or of who vouches for the evidence', () => {
    for (const actor of [ACTORS.pipeline, ACTORS.author]) {
      const { keyId } = keyOfActor(actor).publicKey;
      const service = waiting().stop(next({ revoked_keys: [keyId] }));
      expect(service.events.at(-1)).toMatchObject({ code: 'key.revoked', revoked: [keyId] });
      expect(verified(service)).toMatchObject({ findings: [], evidence: 'holds' });
    }
  });

  it('does not stop for an approver’s key, for anything else, or under a standing that has ended', () => {
    const { keyId } = keyOfActor(ACTORS.executive).publicKey;
    for (const other of [
      next({ revoked_keys: [keyId] }),
      revoking(digestOf('unrelated')),
      next({ revoked_digests: [CANDIDATE.digest], not_after: shift(T.cleared, -1) }),
    ]) {
      expect(waiting().stop(other).state.stage).toBe('authorized');
    }
  });

  it('is not ended any more once it was cleared', () => {
    const service = waiting().claim().stop(revoking(CANDIDATE.digest), LATER);
    expect(service.state.stage).toBe('cleared');
    expect(ask(filesOf(service.confirm()))).toMatchObject({ evidence: 'holds', outcome: 'executed' });
  });
});

describe('a service that ends decisions at will', () => {
  const unrelated = digestOf('unrelated');

  it('needs a standing that revokes what they rest on', () => {
    const service = waiting().stop(revoking(unrelated), T.cleared, { revoked: [CANDIDATE.digest] });
    expect(service.events.at(-1)).toMatchObject({ event_type: 'decision.denied', revoked: [CANDIDATE.digest] });
    expect(codesOf(verified(service))).toContain('replay.illegal');
    const keyed = waiting().stop(revoking(unrelated), T.cleared, { code: 'key.revoked', revoked: [unrelated] });
    expect(codesOf(verified(keyed))).toContain('replay.illegal');
  });

  it('needs one that speaks, is endorsed, and is no older than one before', () => {
    const revoked = { revoked: [CANDIDATE.digest] };
    const ended = next({ revoked_digests: [CANDIDATE.digest], not_after: shift(T.cleared, -1) });
    expect(codesOf(verified(waiting().stop(ended, T.cleared, revoked)))).toContain('replay.illegal');
    const unsigned = { ...revoking(CANDIDATE.digest), endorsements: [] };
    expect(verified(waiting().stop(unsigned)).evidence).not.toBe('holds');
    const second = new MiniatureService({ standing: next({}) }).open().evaluate();
    const first = endorsedStanding(fixtureStanding({ revoked_digests: [CANDIDATE.digest] }));
    expect(codesOf(verified(second.stop(first)))).toContain('in_force.older');
  });

  const stopped = () => waiting().stop(revoking(CANDIDATE.digest)).core();
  const changed = (change: (event: Record<string, unknown>) => void): PackCore => {
    const core = stopped();
    const events = structuredClone(core.events) as unknown as Record<string, unknown>[];
    const last = events.at(-1);
    if (last) change(last);
    return rehash({ ...core, events: events as unknown as PackCore['events'] });
  };

  it.each<[string, (event: Record<string, unknown>) => void]>([
    ['another digest', (event) => Object.assign(event, { revoked: [unrelated] })],
    ['no digest', (event) => Object.assign(event, { revoked: [] })],
    ['no list', (event) => Object.assign(event, { revoked: 'everything' })],
    ['another code', (event) => Object.assign(event, { code: 'key.revoked' })],
    ['a sentence of its own', (event) => Object.assign(event, { detail: 'the operator felt like it' })],
    ['no standing', (event) => delete event['standing']],
    ['that it was evaluated', (event) => delete event['revoked']],
  ])('cannot say %s', (_, change) => {
    const report = ask({ bundle: reseal(changed(change)), expect: 'denied' });
    expect(report.evidence).toBe('does_not_hold');
  });

  it('cannot stop what was cleared', () => {
    const core = executed({ standing }).core();
    const [denial] = stopped().events.slice(-1);
    const events = [...core.events.slice(0, -1), denial] as PackCore['events'];
    expect(ask({ bundle: reseal(rehash({ ...core, events })), expect: 'denied' }).evidence).toBe('does_not_hold');
  });
});
