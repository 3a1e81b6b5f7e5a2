import * as z from 'zod';
import { duplicates } from './duplicates.ts';
import { refuseAll } from './errors.ts';
import { measure } from './evaluation-shape.ts';
import { percent } from './evidence.ts';
import { amount, currency, digest, name, timestampText } from './primitives.ts';
import { readDocument } from './read-document.ts';

/**
 * What a release is seen to do, at one moment: what the abort rules are asked about (R85). Not signed, and hashed by
 * nobody: whoever runs the release writes it for itself. See docs/spec/observation.md.
 */

export const OBSERVATION_TYPE = 'application/vnd.countersign.observation.v1+json';

/** Stages in which a release serves, or is shown traffic. */
const STAGES = ['shadow', 'canary', 'progressive', 'champion'] as const;

const elapsed = z.int().min(0);

/** `null` says "not measured", everywhere. It is never fine. */
export const observationSchema = z.strictObject({
  _type: z.literal(OBSERVATION_TYPE),
  /** Digest of what runs. */
  candidate: digest,
  observed_at: timestampText,
  stage: z.enum(STAGES),
  /** Hard invariants that failed; an empty list says that all were checked and hold. */
  hard_invariants: z.strictObject({ failed: z.array(name).max(1000) }).nullable(),
  metrics: z
    .array(
      z.strictObject({
        metric: name,
        value: measure.nullable(),
        /** For how many seconds it has been on the wrong side of its threshold. */
        over_s: elapsed.nullable(),
      }),
    )
    .max(1000),
  /** What the canary has used up of its hard limits. */
  canary: z
    .strictObject({
      traffic_percent: percent.nullable(),
      elapsed_s: elapsed.nullable(),
      cost: z.strictObject({ amount, currency }).nullable(),
    })
    .nullable(),
});

export type Observation = z.infer<typeof observationSchema>;

/** @throws DocumentError `document.type`, `document.shape`, also where one metric stands twice. */
export function readObservation(value: unknown): Observation {
  const observation = readDocument(observationSchema, OBSERVATION_TYPE, value);
  const metrics = observation.metrics.map(({ metric }, index) => ({
    path: `$.metrics[${index}].metric`,
    value: metric,
  }));
  refuseAll('document.shape', 'one metric is observed twice', duplicates(metrics));
  return observation;
}
