import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  CANON_ERROR_CODES,
  canonicalize,
  checkDisclosure,
  commit,
  digestBytes,
  digestJson,
  eventIdOf,
  fromBase64,
  fromHex,
  type JsonObject,
  pae,
  parseDigest,
  publicKeyFromBase64,
  publicKeyFromPem,
  readCanonical,
  readDisclosure,
  readEnvelope,
  readJson,
  uuidFromDigest,
  verifyBytes,
  verifyChain,
  verifyEnvelope,
} from '../../core/canon/index.ts';
import { refusal } from '../core/canon/refusal.ts';

/** What the specification shows must be what the code does: each example is taken from the page and put to use. */
function page(name: string): {
  text: string;
  example: (label: string) => string;
  bytes: (label: string) => Uint8Array;
} {
  const text = readFileSync(join(import.meta.dirname, '../../docs/spec', name), 'utf8');
  const example = (label: string): string => {
    const found = [...text.matchAll(/^```[a-z]+ example=([a-z0-9-]+)\n([\s\S]*?)\n```$/gm)].filter(
      ([, l]) => l === label,
    );
    if (found.length !== 1) throw new Error(`${name} has ${found.length} examples labelled ${label}`);
    return found[0]?.[2] ?? '';
  };
  return { text, example, bytes: (label) => new TextEncoder().encode(example(label)) };
}

describe('canonical-json.md', () => {
  const { example, bytes } = page('canonical-json.md');

  test('the loose text means the canonical one, which is canonical', () => {
    expect(canonicalize(readJson(bytes('loose')))).toBe(example('canonical'));
    expect(readCanonical(bytes('canonical'))).toEqual(JSON.parse(example('loose')));
  });

  test('digest and UUID are of the bytes shown', () => {
    expect(digestBytes(bytes('canonical'))).toBe(example('digest'));
    expect(uuidFromDigest(parseDigest(example('digest')))).toBe(example('uuid'));
  });
});

// shows: R16
describe('event-chain.md', () => {
  const { text, example, bytes } = page('event-chain.md');
  const chain = readJson(bytes('chain')) as JsonObject[];

  test('the chain holds, and its first hash is of the bytes shown', () => {
    expect(verifyChain(chain)).toEqual([]);
    expect(`sha256:${createHash('sha256').update(bytes('hashed')).digest('hex')}`).toBe(chain[0]?.['integrity_hash']);
  });

  test('ids follow from the place of their events, by the bytes shown', () => {
    expect(uuidFromDigest(digestBytes(bytes('place')))).toBe(example('id'));
    expect(canonicalize(readCanonical(bytes('place')))).toBe(example('place'));
    const ids = chain.map(({ decision_id, previous_hash }, index) =>
      eventIdOf(String(decision_id), index + 1, previous_hash as 'GENESIS'),
    );
    expect(ids[0]).toBe(example('id'));
    expect(chain.map(({ event_id }) => event_id)).toEqual(ids);
  });

  const digestOf = (event: JsonObject | undefined) => parseDigest(event?.['integrity_hash']);
  const python = spawnSync('python3', ['--version']).status === 0;

  test.runIf(python)("the stranger's program agrees, and finds a change", () => {
    const run = (events: unknown) =>
      spawnSync('python3', ['-c', example('verify')], { input: JSON.stringify(events), encoding: 'utf8' });
    expect(run(chain)).toMatchObject({ status: 0, stdout: `${digestOf(chain.at(-1))}\n` });
    const changed = run(chain.with(0, { ...chain[0], actor_id: 'svc-other' }));
    expect(changed.status).toBe(1);
    expect(changed.stderr).toContain('event 1: hash');
    expect(run(chain.slice(1)).stderr).toContain('event 1: place');
  });

  test('every code of a chain is on the page', () => {
    const codes = CANON_ERROR_CODES.filter((code) => code.startsWith('chain.') && code !== 'chain.reserved_member');
    for (const code of codes) expect(text).toContain(`\`${code}\``);
  });
});

describe('envelope.md', () => {
  const { text, example, bytes } = page('envelope.md');
  const parsed = readEnvelope(readJson(bytes('envelope')));

  test('the envelope verifies under the key shown', () => {
    expect(verifyEnvelope(parsed, publicKeyFromBase64(example('key')))).toBeUndefined();
    expect(new TextDecoder().decode(parsed.payloadBytes)).toBe(example('payload'));
    expect(digestJson(parsed.envelope)).toBe(example('digest'));
  });

  test('the signed bytes begin as shown', () => {
    const signed = new TextDecoder().decode(pae(parsed.payloadType, parsed.payloadBytes));
    expect(text).toContain(`\`${signed.slice(0, signed.length - example('payload').length)}\``);
  });

  test('another implementation agrees', () => {
    const x = Buffer.from(fromBase64(example('key'))).toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    expect(verify(null, pae(parsed.payloadType, parsed.payloadBytes), key, parsed.signature)).toBe(true);
  });
});

describe('commitments.md', () => {
  const { example, bytes } = page('commitments.md');
  const disclosure = readDisclosure(readJson(bytes('disclosure')));

  test('the disclosure opens the commitment', () => {
    expect(checkDisclosure(parseDigest(example('commitment')), disclosure)).toBeUndefined();
    expect(commit(disclosure)).toBe(example('commitment'));
  });

  test('the commitment is of the bytes shown', () => {
    const preimage = `countersign/commit/v1\0${example('opened')}`;
    expect(`sha256:${createHash('sha256').update(preimage, 'utf8').digest('hex')}`).toBe(example('commitment'));
  });

  test("the envelope's page signs this commitment", () => {
    expect(page('envelope.md').example('payload')).toContain(example('commitment'));
  });
});

describe('keys.md', () => {
  const { text, example } = page('keys.md');
  const key = publicKeyFromPem(example('pem'));

  test('PEM, base64 and key id are one key', () => {
    expect(publicKeyFromBase64(example('base64'))).toEqual(key);
    expect(key.keyId).toBe(example('key-id'));
    const spki = createPublicKey(example('pem')).export({ type: 'spki', format: 'der' });
    expect(`sha256:${createHash('sha256').update(spki).digest('hex')}`).toBe(example('key-id'));
  });

  test('the signature is good over the text shown', () => {
    const message = 'Countersign example of a message';
    expect(text).toContain(`\`${message}\``);
    expect(verifyBytes(key, new TextEncoder().encode(message), fromBase64(example('signature')))).toBe(true);
  });

  test('all eight points of small order are listed, and refused', () => {
    const points = example('low-order').split('\n');
    expect(new Set(points).size).toBe(8);
    for (const point of points) expect(refusal(() => publicKeyFromHex(point)).code).toBe('key.low_order');
  });

  test('every code of a key is on the page', () => {
    for (const code of CANON_ERROR_CODES.filter((name) => name.startsWith('key.')))
      expect(text).toContain(`\`${code}\``);
  });

  function publicKeyFromHex(hex: string) {
    return publicKeyFromBase64(Buffer.from(fromHex(hex)).toString('base64'));
  }
});

test('every code that a page names exists', () => {
  const known: readonly string[] = CANON_ERROR_CODES;
  const areas = new Set(known.map((code) => code.split('.')[0]));
  for (const name of ['canonical-json.md', 'event-chain.md', 'envelope.md', 'commitments.md', 'keys.md']) {
    const named = [...page(name).text.matchAll(/`([a-z0-9]+)\.([a-z_0-9]+)`/g)].filter(([, area]) =>
      areas.has(area ?? ''),
    );
    for (const [, area, rest] of named) expect(known).toContain(`${area}.${rest}`);
  }
});
