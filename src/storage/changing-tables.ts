/** Changes to the tables of the log while others use it: made by one process at a time, without making anybody wait long. */
import sql from 'sql-template-tag';
import type { Database, Queryable } from './database.ts';

/** Any number; the same in every version. */
const lockKey = 7_678_469;

/**
 * One process at a time and one table in a transaction: two changes never wait for each other. A change waits for those
 * who use the table for an instant only, because everybody else waits behind it; the pruner comes again.
 */
export function changingTables(
  db: Database,
  change: (transaction: Queryable) => Promise<void>,
): Promise<void> {
  return db.transaction(async (transaction) => {
    await transaction.query(sql`select pg_advisory_xact_lock(${lockKey})`);
    await transaction.execute("set local lock_timeout = '100ms'");
    await change(transaction);
  });
}
