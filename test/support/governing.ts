import { timestamp } from '../../core/domain/vocabulary.ts';
import type { Policy, Roster } from '../../documents/index.ts';
import { endorseNext } from '../../founding/index.ts';
import { ORIGIN, type RunningHouse } from './running-house.ts';

/** What governance does while decisions are under way. */

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

export async function publishRoster(
  house: RunningHouse,
  change: (roster: Roster) => Partial<Roster> = () => ({}),
): Promise<void> {
  const at = timestamp(Date.now());
  const { index, reference } = await house.registry.rosterInForce(at);
  const { roster } = index;
  const place = { serial: roster.serial + 1, predecessor: reference.digest, issued_at: at };
  const next = { ...roster, ...change(roster), ...place };
  const { bytes, endorsements } = endorseNext(house.house, 'roster', next, surroundings(house, at));
  await house.registry.publish('roster', bytes, endorsements, at);
}

/** @returns its canonical bytes */
export async function publishPolicy(house: RunningHouse, change: Partial<Policy> = {}): Promise<Uint8Array> {
  const at = timestamp(Date.now());
  const { document, reference } = await house.registry.policyInForce(at);
  const serial = document.serial + 1;
  const next = { ...document, version: `1.2.${serial}`, serial, predecessor: reference.digest, ...change };
  const { bytes, endorsements } = endorseNext(house.house, 'policy', next, surroundings(house, at));
  await house.registry.publish('policy', bytes, endorsements, at);
  return bytes;
}

export function withoutPerson(actorId: string): (roster: Roster) => Partial<Roster> {
  return ({ persons }) => ({ persons: persons.filter(({ actor_id }) => actor_id !== actorId) });
}

function surroundings({ tenant }: RunningHouse, at: string) {
  return { origin: ORIGIN, tenant, at, random };
}
