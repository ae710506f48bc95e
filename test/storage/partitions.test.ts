import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newId } from '../../src/domain/identifier.ts';
import type { Database } from '../../src/storage/database.ts';
import { findEvent } from '../../src/storage/event-records.ts';
import { createPartitions, dropPartitions } from '../../src/storage/partitions.ts';
import { advanceClock, openTestDatabase } from '../support/database.ts';
import { attemptAll, givenUp, postponed, publishEvents } from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';

const dayMs = 86_400_000;
const logTables = ['attempts', 'deliveries', 'events'];

let db: Database;
let account: string;
let movedMs = 0;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  account = await anAccount(db);
  await aWebhook(db, account);
});
afterEach(async () => {
  await moveDays(-movedMs / dayMs);
  await db.execute(
    'delete from events; delete from deliveries; delete from attempts; delete from pending_deliveries',
  );
});

async function moveDays(days: number): Promise<void> {
  await advanceClock(db, days * dayMs);
  movedMs += days * dayMs;
}

function day(offset: number): string {
  return new Date(Date.now() + offset * dayMs).toISOString().slice(0, 10).replaceAll('-', '');
}

async function partitions(): Promise<string[]> {
  const rows = await db.query<{ name: string }>(
    sql`select inhrelid::regclass::text as name from pg_inherits
        where inhparent = any(array['events', 'deliveries', 'attempts']::regclass[]) order by 1`,
  );
  return rows.map(({ name }) => name).filter((name) => !name.endsWith('_default'));
}

/** An event with one finished delivery and an earlier attempt, made at this many days from now. */
async function logAt(days: number): Promise<string> {
  const event = anEvent(account, { id: newId(Date.now() + days * dayMs) });
  await publishEvents(db, [event]);
  await attemptAll(db, { ...postponed, retryInMs: 0 });
  await attemptAll(db, givenUp);
  return event.id;
}

/** In which partitions the log of an event stands. */
async function placesOf(eventId: string): Promise<string[]> {
  const rows = await db.query<{ place: string }>(sql`
    select tableoid::regclass::text as place from events where id = ${eventId}
    union all
    select tableoid::regclass::text from deliveries where event_id = ${eventId}
    union all
    select tableoid::regclass::text from attempts
    where delivery_id in (select id from deliveries where event_id = ${eventId})
    order by 1`);
  return rows.map(({ place }) => place);
}

const everyTableOf = (name: string) => logTables.map((table) => `${table}_${name}`);

describe('the days', () => {
  test('are made from yesterday to a week ahead, once', async () => {
    await createPartitions(db);
    const made = [-1, 0, 1, 2, 3, 4, 5, 6, 7].flatMap((offset) => everyTableOf(day(offset)));
    expect(await partitions()).toEqual(made.sort());
    await createPartitions(db);
    expect(await partitions()).toEqual(made);
  });

  test('are made by many at once', async () => {
    await moveDays(20);
    await Promise.all(Array.from({ length: 4 }, () => createPartitions(db)));
    expect(await partitions()).toEqual(expect.arrayContaining(everyTableOf(day(27))));
  });

  test('take an event, its deliveries and their attempts into the day of the event', async () => {
    expect(await placesOf(await logAt(0))).toEqual(everyTableOf(day(0)));
    expect(await placesOf(await logAt(3))).toEqual(everyTableOf(day(3)));
  });

  test.each([-400, -3, 500])('leave what was made %i days from now to the default', async (days) => {
    const id = await logAt(days);
    expect(await placesOf(id)).toEqual(everyTableOf('default'));
    expect(await findEvent(db, id)).toMatchObject({
      deliveries: [{ status: 'failed', attempts: [{ number: 1 }, { number: 2 }] }],
    });
  });

  test('made later take over what waited for them in the default', async () => {
    const id = await logAt(40);
    expect(await placesOf(id)).toEqual(everyTableOf('default'));
    await moveDays(35);
    await createPartitions(db);
    expect(await placesOf(id)).toEqual(everyTableOf(day(40)));
    expect(await findEvent(db, id)).toMatchObject({
      deliveries: [{ attempts: [{ number: 1 }, { number: 2 }] }],
    });
    await publishEvents(db, [anEvent(account, { id: newId(Date.now() + 40 * dayMs) })]);
  });

  test('hold their rows to the checks of the whole table', async () => {
    await createPartitions(db);
    await expect(
      db.query(sql`
        insert into attempts (delivery_id, webhook_id, number, started_at, duration_ms)
        values (${newId(Date.now())}, ${account}, 0, now(), 1)`),
    ).rejects.toThrow('attempts_number_check');
    const event = anEvent(account);
    await publishEvents(db, [event]);
    await expect(publishEvents(db, [event])).rejects.toThrow('duplicate key');
  });
});

describe('retention', () => {
  test('drops the days that ended so long ago, whole, and keeps the others', async () => {
    const old = await logAt(0);
    await moveDays(6);
    await createPartitions(db);
    const recent = await logAt(6);
    expect(await dropPartitions(db, 6)).not.toContain(`events_${day(0)}`);
    expect(await findEvent(db, old)).not.toBeNull();
    await moveDays(1);
    expect(await dropPartitions(db, 6)).toEqual(everyTableOf(day(0)));
    expect(await findEvent(db, old)).toBeNull();
    expect(await findEvent(db, recent)).toMatchObject({ deliveries: [{ status: 'failed' }] });
    expect(await dropPartitions(db, 6)).toEqual([]);
  });

  test('deletes what is as old in the defaults, and only that', async () => {
    const ancient = await logAt(-400);
    const future = await logAt(500);
    await dropPartitions(db, 30);
    expect(await placesOf(ancient)).toEqual([]);
    expect(await db.query(sql`select delivery_id from attempts where delivery_id < ${newId(0)}`)).toEqual([]);
    expect(await placesOf(future)).toEqual(everyTableOf('default'));
  });

  test('is applied by many at once without one failing', async () => {
    await moveDays(100);
    const dropped = await Promise.all(Array.from({ length: 4 }, () => dropPartitions(db, 30)));
    expect(dropped.flat()).not.toEqual([]);
    expect((await partitions()).filter((name) => name.slice(-8) < day(70))).toEqual([]);
  });

  test('touches no table of another name', async () => {
    await db.execute('create table other_20200101 (id int); create table public.events_20200101 (id int)');
    await dropPartitions(db, 1);
    const rows = await db.query(
      sql`select relname from pg_class where relname in ('other_20200101', 'events_20200101')`,
    );
    expect(rows).toHaveLength(2);
  });
});
