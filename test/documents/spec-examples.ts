import { digestJson } from '../../core/canon/index.ts';
import type { Roster } from '../../documents/roster.ts';
import type { Trust } from '../../documents/trust.ts';
import {
  ACTORS,
  DECISION_ID,
  fixtureEvidence,
  fixtureRoster,
  fixtureTenant,
  fixtureTrustDocument,
  HOLDERS,
  IDEMPOTENCY_KEY,
  ORIGIN,
  read,
  signedApproval,
  TENANT,
  trustFileValue,
} from './fixtures.ts';

/** The examples of the specification's pages, computed; a test holds the pages to them. */
export function specExamples(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const approval = signedApproval();
  const decision = {
    _type: 'application/vnd.countersign.decision-id.v1+json',
    origin: ORIGIN,
    tenant: TENANT,
    requester: ACTORS.pipeline,
    idempotency_key: IDEMPOTENCY_KEY,
  };
  const trust = exampleTrust();
  return {
    'statements.md': {
      envelope: pretty(approval),
      payload: pretty(read(approval).statement),
      digest: read(approval).digest,
      decision: pretty(decision),
      'decision-id': DECISION_ID,
    },
    'roster.md': { roster: pretty(exampleRoster()), digest: digestJson(exampleRoster()) },
    'trust.md': { file: pretty(trustFileValue(trust)), digest: digestJson(trust) },
    'evidence-packet.md': { packet: pretty(fixtureEvidence()), digest: digestJson(fixtureEvidence()) },
  };
}

/** One person and one workload of the fixture roster, and who controls it. */
export function exampleRoster(): Roster {
  const { persons, workloads } = fixtureRoster();
  const shown: readonly string[] = [ACTORS.releaseOwner, ACTORS.deployer];
  return fixtureRoster({
    persons: persons.filter(({ actor_id }) => shown.includes(actor_id)),
    workloads: workloads.filter(({ actor_id }) => shown.includes(actor_id)),
  });
}

/** The fixture trust document with as few keys as may be. */
export function exampleTrust(): Trust {
  const shown: readonly string[] = [
    ...HOLDERS.governance.slice(0, 2),
    HOLDERS.policy[0],
    HOLDERS.roster[0],
    HOLDERS.permit,
    HOLDERS.seal,
  ];
  const keys = fixtureTrustDocument().keys.filter(({ holder }) => shown.includes(holder));
  return fixtureTrustDocument({ keys, tenants: [{ ...fixtureTenant(), policy_threshold: 1, roster_threshold: 1 }] });
}

function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
