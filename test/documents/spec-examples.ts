import { type Ancestry, ANCESTRY_TYPE } from '../../documents/ancestry.ts';
import { digestJson } from '../../core/canon/index.ts';
import { INCIDENT_EVIDENCE_TYPE, type IncidentEvidence } from '../../documents/incident-evidence.ts';
import { LINEAGE_REGISTRY_TYPE, type LineageRegistry, lineageDigest } from '../../documents/lineage-registry.ts';
import { RESTRICTION_TYPE, type Restriction } from '../../documents/restriction.ts';
import { RELEASE_RECORD_TYPE, type ReleaseRecord } from '../../documents/release-record.ts';
import type { Roster } from '../../documents/roster.ts';
import type { Standing } from '../../documents/standing.ts';
import type { Trust } from '../../documents/trust.ts';
import { letOut } from '../registry/let-out.ts';
import { addendumTo, backoutOf } from '../verifier/fixture-addendum.ts';
import { executed, filesOf, fixturePolicy, fixtureStanding } from '../verifier/fixture-pack.ts';
import {
  ACTORS,
  CANDIDATE,
  DECISION_ID,
  digestOf,
  fixtureEvidence,
  fixtureManifest,
  fixtureRoster,
  fixtureTenant,
  fixtureTrustDocument,
  HOLDERS,
  IDEMPOTENCY_KEY,
  keyFrom,
  ORIGIN,
  read,
  signedAnchor,
  signedApproval,
  signedFreeze,
  signedLifting,
  T,
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
  const undone = executed();
  const backout = backoutOf(undone);
  const trust = exampleTrust();
  const lifting = read(signedLifting({ restrictions: [digestJson(exampleRestriction())] }));
  return {
    'statements.md': {
      envelope: pretty(approval),
      payload: pretty(read(approval).statement),
      digest: read(approval).digest,
      freeze: pretty(read(signedFreeze()).statement),
      'freeze-digest': read(signedFreeze()).digest,
      lifting: pretty(lifting.statement),
      'lifting-digest': lifting.digest,
      decision: pretty(decision),
      'decision-id': DECISION_ID,
    },
    'backout.md': { payload: pretty(read(backout).statement) },
    'addendum.md': { addendum: pretty(addendumTo(undone, filesOf(undone), backout)) },
    'incident-evidence.md': {
      'incident-evidence': pretty(exampleIncidentEvidence()),
      digest: digestJson(exampleIncidentEvidence()),
    },
    'witness.md': {
      anchor: pretty(read(signedAnchor()).statement),
      'anchor-digest': read(signedAnchor()).digest,
    },
    'roster.md': { roster: pretty(exampleRoster()), digest: digestJson(exampleRoster()) },
    'standing.md': { standing: pretty(exampleStanding()), digest: digestJson(exampleStanding()) },
    'restriction.md': { restriction: pretty(exampleRestriction()), digest: digestJson(exampleRestriction()) },
    'release-record.md': { record: pretty(exampleRelease()), digest: digestJson(exampleRelease()) },
    'trust.md': { file: pretty(trustFileValue(trust)), digest: digestJson(trust) },
    'candidate-manifest.md': { manifest: pretty(fixtureManifest()), digest: digestJson(fixtureManifest()) },
    'lineage-registry.md': {
      ancestry: pretty(exampleAncestry()),
      registry: pretty(exampleLineages()),
      lineage: pretty({
        _type: 'application/vnd.countersign.lineage.v1+json',
        parents: exampleLineages().entries[0]?.parents.toSorted(),
      }),
      digest: lineageDigest(exampleLineages().entries[0]?.parents ?? []),
    },
    'evidence-packet.md': { packet: pretty(fixtureEvidence()), digest: digestJson(fixtureEvidence()) },
  };
}

export function exampleRelease(): ReleaseRecord {
  return {
    _type: RELEASE_RECORD_TYPE,
    origin: ORIGIN,
    tenant: TENANT,
    number: 2,
    previous: digestOf('release record 1'),
    previous_candidate: digestOf('candidate gateway-router 2.3.1'),
    ...letOut(DECISION_ID),
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

/** The second standing: another policy, something in every list, and the freeze of statements.md lifted. */
export function exampleStanding(): Standing {
  const before = fixtureStanding();
  const policy = fixturePolicy({ version: '1.3.0', serial: 2, predecessor: before.policy.digest });
  return {
    ...before,
    serial: 2,
    predecessor: digestJson(before),
    issued_at: '2026-02-25T08:00:00.000Z',
    not_after: '2026-03-04T08:00:00.000Z',
    policy: { serial: 2, digest: digestJson(policy) },
    accepted_policies: [before.policy.digest],
    revoked_keys: [keyFrom('lost').publicKey.keyId],
    revoked_digests: [digestOf('candidate gateway-router 2.3.0')],
    freezes: [
      {
        id: 'quarter-close',
        environments: ['production'],
        actions: '*',
        from: '2026-03-01T00:00:00.000Z',
        until: '2026-03-02T00:00:00.000Z',
      },
    ],
    lifted_freezes: [read(signedFreeze()).digest],
    recovery: [
      {
        incident: 'quarter-close',
        releases: [{ candidate: CANDIDATE.digest, target: 'prod-gateway-01' }],
        until: '2026-03-01T12:00:00.000Z',
      },
    ],
  };
}

/** A package that a link and a pipe lie in, and a log. */
export function exampleIncidentEvidence(): IncidentEvidence {
  return {
    _type: INCIDENT_EVIDENCE_TYPE,
    origin: ORIGIN,
    tenant: TENANT,
    incident: 'INC-2041',
    captured_by: ACTORS.securityOwner,
    began_at: '2026-02-24T20:13:40.000Z',
    ended_at: '2026-02-24T20:14:01.250Z',
    items: [
      {
        name: 'gateway',
        role: 'package',
        captured_at: '2026-02-24T20:13:40.010Z',
        package: { refused: 'package.entry_type' },
        entries: [
          { type: 'directory', path: '.' },
          { type: 'special', path: 'control', what: 'pipe' },
          { type: 'symlink', path: 'latest.bin', target: 'router-2.3.1.bin' },
          {
            type: 'file',
            path: 'router-2.3.1.bin',
            size: 18_874_368,
            digest: digestOf('router-2.3.1.bin'),
            executable: false,
            mode: '0644',
            modified_at: '2026-02-23T16:00:00.000Z',
          },
        ],
      },
      {
        name: 'gateway.log',
        role: 'log',
        captured_at: '2026-02-24T20:14:01.100Z',
        entries: [
          {
            type: 'file',
            path: '.',
            size: 91_204,
            digest: digestOf('gateway.log'),
            executable: false,
            mode: '0640',
            modified_at: '2026-02-24T20:12:59.441Z',
          },
        ],
      },
    ],
  };
}

/** The candidate of the fixtures, and the one it was made of. */
export function exampleLineages(): LineageRegistry {
  const parent = digestOf('candidate gateway-router 2.3.1');
  return {
    _type: LINEAGE_REGISTRY_TYPE,
    entries: [
      { digest: CANDIDATE.digest, parents: [parent] },
      { digest: parent, parents: [] },
    ],
  };
}

/** Read in {@link exampleLineages}, of the candidate and of what it goes back to. */
export function exampleAncestry(): Ancestry {
  const [own, parent] = exampleLineages().entries.map(({ digest }) => digest) as [string, string];
  return {
    _type: ANCESTRY_TYPE,
    candidate: { digest: own, ancestors: [parent] },
    rollback: { digest: parent, ancestors: [] },
  };
}

/** What a decision found out about its own chain; the lifting of statements.md ends it. */
export function exampleRestriction(): Restriction {
  return {
    _type: RESTRICTION_TYPE,
    origin: ORIGIN,
    tenant: TENANT,
    decision_id: '11111111-2222-8333-8444-555555555555',
    code: 'ledger.mac',
    head: { sequence: 5, hash: digestOf('head') },
    found_at: '2026-02-24T19:40:00.000Z',
  };
}

/** The fixture trust document with as few keys as may be, and a tenant that demands a standing. */
export function exampleTrust(): Trust {
  const shown: readonly string[] = [
    ...HOLDERS.governance.slice(0, 2),
    HOLDERS.policy[0],
    HOLDERS.roster[0],
    HOLDERS.emergency,
    HOLDERS.permit,
    HOLDERS.seal,
  ];
  const keys = fixtureTrustDocument().keys.filter(({ holder }) => shown.includes(holder));
  const standing = { minimum_serial: 1, demanded_from: T.rosterIssued };
  const tenant = { ...fixtureTenant(), policy_threshold: 1, roster_threshold: 1, standing };
  return fixtureTrustDocument({ keys, tenants: [tenant] });
}

function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
