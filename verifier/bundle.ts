import { type Digest, type JsonValue, readJson, type ParsedEnvelope, verifyEnvelope } from '../core/canon/index.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import { hasCode } from '../core/errors.ts';
import type { TrustFile } from '../documents/index.ts';
import { isInForce } from '../documents/window.ts';
import { memberOf, openStatement, PACK_MAX_BYTES, type PackCore, readBundle, readCore } from '../pack/index.ts';
import type { Findings, VerifierCode } from './findings.ts';
import { isTimestamp, textIn } from './shapes.ts';

export interface OpenedBundle {
  /** NOT VERIFIED beyond what the findings say: where the seal broke, this is only what is left to look at. */
  readonly core: PackCore;
  /** The pack's identity; null where the bundle had no canonical payload. */
  readonly digest: Digest | null;
  /** The seal verified under a key that the trust file names for sealing. */
  readonly sealed: boolean;
}

/**
 * Bundle bytes, then the seal, then the core's outline. Where one fails, what can still be parsed is handed on, so
 * that the report can say which event was touched, and not only that something was.
 */
export function openBundle(bytes: Uint8Array, trust: TrustFile, findings: Findings): OpenedBundle | null {
  let envelope: ParsedEnvelope;
  let digest: Digest;
  try {
    ({ envelope, digest } = readBundle(bytes));
  } catch (error) {
    findings.refused(isCarried(error) ? 'pack.carries_trust' : 'bundle.unreadable', error);
    return salvage(bytes, findings);
  }
  const verified = verifySeal(envelope, trust, findings);
  const core = openCore(envelope.payload, findings);
  if (core === null) return null;
  const sealed = verified && sealInForce(envelope, trust, core, findings);
  return { core, digest, sealed };
}

/** The key comes from the trust file, selected by the hint; the pack has no say in what it is. */
function verifySeal(envelope: ParsedEnvelope, { keys }: TrustFile, findings: Findings): boolean {
  const named = keys.get(envelope.keyId);
  if (named === undefined || named.entry.use !== 'seal') {
    findings.add('signer.seal', {
      path: '$.verificationMaterial.publicKey.hint',
      expected: 'a seal key of the trust file',
      got: envelope.keyId,
    });
    return false;
  }
  try {
    verifyEnvelope(envelope, named.key, '$.dsseEnvelope');
    return true;
  } catch (error) {
    findings.refused('seal.signature', error);
    return false;
  }
}

/**
 * The time of the seal is the sealer's word. A retired key must not seal what happened later by giving an earlier time:
 * so that time is held against the chain, and the key was in force when the chain ended too.
 */
function sealInForce(envelope: ParsedEnvelope, { keys }: TrustFile, core: PackCore, findings: Findings): boolean {
  const entry = keys.get(envelope.keyId)?.entry;
  if (entry === undefined) return false;
  const { exported_at } = core.export;
  const forTenant = entry.tenant === null || entry.tenant === core.tenant;
  const last = textIn(core.events.at(-1), 'timestamp');
  // An event without a time of the one spelling has a finding of its own.
  const ended = isTimestamp(last) ? last : null;
  if (ended !== null && exported_at < ended)
    findings.add('pack.outline', { path: '$.export.exported_at', expected: `not before ${ended}`, got: exported_at });
  const times = ended === null ? [exported_at] : [exported_at, ended];
  if (forTenant && times.every((at) => isInForce(entry, at as Timestamp))) return true;
  findings.add('signer.seal', {
    path: '$.export.exported_at',
    expected: `a seal key for ${core.tenant} in force then and at the last event (${entry.valid_from} to ${entry.valid_until ?? 'no end'})`,
    got: times.join(', last event '),
  });
  return false;
}

function openCore(payload: JsonValue, findings: Findings): PackCore | null {
  try {
    return openStatement(payload);
  } catch (error) {
    if (!hasCode(error)) throw error;
    const code: VerifierCode = error.code === 'pack.statement' ? 'pack.statement' : 'pack.shape';
    findings.refused(code, error);
    return outlineOf(memberOf(payload, 'predicate'));
  }
}

/** Lenient on purpose: every way in here has already left an error behind. */
function salvage(bytes: Uint8Array, findings: Findings): OpenedBundle | null {
  const text = new TextDecoder().decode(bytes);
  const payload = /"payload"\s*:\s*"([^"]*)/.exec(text)?.[1];
  if (payload === undefined) return null;
  try {
    const value = readJson(sloppyBase64(payload), { maxBytes: PACK_MAX_BYTES, path: '$.dsseEnvelope.payload' });
    const core = outlineOf(memberOf(value, 'predicate'));
    return core && { core, digest: null, sealed: false };
  } catch (error) {
    if (!hasCode(error)) throw error;
    // The reader says how far it came: into which event, and which of its members.
    const [, index] = /\.events\[(\d+)\]/.exec(error.path) ?? [];
    const place = index === undefined ? undefined : ({ chain: 'events', index: Number(index), event: null } as const);
    const below = error.path.replace(/^.*\.events\[\d+\]/, '$');
    findings.refused('bundle.unreadable', error, place, place && below);
    return null;
  }
}

function outlineOf(value: unknown): PackCore | null {
  try {
    return readCore(value);
  } catch (error) {
    if (!hasCode(error)) throw error;
    return null;
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** One byte in, for one spoilt character: the bytes around it stay where they were. */
function sloppyBase64(text: string): Uint8Array {
  const body = text.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((body.length * 6) / 8));
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (const character of body) {
    buffer = ((buffer << 6) | Math.max(0, ALPHABET.indexOf(character))) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = (buffer >> bits) & 0xff;
    at += 1;
  }
  return bytes;
}

function isCarried(error: unknown): boolean {
  return hasCode(error, 'pack.carries_trust');
}
