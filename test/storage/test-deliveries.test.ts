import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newId } from '../../src/domain/identifier.ts';
import type { Database } from '../../src/storage/database.ts';
import { findEvent } from '../../src/storage/event-records.ts';
import { recordTestDelivery, type TestDelivery } from '../../src/storage/test-deliveries.ts';
import { listWebhookEvents } from '../../src/storage/webhook-events.ts';
import { findWebhook, setWebhookActive } from '../../src/storage/webhooks.ts';
import { openTestDatabase } from '../support/database.ts';
import { anAccount, aWebhook } from '../support/factory.ts';

const firstPage = { page: 1, pageSize: 20, search: null, status: null, from: null, to: null };

let db: Database;
let account: string;
let webhook: string;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  account = await anAccount(db);
  webhook = (await aWebhook(db, account)).id;
  await db.query(sql`update webhooks set consecutive_failures = 4 where id = ${webhook}`);
});

function aTest(changes: Partial<TestDelivery> = {}): TestDelivery {
  const nowMs = Date.now();
  return {
    webhookId: webhook,
    deliveryId: newId(nowMs),
    eventId: newId(nowMs),
    eventName: 'message.delivered',
    field: 'message',
    bodyTail: '"payload":{}}',
    startedAt: new Date(nowMs),
    durationMs: 17.6,
    statusCode: 200,
    responseBody: 'thanks',
    errorMessage: null,
    ...changes,
  };
}

const failure = { statusCode: null, responseBody: null, errorMessage: 'The endpoint did not answer' };

describe('a test delivery', () => {
  test('is logged like any other and sets both times when it was delivered', async () => {
    const delivered = aTest();
    await recordTestDelivery(db, account, delivered);
    expect(await listWebhookEvents(db, account, webhook, firstPage)).toMatchObject({
      total: 1,
      items: [
        {
          id: delivered.deliveryId,
          eventName: 'message.delivered',
          body: '{"field":"message","payload":{}}',
          status: 'delivered',
          attempts: 1,
          statusCode: 200,
          responseBody: 'thanks',
          errorMessage: null,
          startedAt: delivered.startedAt,
        },
      ],
    });
    expect(await findEvent(db, delivered.eventId)).toMatchObject({
      accountId: account,
      deliveries: [{ status: 'delivered', attempts: [{ number: 1, durationMs: 18, statusCode: 200 }] }],
    });
    expect(await findWebhook(db, account, webhook)).toMatchObject({
      lastDeliveryAttemptAt: delivered.startedAt,
      lastSuccessfulDeliveryAt: delivered.startedAt,
    });
  });

  test('that failed sets the time of the attempt only', async () => {
    const failed = aTest(failure);
    await recordTestDelivery(db, account, failed);
    expect(await listWebhookEvents(db, account, webhook, firstPage)).toMatchObject({
      items: [{ status: 'failed', ...failure }],
    });
    expect(await findWebhook(db, account, webhook)).toMatchObject({
      lastDeliveryAttemptAt: failed.startedAt,
      lastSuccessfulDeliveryAt: null,
    });
  });

  test('leaves the count of failures, the state and the time of the last change alone', async () => {
    await recordTestDelivery(db, account, aTest());
    await recordTestDelivery(db, account, aTest(failure));
    expect(await findWebhook(db, account, webhook)).toMatchObject({
      consecutiveFailures: 4,
      isActive: true,
      updatedAt: null,
    });
    await setWebhookActive(db, account, webhook, false);
    await recordTestDelivery(db, account, aTest());
    expect(await findWebhook(db, account, webhook)).toMatchObject({ isActive: false });
  });

  test('never moves the times back', async () => {
    const late = aTest();
    const early = aTest({ startedAt: new Date(late.startedAt.getTime() - 60_000) });
    await recordTestDelivery(db, account, late);
    await recordTestDelivery(db, account, early);
    expect(await findWebhook(db, account, webhook)).toMatchObject({
      lastDeliveryAttemptAt: late.startedAt,
      lastSuccessfulDeliveryAt: late.startedAt,
    });
  });

  test("of another account's webhook, or of one that is gone, leaves no trace", async () => {
    const strange = aTest();
    await recordTestDelivery(db, await anAccount(db), strange);
    const gone = aTest({ webhookId: randomUUID() });
    await recordTestDelivery(db, account, gone);
    expect((await listWebhookEvents(db, account, webhook, firstPage)).total).toBe(0);
    expect(await findEvent(db, strange.eventId)).toBeNull();
    expect(await findEvent(db, gone.eventId)).toBeNull();
    expect(await findWebhook(db, account, webhook)).toMatchObject({ lastDeliveryAttemptAt: null });
  });
});
