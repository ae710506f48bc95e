/**
 * The days of the log. Events, deliveries and attempts are partitioned by identifier, which is by day; days are made
 * ahead of time and dropped whole. Rows outside of every day (a clock that is a week off) land in the default.
 */
import sql, { raw } from 'sql-template-tag';
import { lowestIdAt } from '../domain/identifier.ts';
import type { Database, Queryable } from './database.ts';

const logTables = { events: 'id', deliveries: 'id', attempts: 'delivery_id' } as const;
const dayMs = 86_400_000;
const daysAhead = 7;

/** Makes the days from yesterday to a week ahead of the database's clock. */
export async function createPartitions(db: Database): Promise<void> {
  const today = await databaseDay(db);
  for (let offset = -1; offset <= daysAhead; offset++) {
    const day = new Date(today.getTime() + offset * dayMs);
    const next = new Date(day.getTime() + dayMs);
    for (const table of Object.keys(logTables)) {
      await db.execute(
        `create table if not exists ${table}_${dayName(day)} partition of ${table}
         for values from ('${lowestIdAt(day)}') to ('${lowestIdAt(next)}')`,
      );
    }
  }
}

/** Drops the days that ended more than `retentionDays` ago, and what is as old in the defaults. Gives what it dropped. */
export async function dropPartitions(db: Database, retentionDays: number): Promise<string[]> {
  const cutoff = await retentionCutoff(db, retentionDays);
  const days = await db.query<{ name: string }>(sql`
    select child.relname as name
    from pg_inherits
    join pg_class child on child.oid = inhrelid
    join pg_class parent on parent.oid = inhparent
    where parent.relname = any(${Object.keys(logTables)}::text[])
      and parent.relnamespace = 'posthorn'::regnamespace
      and child.relname ~ '_[0-9]{8}$' and right(child.relname, 8) < ${dayName(cutoff)}
    order by child.relname`);
  for (const { name } of days) await db.execute(`drop table ${name}`);
  for (const [table, key] of Object.entries(logTables)) {
    await db.query(
      sql`delete from ${raw(`${table}_default`)} where ${raw(key)} < ${lowestIdAt(cutoff)}::uuid`,
    );
  }
  return days.map(({ name }) => name);
}

/** The beginning of the oldest day that is kept. */
export async function retentionCutoff(db: Queryable, retentionDays: number): Promise<Date> {
  return new Date((await databaseDay(db)).getTime() - retentionDays * dayMs);
}

async function databaseDay(db: Queryable): Promise<Date> {
  const [row] = await db.query<{ now: Date }>(sql`select clock_now() as now`);
  if (row === undefined) throw new Error('the database did not tell its time');
  return new Date(Math.floor(row.now.getTime() / dayMs) * dayMs);
}

/** 20261121 */
function dayName(day: Date): string {
  return day.toISOString().slice(0, 10).replaceAll('-', '');
}
