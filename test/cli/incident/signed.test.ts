import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endorsementsPath, endorsementsText } from '../../../cli/endorsed-file.ts';
import { checkSigned, readCapture, signaturePath, signatureText } from '../../../cli/incident/signed.ts';
import { canonicalBytes, digestBytes, digestJson, type Envelope } from '../../../core/canon/index.ts';
import { INCIDENT_EVIDENCE_TYPE } from '../../../documents/incident-evidence.ts';
import { readTrustFile } from '../../../documents/trust-reader.ts';
import { ACTORS, digestOf, keyFrom, keyOfActor, ORIGIN, signedCapture, T, TENANT } from '../../documents/fixtures.ts';
import { refusal } from '../../documents/refusal.ts';
import { endorsedRoster, ROSTER, shift, trustBytes } from '../../verifier/fixture-pack.ts';

/** Who vouches for a capture: somebody whom an endorsed roster knows, for exactly this one (R109). */

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'countersign-signed-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const evidence = {
  _type: INCIDENT_EVIDENCE_TYPE,
  origin: ORIGIN,
  tenant: TENANT,
  incident: 'INC-2041',
  captured_by: ACTORS.securityOwner,
  began_at: T.requested,
  ended_at: T.approved,
  items: [
    { name: 'log', role: 'log', captured_at: T.requested, entries: [{ type: 'special', path: '.', what: 'pipe' }] },
  ],
};

interface Case {
  readonly evidence?: object;
  readonly signed?: (manifest: string) => Envelope;
  readonly endorsers?: readonly string[];
  readonly tenant?: string;
}

function checked({ evidence: changes = {}, signed, endorsers, tenant = TENANT }: Case = {}): string | null {
  const path = join(scratch, 'capture.json');
  const bytes = canonicalBytes({ ...evidence, ...changes } as never);
  const manifest = digestBytes(bytes);
  writeFileSync(path, bytes);
  writeFileSync(signaturePath(path), signatureText(signed?.(manifest) ?? signedCapture({ manifest })));
  const roster = join(scratch, 'roster.json');
  const { document, endorsements } =
    endorsers === undefined ? endorsedRoster(ROSTER) : endorsedRoster(ROSTER, endorsers);
  writeFileSync(roster, canonicalBytes(document));
  const kept = { document: digestJson(document), published: true, endorsements };
  writeFileSync(endorsementsPath(roster), endorsementsText(kept));
  const trust = readTrustFile(trustBytes());
  const wrong = checkSigned(readCapture(path), { trust, origin: ORIGIN, tenant, roster, at: T.finished });
  if (wrong !== null) expect(wrong.code).toBe('incident.unsigned');
  return wrong?.message ?? null;
}

describe('a capture', () => {
  it('is signed by whoever captured it', () => {
    expect(checked()).toBeNull();
  });

  // shows: R109
  it.each<[string, Case, RegExp]>([
    ['of another manifest', { signed: () => signedCapture({ manifest: digestOf('another') }) }, /manifest/],
    [
      'changed by a letter afterwards',
      {
        signed: () => signedCapture({ manifest: digestJson(evidence as never) }),
        evidence: { ended_at: shift(T.approved, -1) },
      },
      /manifest/,
    ],
    ['of another incident', { signed: (manifest) => signedCapture({ manifest, incident: 'INC-1' }) }, /incident/],
    ['by somebody else than it names', { evidence: { captured_by: ACTORS.releaseOwner } }, /signer/],
    ['of another tenant', { evidence: { tenant: 'globex' } }, /tenant/],
    ['of another installation', { evidence: { origin: 'other.example' } }, /origin/],
    [
      'with a key that is none of the roster',
      { signed: (manifest) => signedCapture({ manifest }, keyFrom('x')) },
      /key_unknown/,
    ],
    [
      'with the key of another',
      { signed: (manifest) => signedCapture({ manifest }, keyOfActor(ACTORS.releaseOwner)) },
      /key_owner/,
    ],
    [
      'by a stranger',
      {
        evidence: { captured_by: 'p-nobody' },
        signed: (manifest) => signedCapture({ manifest, signer: 'p-nobody' }, keyFrom('x')),
      },
      /signer_unknown/,
    ],
    ['before it had ended', { evidence: { ended_at: T.claimed } }, /signed before it ended/],
    ['under a roster that too few endorsed', { endorsers: [] }, /endorsement\.threshold/],
    ['for whoever asks of another tenant', { tenant: 'globex' }, /document\.tenant/],
  ])('does not hold %s', (_, given, says) => {
    expect(checked(given)).toMatch(says);
  });

  it('does not hold where the signature is not one', () => {
    const forged = (manifest: string): Envelope => {
      const [signature] = signedCapture().signatures;
      const envelope = signedCapture({ manifest });
      return { ...envelope, signatures: [{ ...envelope.signatures[0], sig: signature?.sig ?? '' }] } as Envelope;
    };
    expect(checked({ signed: forged })).toMatch(/statement\.signature/);
  });

  it('is read with its signature beside it', () => {
    expect(refusal(() => readCapture(join(scratch, 'none.json'))).code).toBe('file.unreadable');
  });
});
