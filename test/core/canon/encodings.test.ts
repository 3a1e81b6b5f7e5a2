import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  digestBytes,
  digestHex,
  digestJson,
  fromBase64,
  fromHex,
  isDigest,
  parseDigest,
  toBase64,
  toHex,
  uuidFromDigest,
} from '../../../core/canon/index.ts';
import { refused, utf8 } from './refusal.ts';

describe('digest', () => {
  test('FIPS 180-4: SHA-256 of nothing and of abc', () => {
    expect(digestBytes(utf8(''))).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(digestBytes(utf8('abc'))).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test('agrees with another implementation', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(digestHex(digestBytes(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'));
      }),
    );
  });

  test('digestJson hashes the canonical bytes', () => {
    expect(digestJson({ b: 1, a: 2 })).toBe(digestBytes(utf8('{"a":2,"b":1}')));
  });

  const hex = 'a'.repeat(64);
  // shows: R2
  test.each([
    ['upper case', `sha256:${'A'.repeat(64)}`],
    ['short', `sha256:${'a'.repeat(63)}`],
    ['long', `sha256:${'a'.repeat(65)}`],
    ['another algorithm', `sha512:${hex}`],
    ['no algorithm', hex],
    ['upper-case algorithm', `SHA256:${hex}`],
    ['a newline after it', `sha256:${hex}\n`],
    ['space before it', ` sha256:${hex}`],
    ['not hexadecimal', `sha256:${'g'.repeat(64)}`],
    ['a number', 1],
    ['an object that pretends', { toString: () => `sha256:${hex}` }],
    ['nothing', undefined],
  ])('refused: %s', (_, value) => {
    expect(isDigest(value)).toBe(false);
    expect(refused(() => parseDigest(value, '$.policy'))).toEqual(['digest.malformed', '$.policy']);
  });

  test('accepted', () => {
    expect(parseDigest(`sha256:${hex}`)).toBe(`sha256:${hex}`);
    expect(digestHex(parseDigest(`sha256:${hex}`))).toBe(hex);
  });
});

describe('base64', () => {
  // RFC 4648 section 10.
  test.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('RFC 4648: %s', (text, encoded) => {
    expect(toBase64(utf8(text))).toBe(encoded);
    expect(fromBase64(encoded)).toEqual(utf8(text));
  });

  test('agrees with another implementation, both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
      }),
    );
  });

  test.each([
    ['bits beyond the byte', 'Zh=='],
    ['bits beyond two bytes', 'Zm9='],
    ['no padding', 'Zg'],
    ['half of the padding', 'Zg='],
    ['padding where none belongs', 'Zm9v===='],
    ['padding alone', '===='],
    ['three paddings', 'Z==='],
    ['padding within', 'Zg==Zg=='],
    ['a letter between paddings', 'Zg=g'],
    ['URL alphabet: -', '-_8='],
    ['a newline after it', 'Zm9v\n'],
    ['a newline within', 'Zm9\nYg=='],
    ['space', ' Zm9vYg='],
    ['a character above ASCII', 'Zm9é'],
    ['a character whose low byte is in the alphabet', 'Zm9\u0141'],
    ['bytes instead of text', utf8('Zm9v')],
    ['nothing', undefined],
  ])('refused: %s', (_, text) => {
    expect(refused(() => fromBase64(text, '$.sig'))).toEqual(['base64.malformed', '$.sig']);
  });

  test('malleability: no text but the encoded one has these bytes', () => {
    const character = fc.constantFrom(...'ABab01+/=-_ \n'.split(''));
    fc.assert(
      fc.property(fc.array(character, { maxLength: 12 }), (characters) => {
        const text = characters.join('');
        let bytes: Uint8Array;
        try {
          bytes = fromBase64(text);
        } catch {
          return;
        }
        expect(toBase64(bytes)).toBe(text);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('hex', () => {
  test('both ways', () => {
    expect(toHex(Uint8Array.of(0, 171, 255))).toBe('00abff');
    expect(fromHex('00abff')).toEqual(Uint8Array.of(0, 171, 255));
    expect(fromHex('')).toEqual(new Uint8Array());
  });

  test.each(['AB', 'abc', '0x00', 'zz', 'ab\n', 1])('refused: %s', (text) => {
    expect(refused(() => fromHex(text, '$.h'))).toEqual(['hex.malformed', '$.h']);
  });
});

describe('uuidFromDigest', () => {
  test('RFC 9562 section 5.8: version 8, variant 10, the other bits from the digest', () => {
    expect(uuidFromDigest(parseDigest(`sha256:${'0123456789abcdef'.repeat(4)}`))).toBe(
      '01234567-89ab-8def-8123-456789abcdef',
    );
    expect(uuidFromDigest(parseDigest(`sha256:${'f'.repeat(64)}`))).toBe('ffffffff-ffff-8fff-bfff-ffffffffffff');
    expect(uuidFromDigest(parseDigest(`sha256:${'0'.repeat(64)}`))).toBe('00000000-0000-8000-8000-000000000000');
  });

  test('always well-formed', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(uuidFromDigest(digestBytes(bytes))).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
      }),
    );
  });
});
