import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { bundleModules } from './bundle-modules.ts';
import { ROOMS, roomOf } from './rooms.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('the workflow bundle', () => {
  it('holds the modules of the checked-in list, and no other', async () => {
    const modules = await bundleModules(join(ROOT, 'workflows', 'index.ts'), ROOT);

    const rooms = ['workflows', ...(ROOMS['workflows']?.rooms ?? [])];
    const strangers = modules.own.filter((path) => !rooms.includes(roomOf(path) ?? ''));
    expect(strangers, 'modules of rooms that a workflow may not know').toEqual([]);
    const keeping = modules.own.filter((path) => ROOMS[roomOf(path) ?? '']?.keepsNothing !== true);
    expect(keeping, 'modules that all decisions of a worker would share, of rooms that may keep something').toEqual([]);
    // A new module is a decision: read the difference, then `vitest run --project int test/architecture --update`.
    await expect(`${JSON.stringify(modules, null, 2)}\n`).toMatchFileSnapshot('./workflow-bundle.json');
  });

  it('would show an effect that came in behind a type-only import', async () => {
    const fixture = 'test/architecture/fixtures/leaky-workflow';
    const { own, packages } = await bundleModules(join(ROOT, fixture, 'index.ts'), ROOT);
    expect(own).toEqual(['core/errors.ts', `${fixture}/effect.ts`, `${fixture}/index.ts`]);
    expect(packages).toContain('@noble/hashes');
    expect(packages).toContain('@temporalio/workflow');
    expect(packages).not.toContain('ioredis');
  });
});
