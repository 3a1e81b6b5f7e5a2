import { canonicalBytes, digestBytes, type Envelope } from '../core/canon/index.ts';
import type { Asked } from '../core/domain/events.ts';
import { readEvidencePacket, readPolicy, readStatement } from '../documents/index.ts';
import { routeOf } from './brief.ts';
import type { ClientContext } from './context.ts';
import { ClientError } from './errors.ts';
import { state } from './state.ts';
import { type Signer, signReevaluation } from './statements.ts';
import { type Submitted, submit } from './submit.ts';

/** What is to take the place of what the decision was evaluated from; both stay as they are unless given. */
export interface ReevaluateOptions {
  /** Newer evidence by the same author: canonical bytes of the packet, the author's statement about it, and the evaluation card it names. */
  readonly evidence?: { readonly packet: Uint8Array; readonly statement: Envelope; readonly card?: Envelope };
  /** Canonical bytes of the policy that is in force now. */
  readonly policy?: Uint8Array;
}

/**
 * Asks for a routed decision to be evaluated anew: under the roster in force, and with whoever asked for it, under another
 * policy and from newer evidence. Approvals go on counting where the basis stays the same; where it does not, `approve`
 * shows the difference in its brief, and signs the new one.
 *
 * @throws as `submit`; ClientError `decision.not_routed`; CanonError and DocumentError for what was given
 */
export async function reevaluate(
  context: ClientContext,
  decisionId: string,
  by: Signer,
  { evidence, policy }: ReevaluateOptions = {},
): Promise<Submitted> {
  const view = await state(context, decisionId);
  const { basis } = routeOf(view);
  const { asked } = view;
  if (!asked) {
    throw new ClientError('decision.not_routed', {
      message: 'the decision does not show what it was evaluated from',
      path: decisionId,
      expected: 'a decision that a worker of this version has shown',
      got: view.stage,
    });
  }
  const content: Asked = {
    policy: policy === undefined ? asked.policy : await keptPolicy(context, policy),
    evidence: evidence === undefined ? asked.evidence : await keptEvidence(context, evidence),
  };
  const { envelope, disclosures } = signReevaluation(by, { decisionId, basis, ...content }, context);
  return submit(context, decisionId, envelope, disclosures);
}

async function keptPolicy({ store }: ClientContext, bytes: Uint8Array): Promise<Asked['policy']> {
  const { version } = readPolicy(bytes);
  await store.put(bytes);
  return { version, digest: digestBytes(bytes) };
}

async function keptEvidence(
  { store }: ClientContext,
  { packet, statement, card }: NonNullable<ReevaluateOptions['evidence']>,
): Promise<Asked['evidence']> {
  readEvidencePacket(packet);
  const { digest, parsed } = readStatement(statement, 'evidence');
  if (card !== undefined) await store.put(canonicalBytes(readStatement(card, 'evaluation').parsed.envelope));
  await store.put(packet);
  await store.put(canonicalBytes(parsed.envelope));
  return { packet: digestBytes(packet), statement: digest };
}
