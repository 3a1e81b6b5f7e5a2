import { parseDigest } from '../../core/canon/index.ts';
import type { Timestamp } from '../../core/domain/vocabulary.ts';
import { compare } from '../../core/domain/replay.ts';
import { backedOut, inOrderOfTime, type LetOut, letOut, type Release } from '../../registry/index.ts';
import { coreOf, type PackCore } from '../../pack/index.ts';
import type { ReleaseRecord } from '../../documents/index.ts';
import type { DocumentStore } from '../../store/index.ts';
import { countedOverrides, type EvidenceVerdict, verify, verifyAddendum } from '../../verifier/index.ts';
import { trustFiles } from '../verify/trust-files.ts';

/** One link of a target's history, and what the pack that it names proves of it. */
export interface ProvenRelease {
  readonly release: Release;
  /** What its pack holds; null where that does not hold. */
  readonly core: PackCore | null;
  /** By whose authority: ids and roles out of the verified pack; empty where it does not hold. */
  readonly approved: readonly string[];
  /** Why the link proves nothing; null where the pack holds and says the same. */
  readonly wrong: string | null;
}

/**
 * The link that says what a target was at `at`: the last one that had been carried out by then. One whose executor never
 * said when counts from its clearance, since from there on nobody knows; a backout from its own time, whenever it was
 * recorded.
 */
export function releaseAt(history: readonly Release[], at: Timestamp): Release | null {
  return inOrderOfTime(history).findLast(({ record }) => (record.changed_at ?? record.cleared_at) <= at) ?? null;
}

/**
 * Verifies the pack of each of these links under the caller's own trust file, and holds the link to it.
 *
 * @param history the whole of it: a decision that stands in it twice is in doubt wherever it stands
 */
export async function proveReleases(
  releases: readonly Release[],
  history: readonly Release[],
  store: Pick<DocumentStore, 'get'>,
  trustPath: string,
): Promise<readonly ProvenRelease[]> {
  const proven: ProvenRelease[] = [];
  for (const release of releases) {
    const { record } = release;
    const proof = record.undone_pack === undefined ? packProof : addendumProof;
    const { evidence, core, says } = await proof(record, store, trustPath);
    proven.push({
      release,
      core,
      approved: core === null ? [] : approversOf(core),
      wrong:
        core === null
          ? `its pack ${evidence.replaceAll('_', ' ')}`
          : (differenceOf(release, core, says) ?? doubleOf(release, history)),
    });
  }
  return proven;
}

interface Proof {
  readonly evidence: EvidenceVerdict;
  /** Of the decision that authority comes from; null where the proof does not hold. */
  readonly core: PackCore | null;
  /** What the link has to say; null where nothing was let out. */
  readonly says: LetOut | null;
}

async function packProof(
  { pack, outcome }: ReleaseRecord,
  store: Pick<DocumentStore, 'get'>,
  trustPath: string,
): Promise<Proof> {
  const bundle = await store.get(parseDigest(pack));
  const options = { require: 'C1', expect: outcome } as const;
  const files = { bundle, view: null, disclosures: null, ...trustFiles(trustPath) };
  const { evidence } = verify({ ...files, trustName: trustPath, options });
  const core = evidence === 'holds' ? coreOf(bundle) : null;
  return { evidence, core, says: core && letOut(core.events, pack) };
}

/** A backout is proven by its addendum together with the pack of the decision that it went back from. */
async function addendumProof(
  { pack, undone_pack: undone = pack }: ReleaseRecord,
  store: Pick<DocumentStore, 'get'>,
  trustPath: string,
): Promise<Proof> {
  const [addendum, bundle] = [await store.get(parseDigest(pack)), await store.get(parseDigest(undone))];
  const { evidence, proven } = verifyAddendum({ addendum, bundle, ...trustFiles(trustPath) });
  if (proven === null) return { evidence, core: null, says: null };
  const { core, events } = proven;
  const cleared = core.events.find((event) => event.event_type === 'execution.cleared');
  return { evidence, core, says: backedOut(events, pack, { pack: undone, cleared_at: cleared?.timestamp ?? null }) };
}

/** Everything that a link says of its decision, against what the same events make of it. */
function differenceOf({ record }: Release, { origin, tenant }: PackCore, proven: LetOut | null): string | null {
  if (proven === null) return 'its pack let nothing out';
  const { _type, number, previous, previous_candidate, overtaken_by, ...says } = record;
  const [first] = compare('$', { origin, tenant, ...proven }, says);
  return first === undefined ? null : `its ${first.path.slice(2)} is ${first.got}, the pack proves ${first.expected}`;
}

function doubleOf({ record }: Release, history: readonly Release[]): string | null {
  const double = history.find(
    (one) => one.record.decision_id === record.decision_id && one.record.number !== record.number,
  );
  return double === undefined ? null : `its decision stands also as number ${double.record.number}`;
}

export function approversOf(core: PackCore): readonly string[] {
  const cleared = core.events.find((event) => event.event_type === 'execution.cleared');
  return [
    ...(cleared?.assignment ?? []).map(({ actor_id, role }) => `${actor_id} as ${role}`),
    ...countedOverrides(core).map(({ actor_id }) => `${actor_id} by break-glass`),
  ];
}
