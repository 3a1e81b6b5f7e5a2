import { describe, expect, it } from 'vitest';
import type { InForceFacts } from '../../core/domain/commands.ts';
import { ACTORS, fixtureRoster, grant, HOLDERS, keyFrom, keyOfActor, rosterKey, T } from '../documents/fixtures.ts';
import { ask, codesOf } from './asking.ts';
import {
  endorsedPolicy,
  endorsedRoster,
  endorsedStanding,
  filesOf,
  fixturePolicy,
  fixtureStanding,
  MiniatureService,
  shift,
  trustBytes,
} from './fixture-pack.ts';

/** A condition that is to hold before the clearance, and whose word counts then. */

const before = (): MiniatureService => new MiniatureService().open().evaluate().approveIf({ before: 'clearance' });
const REVOKED = keyOfActor(ACTORS.releaseOwner).publicKey.keyId;
const standing = endorsedStanding(fixtureStanding({ revoked_keys: [REVOKED] }));

describe('a discharge', () => {
  it('lets the clearance be, and the pack holds', () => {
    const service = before().condition().claim().confirm();
    expect(ask(filesOf(service))).toMatchObject({ evidence: 'holds', outcome: 'executed' });
  });

  it('by a key that governance has revoked since counts for nothing: a thief of one key cannot discharge', () => {
    const service = before().condition().claim({}, T.cleared, undefined, { standing });
    expect(service.events.at(-1)).toMatchObject({ event_type: 'statement.refused', code: 'claim.condition_open' });
    service.tick(shift(T.requested, 4 * 3600));
    expect(ask(filesOf(service))).toMatchObject({ evidence: 'holds', outcome: 'expired' });
  });

  it('of that kind is found in a pack that was cleared on it all the same', () => {
    const lie = (facts: InForceFacts): InForceFacts => ({ ...facts, ineligible: [] });
    const service = before().condition().claim({}, T.cleared, undefined, { standing, lie }).confirm();
    const report = ask(filesOf(service));
    expect(report.evidence).toBe('does_not_hold');
    expect(codesOf(report)).toEqual(expect.arrayContaining(['authority.condition', 'replay.differs']));
  });

  it('that was taken back by word of a breach stops it, whoever said so', () => {
    const service = before().condition();
    service.condition({ verdict: 'breached', nonce: 'CQkJCQkJCQkJCQkJCQkJCQ==' }, shift(T.claimed, 1));
    service.claim({}, shift(T.claimed, 2), undefined, { standing });
    expect(service.events.at(-1)).toMatchObject({ code: 'claim.condition_breached' });
  });

  it.each(['policy', 'roster'] as const)(
    'by whoever endorsed the %s with nobody but the thief of a key that had ended counts for nothing',
    (kind) => {
      const [holder, ended] = HOLDERS[kind];
      const key = keyFrom(`${holder} discharges`);
      const entry = { actor_id: holder, keys: [rosterKey(holder, key)], grants: [grant('release_owner')] };
      const people = fixtureRoster();
      const persons = [...people.persons, entry].toSorted((a, b) => (a.actor_id < b.actor_id ? -1 : 1));
      const service = new MiniatureService({
        policy: endorsedPolicy(fixturePolicy(), kind === 'policy' ? [holder, ended] : undefined),
        roster: endorsedRoster({ ...people, persons }, kind === 'roster' ? [holder, ended] : undefined),
      });
      service.open().evaluate().approveIf({ before: 'clearance' });
      service.condition({ signer: holder }, T.claimed, key).claim().confirm();
      const report = ask({
        ...filesOf(service),
        trust: trustBytes((trust) => ({
          ...trust,
          keys: trust.keys.map((one) =>
            one.holder === ended ? { ...one, valid_until: shift(T.requested, -3600) } : one,
          ),
          tenants: trust.tenants.map((one) => ({ ...one, policy_threshold: 1, roster_threshold: 1 })),
        })),
      });
      expect(codesOf(report)).toEqual(['authority.condition']);
    },
  );
});
