/** What a deactivated webhook left in the queue. */
import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { failPendingOfInactive } from '../../src/storage/deliveries.ts';
import { leaseMs, renewLeases } from '../../src/storage/leases.ts';
import { setWebhookActive } from '../../src/storage/webhooks.ts';
import { type MovableClock, openMovableClock, openTestDatabase } from '../support/database.ts';
import { attemptAll, claimed, manyWebhooks, postponed, publishMany } from '../support/deliveries.ts';
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

test('is failed however many active webhooks have deliveries too', async () => {
  await manyWebhooks(db, account, 600);
  const last = 'ffffffff-ffff-4fff-bfff-ffffffffffff';
  await db.query(sql`update webhooks set id = ${last} where id = (select id from webhooks
    where account_id = ${account} order by id desc limit 1)`);
  await publishMany(db, account, 1);
  await setWebhookActive(db, account, last, false);
  expect(await failPendingOfInactive(db, 1000)).toBe(1);
  expect(await db.query(sql`select id from pending_deliveries where webhook_id = ${last}`)).toEqual([]);
  expect(await failPendingOfInactive(db, 1000)).toBe(0);
  await db.query(sql`delete from webhooks where account_id = ${account}`);
});

test('is failed a bounded number at a time, whether it is ready or waits for its retry', async () => {
  const webhook = await aWebhook(db, account);
  await publishMany(db, account, 15);
  await attemptAll(db, postponed);
  await publishMany(db, account, 10);
  await setWebhookActive(db, account, webhook.id, false);
  expect(await failPendingOfInactive(db, 10)).toBe(10);
  expect(await failPendingOfInactive(db, 10)).toBe(10);
  expect(await failPendingOfInactive(db, 10)).toBe(5);
});

test('is left to whoever is sending it until the lease is over', async () => {
  const webhook = await aWebhook(db, account);
  await publishMany(db, account, 1);
  const held = await claimed(db, { lease: randomUUID() });
  await setWebhookActive(db, account, webhook.id, false);
  await clock.move(2500);
  await renewLeases(db, held);
  await clock.move(2500);
  expect(await failPendingOfInactive(db, 10)).toBe(0);
  await clock.move(leaseMs);
  expect(await failPendingOfInactive(db, 10)).toBe(1);
});
