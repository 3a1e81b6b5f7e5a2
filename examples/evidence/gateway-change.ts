import { EVIDENCE_PACKET_TYPE, type EvidencePacket } from '../../documents/index.ts';
import { type Artifact, ArtifactShelf, referenceTo } from './artifacts.ts';
import { shelveManifest } from './manifest.ts';
import { before, type BuiltEvidence, finish, type Occasion } from './packet.ts';

/** A change of the API gateway's configuration: what `deploy.change` demands, which is candidate, plan and rollback. */
export interface GatewayChange {
  /** Folder of its files. */
  readonly folder: string;
  readonly version: string;
  readonly edits: readonly { readonly setting: string; readonly next: string }[];
  /** The change that is in force when this one is asked for; none: the configuration as it was founded. */
  readonly after?: GatewayChange;
}

const FOUNDED_VERSION = '2026.11.41';

/** Decision one: the source example's "Deploy update to production API gateway config". */
export const RATE_LIMITS: GatewayChange = {
  folder: 'gateway/2026.11.42',
  version: '2026.11.42',
  edits: [
    { setting: 'routes.search.requests_per_second', next: '650' },
    { setting: 'routes.search.burst', next: '1300' },
    { setting: 'upstreams.search.connect_timeout_ms', next: '400' },
  ],
};

/** Decision three: one that should not pass. */
export const UNSIGNED_PARTNERS: GatewayChange = {
  folder: 'gateway/2026.11.43',
  version: '2026.11.43',
  edits: [{ setting: 'partners.require_request_signature', next: 'false' }],
  after: RATE_LIMITS,
};

/** Decision four: search is failing at night, and takes orders with it. */
export const LESS_SEARCH: GatewayChange = {
  folder: 'gateway/2026.11.44',
  version: '2026.11.44',
  edits: [
    { setting: 'routes.search.requests_per_second', next: '60' },
    { setting: 'routes.search.burst', next: '60' },
    { setting: 'upstreams.search.retries', next: '0' },
  ],
  after: RATE_LIMITS,
};

/** What decision three is told to ask for instead. */
export const WIDER_SKEW: GatewayChange = {
  folder: 'gateway/2026.11.45',
  version: '2026.11.45',
  edits: [{ setting: 'partners.clock_skew_s', next: '120' }],
  after: RATE_LIMITS,
};

const SETTINGS: readonly (readonly [setting: string, value: string])[] = [
  ['listen.address', '0.0.0.0:8443'],
  ['listen.tls.minimum', '1.3'],
  ['listen.tls.certificate', '/etc/gateway/tls/server.crt'],
  ['logging.sample_percent', '10'],
  ['logging.redact', 'authorization,cookie,set-cookie'],
  ['upstreams.search.hosts', 'search-1:9000,search-2:9000,search-3:9000'],
  ['upstreams.search.connect_timeout_ms', '900'],
  ['upstreams.search.retries', '1'],
  ['upstreams.orders.hosts', 'orders-1:9100,orders-2:9100'],
  ['upstreams.orders.connect_timeout_ms', '1200'],
  ['upstreams.orders.retries', '0'],
  ['routes.search.path', '/v1/search'],
  ['routes.search.requests_per_second', '400'],
  ['routes.search.burst', '800'],
  ['routes.orders.path', '/v1/orders'],
  ['routes.orders.requests_per_second', '120'],
  ['routes.orders.burst', '180'],
  ['partners.require_request_signature', 'true'],
  ['partners.clock_skew_s', '30'],
  ['limits.request_body_bytes', '1048576'],
  ['limits.header_bytes', '16384'],
];

export function gatewayChangeEvidence(change: GatewayChange, occasion: Occasion): BuiltEvidence {
  const shelf = new ArtifactShelf(change.folder);
  const previous = shelf.add('previous.conf', configuration(change.after), 'text/plain');
  const subject = shelf.add('gateway.conf', configuration(change), 'text/plain');
  const { cast, origin, tenant } = occasion;
  const described = manifest(shelf, change, subject);
  const packet: EvidencePacket = {
    _type: EVIDENCE_PACKET_TYPE,
    origin,
    tenant,
    subject: subject.digest,
    created_at: before(occasion, 12),
    sections: {
      candidate: {
        digest: subject.digest,
        manifest: referenceTo(described),
        owner: cast.gatewayEngineer,
        lifecycle_state: 'offline_gate',
      },
      release_plan: {
        shadow: { mirrored_traffic_percent: 5, duration_s: 1800 },
        canary: { max_traffic_percent: 5, max_duration_s: 3600, max_cost: { amount: 40, currency: 'EUR' } },
        success_criteria: [
          { metric: 'http.status_5xx_rate', direction: 'at_most', threshold: '0.2 %' },
          { metric: 'http.latency_p99', direction: 'at_most', threshold: '180 ms' },
          { metric: 'http.rejected_by_rate_limit', direction: 'at_most', threshold: '0.5 %' },
        ],
        stop_conditions: [
          {
            metric: 'http.status_5xx_rate',
            direction: 'at_least',
            threshold: '2 %',
            sustained_s: 30,
            action: 'abort_immediately',
          },
          {
            metric: 'upstream.connect_timeouts',
            direction: 'at_least',
            threshold: '50 per_minute',
            sustained_s: 60,
            action: 'reduce_traffic_or_abort',
          },
          {
            metric: 'http.latency_p99',
            direction: 'at_least',
            threshold: '250 ms',
            sustained_s: 300,
            action: 'pause_and_review',
          },
        ],
      },
      rollback: {
        package: referenceTo(rollbackPackage(shelf, change, previous)),
        target: previous.digest,
        procedure: referenceTo(procedure(shelf, change)),
        owner: cast.platformEngineer,
        tested_at: before(occasion, 26 * 60),
        covers: {
          model: 'not_applicable',
          router: 'covered',
          prompts: 'not_applicable',
          policy: 'covered',
          retrieval: 'not_applicable',
          cache: 'covered',
          memory_schema: 'not_applicable',
        },
      },
    },
  };
  return finish({
    candidate: { name: 'api-gateway-config', version: change.version, digest: subject.digest },
    subject,
    creators: [cast.gatewayEngineer],
    packet,
    manifests: [described],
    artifacts: shelf.artifacts,
    disclosures: [],
  });
}

/** The settings once a change is in force; without one, as they were founded. */
function settingsAfter(change: GatewayChange | undefined): ReadonlyMap<string, string> {
  if (change === undefined) return new Map(SETTINGS);
  return new Map([
    ...settingsAfter(change.after),
    ...change.edits.map(({ setting, next }): [string, string] => [setting, next]),
  ]);
}

function configuration(change: GatewayChange | undefined): string {
  const lines = [...settingsAfter(change)].map(([setting, value]) => `${setting} = ${value}`);
  return `# api-gateway ${change?.version ?? FOUNDED_VERSION}\n${lines.join('\n')}\n`;
}

function manifest(shelf: ArtifactShelf, change: GatewayChange, { digest }: Artifact): Artifact {
  const standing = settingsAfter(change.after);
  const diff = [
    '--- previous.conf',
    '+++ gateway.conf',
    ...change.edits.flatMap(({ setting, next }) => [`-${setting} = ${standing.get(setting)}`, `+${setting} = ${next}`]),
  ];
  shelf.add('change.diff', `${diff.join('\n')}\n`, 'text/x-diff');
  const runtime = shelf.json('runtime.json', { image: 'api-gateway', loads: change.version, dry_run: 'ok' });
  return shelveManifest(shelf, 'manifest.json', {
    name: 'api-gateway-config',
    version: change.version,
    kind: 'configuration',
    package: { kind: 'file', digest, entries: null, layers: null },
    entry_point: null,
    permissions: [],
    runtimes: [{ name: 'api-gateway', version: '9.4.2', digest: runtime.digest, verified_on: digest }],
    licences: { ids: ['LicenseRef-internal'], obligations: [] },
    data_restrictions: [],
    known_vulnerabilities: [],
    parents: [],
  });
}

function rollbackPackage(shelf: ArtifactShelf, { after }: GatewayChange, previous: Artifact): Artifact {
  return shelf.json('rollback/package.json', {
    restores: after?.version ?? FOUNDED_VERSION,
    file: previous.path,
    digest: previous.digest,
    then: ['reload router', 'reload rate limits', 'flush response cache'],
  });
}

function procedure(shelf: ArtifactShelf, { after }: GatewayChange): Artifact {
  return shelf.markdown('rollback/procedure.md', [
    `# Back to ${after?.version ?? FOUNDED_VERSION}`,
    '',
    '1. Put `previous.conf` in the place of the active configuration.',
    '2. Reload the gateway; connections in flight are drained for 20 s.',
    '3. Flush the response cache of the routes that changed.',
    '4. Watch `http.status_5xx_rate` for ten minutes.',
  ]);
}
