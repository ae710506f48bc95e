/** The time by the database's clock, which decides what is due, what is old, and what belongs to which time. */
import sql from 'sql-template-tag';
import type { Queryable } from './database.ts';

export async function databaseNow(db: Queryable): Promise<Date> {
  const [row] = await db.query<{ now: Date }>(sql`select clock_now() as now`);
  if (row === undefined) throw new Error('the database did not tell its time');
  return row.now;
}
