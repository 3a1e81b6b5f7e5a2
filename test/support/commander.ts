import { randomBytes } from 'node:crypto';
import type { Signer } from '../../client/index.ts';
import { digestBytes, privateKeyFromSeed } from '../../core/canon/index.ts';
import { timestamp } from '../../core/domain/vocabulary.ts';
import { type Policy, readRoster } from '../../documents/index.ts';
import { endorseNext, rosterKey } from '../../founding/index.ts';
import { ORIGIN, type RunningHouse } from './running-house.ts';

/** Somebody who may break glass, with a key for approvals and one for that. */

export const COMMANDER = 'commander-51';

export const breakable =
  (review_s: number) =>
  (policy: Policy): Policy => {
    const breakglass = { role: 'incident_commander', life_s: 900, review_role: 'security_owner', review_s };
    return { ...policy, breakglass };
  };

/** Publishes the next roster, with the commander in it. @returns their signers */
export async function enterCommander(
  house: RunningHouse,
): Promise<{ readonly approvals: Signer; readonly glass: Signer }> {
  const at = timestamp(Date.now());
  const random = (length: number) => Uint8Array.from(randomBytes(length));
  const [approvals, glass] = [0, 1].map(() => ({ actorId: COMMANDER, key: privateKeyFromSeed(random(32)) })) as [
    Signer,
    Signer,
  ];
  const surroundings = { origin: ORIGIN, tenant: house.tenant, at, random };
  const before = readRoster(house.house.roster.bytes);
  const keys = [
    rosterKey(surroundings, COMMANDER, approvals.key),
    { ...rosterKey(surroundings, COMMANDER, glass.key), use: 'breakglass' as const },
  ];
  const role = { environments: '*', actions: '*', valid_from: at, valid_until: null } as const;
  const grants = [{ ...role, role: 'incident_commander' }];
  const next = {
    ...before,
    serial: before.serial + 1,
    predecessor: digestBytes(house.house.roster.bytes),
    issued_at: at,
    persons: [...before.persons, { actor_id: COMMANDER, keys, grants }],
  };
  const { bytes, endorsements } = endorseNext(house.house, 'roster', next, surroundings);
  await house.registry.publish('roster', bytes, endorsements, at);
  return { approvals, glass };
}
