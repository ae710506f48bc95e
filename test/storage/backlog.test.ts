import sql from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { momentOf } from '../../src/domain/identifier.ts';
import { backlogStatement, countUnfinished, readBacklog } from '../../src/storage/backlog.ts';
import type { Database } from '../../src/storage/database.ts';
import { openTestDatabase } from '../support/database.ts';
import { attemptAll, manyWebhooks, postponed, publishEvents, publishMany } from '../support/deliveries.ts';
import { anAccount, anEvent, aWebhook } from '../support/factory.ts';
import { laterId } from '../support/later-id.ts';
import { rowsReadOf } from '../support/plan.ts';

const none = { pending: 0, retrying: 0, oldestAt: null };

let db: Database;
let account: string;
let webhook: string;
let neighbour: string;

beforeAll(async () => {
  db = await openTestDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.execute('truncate pending_deliveries');
  [account, neighbour] = [await anAccount(db), await anAccount(db)];
  webhook = (await aWebhook(db, account)).id;
  await aWebhook(db, neighbour);
});

describe('the backlog', () => {
  test('is what was not tried yet and what was, since the oldest of both, of whom it is asked', async () => {
    const [oldest, older] = [laterId(), laterId()];
    await publishEvents(db, [anEvent(neighbour, { id: oldest })]);
    await publishEvents(db, [anEvent(account, { id: older })]);
    await attemptAll(db, postponed);
    await publishEvents(db, [anEvent(account, { id: laterId() }), anEvent(account, { id: laterId() })]);
    const own = { pending: 2, retrying: 1, oldestAt: momentOf(older) };
    expect(await readBacklog(db, { accountId: account, webhookId: null })).toEqual(own);
    expect(await readBacklog(db, { accountId: account, webhookId: webhook })).toEqual(own);
    expect(await readBacklog(db, { accountId: neighbour, webhookId: webhook })).toEqual(none);
    expect(await readBacklog(db, 'everybody')).toEqual({
      pending: 2,
      retrying: 2,
      oldestAt: momentOf(oldest),
    });
    expect(await countUnfinished(db, [webhook])).toEqual(new Map([[webhook, 3]]));
  });

  test('is nothing once everything is finished', async () => {
    await publishMany(db, account, 2);
    await attemptAll(db);
    expect(await readBacklog(db, { accountId: account, webhookId: null })).toEqual(none);
    expect(await readBacklog(db, 'everybody')).toEqual(none);
    expect(await countUnfinished(db, [webhook])).toEqual(new Map());
  });

  test('of one webhook is passed over once, however many webhooks the account has', async () => {
    const backlog = 20_000;
    await manyWebhooks(db, account, 200);
    await db.query(sql`
      insert into pending_deliveries (webhook_id, id, event_id, event_name, field, due_at)
      select ${webhook}, gen_random_uuid(), gen_random_uuid(), 'message.sent', 'message', clock_now()
      from generate_series(1, ${backlog}::int)`);
    await db.execute('analyze pending_deliveries');
    for (const scope of ['everybody', { accountId: account, webhookId: null }] as const) {
      const [plan] = await db.query(sql`explain (analyze, format json) ${backlogStatement(scope)}`);
      const read = rowsReadOf(plan, 'pending_deliveries');
      expect(read).toBeGreaterThanOrEqual(backlog);
      expect(read).toBeLessThan(1.1 * backlog);
    }
  });
});
