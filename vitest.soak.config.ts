import { defineConfig } from 'vitest/config';

/** A quarter of an hour of the highest load. */
export default defineConfig({
  test: {
    testTimeout: 1_200_000,
    maxWorkers: 1,
    include: ['test/soak/**/*.test.ts'],
    globalSetup: ['test/support/reliability-report.ts'],
  },
});
