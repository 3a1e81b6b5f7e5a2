import { randomBytes } from 'node:crypto';
import { type Digest, digestJson, type Envelope, type PrivateKey, readJson } from '../core/canon/index.ts';
import { instant, type Timestamp, timestamp } from '../core/domain/vocabulary.ts';
import { readStatement } from '../documents/statements.ts';
import { findTrustKey, type TrustIndex } from '../documents/trust-index.ts';
import { signFreeze } from '../founding/index.ts';
import { CliError } from './errors.ts';
import { readInput } from './files.ts';

/** @throws CliError `endorsement.foreign_key` where the trust file does not name the key for emergencies. */
export function emergencyHolder(trust: TrustIndex, key: PrivateKey, tenant: string): string {
  const found = findTrustKey(trust, 'emergency', key.publicKey.keyId, tenant);
  if (found !== undefined) return found.entry.holder;
  throw new CliError('endorsement.foreign_key', {
    message: 'the trust file does not name this key for emergencies, so its freeze would stop nothing',
    path: '--key',
    expected: 'an emergency key of the trust file',
    got: key.publicKey.keyId,
  });
}

export interface FreezeRequest {
  readonly incident: string;
  readonly hours: number;
  readonly environments: '*' | readonly string[];
  readonly actions: '*' | readonly string[];
}

/** @throws DocumentError `document.shape` where an environment, action or incident is none. */
export function freezeOf(
  { incident, hours, environments, actions }: FreezeRequest,
  by: { readonly holder: string; readonly key: PrivateKey },
  place: { readonly origin: string; readonly tenant: string; readonly at: Timestamp },
): { readonly envelope: Envelope; readonly digest: Digest; readonly until: Timestamp } {
  const until = timestamp(instant(place.at) + hours * 3_600_000);
  const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));
  // What is none of the environments is refused with the whole statement.
  const scope = { environments: environments as '*' | readonly 'production'[], actions };
  const envelope = signFreeze({ ...scope, incident, until }, by, place, random);
  return { envelope, digest: digestJson(envelope), until };
}

export function freezeText(envelope: Envelope): string {
  return `${JSON.stringify(envelope, null, 2)}\n`;
}

/** @throws CliError `file.unreadable`; CanonError, DocumentError as `readStatement`. */
export function readFreezeFile(path: string): Envelope {
  return readStatement(readJson(readInput(path)), 'freeze').parsed.envelope;
}

export interface ListedFreeze extends Omit<FreezeRequest, 'hours'> {
  readonly freeze: string;
  readonly signer: string;
  readonly until: Timestamp;
  readonly lifted: boolean;
}

/** What a freeze lies over, for people. */
export function scopeText({ environments, actions }: Pick<FreezeRequest, 'environments' | 'actions'>): string {
  const where = environments === '*' ? 'every environment' : environments.join(', ');
  const what = actions === '*' ? 'every action' : actions.join(', ');
  return `${where}; ${what}`;
}

export function freezeLine({ freeze, incident, environments, actions, signer, until, lifted }: ListedFreeze): string {
  return `${incident}  ${scopeText({ environments, actions })}; until ${until}, by ${signer}${lifted ? ' (lifted)' : ''}\n  ${freeze}`;
}
