import fc from 'fast-check';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database, Queryable } from '../../src/storage/database.ts';
import { type RateLimitBucket, takeToken } from '../../src/storage/rate-limits.ts';
import { openTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { anAccount } from '../support/factory.ts';

const start = Date.parse('2026-01-15T10:00:00Z');
/** A token each second, five at once. */
const limit = { perMinute: 60, burst: 5 };

let db: Database;
let account: string;
let nowMs = start;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await setClock(start);
  account = await anAccount(db);
});

/** Stops the database's clock at this moment. */
async function setClock(moment: number): Promise<void> {
  nowMs = moment;
  const text = new Date(moment).toISOString();
  await db.execute(
    `create or replace function clock_now() returns timestamptz language sql stable as
     $$ select '${text}'::timestamptz $$`,
  );
}

function take(bucket: RateLimitBucket = 'standard', rate = limit, accountId = account) {
  return takeToken(db, accountId, bucket, rate);
}

async function takeTimes(times: number): Promise<boolean[]> {
  const taken: boolean[] = [];
  for (let n = 0; n < times; n++) taken.push((await take()).allowed);
  return taken;
}

const secondsLater = (seconds: number) => new Date(start + seconds * 1000);

describe('a bucket', () => {
  test('gives its burst at once, counting down, and then refuses', async () => {
    for (const remaining of [4, 3, 2, 1, 0]) {
      expect(await take()).toEqual({
        allowed: true,
        remaining,
        resetAt: secondsLater(5 - remaining),
        retryAfterSeconds: 0,
      });
    }
    const refused = { allowed: false, remaining: 0, resetAt: secondsLater(5), retryAfterSeconds: 1 };
    expect(await take()).toEqual(refused);
    expect(await take()).toEqual(refused);
  });

  test('gives one more exactly when the next has flowed in, and not a millisecond before', async () => {
    await takeTimes(5);
    await setClock(start + 999);
    expect(await take()).toMatchObject({ allowed: false, retryAfterSeconds: 1 });
    await setClock(start + 1000);
    expect(await take()).toMatchObject({ allowed: true, remaining: 0, resetAt: secondsLater(6) });
    expect((await take()).allowed).toBe(false);
  });

  test('is never fuller than its burst, however long nobody takes', async () => {
    await takeTimes(5);
    await setClock(start + 86_400_000);
    expect(await takeTimes(6)).toEqual([true, true, true, true, true, false]);
  });

  test('is full again where the clock of the database was set back', async () => {
    await takeTimes(5);
    await setClock(start - 3_600_000);
    expect(await takeTimes(6)).toEqual([true, true, true, true, true, false]);
  });

  test('keeps what was taken by a clock that is a little ahead', async () => {
    await takeTimes(5);
    await setClock(start - 1000);
    expect((await take()).allowed).toBe(false);
  });

  test('tells when to come back, in whole seconds rounded up', async () => {
    const slow = { perMinute: 10, burst: 1 };
    expect((await take('rotate', slow)).allowed).toBe(true);
    expect(await take('rotate', slow)).toMatchObject({ retryAfterSeconds: 6, resetAt: secondsLater(6) });
    await setClock(start + 1);
    expect(await take('rotate', slow)).toMatchObject({ retryAfterSeconds: 6 });
    await setClock(start + 5001);
    expect(await take('rotate', slow)).toMatchObject({ retryAfterSeconds: 1 });
    await setClock(start + 6000);
    expect(await take('rotate', slow)).toMatchObject({ allowed: true });
  });

  test('is apart from the other buckets and the other accounts', async () => {
    await takeTimes(5);
    expect((await take()).allowed).toBe(false);
    expect(await take('test')).toMatchObject({ allowed: true, remaining: 4 });
    expect(await take('rotate')).toMatchObject({ allowed: true, remaining: 4 });
    expect(await take('standard', limit, await anAccount(db))).toMatchObject({ allowed: true, remaining: 4 });
  });

  test('gives exactly its burst to twenty who take at once, and tells the others when it is full', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => take()));
    const allowed = answers.filter((answer) => answer.allowed);
    expect(allowed.map(({ remaining }) => remaining).sort()).toEqual([0, 1, 2, 3, 4]);
    for (const refused of answers.filter((answer) => !answer.allowed)) {
      expect(refused.retryAfterSeconds).toBe(1);
      expect(refused.resetAt.getTime()).toBeGreaterThan(start);
      expect(refused.resetAt.getTime()).toBeLessThanOrEqual(start + 5000);
    }
    expect((await take()).allowed).toBe(false);
  });

  test('tells a request that waited for the one that emptied it when it is full again', async () => {
    const single = { perMinute: 60, burst: 1 };
    const second = await db.transaction(async (transaction) => {
      await takeToken(transaction, account, 'standard', single);
      const waiting = take('standard', single);
      if (db.kind === 'server') await somebodyWaits(transaction);
      return { waiting };
    });
    expect(await second.waiting).toEqual({
      allowed: false,
      remaining: 0,
      resetAt: secondsLater(1),
      retryAfterSeconds: 1,
    });
  });
});

/** For a lock that this transaction holds. */
function somebodyWaits(transaction: Queryable): Promise<unknown> {
  return eventually(
    () => transaction.query(sql`select pid from pg_locks where not granted and locktype = 'transactionid'`),
    (waiting) => waiting.length > 0,
  );
}

test('takes and waits in any order go as with a bucket that water flows into', async () => {
  const limits = fc.record({
    perMinute: fc.constantFrom(1, 10, 60, 200),
    burst: fc.integer({ min: 1, max: 6 }),
  });
  const waits = fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(limits, waits, async (rate, waitsMs) => {
      const id = await anAccount(db);
      const intervalMs = 60_000 / rate.perMinute;
      const fullMs = rate.burst * intervalMs;
      let levelMs = fullMs;
      for (const waitMs of waitsMs) {
        // Half of the takes come at once.
        const passedMs = waitMs % 2 === 0 ? 0 : waitMs;
        await setClock(nowMs + passedMs);
        levelMs = Math.min(fullMs, levelMs + passedMs);
        const allowed = levelMs >= intervalMs;
        if (allowed) levelMs -= intervalMs;
        expect(await take('standard', rate, id)).toEqual({
          allowed,
          remaining: allowed ? Math.floor(levelMs / intervalMs) : 0,
          resetAt: new Date(nowMs + fullMs - levelMs),
          retryAfterSeconds: allowed ? 0 : Math.ceil((intervalMs - levelMs) / 1000),
        });
      }
    }),
    { numRuns: 25 },
  );
});
