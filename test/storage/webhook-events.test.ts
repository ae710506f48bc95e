import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deliveredBody } from '../../src/domain/body.ts';
import { momentOf, newId } from '../../src/domain/identifier.ts';
import type { Database } from '../../src/storage/database.ts';
import { failPendingOfInactive } from '../../src/storage/deliveries.ts';
import type { WebhookEventQuery } from '../../src/storage/webhook-event-filter.ts';
import { listWebhookEvents } from '../../src/storage/webhook-events.ts';
import { deleteWebhook, setWebhookActive } from '../../src/storage/webhooks.ts';
import { openTestDatabase } from '../support/database.ts';
import { attemptAll, givenUp, postponed, publishEvents } from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';

let db: Database;
let account: string;
let webhook: string;
let start: number;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('delete from pending_deliveries');
  account = await anAccount(db);
  webhook = (await aWebhook(db, account, { eventTypes: ['messages', 'contact'] })).id;
  start = Date.now() - 60_000;
});

/** At this many seconds of the test's minute. */
function eventAt(second: number, name = 'message.delivered') {
  return anEvent(account, { id: newId(start + second * 1000), name });
}

function list(query: Partial<WebhookEventQuery> = {}, accountId = account) {
  const all = { page: 1, pageSize: 100, search: null, status: null, from: null, to: null };
  return listWebhookEvents(db, accountId, webhook, { ...all, ...query });
}

async function secondsOf(query: Partial<WebhookEventQuery>): Promise<number[]> {
  const { items, total } = await list(query);
  expect(total).toBe(items.length);
  return items.map(({ createdAt }) => (createdAt.getTime() - start) / 1000);
}

/** One delivery in each state: delivered at second 1, failed at 2, retrying at 3, pending at 4. */
async function fillLog(): Promise<void> {
  await publishEvents(db, [eventAt(1, 'message.delivered')]);
  await attemptAll(db, { responseBody: 'fine' });
  await publishEvents(db, [eventAt(2, 'message.failed')]);
  await attemptAll(db, givenUp);
  await publishEvents(db, [eventAt(3, 'contact.opt_out')]);
  await attemptAll(db, postponed);
  await publishEvents(db, [eventAt(4, 'contact.help')]);
}

describe('the log of a webhook', () => {
  test('shows what is unfinished and what is finished as one list, newest first', async () => {
    await fillLog();
    const { items, total } = await list();
    expect(total).toBe(4);
    const times = { startedAt: expect.any(Date), completedAt: expect.any(Date) };
    expect(items).toMatchObject([
      {
        eventName: 'contact.help',
        status: 'pending',
        attempts: 0,
        statusCode: null,
        responseBody: null,
        errorMessage: null,
        startedAt: null,
        completedAt: null,
      },
      {
        eventName: 'contact.opt_out',
        status: 'retrying',
        attempts: 1,
        statusCode: 500,
        responseBody: 'no',
        errorMessage: 'The endpoint answered 500',
        startedAt: expect.any(Date),
        completedAt: null,
      },
      {
        eventName: 'message.failed',
        status: 'failed',
        attempts: 1,
        statusCode: 500,
        responseBody: 'no',
        errorMessage: 'The endpoint answered 500',
        ...times,
      },
      {
        eventName: 'message.delivered',
        status: 'delivered',
        attempts: 1,
        statusCode: 200,
        responseBody: 'fine',
        errorMessage: null,
        ...times,
      },
    ]);
    for (const { id, createdAt } of items) expect(createdAt).toEqual(momentOf(id));
  });

  test('shows the body with the family under the name that the webhook knows', async () => {
    const event = eventAt(1);
    await publishEvents(db, [event]);
    const body = deliveredBody('messages', event.bodyTail);
    expect((await list()).items).toMatchObject([{ status: 'pending', body }]);
    await attemptAll(db);
    expect((await list()).items).toMatchObject([{ status: 'delivered', body }]);
  });

  test('tells the first attempt of a delivery that was retried, and how many there were', async () => {
    await publishEvents(db, [eventAt(1)]);
    const first = new Date(start + 10_000);
    await attemptAll(db, { ...postponed, retryInMs: 0, startedAt: first });
    await attemptAll(db, { ...postponed, retryInMs: 0, startedAt: new Date(start + 20_000) });
    expect((await list()).items).toMatchObject([{ status: 'retrying', attempts: 2, startedAt: first }]);
    await attemptAll(db, { startedAt: new Date(start + 30_000) });
    expect((await list()).items).toMatchObject([
      { status: 'delivered', attempts: 3, startedAt: first, statusCode: 200, errorMessage: null },
    ]);
  });

  test('comes in pages over both halves, and is empty past its end', async () => {
    await fillLog();
    await publishEvents(db, [eventAt(5)]);
    const pages = await Promise.all([1, 2, 3, 4].map((page) => list({ page, pageSize: 2 })));
    expect(
      pages.map(({ items }) => items.map(({ createdAt }) => (createdAt.getTime() - start) / 1000)),
    ).toEqual([[5, 4], [3, 2], [1], []]);
    expect(pages.map(({ total }) => total)).toEqual([5, 5, 5, 5]);
  });

  test('shows nothing to another account, and nothing of a deleted webhook', async () => {
    await fillLog();
    expect(await list({}, await anAccount(db))).toEqual({ items: [], total: 0 });
    expect((await list()).total).toBe(4);
    await deleteWebhook(db, account, webhook);
    expect(await list()).toEqual({ items: [], total: 0 });
  });

  test('shows nothing of another webhook of the account', async () => {
    await fillLog();
    const other = await aWebhook(db, account);
    await publishEvents(db, [eventAt(9)]);
    const all = { page: 1, pageSize: 100, search: null, status: null, from: null, to: null };
    expect(await listWebhookEvents(db, account, other.id, all)).toMatchObject({ total: 1 });
    expect((await list()).total).toBe(5);
  });
});

describe('the filters', () => {
  test.each([
    ['pending', [4]],
    ['retrying', [3]],
    ['failed', [2]],
    ['delivered', [1]],
  ] as const)('status %s shows only that', async (status, seconds) => {
    await fillLog();
    expect(await secondsOf({ status })).toEqual(seconds);
  });

  test('search finds part of the event name, whatever its case, and takes % and _ as they are', async () => {
    await fillLog();
    expect(await secondsOf({ search: 'CONTACT' })).toEqual([4, 3]);
    expect(await secondsOf({ search: 'age.del' })).toEqual([1]);
    expect(await secondsOf({ search: 'opt_' })).toEqual([3]);
    expect(await secondsOf({ search: '%' })).toEqual([]);
    expect(await secondsOf({ search: '.' })).toEqual([4, 3, 2, 1]);
  });

  test('search finds a whole id, finished or not, and no part of one', async () => {
    await fillLog();
    for (const { id, createdAt } of (await list()).items) {
      const seconds = [(createdAt.getTime() - start) / 1000];
      expect(await secondsOf({ search: id })).toEqual(seconds);
      expect(await secondsOf({ search: id.toUpperCase() })).toEqual(seconds);
      expect(await secondsOf({ search: id.slice(0, 18) })).toEqual([]);
    }
    expect(await secondsOf({ search: newId(start) })).toEqual([]);
  });

  test('from is the first moment shown and to the first one no longer shown', async () => {
    await fillLog();
    const at = (second: number) => new Date(start + second * 1000);
    expect(await secondsOf({ from: at(2) })).toEqual([4, 3, 2]);
    expect(await secondsOf({ to: at(3) })).toEqual([2, 1]);
    expect(await secondsOf({ from: at(2), to: at(4) })).toEqual([3, 2]);
    expect(await secondsOf({ from: at(2), to: at(2) })).toEqual([]);
    expect(await secondsOf({ from: new Date(start + 2001) })).toEqual([4, 3]);
    expect(await secondsOf({ from: new Date(-1), to: new Date(8.64e15) })).toEqual([4, 3, 2, 1]);
  });

  test('narrow together', async () => {
    await fillLog();
    const from = new Date(start + 2000);
    expect(await secondsOf({ from, search: 'message' })).toEqual([2]);
    expect(await secondsOf({ from, search: 'message', status: 'delivered' })).toEqual([]);
    expect(await list({ search: 'message', pageSize: 1, page: 2 })).toMatchObject({
      total: 2,
      items: [{ eventName: 'message.delivered' }],
    });
  });
});

test('a delivery that was given up with its webhook tells why, and keeps its last answer', async () => {
  await fillLog();
  await setWebhookActive(db, account, webhook, false);
  expect(await failPendingOfInactive(db, 100)).toBe(2);
  const given = { status: 'failed', errorMessage: 'Given up: the webhook was deactivated' };
  expect((await list({ from: new Date(start + 3000) })).items).toMatchObject([
    { ...given, attempts: 0, statusCode: null, startedAt: null, completedAt: expect.any(Date) },
    { ...given, attempts: 1, statusCode: 500, responseBody: 'no', startedAt: expect.any(Date) },
  ]);
});
