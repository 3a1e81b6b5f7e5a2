import { timestamp } from '../../core/domain/vocabulary.ts';
import { type Policy, readStanding, type Roster, type Standing } from '../../documents/index.ts';
import { endorseNext, nextStanding, type StandingChanges } from '../../founding/index.ts';
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

/** The one that the house was founded with, which nobody has published yet. */
export async function publishFirstStanding(house: RunningHouse): Promise<Standing> {
  const first = house.house.standing;
  if (first === null) throw new TypeError('the house was founded with a standing');
  await house.registry.publish('standing', first.bytes, first.endorsements, timestamp(Date.now()));
  return readStanding(first.bytes);
}

/** What follows the last one; it speaks for a day unless told. */
export async function publishStanding(house: RunningHouse, changes: Partial<StandingChanges>): Promise<Standing> {
  const at = timestamp(Date.now());
  const before = await house.registry.lastStanding();
  if (before === null) throw new TypeError('the house has published a standing');
  const next = nextStanding(before, { lifeS: 24 * 3600, ...changes }, at);
  const { bytes, endorsements } = endorseNext(house.house, 'standing', next, surroundings(house, at));
  await house.registry.publish('standing', bytes, endorsements, at);
  return next;
}

export function withoutPerson(actorId: string): (roster: Roster) => Partial<Roster> {
  return ({ persons }) => ({ persons: persons.filter(({ actor_id }) => actor_id !== actorId) });
}

function surroundings({ tenant }: RunningHouse, at: string) {
  return { origin: ORIGIN, tenant, at, random };
}
