import { afterEach, expect, inject, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { createWakeups } from '../../src/storage/wakeups.ts';
import { newServerDatabase, openTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

const server = inject('postgresUrl');
const opened: Database[] = [];
afterEach(() => Promise.all(opened.splice(0).map((db) => db.close())));

async function counted(db: Database, processId: string) {
  opened.push(db);
  // A notification that the end of the test overtakes is nobody's trouble.
  const wakeups = await createWakeups(db, processId, () => {});
  const counter = { wakes: 0, signal: wakeups.signal, onSignal: wakeups.onSignal };
  wakeups.onSignal(() => counter.wakes++);
  return counter;
}

test('a signal wakes everybody in its own process before it returns', async () => {
  const { signal, onSignal } = await counted(await openTestDatabase(), 'alone');
  const woken: string[] = [];
  onSignal(() => woken.push('second'));
  onSignal(() => woken.push('third'));
  signal();
  expect(woken).toEqual(['second', 'third']);
});

test.runIf(server !== undefined)(
  'a signal wakes the other process too, many at once only once, and its own not a second time',
  async () => {
    const { url } = await newServerDatabase(server ?? '');
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
  },
);
