import { defineConfig } from 'vitest/config';

const servers = './test/servers-setup.ts';

/**
 * Projects by suffix: `*.test.ts` is pure and takes seconds, `*.int.test.ts` talks to a real Temporal and
 * a real Valkey, `*.e2e.test.ts` runs whole processes. They run one group after the other; the numbers of
 * workers suit two cores.
 */
export default defineConfig({
  test: {
    teardownTimeout: 30_000,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['**/*.int.test.ts', '**/*.e2e.test.ts'],
          pool: 'threads',
          maxWorkers: 2,
          testTimeout: 20_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'int',
          include: ['test/**/*.int.test.ts'],
          globalSetup: [servers],
          // Processes, since the Temporal SDK's native part and signal handlers do not share one.
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/**/*.e2e.test.ts'],
          globalSetup: [servers],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
