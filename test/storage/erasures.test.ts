import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newId } from '../../src/domain/identifier.ts';
import { deleteAccount } from '../../src/storage/accounts.ts';
import type { Database } from '../../src/storage/database.ts';
import { eraseSome } from '../../src/storage/erasures.ts';
import { deleteWebhook } from '../../src/storage/webhooks.ts';
import { advanceClock, openTestDatabase } from '../support/database.ts';
import { attemptAll, claimed, givenUp, postponed, publishEvents } from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';

let db: Database;
let account: string;
let neighbour: string;
let neighbourWebhook: string;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('delete from pending_deliveries; delete from erasures');
  account = await anAccount(db);
  neighbour = await anAccount(db);
  neighbourWebhook = (await aWebhook(db, neighbour)).id;
});
let movedMs = 0;
afterEach(async () => {
  await advanceClock(db, -movedMs);
  movedMs = 0;
});

/** For both accounts: a finished delivery with an earlier attempt, one that waits for its retry, one that is untouched. */
async function fillLogs(): Promise<void> {
  const both = () =>
    [account, neighbour].map((id) => anEvent(id, { producerId: `p-${crypto.randomUUID()}` }));
  await publishEvents(db, both());
  await attemptAll(db, { ...postponed, retryInMs: 0 });
  await attemptAll(db, givenUp);
  await publishEvents(db, both());
  await attemptAll(db, postponed);
  await publishEvents(db, both());
}

async function rowsOf(accountId: string, webhookId: string) {
  const [row] = await db.query(sql`
    select (select count(*)::int from pending_deliveries where webhook_id = ${webhookId}) as pending,
           (select count(*)::int from deliveries where webhook_id = ${webhookId}) as deliveries,
           (select count(*)::int from attempts where webhook_id = ${webhookId}) as attempts,
           (select count(*)::int from events where account_id = ${accountId}) as events,
           (select count(*)::int from dedup_keys where account_id = ${accountId}) as keys`);
  return row;
}

async function eraseAll(limit = 100): Promise<void> {
  for (let round = 0; (await eraseSome(db, limit)) > 0; round++) expect(round).toBeLessThan(100);
}

const full = { pending: 2, deliveries: 1, attempts: 2, events: 3, keys: 3 };

describe('a deleted webhook', () => {
  test('loses its deliveries and their attempts; the events stay with the account', async () => {
    const { id } = await aWebhook(db, account);
    await fillLogs();
    expect(await rowsOf(account, id)).toEqual(full);
    await deleteWebhook(db, account, id);
    expect(await claimed(db)).toMatchObject([{ webhookId: neighbourWebhook }]);
    await eraseAll();
    expect(await rowsOf(account, id)).toEqual({ pending: 0, deliveries: 0, attempts: 0, events: 3, keys: 3 });
    expect(await rowsOf(neighbour, neighbourWebhook)).toEqual(full);
  });
});

describe('a deleted account', () => {
  test('loses everything of its log, and nobody else does', async () => {
    const { id } = await aWebhook(db, account);
    await fillLogs();
    await deleteAccount(db, account);
    await eraseAll();
    expect(await rowsOf(account, id)).toEqual({ pending: 0, deliveries: 0, attempts: 0, events: 0, keys: 0 });
    expect(await rowsOf(neighbour, neighbourWebhook)).toEqual(full);
  });
});

describe('erasing', () => {
  test('removes a bounded number of rows at a time, and all of them in the end', async () => {
    const { id } = await aWebhook(db, account);
    for (let batch = 0; batch < 2; batch++) {
      await publishEvents(
        db,
        Array.from({ length: 25 }, () => anEvent(account)),
      );
      if (batch === 0) await attemptAll(db);
    }
    await deleteAccount(db, account);
    expect(await eraseSome(db, 10)).toBeGreaterThan(0);
    expect(await rowsOf(account, id)).toMatchObject({ pending: 15, deliveries: 15 });
    await eraseAll(10);
    expect(await rowsOf(account, id)).toMatchObject({ pending: 0, deliveries: 0, events: 0 });
  });

  test('stays open for what arrives late, and is over after five minutes', async () => {
    const { id } = await aWebhook(db, account);
    await deleteAccount(db, account);
    await eraseAll();
    const late = sql`
      insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at)
      values (${id}, gen_random_uuid(), gen_random_uuid(), 'message.sent', 'message', clock_now())`;
    await db.query(late);
    await eraseAll();
    expect(await rowsOf(account, id)).toMatchObject({ pending: 0 });
    expect(await db.query(sql`select subject from erasures order by 1`)).toHaveLength(2);
    movedMs = 5 * 60_000 + 1000;
    await advanceClock(db, movedMs);
    await db.query(late);
    await eraseAll();
    expect(await rowsOf(account, id)).toMatchObject({ pending: 0 });
    expect(await db.query(sql`select subject from erasures`)).toEqual([]);
  });

  test('reads the events of others once, and a second time those of its last minutes', async () => {
    const position = async () => {
      const rows = await db.query<{ swept_to: string }>(
        sql`select swept_to from erasures where subject = 'account'`,
      );
      return rows[0]?.swept_to;
    };
    await fillLogs();
    const late = anEvent(account, { id: newId(Date.now() - 1000) });
    const [newest] = await db.query<{ id: string }>(sql`select id from events order by id desc limit 1`);
    await publishEvents(db, [anEvent(neighbour)]);
    await deleteAccount(db, account);
    await eraseAll();
    const end = await position();
    expect(end && newest && end > newest.id).toBe(true);
    await publishEvents(db, [late]);
    await eraseAll();
    expect(await position()).toBe(end);
    const isThere = async () => (await db.query(sql`select from events where id = ${late.id}`)).length === 1;
    expect(await isThere()).toBe(true);
    movedMs = 5 * 60_000 + 1000;
    await advanceClock(db, movedMs);
    await eraseAll();
    expect(await isThere()).toBe(false);
    expect(await db.query(sql`select subject from erasures`)).toEqual([]);
  });

  test('has nothing to do where nothing was deleted', async () => {
    await fillLogs();
    expect(await eraseSome(db, 10)).toBe(0);
    expect(await rowsOf(neighbour, neighbourWebhook)).toEqual(full);
  });
});
