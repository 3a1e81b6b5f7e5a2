import { digestBytes, parseDigest, readCanonical } from '../../core/canon/index.ts';
import type { DecisionEvent } from '../../core/domain/events.ts';
import type { DigestText } from '../../core/domain/vocabulary.ts';
import { hasCode } from '../../core/errors.ts';
import { readStatement } from '../../documents/index.ts';
import { openStatement, readBundle } from '../../pack/index.ts';
import { verify } from '../../verifier/index.ts';
import type { RunningHouse } from '../support/running-house.ts';
import type { DecisionFacts, EarlierPack, PackFacts, RunFacts } from './checker.ts';
import { unreplayable } from './histories.ts';
import { patiently } from './patience.ts';
import type { Recorder } from './recorder.ts';

/** An export that somebody keeps: the files as they were then. */
export interface KeptPack {
  readonly decision: string;
  readonly bundle: Uint8Array;
  readonly view: Uint8Array;
  readonly disclosures: Uint8Array;
}

/** Gathers from the healed house what the checker judges: each fact from whoever has it first hand. */
export async function gather(
  house: RunningHouse,
  recorder: Recorder,
  decisions: readonly string[],
  kept: readonly KeptPack[] = [],
): Promise<RunFacts> {
  const broken = await unreplayable(house.temporalAddress, decisions);
  const facts = await Promise.all(
    decisions.map(async (decision) => ({
      ...(await factsOf(house, decision)),
      unreplayable: broken.get(decision) ?? null,
    })),
  );
  const acknowledged = recorder.operations.flatMap((operation) => operation.acknowledged?.chain ?? []);
  const addenda = [...new Set(acknowledged)].filter((chain) => !decisions.includes(chain));
  return {
    operations: recorder.operations,
    decisions: facts,
    addenda: new Map(await Promise.all(addenda.map(async (id) => [id, await eventsOf(house, id)] as const))),
    signedBasis: await signedBases(house, facts),
    earlierPacks: await Promise.all(kept.map((pack) => earlierPack(house, pack))),
  };
}

export async function keepPack(house: RunningHouse, decision: string): Promise<KeptPack> {
  const { bundle, view, disclosures } = await patiently(() => house.client.export(decision), READ_WITHIN_MS);
  return { decision, bundle, view, disclosures };
}

async function factsOf(house: RunningHouse, decision: string): Promise<Omit<DecisionFacts, 'unreplayable'>> {
  const workflow = await patiently(() => house.client.state(decision), 30_000).catch(() => null);
  const pack = workflow?.pack ? await packOf(house, decision) : null;
  try {
    const events = await eventsOf(house, decision);
    const head = await patiently(() => house.ledger.head(decision), READ_WITHIN_MS);
    return { decision, events, unreadable: null, head, workflow, pack };
  } catch (error) {
    if (!hasCode(error)) throw error;
    return { decision, events: [], unreadable: error.code, head: null, workflow, pack };
  }
}

/** The house is whole again when this is asked; what it cannot read by then it never will. */
const READ_WITHIN_MS = 10_000;

async function eventsOf(house: RunningHouse, chain: string): Promise<readonly DecisionEvent[]> {
  const batches = await patiently(() => house.ledger.read(chain), READ_WITHIN_MS);
  return batches.flatMap(({ events }) => events) as unknown as readonly DecisionEvent[];
}

async function packOf(house: RunningHouse, decision: string): Promise<PackFacts> {
  const pack = await keepPack(house, decision);
  const { events } = openStatement(readBundle(pack.bundle).envelope.payload);
  const { evidence, outcome, level } = reportOn(house, pack);
  return {
    digest: digestBytes(pack.bundle),
    events,
    outcome: outcome ?? 'none',
    evidence,
    level: level.reached ?? 'none',
  };
}

function reportOn(house: RunningHouse, { bundle, view, disclosures }: KeptPack) {
  const trust = house.house.trustFile;
  return verify({
    bundle,
    view,
    disclosures,
    trust,
    trustName: 'trust.json',
    options: { require: 'C2', expect: 'executed' },
  });
}

async function earlierPack(house: RunningHouse, pack: KeptPack): Promise<EarlierPack> {
  const now = await patiently(() => house.client.export(pack.decision), READ_WITHIN_MS).catch(() => null);
  return {
    decision: pack.decision,
    before: digestBytes(pack.bundle),
    after: now === null ? 'gone' : digestBytes(now.bundle),
    evidence: reportOn(house, pack).evidence,
  };
}

/** What each counted approval says itself, out of its signed envelope. */
async function signedBases(house: RunningHouse, facts: readonly DecisionFacts[]) {
  const statements = facts.flatMap(({ events }) =>
    events.flatMap((event) => (event.event_type === 'authority.approved' ? [event.statement] : [])),
  );
  const bases = new Map<DigestText, DigestText>();
  for (const digest of statements) {
    const envelope = readCanonical(await patiently(() => house.store.get(parseDigest(digest))));
    const { statement } = readStatement(envelope, 'approval');
    bases.set(digest, statement.basis);
  }
  return bases;
}
