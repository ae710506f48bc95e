import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { Lane } from '../../src/domain/lane.ts';
import type { Database } from '../../src/storage/database.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { createWakeups, type Wakeups } from '../../src/storage/wakeups.ts';
import { newServerDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

const opened: { readonly db: Database; readonly wakeups: Wakeups }[] = [];
let url: string;

beforeEach(async () => {
  const server = inject('postgresUrl');
  if (server === undefined) throw new Error('this test needs a PostgreSQL server');
  url = (await newServerDatabase(server)).url;
});
afterEach(async () => {
  for (const { db, wakeups } of opened.splice(0)) {
    wakeups.close();
    await db.close();
  }
});

async function aProcess(name: string) {
  const db = openPostgres({ url, connectionsMax: 2, onTrouble: () => {} });
  const wakeups = await createWakeups(db, name, (error) => {
    throw error;
  });
  opened.push({ db, wakeups });
  const heard: (readonly Lane[] | null)[] = [];
  wakeups.onSignal((lanes) => heard.push(lanes));
  return { db, heard, signal: wakeups.signal };
}

const aLane = (traits: Partial<Lane> = {}): Lane => ({
  webhookId: randomUUID(),
  accountId: randomUUID(),
  isRetry: false,
  isFailing: false,
  ...traits,
});
const untilHeard = ({ heard }: { heard: readonly unknown[] }, count: number) =>
  eventually(
    async () => heard.length,
    (calls) => calls >= count,
  );

test('a signal wakes the other process too, many at once only once, and its own not a second time', async () => {
  const here = await aProcess('here');
  const there = await aProcess('there');
  const lane = aLane({ isFailing: true });
  for (let n = 0; n < 100; n++) here.signal([lane]);
  await untilHeard(there, 1);
  there.signal([lane]);
  await untilHeard(here, 101);
  // Notifications arrive in the order of their commits: what `here` sent itself has been heard by now.
  expect(here.heard).toHaveLength(101);
  expect(there.heard).toEqual([[lane], [lane]]);
});

test('first attempts and retries of one webhook are announced apart', async () => {
  const here = await aProcess('here');
  const there = await aProcess('there');
  const lane = aLane();
  const lanes = [lane, { ...lane, isRetry: true }, aLane({ isRetry: true, isFailing: true })];
  here.signal(lanes);
  await untilHeard(there, 1);
  expect(there.heard).toEqual([lanes]);
});

test('more lanes than a notification holds are announced as any lane', async () => {
  const here = await aProcess('here');
  const there = await aProcess('there');
  here.signal(Array.from({ length: 80 }, () => aLane()));
  await untilHeard(there, 1);
  here.signal(Array.from({ length: 81 }, () => aLane()));
  await untilHeard(there, 2);
  expect(there.heard[0]).toHaveLength(80);
  expect(there.heard[1]).toBeNull();
});

test('a notification of the version before, which names its sender alone, may mean any lane', async () => {
  const here = await aProcess('here');
  await here.db.query(sql`select pg_notify('posthorn_deliveries', ${randomUUID()})`);
  await untilHeard(here, 1);
  expect(here.heard).toEqual([null]);
});

test('what somebody else sends to the channel ends nothing, and may mean any lane', async () => {
  const here = await aProcess('here');
  const strange = ['', '{', '{"from":1,"lanes":[null]}', 'x y z', `${randomUUID()} ${randomUUID()}/`];
  for (const payload of strange) {
    await here.db.query(sql`select pg_notify('posthorn_deliveries', ${payload})`);
  }
  await untilHeard(here, strange.length);
  expect(here.heard).toEqual(strange.map(() => null));
});
