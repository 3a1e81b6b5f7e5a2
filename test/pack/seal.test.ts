import { describe, expect, it } from 'vitest';
import { canonicalBytes, digestBytes, fromBase64, pae, readCanonical, verifyBytes } from '../../core/canon/index.ts';
import { OUTCOMES } from '../../core/domain/vocabulary.ts';
import { hasCode } from '../../core/errors.ts';
import {
  BUNDLE_MEDIA_TYPE,
  type Bundle,
  openStatement,
  predicateTypeOf,
  readBundle,
  sealedStatement,
  sealPack,
} from '../../pack/index.ts';
import { CANDIDATE } from '../documents/fixtures.ts';
import { denied, executed, SEAL_KEY } from '../verifier/fixture-pack.ts';

const core = executed().core();
const bytes = sealPack(core, SEAL_KEY);
const bundle = readCanonical(bytes) as unknown as Bundle;

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (hasCode(error)) return error.code;
    throw error;
  }
}

describe('the seal', () => {
  // shows: R100
  it('is a Sigstore bundle around a DSSE envelope around an in-toto statement about the candidate', () => {
    expect(Object.keys(bundle)).toEqual(['dsseEnvelope', 'mediaType', 'verificationMaterial']);
    expect(bundle.mediaType).toBe(BUNDLE_MEDIA_TYPE);
    expect(bundle.verificationMaterial).toEqual({ publicKey: { hint: SEAL_KEY.publicKey.keyId }, tlogEntries: [] });
    expect(bundle.dsseEnvelope.payloadType).toBe('application/vnd.in-toto+json');
    const statement = readCanonical(fromBase64(bundle.dsseEnvelope.payload));
    expect(statement).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'gateway-router@2.4.0', digest: { sha256: CANDIDATE.digest.slice('sha256:'.length) } }],
      predicateType: 'https://countersign.example/promotion-decision/v1',
    });
  });

  // shows: R100
  it('signs the pre-authentication encoding, with an empty key id, which DSSE libraries compare', () => {
    const { payloadType, payload, signatures } = bundle.dsseEnvelope;
    expect(signatures[0].keyid).toBe('');
    expect(verifyBytes(SEAL_KEY.publicKey, pae(payloadType, fromBase64(payload)), fromBase64(signatures[0].sig))).toBe(
      true,
    );
  });

  it('is the same each time, and the identity of the pack is the digest of its payload', () => {
    expect(sealPack(core, SEAL_KEY)).toEqual(bytes);
    expect(readBundle(bytes).digest).toBe(digestBytes(fromBase64(bundle.dsseEnvelope.payload)));
    expect(openStatement(readBundle(bytes).envelope.payload)).toEqual(JSON.parse(JSON.stringify(core)));
  });

  it('looks different for refusals (ruling 19)', () => {
    expect(OUTCOMES.filter((outcome) => predicateTypeOf(outcome).includes('promotion-decision'))).toEqual([
      'executed',
      'execution_failed',
      'unconfirmed',
    ]);
    expect(sealedStatement(denied().core()).predicateType).toBe('https://countersign.example/promotion-refusal/v1');
  });

  it.each<[string, string, unknown]>([
    [
      'a certificate',
      'pack.carries_trust',
      { ...bundle, verificationMaterial: { certificate: { rawBytes: '' }, tlogEntries: [] } },
    ],
    [
      'a raw key',
      'pack.carries_trust',
      { ...bundle, verificationMaterial: { publicKey: { hint: '', rawBytes: '' }, tlogEntries: [] } },
    ],
    ['another member', 'pack.shape', { ...bundle, note: '' }],
    ['another media type', 'pack.shape', { ...bundle, mediaType: 'application/json' }],
    [
      'two signatures',
      'pack.shape',
      {
        ...bundle,
        dsseEnvelope: {
          ...bundle.dsseEnvelope,
          signatures: [...bundle.dsseEnvelope.signatures, ...bundle.dsseEnvelope.signatures],
        },
      },
    ],
    [
      'a key id',
      'pack.shape',
      {
        ...bundle,
        dsseEnvelope: { ...bundle.dsseEnvelope, signatures: [{ ...bundle.dsseEnvelope.signatures[0], keyid: 'x' }] },
      },
    ],
    [
      'a hint that is no digest',
      'digest.malformed',
      { ...bundle, verificationMaterial: { publicKey: { hint: 'seal' }, tlogEntries: [] } },
    ],
    [
      'loose base64',
      'base64.malformed',
      { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload: `${bundle.dsseEnvelope.payload}\n` } },
    ],
    ['nothing', 'pack.shape', null],
  ])('is not read with %s', (_, code, value) => {
    expect(codeOf(() => readBundle(canonicalBytes(value)))).toBe(code);
  });

  it('is not read in another spelling', () => {
    expect(codeOf(() => readBundle(new TextEncoder().encode(JSON.stringify(bundle, null, 2))))).toBe(
      'json.not_canonical',
    );
  });

  it('refuses a first event that names no candidate', () => {
    const { candidate: _candidate, ...first } = core.events[0] as unknown as Record<string, unknown>;
    expect(codeOf(() => sealedStatement({ ...core, events: [first] } as never))).toBe('pack.statement');
  });
});
