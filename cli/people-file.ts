import { z } from 'zod';
import { actorId, environment, line, name } from '../documents/primitives.ts';
import { readYaml } from '../documents/policy-yaml.ts';
import { readShape } from '../documents/read-document.ts';
import type { PersonWish, WorkloadWish } from '../founding/index.ts';
import { readText } from './files.ts';

/** A roster as people review it, before there are keys: its persons and workloads, without keys and times. */

const grants = z
  .array(
    z.strictObject({
      role: name,
      /** All, where it is left out. */
      environments: z.array(environment).min(1).exactOptional(),
      actions: z.array(name).min(1).exactOptional(),
    }),
  )
  .max(256);

const peopleSchema = z.strictObject({
  persons: z
    .array(z.strictObject({ actor_id: actorId, grants }))
    .min(1)
    .max(1000),
  workloads: z
    .array(z.strictObject({ actor_id: actorId, title: line, controlled_by: z.array(actorId).min(1).max(64), grants }))
    .max(1000),
});

export interface People {
  readonly persons: readonly PersonWish[];
  readonly workloads: readonly WorkloadWish[];
}

/**
 * Whether the ids are distinct and the controllers are persons is for the reader of the roster that is made of it.
 *
 * @throws CliError `file.unreadable`; PolicyError `policy.syntax`, since its YAML is that of policies; DocumentError.
 */
export function readPeopleFile(path: string): People {
  const text = readText(path);
  const { persons, workloads } = readShape(peopleSchema, readYaml(text).value);
  return {
    persons: persons.map((person) => ({ actorId: person.actor_id, grants: person.grants })),
    workloads: workloads.map(({ actor_id, title, controlled_by, grants: granted }) => {
      return { actorId: actor_id, title, controlledBy: controlled_by, grants: granted };
    }),
  };
}
