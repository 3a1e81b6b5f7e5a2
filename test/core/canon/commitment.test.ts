import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkDisclosure, commit, type Disclosure, readDisclosure, toBase64 } from '../../../core/canon/index.ts';
import { refusal, refused } from './refusal.ts';

const salt = toBase64(new Uint8Array(32).fill(9));
const disclosure: Disclosure = { salt, path: '$.rationale', value: 'Looks good' };
const commitment = commit(disclosure);

describe('commit', () => {
  test('is the hash that ruling 15 writes down', () => {
    const preimage = `countersign/commit/v1\0["${salt}","$.rationale","Looks good"]`;
    expect(commitment).toBe(`sha256:${createHash('sha256').update(preimage, 'utf8').digest('hex')}`);
  });

  test('empty text is committed to as well, and as something else than null', () => {
    expect(commit({ salt, path: '$.a', value: '' })).not.toBe(commit({ salt, path: '$.a', value: null }));
  });

  test.each([
    ['16 bytes', toBase64(new Uint8Array(16))],
    ['33 bytes', toBase64(new Uint8Array(33))],
    ['nothing', ''],
    ['no padding', salt.replace('=', '')],
    ['spare bits set', `${salt.slice(0, -2)}l=`],
    ['URL alphabet', toBase64(new Uint8Array(32).fill(255)).replaceAll('/', '_')],
    ['no string', 1 as unknown as string],
  ])('a salt is refused: %s', (_, bad) => {
    expect(refused(() => commit({ ...disclosure, salt: bad }))).toEqual(['commitment.salt', '$.salt']);
  });

  test('a refusal does not repeat the salt', () => {
    expect(refusal(() => commit({ ...disclosure, salt: `${salt}AAAA` })).message).not.toContain(salt.slice(0, 8));
  });

  test('a path is refused, a value is refused', () => {
    expect(refused(() => commit({ ...disclosure, path: '' }))).toEqual(['commitment.malformed', '$.path']);
    expect(refusal(() => commit({ ...disclosure, value: -0 })).code).toBe('json.negative_zero');
    expect(refusal(() => commit({ ...disclosure, value: undefined as unknown as string })).code).toBe('json.undefined');
  });
});

// shows: R101
describe('checkDisclosure', () => {
  test('what was committed to is accepted', () => {
    expect(checkDisclosure(commitment, readDisclosure(JSON.parse(JSON.stringify(disclosure))))).toBeUndefined();
  });

  test.each<[string, Partial<Disclosure>]>([
    ['another text', { value: 'Looks bad' }],
    ['another type of the same text', { value: ['Looks good'] }],
    ['moved to another field', { path: '$.conditions' }],
    ['another salt', { salt: toBase64(new Uint8Array(32).fill(8)) }],
  ])('refused: %s', (_, change) => {
    expect(refusal(() => checkDisclosure(commitment, { ...disclosure, ...change })).code).toBe('commitment.mismatch');
  });
});

describe('readDisclosure', () => {
  test.each<[string, unknown, string, string]>([
    ['nothing', undefined, 'commitment.malformed', '$.d'],
    ['an array', [salt, '$.rationale', 'x'], 'commitment.malformed', '$.d'],
    ['a foreign member', { ...disclosure, note: 1 }, 'commitment.malformed', '$.d'],
    ['no value', { salt, path: '$.rationale' }, 'commitment.malformed', '$.d'],
    ['a path that is no string', { ...disclosure, path: 1 }, 'commitment.malformed', '$.d.path'],
    ['a salt of another length', { ...disclosure, salt: 'AAAA' }, 'commitment.salt', '$.d.salt'],
  ])('refused: %s', (_, value, code, path) => {
    expect(refused(() => readDisclosure(value, '$.d'))).toEqual([code, path]);
  });
});
