import sql from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Lane } from '../../src/domain/lane.ts';
import type { Database } from '../../src/storage/database.ts';
import { recordOutcomes } from '../../src/storage/deliveries.ts';
import { type SweepPosition, sweepLanes } from '../../src/storage/lanes.ts';
import { endLeases } from '../../src/storage/leases.ts';
import { setWebhookActive } from '../../src/storage/webhooks.ts';
import { openTestDatabase } from '../support/database.ts';
import {
  attemptAll,
  claimed,
  givenUp,
  manyWebhooks,
  outcomeOf,
  postponed,
  publishEvents,
} from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';

let db: Database;
let account: string;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('delete from pending_deliveries');
  account = await anAccount(db);
});

async function sweepInPages(limit: number): Promise<Lane[]> {
  const found: Lane[] = [];
  let position: SweepPosition | null = null;
  do {
    const page = await sweepLanes(db, position, limit);
    expect(page.lanes.length).toBeLessThanOrEqual(limit);
    found.push(...page.lanes);
    position = page.sweptTo;
  } while (position !== null);
  return found;
}

const makeDue = () =>
  db.query(sql`update pending_deliveries set due_at = clock_now() where lease is not null`);

test('a sweep in pages finds every lane once, in the order of the webhooks', async () => {
  const ids = await manyWebhooks(db, account, 25);
  await publishEvents(db, [anEvent(account), anEvent(account)]);
  for (const limit of [1, 5, 7, 25, 100]) {
    expect((await sweepInPages(limit)).map(({ webhookId }) => webhookId)).toEqual(ids.toSorted());
  }
});

test('first attempts and retries of a webhook are two lanes, also across the border of a page', async () => {
  const webhook = await aWebhook(db, account);
  await publishEvents(db, [anEvent(account)]);
  await attemptAll(db, postponed);
  await publishEvents(db, [anEvent(account)]);
  await makeDue();
  await endLeases(db, 100);
  const lane = { webhookId: webhook.id, accountId: account, isFailing: false };
  const both = [
    { ...lane, isRetry: false },
    { ...lane, isRetry: true },
  ];
  expect(await sweepInPages(1)).toEqual(both);
  expect(await sweepInPages(100)).toEqual(both);
});

test('a lane says that the latest delivery of its webhook failed', async () => {
  const webhook = await aWebhook(db, account);
  await publishEvents(db, [anEvent(account), anEvent(account), anEvent(account)]);
  const [first, second] = await claimed(db, { limit: 2 });
  if (first === undefined || second === undefined) throw new Error('nothing was claimed');
  await recordOutcomes(db, [outcomeOf(first, givenUp)], 10);
  expect(await sweepInPages(10)).toMatchObject([{ webhookId: webhook.id, isFailing: true }]);
  await recordOutcomes(db, [outcomeOf(second)], 10);
  expect(await sweepInPages(10)).toMatchObject([{ webhookId: webhook.id, isFailing: false }]);
});

test('what waits, is leased, or belongs to no active webhook is no lane, and hides none behind it', async () => {
  const [first, second, third, fourth] = (await manyWebhooks(db, account, 4)).toSorted();
  if (first === undefined || second === undefined || third === undefined || fourth === undefined)
    throw new Error('four webhooks expected');
  await publishEvents(db, [anEvent(account)]);
  await db.query(sql`
    update pending_deliveries set lease = gen_random_uuid(), due_at = clock_now() + interval '3 seconds'
    where webhook_id = ${first}`);
  await setWebhookActive(db, account, second, false);
  await db.query(sql`delete from webhooks where id = ${third}`);
  expect((await sweepInPages(1)).map(({ webhookId }) => webhookId)).toEqual([fourth]);
  expect((await sweepInPages(100)).map(({ webhookId }) => webhookId)).toEqual([fourth]);
});
