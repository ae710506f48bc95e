/** What is kept for a time only, besides the log's days: dedup keys and stored answers for 24 hours, idle buckets. */
import sql from 'sql-template-tag';
import { lowestIdAt } from '../domain/identifier.ts';
import type { Database, Queryable } from './database.ts';
import { retentionCutoff } from './partitions.ts';

/** Repetitions are recognised, and answers replayed, for this long (contract A8 and B). */
export const repetitionHours = 24;

export async function forgetExpired(db: Queryable): Promise<void> {
  await db.query(
    sql`delete from dedup_keys where created_at < clock_now() - make_interval(hours => ${repetitionHours})`,
  );
  await db.query(
    sql`delete from idempotent_answers where created_at < clock_now() - make_interval(hours => ${repetitionHours})`,
  );
  await db.query(sql`delete from rate_limits where full_at < clock_now() - interval '1 hour'`);
}

/**
 * The embedded database has no autovacuum: what was deleted from these tables would stay, and their plans would be made
 * for what they once were.
 */
export async function vacuumEmbedded(db: Database): Promise<void> {
  if (db.kind !== 'embedded') return;
  await db.execute(
    'vacuum (analyze) pending_deliveries, dedup_keys, idempotent_answers, rate_limits, webhooks',
  );
}

/** Deliveries that outlived their event's day (a database away for weeks) can never be sent: the queue lets go of them. */
export async function dropPendingOlderThan(db: Queryable, retentionDays: number): Promise<number> {
  const cutoff = lowestIdAt(await retentionCutoff(db, retentionDays));
  const rows = await db.query(sql`delete from pending_deliveries where id < ${cutoff}::uuid returning id`);
  return rows.length;
}
