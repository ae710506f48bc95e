/** What is kept for a time only, besides the log's days: dedup keys and stored answers for 24 hours, idle buckets. */
import sql from 'sql-template-tag';
import { lowestIdAt } from '../domain/identifier.ts';
import type { Database, Queryable } from './database.ts';
import { retentionCutoff } from './partitions.ts';

/** Repetitions are recognised, and answers replayed, for this long (contract A8 and B). */
export const repetitionHours = 24;

/** As scripts, which no time ends: of an hour with millions of events, a delete that was cut off would never catch up. */
export async function forgetExpired(db: Queryable): Promise<void> {
  const expired = `clock_now() - interval '${repetitionHours} hours'`;
  await db.execute(`delete from dedup_keys where created_at < ${expired}`);
  await db.execute(`delete from idempotent_answers where created_at < ${expired}`);
  await db.execute(`delete from rate_limits where full_at < clock_now() - interval '1 hour'`);
}

/**
 * The embedded database has no autovacuum: what was deleted from these tables would stay, and their plans would be made
 * for what they once were.
 */
export async function vacuumEmbedded(db: Database): Promise<void> {
  if (db.kind !== 'embedded') return;
  await db.execute(
    'vacuum (analyze) pending_deliveries, dedup_keys, idempotent_answers, rate_limits, webhooks, delivery_stats',
  );
}

/** Each statement well within its time. */
const rowsAtOnce = 10_000;

/** Deliveries that outlived their event's day (a database away for weeks) can never be sent: the queue lets go of them. */
export async function dropPendingOlderThan(db: Queryable, retentionDays: number): Promise<number> {
  const cutoff = lowestIdAt(await retentionCutoff(db, retentionDays));
  let dropped = 0;
  for (let last = rowsAtOnce; last === rowsAtOnce; dropped += last) {
    const rows = await db.query(sql`
      delete from pending_deliveries where (webhook_id, id) in (
        select webhook_id, id from pending_deliveries where id < ${cutoff}::uuid limit ${rowsAtOnce}
      ) returning id`);
    last = rows.length;
  }
  return dropped;
}
