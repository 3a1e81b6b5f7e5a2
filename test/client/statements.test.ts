import { describe, expect, test } from 'vitest';
import {
  signApproval,
  signCancellation,
  type SignedStatement,
  type Signer,
  signEvidence,
  signRejection,
  signRequest,
  type Surroundings,
} from '../../client/statements.ts';
import {
  checkDisclosure,
  type Digest,
  type Disclosure,
  digestJson,
  parseDigest,
  privateKeyFromSeed,
  verifyEnvelope,
} from '../../core/canon/index.ts';
import { decisionIdFor, readStatement } from '../../documents/index.ts';

const by: Signer = { actorId: 'dana', key: privateKeyFromSeed(new Uint8Array(32).fill(3)) };
const DECISION = '5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d';

/** Every draw differs, so that a test sees where the same bytes are used twice. */
function surroundings(): Surroundings {
  let draw = 0;
  return {
    origin: 'o',
    tenant: 't',
    now: () => '2026-02-24T20:12:21.000Z',
    random: (bytes) => new Uint8Array(bytes).fill((draw += 1)),
  };
}

const digestOf = (text: string): Digest => digestJson(text);

const request = {
  role: 'operator',
  action: 'deploy.change',
  target: 'prod-gateway-01',
  candidate: { name: 'gateway', version: '1.4.2', digest: digestOf('candidate') },
  creators: ['carl'],
  evidence: { packet: digestOf('packet'), statement: digestOf('statement') },
  policy: { version: '1.2.0', digest: digestOf('policy') },
  context: { ticket: 'CHG-1042' },
  summary: 'Deploy update to production API gateway config',
  idempotencyKey: 'CHG-1042',
};
const route = { decisionId: DECISION, basis: digestOf('basis'), routed: digestOf('routed'), brief: digestOf('brief') };

/** The disclosure of a statement's only text, held against the commitment in it. */
function opened(signed: SignedStatement, member: string): Disclosure {
  const { statement } = readStatement(signed.envelope);
  const commitment = (statement as unknown as Record<string, string>)[member] ?? '';
  const [disclosure] = signed.disclosures;
  if (disclosure === undefined) throw new Error('nothing is disclosed');
  checkDisclosure(parseDigest(commitment), disclosure);
  return disclosure;
}

describe('statements that the client signs', () => {
  test('are read back, and verify under the signer', () => {
    const signed = signRequest(by, request, surroundings());
    const { parsed, digest, statement, kind } = readStatement(signed.envelope);
    verifyEnvelope(parsed, by.key.publicKey);
    expect([kind, digest, statement.signer]).toEqual(['request', signed.digest, 'dana']);
    expect(signed.decisionId).toBe(
      decisionIdFor({ origin: 'o', tenant: 't', requester: 'dana', idempotencyKey: 'CHG-1042' }),
    );
    expect(statement).toMatchObject({ decision_id: signed.decisionId, context: { ticket: 'CHG-1042' } });
  });

  // shows: R45
  test('hold free text as commitments only, which the disclosures open', () => {
    const expiresAt = '2026-02-24T21:14:02.000Z';
    const signed = [
      ['summary', request.summary, signRequest(by, request, surroundings())],
      [
        'rationale',
        'read it',
        signApproval(by, { ...route, roles: ['executive'], rationale: 'read it', expiresAt }, surroundings()),
      ],
      ['reason', 'untested', signRejection(by, { ...route, roles: ['executive'], reason: 'untested' }, surroundings())],
      ['reason', 'superseded', signCancellation(by, { decisionId: DECISION, reason: 'superseded' }, surroundings())],
    ] as const;
    for (const [member, value, statement] of signed) {
      expect(opened(statement, member)).toMatchObject({ path: `$.${member}`, value });
      expect(JSON.stringify(readStatement(statement.envelope).statement)).not.toContain(value);
    }
  });

  test('commit to empty texts as well', () => {
    const signed = signCancellation(by, { decisionId: DECISION, reason: '' }, surroundings());
    expect(signed.disclosures).toHaveLength(1);
  });

  test('are two statements when made twice', () => {
    const at = surroundings();
    const [first, second] = [signRequest(by, request, at), signRequest(by, request, at)];
    expect(first.digest).not.toBe(second.digest);
    expect(first.disclosures[0]?.salt).not.toBe(second.disclosures[0]?.salt);
    expect(first.decisionId).toBe(second.decisionId);
  });

  test('offer roles sorted, whatever the order in which they were given', () => {
    const content = {
      ...route,
      roles: ['security_owner', 'model_owner'],
      rationale: '',
      expiresAt: '2026-02-24T21:14:02.000Z',
    };
    const { statement } = readStatement(signApproval(by, content, surroundings()).envelope, 'approval');
    expect(statement.roles).toEqual(['model_owner', 'security_owner']);
  });

  // shows: R56
  test('are refused before anybody has signed them, where a name floats', () => {
    const floating = { ...request, candidate: { ...request.candidate, version: 'latest' } };
    expect(() => signRequest(by, floating, surroundings())).toThrow(
      expect.objectContaining({ code: 'document.floating_name', path: '$.candidate.version' }),
    );
    expect(() =>
      signEvidence(
        by,
        { subject: 'main', packet: digestOf('p'), validUntil: '2026-03-01T00:00:00.000Z' },
        surroundings(),
      ),
    ).toThrow(expect.objectContaining({ code: 'document.floating_name', path: '$.subject' }));
  });
});
