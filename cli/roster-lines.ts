import { publicKeyFromBase64 } from '../core/canon/index.ts';
import type { Grant, Roster, RosterKey } from '../documents/roster.ts';
import { printable } from './printable.ts';

/** A roster for a terminal. */
export function rosterLines({ serial, issued_at, persons, workloads }: Roster, digest: string): string[] {
  return [
    `roster   ${digest}`,
    `serial   ${serial}, issued ${issued_at}`,
    ...persons.flatMap(({ actor_id, keys, grants }) => [`person   ${actor_id}`, ...detail(keys, grants)]),
    ...workloads.flatMap(({ actor_id, title, controlled_by, keys, grants }) => [
      `workload ${actor_id}: ${title}; controlled by ${controlled_by.join(', ')}`,
      ...detail(keys, grants),
    ]),
  ].map(printable);
}

function detail(keys: readonly RosterKey[], grants: readonly Grant[]): string[] {
  const scope = (names: '*' | readonly string[]): string => (names === '*' ? 'all' : names.join(', '));
  return [
    ...grants.map(
      ({ role, environments, actions, valid_until }) =>
        `  role   ${role} (environments: ${scope(environments)}; actions: ${scope(actions)})${ends(valid_until)}`,
    ),
    ...keys.map(
      ({ public_key, valid_until }) => `  key    ${publicKeyFromBase64(public_key).keyId}${ends(valid_until)}`,
    ),
  ];
}

function ends(at: string | null): string {
  return at === null ? '' : ` until ${at}`;
}
