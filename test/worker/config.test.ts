import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSealingKeys } from '../../ledger/index.ts';
import { readConfig } from '../../worker/config.ts';

const environment = {
  COUNTERSIGN_TENANT: 'acme',
  COUNTERSIGN_TRUST: 'trust.json',
  COUNTERSIGN_STORE: 'store',
  COUNTERSIGN_KEYS: 'keys',
  REDIS_URL: 'redis://127.0.0.1:6379',
};

describe('the health address', () => {
  it('is none unless set', () => {
    expect(readConfig(environment)).toMatchObject({ healthAddress: undefined, temporalMetricsAddress: undefined });
  });

  it.each([
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
    ['[::1]:9464', { host: '::1', port: 9464 }],
    ['localhost:1', { host: 'localhost', port: 1 }],
  ])('%s', (text, healthAddress) => {
    expect(readConfig({ ...environment, COUNTERSIGN_HEALTH_ADDRESS: text })).toMatchObject({ healthAddress });
  });

  it.each(['9464', ':9464', '127.0.0.1', '127.0.0.1:65536', 'http://127.0.0.1:9464', '::1:9464'])(
    '%s is none',
    (text) => {
      for (const name of ['COUNTERSIGN_HEALTH_ADDRESS', 'COUNTERSIGN_TEMPORAL_METRICS_ADDRESS']) {
        expect(() => readConfig({ ...environment, [name]: text })).toThrow(
          expect.objectContaining({ code: 'worker.configuration', message: expect.stringContaining(name) }),
        );
      }
    },
  );
});

describe('sealing keys of a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('begin with mac.key, and hold no other file', () => {
    const files = {
      'mac-2025.key': 1,
      'mac.key': 2,
      'mac-2024.key': 3,
      'mac-.key': 4,
      'seal.pem': 5,
      'mac-x.key.bak': 6,
    };
    for (const [name, fill] of Object.entries(files)) writeFileSync(join(folder, name), new Uint8Array(32).fill(fill));
    expect(readSealingKeys(folder).map(([first]) => first)).toEqual([2, 3, 1]);
  });

  it('are none without mac.key', () => {
    writeFileSync(join(folder, 'mac-2025.key'), new Uint8Array(32));
    expect(() => readSealingKeys(folder)).toThrow(
      expect.objectContaining({ code: 'ledger.configuration', path: join(folder, 'mac.key'), got: 'ENOENT' }),
    );
  });
});
