import { digestBytes, parseDigest } from '../core/canon/index.ts';
import type { AdmittedBy } from '../core/domain/events.ts';
import { type Policy, type TrustFile, tenantOf } from '../documents/index.ts';
import { asksForDecision, checkSuccession, type DigestedPolicy, SUCCESSION_REFUSALS } from '../evaluation/index.ts';
import { proven } from '../verifier/index.ts';
import type { DocumentStore } from '../store/index.ts';
import { RegistryError } from './errors.ts';

export interface Succession {
  /**
   * The decision by which a policy may follow its predecessor, out of its sealed pack, which is verified as a stranger
   * would; undefined where the predecessor asks for none.
   *
   * @param pack bytes of the sealed bundle; null where none was named
   * @throws RegistryError `succession.*`; StoreError where the predecessor is not there
   */
  demand(next: DigestedPolicy, pack: Uint8Array | null): Promise<AdmittedBy | undefined>;
  /**
   * The same of a policy that was published. A pack is verified once a process, since nothing about it changes.
   *
   * @throws as {@link demand}; StoreError where the pack is not there
   */
  confirm(next: DigestedPolicy, admitted: AdmittedBy | undefined): Promise<void>;
}

interface Dependencies {
  readonly store: Pick<DocumentStore, 'get'>;
  readonly trust: TrustFile;
  readonly tenant: string;
  /** The policy before this one; null where there is none that could ask for a decision. */
  readonly before: (policy: Policy) => Promise<Policy | null>;
}

/** A policy that names how it is succeeded is followed only by what was decided that way, under itself. */
export function createSuccession({ store, trust, tenant, before: beforeOf }: Dependencies): Succession {
  const confirmed = new Set<string>();
  const genesis = tenantOf(trust, tenant)?.policy_genesis;

  async function demand(next: DigestedPolicy, pack: Uint8Array | null): Promise<AdmittedBy | undefined> {
    const { predecessor } = next.policy;
    // What the trust file names follows whatever is there, or is lost.
    const before = next.digest === genesis ? null : await beforeOf(next.policy);
    if (!asksForDecision(before, next.digest, genesis)) {
      if (pack === null) return undefined;
      throw new RegistryError('succession.unasked', {
        message: 'the policy before asks for no decision, so the record names none',
        path: '$.predecessor',
        expected: 'a predecessor with succession',
        got: predecessor,
      });
    }
    if (pack === null) {
      const { action, target } = before.succession;
      throw new RegistryError('succession.missing', {
        message: 'the policy in force is followed only by what was decided on under it; name the pack of that decision',
        path: '$.predecessor',
        expected: `the sealed pack of a decision ${action} on ${target}`,
        got: 'none',
      });
    }
    const found = proven(pack, trust);
    if (found.core === null) throw unproven(`${found.wrong.code} at ${found.wrong.path}`);
    const refusal = checkSuccession({ policy: before, digest: predecessor }, next, found.core);
    if (refusal === undefined) return { decision_id: found.core.decision_id, pack: digestBytes(pack) };
    const { code, ...where } = refusal;
    throw new RegistryError(code, { message: SUCCESSION_REFUSALS[code], ...where });
  }

  return {
    demand,
    async confirm(next, admitted) {
      // The line begins here, whatever let it in when it did not yet.
      if (next.digest === genesis) return;
      const known = `${next.digest} ${admitted?.decision_id} ${admitted?.pack}`;
      if (confirmed.has(known)) return;
      const decided = await demand(next, admitted === undefined ? null : await store.get(parseDigest(admitted.pack)));
      if (decided?.decision_id !== admitted?.decision_id) throw unproven(`a pack of ${decided?.decision_id}`);
      confirmed.add(known);
    },
  };
}

function unproven(got: string): RegistryError {
  const message = 'the pack of the decision does not hold under the trust file; see countersign verify';
  return new RegistryError('succession.unproven', {
    message,
    path: '$.admitted.pack',
    expected: 'a pack that holds',
    got,
  });
}
