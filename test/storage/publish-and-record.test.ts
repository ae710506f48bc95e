import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AttemptOutcome } from '../../src/domain/delivery.ts';
import type { Database } from '../../src/storage/database.ts';
import { failPendingOfInactive, recordOutcomes } from '../../src/storage/deliveries.ts';
import { findEvent } from '../../src/storage/event-records.ts';
import { listWebhookEvents } from '../../src/storage/webhook-events.ts';
import { findWebhook, setWebhookActive } from '../../src/storage/webhooks.ts';
import { advanceClock, openTestDatabase } from '../support/database.ts';
import { attemptAll, claimed, givenUp, outcomeOf, postponed, publishEvents } from '../support/deliveries.ts';
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

const firstPage = { page: 1, pageSize: 20, search: null, status: null, from: null, to: null };

describe('publishing', () => {
  test('reaches every active webhook of the account that subscribed, and no other', async () => {
    const all = await aWebhook(db, account);
    const alias = await aWebhook(db, account, { eventTypes: ['messages', 'contact'] });
    const filtered = await aWebhook(db, account, { eventFilters: { message: ['delivered'] } });
    await aWebhook(db, account, { eventFilters: { message: ['failed'] } });
    await aWebhook(db, account, { eventTypes: ['contact'] });
    const inactive = await aWebhook(db, account);
    await setWebhookActive(db, account, inactive.id, false);
    await aWebhook(db, await anAccount(db));

    const [published] = await publishEvents(db, [anEvent(account)]);

    expect(published).toMatchObject({ deliveries: 3, duplicate: false });
    const deliveries = await claimed(db);
    expect(deliveries.map(({ webhookId, field }) => [webhookId, field]).sort()).toEqual(
      [
        [all.id, 'message'],
        [alias.id, 'messages'],
        [filtered.id, 'message'],
      ].sort(),
    );
  });

  test('stores an event that nobody listens to', async () => {
    const event = anEvent(account, { name: 'templates' });
    expect(await publishEvents(db, [event])).toEqual([{ id: event.id, deliveries: 0, duplicate: false }]);
    expect(await findEvent(db, event.id)).toMatchObject({ name: 'templates', deliveries: [] });
  });

  test('sends nothing for a suspended account', async () => {
    await aWebhook(db, account);
    await db.query(sql`update accounts set status = 'suspended' where id = ${account}`);
    expect(await publishEvents(db, [anEvent(account)])).toMatchObject([{ deliveries: 0 }]);
  });

  test('answers a repeated producer id with the first event, in one batch and in the next', async () => {
    await aWebhook(db, account);
    const first = anEvent(account, { producerId: 'order-1' });
    const again = anEvent(account, { producerId: 'order-1' });
    const other = anEvent(account, { producerId: 'order-2' });
    expect(await publishEvents(db, [first, again, other])).toEqual([
      { id: first.id, deliveries: 1, duplicate: false },
      { id: first.id, deliveries: 1, duplicate: true },
      { id: other.id, deliveries: 1, duplicate: false },
    ]);
    expect(await publishEvents(db, [anEvent(account, { producerId: 'order-1' })])).toEqual([
      { id: first.id, deliveries: 1, duplicate: true },
    ]);
    expect(await claimed(db)).toHaveLength(2);
  });

  test('knows the same producer id of another account as another event', async () => {
    const other = await anAccount(db);
    const published = await publishEvents(db, [
      anEvent(account, { producerId: 'x' }),
      anEvent(other, { producerId: 'x' }),
    ]);
    expect(published.map(({ duplicate }) => duplicate)).toEqual([false, false]);
  });

  test('forgets a producer id after 24 hours', async () => {
    const first = anEvent(account, { producerId: 'daily' });
    await publishEvents(db, [first]);
    await advanceClock(db, 24 * 3_600_000 + 1000);
    const second = anEvent(account, { producerId: 'daily' });
    expect(await publishEvents(db, [second])).toMatchObject([{ id: second.id, duplicate: false }]);
    await advanceClock(db, -24 * 3_600_000 - 1000);
  });

  test('never stores two events for one producer id published at the same moment', async () => {
    const batches = await Promise.all(
      Array.from({ length: 8 }, () =>
        publishEvents(db, [anEvent(account, { producerId: 'a' }), anEvent(account, { producerId: 'b' })]),
      ),
    );
    expect(batches.flat().filter(({ duplicate }) => !duplicate)).toHaveLength(2);
    expect(new Set(batches.flat().map(({ id }) => id)).size).toBe(2);
  });

  test('keeps the body as it was given, byte for byte', async () => {
    await aWebhook(db, account);
    const bodyTail = '"payload":{"b":1.0,"a":12345678901234567890,"é":"\\u0000 {}\\"","10":1,"2":null}}';
    await publishEvents(db, [anEvent(account, { bodyTail })]);
    expect((await claimed(db))[0]?.bodyTail).toBe(bodyTail);
  });
});

describe('recording', () => {
  test('a webhook that goes well has its times to the second, and a success after a failure counts at once', async () => {
    const webhook = await aWebhook(db, account);
    const noon = new Date('2026-01-01T12:00:00.000Z').getTime();
    const attemptAt = async (offsetMs: number, changes: Partial<AttemptOutcome> = {}) => {
      await publishEvents(db, [anEvent(account)]);
      await attemptAll(db, { ...changes, startedAt: new Date(noon + offsetMs) });
      return findWebhook(db, account, webhook.id);
    };
    await attemptAt(0);
    expect((await attemptAt(900))?.lastSuccessfulDeliveryAt).toEqual(new Date(noon));
    expect((await attemptAt(1100))?.lastSuccessfulDeliveryAt).toEqual(new Date(noon + 1100));
    expect(await attemptAt(1200, givenUp)).toMatchObject({
      consecutiveFailures: 1,
      lastDeliveryAttemptAt: new Date(noon + 1200),
    });
    expect(await attemptAt(1300)).toMatchObject({
      consecutiveFailures: 0,
      lastSuccessfulDeliveryAt: new Date(noon + 1300),
    });
  });

  test('a success finishes the delivery and tells the webhook', async () => {
    const webhook = await aWebhook(db, account);
    const event = anEvent(account);
    await publishEvents(db, [event]);
    const [delivery] = await claimed(db);
    if (delivery === undefined) throw new Error('nothing was claimed');
    await recordOutcomes(db, [outcomeOf(delivery, { responseBody: 'ok' })], 10);

    const log = await listWebhookEvents(db, account, webhook.id, firstPage);
    expect(log).toMatchObject({
      total: 1,
      items: [
        {
          id: delivery.id,
          status: 'delivered',
          attempts: 1,
          statusCode: 200,
          responseBody: 'ok',
          errorMessage: null,
        },
      ],
    });
    const stored = await findWebhook(db, account, webhook.id);
    expect(stored?.lastSuccessfulDeliveryAt).not.toBeNull();
    expect(stored?.updatedAt).toBeNull();
    const record = await findEvent(db, event.id);
    expect(record?.deliveries).toMatchObject([
      { status: 'delivered', attempts: [{ number: 1, statusCode: 200 }] },
    ]);
  });

  test('a postponed delivery is due again after its wait, with its attempt kept', async () => {
    const webhook = await aWebhook(db, account);
    const event = anEvent(account);
    await publishEvents(db, [event]);
    const [delivery] = await claimed(db);
    if (delivery === undefined) throw new Error('nothing was claimed');
    await recordOutcomes(db, [outcomeOf(delivery, postponed)], 10);
    expect(await claimed(db)).toEqual([]);
    expect(await listWebhookEvents(db, account, webhook.id, firstPage)).toMatchObject({
      items: [{ status: 'retrying', attempts: 1, statusCode: 500, completedAt: null }],
    });
    await advanceClock(db, 60_100);
    const [again] = await claimed(db);
    expect(again).toMatchObject({ id: delivery.id, attempts: 1, bodyTail: delivery.bodyTail });
    if (again === undefined) throw new Error('nothing was claimed');
    await recordOutcomes(db, [outcomeOf(again, givenUp)], 10);
    const record = await findEvent(db, event.id);
    expect(record?.deliveries[0]?.attempts.map(({ number }) => number)).toEqual([1, 2]);
    expect((await findWebhook(db, account, webhook.id))?.consecutiveFailures).toBe(1);
    await advanceClock(db, -60_100);
  });

  test('an attempt during which the clock was set forward by years is recorded', async () => {
    await aWebhook(db, account);
    await publishEvents(db, [anEvent(account)]);
    const [delivery] = await claimed(db);
    if (delivery === undefined) throw new Error('nothing was claimed');
    await recordOutcomes(db, [outcomeOf(delivery, { durationMs: 1e12 })], 0);
    expect(await db.query(sql`select from pending_deliveries`)).toEqual([]);
  });

  test('a lost lease changes nothing', async () => {
    const webhook = await aWebhook(db, account);
    await publishEvents(db, [anEvent(account)]);
    const [delivery] = await claimed(db);
    if (delivery === undefined) throw new Error('nothing was claimed');
    await recordOutcomes(db, [outcomeOf({ ...delivery, lease: randomUUID() })], 10);
    expect(await listWebhookEvents(db, account, webhook.id, firstPage)).toMatchObject({
      items: [{ status: 'pending' }],
    });
    await recordOutcomes(db, [outcomeOf(delivery)], 10);
    await recordOutcomes(db, [outcomeOf(delivery, givenUp)], 10);
    expect((await listWebhookEvents(db, account, webhook.id, firstPage)).items).toMatchObject([
      { status: 'delivered' },
    ]);
    expect((await findWebhook(db, account, webhook.id))?.consecutiveFailures).toBe(0);
  });

  test('failures in one batch count from its last success on', async () => {
    const webhook = await aWebhook(db, account);
    await publishEvents(
      db,
      Array.from({ length: 5 }, () => anEvent(account)),
    );
    const deliveries = await claimed(db);
    const verdicts = [givenUp, givenUp, {}, givenUp, givenUp];
    await recordOutcomes(
      db,
      deliveries.map((delivery, index) => outcomeOf(delivery, verdicts[index])),
      10,
    );
    expect((await findWebhook(db, account, webhook.id))?.consecutiveFailures).toBe(2);
  });

  test('failures that several processes record at once are all counted', async () => {
    const webhooks = [await aWebhook(db, account), await aWebhook(db, account), await aWebhook(db, account)];
    await publishEvents(
      db,
      Array.from({ length: 20 }, () => anEvent(account)),
    );
    const deliveries = await claimed(db);
    const batches = Array.from({ length: 10 }, (_, batch) =>
      deliveries.filter((_delivery, index) => index % 10 === batch),
    );
    await Promise.all(
      batches.map((batch) =>
        recordOutcomes(
          db,
          batch.map((delivery) => outcomeOf(delivery, givenUp)),
          0,
        ),
      ),
    );
    for (const { id } of webhooks) {
      expect((await findWebhook(db, account, id))?.consecutiveFailures).toBe(20);
    }
  });

  test('enough failures in a row disable the webhook, and what was pending fails with the reason', async () => {
    const webhook = await aWebhook(db, account);
    await publishEvents(
      db,
      Array.from({ length: 5 }, () => anEvent(account)),
    );
    const deliveries = await claimed(db, { limit: 3 });
    const disabled = await recordOutcomes(
      db,
      deliveries.map((delivery) => outcomeOf(delivery, givenUp)),
      3,
    );
    expect(disabled).toEqual([
      { id: webhook.id, reason: 'the webhook was disabled after 3 failed deliveries in a row' },
    ]);
    expect(await findWebhook(db, account, webhook.id)).toMatchObject({
      isActive: false,
      consecutiveFailures: 3,
    });
    expect(await failPendingOfInactive(db, 100)).toBe(2);
    const log = await listWebhookEvents(db, account, webhook.id, { ...firstPage, status: 'failed' });
    expect(log.total).toBe(5);
    expect(
      log.items.filter(({ attempts }) => attempts === 0).map(({ errorMessage }) => errorMessage),
    ).toEqual([
      'Given up: the webhook was disabled after 3 failed deliveries in a row',
      'Given up: the webhook was disabled after 3 failed deliveries in a row',
    ]);
  });
});
