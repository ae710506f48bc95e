import sql from 'sql-template-tag';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKnownAccounts, type KnownAccounts } from '../../src/api/platform/known-accounts.ts';
import type { Database } from '../../src/storage/database.ts';
import { openTestDatabase } from '../support/database.ts';
import { anAccount } from '../support/factory.ts';

const trustMs = 10_000;

let db: Database;
let known: KnownAccounts;
let account: string;
let nowMs: number;

/** Of an account that was seen, and that another process has deleted since. */
beforeEach(async () => {
  db = await openTestDatabase();
  nowMs = Date.now();
  known = createKnownAccounts(db, { now: () => nowMs });
  account = await anAccount(db);
  expect(await known.missing([account])).toEqual(new Set());
  await db.query(sql`delete from accounts where id = ${account}`);
});
afterEach(() => db.close());

test.each([
  ['for ten seconds', trustMs - 1, []],
  ['and no longer', trustMs, ['it']],
  ['and not for an hour where the clock is set back by one', -3_600_000, ['it']],
])('an account is remembered %s', async (_howLong, passedMs, missing) => {
  nowMs += passedMs;
  expect(await known.missing([account])).toEqual(new Set(missing.map(() => account)));
});
