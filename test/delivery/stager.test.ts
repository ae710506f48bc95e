import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Stager, startStager } from '../../src/delivery/stager.ts';
import type { Lane } from '../../src/domain/lane.ts';
import type { Database, Queryable } from '../../src/storage/database.ts';
import { recordOutcomes } from '../../src/storage/deliveries.ts';
import { openTestDatabase } from '../support/database.ts';
import { claimed, manyWebhooks, outcomeOf, postponed, publishEvents } from '../support/deliveries.ts';
import { silentLog } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';

let db: Database;
let account: string;
let stager: Stager;
let ready: Lane[];
let looks: number;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('delete from pending_deliveries');
  account = await anAccount(db);
  ready = [];
  looks = 0;
});
afterEach(() => stager.stop());

function start(): void {
  const query: Queryable['query'] = (statement, name) => {
    looks++;
    return db.query(statement, name);
  };
  stager = startStager({ db: { ...db, query }, log: silentLog, onReady: (lanes) => ready.push(...lanes) });
}

const untilReady = (count: number) =>
  eventually(
    async () => ready.length,
    (lanes) => lanes >= count,
  );

test('makes everything ready that was due when it started, a bounded number at a time, and tells the lanes', async () => {
  const ids = await manyWebhooks(db, account, 2500);
  await publishEvents(db, [anEvent(account)]);
  await db.query(sql`update pending_deliveries set lease = gen_random_uuid(), due_at = clock_now()`);
  start();
  await untilReady(2500);
  expect(ready.map(({ webhookId }) => webhookId).sort()).toEqual(ids.sort());
  expect(looks).toBeGreaterThanOrEqual(3);
  expect(await db.query(sql`select id from pending_deliveries where lease is not null`)).toEqual([]);
});

test('tells nothing of what is leased or waits, and finds it without being told once it is due', async () => {
  const webhook = await aWebhook(db, account);
  await publishEvents(db, [anEvent(account), anEvent(account)]);
  const [held, waiting] = await claimed(db);
  if (held === undefined || waiting === undefined) throw new Error('nothing was claimed');
  await recordOutcomes(db, [outcomeOf(waiting, postponed)], 0);
  start();
  stager.wake();
  await eventually(
    async () => looks,
    (seen) => seen >= 1,
  );
  expect(ready).toEqual([]);
  await db.query(sql`update pending_deliveries set due_at = clock_now() where id = ${waiting.id}`);
  await untilReady(1);
  expect(ready).toEqual([{ webhookId: webhook.id, accountId: account, isRetry: true, isFailing: false }]);
  expect(await db.query(sql`select id from pending_deliveries where lease is null`)).toEqual([
    { id: waiting.id },
  ]);
});

test('a retry of this process that is due within the second is looked for at its time', async () => {
  await aWebhook(db, account);
  await publishEvents(db, [anEvent(account)]);
  const [delivery] = await claimed(db);
  if (delivery === undefined) throw new Error('nothing was claimed');
  start();
  await recordOutcomes(db, [outcomeOf(delivery, { ...postponed, retryInMs: 100 })], 0);
  stager.wakeIn(150);
  stager.wakeIn(60_000);
  await untilReady(1);
});
