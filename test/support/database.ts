/** A fresh, migrated database for one test file: embedded or on the PostgreSQL server, as the project of the run says. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import sql, { raw } from 'sql-template-tag';
import { inject } from 'vitest';
import type { Database, Queryable } from '../../src/storage/database.ts';
import { embeddedDatabase } from '../../src/storage/pglite.ts';
import { openPostgres } from '../../src/storage/postgres.ts';

export async function openTestDatabase(): Promise<Database> {
  const url = inject('postgresUrl');
  return url === undefined
    ? fromSnapshot()
    : openPostgres({ ...(await newServerDatabase(url)), connectionsMax: 8, onTrouble });
}

/** The URL of a fresh database on the server, for a second connection to the same one. */
export async function newServerDatabase(serverUrl: string): Promise<{ url: string }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: `${serverUrl}/postgres` });
  await admin.connect();
  // Copying a template fails while another copy of it is under way: one at a time.
  await admin.query('select pg_advisory_lock(1)');
  await admin.query(`create database ${name} template migrated`);
  await admin.end();
  return { url: `${serverUrl}/${name}` };
}

async function fromSnapshot(): Promise<Database> {
  const snapshot = inject('pgliteSnapshot');
  if (snapshot === undefined) throw new Error('test/support/pglite-snapshot.ts did not run');
  return embeddedDatabase(await PGlite.create({ loadDataDir: new Blob([await readFile(snapshot)]) }));
}

/** Moves the database's clock, and with it every due time and lease, by this much from now on. */
export async function advanceClock(db: Queryable, milliseconds: number): Promise<void> {
  const [row] = await db.query<{ offset_ms: number }>(
    sql`select extract(epoch from clock_now() - now())::float8 * 1000 as offset_ms`,
  );
  const offset = Math.round((row?.offset_ms ?? 0) + milliseconds);
  await db.query(sql`
    create or replace function clock_now() returns timestamptz language sql stable as
    $$ select now() + interval '${raw(String(offset))} milliseconds' $$`);
}

export interface MovableClock {
  move(milliseconds: number): Promise<void>;
  /** Back to the real time. */
  reset(): Promise<void>;
}

/** For a file of tests that each move the clock of their database. */
export function openMovableClock(db: Queryable): MovableClock {
  let movedMs = 0;
  const move = async (milliseconds: number) => {
    if (milliseconds !== 0) await advanceClock(db, milliseconds);
    movedMs += milliseconds;
  };
  return { move, reset: () => move(-movedMs) };
}

function onTrouble(error: unknown): void {
  throw new Error('the test database was lost', { cause: error });
}
