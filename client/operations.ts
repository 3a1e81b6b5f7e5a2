import type { Timestamp } from '../core/domain/vocabulary.ts';
import { brief, type Brief, heldBy, routeOf } from './brief.ts';
import type { ClientContext } from './context.ts';
import { ClientError } from './errors.ts';
import { type Signer, signExtension, signNudge, signReassignment } from './statements.ts';
import { type Submitted, submit } from './submit.ts';

/** What somebody can do about a decision that waits. None of it approves anything. */

export interface OperationOptions {
  readonly reason: string;
  /** Operators' role in which the signer acts; one that they hold, unless given. */
  readonly role?: string;
}

/**
 * Has everybody who is waited for asked once more. Whoever asked for the decision needs no role for it.
 *
 * @throws as `brief` and `submit`; `operation.not_allowed`, `operation.no_role`
 */
export async function nudge(
  context: ClientContext,
  decisionId: string,
  by: Signer,
  { reason, role }: OperationOptions,
): Promise<Submitted> {
  const read = await brief(context, decisionId);
  const actorRole = role ?? (await operatorsRole(context, read, by)) ?? null;
  const { requester } = read.document;
  const hasAsked = requester.actor_id === by.actorId || requester.controlled_by.includes(by.actorId);
  if (actorRole === null && !hasAsked) throw noRole(read, by);
  const { envelope, disclosures } = signNudge(by, { ...routeOf(read.view), actorRole, reason }, context);
  return submit(context, decisionId, envelope, disclosures);
}

export interface ExtendOptions extends OperationOptions {
  /** The new deadline. */
  readonly until: Timestamp;
}

/**
 * Moves the decision deadline, as far as the policy lets the signer.
 *
 * @throws as `brief` and `submit`; `operation.not_allowed`, `operation.no_role`
 */
export async function extend(
  context: ClientContext,
  decisionId: string,
  by: Signer,
  { reason, role, until }: ExtendOptions,
): Promise<Submitted> {
  const read = await brief(context, decisionId);
  const actorRole = role ?? (await operatorsRole(context, read, by));
  if (actorRole === undefined) throw noRole(read, by);
  const content = { ...routeOf(read.view), actorRole, until, reason };
  const { envelope, disclosures } = signExtension(by, content, context);
  return submit(context, decisionId, envelope, disclosures);
}

export interface HandOverOptions {
  readonly reason: string;
  /** Actor id of who is asked from here on. */
  readonly to: string;
  /** Role of the route; the one in which both could sign, unless given. */
  readonly inRole?: string;
}

export interface ReassignOptions extends OperationOptions, HandOverOptions {
  /** Actor id of who is asked no more. */
  readonly from: string;
}

/**
 * Has one person asked instead of another. Both may sign all the same.
 *
 * @throws as `brief` and `submit`; `operation.not_allowed`, `operation.no_role`, `reassignment.which_role`
 */
export async function reassign(
  context: ClientContext,
  decisionId: string,
  by: Signer,
  { reason, role, from, to, inRole }: ReassignOptions,
): Promise<Submitted> {
  const read = await brief(context, decisionId);
  const actorRole = role ?? (await operatorsRole(context, read, by));
  if (actorRole === undefined) throw noRole(read, by);
  return reassigned(context, read, by, { actorRole, from, to, inRole, reason });
}

/**
 * Hands over what waits for the signer: somebody else is asked instead. It needs no operator, and no policy that has any.
 *
 * @throws as `brief` and `submit`; `reassignment.which_role`
 */
export async function handOver(
  context: ClientContext,
  decisionId: string,
  by: Signer,
  { reason, to, inRole }: HandOverOptions,
): Promise<Submitted> {
  const read = await brief(context, decisionId);
  return reassigned(context, read, by, { actorRole: null, from: by.actorId, to, inRole, reason });
}

async function reassigned(
  context: ClientContext,
  read: Brief,
  by: Signer,
  content: {
    readonly actorRole: string | null;
    readonly from: string;
    readonly to: string;
    readonly inRole: string | undefined;
    readonly reason: string;
  },
): Promise<Submitted> {
  const { inRole, ...rest } = content;
  const role = inRole ?? (await commonRole(context, read, rest));
  const { envelope, disclosures } = signReassignment(by, { ...routeOf(read.view), ...rest, role }, context);
  return submit(context, read.decisionId, envelope, disclosures);
}

/** The role of the policy's operators in which this person may act; undefined where they hold none. */
async function operatorsRole(context: ClientContext, read: Brief, by: Signer): Promise<string | undefined> {
  const { operable } = read.view;
  if (operable === undefined) {
    throw new ClientError('operation.not_allowed', {
      message: 'the policy of this decision names no operators',
      path: read.decisionId,
      expected: 'a policy with operators',
      got: 'none',
    });
  }
  const held = await heldBy(context, read, by.actorId);
  return operable.roles.find((role) => held.includes(role));
}

function noRole({ decisionId, view }: Brief, by: Signer): ClientError {
  return new ClientError('operation.no_role', {
    message: `${by.actorId} is none of the operators of this decision`,
    path: decisionId,
    expected: view.operable?.roles.join(', ') ?? 'a policy with operators',
    got: 'none of them',
  });
}

/** The one role of the route in which both could sign, wider roles that were let in included. */
async function commonRole(
  context: ClientContext,
  read: Brief,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<string> {
  const { slots, wider = [] } = read.view;
  const held = await Promise.all([from, to].map((person) => heldBy(context, read, person)));
  const roles = slots
    .map(({ role }) => role)
    .filter((role) => {
      const filling = [role, ...(wider.find((one) => one.role === role)?.by ?? [])];
      return held.every((own) => filling.some((one) => own.includes(one)));
    });
  const [only, ...others] = roles;
  if (only !== undefined && others.length === 0) return only;
  throw new ClientError('reassignment.which_role', {
    message: 'it takes one role of the route in which both could sign',
    path: read.decisionId,
    expected: `one role that ${from} and ${to} hold`,
    got: roles.join(', ') || 'none',
  });
}
