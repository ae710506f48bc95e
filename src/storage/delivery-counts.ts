/**
 * How many finished deliveries the log holds, by webhook, day and status. A trigger on the log adds to them; here they
 * follow a delivery whose status changes, are made for days that are older than the trigger, and forgotten together with
 * their day.
 */
import sql from 'sql-template-tag';
import { changingTables } from './changing-tables.ts';
import type { Database, Queryable } from './database.ts';

/** Holds up those who log into the day that is being counted, by about a second per million deliveries of it. */
export async function countUncountedDays(db: Database): Promise<void> {
  const days = await db.query<{ day: string }>(
    sql`select day::text as day from uncounted_days order by day desc`,
  );
  for (const { day } of days) await changingTables(db, (transaction) => countDay(transaction, day));
}

async function countDay(transaction: Queryable, day: string): Promise<void> {
  const [found] = await transaction.query<{ place: string }>(sql`
    select coalesce(
      to_regclass('posthorn.deliveries_' || to_char(day, 'YYYYMMDD')), 'posthorn.deliveries_default'::regclass
    )::text as place
    from uncounted_days where day = ${day}::date`);
  // Another process was faster.
  if (found === undefined) return;
  await transaction.execute(`lock table ${found.place} in share mode`);
  if (found.place !== 'deliveries_default') await indexFailures(transaction, found.place);
  await transaction.query(sql`delete from delivery_counts where day = ${day}::date`);
  await transaction.query(sql`
    insert into delivery_counts (webhook_id, day, status, deliveries)
    select webhook_id, ${day}::date, status, count(*) from deliveries
    where id >= lowest_id(${day}::date) and id < lowest_id(${day}::date + 1)
    group by webhook_id, status`);
  await transaction.query(sql`delete from uncounted_days where day = ${day}::date`);
}

async function indexFailures(transaction: Queryable, partition: string): Promise<void> {
  await transaction.execute(`
    create index ${partition}_failed on ${partition} (webhook_id, id) where status = 'failed';
    alter index deliveries_failed attach partition ${partition}_failed;`);
}

/**
 * One delivery of the webhook that had failed counts as delivered from now on: last of all in the transaction that says so
 * in the log. Since it holds the webhook's row, no other takes from the same count; who adds to them takes them in the same
 * order.
 */
export async function countAsDelivered(
  transaction: Queryable,
  webhookId: string,
  deliveryId: string,
): Promise<void> {
  const counted = await transaction.query(sql`
    insert into delivery_counts as counted (webhook_id, day, status, deliveries)
    select ${webhookId}::uuid, day_of(${deliveryId}::uuid), 'delivered', 1
    where not exists (select from uncounted_days where day = day_of(${deliveryId}::uuid))
    on conflict (webhook_id, day, status) do update set deliveries = counted.deliveries + excluded.deliveries
    returning day`);
  // Its day is counted later, by what the log says then.
  if (counted.length === 0) return;
  await transaction.query(sql`
    with gone as (
      delete from delivery_counts
      where webhook_id = ${webhookId}::uuid and day = day_of(${deliveryId}::uuid) and status = 'failed' and deliveries = 1
      returning day
    )
    update delivery_counts set deliveries = deliveries - 1
    where webhook_id = ${webhookId}::uuid and day = day_of(${deliveryId}::uuid) and status = 'failed'
      and not exists (select from gone)`);
}

/** In the transaction that drops the day. */
export async function forgetCountsOf(transaction: Queryable, day: string): Promise<void> {
  await transaction.query(sql`delete from delivery_counts where day = ${day}::date`);
  await transaction.query(sql`delete from uncounted_days where day = ${day}::date`);
}

/**
 * What the default holds of days before this one, together with its counts, and counts that an older version left behind.
 * Nobody logs meanwhile: a delivery that came in between would stay without its count.
 */
export async function dropDeliveriesBefore(db: Database, day: Date): Promise<void> {
  const isBefore = sql`< ${day.toISOString()}::timestamptz::date`;
  const [found] = await db.query<{ some: boolean }>(sql`
    select exists (select from deliveries_default where id < lowest_id(${day.toISOString()}::timestamptz::date))
      or exists (select from delivery_counts where day ${isBefore})
      or exists (select from uncounted_days where day ${isBefore}) as some`);
  if (found?.some !== true) return;
  await changingTables(db, async (transaction) => {
    await transaction.execute('lock table deliveries in share row exclusive mode');
    await transaction.query(
      sql`delete from deliveries_default where id < lowest_id(${day.toISOString()}::timestamptz::date)`,
    );
    await transaction.query(sql`delete from delivery_counts where day ${isBefore}`);
    await transaction.query(sql`delete from uncounted_days where day ${isBefore}`);
  });
}
