import { defineConfig } from 'vitest/config';

/**
 * Storage and delivery run on both databases. The API runs on a real PostgreSQL server, where it is twice as fast, and
 * the whole service, its command line, its clients and its faults on the embedded one.
 */
const longTests = ['test/faults/**', 'test/service/rolling-upgrade*'];
/** What takes minutes can be left out where another Node has run it: .ci/run does so, and says so. */
const leftOut = process.env['LONG_TESTS'] === 'no' ? longTests : [];

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
          exclude: ['test/**/*.postgres.test.ts', 'test/api/**', ...leftOut],
          globalSetup: ['test/support/pglite-snapshot.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: ['test/{storage,delivery,api}/**/*.test.ts'],
          // These know no database.
          exclude: ['test/delivery/{sender,address-guard}.test.ts', 'test/storage/data-directory.test.ts'],
          globalSetup: ['test/support/postgres-server.ts'],
        },
      },
    ],
  },
});
