import { afterEach, expect, inject, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { createWakeups, type Wakeups } from '../../src/storage/wakeups.ts';
import { newServerDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

const opened: { readonly db: Database; readonly wakeups: Wakeups }[] = [];
afterEach(async () => {
  for (const { db, wakeups } of opened.splice(0)) {
    wakeups.close();
    await db.close();
  }
});

async function counted(db: Database, processId: string) {
  const wakeups = await createWakeups(db, processId, (error) => {
    throw error;
  });
  opened.push({ db, wakeups });
  const counter = { wakes: 0, signal: wakeups.signal };
  wakeups.onSignal(() => counter.wakes++);
  return counter;
}

test('a signal wakes the other process too, many at once only once, and its own not a second time', async () => {
  const server = inject('postgresUrl');
  if (server === undefined) throw new Error('this test needs a PostgreSQL server');
  const { url } = await newServerDatabase(server);
  const open = () => openPostgres({ url, connectionsMax: 2, onTrouble: () => {} });
  const here = await counted(open(), 'here');
  const there = await counted(open(), 'there');
  for (let n = 0; n < 100; n++) here.signal();
  await eventually(
    async () => there.wakes,
    (wakes) => wakes > 0,
  );
  there.signal();
  await eventually(
    async () => here.wakes,
    (wakes) => wakes > 100,
  );
  // Notifications arrive in the order of their commits: what `here` sent itself has been heard by now.
  expect(here.wakes).toBe(101);
  expect(there.wakes).toBe(2);
});
