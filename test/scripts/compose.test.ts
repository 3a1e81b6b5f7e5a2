import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../worker/config.ts';
import { interpolated, readCompose, secretTargets } from '../support/compose.ts';

/** docker-compose.yml, Dockerfile and .dockerignore, as far as that goes without a container engine. */

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const compose = readCompose();
const services = Object.entries(compose.services);
/** Stays up, unlike those that prepare something, and those that a person starts. */
const serving = services.filter(([, { restart }]) => restart === 'unless-stopped');

const isComposeFile = new Ajv2020({ strict: false }).compile(
  JSON.parse(read('test/vectors/compose/compose-spec.json')) as object,
);

describe('the Compose specification', () => {
  it('takes docker-compose.yml', () => {
    isComposeFile(compose);
    expect(isComposeFile.errors).toBeNull();
  });

  it.each([
    ['a member that there is not', { services: { worker: { image: 'x', helthcheck: {} } } }],
    [
      'a limit of another kind',
      { services: { worker: { image: 'x', deploy: { resources: { limits: { pids: [] } } } } } },
    ],
    ['a network that is none', { services: { worker: { image: 'x', networks: [7] } } }],
  ])('would not take %s', (_what, wrong) => {
    expect(isComposeFile(wrong)).toBe(false);
  });
});

describe('docker-compose.yml', () => {
  it('keeps up all that production needs', () => {
    expect(serving.map(([name]) => name).toSorted()).toEqual([
      'postgres',
      'temporal',
      'temporal-ui',
      'valkey',
      'worker',
    ]);
    for (const [name, { restart, profiles }] of services) {
      expect(restart !== undefined || profiles?.includes('tools'), name).toBe(true);
    }
  });

  it('asks everything that stays up for its health, and gives it time to end', () => {
    for (const [name, { healthcheck, stop_grace_period: grace }] of serving) {
      expect(healthcheck?.test.length, name).toBeGreaterThan(1);
      expect(grace, name).toMatch(/^\d+s$/);
    }
  });

  it('pins every image, by its whole version', () => {
    const floating = services.filter(([, { image = '' }]) => !/:\d+\.\d+(?:\.\d+)?(?:-[a-z]+)?$/.test(image));
    expect(floating).toEqual([]);
    const { version } = JSON.parse(read('package.json')) as { version: string };
    for (const [, { image = '' }] of services) {
      if (image.startsWith('countersign-')) expect(image).toBe(`countersign-worker:${version}`);
    }
  });

  it('contains every container', () => {
    for (const [name, service] of services) {
      expect(service, name).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        logging: { driver: 'local', options: { 'max-size': expect.any(String), 'max-file': expect.any(String) } },
        deploy: {
          resources: { limits: { cpus: expect.any(String), memory: expect.any(String), pids: expect.any(Number) } },
        },
      });
      expect(interpolated(service.user ?? 'root'), name).toMatch(/^[1-9]\d*:[1-9]\d*$/);
      expect(
        service.tmpfs?.some((path) => path.startsWith('/tmp:')),
        name,
      ).toBe(true);
    }
  });

  it('runs Valkey as the ledger demands it, below the limit at which it would be killed', () => {
    const { command = [], deploy } = compose.services['valkey'] ?? {};
    const flags = command.join(' ');
    for (const flag of [
      '--appendonly yes',
      '--appendfsync always',
      '--aof-load-truncated no',
      '--maxmemory-policy noeviction',
      '--aclfile /run/secrets/valkey_users',
    ]) {
      expect(flags).toContain(flag);
    }
    const gigabytes = (text = '') => Number(/(\d+)g/.exec(text)?.[1]);
    const memory = gigabytes(/--maxmemory (\S+)/.exec(flags)?.[1]);
    expect(memory).toBeGreaterThan(0);
    // A fork for rewriting the file may copy as much again as is changed meanwhile.
    expect(gigabytes(deploy?.resources.limits.memory)).toBeGreaterThanOrEqual(2 * memory);
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

  it('keeps data in volumes and secrets in files, all of them declared', () => {
    for (const [name, service] of services) {
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':');
        if (!source.startsWith('./deploy/')) expect(compose.volumes, name).toHaveProperty([source]);
      }
      for (const [source] of secretTargets(service)) expect(compose.secrets, name).toHaveProperty([source]);
      for (const [key, value] of Object.entries(service.environment ?? {})) {
        if (/PASSWORD|PWD|SECRET|REDIS_URL/.test(key)) expect(value, `${name}.${key}`).toMatch(/^\/run\/secrets\//);
      }
    }
    for (const name of ['postgres', 'valkey', 'worker']) expect(compose.services[name]?.volumes).not.toEqual([]);
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^deploy\/(secrets|house)\//);
    expect(read('.gitignore')).toContain('deploy/\n');
  });

  it('gives the worker everything its configuration demands', () => {
    const { environment = {} } = compose.services['worker'] ?? {};
    const { REDIS_URL_FILE, ...rest } = environment;
    expect(REDIS_URL_FILE).toBe('/run/secrets/redis_url');
    // The same variables, with the one file that exists here, are a whole configuration.
    const config = readConfig({ ...rest, REDIS_URL: 'redis://127.0.0.1:6379' });
    expect(config).toMatchObject({ keysDirectory: '/run/service-keys' });
    const grace = Number(/^\d+/.exec(compose.services['worker']?.stop_grace_period ?? '')?.[0]) * 1000;
    expect(config.shutdownGraceMs).toBeLessThan(grace);
  });

  it('opens ports on this machine only, and only where a network leads out', () => {
    const open = services.filter(([, { ports = [] }]) => ports.length > 0);
    expect(open.map(([name]) => name).toSorted()).toEqual(['temporal', 'temporal-ui']);
    const ports = open.flatMap(([, service]) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    const leadsOut = services.filter(([, { networks = [] }]) =>
      networks.some((name) => !compose.networks[name]?.internal),
    );
    expect(leadsOut).toEqual(open);
  });

  it('lets nobody reach a server who has no business with it', () => {
    const on = (network: string) =>
      services.filter(([, { networks = [] }]) => networks.includes(network)).map(([name]) => name);
    expect(on('database').toSorted()).toEqual(['postgres', 'temporal', 'temporal-schema']);
    expect(on('ledger').toSorted()).toEqual(['operator', 'valkey', 'worker']);
    for (const [name, { networks = [] }] of services) {
      expect(networks.length, name).toBeGreaterThan(0);
      for (const network of networks) expect(compose.networks, name).toHaveProperty([network]);
    }
  });
});

describe('the images', () => {
  const dockerfile = read('Dockerfile');

  it('are built where docker-compose.yml says, from pinned ones', () => {
    const stages = [...dockerfile.matchAll(/^FROM (\S+) AS (\w+)$/gm)].map(([, image = '', name = '']) => ({
      image,
      name,
    }));
    expect(stages.map(({ name }) => name)).toEqual(['build', 'verifier', 'worker']);
    expect(stages.filter(({ image }) => !/^node:\d+\.\d+\.\d+-bookworm-slim$/.test(image))).toEqual([]);
    expect(compose.services['worker']?.build?.target).toBe('worker');
    expect(dockerfile.match(/^USER node$/gm)).toHaveLength(2);
  });

  it('hold a verifier with nothing beside it but its licence', () => {
    const [, verifier = ''] = /^FROM \S+ AS verifier$([\s\S]*?)^FROM/m.exec(dockerfile) ?? [];
    const copied = [...verifier.matchAll(/^COPY --from=build (.+) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );
    expect(copied).toEqual(['/app/LICENSE', '/app/NOTICE', '/app/dist/verify.mjs']);
    expect(verifier).toMatch(/^ENTRYPOINT \["node", "\/verifier\/verify\.mjs"\]$/m);
  });

  it('are sent what is named, and of that nothing that could be a secret', () => {
    const [everything, ...named] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(everything).toBe('*');
    const allowed = named.map((line) => /^!(.+)$/.exec(line)?.[1] ?? '');
    for (const path of allowed) expect(existsSync(join(ROOT, path)), path).toBe(true);
    const never = ['.git', '.venv', '.countersign', 'deploy', 'demo-out', 'node_modules', 'dist', 'test', 'examples'];
    expect(never.filter((path) => allowed.includes(path))).toEqual([]);
    const keys = allowed.flatMap((path) =>
      readdirSync(join(ROOT, path.includes('.') || path === path.toUpperCase() ? '.' : path)).filter((name) =>
        /\.(?:pem|key)$/.test(name),
      ),
    );
    expect(keys).toEqual([]);
  });
});
