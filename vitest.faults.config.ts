import { defineConfig } from 'vitest/config';

/** What takes minutes: faults, abuse and upgrades, one file after the other so that each has the machine to itself. */
export default defineConfig({
  test: {
    testTimeout: 300_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
    include: ['test/faults/**/*.test.ts'],
    globalSetup: [
      'test/support/reliability-report.ts',
      'test/support/pglite-snapshot.ts',
      'test/support/postgres-server.ts',
    ],
  },
});
