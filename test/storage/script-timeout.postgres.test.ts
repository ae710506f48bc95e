import sql from 'sql-template-tag';
import { expect, inject, test } from 'vitest';
import { DatabaseUnavailable } from '../../src/storage/database.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { newServerDatabase } from '../support/database.ts';

test('a statement that gets no answer fails, and a migration may take longer', async () => {
  const { url } = await newServerDatabase(inject('postgresUrl') ?? '');
  const db = openPostgres({ url, connectionsMax: 2, onTrouble: () => {}, queryTimeoutMs: 200 });
  await expect(db.query(sql`select pg_sleep(1)`)).rejects.toThrow(DatabaseUnavailable);
  await db.transaction((transaction) => transaction.execute('select pg_sleep(1); create table made_late ()'));
  expect(await db.query(sql`select * from made_late`)).toEqual([]);
  await db.close();
});
