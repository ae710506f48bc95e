import { defineConfig } from 'vitest/config';

/** Everything runs on the embedded database; storage and delivery run on a real PostgreSQL server as well. */
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
          exclude: ['test/**/*.postgres.test.ts'],
          globalSetup: ['test/support/pglite-snapshot.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: ['test/{storage,delivery}/**/*.test.ts'],
          // These know no database.
          exclude: ['test/delivery/{sender,address-guard}.test.ts', 'test/storage/data-directory.test.ts'],
          globalSetup: ['test/support/postgres-server.ts'],
        },
      },
    ],
  },
});
