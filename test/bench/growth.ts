import type { Policy } from '../../documents/index.ts';
import { verify } from '../../verifier/index.ts';
import { PEOPLE, type RunningHouse, startHouse } from '../support/running-house.ts';
import { twoApprovals } from './bench-house.ts';
import { median, timed } from './measure.ts';
import { APPROVERS, approveTimed, claimAndConfirm, openWaiting } from './variants.ts';

export interface Servers {
  readonly temporalAddress: string;
  readonly redisUrl: string;
}

export interface GrowthRow {
  readonly what: string;
  readonly size: number;
  /** Milliseconds, medians, one decision at a time. */
  readonly openToRouted: number;
  readonly approval: number;
  readonly verification: number;
  readonly packBytes: number;
}

const TIMES = 15;

/** How a decision's cost grows with one thing, everything else as usual. */
export async function growth(servers: Servers, sizes: Sizes): Promise<GrowthRow[]> {
  const rows: GrowthRow[] = [];
  for (const kib of sizes.evidenceKib) {
    rows.push(await inHouse(servers, {}, 'evidence, KiB', kib, { evidenceBytes: kib * 1024 }));
  }
  for (const people of sizes.rosterPeople) {
    const more = Object.fromEntries(Array.from({ length: people }, (_, i) => [`person-${i}`, ['executive']]));
    rows.push(await inHouse(servers, { more }, 'further people in the roster', people, {}));
  }
  for (const gates of sizes.policyGates) {
    const policy = (given: Policy): Policy => withGates(twoApprovals(given), gates);
    rows.push(
      await inHouse(servers, { policy }, 'gates, with 256 KiB of evidence', gates, { evidenceBytes: 256 * 1024 }),
    );
  }
  for (const refusals of sizes.refusals) {
    rows.push(await inHouse(servers, {}, 'refused statements in the chain', refusals, { refusals }));
  }
  return rows;
}

export interface Sizes {
  readonly evidenceKib: readonly number[];
  readonly rosterPeople: readonly number[];
  readonly policyGates: readonly number[];
  readonly refusals: readonly number[];
}

interface Load {
  readonly evidenceBytes?: number;
  readonly refusals?: number;
}

async function inHouse(
  servers: Servers,
  wish: { readonly more?: Record<string, string[]>; readonly policy?: (policy: Policy) => Policy },
  what: string,
  size: number,
  { evidenceBytes, refusals = 0 }: Load,
): Promise<GrowthRow> {
  const house = await startHouse({ ...servers, policy: twoApprovals, ...wish });
  try {
    // The first ones load what later ones find.
    await openWaiting(house, evidenceBytes);
    const opened: string[] = [];
    const opening = await timed(TIMES, async () => void opened.push(await openWaiting(house, evidenceBytes)));
    const approvals: number[] = [];
    for (const decisionId of opened) {
      for (let i = 0; i < refusals; i += 1) await refuse(house, decisionId, i);
      for (const approver of APPROVERS) approvals.push(await approveTimed(house, decisionId, approver));
    }
    const [decisionId = ''] = opened;
    await claimAndConfirm(house, decisionId);
    await house.client.wait(decisionId, { until: 'closed', timeoutMs: 60_000 });
    const { bundle, view, disclosures } = await house.client.export(decisionId);
    const options = { require: 'C2', expect: 'executed' } as const;
    const check = () =>
      verify({ bundle, view, disclosures, trust: house.house.trustFile, trustName: 'trust.json', options });
    if (check().evidence !== 'holds') throw new Error('a pack does not hold');
    return {
      what,
      size,
      openToRouted: median(opening),
      approval: median(approvals),
      verification: median(await timed(TIMES, check)),
      packBytes: bundle.length,
    };
  } finally {
    await house.stop();
  }
}

/** Approvals by people who may not give one, each recorded as refused; no more than a decision takes of one signer. */
const STRANGERS = [PEOPLE.modelOwner, PEOPLE.securityOwner, PEOPLE.releaseOwner, PEOPLE.creator, 'software-owner-41'];

async function refuse(house: RunningHouse, decisionId: string, index: number): Promise<void> {
  const signer = house.signer(STRANGERS[index % STRANGERS.length] ?? PEOPLE.creator);
  const answer = await house.client.approve(decisionId, signer, { rationale: 'mine', roles: ['executive'] });
  if (answer.verdict !== 'refused') throw new Error('a stranger approved');
}

/** Gates that look into the evidence and find nothing, each with a bound of its own. */
function withGates(policy: Policy, count: number): Policy {
  const gates = Array.from({ length: count }, (_, i) => ({
    id: `POL-BENCH-${String(i).padStart(4, '0')}`,
    name: `Bound ${i}`,
    hard: false,
    when: `has(evidence.evaluation) && evidence.evaluation.calibration.expected_calibration_error > ${100 + i}.0`,
    result: 'escalate' as const,
    reason: 'The calibration error is out of all bounds',
  }));
  return { ...policy, gates: [...policy.gates, ...gates].slice(0, Math.max(policy.gates.length, count)) };
}
