import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { digestJson, type JsonObject, type JsonValue } from '../../core/canon/index.ts';
import { STATEMENT_KINDS, type StatementKind, statementType } from '../../core/domain/statements.ts';
import {
  decisionIdFor,
  readStatement,
  type StatementOf,
  signStatement,
  statementSchemas,
} from '../../documents/statements.ts';
import {
  ACTORS,
  DECISION_ID,
  digestOf,
  IDEMPOTENCY_KEY,
  keyOfActor,
  ORIGIN,
  signAnything,
  signedAcknowledgement,
  signedApproval,
  signedReceipt,
  signedRequest,
  signedStatements,
  T,
  TENANT,
} from './fixtures.ts';
import { refused, refusedAt } from './refusal.ts';

type Mutual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** Compiles only while every schema infers exactly the interface of its kind. */
const SCHEMAS_ARE_THE_INTERFACES: {
  [K in StatementKind]: Mutual<StatementOf<K>, z.infer<(typeof statementSchemas)[K]>>;
} = {
  request: true,
  evidence: true,
  evaluation: true,
  waiver: true,
  approval: true,
  rejection: true,
  override: true,
  review: true,
  backout: true,
  revocation: true,
  abstention: true,
  delegation: true,
  condition: true,
  cancellation: true,
  reevaluation: true,
  nudge: true,
  extension: true,
  reassignment: true,
  claim: true,
  permit: true,
  receipt: true,
  acknowledgement: true,
  endorsement: true,
  freeze: true,
  lifting: true,
  capture: true,
  anchor: true,
  possession: true,
};

const key = keyOfActor(ACTORS.executive);
const payloadOf = (kind: StatementKind): JsonObject =>
  readStatement(signedStatements[kind]()).parsed.payload as JsonObject;

/** Signs a changed payload without the checks of `signStatement`. */
function forged(kind: StatementKind, change: (payload: Record<string, JsonValue>) => void): unknown {
  const payload = structuredClone(payloadOf(kind)) as Record<string, JsonValue>;
  change(payload);
  return signAnything(String(payload['_type']), payload, key);
}

describe('readStatement', () => {
  it('knows every kind', () => {
    expect(Object.keys(statementSchemas).sort()).toEqual([...STATEMENT_KINDS].sort());
    expect(Object.values(SCHEMAS_ARE_THE_INTERFACES).every(Boolean)).toBe(true);
  });

  it.each(STATEMENT_KINDS)('reads a statement of kind %s, and its digest is that of its envelope', (kind) => {
    const envelope = signedStatements[kind]();
    const read = readStatement(envelope, kind);
    expect(read.kind).toBe(kind);
    expect(read.statement).toEqual(read.parsed.payload);
    expect(read.digest).toBe(digestJson(envelope));
    expect(read.keyId).toBe(envelope.signatures[0].keyid);
  });

  // shows: R17, R45
  it.each(STATEMENT_KINDS)('refuses a foreign member, and the lack of any member, in kind %s', (kind) => {
    expect(
      refused(() =>
        readStatement(
          forged(kind, (payload) => {
            payload['extra'] = 1;
          }),
        ),
      ),
    ).toEqual(['document.shape', '$.payload.extra']);
    for (const member of Object.keys(payloadOf(kind)).filter((name) => name !== '_type')) {
      expect(
        refusedAt(() =>
          readStatement(
            forged(kind, (payload) => {
              delete payload[member];
            }),
          ),
        ),
      ).toEqual(['document.shape', `$.payload.${member}`]);
    }
  });

  it('reads a signature that does not verify: verifying is not its office', () => {
    const envelope = signedApproval({}, keyOfActor(ACTORS.requester));
    expect(readStatement(envelope).keyId).not.toBe(key.publicKey.keyId);
    const broken = { ...envelope, signatures: [{ ...envelope.signatures[0], sig: `${'A'.repeat(86)}==` }] };
    expect(readStatement(broken).kind).toBe('approval');
  });

  it('refuses a kind that the caller has no use for', () => {
    expect(refused(() => readStatement(signedApproval(), 'rejection', '$.statements[2]'))).toEqual([
      'statement.kind',
      '$.statements[2].payloadType',
    ]);
    expect(refused(() => readStatement(signedApproval(), ['claim', 'receipt']))).toEqual([
      'statement.kind',
      '$.payloadType',
    ]);
    expect(readStatement(signedApproval(), ['claim', 'approval']).kind).toBe('approval');
  });

  it('refuses a payload type that is none of ours, and one that the payload does not bear', () => {
    const type = 'application/vnd.countersign.pardon.v1+json';
    expect(refused(() => readStatement(signAnything(type, { _type: type }, key)))).toEqual([
      'document.type',
      '$.payloadType',
    ]);
    const relabelled = { ...signedApproval(), payloadType: statementType('rejection') };
    expect(refused(() => readStatement(relabelled))).toEqual(['document.type', '$.payload._type']);
  });

  it('refuses an envelope that is not one', () => {
    expect(refused(() => readStatement({ ...signedApproval(), signatures: [] }))[0]).toBe('envelope.signature_count');
    expect(refused(() => readStatement(null))[0]).toBe('envelope.malformed');
  });

  it('bounds the payload', () => {
    const large = forged('request', (payload) => {
      payload['summary'] = 'x'.repeat(70_000);
    });
    expect(refused(() => readStatement(large))).toEqual(['json.too_large', '$.payload']);
  });

  // shows: R56
  it('refuses a floating name wherever a version or digest belongs, with its path', () => {
    const floating = forged('request', (payload) => {
      payload['candidate'] = { name: 'gateway-router', version: 'latest', digest: 'main' };
      payload['policy'] = { version: '^1.2', digest: 'HEAD' };
      payload['evidence'] = { packet: 'newest', statement: digestOf('s') };
    });
    expect(refusedAt(() => readStatement(floating))).toEqual([
      'document.floating_name',
      '$.payload.candidate.version',
      '$.payload.candidate.digest',
      '$.payload.evidence.packet',
      '$.payload.policy.version',
      '$.payload.policy.digest',
    ]);
  });

  it('wants roles distinct and sorted, creators once, and little context', () => {
    const roles = (...offered: string[]) => refused(() => signedApproval({ roles: offered }));
    expect(roles()).toEqual(['document.shape', '$.roles']);
    expect(roles('b', 'a')).toEqual(['document.shape', '$.roles']);
    expect(roles('a', 'a')).toEqual(['document.shape', '$.roles']);
    expect(refused(() => signedRequest({ creators: ['p-maker', 'p-maker'] }))).toEqual([
      'document.shape',
      '$.creators',
    ]);
    expect(refused(() => signedRequest({ creators: [] }))).toEqual(['document.shape', '$.creators']);
    const context = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, 'v']));
    expect(refused(() => signedRequest({ context }))).toEqual(['document.shape', '$.context']);
    expect(refused(() => signedRequest({ context: { note: 'free text' } }))).toEqual([
      'document.shape',
      '$.context.note',
    ]);
  });

  it('wants a receipt to end no earlier than it began', () => {
    expect(refused(() => signedReceipt({ started_at: T.finished, finished_at: T.started }))).toEqual([
      'document.shape',
      '$.finished_at',
    ]);
    expect(readStatement(signedReceipt({ started_at: T.started, finished_at: T.started })).kind).toBe('receipt');
  });

  it('wants a code with a refusal, and none with an acceptance', () => {
    expect(refused(() => signedAcknowledgement({ verdict: 'refused' }))).toEqual(['document.shape', '$.code']);
    expect(refused(() => signedAcknowledgement({ code: 'basis.changed' }))).toEqual(['document.shape', '$.code']);
    expect(readStatement(signedAcknowledgement({ verdict: 'refused', code: 'basis.changed' })).kind).toBe(
      'acknowledgement',
    );
  });
});

describe('signStatement', () => {
  it('refuses to sign what a reader would refuse', () => {
    expect(refused(() => signedApproval({ expires_at: 'tomorrow' }))).toEqual(['document.shape', '$.expires_at']);
    const unknown = { ...payloadOf('approval'), _type: 'application/other' } as unknown as StatementOf<'approval'>;
    expect(refused(() => signStatement(unknown, key))).toEqual(['document.type', '$._type']);
  });

  it('is deterministic', () => {
    expect(signedApproval()).toEqual(signedApproval());
  });
});

describe('decisionIdFor', () => {
  const of = { origin: ORIGIN, tenant: TENANT, requester: ACTORS.pipeline, idempotencyKey: IDEMPOTENCY_KEY };

  it('is the UUID of the digest of a typed document', () => {
    const { idempotencyKey, ...rest } = of;
    const digest = digestJson({
      _type: 'application/vnd.countersign.decision-id.v1+json',
      ...rest,
      idempotency_key: idempotencyKey,
    });
    expect(decisionIdFor(of).replaceAll('-', '').slice(0, 12)).toBe(digest.slice(7, 19));
    expect(decisionIdFor(of)).toBe(DECISION_ID);
    expect(DECISION_ID).toBe('1fed6053-7029-87ac-af62-edc392bb83f1');
  });

  // shows: R20
  it('differs with every part', () => {
    const ids = Object.keys(of).map((part) => decisionIdFor({ ...of, [part]: 'other' }));
    expect(new Set([...ids, DECISION_ID]).size).toBe(5);
  });
});
