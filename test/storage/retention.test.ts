import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newId } from '../../src/domain/identifier.ts';
import type { Database } from '../../src/storage/database.ts';
import { insertAnswer } from '../../src/storage/idempotency.ts';
import { takeToken } from '../../src/storage/rate-limits.ts';
import { dropPendingOlderThan, forgetExpired } from '../../src/storage/retention.ts';
import { advanceClock, openTestDatabase } from '../support/database.ts';
import { claimed, publishEvents } from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

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

async function counts() {
  const [row] = await db.query(sql`
    select (select count(*)::int from dedup_keys where account_id = ${account}) as keys,
           (select count(*)::int from idempotent_answers where account_id = ${account}) as answers,
           (select count(*)::int from rate_limits where account_id = ${account}) as buckets`);
  return row;
}

test('dedup keys and answers are forgotten after 24 hours, buckets an hour after they were full', async () => {
  await publishEvents(db, [anEvent(account, { producerId: 'a' })]);
  await insertAnswer(db, account, 'k', { fingerprint: 'f', requestId: 'r', status: 200, sealedBody: 's' });
  await takeToken(db, account, 'standard', { perMinute: 1, burst: 1 });
  await forgetExpired(db);
  expect(await counts()).toEqual({ keys: 1, answers: 1, buckets: 1 });
  await move(hourMs + 2 * 60_000);
  await forgetExpired(db);
  expect(await counts()).toEqual({ keys: 1, answers: 1, buckets: 0 });
  await move(22.9 * hourMs);
  await forgetExpired(db);
  expect(await counts()).toEqual({ keys: 1, answers: 1, buckets: 0 });
  await move(0.2 * hourMs);
  await forgetExpired(db);
  expect(await counts()).toEqual({ keys: 0, answers: 0, buckets: 0 });
});

describe('the queue', () => {
  test('lets go of deliveries whose day is past retention, and of no others', async () => {
    await aWebhook(db, account);
    const midnight = Math.floor(Date.now() / dayMs) * dayMs;
    const oldest = midnight - 30 * dayMs;
    const kept = [oldest, midnight].map((moment) => anEvent(account, { id: newId(moment) }));
    const lost = [oldest - 1, oldest - 40 * dayMs].map((moment) => anEvent(account, { id: newId(moment) }));
    await publishEvents(db, [...kept, ...lost]);
    expect(await dropPendingOlderThan(db, 30)).toBe(2);
    const left = await db.query<{ event_id: string }>(sql`select event_id from pending_deliveries`);
    expect(left.map(({ event_id: id }) => id).sort()).toEqual(kept.map(({ id }) => id).sort());
    expect(await dropPendingOlderThan(db, 30)).toBe(0);
    expect(await claimed(db)).toHaveLength(2);
  });
});
