/** One delivery that is sent again: what becomes of it in the queue, in the log and in the counts. */
import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newId } from '../../src/domain/identifier.ts';
import type { Database } from '../../src/storage/database.ts';
import { failPendingDelivery, failPendingOfInactive } from '../../src/storage/deliveries.ts';
import { countUncountedDays } from '../../src/storage/delivery-counts.ts';
import { leaseMs } from '../../src/storage/leases.ts';
import {
  beginResend,
  bringForward,
  type DeliveryKey,
  type ResendOutcome,
  recordResend,
} from '../../src/storage/resends.ts';
import { findWebhookEvent } from '../../src/storage/webhook-events.ts';
import { deleteWebhook, findWebhook, setWebhookActive } from '../../src/storage/webhooks.ts';
import { type MovableClock, openMovableClock, openTestDatabase } from '../support/database.ts';
import { attemptAll, claimed, givenUp, postponed, publishEvents } from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';

let db: Database;
let clock: MovableClock;
let account: string;
let webhook: string;

beforeAll(async () => {
  db = await openTestDatabase();
  clock = openMovableClock(db);
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('truncate pending_deliveries, deliveries, attempts, delivery_counts, uncounted_days');
  account = await anAccount(db);
  webhook = (await aWebhook(db, account)).id;
});
afterEach(() => clock.reset());

/** One delivery of the webhook. */
async function aDelivery(publishedAt = Date.now()): Promise<DeliveryKey> {
  const [event] = await publishEvents(db, [anEvent(account, { id: newId(publishedAt) })]);
  const [row] = await db.query<{ id: string }>(
    sql`select id from pending_deliveries where webhook_id = ${webhook} and event_id = ${event?.id}`,
  );
  return { accountId: account, webhookId: webhook, id: row?.id ?? 'none' };
}

async function aFinished(
  outcome: Parameters<typeof attemptAll>[1] = givenUp,
  publishedAt = Date.now(),
): Promise<DeliveryKey> {
  const key = await aDelivery(publishedAt);
  await attemptAll(db, outcome);
  return key;
}

const started = (second: number) => new Date(Date.parse('2026-01-15T10:00:00Z') + second * 1000);
const failure = { statusCode: 503, responseBody: 'busy', errorMessage: 'The endpoint answered 503' };

function outcome(number: number, changes: Partial<ResendOutcome> = {}): ResendOutcome {
  const answer = { statusCode: 200, responseBody: 'ok', errorMessage: null };
  return { number, startedAt: started(number), durationMs: 20.4, ...answer, ...changes };
}

async function resend(key: DeliveryKey, changes: Partial<ResendOutcome> = {}): Promise<void> {
  await recordResend(db, key, outcome((await beginResend(db, key)) ?? -1, changes));
}

const detail = ({ id }: DeliveryKey) => findWebhookEvent(db, account, webhook, id);

/** The counts as they are kept, and as the log says. */
async function counts() {
  const kept = await db.query(sql`
    select webhook_id, day::text, status, deliveries::int from delivery_counts order by 1, 2, 3`);
  const counted = await db.query(sql`
    select webhook_id, day_of(id)::text as day, status, count(*)::int as deliveries
    from deliveries group by 1, 2, 3 order by 1, 2, 3`);
  return { kept, counted };
}

describe('a finished delivery', () => {
  test('that failed is delivered once a resend succeeds, with every attempt in its order', async () => {
    const key = await aFinished({ ...givenUp, startedAt: started(0), durationMs: 5 });
    await resend(key, failure);
    expect((await detail(key))?.event).toMatchObject({ status: 'failed', attempts: 2, ...failure });
    await resend(key);
    const found = await detail(key);
    expect(found?.event).toMatchObject({
      status: 'delivered',
      attempts: 3,
      statusCode: 200,
      responseBody: 'ok',
      errorMessage: null,
      startedAt: started(0),
    });
    expect(found?.nextAttemptAt).toBeNull();
    const first = { statusCode: 500, responseBody: 'no', errorMessage: 'The endpoint answered 500' };
    expect(found?.attempts).toEqual([
      { number: 1, startedAt: started(0), durationMs: 5, ...first },
      { number: 2, startedAt: started(2), durationMs: 20, ...failure },
      {
        number: 3,
        startedAt: started(3),
        durationMs: 20,
        statusCode: 200,
        responseBody: 'ok',
        errorMessage: null,
      },
    ]);
  });

  test('that was delivered stays so when a resend fails, and shows the last answer', async () => {
    const key = await aFinished({ responseBody: 'fine' });
    await resend(key, failure);
    const found = await detail(key);
    expect(found?.event).toMatchObject({ status: 'delivered', attempts: 2, ...failure });
    expect(found?.attempts).toMatchObject([
      { number: 1, responseBody: 'fine' },
      { number: 2, ...failure },
    ]);
  });

  test('that was closed without an attempt gets its first one', async () => {
    const key = await aDelivery();
    await setWebhookActive(db, account, webhook, false);
    await failPendingOfInactive(db, 100);
    await resend(key);
    const found = await detail(key);
    expect(found?.event).toMatchObject({ status: 'delivered', attempts: 1, startedAt: started(1) });
    expect(found?.attempts).toMatchObject([{ number: 1, startedAt: started(1) }]);
  });

  test('keeps its answer, and counts the attempt, while a resend is under way', async () => {
    const key = await aFinished({ ...givenUp, startedAt: started(0) });
    expect(await beginResend(db, key)).toBe(2);
    const found = await detail(key);
    expect(found?.event).toMatchObject({
      status: 'failed',
      attempts: 2,
      statusCode: 500,
      responseBody: 'no',
    });
    expect(found?.attempts).toMatchObject([{ number: 1, startedAt: started(0) }]);
    // Never recorded: the process died. The number stays unused.
    expect(await beginResend(db, key)).toBe(3);
    await recordResend(db, key, outcome(3));
    expect((await detail(key))?.attempts).toMatchObject([{ number: 1 }, { number: 3 }]);
  });

  test('two resends at once have a number each, and neither is lost, whichever ends first', async () => {
    for (const order of [
      [2, 3],
      [3, 2],
    ] as const) {
      const key = await aFinished();
      const numbers = await Promise.all([beginResend(db, key), beginResend(db, key)]);
      expect(numbers.toSorted()).toEqual([2, 3]);
      for (const number of order) {
        await recordResend(db, key, outcome(number, number === 2 ? {} : failure));
      }
      const found = await detail(key);
      expect(found?.event).toMatchObject({ status: 'delivered', attempts: 3, ...failure });
      expect(found?.attempts).toMatchObject([
        { number: 1, statusCode: 500 },
        { number: 2, statusCode: 200 },
        { number: 3, ...failure },
      ]);
    }
  });

  test('many resends that begin and end at once are all recorded', async () => {
    const key = await aFinished();
    await Promise.all(Array.from({ length: 12 }, () => resend(key)));
    const found = await detail(key);
    expect(found?.attempts.map(({ number }) => number)).toEqual(
      Array.from({ length: 13 }, (_none, n) => n + 1),
    );
    expect(found?.event).toMatchObject({ status: 'delivered', attempts: 13 });
  });

  test('leaves the failures of its webhook alone, and moves its times', async () => {
    await db.query(sql`update webhooks set consecutive_failures = 4 where id = ${webhook}`);
    const key = await aFinished({ ...givenUp, startedAt: started(0) });
    await db.query(sql`update webhooks set consecutive_failures = 4 where id = ${webhook}`);
    await resend(key, { ...failure, startedAt: started(10) });
    expect(await findWebhook(db, account, webhook)).toMatchObject({
      consecutiveFailures: 4,
      lastDeliveryAttemptAt: started(10),
      lastSuccessfulDeliveryAt: null,
      updatedAt: null,
    });
    await resend(key, { startedAt: started(20) });
    await resend(key, { startedAt: started(15) });
    expect(await findWebhook(db, account, webhook)).toMatchObject({
      consecutiveFailures: 4,
      isActive: true,
      lastDeliveryAttemptAt: started(20),
      lastSuccessfulDeliveryAt: started(20),
    });
  });

  test("is not another account's or another webhook's, and an unfinished one is not begun", async () => {
    const key = await aFinished();
    expect(await beginResend(db, { ...key, accountId: await anAccount(db) })).toBeNull();
    expect(await beginResend(db, { ...key, webhookId: (await aWebhook(db, account)).id })).toBeNull();
    expect(await beginResend(db, { ...key, id: randomUUID() })).toBeNull();
    expect(await beginResend(db, await aDelivery())).toBeNull();
    expect((await detail(key))?.event.attempts).toBe(1);
  });

  test('whose webhook was deleted while it was sent is left as it was', async () => {
    const key = await aFinished();
    const number = await beginResend(db, key);
    await deleteWebhook(db, account, webhook);
    await recordResend(db, key, outcome(number ?? -1));
    expect(await db.query(sql`select status, last_attempt_at from deliveries where id = ${key.id}`)).toEqual([
      { status: 'failed', last_attempt_at: null },
    ]);
  });
});

describe('the counts', () => {
  test('follow what was failed and is delivered', async () => {
    const keys = [await aFinished(), await aFinished(), await aFinished({})];
    for (const key of keys) {
      await resend(key, failure);
      await resend(key);
      await resend(key);
      const { kept, counted } = await counts();
      expect(kept).toEqual(counted);
    }
    expect((await counts()).kept).toMatchObject([{ status: 'delivered', deliveries: 3 }]);
  });

  test('stay exact when many deliveries are sent again while others fail', async () => {
    const keys: DeliveryKey[] = [];
    for (let n = 0; n < 12; n++) keys.push(await aFinished());
    await publishEvents(
      db,
      Array.from({ length: 30 }, () => anEvent(account)),
    );
    const failing = async () => {
      for (let n = 0; n < 6; n++) {
        const deliveries = await claimed(db, { limit: 5 });
        await setFailed(deliveries.map(({ id }) => id));
      }
    };
    await Promise.all([...keys.map((key) => resend(key)), failing()]);
    const { kept, counted } = await counts();
    expect(kept).toEqual(counted);
    expect(kept).toMatchObject([
      { status: 'delivered', deliveries: 12 },
      { status: 'failed', deliveries: 30 },
    ]);
  });

  test('of a day that is not counted yet are made when it is', async () => {
    // No day of its own: as those that are older than the counts.
    const longAgo = Date.now() - 400 * 86_400_000;
    const [first, second] = [await aFinished(givenUp, longAgo), await aFinished(givenUp, longAgo)];
    await db.execute('truncate delivery_counts');
    await db.query(sql`insert into uncounted_days (day) values (day_of(${first.id}::uuid))`);
    await resend(first);
    expect((await counts()).kept).toEqual([]);
    await countUncountedDays(db);
    const { kept, counted } = await counts();
    expect(kept).toEqual(counted);
    expect(kept).toHaveLength(2);
    await resend(second);
    expect((await counts()).kept).toMatchObject([{ status: 'delivered', deliveries: 2 }]);
  });

  /** Logged as failed, in one statement, as the closer does. */
  async function setFailed(ids: readonly string[]): Promise<void> {
    await db.query(sql`
      with gone as (delete from pending_deliveries where id = any(${ids}::uuid[]) returning *)
      insert into deliveries (id, webhook_id, event_id, event_name, field, status, attempts, finished_at)
      select id, webhook_id, event_id, event_name, field, 'failed', 0, clock_now() from gone`);
  }
});

describe('an unfinished delivery', () => {
  test('that waits for its retry is ready at once, in its lane', async () => {
    const key = await aDelivery();
    await attemptAll(db, postponed);
    expect(await claimed(db)).toEqual([]);
    expect(await bringForward(db, key)).toEqual({
      state: 'ready',
      lanes: [{ webhookId: webhook, accountId: account, isRetry: true, isFailing: false }],
    });
    expect(await claimed(db)).toMatchObject([{ id: key.id, attempts: 1 }]);
  });

  test('that has not been tried yet stays ready', async () => {
    const key = await aDelivery();
    expect(await bringForward(db, key)).toMatchObject({ state: 'ready', lanes: [{ isRetry: false }] });
    expect(await claimed(db)).toMatchObject([{ id: key.id }]);
  });

  test('that is being sent stays with its process, until its lease is over', async () => {
    const key = await aDelivery();
    await claimed(db);
    expect(await bringForward(db, key)).toEqual({ state: 'under-way' });
    expect(await claimed(db)).toEqual([]);
    await clock.move(leaseMs);
    expect(await bringForward(db, key)).toMatchObject({ state: 'ready' });
  });

  test("is not another account's or another webhook's", async () => {
    const key = await aDelivery();
    expect(await bringForward(db, { ...key, accountId: await anAccount(db) })).toBeNull();
    expect(await bringForward(db, { ...key, webhookId: (await aWebhook(db, account)).id })).toBeNull();
    expect(await bringForward(db, { ...key, id: randomUUID() })).toBeNull();
  });

  test('that is finished is not brought forward', async () => {
    expect(await bringForward(db, await aFinished())).toBeNull();
  });

  test('of a webhook that is not active is closed alone, unless it is being sent', async () => {
    const other = await aDelivery();
    await attemptAll(db, postponed);
    const key = await aDelivery();
    expect(await failPendingDelivery(db, webhook, key.id)).toBe(0);
    await setWebhookActive(db, account, webhook, false);
    expect(await failPendingDelivery(db, webhook, key.id)).toBe(1);
    expect((await detail(key))?.event.status).toBe('failed');
    expect((await detail(other))?.event.status).toBe('retrying');
    await db.query(
      sql`update pending_deliveries set lease = ${randomUUID()}, due_at = clock_now() + interval '1 minute'`,
    );
    expect(await failPendingDelivery(db, webhook, other.id)).toBe(0);
  });
});
