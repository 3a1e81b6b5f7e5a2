import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { LedgerError } from './errors.ts';

/**
 * The workers' sealing keys: the first seals, every one verifies, so that a key can be rotated by putting the new one
 * in front. At least 32 bytes each (RFC 2104, section 3: shorter than the hash output weakens the MAC).
 */
export type SealingKeys = readonly Uint8Array[];

const MINIMUM_KEY_BYTES = 32;
const BATCH_DOMAIN = 'countersign/ledger/batch/v1';
const STUB_DOMAIN = 'countersign/ledger/stub/v1';
const BINDING_DOMAIN = 'countersign/ledger/binding/v1';

export interface Sealer {
  sealBatch(batch: BatchToSeal): string;
  isBatchSealed(batch: BatchToSeal, seal: string): boolean;
  sealBinding(registry: string, key: string, value: string): string;
  isBindingSealed(registry: string, key: string, value: string, seal: string): boolean;
  sealStub(stub: StubToSeal): string;
  isStubSealed(stub: StubToSeal, seal: string): boolean;
}

export interface BatchToSeal {
  readonly decisionId: string;
  readonly commandId: string;
  readonly firstSequence: number;
  /** Canonical bytes of each event, in order. */
  readonly events: readonly Uint8Array[];
}

export interface StubToSeal {
  readonly decisionId: string;
  readonly document: string;
  readonly sequence: number;
  readonly hash: string;
}

/** The keys are copied, and kept out of reach of whoever prints the sealer. */
export function createSealer(keys: SealingKeys): Sealer {
  const [sealingKey, ...olderKeys] = keys.map((key) => createSecretKey(requireKey(key)));
  if (sealingKey === undefined) {
    throw new LedgerError('ledger.configuration', {
      message: 'the ledger needs a sealing key',
      path: '$.macKeys',
      expected: 'at least one key',
      got: 'none',
    });
  }
  const sealed = (parts: readonly Uint8Array[], seal: string): boolean =>
    [sealingKey, ...olderKeys].map((key) => equal(mac(key, parts), seal)).includes(true);
  return {
    sealBatch: (batch) => mac(sealingKey, batchParts(batch)),
    isBatchSealed: (batch, seal) => sealed(batchParts(batch), seal),
    sealBinding: (registry, key, value) => mac(sealingKey, bindingParts(registry, key, value)),
    isBindingSealed: (registry, key, value, seal) => sealed(bindingParts(registry, key, value), seal),
    sealStub: (stub) => mac(sealingKey, stubParts(stub)),
    isStubSealed: (stub, seal) => sealed(stubParts(stub), seal),
  };
}

function batchParts({ decisionId, commandId, firstSequence, events }: BatchToSeal): Uint8Array[] {
  return [...[BATCH_DOMAIN, decisionId, commandId, String(firstSequence)].map(utf8), ...events];
}

function stubParts({ decisionId, document, sequence, hash }: StubToSeal): Uint8Array[] {
  return [STUB_DOMAIN, decisionId, document, String(sequence), hash].map(utf8);
}

function bindingParts(registry: string, key: string, value: string): Uint8Array[] {
  return [BINDING_DOMAIN, registry, key, value].map(utf8);
}

/** Each part goes in behind its length (4 bytes, big-endian): no two lists of parts share one input. */
function mac(key: KeyObject, parts: readonly Uint8Array[]): string {
  const hmac = createHmac('sha256', key);
  const length = Buffer.alloc(4);
  for (const part of parts) {
    length.writeUInt32BE(part.length);
    hmac.update(length).update(part);
  }
  return hmac.digest('hex');
}

function equal(expected: string, got: string): boolean {
  const left = Buffer.from(expected, 'latin1');
  const right = Buffer.from(got, 'latin1');
  return left.length === right.length && timingSafeEqual(left, right);
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

function requireKey(key: Uint8Array): Uint8Array {
  if (key instanceof Uint8Array && key.length >= MINIMUM_KEY_BYTES) return key;
  throw new LedgerError('ledger.configuration', {
    message: 'this sealing key is too short to be one',
    path: '$.macKeys',
    expected: `a Uint8Array of at least ${MINIMUM_KEY_BYTES} bytes`,
    got: key instanceof Uint8Array ? `${key.length} bytes` : typeof key,
  });
}
