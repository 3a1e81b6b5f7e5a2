import { type Digest, parseDigest } from '../core/canon/index.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { EVIDENCE_PACKET_TYPE, type EvidencePacket } from '../documents/evidence.ts';
import type { Policy } from '../documents/policy.ts';
import { readPolicy } from '../documents/policy-reader.ts';
import type { DocumentStore } from '../store/index.ts';
import { usage } from './errors.ts';
import type { PolicyFile } from './policy-file.ts';

/** What a decision on the next policy is opened with. */
export interface Proposal {
  readonly action: string;
  readonly target: string;
  readonly candidate: { readonly name: string; readonly version: string; readonly digest: Digest };
  /** Sections of evidence that the action demands. */
  readonly sections: readonly string[];
  /** The policy that it follows, and is decided under. */
  readonly before: PolicyFile;
  /** Draft of the evidence: the section that every candidate has. Its manifest is the policy itself. */
  readonly packet: EvidencePacket;
}

/** The policy that another one follows, out of the store. @throws CliError `cli.usage` for the first one; StoreError */
export async function predecessorOf(
  { predecessor }: Pick<Policy, 'predecessor'>,
  store: Pick<DocumentStore, 'get'>,
): Promise<PolicyFile> {
  if (predecessor === 'GENESIS')
    throw usage('there is no policy before the first one', {
      path: '$.predecessor',
      expected: 'the digest of a policy',
      got: predecessor,
    });
  const digest = parseDigest(predecessor);
  const bytes = await store.get(digest);
  return { policy: readPolicy(bytes), bytes, digest };
}

/**
 * @throws CliError `cli.usage` where the policy before asks for no decision; as {@link predecessorOf}
 */
export async function draftProposal(
  { policy, bytes, digest }: PolicyFile,
  owner: string,
  store: Pick<DocumentStore, 'get'>,
  at: Timestamp,
): Promise<Proposal> {
  const { origin, tenant, predecessor, version } = policy;
  const before = await predecessorOf(policy, store);
  const { actions, succession } = before.policy;
  if (succession === undefined)
    throw usage('the policy before asks for no decision: endorse the next one, and publish it', {
      path: '$.predecessor',
      expected: 'the digest of a policy with succession',
      got: predecessor,
    });
  const { action, target } = succession;
  const manifest = {
    uri: `urn:countersign:policy:${digest}`,
    digest,
    media_type: 'application/json',
    size: bytes.length,
  };
  return {
    action,
    target,
    candidate: { name: target, version, digest },
    sections: actions.find(({ id }) => id === action)?.evidence ?? [],
    before,
    packet: {
      _type: EVIDENCE_PACKET_TYPE,
      origin,
      tenant,
      subject: digest,
      created_at: at,
      sections: { candidate: { digest, manifest, owner, lifecycle_state: 'candidate' } },
    },
  };
}
