import { checkDisclosure, type Digest, parseDigest, readCanonical } from '../core/canon/index.ts';
import type { DecisionView } from '../core/contracts/messages.ts';
import { hasCode } from '../core/errors.ts';
import { DocumentError, indexRoster, readRoster, rolesAt } from '../documents/index.ts';
import { BRIEF_TYPE, type BriefDocument, renderBrief } from '../evaluation/index.ts';
import type { ClientContext } from './context.ts';
import { ClientError } from './errors.ts';
import { state } from './state.ts';

/** A text that somebody disclosed, held against the commitment in the request. */
export interface CheckedText {
  readonly path: string;
  /** Null where it is not disclosed, or is not what was committed to. */
  readonly value: string | null;
}

export interface Brief {
  readonly decisionId: string;
  /** Digest of the document; approvals and rejections name it. */
  readonly digest: Digest;
  readonly document: BriefDocument;
  /** Plain text for a terminal. */
  readonly rendered: string;
  /** The requester's summary. Free text: escape it for wherever it is shown. */
  readonly summary: CheckedText;
  readonly view: DecisionView;
}

/** What every verdict on a routed decision is bound to. */
export interface Route {
  readonly decisionId: string;
  readonly basis: Digest;
  readonly routed: Digest;
  readonly brief: Digest;
}

/** @throws ClientError `decision.not_routed` where there is none yet, or never was. */
export function routeOf(view: DecisionView): Route {
  const { decisionId, basis, routed, brief } = view;
  if (basis === null || routed === null || brief === null) {
    throw new ClientError('decision.not_routed', {
      message: 'the decision has no route, so there is nothing to sign',
      path: decisionId,
      expected: 'a routed decision',
      got: view.stage,
    });
  }
  return { decisionId, basis: parseDigest(basis), routed: parseDigest(routed), brief: parseDigest(brief) };
}

/**
 * What an approver reads before signing, by its digest out of the store.
 *
 * @throws ClientError `decision.not_routed`, `decision.not_found`, …; StoreError; DocumentError `document.type`,
 *   `statement.decision` where the brief is about another decision or basis.
 */
export async function brief(context: ClientContext, decisionId: string): Promise<Brief> {
  const view = await state(context, decisionId);
  const route = routeOf(view);
  const document = readBrief(await context.store.get(route.brief), route);
  return {
    decisionId,
    digest: route.brief,
    document,
    rendered: renderBrief(document),
    summary: await summaryOf(context, view, document),
    view,
  };
}

/** A brief is found by the digest that the chain names; it must also speak of this decision and basis. */
function readBrief(bytes: Uint8Array, { decisionId, basis }: Route): BriefDocument {
  const document = readCanonical(bytes) as unknown as BriefDocument;
  const expected = { _type: BRIEF_TYPE, decision_id: decisionId, basis } as const;
  for (const [member, value] of Object.entries(expected)) {
    const got = String(document[member as keyof typeof expected]);
    if (got === value) continue;
    const code = member === '_type' ? 'document.type' : 'statement.decision';
    throw new DocumentError(code, 'the brief is not one of this decision', [
      { path: `$.${member}`, expected: value, got },
    ]);
  }
  return document;
}

async function summaryOf(context: ClientContext, view: DecisionView, document: BriefDocument): Promise<CheckedText> {
  const path = '$.summary';
  const owned = (await context.disclosures.getDisclosures(view.decisionId)).get(parseDigest(view.request)) ?? [];
  for (const disclosure of owned.filter((each) => each.path === path)) {
    try {
      checkDisclosure(parseDigest(document.summary), disclosure);
      return { path, value: String(disclosure.value) };
    } catch (error) {
      if (!hasCode(error)) throw error;
    }
  }
  return { path, value: null };
}

/** Roles that may sign here and this person holds, sorted: what an approval offers unless its signer says less. */
export async function offeredRoles(context: ClientContext, read: Brief, actorId: string): Promise<readonly string[]> {
  const { view } = read;
  const wanted = new Set([...view.slots.map(({ role }) => role), ...(view.wider ?? []).flatMap(({ by }) => by)]);
  const held = (await heldBy(context, read, actorId)).filter((role) => wanted.has(role));
  if (held.length > 0) return held;
  throw new ClientError('approval.no_role', {
    message: `${actorId} holds none of the roles that this decision asks for`,
    path: view.decisionId,
    expected: [...wanted].sort().join(', '),
    got: 'none of them',
  });
}

/** Roles that a person holds for this decision, in the roster that its route has frozen. */
export async function heldBy(
  context: ClientContext,
  { document, view }: Brief,
  actorId: string,
): Promise<readonly string[]> {
  const roster = indexRoster(readRoster(await context.store.get(parseDigest(view.roster)), { proofs: 'on_use' }));
  const scope = { environment: document.target.environment, action: document.action.id, at: context.now() };
  return rolesAt(roster, actorId, scope);
}
