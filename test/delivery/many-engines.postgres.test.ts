/** Several engines on one database, as several processes are. */
import sql from 'sql-template-tag';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { publishEvents } from '../../src/storage/events.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { newServerDatabase } from '../support/database.ts';
import { publishEvents as publishUnleased } from '../support/deliveries.ts';
import { startTestEngine, type TestEngine } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';

let databases: Database[];
let engines: TestEngine[];
let receiver: Receiver;
let account: string;
let openDatabase: () => Database;

beforeEach(async () => {
  const server = inject('postgresUrl');
  if (server === undefined) throw new Error('this test needs a PostgreSQL server');
  const { url } = await newServerDatabase(server);
  databases = [];
  engines = [];
  openDatabase = () => {
    const db = openPostgres({ url, connectionsMax: 4, onTrouble: () => {} });
    databases.push(db);
    return db;
  };
  receiver = await startReceiver();
  account = await anAccount(openDatabase());
});
afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  await receiver.close();
  await Promise.all(databases.map((db) => db.close()));
});

const events = (count: number) => Array.from({ length: count }, () => anEvent(account));
const untilDone = (db: Database) =>
  eventually(
    () => db.query<{ left: number }>(sql`select count(*)::int as left from pending_deliveries`),
    ([row]) => row?.left === 0,
    30_000,
  );

test('two engines that claim the same backlog, and publish beside it, deliver everything once', async () => {
  const [db] = databases;
  if (db === undefined) throw new Error('there is no database');
  for (let webhook = 0; webhook < 3; webhook++) await aWebhook(db, account, { endpointUrl: receiver.url });
  for (let batch = 0; batch < 4; batch++) await publishUnleased(db, events(250));
  const pair = [openDatabase(), openDatabase()].map((own) => {
    const engine = startTestEngine(own);
    engines.push(engine);
    return { own, engine };
  });
  for (let batch = 0; batch < 20; batch++) {
    const { own, engine } = pair[batch % 2] ?? { own: db, engine: null };
    const offer = engine?.offer() ?? null;
    const published = await publishEvents(own, events(25), offer);
    if (offer !== null) engine?.accept(offer, published);
    // Both are told, as by a notification.
    for (const { engine: each } of pair) each.wake(published.ready);
  }
  await untilDone(db);
  const ids = receiver.requests.map(({ headers }) => headers['x-webhook-event-id']);
  expect(ids).toHaveLength(4500);
  expect(new Set(ids).size).toBe(4500);
}, 60_000);
