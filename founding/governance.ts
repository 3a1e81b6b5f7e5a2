import { digestJson, type Envelope, type PrivateKey, toBase64 } from '../core/canon/index.ts';
import {
  type AnchorStatement,
  type CaptureStatement,
  type FreezeStatement,
  type LiftingStatement,
  type ScopeOf,
  statementType,
} from '../core/domain/statements.ts';
import { instant, type Timestamp, timestamp } from '../core/domain/vocabulary.ts';
import { type RecoveryPlan, signStatement, STANDING_TYPE, type Standing } from '../documents/index.ts';

/** What governance signs from time to time, what an emergency key signs, and what ends a restriction. Pure. */

export interface StandingChanges {
  /** In force from now on; as before unless given. */
  readonly policy?: Standing['policy'];
  readonly roster?: Standing['roster'];
  /** How long it speaks, in seconds. */
  readonly lifeS: number;
  /** Key ids with which nothing counts any more. */
  readonly revokeKeys?: readonly string[];
  /** Candidates, parents, data. */
  readonly revokeDigests?: readonly string[];
  /** Policies whose decisions on their way are not to be cleared any more. */
  readonly withdrawPolicies?: readonly string[];
  readonly freezes?: Standing['freezes'];
  /** What may go out during an incident; takes the place of the plan that the standing before has for it. */
  readonly recovery?: readonly RecoveryPlan[];
  /** Incidents whose plan ends with this one. */
  readonly endRecovery?: readonly string[];
  /** Ids of freezes of the standing before that end with this one. */
  readonly endFreezes?: readonly string[];
  /** Statement digests of emergency freezes that are over. */
  readonly liftFreezes?: readonly string[];
  /** Statement digests of emergency freezes that have run out, and need no lifting any more. */
  readonly endedFreezes?: readonly string[];
}

/** The standing before, or what the first one has to say. */
export type StandingBefore = Standing | Pick<Standing, 'origin' | 'tenant' | 'policy' | 'roster'>;

/**
 * What was revoked stays revoked, and a policy that was in force is accepted until it is withdrawn. A freeze whose time
 * is over is left out.
 */
export function nextStanding(before: StandingBefore, changes: StandingChanges, at: Timestamp): Standing {
  const last = '_type' in before ? before : null;
  const policy = changes.policy ?? before.policy;
  const withdrawn = new Set([policy.digest, ...(changes.withdrawPolicies ?? [])]);
  const ended = new Set([...(changes.endFreezes ?? []), ...(changes.freezes ?? []).map(({ id }) => id)]);
  const lasting = (last?.freezes ?? []).filter(({ id, until }) => !ended.has(id) && (until === null || at < until));
  return {
    _type: STANDING_TYPE,
    origin: before.origin,
    tenant: before.tenant,
    serial: (last?.serial ?? 0) + 1,
    predecessor: last === null ? 'GENESIS' : digestJson(last),
    issued_at: at,
    not_after: timestamp(instant(at) + changes.lifeS * 1000),
    policy,
    accepted_policies: setOf(last?.accepted_policies, last === null ? [] : [last.policy.digest]).filter(
      (digest) => !withdrawn.has(digest),
    ),
    roster: changes.roster ?? before.roster,
    revoked_keys: setOf(last?.revoked_keys, changes.revokeKeys),
    revoked_digests: setOf(last?.revoked_digests, changes.revokeDigests),
    freezes: [...lasting, ...(changes.freezes ?? [])],
    lifted_freezes: setOf(last?.lifted_freezes, changes.liftFreezes).filter(
      (digest) => changes.endedFreezes?.includes(digest) !== true,
    ),
    ...recoveryAfter(last, changes, at),
  };
}

/** A plan whose time is over is left out; so is the member where no plan is left. */
function recoveryAfter(last: Standing | null, changes: StandingChanges, at: Timestamp): Pick<Standing, 'recovery'> {
  const added = (changes.recovery ?? []).map((plan) => ({ ...plan, releases: inOrder(plan.releases) }));
  const ended = new Set([...(changes.endRecovery ?? []), ...added.map(({ incident }) => incident)]);
  const lasting = (last?.recovery ?? []).filter(({ incident, until }) => !ended.has(incident) && at < until);
  const recovery = [...lasting, ...added];
  return recovery.length === 0 ? {} : { recovery };
}

function inOrder(releases: RecoveryPlan['releases']): RecoveryPlan['releases'] {
  return releases.toSorted((a, b) =>
    a.candidate === b.candidate ? order(a.target, b.target) : order(a.candidate, b.candidate),
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function setOf(...lists: readonly (readonly string[] | undefined)[]): string[] {
  return [...new Set(lists.flatMap((list) => list ?? []))].sort();
}

/** @throws DocumentError `document.shape`. */
export function signLifting(
  { restrictions, incident }: Pick<LiftingStatement, 'restrictions' | 'incident'>,
  by: { readonly actorId: string; readonly key: PrivateKey },
  place: { readonly origin: string; readonly tenant: string; readonly at: Timestamp },
  random: (length: number) => Uint8Array,
): Envelope {
  const statement: LiftingStatement = {
    _type: statementType('lifting'),
    origin: place.origin,
    tenant: place.tenant,
    signer: by.actorId,
    signed_at: place.at,
    nonce: toBase64(random(16)),
    restrictions: [...restrictions].sort(),
    incident,
  };
  return signStatement(statement, by.key);
}

/** @throws DocumentError `document.shape`. */
export function signAnchor(
  seen: Pick<AnchorStatement, 'sequence' | 'head' | 'log'> & { readonly decisionId: string },
  by: { readonly holder: string; readonly key: PrivateKey },
  place: { readonly origin: string; readonly tenant: string; readonly at: Timestamp },
  random: (length: number) => Uint8Array,
): Envelope {
  const statement: AnchorStatement = {
    _type: statementType('anchor'),
    origin: place.origin,
    tenant: place.tenant,
    decision_id: seen.decisionId,
    signer: by.holder,
    signed_at: place.at,
    nonce: toBase64(random(16)),
    sequence: seen.sequence,
    head: seen.head,
    log: seen.log,
  };
  return signStatement(statement, by.key);
}

/** @throws DocumentError `document.shape`. */
export function signCapture(
  { manifest, incident }: Pick<CaptureStatement, 'manifest' | 'incident'>,
  by: { readonly actorId: string; readonly key: PrivateKey },
  place: { readonly origin: string; readonly tenant: string; readonly at: Timestamp },
  random: (length: number) => Uint8Array,
): Envelope {
  const statement: CaptureStatement = {
    _type: statementType('capture'),
    origin: place.origin,
    tenant: place.tenant,
    signer: by.actorId,
    signed_at: place.at,
    nonce: toBase64(random(16)),
    incident,
    manifest,
  };
  return signStatement(statement, by.key);
}

export interface FreezeWish extends ScopeOf {
  readonly incident: string;
  readonly until: Timestamp;
}

/** @throws DocumentError `document.shape` where it lasts longer than a freeze may. */
export function signFreeze(
  wish: FreezeWish,
  by: { readonly holder: string; readonly key: PrivateKey },
  place: { readonly origin: string; readonly tenant: string; readonly at: Timestamp },
  random: (length: number) => Uint8Array,
): Envelope {
  const statement: FreezeStatement = {
    _type: statementType('freeze'),
    origin: place.origin,
    tenant: place.tenant,
    signer: by.holder,
    signed_at: place.at,
    nonce: toBase64(random(16)),
    environments: wish.environments,
    actions: wish.actions,
    incident: wish.incident,
    until: wish.until,
  };
  return signStatement(statement, by.key);
}
