import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { claimReady, type LaneClaim } from '../../src/storage/claims.ts';
import type { Database } from '../../src/storage/database.ts';
import { endLeases, nobody } from '../../src/storage/leases.ts';
import { setWebhookActive } from '../../src/storage/webhooks.ts';
import { type MovableClock, openMovableClock, openTestDatabase } from '../support/database.ts';
import { attemptAll, claimed, postponed, publishMany } from '../support/deliveries.ts';
import { anAccount, aWebhook } from '../support/factory.ts';

let db: Database;
let clock: MovableClock;
let account: string;

beforeAll(async () => {
  db = await openTestDatabase();
  clock = openMovableClock(db);
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('delete from pending_deliveries');
  account = await anAccount(db);
});
afterEach(() => clock.reset());

const take = (webhookId: string, traits: Partial<LaneClaim> = {}) =>
  claimReady(db, {
    lease: randomUUID(),
    lanes: [{ webhookId, isRetry: false, size: 100, after: null, ...traits }],
  });

describe('what is ready', () => {
  test('is taken oldest first', async () => {
    const { id } = await aWebhook(db, account);
    for (let n = 0; n < 4; n++) await publishMany(db, account, 1);
    const first = await take(id, { size: 2 });
    const second = await take(id, { size: 2 });
    const taken = [...first, ...second].map((delivery) => delivery.id);
    const all = await db.query<{ id: string }>(sql`select id from pending_deliveries order by id`);
    expect(taken.sort()).toEqual(all.map((row) => row.id));
    expect(first.every((early) => second.every((late) => early.id < late.id))).toBe(true);
  });

  test('is taken of each lane at the size it was given, and of no other lane', async () => {
    const some = await aWebhook(db, account);
    const more = await aWebhook(db, account);
    await aWebhook(db, account);
    await publishMany(db, account, 10);
    const lane = { isRetry: false, after: null };
    const taken = await claimReady(db, {
      lease: randomUUID(),
      lanes: [
        { ...lane, webhookId: some.id, size: 3 },
        { ...lane, webhookId: more.id, size: 7 },
      ],
    });
    expect(taken.filter(({ webhookId }) => webhookId === some.id)).toHaveLength(3);
    expect(taken.filter(({ webhookId }) => webhookId === more.id)).toHaveLength(7);
    expect(taken).toHaveLength(10);
  });

  test('is taken from behind the delivery that the lane was read to', async () => {
    const { id } = await aWebhook(db, account);
    await publishMany(db, account, 6);
    const rows = await db.query<{ id: string }>(sql`select id from pending_deliveries order by id`);
    const taken = await take(id, { after: rows[3]?.id ?? null });
    expect(taken.map((delivery) => delivery.id).sort()).toEqual(rows.slice(4).map((row) => row.id));
  });

  test('is first attempts or retries, as the lane says', async () => {
    const { id } = await aWebhook(db, account);
    await publishMany(db, account, 2);
    await attemptAll(db, postponed);
    await publishMany(db, account, 3);
    await clock.move(60_100);
    await endLeases(db, 100);
    expect((await take(id, { isRetry: true })).map(({ attempts }) => attempts)).toEqual([1, 1]);
    expect((await take(id)).map(({ attempts }) => attempts)).toEqual([0, 0, 0]);
  });

  test('is nothing that waits for its retry', async () => {
    const { id } = await aWebhook(db, account);
    await publishMany(db, account, 1);
    await attemptAll(db, postponed);
    expect(await db.query(sql`select lease from pending_deliveries`)).toEqual([{ lease: nobody }]);
    expect(await take(id, { isRetry: true })).toEqual([]);
  });

  test('is nothing that the version before postponed, which it does without a lease, until its time', async () => {
    const { id } = await aWebhook(db, account);
    await publishMany(db, account, 1);
    await db.query(sql`
      update pending_deliveries set lease = null, attempts = 1, due_at = clock_now() + interval '60 seconds'`);
    expect(await take(id, { isRetry: true })).toEqual([]);
    await clock.move(60_100);
    expect(await take(id, { isRetry: true })).toHaveLength(1);
  });

  test('is nothing of an inactive or deleted webhook', async () => {
    const webhook = await aWebhook(db, account);
    await publishMany(db, account, 1);
    await setWebhookActive(db, account, webhook.id, false);
    expect(await take(webhook.id)).toEqual([]);
    await db.query(sql`delete from webhooks where id = ${webhook.id}`);
    expect(await take(webhook.id)).toEqual([]);
  });

  test('goes to one of several claimants at once, and none of it is left behind', async () => {
    await aWebhook(db, account);
    await publishMany(db, account, 60);
    const atOnce = await Promise.all(Array.from({ length: 6 }, () => claimed(db, { limit: 20 })));
    const taken = [...atOnce.flat(), ...(await claimed(db))].map(({ id }) => id);
    expect(taken).toHaveLength(60);
    expect(new Set(taken).size).toBe(60);
  });
});
