import { randomUUID } from 'node:crypto';
import sql from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LeasedDelivery } from '../../src/domain/delivery.ts';
import { claimDue, releaseAllLeases, releaseLeases } from '../../src/storage/claims.ts';
import type { Database } from '../../src/storage/database.ts';
import { failPendingOfInactive, recordOutcomes } from '../../src/storage/deliveries.ts';
import { setWebhookActive } from '../../src/storage/webhooks.ts';
import { advanceClock, openTestDatabase } from '../support/database.ts';
import { aClaim, claimed, outcomeOf, publishEvents } from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';

let db: Database;
let account: string;
let movedMs = 0;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('delete from pending_deliveries');
  account = await anAccount(db);
});
afterEach(async () => {
  await advanceClock(db, -movedMs);
  movedMs = 0;
});

async function move(milliseconds: number): Promise<void> {
  await advanceClock(db, milliseconds);
  movedMs += milliseconds;
}

async function publish(times: number): Promise<void> {
  await publishEvents(
    db,
    Array.from({ length: times }, () => anEvent(account)),
  );
}

/** So many webhooks of the account, made by the database. */
async function manyWebhooks(count: number, isActive = true): Promise<string[]> {
  const rows = await db.query<{ id: string }>(sql`
    insert into webhooks (id, account_id, display_name, endpoint_url, sealed_secret, event_types, patterns, retry_count,
      timeout_seconds, is_active)
    select gen_random_uuid(), ${account}, 'Many', 'https://example.com', 'sealed', '{message}', '{message.*}', 3, 30,
      ${isActive}
    from generate_series(1, ${count}::int)
    returning id`);
  return rows.map(({ id }) => id);
}

/** Claims as one process does whose deliveries all end at once, until each webhook was served or the patience ends. */
async function servedIn(claims: number, limit: number): Promise<Map<string, number>> {
  const served = new Map<string, number>();
  let after: string | null = null;
  for (let n = 0; n < claims; n++) {
    const claim = await claimDue(db, aClaim({ limit, after }));
    expect(claim.deliveries.length).toBeLessThanOrEqual(limit);
    for (const { webhookId } of claim.deliveries) served.set(webhookId, (served.get(webhookId) ?? 0) + 1);
    after = claim.sweptTo;
  }
  return served;
}

describe('fairness', () => {
  test('with one free slot, webhooks with a backlog take turns', async () => {
    for (let n = 0; n < 5; n++) await aWebhook(db, account);
    await publish(10);
    expect([...(await servedIn(15, 1)).values()]).toEqual([3, 3, 3, 3, 3]);
  });

  test('with fewer free slots than webhooks, everybody gets a turn in each round', async () => {
    await manyWebhooks(10);
    await publish(10);
    const served = await servedIn(4, 4);
    expect(served.size).toBe(10);
    expect(Math.max(...served.values()) - Math.min(...served.values())).toBeLessThanOrEqual(1);
  });

  test('more webhooks than one claim looks at are all served', async () => {
    const ids = await manyWebhooks(1200);
    await publish(1);
    const served = await servedIn(12, 256);
    expect([...served.keys()].sort()).toEqual(ids.sort());
  });

  test('a webhook that has nothing due takes no part of the share', async () => {
    const webhooks = [await aWebhook(db, account), await aWebhook(db, account), await aWebhook(db, account)];
    await publish(12);
    await db.query(sql`
      update pending_deliveries set due_at = clock_now() + interval '1 hour' where webhook_id = ${webhooks[1]?.id}`);
    const taken = await claimed(db, { limit: 10 });
    expect(taken.filter(({ webhookId }) => webhookId === webhooks[0]?.id)).toHaveLength(5);
    expect(taken.filter(({ webhookId }) => webhookId === webhooks[2]?.id)).toHaveLength(5);
  });
});

describe('what is due', () => {
  test('is taken oldest first', async () => {
    await aWebhook(db, account);
    for (let n = 0; n < 4; n++) await publish(1);
    const first = await claimed(db, { limit: 2 });
    const second = await claimed(db, { limit: 2 });
    const ids = [...first, ...second].map(({ id }) => id);
    const due = await db.query<{ event_id: string; id: string }>(
      sql`select id from pending_deliveries order by id`,
    );
    expect(ids.sort()).toEqual(due.map(({ id }) => id));
    expect(first.every(({ id }) => second.every((later) => id < later.id))).toBe(true);
  });

  test('is nothing of an inactive or deleted webhook', async () => {
    const webhook = await aWebhook(db, account);
    await publish(1);
    await setWebhookActive(db, account, webhook.id, false);
    expect(await claimed(db)).toEqual([]);
    await db.query(sql`delete from webhooks where id = ${webhook.id}`);
    expect(await claimed(db)).toEqual([]);
  });
});

describe('handing back', () => {
  test('makes a delivery due at once, for its holder only', async () => {
    await aWebhook(db, account);
    await publish(2);
    const [first, second] = await claimed(db);
    if (first === undefined || second === undefined) throw new Error('nothing was claimed');
    await releaseLeases(db, [first, { ...second, lease: randomUUID() }]);
    expect((await claimed(db)).map(({ id }) => id)).toEqual([first.id]);
    await releaseLeases(db, [first]);
    expect(await claimed(db)).toEqual([]);
    await releaseLeases(db, []);
  });

  test('all of them makes due what is leased and leaves retries waiting', async () => {
    await aWebhook(db, account);
    await publish(3);
    const [waiting] = await claimed(db, { limit: 1 });
    if (waiting === undefined) throw new Error('nothing was claimed');
    await recordOutcomes(
      db,
      [outcomeOf(waiting, { event: 'postpone', retryInMs: 60_000, statusCode: 500, errorMessage: 'no' })],
      0,
    );
    const leased = await claimed(db);
    expect(leased).toHaveLength(2);
    expect(await releaseAllLeases(db)).toBe(2);
    const again = await claimed(db);
    expect(again.map(({ id }) => id).sort()).toEqual(leased.map(({ id }) => id).sort());
  });
});

describe('the leftovers of inactive webhooks', () => {
  test('are failed however many active webhooks have deliveries too', async () => {
    await manyWebhooks(600);
    await publish(1);
    const last = 'ffffffff-ffff-4fff-bfff-ffffffffffff';
    await db.query(sql`update webhooks set id = ${last} where id = (select id from webhooks
      where account_id = ${account} order by id desc limit 1)`);
    await publish(1);
    await setWebhookActive(db, account, last, false);
    expect(await failPendingOfInactive(db, 1000)).toBe(1);
    expect(await db.query(sql`select id from pending_deliveries where webhook_id = ${last}`)).toEqual([]);
    expect(await failPendingOfInactive(db, 1000)).toBe(0);
    await db.query(sql`delete from webhooks where account_id = ${account}`);
  });

  test('are failed a bounded number at a time', async () => {
    const webhook = await aWebhook(db, account);
    await publish(25);
    await setWebhookActive(db, account, webhook.id, false);
    expect(await failPendingOfInactive(db, 10)).toBe(10);
    expect(await failPendingOfInactive(db, 10)).toBe(10);
    expect(await failPendingOfInactive(db, 10)).toBe(5);
  });

  test('are left to whoever is sending them until the lease is over', async () => {
    const webhook = await aWebhook(db, account, { timeoutSeconds: 5 });
    await publish(1);
    const [delivery]: readonly LeasedDelivery[] = await claimed(db);
    if (delivery === undefined) throw new Error('nothing was claimed');
    await setWebhookActive(db, account, webhook.id, false);
    expect(await failPendingOfInactive(db, 10)).toBe(0);
    await move(21_000);
    expect(await failPendingOfInactive(db, 10)).toBe(1);
  });
});
