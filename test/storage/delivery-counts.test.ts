import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newId } from '../../src/domain/identifier.ts';
import type { Database } from '../../src/storage/database.ts';
import { failPendingOfInactive } from '../../src/storage/deliveries.ts';
import { countUncountedDays } from '../../src/storage/delivery-counts.ts';
import { eraseSome } from '../../src/storage/erasures.ts';
import { migrate, readMigrations } from '../../src/storage/migrations.ts';
import { createPartitions, dropPartitions } from '../../src/storage/partitions.ts';
import { beginResend, recordResend } from '../../src/storage/resends.ts';
import { recordTestDelivery } from '../../src/storage/test-deliveries.ts';
import { filterOf, type WebhookEventQuery } from '../../src/storage/webhook-event-filter.ts';
import { totalStatement } from '../../src/storage/webhook-event-total.ts';
import { listWebhookEvents } from '../../src/storage/webhook-events.ts';
import { deleteWebhook, setWebhookActive } from '../../src/storage/webhooks.ts';
import { openBlankDatabase } from '../support/blank-database.ts';
import { advanceClock, openTestDatabase } from '../support/database.ts';
import { attemptAll, givenUp, postponed, publishEvents } from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let db: Database;
let account: string;
let webhook: string;
let movedMs = 0;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute(`
    truncate events, deliveries, attempts, pending_deliveries, delivery_counts, uncounted_days, erasures`);
  account = await anAccount(db);
  webhook = (await aWebhook(db, account)).id;
});
afterEach(async () => {
  await advanceClock(db, -movedMs);
  movedMs = 0;
});

async function publishAt(
  moments: readonly number[],
  names: readonly string[] = ['message.sent'],
): Promise<void> {
  await publishEvents(
    db,
    moments.flatMap((ms) => names.map((name) => anEvent(account, { id: newId(ms), name }))),
  );
}

/** The counts as they are kept, and as the log says. */
async function counts(on: Database = db) {
  const kept = await on.query(sql`
    select webhook_id, day::text, status, deliveries::int from delivery_counts order by 1, 2, 3`);
  const counted = await on.query(sql`
    select webhook_id, day_of(id)::text as day, status, count(*)::int as deliveries
    from deliveries group by 1, 2, 3 order by 1, 2, 3`);
  return { kept, counted };
}

async function expectExact(on: Database = db): Promise<void> {
  const { kept, counted } = await counts(on);
  expect(kept).toEqual(counted);
}

const all = { page: 1, pageSize: 100, search: null, status: null, from: null, to: null };

async function expectExactTotal(query: Partial<WebhookEventQuery>): Promise<void> {
  const { items, total } = await listWebhookEvents(db, account, webhook, { ...all, ...query });
  const everything = await listWebhookEvents(db, account, webhook, all);
  const { status = null, search = null, from = null, to = null } = query;
  const wanted = everything.items.filter(
    (item) =>
      (status === null || item.status === status) &&
      (search === null || item.eventName.includes(search)) &&
      (from === null || item.createdAt >= from) &&
      (to === null || item.createdAt < to),
  );
  expect(items).toEqual(wanted);
  expect(total).toBe(wanted.length);
}

function testDelivery(errorMessage: string | null) {
  const id = newId(Date.now());
  const content = { eventName: 'message.sent', field: 'message', bodyTail: '{}' };
  const answer = { startedAt: new Date(), durationMs: 1, statusCode: 200, responseBody: null, errorMessage };
  return { webhookId: webhook, deliveryId: id, eventId: newId(Date.now()), ...content, ...answer };
}

describe('the counts agree with the log', () => {
  test('of what was delivered, given up, retried, closed and tested', async () => {
    const now = Date.now();
    await publishAt([now, now - dayMs, now - 400 * dayMs]);
    await attemptAll(db);
    await publishAt([now, now]);
    await attemptAll(db, givenUp);
    await publishAt([now, now - dayMs]);
    await attemptAll(db, { ...postponed, retryInMs: 0 });
    await expectExact();
    await attemptAll(db);
    await publishAt([now]);
    await setWebhookActive(db, account, webhook, false);
    expect(await failPendingOfInactive(db, 100)).toBe(1);
    await recordTestDelivery(db, account, testDelivery(null));
    await recordTestDelivery(db, account, testDelivery('no'));
    const { kept } = await counts();
    expect(kept).toHaveLength(4);
    await expectExact();
  });

  test('nor is anything counted that was rolled back', async () => {
    await publishAt([Date.now()]);
    const work = db.transaction(async (transaction) => {
      await attemptAll(transaction);
      throw new Error('rolled back');
    });
    await expect(work).rejects.toThrow('rolled back');
    expect(await counts()).toEqual({ kept: [], counted: [] });
  });

  test('after many wrote for the same webhooks at once, in any order, and none of them had to give way', async () => {
    const webhooks = Array.from({ length: 12 }, () => randomUUID());
    const insert = async (writer: number) => {
      const order = writer % 2 === 0 ? webhooks : webhooks.toReversed();
      for (let round = 0; round < 25; round++) {
        await db.query(sql`
          insert into deliveries (id, webhook_id, event_id, event_name, field, status, attempts, finished_at)
          select sibling_id(${newId(Date.now())}::uuid), id, gen_random_uuid(), 'message.sent', 'message',
                 case when random() < 0.5 then 'failed' else 'delivered' end, 1, clock_now()
          from unnest(${order}::uuid[]) id`);
      }
    };
    await Promise.all([0, 1, 2, 3].map(insert));
    expect(await db.query(sql`select sum(deliveries)::int as all from delivery_counts`)).toEqual([
      { all: 1200 },
    ]);
    await expectExact();
  });

  test('when a webhook and its log are erased', async () => {
    await publishAt([Date.now(), Date.now() - dayMs]);
    await attemptAll(db);
    const other = await aWebhook(db, account);
    await publishAt([Date.now()]);
    await attemptAll(db);
    await deleteWebhook(db, account, webhook);
    for (let round = 0; (await eraseSome(db, 100)) > 0; round++) expect(round).toBeLessThan(100);
    expect((await counts()).kept).toMatchObject([{ webhook_id: other.id, deliveries: 1 }]);
    await expectExact();
  });

  test('when days are dropped, and what is as old in the default', async () => {
    const now = Date.now();
    await createPartitions(db);
    await publishAt([now, now - dayMs, now - 40 * dayMs, now + 500 * dayMs]);
    await attemptAll(db);
    expect((await counts()).kept).toHaveLength(4);
    await dropPartitions(db, 30);
    expect((await counts()).kept).toHaveLength(3);
    await expectExact();
    movedMs = 32 * dayMs;
    await advanceClock(db, movedMs);
    await dropPartitions(db, 30);
    expect((await counts()).kept).toHaveLength(1);
    await expectExact();
  });
});

describe('totals', () => {
  test('are those of the log, whatever happened and whatever is asked', async () => {
    const steps = fc.constantFrom('publish', 'deliver', 'giveUp', 'postpone', 'close', 'test', 'resend');
    const hours = fc.integer({ min: -80, max: 80 });
    const asked = fc.record({
      status: fc.constantFrom(null, 'pending', 'retrying', 'delivered', 'failed'),
      search: fc.constantFrom(null, null, 'sent', 'message'),
      from: fc.option(hours, { nil: null }),
      to: fc.option(hours, { nil: null }),
    });
    const midnight = Math.floor(Date.now() / dayMs) * dayMs;
    const moment = (hour: number | null) => (hour === null ? null : new Date(midnight + hour * hourMs));
    await fc.assert(
      fc.asyncProperty(
        fc.array(steps, { minLength: 4, maxLength: 10 }),
        fc.array(asked, { minLength: 6 }),
        fc.array(hours, { minLength: 1, maxLength: 6 }),
        async (happening, questions, published) => {
          await db.execute('truncate events, deliveries, attempts, pending_deliveries, delivery_counts');
          await setWebhookActive(db, account, webhook, true);
          for (const step of ['publish', ...happening])
            await take(
              step,
              published.map((hour) => midnight + hour * hourMs),
            );
          await expectExact();
          for (const { from, to, ...rest } of questions) {
            await expectExactTotal({ ...rest, from: moment(from), to: moment(to) });
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  async function take(step: string, moments: readonly number[]): Promise<void> {
    if (step === 'publish') await publishAt(moments, ['message.sent', 'message.read']);
    if (step === 'deliver') await attemptAll(db);
    if (step === 'giveUp') await attemptAll(db, givenUp);
    if (step === 'postpone') await attemptAll(db, { ...postponed, retryInMs: 0 });
    if (step === 'test') await recordTestDelivery(db, account, testDelivery(null));
    if (step === 'resend') await resendSome();
    if (step === 'close') {
      await setWebhookActive(db, account, webhook, false);
      await failPendingOfInactive(db, 100);
      await setWebhookActive(db, account, webhook, true);
    }
  }

  /** The newest two that failed. */
  async function resendSome(): Promise<void> {
    const failed = { ...all, status: 'failed', pageSize: 2 } as const;
    const { items } = await listWebhookEvents(db, account, webhook, failed);
    for (const { id } of items) {
      const key = { accountId: account, webhookId: webhook, id };
      const number = (await beginResend(db, key)) ?? 0;
      const reply = { statusCode: 200, responseBody: null, errorMessage: null };
      await recordResend(db, key, { number, startedAt: new Date(), durationMs: 1, ...reply });
    }
  }

  test.each([
    { title: 'of everything', query: {} },
    { title: 'of one status', query: { status: 'failed' } },
    { title: 'of whole days', query: { from: new Date(0) } },
  ] as const)('$title are had without reading the log', async ({ query }) => {
    await publishAt([Date.now(), Date.now() - dayMs]);
    await attemptAll(db, givenUp);
    const asked = { ...all, ...query };
    const statement = totalStatement(asked, filterOf(account, webhook, asked));
    const plan = JSON.stringify(await db.query(sql`explain (analyze, format json) ${statement}`));
    const scans = [...plan.matchAll(/"Relation Name":"deliveries_\w+".*?"Actual Loops":(\d+)/g)];
    expect(scans.filter(([, loops]) => loops !== '0')).toEqual([]);
  });
});

describe('a log from before the counts', () => {
  test('has the same totals before, while and after it is counted, and its failures get their index', async () => {
    const known = await readMigrations();
    const old = await openBlankDatabase();
    try {
      await migrate(old, known.slice(0, 2));
      await createPartitions(old);
      const owner = await anAccount(old);
      const { id } = await aWebhook(old, owner);
      const now = Date.now();
      const publish = () =>
        publishEvents(
          old,
          [now, now - 400 * dayMs].map((ms) => anEvent(owner, { id: newId(ms) })),
        );
      await publish();
      await attemptAll(old, givenUp);
      await migrate(old);
      const total = async () => (await listWebhookEvents(old, owner, id, { ...all, status: 'failed' })).total;
      expect(await total()).toBe(2);
      await publish();
      await attemptAll(old, givenUp);
      expect(await total()).toBe(4);
      await Promise.all([countUncountedDays(old), countUncountedDays(old)]);
      expect(await total()).toBe(4);
      expect(await old.query(sql`select day from uncounted_days`)).toEqual([]);
      await expectExact(old);
      expect(
        await old.query(
          sql`select indisvalid from pg_index where indexrelid = 'deliveries_failed'::regclass`,
        ),
      ).toEqual([{ indisvalid: true }]);
      await createPartitions(old);
    } finally {
      await old.close();
    }
  });
});
