import { CanonError } from '../core/canon/index.ts';
import type { GateRecord, WaiverRecord } from '../core/domain/events.ts';
import type { RequestStatement, WaiverStatement } from '../core/domain/statements.ts';
import { type DigestText, instant, type Timestamp } from '../core/domain/vocabulary.ts';
import {
  type Admission,
  authenticate,
  DocumentError,
  type ReadStatement,
  type RosterIndex,
  rolesAt,
} from '../documents/index.ts';
import { type AdmittedCard, cardRead } from './card.ts';
import { dutiesUnder } from './duties.ts';
import type { Denial, DenialCode } from './errors.ts';
import type { EvaluationInput } from './evaluate.ts';

/**
 * Waivers of gates that deny (R59-R61). Each one that a request names has to hold, or the decision is denied for it: what
 * was meant to be waived and is not must not look like a check that failed. See docs/spec/waivers.md.
 */

/** A waiver that a request names, with what its signature is worth. */
export interface GivenWaiver {
  readonly digest: DigestText;
  readonly statement: WaiverStatement;
  /** Why the roster does not vouch for its signature, as a code; null where it does. */
  readonly unsigned: string | null;
  /** Signed with the key that signed the request, the evidence or its card, whatever id it stands under by now. */
  readonly sharesKey: boolean;
  /** Left out where nothing is signed, in evaluations that are no decisions. */
  readonly keyId?: string;
}

/** Key ids under which what a waiver is asked with was signed; the card null where none is read. */
interface OtherKeys {
  readonly request: string;
  readonly evidence: string;
  readonly card: Pick<AdmittedCard, 'keyId'> | null;
}

export function givenWaivers(
  waivers: readonly ReadStatement<'waiver'>[],
  roster: RosterIndex,
  admission: Admission,
  { request, evidence, card }: OtherKeys,
): readonly GivenWaiver[] {
  const others = [request, evidence, ...(card === null ? [] : [card.keyId])];
  return waivers.map((read) => ({
    digest: read.digest,
    statement: read.statement,
    unsigned: unsigned(read, roster, admission),
    sharesKey: others.includes(read.keyId),
    keyId: read.keyId,
  }));
}

function unsigned(read: ReadStatement<'waiver'>, roster: RosterIndex, admission: Admission): string | null {
  try {
    authenticate(read, roster, admission);
    return null;
  } catch (error) {
    if (error instanceof DocumentError || error instanceof CanonError) return error.code;
    throw error;
  }
}

type ToWaive = Pick<
  EvaluationInput,
  'at' | 'request' | 'policy' | 'openingRoster' | 'roster' | 'evidenceStatement' | 'waivers' | 'card'
>;

/** Why nothing is routed with these waivers; undefined where every one holds. */
export function checkWaivers(input: ToWaive, environment: string): Denial | undefined {
  const { request, waivers = [] } = input;
  const named = request.waivers ?? [];
  // Whoever fetched them brought what is named; another list would waive what nobody asked to have waived.
  if (named.length !== waivers.length || named.some((digest, index) => waivers[index]?.digest !== digest))
    throw new TypeError('the waivers are not those that the request names');
  for (const waiver of waivers) {
    const code = refusal(waiver, input, environment);
    if (code === undefined) continue;
    const { statement, unsigned: because } = waiver;
    const detail = `waiver ${waiver.digest} of ${statement.gate} by ${statement.signer}${because === null ? '' : `: ${because}`}`;
    return { code, detail };
  }
  return undefined;
}

function refusal(
  { statement, unsigned: because, sharesKey, keyId }: GivenWaiver,
  input: ToWaive,
  environment: string,
): DenialCode | undefined {
  const { at, request, policy, openingRoster, roster, evidenceStatement, waivers = [] } = input;
  const { document } = policy;
  if (because !== null) return 'waiver.not_authentic';
  if (!isAbout(statement, request)) return 'waiver.other';
  const rules = document.waivers;
  const gate = document.gates.find(({ id }) => id === statement.gate);
  if (
    rules === undefined ||
    gate === undefined ||
    !rules.gates.includes(gate.id) ||
    !rules.roles.includes(statement.role)
  )
    return 'waiver.not_permitted';
  // The policy's reader refuses such a list; here it holds for a policy that came by another way.
  if (gate.hard || gate.result !== 'deny') return 'waiver.not_permitted';
  if (waivers.filter((other) => other.statement.gate === gate.id).length > 1) return 'waiver.repeated';

  const { index } = roster;
  const scope = { environment, action: request.action, at };
  if (index.actors.get(statement.signer)?.kind !== 'person') return 'waiver.role_not_held';
  if (!rolesAt(index, statement.signer, scope).includes(statement.role)) return 'waiver.role_not_held';
  const card = cardRead(input);
  const origins = {
    requester: request.signer,
    creators: request.creators,
    evidenceAuthor: evidenceStatement.signer,
    evaluator: card?.statement.signer ?? null,
    waiverAuthors: [],
  };
  const sharesAny = sharesKey || (keyId !== undefined && keyId === card?.keyId);
  if (sharesAny || dutiesUnder(statement.signer, origins, [openingRoster, index]).length > 0) return 'waiver.involved';
  if (index.actors.get(statement.owner)?.kind !== 'person') return 'waiver.owner';
  // From its signature on: one that was held back must not come to life late.
  const begins = Math.min(instant(statement.signed_at), instant(at));
  if (instant(statement.expires_at) - begins > rules.life_s * 1000) return 'waiver.too_long';
  return statement.expires_at <= at ? 'waiver.expired' : undefined;
}

/** Bound to one candidate, action and target, and to the one policy whose gate was read before it was waived. */
export function isAbout(waiver: WaiverStatement, request: RequestStatement): boolean {
  const { origin, tenant, candidate, action, target, policy } = request;
  return (
    waiver.origin === origin &&
    waiver.tenant === tenant &&
    waiver.candidate === candidate.digest &&
    waiver.action === action &&
    waiver.target === target &&
    waiver.policy === policy.digest
  );
}

/** Gates that are let past, by id, with the statement that does so. */
export function waivedGates(waivers: readonly GivenWaiver[] = []): ReadonlyMap<string, DigestText> {
  return new Map(waivers.map(({ digest, statement }) => [statement.gate, digest]));
}

/** The member in which the evaluation of a policy says which waivers there were, and what they were needed for. */
export function waiversMember(
  waivers: readonly GivenWaiver[] = [],
  gates: readonly GateRecord[],
): { readonly waivers?: readonly WaiverRecord[] } {
  if (waivers.length === 0) return {};
  const records = waivers.map(({ digest, statement }): WaiverRecord => {
    const { gate, signer, role, owner, controls, reason, signed_at, expires_at } = statement;
    const used = gates.some(({ waived }) => waived === digest);
    return {
      statement: digest,
      gate,
      actor_id: signer,
      role,
      owner,
      controls,
      reason,
      waived_at: signed_at,
      expires_at,
      used,
    };
  });
  return { waivers: records.toSorted((a, b) => (a.gate < b.gate ? -1 : 1)) };
}

/** The end of the first of those that are used: nothing is cleared after it. */
export function waivedUntil(waivers: readonly WaiverRecord[] = []): Timestamp | undefined {
  return waivers
    .filter(({ used }) => used)
    .map(({ expires_at }) => expires_at)
    .sort()[0];
}
