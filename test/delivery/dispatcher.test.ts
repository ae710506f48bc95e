import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Dispatcher, type DispatcherOptions, startDispatcher } from '../../src/delivery/dispatcher.ts';
import type { LeasedDelivery } from '../../src/domain/delivery.ts';
import type { Database, Queryable } from '../../src/storage/database.ts';
import { openTestDatabase } from '../support/database.ts';
import { publishEvents } from '../support/deliveries.ts';
import { silentLog } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';

let db: Database;
let account: string;
let dispatcher: Dispatcher;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('delete from pending_deliveries');
  account = await anAccount(db);
});
afterEach(() => dispatcher.stop(1000));

/** Counts the claims that reach the database. */
function counted(): { db: Database; claims: () => number } {
  let claims = 0;
  const query: Queryable['query'] = (statement) => {
    claims++;
    return db.query(statement);
  };
  return { db: { ...db, query }, claims: () => claims };
}

function start(options: Partial<DispatcherOptions>): Dispatcher {
  return startDispatcher({
    db,
    handle: async () => {},
    newLease: randomUUID,
    maxInFlight: 512,
    maxInFlightPerWebhook: 32,
    log: silentLog,
    ...options,
  });
}

test('rests after one sweep over more webhooks than one claim looks at, when all they have is not due', async () => {
  await aWebhook(db, account);
  await db.query(sql`
    insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at, attempts)
    select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'message.sent', 'message',
           clock_now() + interval '1 hour', 1
    from generate_series(1, 1200)`);
  const database = counted();
  dispatcher = start({ db: database.db });
  await eventually(
    async () => database.claims(),
    (claims) => claims >= 3,
  );
  for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve));
  // Two claims of 500 and one of the rest; a second sweep only when the poll interval has passed meanwhile.
  expect(database.claims()).toBeLessThanOrEqual(6);
});

test('reaches a webhook that stands behind more waiting ones than one claim looks at', async () => {
  await db.query(sql`
    insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at, attempts)
    select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, gen_random_uuid(), gen_random_uuid(),
           'message.sent', 'message', clock_now() + interval '1 hour', 1
    from generate_series(1, 700) n`);
  const last = await aWebhook(db, account);
  await publishEvents(db, [anEvent(account)]);
  const handled: string[] = [];
  dispatcher = start({
    handle: async ({ webhookId }) => {
      handled.push(webhookId);
    },
  });
  await eventually(
    async () => handled.length,
    (count) => count > 0,
  );
  expect(handled).toEqual([last.id]);
});

test('finds what its sweep has passed, without waiting for a wake-up', async () => {
  for (let webhook = 0; webhook < 3; webhook++) await aWebhook(db, account);
  await publishEvents(
    db,
    Array.from({ length: 4 }, () => anEvent(account)),
  );
  const handled: LeasedDelivery[] = [];
  dispatcher = start({
    maxInFlight: 2,
    handle: async (delivery) => {
      handled.push(delivery);
    },
  });
  await eventually(
    async () => handled.length,
    (count) => count === 12,
  );
  // Each in its turn: no webhook gets its second delivery before every one has its first.
  expect(new Set(handled.slice(0, 3).map(({ webhookId }) => webhookId)).size).toBe(3);
});

test('never has more in flight than it may', async () => {
  for (let webhook = 0; webhook < 5; webhook++) await aWebhook(db, account);
  await publishEvents(
    db,
    Array.from({ length: 20 }, () => anEvent(account)),
  );
  let most = 0;
  let handled = 0;
  dispatcher = start({
    maxInFlight: 7,
    maxInFlightPerWebhook: 3,
    handle: async () => {
      most = Math.max(most, dispatcher.inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      handled++;
    },
  });
  await eventually(
    async () => handled,
    (count) => count === 100,
  );
  expect(most).toBeLessThanOrEqual(7);
});
