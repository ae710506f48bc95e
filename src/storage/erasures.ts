/**
 * Removes what deleted webhooks and accounts left behind, a bounded number of rows at a time. An erasure stays open for
 * a while after its last row, for what a publish or an attempt that was under way may still write.
 */
import sql from 'sql-template-tag';
import type { Queryable } from './database.ts';

/** Longer than any lease. */
const openMinutes = 5;

/** @returns how many rows it removed; call again while it is not 0 */
export async function eraseSome(db: Queryable, limit: number): Promise<number> {
  const removed = (await eraseWebhookLogs(db, limit)) + (await eraseAccountEvents(db, limit));
  if (removed === 0) {
    await db.query(
      sql`delete from erasures where requested_at < clock_now() - make_interval(mins => ${openMinutes})`,
    );
  }
  return removed;
}

async function eraseWebhookLogs(db: Queryable, limit: number): Promise<number> {
  const [row] = await db.query<{ removed: number }>(sql`
    with erasing as (select id from erasures where subject = 'webhook'),
    queued as (
      delete from pending_deliveries p
      using (
        select webhook_id, id from pending_deliveries where webhook_id in (select id from erasing) limit ${limit}
      ) doomed
      where p.webhook_id = doomed.webhook_id and p.id = doomed.id
      returning p.id
    ),
    logged as (
      delete from deliveries where id in (
        select id from deliveries where webhook_id in (select id from erasing) limit ${limit}
      )
      returning id
    ),
    gone as (select id from queued union all select id from logged),
    tried as (delete from attempts where delivery_id in (select id from gone))
    select count(*)::int as removed from gone`);
  return row?.removed ?? 0;
}

/** Events are found by reading their table: deleting an account is rare, an index for it would be paid by every event. */
async function eraseAccountEvents(db: Queryable, limit: number): Promise<number> {
  const [row] = await db.query<{ removed: number }>(sql`
    with erasing as (select id from erasures where subject = 'account'),
    gone as (
      delete from events where id in (
        select id from events
        where account_id in (select id from erasing) and exists (select from erasing) limit ${limit}
      )
      returning id
    ),
    forgotten as (
      delete from dedup_keys where (account_id, producer_id) in (
        select account_id, producer_id from dedup_keys where account_id in (select id from erasing) limit ${limit}
      )
      returning producer_id
    )
    select (select count(*) from gone)::int + (select count(*) from forgotten)::int as removed`);
  return row?.removed ?? 0;
}
