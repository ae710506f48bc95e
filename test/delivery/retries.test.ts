/** The whole life of a delivery that fails: when it is tried again, when no more, and what that does to its webhook. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AttemptOutcome } from '../../src/domain/delivery.ts';
import type { Webhook } from '../../src/domain/webhook.ts';
import type { Database } from '../../src/storage/database.ts';
import { listWebhookEvents } from '../../src/storage/webhook-events.ts';
import { findWebhook, setWebhookActive } from '../../src/storage/webhooks.ts';
import { openTestDatabase } from '../support/database.ts';
import { publishEvents } from '../support/deliveries.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

let db: Database;
let engine: TestEngine;
let receiver: Receiver;
let account: string;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('delete from pending_deliveries');
  receiver = await startReceiver();
  engine = startTestEngine(db);
  account = await anAccount(db);
});
afterEach(async () => {
  await engine.close();
  await receiver.close();
});

const webhookTo = (retryCount: number) => aWebhook(db, account, { endpointUrl: receiver.url, retryCount });
const logOf = (webhook: Webhook) =>
  listWebhookEvents(db, account, webhook.id, {
    page: 1,
    pageSize: 20,
    search: null,
    status: null,
    from: null,
    to: null,
  });

async function publish(count = 1): Promise<void> {
  await publishEvents(
    db,
    Array.from({ length: count }, () => anEvent(account)),
  );
  engine.wake(null);
}

/** Lets the wait after this attempt pass and gives the next attempt. */
async function tryAgain({ retryInMs }: AttemptOutcome): Promise<AttemptOutcome> {
  if (retryInMs === null) throw new Error('there is no next attempt');
  await engine.advance(retryInMs + 10);
  return engine.nextOutcome();
}

describe('the retry schedule', () => {
  test('waits 60 s doubling to 960 s with jitter, then gives up after five retries', async () => {
    receiver.respondWith({ status: 500, body: 'broken' });
    const webhook = await webhookTo(5);
    await publish();
    const attempts = [await engine.nextOutcome()];
    for (let retry = 1; retry <= 5; retry++)
      attempts.push(await tryAgain(attempts[retry - 1] as AttemptOutcome));

    // The jitter of the test is half of its 10 %.
    expect(attempts.map(({ retryInMs }) => retryInMs)).toEqual([
      63_000,
      126_000,
      252_000,
      504_000,
      1_008_000,
      null,
    ]);
    const requests = await receiver.waitFor(6);
    expect(requests.map(({ headers }) => headers['x-webhook-attempt'])).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
    ]);
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    expect(new Set(requests.map(({ headers }) => headers['x-webhook-event-id'])).size).toBe(1);
    expect(new Set(requests.map(({ headers }) => headers['x-webhook-timestamp'])).size).toBe(6);
    const log = await logOf(webhook);
    expect(log.items).toMatchObject([
      {
        status: 'failed',
        attempts: 6,
        statusCode: 500,
        responseBody: 'broken',
        errorMessage: 'The endpoint answered 500',
      },
    ]);
    expect(await findWebhook(db, account, webhook.id)).toMatchObject({
      isActive: true,
      consecutiveFailures: 1,
    });
  });

  test('is not run ahead of: before its time a retry is not sent', async () => {
    receiver.respondWith({ status: 500 });
    await webhookTo(1);
    await publish();
    const first = await engine.nextOutcome();
    await engine.advance((first.retryInMs ?? 0) - 5000);
    // A delivery published later is sent meanwhile: the engine has looked at what is due.
    await publish();
    expect((await engine.nextOutcome()).delivery.id).not.toBe(first.delivery.id);
    expect(receiver.requests).toHaveLength(2);
  });

  test('ends with the first success, which clears the failures', async () => {
    receiver.respondWith((_request, index) => ({ status: index < 2 ? 503 : 204 }));
    const webhook = await webhookTo(3);
    await publish();
    const last = await tryAgain(await tryAgain(await engine.nextOutcome()));
    expect(last).toMatchObject({ event: 'succeed', attemptNumber: 3, statusCode: 204 });
    expect((await logOf(webhook)).items).toMatchObject([
      { status: 'delivered', attempts: 3, errorMessage: null },
    ]);
    expect((await findWebhook(db, account, webhook.id))?.consecutiveFailures).toBe(0);
  });

  test.each([
    ['seconds longer than the step', 429, '600', 600_000],
    ['a time shorter than the step', 503, '5', 63_000],
    ['more than an hour', 503, '7200', 3_600_000],
    ['anything on another status', 500, '600', 63_000],
  ])('honours Retry-After: %s', async (_name, status, retryAfter, expected) => {
    receiver.respondWith({ status, headers: { 'retry-after': retryAfter } });
    await webhookTo(1);
    await publish();
    expect((await engine.nextOutcome()).retryInMs).toBe(expected);
  });

  test('honours Retry-After as a date', async () => {
    const at = new Date(engine.now() + 1_800_000);
    receiver.respondWith({ status: 503, headers: { 'retry-after': at.toUTCString() } });
    await webhookTo(1);
    await publish();
    const waitMs = (await engine.nextOutcome()).retryInMs ?? 0;
    expect(waitMs).toBeGreaterThan(1_790_000);
    expect(waitMs).toBeLessThanOrEqual(1_800_000);
  });
});

describe('disabling', () => {
  test('a 410 is not retried and disables the webhook at once', async () => {
    receiver.respondWith({ status: 410 });
    const webhook = await webhookTo(3);
    await publish();
    expect(await engine.nextOutcome()).toMatchObject({ event: 'giveUp', attemptNumber: 1 });
    expect(await findWebhook(db, account, webhook.id)).toMatchObject({
      isActive: false,
      consecutiveFailures: 1,
    });
  });

  test('the tenth failed delivery in a row disables the webhook; what was pending fails; turning it on starts anew', async () => {
    receiver.respondWith({ status: 500 });
    const webhook = await webhookTo(1);
    await publish(10);
    const firsts = await Promise.all(Array.from({ length: 10 }, () => engine.nextOutcome()));
    await engine.advance(59_000);
    await publish(1);
    const waiting = await engine.nextOutcome();
    expect(waiting.event).toBe('postpone');
    await engine.advance(Math.max(...firsts.map(({ retryInMs }) => retryInMs ?? 0)) - 58_000);
    for (let failed = 0; failed < 10; failed++) expect((await engine.nextOutcome()).event).toBe('giveUp');

    expect(await findWebhook(db, account, webhook.id)).toMatchObject({
      isActive: false,
      consecutiveFailures: 10,
    });
    const { items } = await eventually(
      () => logOf(webhook),
      ({ items }) => items.every(({ status }) => status === 'failed'),
    );
    expect(items.find(({ id }) => id === waiting.delivery.id)?.errorMessage).toBe(
      'Given up: the webhook was disabled after 10 failed deliveries in a row',
    );
    expect(await publishEvents(db, [anEvent(account)])).toMatchObject([{ deliveries: 0 }]);
    expect(await setWebhookActive(db, account, webhook.id, true)).toMatchObject({
      isActive: true,
      consecutiveFailures: 0,
    });
    expect(await publishEvents(db, [anEvent(account)])).toMatchObject([{ deliveries: 1 }]);
  });
});
