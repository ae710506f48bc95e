import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { momentOf, newId } from '../../src/domain/identifier.ts';
import type { Database } from '../../src/storage/database.ts';
import { failPendingOfInactive } from '../../src/storage/deliveries.ts';
import { findEvent } from '../../src/storage/event-records.ts';
import { setWebhookActive } from '../../src/storage/webhooks.ts';
import { openTestDatabase } from '../support/database.ts';
import { attemptAll, givenUp, postponed, publishEvents } from '../support/deliveries.ts';
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

const started = (second: number) => new Date(Date.parse('2026-01-15T10:00:00Z') + second * 1000);
const retried = { ...postponed, retryInMs: 0 };

describe('an event', () => {
  test('is found as it was published, with one delivery for each webhook that it went to', async () => {
    const webhooks = [await aWebhook(db, account), await aWebhook(db, account)];
    await aWebhook(db, account, { eventTypes: ['contact'] });
    const event = anEvent(account, { producerId: 'order-1' });
    await publishEvents(db, [event, anEvent(account, { id: newId(momentOf(event.id).getTime()) })]);
    const found = await findEvent(db, event.id);
    expect(found).toMatchObject({ ...event, createdAt: momentOf(event.id) });
    expect(found?.deliveries.map(({ webhookId }) => webhookId).sort()).toEqual(
      webhooks.map(({ id }) => id).sort(),
    );
    for (const delivery of found?.deliveries ?? []) {
      expect(delivery).toMatchObject({
        status: 'pending',
        attempts: [],
        nextAttemptAt: expect.any(Date),
        createdAt: momentOf(event.id),
        completedAt: null,
      });
    }
  });

  test('is found without deliveries when nobody listened, and not at all when there is none', async () => {
    const event = anEvent(account);
    await publishEvents(db, [event]);
    expect(await findEvent(db, event.id)).toMatchObject({ producerId: null, deliveries: [] });
    expect(await findEvent(db, newId(Date.now()))).toBeNull();
  });
});

describe('the attempts of a delivery', () => {
  let id: string;

  beforeEach(async () => {
    await aWebhook(db, account);
    const event = anEvent(account);
    id = event.id;
    await publishEvents(db, [event]);
  });

  async function deliveryNow() {
    return (await findEvent(db, id))?.deliveries[0];
  }

  test('of which the first succeeded are that one', async () => {
    await attemptAll(db, { startedAt: started(1), durationMs: 12.4, responseBody: 'ok' });
    expect(await deliveryNow()).toMatchObject({
      status: 'delivered',
      nextAttemptAt: null,
      completedAt: expect.any(Date),
      attempts: [
        {
          number: 1,
          startedAt: started(1),
          durationMs: 12,
          statusCode: 200,
          responseBody: 'ok',
          errorMessage: null,
        },
      ],
    });
  });

  test('are all of them in their order, each with its own answer, whether it succeeds in the end', async () => {
    const timeout = { statusCode: null, responseBody: null, errorMessage: 'Timed out' };
    await attemptAll(db, { ...retried, startedAt: started(1) });
    await attemptAll(db, { ...retried, ...timeout, startedAt: started(2) });
    await attemptAll(db, { startedAt: started(3) });
    const delivery = await deliveryNow();
    expect(delivery?.status).toBe('delivered');
    expect(delivery?.attempts).toMatchObject([
      {
        number: 1,
        startedAt: started(1),
        statusCode: 500,
        responseBody: 'no',
        errorMessage: 'The endpoint answered 500',
      },
      { number: 2, startedAt: started(2), ...timeout },
      { number: 3, startedAt: started(3), statusCode: 200, responseBody: null, errorMessage: null },
    ]);
  });

  test('or fails', async () => {
    await attemptAll(db, retried);
    await attemptAll(db, givenUp);
    expect(await deliveryNow()).toMatchObject({
      status: 'failed',
      attempts: [
        { number: 1, statusCode: 500 },
        { number: 2, statusCode: 500 },
      ],
    });
  });

  test('go on while it is retrying, and tell when the next one is', async () => {
    const before = Date.now();
    await attemptAll(db, { ...postponed, retryInMs: 3_600_000 });
    const delivery = await deliveryNow();
    expect(delivery).toMatchObject({ status: 'retrying', attempts: [{ number: 1 }], completedAt: null });
    expect(delivery?.nextAttemptAt?.getTime()).toBeGreaterThan(before + 3_590_000);
  });

  test('are none when it was closed without one, and only those that were made when it was closed later', async () => {
    const [webhookId] = [(await deliveryNow())?.webhookId ?? ''];
    await setWebhookActive(db, account, webhookId, false);
    await failPendingOfInactive(db, 100);
    expect(await deliveryNow()).toMatchObject({
      status: 'failed',
      attempts: [],
      completedAt: expect.any(Date),
    });

    await setWebhookActive(db, account, webhookId, true);
    const event = anEvent(account);
    id = event.id;
    await publishEvents(db, [event]);
    await attemptAll(db, retried);
    await setWebhookActive(db, account, webhookId, false);
    await failPendingOfInactive(db, 100);
    expect(await deliveryNow()).toMatchObject({
      status: 'failed',
      attempts: [{ number: 1, statusCode: 500, errorMessage: 'The endpoint answered 500' }],
    });
  });
});
