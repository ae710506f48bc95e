/** A database that nothing was done to yet: what a first start finds. */
import { randomUUID } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { inject } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { embeddedDatabase } from '../../src/storage/pglite.ts';
import { openPostgres } from '../../src/storage/postgres.ts';

export async function openBlankDatabase(): Promise<Database> {
  const url = inject('postgresUrl');
  if (url === undefined) return embeddedDatabase(await PGlite.create());
  return openPostgres({ ...(await newBlankServerDatabase(url)), connectionsMax: 4, onTrouble: () => {} });
}

export async function newBlankServerDatabase(serverUrl: string): Promise<{ url: string }> {
  const name = `blank_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: `${serverUrl}/postgres` });
  await admin.connect();
  // The lock of test/support/database: databases are made one at a time.
  await admin.query('select pg_advisory_lock(1)');
  await admin.query(`create database ${name}`);
  await admin.end();
  return { url: `${serverUrl}/${name}` };
}
