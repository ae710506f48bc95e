import sql from 'sql-template-tag';
import { expect, inject, test } from 'vitest';
import { DatabaseUnavailable } from '../../src/storage/database.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { newServerDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { connectAdmin } from '../support/postgres-admin.ts';

test('a statement that gets no answer fails, and a migration may take longer', async () => {
  const { url } = await newServerDatabase(inject('postgresUrl') ?? '');
  const db = openPostgres({ url, connectionsMax: 2, onTrouble: () => {}, queryTimeoutMs: 200 });
  await expect(db.query(sql`select pg_sleep(1)`)).rejects.toThrow(DatabaseUnavailable);
  await db.transaction((transaction) => transaction.execute('select pg_sleep(1); create table made_late ()'));
  expect(await db.query(sql`select * from made_late`)).toEqual([]);
  const left = db.transaction(async (transaction) => {
    await transaction.execute('select 1');
    return transaction.query(sql`show statement_timeout`);
  });
  expect(await left).toEqual([{ statement_timeout: '200ms' }]);
  await db.close();
});

test('a statement that is given up ends on the server too, whichever way it was asked', async () => {
  const { url } = await newServerDatabase(inject('postgresUrl') ?? '');
  const admin = await connectAdmin(url);
  const db = openPostgres({ url, connectionsMax: 2, onTrouble: () => {}, queryTimeoutMs: 200 });
  const longest = sql`select pg_sleep(600)`;
  const asked = [
    db.query(longest),
    db.query(longest, 'longest'),
    db.transaction((transaction) => transaction.query(longest)),
  ];
  await Promise.all(asked.map((answer) => expect(answer).rejects.toThrow(DatabaseUnavailable)));
  await eventually(admin.activity, (activity) =>
    activity.every(({ query, state }) => state !== 'active' || !query.includes('pg_sleep')),
  );
  await db.close();
  await admin.close();
});
