import type { Recovery } from '../core/domain/commands.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { coversScope } from '../documents/scope.ts';
import type { RecoveryPlan, Standing } from '../documents/standing.ts';
import type { ReadStatement } from '../documents/statements.ts';
import { begunAt } from '../documents/window.ts';
import type { Matter } from './admission.ts';
import { revokedBy } from './revoked.ts';

/**
 * Which freezes lie over a clearance, and which of them the recovery plan of their incident lets it pass (R62, R63).
 * A freeze takes one emergency key. A plan takes governance: it stands in the standing and nowhere else, so that
 * whoever may stop everything can let nothing through.
 */

export interface FrozenBy {
  /** The id of a standing's freeze, or the incident of an emergency freeze. */
  readonly name: string;
  /** Statement digest of an emergency freeze; null for one of the standing's own. */
  readonly statement: string | null;
  readonly until: Timestamp | null;
}

/** What is to go out, and where to: all that freezes and plans look at. */
export interface Release {
  readonly environment: string;
  readonly action: string;
  readonly target: string;
  /** Digest. */
  readonly candidate: string;
}

export function releaseOf({ environment, request }: Matter): Release {
  const { action, target, candidate } = request;
  return { environment, action, target, candidate: candidate.digest };
}

export interface Freezing {
  /** Null where there is none; it has to speak. */
  readonly document: Standing | null;
  /** Emergency freezes whose signature holds, in any order. */
  readonly freezes: readonly ReadStatement<'freeze'>[];
}

export interface Frozen {
  /** The first freeze that stops it; of several emergency freezes the first by digest, so that all name the same. */
  readonly by?: FrozenBy;
  /** The plans that let it pass the other freezes; left out where none is needed. */
  readonly recovery?: Recovery;
}

/** A plan spares the freezes of its own incident alone: another incident's freeze lies over the release as over any other. */
export function frozenAt(freezing: Freezing, release: Release, at: Timestamp): Frozen {
  const over = freezesOver(freezing, release, at).map((freeze) => ({
    freeze,
    plan: freezing.document === null ? undefined : planFor(freezing.document, freeze.name, release, at),
  }));
  const by = over.find(({ plan }) => plan === undefined)?.freeze;
  const spared = over.flatMap(({ freeze, plan }) => (plan === undefined ? [] : [{ freeze, plan }]));
  return { ...(by === undefined ? {} : { by }), ...(spared.length === 0 ? {} : { recovery: recoveryOf(spared) }) };
}

function planFor(
  { recovery }: Standing,
  incident: string,
  { candidate, target }: Release,
  at: Timestamp,
): RecoveryPlan | undefined {
  return recovery?.find(
    (plan) =>
      plan.incident === incident &&
      at < plan.until &&
      plan.releases.some((release) => release.candidate === candidate && release.target === target),
  );
}

function recoveryOf(spared: readonly { readonly freeze: FrozenBy; readonly plan: RecoveryPlan }[]): Recovery {
  return {
    incidents: [...new Set(spared.map(({ plan }) => plan.incident))].sort(),
    freezes: [...new Set(spared.flatMap(({ freeze }) => freeze.statement ?? []))].sort(),
    until: spared.map(({ plan }) => plan.until).reduce((a, b) => (b < a ? b : a)),
  };
}

/** The standing's own first, in its order; then emergency freezes by digest. */
function freezesOver({ document, freezes }: Freezing, release: Release, at: Timestamp): readonly FrozenBy[] {
  const planned = (document?.freezes ?? [])
    .filter((freeze) => coversScope(freeze, release))
    .filter(({ from, until }) => from <= at && (until === null || at < until))
    .map(({ id, until }) => ({ name: id, statement: null, until }));
  const emergencies = freezes
    .filter(({ statement }) => coversScope(statement, release))
    .filter(({ statement: { signed_at, until } }) => begunAt(signed_at, at) && at < until)
    .filter(
      ({ digest, keyId }) =>
        !(document?.lifted_freezes.includes(digest) || (document !== null && revokedBy(document).keys.has(keyId))),
    )
    .toSorted((a, b) => (a.digest < b.digest ? -1 : 1))
    .map(({ digest, statement: { incident, until } }) => ({ name: incident, statement: digest, until }));
  return [...planned, ...emergencies];
}
