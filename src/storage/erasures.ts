/**
 * Removes what deleted webhooks and accounts left behind, a bounded number of rows at a time. An erasure stays open for
 * a while after its last row, for what a publish or an attempt that was under way may still write.
 */
import sql from 'sql-template-tag';
import type { Queryable } from './database.ts';
import { eraseStats } from './stats-upkeep.ts';

/** Longer than any lease, and than the clocks of two processes are apart. */
const openMinutes = 5;
/** To pass an event by is cheaper than to remove a row. */
const eventsReadPerRow = 10;

/** @returns how much it did; call again while it is not 0 */
export async function eraseSome(db: Queryable, limit: number): Promise<number> {
  // Nearly always: the rest takes longer to plan than to run.
  if ((await db.query(sql`select from erasures limit 1`)).length === 0) return 0;
  const removed =
    (await eraseWebhookLogs(db, limit)) + (await eraseStats(db, limit)) + (await eraseDedupKeys(db, limit));
  const sweep = await sweepEvents(db, limit * eventsReadPerRow);
  const done = removed + sweep.removed + (sweep.hasMore ? 1 : 0);
  return done === 0 ? closeErasures(db, sweep.sweptTo) : done;
}

/** Found webhook by webhook through the indexes, and removed by their keys: no table is read for it. */
async function eraseWebhookLogs(db: Queryable, limit: number): Promise<number> {
  const [row] = await db.query<{ removed: number }>(sql`
    with erasing as (select id from erasures where subject = 'webhook'),
    queued as (
      delete from pending_deliveries p
      using (
        select found.* from erasing cross join lateral (
          select webhook_id, id from pending_deliveries where webhook_id = erasing.id limit ${limit}
        ) found limit ${limit}
      ) doomed
      where p.webhook_id = doomed.webhook_id and p.id = doomed.id
      returning p.id
    ),
    logged as (
      delete from deliveries d
      using (
        select found.* from erasing cross join lateral (
          select webhook_id, id from deliveries where webhook_id = erasing.id limit ${limit}
        ) found limit ${limit}
      ) doomed
      where d.webhook_id = doomed.webhook_id and d.id = doomed.id
      returning d.id
    ),
    -- Whoever is adding to a count now leaves it to the next round.
    counted as (
      delete from delivery_counts c
      using (
        select found.* from erasing cross join lateral (
          select webhook_id, day, status from delivery_counts where webhook_id = erasing.id for update skip locked
        ) found
      ) doomed
      where c.webhook_id = doomed.webhook_id and c.day = doomed.day and c.status = doomed.status
    ),
    gone as (select id from queued union all select id from logged),
    tried as (delete from attempts where delivery_id = any(array(select id from gone)))
    select count(*)::int as removed from gone`);
  return row?.removed ?? 0;
}

async function eraseDedupKeys(db: Queryable, limit: number): Promise<number> {
  const rows = await db.query(sql`
    delete from dedup_keys key
    using (
      select found.* from erasures cross join lateral (
        select account_id, producer_id from dedup_keys where account_id = erasures.id limit ${limit}
      ) found where subject = 'account' limit ${limit}
    ) doomed
    where key.account_id = doomed.account_id and key.producer_id = doomed.producer_id
    returning key.producer_id`);
  return rows.length;
}

interface Sweep {
  readonly removed: number;
  readonly hasMore: boolean;
  /** Null when no account is being erased. */
  readonly sweptTo: string | null;
}

/**
 * Events have no index by account, which every event would pay for: the log is read once, a stretch at a time, for all
 * accounts that are being erased.
 */
async function sweepEvents(db: Queryable, limit: number): Promise<Sweep> {
  const [row] = await db.query<Sweep>(sql`
    with erasing as (select id, swept_to from erasures where subject = 'account'),
    start as (select swept_to as id from erasing order by swept_to limit 1),
    stretch as materialized (
      select event.id, event.account_id from start cross join lateral (
        select id, account_id from events where events.id > start.id order by events.id limit ${limit}
      ) event
    ),
    gone as (
      delete from events where id = any(array(
        select id from stretch where account_id in (select id from erasing)
      ))
      returning id
    ),
    stretch_end as (select id from stretch order by id desc limit 1),
    -- Not one that was sent back meanwhile, to be swept a second time.
    swept as (
      update erasures set swept_to = stretch_end.id from start, stretch_end
      where subject = 'account' and swept_to >= start.id and swept_to < stretch_end.id
    )
    select (select count(*)::int from gone) as removed,
           (select count(*) = ${limit} from stretch) as "hasMore",
           coalesce((select id from stretch_end), (select id from start)) as "sweptTo"`);
  if (row === undefined) throw new Error('the sweep did not tell what it did');
  return row;
}

/**
 * An account is closed after a second sweep: over what came in behind the first one.
 * @param sweptTo where this sweep found the end of the log
 */
async function closeErasures(db: Queryable, sweptTo: string | null): Promise<number> {
  const [row] = await db.query<{ reopened: number }>(sql`
    with due as (
      select subject, id, is_closing from erasures
      where requested_at < clock_now() - make_interval(mins => ${openMinutes})
    ),
    reopened as (
      update erasures erasure set
        is_closing = true,
        swept_to = (lpad(to_hex(floor(1000 * extract(epoch from
          erasure.requested_at - make_interval(mins => ${openMinutes})))::bigint), 12, '0') || repeat('0', 20))::uuid
      from due
      where erasure.subject = due.subject and erasure.id = due.id and due.subject = 'account' and not due.is_closing
      returning erasure.id
    ),
    closed as (
      delete from erasures erasure using due
      where erasure.subject = due.subject and erasure.id = due.id
        and (due.subject = 'webhook' or due.is_closing and erasure.swept_to >= ${sweptTo}::uuid)
    )
    select count(*)::int as reopened from reopened`);
  return row?.reopened ?? 0;
}
