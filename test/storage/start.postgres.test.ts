import sql from 'sql-template-tag';
import { afterEach, expect, inject, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { migrate, readMigrations } from '../../src/storage/migrations.ts';
import { createPartitions, dropPartitions } from '../../src/storage/partitions.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { checkSecretKey } from '../../src/storage/secret-check.ts';
import { newBlankServerDatabase } from '../support/blank-database.ts';
import { secretBox } from '../support/factory.ts';

let processes: Database[] = [];
afterEach(() => Promise.all(processes.map((db) => db.close())));

test('eight processes that begin with one new database at once all begin', async () => {
  const server = inject('postgresUrl');
  if (server === undefined) throw new Error('this test needs a PostgreSQL server');
  const { url } = await newBlankServerDatabase(server);
  processes = Array.from({ length: 8 }, () => openPostgres({ url, connectionsMax: 2, onTrouble: () => {} }));

  const newest = (await readMigrations()).length;
  const migrated = await Promise.all(processes.map((db) => migrate(db)));
  expect(migrated.filter((result) => result.ok && result.value.from === 0)).toHaveLength(1);
  expect(migrated.filter((result) => result.ok && result.value.to === newest)).toHaveLength(8);

  const checked = await Promise.all(processes.map((db) => checkSecretKey(db, secretBox)));
  expect(checked.every(({ ok }) => ok)).toBe(true);

  await Promise.all(processes.map((db) => createPartitions(db)));
  await Promise.all(processes.map((db) => dropPartitions(db, 1)));
  const days = await processes[0]?.query(sql`
    select inhparent::regclass::text as parent, count(*)::int as days from pg_inherits
    where inhparent in ('events'::regclass, 'deliveries'::regclass, 'attempts'::regclass) group by 1 order by 1`);
  // Yesterday, today, seven days to come, and the default.
  expect(days).toEqual([
    { parent: 'attempts', days: 10 },
    { parent: 'deliveries', days: 10 },
    { parent: 'events', days: 10 },
  ]);
});
