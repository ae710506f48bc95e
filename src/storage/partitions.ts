/**
 * The days of the log. Events, deliveries and attempts are partitioned by identifier, which is by day; days are made
 * ahead of time and dropped whole. Rows outside of every day (a clock that is a week off) land in the default.
 */
import sql, { raw } from 'sql-template-tag';
import { lowestIdAt } from '../domain/identifier.ts';
import { changingTables } from './changing-tables.ts';
import { databaseNow } from './clock.ts';
import type { Database, Queryable } from './database.ts';
import { dropDeliveriesBefore, forgetCountsOf } from './delivery-counts.ts';

const logTables = { events: 'id', deliveries: 'id', attempts: 'delivery_id' } as const;
const dayMs = 86_400_000;
const daysAhead = 7;

/** Makes the days from yesterday to a week ahead of the database's clock. */
export async function createPartitions(db: Database): Promise<void> {
  const today = await databaseDay(db);
  const existing = new Set(await dayTables(db));
  for (let offset = -1; offset <= daysAhead; offset++) {
    const day = new Date(today.getTime() + offset * dayMs);
    for (const [table, key] of Object.entries(logTables)) {
      const name = `${table}_${dayName(day)}`;
      if (!existing.has(name)) await createDay(db, { table, key, name, day });
    }
  }
}

interface Day {
  readonly table: string;
  readonly key: string;
  readonly name: string;
  readonly day: Date;
}

/** Attached with what waits for it in the default: a table beside the default may not be given rows of the default. */
function createDay(db: Database, { table, key, name, day }: Day): Promise<void> {
  const from = lowestIdAt(day);
  const to = lowestIdAt(new Date(day.getTime() + dayMs));
  return changingTables(db, async (transaction) => {
    if ((await dayTables(transaction)).includes(name)) return;
    await transaction.execute(`
      lock table ${table}_default in access exclusive mode;
      create table ${name} (like ${table} including all);
      with moved as (delete from ${table}_default where ${key} >= '${from}' and ${key} < '${to}' returning *)
      insert into ${name} select * from moved;
      alter table ${table} attach partition ${name} for values from ('${from}') to ('${to}');`);
  });
}

/** Drops the days that ended more than `retentionDays` ago, and what is as old in the defaults. Gives what it dropped. */
export async function dropPartitions(db: Database, retentionDays: number): Promise<string[]> {
  const cutoff = await retentionCutoff(db, retentionDays);
  const days = (await dayTables(db)).filter((name) => name.slice(-8) < dayName(cutoff));
  for (const name of days) await changingTables(db, (transaction) => dropDay(transaction, name));
  for (const [table, key] of [
    ['events', 'id'],
    ['attempts', 'delivery_id'],
  ] as const) {
    await db.query(
      sql`delete from ${raw(`${table}_default`)} where ${raw(key)} < ${lowestIdAt(cutoff)}::uuid`,
    );
  }
  await dropDeliveriesBefore(db, cutoff);
  return days;
}

async function dropDay(transaction: Queryable, name: string): Promise<void> {
  // Another process was faster: what the day counts by now stands in the default.
  if (!(await dayTables(transaction)).includes(name)) return;
  await transaction.execute(`drop table ${name}`);
  if (name.startsWith('deliveries_')) await forgetCountsOf(transaction, name.slice(-8));
}

async function dayTables(db: Queryable): Promise<string[]> {
  const days = await db.query<{ name: string }>(sql`
    select child.relname as name
    from pg_inherits
    join pg_class child on child.oid = inhrelid
    join pg_class parent on parent.oid = inhparent
    where parent.relname = any(${Object.keys(logTables)}::text[])
      and parent.relnamespace = 'posthorn'::regnamespace
      and child.relname ~ '_[0-9]{8}$'
    order by child.relname`);
  return days.map(({ name }) => name);
}

/** The beginning of the oldest day that is kept. */
export async function retentionCutoff(db: Queryable, retentionDays: number): Promise<Date> {
  return new Date((await databaseDay(db)).getTime() - retentionDays * dayMs);
}

async function databaseDay(db: Queryable): Promise<Date> {
  const now = await databaseNow(db);
  return new Date(Math.floor(now.getTime() / dayMs) * dayMs);
}

/** 20261121 */
function dayName(day: Date): string {
  return day.toISOString().slice(0, 10).replaceAll('-', '');
}
