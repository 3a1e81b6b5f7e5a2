import { digestJson } from '../../core/canon/index.ts';
import type { Policy } from '../../documents/policy.ts';
import { type Grant, ROSTER_TYPE, type Roster, type RosterKey } from '../../documents/roster.ts';
import type { CasePerson } from './case-file.ts';

const always = { valid_from: '1970-01-01T00:00:00.000Z', valid_until: null };

/**
 * A roster of people who are only named. Nothing is signed under it and no reader takes it: an evaluation asks of a
 * key only whether it is in force.
 */
export function rosterOf(people: readonly CasePerson[], { origin, tenant, issued_at }: Policy): Roster {
  const entry = ({ id, roles }: CasePerson) => ({
    actor_id: id,
    keys: [keyOf(id)],
    grants: roles.map((role): Grant => ({ role, environments: '*', actions: '*', ...always })),
  });
  return {
    _type: ROSTER_TYPE,
    origin,
    tenant,
    serial: 1,
    predecessor: 'GENESIS',
    issued_at,
    persons: people.filter(({ controlled_by }) => !controlled_by).map(entry),
    workloads: people.flatMap((one) =>
      one.controlled_by ? [{ ...entry(one), title: one.id, controlled_by: one.controlled_by }] : [],
    ),
  };
}

function keyOf(id: string): RosterKey {
  const proof: RosterKey['proof'] = {
    payloadType: '',
    payload: '',
    signatures: [{ keyid: digestJson({ id }), sig: '' }],
  };
  return { scheme: 'ed25519', public_key: '', ...always, proof };
}
