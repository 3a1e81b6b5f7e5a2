import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../worker/config.ts';

const ROOT = join(import.meta.dirname, '..', '..');

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly restart?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly secrets?: readonly (string | { readonly source: string; readonly target: string })[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { uniqueKeys: true }) as {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, null>;
};
const services = Object.entries(compose.services);

describe('docker-compose.yml', () => {
  it('names all that production needs', () => {
    const needed = ['postgres', 'temporal', 'temporal-ui', 'valkey', 'worker'];
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(needed));
  });

  it('pins every image that is not built here', () => {
    const floating = services.filter(([, { image, build }]) => build === undefined && !/:\d+\.\d+/.test(image ?? ''));
    expect(floating).toEqual([]);
  });

  it('runs Valkey as the ledger demands it', () => {
    const flags = (compose.services['valkey']?.command ?? []).join(' ');
    for (const flag of [
      '--appendonly yes',
      '--appendfsync always',
      '--aof-load-truncated no',
      '--maxmemory-policy noeviction',
      '--aclfile /run/secrets/valkey_users',
    ]) {
      expect(flags).toContain(flag);
    }
  });

  it('waits for what is waited for only through a health check or a completed run', () => {
    for (const [name, { depends_on: dependencies = {} }] of services) {
      for (const [other, { condition }] of Object.entries(dependencies)) {
        const target = compose.services[other];
        expect(target, `${name} -> ${other}`).toBeDefined();
        if (condition === 'service_healthy') expect(target?.healthcheck, `${name} -> ${other}`).toBeDefined();
        else expect(condition, `${name} -> ${other}`).toBe('service_completed_successfully');
      }
    }
  });

  it('keeps data in named volumes and secrets in files, both declared', () => {
    for (const [name, { volumes = [], secrets = [], environment = {} }] of services) {
      for (const volume of volumes) expect(compose.volumes, name).toHaveProperty([volume.split(':')[0] ?? '']);
      for (const secret of secrets) {
        expect(compose.secrets, name).toHaveProperty([typeof secret === 'string' ? secret : secret.source]);
      }
      for (const [key, value] of Object.entries(environment)) {
        if (/PASSWORD|PWD|SECRET|REDIS_URL/.test(key)) expect(value, `${name}.${key}`).toMatch(/^\/run\/secrets\//);
      }
    }
    for (const name of ['postgres', 'valkey', 'worker']) expect(compose.services[name]?.volumes).not.toEqual([]);
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^deploy\/(secrets|house)\//);
    expect(readFileSync(join(ROOT, '.gitignore'), 'utf8')).toContain('deploy/\n');
  });

  it('gives the worker everything its configuration demands', () => {
    const { environment = {} } = compose.services['worker'] ?? {};
    const { REDIS_URL_FILE, ...rest } = environment;
    expect(REDIS_URL_FILE).toBe('/run/secrets/redis_url');
    // The same variables, with the one file that exists here, are a whole configuration.
    expect(readConfig({ ...rest, REDIS_URL: 'redis://127.0.0.1:6379' })).toMatchObject({
      keysDirectory: '/run/service-keys',
    });
  });

  it('opens ports on this machine only', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });
});
