import { describe, expect, test } from 'vitest';
import {
  canonicalBytes,
  digestJson,
  type Envelope,
  IN_TOTO_PAYLOAD_TYPE,
  IN_TOTO_STATEMENT_TYPE,
  type JsonValue,
  pae,
  privateKeyFromSeed,
  readEnvelope,
  signBytes,
  signEnvelope,
  toBase64,
  verifyEnvelope,
} from '../../../core/canon/index.ts';
import { refused, utf8 } from './refusal.ts';

const TYPE = 'application/vnd.countersign.approval.v1+json';
const key = privateKeyFromSeed(new Uint8Array(32).fill(1));
const otherKey = privateKeyFromSeed(new Uint8Array(32).fill(2));
const payload = { _type: TYPE, decision_id: 'd-1', verdict: 'approve' };
const good = signEnvelope(TYPE, payload, key);
const [signature] = good.signatures;

/** An envelope as a forger would make it: signed with `key`, with none of the checks of signEnvelope. */
function forge(payloadType: string, bytes: Uint8Array): Envelope {
  const sig = toBase64(signBytes(key, pae(payloadType, bytes)));
  return { payloadType, payload: toBase64(bytes), signatures: [{ keyid: key.publicKey.keyId, sig }] };
}

describe('pae', () => {
  test('the vector of the DSSE v1 protocol page', () => {
    expect(new TextDecoder().decode(pae('http://example.com/HelloWorld', utf8('hello world')))).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    );
  });

  test('lengths are of bytes', () => {
    expect(new TextDecoder().decode(pae('é', utf8('€')))).toBe('DSSEv1 2 é 3 €');
    expect(new TextDecoder().decode(pae('', new Uint8Array()))).toBe('DSSEv1 0  0 ');
  });
});

describe('a signed statement', () => {
  test('verifies, and shows what was signed', () => {
    const parsed = readEnvelope(JSON.parse(JSON.stringify(good)));
    verifyEnvelope(parsed, key.publicKey);
    expect(parsed.payload).toEqual(payload);
    expect(parsed.payloadType).toBe(TYPE);
    expect(parsed.payloadBytes).toEqual(canonicalBytes(payload));
    expect(parsed.keyId).toBe(key.publicKey.keyId);
    expect(parsed.digest).toBe(digestJson(good));
    expect(parsed.envelope).toEqual(good);
  });

  test('what was read does not change with what it was read from', () => {
    const source = JSON.parse(JSON.stringify(good));
    const parsed = readEnvelope(source);
    source.payload = 'e30=';
    source.signatures[0].sig = '';
    expect(parsed.envelope).toEqual(good);
    expect(Object.isFrozen(parsed.envelope.signatures[0])).toBe(true);
  });

  test('in-toto statements keep the type that their own format gives them', () => {
    const statement = { _type: IN_TOTO_STATEMENT_TYPE, predicate: {} };
    verifyEnvelope(readEnvelope(signEnvelope(IN_TOTO_PAYLOAD_TYPE, statement, key)), key.publicKey);
    const wrong = { _type: IN_TOTO_PAYLOAD_TYPE };
    expect(refused(() => signEnvelope(IN_TOTO_PAYLOAD_TYPE, wrong, key))).toEqual([
      'envelope.payload_type',
      '$.payload._type',
    ]);
  });
});

describe('signing', () => {
  test.each<[string, string, JsonValue, string]>([
    ['another type inside', TYPE, { _type: 'other' }, 'envelope.payload_type'],
    ['no type inside', TYPE, {}, 'envelope.payload_type'],
    ['no object', TYPE, [TYPE], 'envelope.payload_type'],
    ['an empty type', '', { _type: '' }, 'envelope.malformed'],
    ['a type with a space', 'a b', { _type: 'a b' }, 'envelope.malformed'],
    ['a type that looks like another', 'аpplication/x', { _type: 'аpplication/x' }, 'envelope.malformed'],
    ['a payload that is not JSON', TYPE, { _type: TYPE, n: Number.NaN }, 'json.not_finite'],
  ])('refused: %s', (_, type, value, code) => {
    expect(refused(() => signEnvelope(type, value, key))[0]).toBe(code);
  });
});

describe('reading: shape', () => {
  const withSignature = (entry: unknown) => ({ ...good, signatures: [entry] });
  const { payload: _, ...noPayload } = good;

  test.each<[string, unknown, string, string]>([
    ['nothing', undefined, 'envelope.malformed', '$.s'],
    ['null', null, 'envelope.malformed', '$.s'],
    ['an array', [good], 'envelope.malformed', '$.s'],
    ['a foreign member', { ...good, cert: 'x' }, 'envelope.malformed', '$.s'],
    ['a missing member', noPayload, 'envelope.malformed', '$.s'],
    [
      'an inherited member',
      Object.assign(Object.create({ payload: good.payload }), noPayload),
      'envelope.malformed',
      '$.s',
    ],
    [
      'an inherited member behind a foreign one',
      Object.assign(Object.create({ payload: good.payload }), noPayload, { cert: 'x' }),
      'envelope.malformed',
      '$.s',
    ],
    ['a payload type that is no string', { ...good, payloadType: 1 }, 'envelope.malformed', '$.s.payloadType'],
    ['a payload type with a newline', { ...good, payloadType: `${TYPE}\n` }, 'envelope.malformed', '$.s.payloadType'],
    ['no signature', { ...good, signatures: [] }, 'envelope.signature_count', '$.s.signatures'],
    ['two signatures', { ...good, signatures: [signature, signature] }, 'envelope.signature_count', '$.s.signatures'],
    [
      'signatures that are no array',
      { ...good, signatures: { 0: signature, length: 1 } },
      'envelope.signature_count',
      '$.s.signatures',
    ],
    [
      'a certificate beside the signature',
      withSignature({ ...signature, cert: 'x' }),
      'envelope.malformed',
      '$.s.signatures[0]',
    ],
    ['no key id', withSignature({ sig: signature.sig }), 'envelope.malformed', '$.s.signatures[0]'],
    [
      'a key id that is no digest',
      withSignature({ ...signature, keyid: 'k1' }),
      'digest.malformed',
      '$.s.signatures[0].keyid',
    ],
    ['a short signature', withSignature({ ...signature, sig: 'AAAA' }), 'signature.malformed', '$.s.signatures[0].sig'],
    [
      'a signature in the URL alphabet',
      withSignature({ ...signature, sig: signature.sig.replaceAll('+', '-').replaceAll('/', '_') }),
      'base64.malformed',
      '$.s.signatures[0].sig',
    ],
    [
      'a signature without padding',
      withSignature({ ...signature, sig: signature.sig.replace('==', '') }),
      'base64.malformed',
      '$.s.signatures[0].sig',
    ],
    ['a payload with white space', { ...good, payload: ` ${good.payload}` }, 'base64.malformed', '$.s.payload'],
    ['a payload that is no JSON', { ...good, payload: toBase64(utf8('{')) }, 'json.syntax', '$.s.payload'],
    [
      'a payload with one name twice',
      { ...good, payload: toBase64(utf8('{"a":1,"a":2}')) },
      'json.duplicate_key',
      '$.s.payload.a',
    ],
    [
      'a payload in another spelling',
      { ...good, payload: toBase64(utf8('{ "a":1}')) },
      'json.not_canonical',
      '$.s.payload',
    ],
  ])('refused: %s', (_name, value, code, path) => {
    expect(refused(() => readEnvelope(value, '$.s'))).toEqual([code, path]);
  });

  test('the payload is bounded', () => {
    expect(refused(() => readEnvelope(good, '$', { maxBytes: 10 }))).toEqual(['json.too_large', '$.payload']);
  });
});

describe('verifying', () => {
  test('a key id selects, and proves nothing', () => {
    const relabelled = { ...good, signatures: [{ ...signature, keyid: otherKey.publicKey.keyId }] };
    const parsed = readEnvelope(relabelled);
    expect(refused(() => verifyEnvelope(parsed, otherKey.publicKey, '$.s'))).toEqual([
      'signature.invalid',
      '$.s.signatures[0].sig',
    ]);
    expect(refused(() => verifyEnvelope(parsed, key.publicKey, '$.s'))).toEqual([
      'envelope.key_id',
      '$.s.signatures[0].keyid',
    ]);
  });

  test('another payload under the same signature', () => {
    const parsed = readEnvelope({ ...good, payload: toBase64(canonicalBytes({ ...payload, verdict: 'reject' })) });
    expect(refused(() => verifyEnvelope(parsed, key.publicKey))[0]).toBe('signature.invalid');
  });

  test('another type over the same payload', () => {
    const parsed = readEnvelope({ ...good, payloadType: 'application/vnd.countersign.rejection.v1+json' });
    expect(refused(() => verifyEnvelope(parsed, key.publicKey))[0]).toBe('signature.invalid');
  });

  test('a signature over the bare payload, without the encoding', () => {
    const sig = toBase64(signBytes(key, canonicalBytes(payload)));
    const parsed = readEnvelope({ ...good, signatures: [{ ...signature, sig }] });
    expect(refused(() => verifyEnvelope(parsed, key.publicKey))[0]).toBe('signature.invalid');
  });

  test.each<[string, JsonValue]>([
    ['another type', { _type: 'application/vnd.countersign.rejection.v1+json' }],
    ['no type', { verdict: 'approve' }],
    ['no object', 'approve'],
  ])('well signed, but the payload says otherwise: %s', (_, value) => {
    const parsed = readEnvelope(forge(TYPE, canonicalBytes(value)));
    expect(refused(() => verifyEnvelope(parsed, key.publicKey))).toEqual(['envelope.payload_type', '$.payload._type']);
  });
});
