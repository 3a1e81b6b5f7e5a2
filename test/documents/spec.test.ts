import { readAncestry } from '../../documents/ancestry.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { canonicalBytes, digestBytes } from '../../core/canon/index.ts';
import type { LiftingStatement } from '../../core/domain/statements.ts';
import { candidateManifestSchema, readCandidateManifest } from '../../documents/candidate-manifest.ts';
import { authenticate } from '../../documents/authenticate.ts';
import { checkEndorsements } from '../../documents/endorsement.ts';
import { DOCUMENT_ERROR_CODES } from '../../documents/errors.ts';
import { evidenceSchema, missingEvidence, readEvidencePacket } from '../../documents/evidence.ts';
import { observationSchema } from '../../documents/observation.ts';
import { EVIDENCE_SECTIONS } from '../../documents/policy.ts';
import { incidentEvidenceSchema } from '../../documents/incident-evidence.ts';
import { readLineageRegistry } from '../../documents/lineage-registry.ts';
import { readRestriction, restrictionSchema } from '../../documents/restriction.ts';
import { readReleaseRecord, releaseRecordSchema } from '../../documents/release-record.ts';
import { rosterSchema } from '../../documents/roster.ts';
import { readRoster } from '../../documents/roster-reader.ts';
import { readStanding, standingSchema } from '../../documents/standing.ts';
import { readStatement, statementSchemas } from '../../documents/statements.ts';
import { trustSchema } from '../../documents/trust.ts';
import { readTrustFile } from '../../documents/trust-reader.ts';
import { endorsedStanding } from '../verifier/fixture-pack.ts';
import { DECISION_ID, fixtureRosterIndex, fixtureTrust, ORIGIN, read, T, TENANT } from './fixtures.ts';
import { specExamples } from './spec-examples.ts';

const PAGES = Object.keys(specExamples());
const text = (page: string): string => readFileSync(join(import.meta.dirname, '../../docs/spec', page), 'utf8');

/** The one example of this label on the page. */
function example(page: string, label: string): string {
  const found = [...text(page).matchAll(/^```[a-z]+ example=([a-z0-9-]+)\n([\s\S]*?)\n```$/gm)];
  const [only, ...others] = found.filter(([, name]) => name === label);
  if (only === undefined || others.length > 0) throw new Error(`${page} has not one example labelled ${label}`);
  return only[2] ?? '';
}

describe.each(PAGES)('docs/spec/%s', (page) => {
  it('shows what the code computes', () => {
    for (const [label, computed] of Object.entries(specExamples()[page] ?? {}))
      expect(example(page, label)).toBe(computed);
  });

  it('begins with its literal example', () => {
    expect(text(page).indexOf('```')).toBeLessThan(text(page).indexOf('\n## '));
  });
});

describe('the examples, taken from the pages', () => {
  const canonical = (page: string, label: string): Uint8Array => canonicalBytes(JSON.parse(example(page, label)));

  it('hold up under the readers', () => {
    const approval = readStatement(JSON.parse(example('statements.md', 'envelope')), 'approval');
    expect(approval.statement).toEqual(JSON.parse(example('statements.md', 'payload')));
    const admission = { origin: ORIGIN, tenant: TENANT, decisionId: DECISION_ID, at: T.approved };
    expect(authenticate(approval, fixtureRosterIndex(), admission).actorId).toBe(approval.statement.signer);
    expect(readRoster(canonical('roster.md', 'roster')).workloads).toHaveLength(1);
    expect(readTrustFile(new TextEncoder().encode(example('trust.md', 'file'))).digest).toBe(
      example('trust.md', 'digest'),
    );
    const standing = readStanding(canonical('standing.md', 'standing'));
    expect(standing.lifted_freezes).toEqual([example('statements.md', 'freeze-digest')]);
    const { serial, predecessor } = standing;
    const endorsements = endorsedStanding(standing).endorsements.map((each) => read(each, 'endorsement'));
    const place = { trust: fixtureTrust(), kind: 'standing', tenant: TENANT, at: standing.issued_at } as const;
    const document = example('standing.md', 'digest');
    expect(checkEndorsements({ ...place, document, serial, predecessor, endorsements })).toHaveLength(2);
    expect(readRestriction(canonical('restriction.md', 'restriction')).code).toBe('ledger.mac');
    expect(readReleaseRecord(canonical('release-record.md', 'record')).number).toBe(2);
    const { restrictions } = JSON.parse(example('statements.md', 'lifting')) as LiftingStatement;
    expect(restrictions).toEqual([example('restriction.md', 'digest')]);
    const packet = canonical('evidence-packet.md', 'packet');
    expect(missingEvidence(readEvidencePacket(packet), EVIDENCE_SECTIONS)).toEqual([]);
    expect(digestBytes(packet)).toBe(example('evidence-packet.md', 'digest'));
    expect(readLineageRegistry(JSON.parse(example('lineage-registry.md', 'registry'))).entries).toHaveLength(2);
    expect(readAncestry(canonical('lineage-registry.md', 'ancestry')).rollback?.ancestors).toEqual([]);
    expect(readCandidateManifest(canonical('candidate-manifest.md', 'manifest')).parents).toHaveLength(1);
  });
});

describe('the tables', () => {
  const documented: readonly [page: string, schemas: readonly z.ZodType[]][] = [
    ['statements.md', Object.values(statementSchemas)],
    ['roster.md', [rosterSchema]],
    ['standing.md', [standingSchema]],
    ['restriction.md', [restrictionSchema]],
    ['incident-evidence.md', [incidentEvidenceSchema]],
    ['release-record.md', [releaseRecordSchema]],
    ['trust.md', [trustSchema]],
    ['evidence-packet.md', [evidenceSchema]],
    ['candidate-manifest.md', [candidateManifestSchema]],
    ['observation.md', [observationSchema]],
  ];

  it.each(documented)('of %s name every member of its schemas', (page, schemas) => {
    const prose = text(page).replace(/^```[\s\S]*?^```$/gm, '');
    const members = new Set(schemas.flatMap(membersOf));
    expect(members.size).toBeGreaterThan(8);
    expect([...members].filter((member) => !prose.includes(`\`${member}\``))).toEqual([]);
  });

  it('name every code of this room', () => {
    const prose = PAGES.map(text).join('\n');
    expect(DOCUMENT_ERROR_CODES.filter((code) => !prose.includes(`\`${code}\``))).toEqual([]);
  });
});

/** Names of the members of a schema's objects, however deep. */
function membersOf(schema: z.ZodType): string[] {
  const { def } = schema as unknown as { readonly def: Record<string, unknown> };
  const below = ['innerType', 'element', 'left', 'right'].flatMap((inner) =>
    inner in def ? [def[inner] as z.ZodType] : [],
  );
  const options = [def['options'], def['items']].flatMap((list) => (Array.isArray(list) ? (list as z.ZodType[]) : []));
  const shape = Object.entries((def['shape'] ?? {}) as Record<string, z.ZodType>);
  return [
    ...shape.map(([member]) => member),
    ...[...below, ...options, ...shape.map(([, inner]) => inner)].flatMap(membersOf),
  ];
}
