import { defineConfig } from 'vitest/config';

/**
 * Storage and delivery run on both databases. The API and the dashboard run on a real PostgreSQL server, where they are
 * twice as fast, and the whole service, its command line and its clients on the embedded one. What takes minutes is in test/faults, with a
 * configuration of its own.
 */
export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'pglite',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.postgres.test.ts', 'test/{api,dashboard}/**', 'test/{faults,soak}/**'],
          globalSetup: ['test/support/pglite-snapshot.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: ['test/{storage,delivery,api}/**/*.test.ts'],
          // These know no server.
          exclude: [
            'test/delivery/{sender,address-guard,name-lookup}.test.ts',
            'test/storage/{data-directory,embedded-engine,fair-queue,pglite-engines}.test.ts',
          ],
          globalSetup: ['test/support/postgres-server.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'dashboard',
          include: ['test/dashboard/**/*.test.ts'],
          globalSetup: ['test/support/postgres-server.ts'],
        },
      },
    ],
  },
});
