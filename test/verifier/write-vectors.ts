import { mkdirSync, writeFileSync } from 'node:fs';
import { parseDigest } from '../../core/canon/index.ts';
import { CANDIDATE } from '../documents/fixtures.ts';
import { ATTACKS } from './attacks.ts';
import {
  cancelledEarly,
  claimsRefused,
  delegated,
  denied,
  deniedEarly,
  executed,
  filesOf,
  notViable,
  promoted,
  trustBytes,
} from './fixture-pack.ts';

/**
 * Writes `test/vectors/packs/`: one folder a case, `…_fail` where the verifier must refuse. Frozen once written: packs
 * that were sealed before a change stay verifiable after it (R105). Run it to add a case, never to mend one that broke:
 *
 *     node test/verifier/write-vectors.ts
 */
/** The others are built and refused in every run (attacks.test.ts); these stand for what was once sealed. */
export const FROZEN: ReadonlySet<string> = new Set([
  'event-changed',
  'event-id-chosen',
  'chain-rehashed',
  'tail-cut',
  'refusal-removed',
  'refusal-as-decision',
  'sealed-by-nobody',
  'seal-of-another-key',
  'signature-missing',
  'two-texts-one-meaning',
  'bundle-brings-certificate',
  'pack-brings-trust',
  'envelope-written-anew',
  'document-swapped',
  'approval-of-another-decision',
  'approved-by-requester',
  'same-person-twice',
  'one-person-two-roles',
  'expired-approval',
  'approver-revoked',
  'delegator-and-delegate',
  'delegation-taken-back',
  'roster-older',
  'requester-removed-before',
  'denial-of-another-code',
  'claim-refused-at-will',
  'policy-endorsed-by-strangers',
  'floor-lowered-by-policy',
  'permit-forged',
  'receipt-before-clearance',
  'receipt-for-another-subject',
  'view-without-seal',
  'view-changed',
  'text-exchanged',
]);

const root = new URL('../vectors/packs/', import.meta.url);

function write(folder: string, files: Readonly<Record<string, Uint8Array | null | undefined>>, about: object): void {
  const place = new URL(`${folder}/`, root);
  mkdirSync(place, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) if (bytes) writeFileSync(new URL(name, place), bytes);
  writeFileSync(new URL('case.json', place), `${JSON.stringify(about, null, 2)}\n`);
}

function writeAll(): void {
  mkdirSync(root, { recursive: true });
  writeFileSync(new URL('trust.json', root), trustBytes());
  for (const [name, build, outcome] of [
    ['executed', executed, 'executed'],
    ['promoted', promoted, 'executed'],
    ['denied', denied, 'denied'],
    ['denied-early', deniedEarly, 'denied'],
    ['cancelled-early', cancelledEarly, 'cancelled'],
    ['claims-refused', claimsRefused, 'executed'],
    ['no-op', notViable, 'no_op'],
    ['delegated', delegated, 'executed'],
  ] as const) {
    const { bundle, view, disclosures } = filesOf(build());
    write(
      name,
      { 'pack.sigstore.json': bundle, 'pack.json': view, 'disclosures.json': disclosures },
      {
        says: 'holds, with its view and its texts',
        outcome,
        subject: parseDigest(CANDIDATE.digest),
        codes: [],
      },
    );
  }
  for (const { name, says, codes, build } of ATTACKS) {
    if (!FROZEN.has(name)) continue;
    const { bundle, view, disclosures, trust } = build();
    write(
      `${name}_fail`,
      {
        'pack.sigstore.json': bundle,
        'pack.json': view,
        'disclosures.json': disclosures,
        'verifier-trust.json': trust,
      },
      { says, outcome: 'executed', subject: parseDigest(CANDIDATE.digest), codes },
    );
  }
}

if (import.meta.main) writeAll();
