import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSweep, type Sweep } from '../../src/delivery/sweep.ts';
import { type Database, DatabaseUnavailable, type Queryable } from '../../src/storage/database.ts';
import { openTestDatabase } from '../support/database.ts';
import { manyWebhooks, publishEvents } from '../support/deliveries.ts';
import { anAccount, anEvent } from '../support/factory.ts';

const intervalMs = 1000;
let db: Database;
let webhookIds: string[];
let now: number;
let away: boolean;
let looks: number;
let sweep: Sweep;

beforeAll(async () => {
  db = await openTestDatabase();
  const account = await anAccount(db);
  webhookIds = (await manyWebhooks(db, account, 700)).sort();
  await publishEvents(db, [anEvent(account)]);
});
afterAll(() => db.close());
beforeEach(() => {
  now = 1_000_000;
  looks = 0;
  away = false;
  const query: Queryable['query'] = async (statement, name) => {
    if (away) throw new DatabaseUnavailable(new Error('cut by the test'));
    looks++;
    return db.query(statement, name);
  };
  sweep = createSweep({ db: { ...db, query }, intervalMs, clock: { now: () => now } });
});

const nextIds = async () => (await sweep.next()).map(({ webhookId }) => webhookId);

test('looks at once when it begins, page by page to the end, and then rests', async () => {
  expect(sweep.isWanted).toBe(true);
  expect(await nextIds()).toEqual(webhookIds.slice(0, 500));
  expect(sweep.isWanted).toBe(true);
  expect(await nextIds()).toEqual(webhookIds.slice(500));
  expect(sweep.isWanted).toBe(false);
  expect(await nextIds()).toEqual([]);
  now += intervalMs - 1;
  expect(await nextIds()).toEqual([]);
  expect(looks).toBe(2);
});

test('begins anew after its interval, or at once when it is asked to, but not in the middle', async () => {
  await nextIds();
  await nextIds();
  now += intervalMs;
  expect(await nextIds()).toEqual(webhookIds.slice(0, 500));
  sweep.request();
  expect(await nextIds()).toEqual(webhookIds.slice(500));
  expect(sweep.isWanted).toBe(true);
  expect(await nextIds()).toEqual(webhookIds.slice(0, 500));
});

test('goes on where it was after an outage', async () => {
  await nextIds();
  away = true;
  await expect(sweep.next()).rejects.toThrow(DatabaseUnavailable);
  expect(sweep.isWanted).toBe(true);
  away = false;
  expect(await nextIds()).toEqual(webhookIds.slice(500));
});
