import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { findAnswer, insertAnswer, type StoredAnswer } from '../../src/storage/idempotency.ts';
import { advanceClock, openTestDatabase } from '../support/database.ts';
import { anAccount } from '../support/factory.ts';

const dayMs = 24 * 3_600_000;
const first: StoredAnswer = {
  fingerprint: 'a'.repeat(64),
  requestId: 'req_1',
  status: 201,
  sealedBody: 'sealed {"ö":1}',
};
const second: StoredAnswer = { ...first, requestId: 'req_2', status: 404 };

let db: Database;
let account: string;
let movedMs = 0;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  account = await anAccount(db);
});
afterEach(async () => {
  await advanceClock(db, -movedMs);
  movedMs = 0;
});

async function move(milliseconds: number): Promise<void> {
  await advanceClock(db, milliseconds);
  movedMs += milliseconds;
}

test('an answer is found as it was stored, by its account and key', async () => {
  expect(await findAnswer(db, account, 'key')).toBeNull();
  expect(await insertAnswer(db, account, 'key', first)).toBe(true);
  expect(await findAnswer(db, account, 'key')).toEqual(first);
  expect(await findAnswer(db, account, 'KEY')).toBeNull();
  expect(await findAnswer(db, await anAccount(db), 'key')).toBeNull();
});

test('a second answer for a key is refused and changes nothing', async () => {
  await insertAnswer(db, account, 'key', first);
  expect(await insertAnswer(db, account, 'key', second)).toBe(false);
  expect(await findAnswer(db, account, 'key')).toEqual(first);
  expect(await insertAnswer(db, await anAccount(db), 'key', second)).toBe(true);
});

test('of many answers at once exactly one is stored', async () => {
  const stored = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      insertAnswer(db, account, 'key', { ...first, requestId: `req_${index}` }),
    ),
  );
  expect(stored.filter(Boolean)).toHaveLength(1);
  expect(await findAnswer(db, account, 'key')).toMatchObject({ requestId: `req_${stored.indexOf(true)}` });
});

test('an answer is found for 24 hours; then another may take its place, for 24 hours', async () => {
  await insertAnswer(db, account, 'key', first);
  await move(dayMs - 60_000);
  expect(await findAnswer(db, account, 'key')).toEqual(first);
  expect(await insertAnswer(db, account, 'key', second)).toBe(false);
  await move(60_000);
  expect(await findAnswer(db, account, 'key')).toBeNull();
  expect(await insertAnswer(db, account, 'key', second)).toBe(true);
  await move(dayMs - 60_000);
  expect(await findAnswer(db, account, 'key')).toEqual(second);
});

test('an answer commits with the effect that it tells of, or not at all', async () => {
  const failure = new Error('the effect failed');
  const work = db.transaction(async (transaction) => {
    await insertAnswer(transaction, account, 'key', first);
    expect(await findAnswer(transaction, account, 'key')).toEqual(first);
    throw failure;
  });
  await expect(work).rejects.toBe(failure);
  expect(await findAnswer(db, account, 'key')).toBeNull();
});
