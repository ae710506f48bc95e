/** Stops what the service does in PostgreSQL at a known statement, by a lock that the test holds. */
import sql, { raw, type Sql } from 'sql-template-tag';
import type { Database, Queryable } from '../../src/storage/database.ts';
import { eventually } from './eventually.ts';

export interface HeldLock {
  /** Whoever waits goes on. */
  release(): Promise<void>;
}

/** In a transaction of its own, from when it resolves until it is released. */
export function holdLock(db: Database, statement: Sql): Promise<HeldLock> {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(async (transaction) => {
      await transaction.query(statement);
      await new Promise<void>((release) => {
        resolve({
          async release() {
            release();
            await transaction;
          },
        });
      });
    });
    transaction.catch(reject);
  });
}

export function holdTable(db: Database, table: string): Promise<HeldLock> {
  return holdLock(db, sql`lock table ${raw(table)} in access exclusive mode`);
}

/** Resolves once a connection to this database waits for a lock with such a statement (`like`). */
export async function untilWaiting(db: Queryable, statement: string): Promise<void> {
  await eventually(
    () => waiting(db, statement),
    (pids) => pids.length > 0,
    30_000,
  );
}

/** As when the machine of the process is gone: the server drops what nobody waits for any more. @returns how many */
export async function dropWaiting(db: Queryable, statement: string): Promise<number> {
  const pids = await waiting(db, statement);
  for (const pid of pids) await db.query(sql`select pg_terminate_backend(${pid}, 5000)`);
  return pids.length;
}

async function waiting(db: Queryable, statement: string): Promise<number[]> {
  const rows = await db.query<{ pid: number }>(sql`
    select pid from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like ${statement}`);
  return rows.map(({ pid }) => pid);
}
