import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { latencyBoundsMs, sumOf } from '../../src/domain/delivery-stats.ts';
import { newId } from '../../src/domain/identifier.ts';
import { type StatsRange, statsRanges, windowAt } from '../../src/domain/stats-window.ts';
import { databaseNow } from '../../src/storage/clock.ts';
import type { Database } from '../../src/storage/database.ts';
import { failPendingOfInactive } from '../../src/storage/deliveries.ts';
import { readDeliveryStats, statsCounters, statsStatement } from '../../src/storage/delivery-stats.ts';
import { migrate, readMigrations } from '../../src/storage/migrations.ts';
import { createPartitions } from '../../src/storage/partitions.ts';
import type { WebhookScope } from '../../src/storage/webhook-scope.ts';
import { setWebhookActive } from '../../src/storage/webhooks.ts';
import { openBlankDatabase } from '../support/blank-database.ts';
import { type MovableClock, openMovableClock, openTestDatabase } from '../support/database.ts';
import { attemptAll, givenUp, manyWebhooks, postponed, publishEvents } from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';
import { keptStats, type LoggedOutcome, logOutcomes, statsOfLog } from '../support/log-outcomes.ts';
import { rowsReadOf } from '../support/plan.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

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
  await db.execute('truncate events, deliveries, attempts, pending_deliveries, delivery_stats');
  account = await anAccount(db);
  webhook = (await aWebhook(db, account)).id;
});
afterEach(() => clock.reset());

const delivered: LoggedOutcome = { status: 'delivered', durationMs: 12 };

async function expectExact(): Promise<void> {
  expect(await keptStats(db)).toEqual(await statsOfLog(db));
}

describe('what is counted agrees with the log', () => {
  test('in columns that are the bounds of the histogram', async () => {
    const columns = await db.query<{ name: string }>(sql`
      select attname as name from pg_attribute
      where attrelid = 'delivery_stats'::regclass and attnum > 0 order by attnum`);
    expect(columns.map(({ name }) => name)).toEqual(['webhook_id', 'starts_at', ...statsCounters]);
  });

  test('for attempts as long as each bound, and a little longer', async () => {
    const durations = latencyBoundsMs.flatMap((bound) => [bound, bound + 1]);
    await logOutcomes(
      db,
      webhook,
      new Date(),
      durations.map((durationMs) => ({ status: 'delivered', durationMs })),
    );
    await expectExact();
    expect(await keptStats(db)).toMatchObject([
      { timed: durations.length, withinBounds: latencyBoundsMs.map((_bound, index) => 2 * index + 1) },
    ]);
  });

  test('over deliveries that were delivered, given up, retried and closed, as time goes by', async () => {
    const publish = (events: number) =>
      publishEvents(
        db,
        Array.from({ length: events }, () => anEvent(account)),
      );
    await publish(3);
    await attemptAll(db, { durationMs: 7 });
    await clock.move(4 * minuteMs);
    await publish(2);
    await attemptAll(db, { ...givenUp, durationMs: 30_000 });
    await clock.move(4 * minuteMs);
    await publish(2);
    await attemptAll(db, { ...postponed, retryInMs: 0, durationMs: 9000 });
    await attemptAll(db, { durationMs: 800 });
    await publish(2);
    await setWebhookActive(db, account, webhook, false);
    expect(await failPendingOfInactive(db, 100)).toBe(2);
    await expectExact();
    const everything = sumOf(await keptStats(db));
    expect(everything).toMatchObject({ delivered: 5, failed: 4, timed: 7 });
    expect((await keptStats(db)).length).toBeGreaterThan(1);
  });

  test('when the day of a delivery is made only later, and its row moves', async () => {
    await publishEvents(db, [anEvent(account, { id: newId(Date.now() + 9 * dayMs) })]);
    await attemptAll(db);
    await clock.move(3 * dayMs);
    await createPartitions(db);
    expect(await db.query(sql`select from deliveries_default`)).toEqual([]);
    await expectExact();
  });

  test('and nothing is counted that was rolled back', async () => {
    const work = db.transaction(async (transaction) => {
      await logOutcomes(transaction, webhook, new Date(), [delivered]);
      throw new Error('rolled back');
    });
    await expect(work).rejects.toThrow('rolled back');
    expect(await keptStats(db)).toEqual([]);
  });

  test('after many wrote for the same webhooks at once, in any order, and none of them had to give way', async () => {
    const webhooks = Array.from({ length: 12 }, () => randomUUID());
    const write = async (writer: number) => {
      const order = writer % 2 === 0 ? webhooks : webhooks.toReversed();
      for (let round = 0; round < 25; round++) {
        await db.query(sql`
          insert into deliveries (id, webhook_id, event_id, event_name, field, status, attempts, last_duration_ms, finished_at)
          select sibling_id(${newId(Date.now())}::uuid), id, gen_random_uuid(), 'message.sent', 'message', 'delivered', 1,
                 (random() * 3000)::int, clock_now()
          from unnest(${order}::uuid[]) id`);
      }
    };
    await Promise.all([0, 1, 2, 3].map(write));
    expect(sumOf(await keptStats(db))).toMatchObject({ delivered: 1200, timed: 1200 });
    await expectExact();
  });
});

test('of a log from before the statistics nothing is counted but what comes', async () => {
  const old = await openBlankDatabase();
  try {
    await migrate(old, (await readMigrations()).slice(0, 3));
    const id = randomUUID();
    await logOutcomes(old, id, new Date(), [delivered, delivered]);
    await migrate(old);
    expect(await keptStats(old)).toEqual([]);
    await logOutcomes(old, id, new Date(), [delivered]);
    expect(await keptStats(old)).toMatchObject([{ webhookId: id, delivered: 1, timed: 1 }]);
  } finally {
    await old.close();
  }
});

describe('statistics are read', () => {
  const windowOf = async (range: StatsRange) => windowAt(range, await databaseNow(db));
  const ofAccount = (): WebhookScope => ({ accountId: account, webhookId: null });

  test.each(statsRanges)('of %s with every bucket, each with what was finished in it', async (range) => {
    const window = await windowOf(range);
    const { bucketStarts, bucketSeconds, from, to } = window;
    const middle = bucketStarts[bucketStarts.length / 2] ?? from;
    const endOfMiddle = new Date(middle.getTime() + bucketSeconds * 1000 - 1);
    for (const moment of [new Date(from.getTime() - 1), from, middle, endOfMiddle, to]) {
      await logOutcomes(db, webhook, moment, [delivered]);
    }
    const series = await readDeliveryStats(db, ofAccount(), window);
    expect(series.map(({ startsAt }) => startsAt)).toEqual(bucketStarts);
    const counted = series.map((bucket, index) => [index, bucket.delivered]).filter(([, count]) => count);
    expect(counted).toEqual([
      [0, 1],
      [bucketStarts.length / 2, 2],
      [bucketStarts.length - 1, 1],
    ]);
    expect(sumOf(series)).toMatchObject({ delivered: 4, failed: 0, timed: 4 });
  });

  test('of an account, of one webhook, and of everybody', async () => {
    const other = (await aWebhook(db, account)).id;
    const neighbour = await anAccount(db);
    const foreign = (await aWebhook(db, neighbour)).id;
    for (const [id, times] of [
      [webhook, 1],
      [other, 2],
      [foreign, 4],
    ] as const) {
      await logOutcomes(db, id, new Date(), Array(times).fill(delivered));
    }
    const window = await windowOf('24h');
    const total = async (scope: WebhookScope) => sumOf(await readDeliveryStats(db, scope, window)).delivered;
    expect(await total(ofAccount())).toBe(3);
    expect(await total({ accountId: account, webhookId: other })).toBe(2);
    expect(await total({ accountId: account, webhookId: foreign })).toBe(0);
    expect(await total({ accountId: neighbour, webhookId: null })).toBe(4);
    expect(await total('everybody')).toBe(7);
  });

  test('of an account or a webhook without reading those of others', async () => {
    await aWebhook(db, account);
    await manyWebhooks(db, await anAccount(db), 60);
    await db.query(sql`
      insert into delivery_stats
      select id, hour, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
      from webhooks cross join generate_series(clock_now() - interval '30 days', clock_now(), '1 hour') hour`);
    await db.execute('analyze delivery_stats');
    for (const [webhookId, webhooks] of [
      [null, 2],
      [webhook, 1],
    ] as const) {
      const statement = statsStatement({ accountId: account, webhookId }, await windowOf('30d'));
      const [plan] = await db.query(sql`explain (analyze, format json) ${statement}`);
      const read = rowsReadOf(plan, 'delivery_stats');
      expect(read).toBeGreaterThan(0);
      expect(read).toBeLessThanOrEqual(webhooks * (30 * 24 + 1));
    }
  });
});
