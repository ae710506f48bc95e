import { expect, test } from 'vitest';
import { checkServerVersion, judgeServerVersion } from '../../src/storage/server-version.ts';
import { openTestDatabase } from '../support/database.ts';

test('the database that the tests run on is new enough, and says so', async () => {
  const db = await openTestDatabase();
  try {
    expect(await checkServerVersion(db)).toEqual({ ok: true, value: null });
    const older = { query: async () => [{ number: 140_012 }] as never, execute: db.execute };
    expect((await checkServerVersion(older)).ok).toBe(false);
  } finally {
    await db.close();
  }
});

test.each([150_000, 160_004, 180_000])('%i is served', (number) => {
  expect(judgeServerVersion(number)).toEqual({ ok: true, value: null });
});

test.each([
  [149_999, 14],
  [130_000, 13],
  [90_624, 9],
])('%i is refused as PostgreSQL %i', (number, major) => {
  expect(judgeServerVersion(number)).toEqual({
    ok: false,
    error: `the database is PostgreSQL ${major}, and Posthorn needs 15 or newer. Upgrade the server, or set DATABASE_URL to another one`,
  });
});
