/** What only happens between connections. */
import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/storage/database.ts';
import { releaseLeases, renewLeases } from '../../src/storage/leases.ts';
import { openTestDatabase } from '../support/database.ts';
import { claimed, publishEvents } from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());

test('renewing and handing back wait for nothing that is being recorded', async () => {
  const account = await anAccount(db);
  await aWebhook(db, account);
  await publishEvents(db, [anEvent(account), anEvent(account)]);
  const [recorded, slow] = await claimed(db);
  if (recorded === undefined || slow === undefined) throw new Error('nothing was claimed');
  await db.transaction(async (transaction) => {
    await transaction.query(sql`delete from pending_deliveries where id = ${recorded.id}`);
    await db.query(sql`update pending_deliveries set due_at = clock_now() where id = ${slow.id}`);
    await renewLeases(db, [recorded, slow]);
    expect(await db.query(sql`select id from pending_deliveries where due_at > clock_now()`)).toEqual(
      expect.arrayContaining([{ id: slow.id }]),
    );
    await releaseLeases(db, [recorded, slow]);
  });
  expect(await db.query(sql`select id, lease from pending_deliveries`)).toEqual([
    { id: slow.id, lease: null },
  ]);
});
