import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalize, privateKeyToPem, publicKeyFromBase64, publicKeyToPem } from '../core/canon/index.ts';
import { WORKLOADS } from '../examples/people.ts';
import type { House } from '../founding/index.ts';
import { expectPresent } from './expect.ts';

/** Who is given which files: the reader, the service, the people, the executors. */

/** `trust.json`, and beside it every public key that it names, as PEM. */
export function writeTrust(folder: string, house: House): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'trust.json'), house.trustFile);
  for (const { pem, public_key } of house.trust.keys) {
    if (pem !== null) writeFileSync(join(folder, pem), publicKeyToPem(publicKeyFromBase64(public_key)));
  }
}

/** What the worker is given: the keys of the service, which cannot approve anything. */
export function writeService(folder: string, house: House, redisUrl: string): void {
  const keys = join(folder, 'keys');
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  writeTrust(folder, house);
  writeSecret(join(folder, 'redis.url'), redisUrl);
  writeSecret(join(keys, 'mac.key'), house.macKey);
  for (const use of ['permit', 'acknowledgement', 'seal'] as const) {
    const [key] = house.holderKeys.get(use)?.values() ?? [];
    writeSecret(join(keys, `${use}.pem`), privateKeyToPem(expectPresent(`a ${use} key`, key)));
  }
}

interface Members {
  readonly house: House;
  readonly origin: string;
  readonly tenant: string;
  readonly temporal: { readonly address: string; readonly namespace: string };
}

/**
 * One folder each: configuration, trust file, keys. An executor has its own key and no other; only operations may look
 * into the ledger and at the service's keys, and can sign nothing; the emergency key lies on a desk of its own.
 */
export function writeDesks(work: string, { house, origin, tenant, temporal }: Members): ReadonlyMap<string, string> {
  const workloads = Object.values(WORKLOADS) as string[];
  const people = [...house.actorKeys.keys()].filter((actor) => !workloads.includes(actor));
  const holders: [string, readonly string[]][] = [
    ['people', people],
    ['operations', []],
    ['emergency', []],
    ...workloads.map((id): [string, string[]] => [id, [id]]),
  ];
  return new Map(
    holders.map(([name, actors]) => {
      const folder = join(work, 'desks', name);
      mkdirSync(join(folder, 'keys'), { recursive: true, mode: 0o700 });
      for (const actor of actors) {
        const key = expectPresent(`a key for ${actor}`, house.actorKeys.get(actor));
        writeSecret(join(folder, 'keys', `${actor}.pem`), privateKeyToPem(key));
        const glass = house.breakglassKeys.get(actor);
        if (glass !== undefined) writeSecret(join(folder, 'keys', `${actor}.breakglass.pem`), privateKeyToPem(glass));
      }
      if (name === 'emergency') {
        const [key] = house.holderKeys.get('emergency')?.values() ?? [];
        writeSecret(join(folder, 'keys', 'emergency.pem'), privateKeyToPem(expectPresent('an emergency key', key)));
      }
      writeTrust(join(folder, 'trust'), house);
      const config = {
        origin,
        tenant,
        trust: 'trust/trust.json',
        store: join(work, 'service', 'store'),
        disclosures: join(work, 'service', 'disclosures'),
        keys: 'keys',
        temporal,
        ...(name === 'operations'
          ? { redis: { url_file: join(work, 'service', 'redis.url') }, service_keys: join(work, 'service', 'keys') }
          : {}),
      };
      const path = join(folder, 'countersign.json');
      writeFileSync(path, canonicalize(config));
      return [name, path];
    }),
  );
}

function writeSecret(path: string, content: string | Uint8Array): void {
  writeFileSync(path, content, { mode: 0o600 });
  chmodSync(path, 0o600);
}
