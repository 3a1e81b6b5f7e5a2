import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { inspect } from 'node:util';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  canonicalize,
  digestBytes,
  loadPublicKey,
  privateKeyFromPem,
  privateKeyFromSeed,
  privateKeyToPem,
  publicKeyFromBase64,
  publicKeyFromPem,
  publicKeyToBase64,
  publicKeyToPem,
  signBytes,
  verifyBytes,
} from '../../../core/canon/index.ts';
import { verifyInScript } from '../../../core/canon/keys.ts';
import { fromHexText, refusal, refused, utf8 } from './refusal.ts';

const P = 2n ** 255n - 19n;
const L = ed25519.Point.Fn.ORDER;
const B = ed25519.Point.BASE;
const ORDER_8 = 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a';

function littleEndian(value: bigint, length = 32): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
}

function toInteger(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** `k` of RFC 8032 section 5.1.7. */
function challenge(r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint {
  return toInteger(sha512(joined(r, a, message))) % L;
}

function nodePublicKey(raw: Uint8Array) {
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(raw).toString('base64url') },
    format: 'jwk',
  });
}

describe('RFC 8032 section 7.1', () => {
  test.each([
    {
      name: 'TEST 1',
      seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      raw: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      message: '',
      signature:
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    },
    {
      name: 'TEST 2',
      seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      raw: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      message: '72',
      signature:
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    },
    {
      name: 'TEST 3',
      seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      raw: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      message: 'af82',
      signature:
        '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    },
    {
      name: 'TEST SHA(abc)',
      seed: '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
      raw: 'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
      message:
        'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
      signature:
        'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
    },
  ])('$name', ({ seed, raw, message, signature }) => {
    const key = privateKeyFromSeed(fromHexText(seed));
    expect(hex(key.publicKey.raw)).toBe(raw);
    expect(hex(signBytes(key, fromHexText(message)))).toBe(signature);
    expect(verifyBytes(loadPublicKey(fromHexText(raw)), fromHexText(message), fromHexText(signature))).toBe(true);
  });
});

describe('agreement with another implementation', () => {
  test('signatures, keys and both PEM forms', () => {
    const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(seeds, fc.uint8Array({ maxLength: 200 }), (seed, message) => {
        const key = privateKeyFromSeed(seed);
        const other = createPrivateKey(privateKeyToPem(key));
        const signature = signBytes(key, message);
        expect(hex(signature)).toBe(sign(null, message, other).toString('hex'));
        expect(verify(null, message, createPublicKey(publicKeyToPem(key.publicKey)), signature)).toBe(true);
        expect(verifyBytes(key.publicKey, message, signature)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test('the key id is the SHA-256 of the SubjectPublicKeyInfo', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const key = publicKeyFromPem(publicKey.export({ type: 'spki', format: 'pem' }));
    expect(key.keyId).toBe(`sha256:${createHash('sha256').update(spki).digest('hex')}`);
    expect(publicKeyToPem(key)).toBe(publicKey.export({ type: 'spki', format: 'pem' }));
    const signer = privateKeyFromPem(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(signer.publicKey).toEqual(key);
    expect(privateKeyToPem(signer)).toBe(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  });
});

describe('keys that are refused', () => {
  // The points whose order divides 8, canonically encoded.
  test.each([
    ['order 1, the neutral point', `01${'00'.repeat(31)}`],
    ['order 2', `ec${'ff'.repeat(30)}7f`],
    ['order 4', '00'.repeat(32)],
    ['order 4, negative', `${'00'.repeat(31)}80`],
    ['order 8, a', ORDER_8],
    ['order 8, a negative', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa'],
    ['order 8, b', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
    ['order 8, b negative', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'],
  ])('small order: %s', (_, encoded) => {
    expect(ed25519.Point.fromHex(encoded).isSmallOrder()).toBe(true);
    expect(refused(() => loadPublicKey(fromHexText(encoded), '$.key'))).toEqual(['key.low_order', '$.key']);
  });

  test('a rule without this refusal verifies under a small-order key what nobody signed', () => {
    const neutral = fromHexText(`01${'00'.repeat(31)}`);
    const forged = joined(neutral, new Uint8Array(32));
    expect(ed25519.verify(forged, utf8('anything'), neutral, { zip215: true })).toBe(true);
    expect(refusal(() => loadPublicKey(neutral)).code).toBe('key.low_order');
  });

  // The six other spellings of small-order points.
  test.each([
    ['neutral point with a sign', `01${'00'.repeat(30)}80`],
    ['order 2 with a sign', `ec${'ff'.repeat(31)}`],
    ['order 4 as y = p', `ed${'ff'.repeat(30)}7f`],
    ['order 4 as y = p with a sign', `ed${'ff'.repeat(31)}`],
    ['neutral point as y = p + 1', `ee${'ff'.repeat(30)}7f`],
    ['neutral point as y = p + 1 with a sign', `ee${'ff'.repeat(31)}`],
  ])('small order and not canonical: %s', (_, encoded) => {
    expect(refusal(() => loadPublicKey(fromHexText(encoded))).code).toBe('key.non_canonical');
  });

  test('every y from p to 2^255 - 1, with either sign', () => {
    for (let y = P; y < 2n ** 255n; y += 1n) {
      for (const sign of [0n, 2n ** 255n]) {
        expect(refusal(() => loadPublicKey(littleEndian(y | sign))).code).toBe('key.non_canonical');
      }
    }
  });

  test('a point beside the prime-order subgroup: it answers to the same secret as the honest key', () => {
    const secret = 7n;
    const honest = B.multiply(secret);
    const mixed = honest.add(ed25519.Point.fromHex(ORDER_8)).toBytes();
    const r = B.multiply(11n).toBytes();
    const signature = joined(r, littleEndian((11n + challenge(r, mixed, utf8('m')) * secret) % L));
    expect(ed25519.verify(signature, utf8('m'), mixed, { zip215: false })).toBe(true);
    expect(refusal(() => loadPublicKey(mixed)).code).toBe('key.mixed_order');
    expect(loadPublicKey(honest.toBytes()).raw).toEqual(honest.toBytes());
  });

  test.each([2n, 7n, P - 2n])('no point has y = %d', (y) => {
    expect(refusal(() => loadPublicKey(littleEndian(y))).code).toBe('key.not_on_curve');
  });

  test.each([new Uint8Array(31), new Uint8Array(33), new Uint8Array(), 'text', undefined])(
    'not 32 bytes: %o',
    (raw) => {
      expect(refusal(() => loadPublicKey(raw as Uint8Array)).code).toBe('key.malformed');
    },
  );

  test('a key is a copy: the caller may overwrite its bytes', () => {
    const raw = Uint8Array.from(privateKeyFromSeed(new Uint8Array(32)).publicKey.raw);
    const key = loadPublicKey(raw);
    const before = hex(key.raw);
    raw.fill(0);
    expect(hex(key.raw)).toBe(before);
    expect(Object.isFrozen(key)).toBe(true);
  });
});

describe('signatures that are refused', () => {
  const key = privateKeyFromSeed(new Uint8Array(32).fill(3));
  const message = utf8('message');
  const good = signBytes(key, message);

  test('S + L, the second spelling of a good signature', () => {
    const s = toInteger(good.subarray(32));
    const respelled = joined(good.subarray(0, 32), littleEndian(s + L));
    expect(s + L < 2n ** 256n).toBe(true);
    expect(verifyBytes(key.publicKey, message, respelled)).toBe(false);
  });

  test('S = L, with which a neutral R would do', () => {
    expect(verifyBytes(key.publicKey, message, joined(good.subarray(0, 32), littleEndian(L)))).toBe(false);
  });

  test('R in another spelling, though the equation holds', () => {
    const r = fromHexText(`ee${'ff'.repeat(30)}7f`);
    const { scalar } = ed25519.utils.getExtendedPublicKey(key.seed);
    const s = (challenge(r, key.publicKey.raw, message) * scalar) % L;
    const signature = joined(r, littleEndian(s));
    expect(ed25519.verify(signature, message, key.publicKey.raw, { zip215: true })).toBe(true);
    expect(verifyBytes(key.publicKey, message, signature)).toBe(false);
  });

  test('every single flipped bit, in signature and message', () => {
    for (let bit = 0; bit < 512; bit += 7) {
      const flipped = Uint8Array.from(good, (byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(verifyBytes(key.publicKey, message, flipped)).toBe(false);
    }
    expect(verifyBytes(key.publicKey, utf8('massage'), good)).toBe(false);
    expect(verifyBytes(privateKeyFromSeed(new Uint8Array(32).fill(4)).publicKey, message, good)).toBe(false);
    expect(verifyBytes(key.publicKey, message, good)).toBe(true);
  });

  test('anything but the very signature, message and key that were good before', () => {
    const other = privateKeyFromSeed(new Uint8Array(32).fill(9)).publicKey;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(), (bytes, where) => {
        const sig = signBytes(key, bytes);
        expect(verifyBytes(key.publicKey, bytes, sig)).toBe(true);
        expect(verifyBytes(key.publicKey, bytes, sig)).toBe(true);
        const changed = (of: Uint8Array) => of.map((byte, at) => (at === where % of.length ? byte ^ 1 : byte));
        expect(verifyBytes(key.publicKey, changed(bytes), sig)).toBe(false);
        expect(verifyBytes(key.publicKey, bytes.subarray(1), sig)).toBe(false);
        expect(verifyBytes(key.publicKey, bytes, changed(sig))).toBe(false);
        expect(verifyBytes(other, bytes, sig)).toBe(false);
      }),
      { numRuns: 25 },
    );
  });

  test.each([new Uint8Array(63), new Uint8Array(65), new Uint8Array(), 'text', null])(
    'not 64 bytes: %o',
    (signature) => {
      expect(verifyBytes(key.publicKey, message, signature as Uint8Array)).toBe(false);
    },
  );

  test('the documented difference: only the holder of a secret can sign so that cofactored and cofactorless rules differ', () => {
    const { scalar } = ed25519.utils.getExtendedPublicKey(key.seed);
    const r = B.multiply(11n).add(ed25519.Point.fromHex(ORDER_8)).toBytes();
    const s = (11n + challenge(r, key.publicKey.raw, message) * scalar) % L;
    const signature = joined(r, littleEndian(s));
    expect(verifyBytes(key.publicKey, message, signature)).toBe(true);
    expect(verify(null, message, nodePublicKey(key.publicKey.raw), signature)).toBe(false);
  });
});

describe("Node's own Ed25519 and SHA-256 change no answer", () => {
  const key = privateKeyFromSeed(Uint8Array.from({ length: 32 }, (_, at) => at + 1));
  const bytes = fc.uint8Array({ maxLength: 300 });

  test('a signature has one value', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), bytes, (seed, message) => {
        expect(hex(signBytes(privateKeyFromSeed(seed), message))).toBe(hex(ed25519.sign(message, seed)));
      }),
      { numRuns: 20 },
    );
  });

  test('the rule decides, whatever bytes of a signature, message or key were exchanged', () => {
    const at = fc.nat({ max: 63 });
    fc.assert(
      fc.property(bytes, at, fc.nat({ max: 255 }), fc.boolean(), (message, index, value, other) => {
        const signature = signBytes(key, message);
        signature[index] = value;
        const read = other ? joined(message, Uint8Array.of(0)) : message;
        expect(verifyBytes(key.publicKey, read, signature)).toBe(verifyInScript(key.publicKey, read, signature));
      }),
      { numRuns: 100 },
    );
  });

  test.each([0, 1, 2, 4, 8])('with a factor %d of small order in R', (order) => {
    const torsion = ed25519.Point.fromHex(ORDER_8).multiplyUnsafe(order === 0 ? 0n : 8n / BigInt(order));
    const secret = 7n;
    const publicKey = loadPublicKey(B.multiply(secret).toBytes());
    const message = utf8('m');
    const r = B.multiply(11n).add(torsion).toBytes();
    const s = (11n + challenge(r, publicKey.raw, message) * secret) % L;
    const signature = joined(r, littleEndian(s));
    // The factor 8 takes the small-order part away, so the rule says yes; OpenSSL says yes to the first two only.
    expect(verifyInScript(publicKey, message, signature)).toBe(true);
    expect(verifyBytes(publicKey, message, signature)).toBe(true);
    expect(verify(null, message, nodePublicKey(publicKey.raw), signature)).toBe(order < 2);
  });

  const refusing = () => {
    throw new Error('unsupported');
  };
  const noEd25519 = { createPrivateKey: refusing, createPublicKey: refusing, sign: refusing, verify: refusing };

  test.each([
    ['has neither', undefined],
    ['is told to have no Ed25519', noEd25519],
  ])('every answer is the same in an engine that %s', async (_, module) => {
    const messages = [0, 1, 55, 56, 64, 300].map((length) => new Uint8Array(length).fill(length));
    const builtin = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(module as never);
    vi.resetModules();
    const elsewhere = await import('../../../core/canon/index.ts');
    const asked = builtin.mock.calls.length;
    builtin.mockRestore();
    vi.resetModules();
    const there = elsewhere.privateKeyFromSeed(key.seed);
    for (const message of messages) {
      expect(elsewhere.digestBytes(message)).toBe(digestBytes(message));
      const signature = elsewhere.signBytes(there, message);
      expect(hex(signature)).toBe(hex(signBytes(key, message)));
      expect(elsewhere.verifyBytes(there.publicKey, message, signature)).toBe(true);
      signature[40] = (signature[40] ?? 0) ^ 1;
      expect(elsewhere.verifyBytes(there.publicKey, message, signature)).toBe(false);
    }
    expect(asked).toBeGreaterThan(0);
  });
});

describe('a private key keeps its seed', () => {
  const seed = Uint8Array.from({ length: 32 }, (_, at) => at + 100);
  const key = privateKeyFromSeed(seed);
  const shows = (text: string) => text.includes(hex(seed)) || /100,\s*101,\s*102/.test(text) || text.includes('seed');

  test('when printed, serialised, spread or cloned', () => {
    expect(shows(inspect(key))).toBe(false);
    expect(shows(inspect({ key }, { showHidden: true, getters: true, depth: 9 }))).toBe(false);
    expect(shows(JSON.stringify(key))).toBe(false);
    expect(shows(Object.prototype.toString.call(key))).toBe(false);
    expect(Object.keys({ ...key })).toEqual(['scheme', 'publicKey']);
    expect('seed' in structuredClone(key)).toBe(false);
    expect(refusal(() => canonicalize({ key })).code).toBe('json.unsupported_type');
  });

  test('and hands out copies', () => {
    key.seed.fill(0);
    expect(key.seed).toEqual(seed);
    const given = Uint8Array.from(seed);
    const other = privateKeyFromSeed(given);
    given.fill(0);
    expect(other.seed).toEqual(seed);
  });

  test('no refusal repeats a secret in the wrong form', () => {
    const text = Buffer.from(seed).toString('base64');
    const pem = privateKeyToPem(key).replace('PRIVATE KEY-----\n', 'PRIVATE KEY-----\n ');
    for (const error of [
      refusal(() => privateKeyFromSeed(text as unknown as Uint8Array)),
      refusal(() => privateKeyFromPem(text)),
      refusal(() => privateKeyFromPem(pem)),
    ]) {
      expect(error.code).toBe('key.malformed');
      expect(inspect(error)).not.toContain(text.slice(0, 8));
      expect(inspect(error)).not.toContain('MC4CAQ');
    }
  });
});

describe('PEM and base64, strictly', () => {
  const key = privateKeyFromSeed(new Uint8Array(32).fill(5));
  const pem = publicKeyToPem(key.publicKey);
  const secret = privateKeyToPem(key);

  test('both ways, with and without the last newline', () => {
    expect(publicKeyFromPem(pem)).toEqual(key.publicKey);
    expect(publicKeyFromPem(pem.trimEnd())).toEqual(key.publicKey);
    expect(privateKeyFromPem(secret).seed).toEqual(key.seed);
    expect(publicKeyFromBase64(publicKeyToBase64(key.publicKey))).toEqual(key.publicKey);
  });

  test.each<[string, unknown]>([
    ['a private key', secret],
    ['two keys', pem + pem],
    ['text before', `# key\n${pem}`],
    ['text after', `${pem}x`],
    ['two newlines after', `${pem}\n`],
    ['CR LF', pem.replaceAll('\n', '\r\n')],
    ['a broken line', pem.replace('MCow', 'MC\now')],
    ['an empty body', '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n'],
    ['no end', pem.slice(0, 40)],
    ['another algorithm', generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' })],
    ['a longer key', generateKeyPairSync('ed448').publicKey.export({ type: 'spki', format: 'pem' })],
    ['nothing', undefined],
  ])('not a public key: %s', (_, text) => {
    expect(refused(() => publicKeyFromPem(text, '$.pem'))).toEqual(['key.malformed', '$.pem']);
  });

  test.each<[string, unknown]>([
    ['a public key', pem],
    ['another algorithm', generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' })],
    ['bytes', utf8(secret)],
  ])('not a private key: %s', (_, text) => {
    expect(refused(() => privateKeyFromPem(text))).toEqual(['key.malformed', '$']);
  });

  test('a PEM or base64 of a refused key is refused', () => {
    const low = Buffer.from(fromHexText(`302a300506032b6570032100${ORDER_8}`)).toString('base64');
    expect(refusal(() => publicKeyFromPem(`-----BEGIN PUBLIC KEY-----\n${low}\n-----END PUBLIC KEY-----\n`)).code).toBe(
      'key.low_order',
    );
    expect(refusal(() => publicKeyFromBase64(Buffer.from(fromHexText(ORDER_8)).toString('base64'))).code).toBe(
      'key.low_order',
    );
    expect(refusal(() => publicKeyFromBase64('AAAA')).code).toBe('key.malformed');
    expect(refusal(() => publicKeyFromBase64('AA')).code).toBe('base64.malformed');
  });
});
